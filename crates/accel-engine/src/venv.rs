//! `pip-accel venv`: an environment, pip in it, and what was named, in one command.

use crate::error::EngineError;
use crate::listener::Listener;
use crate::pipeline;
use crate::report::Summary;
use crate::request::{InstallRequest, VenvRequest};
use crate::target;
use accel_install::target::Target;
use accel_install::venv::{VenvOptions, create_venv};
use accel_requirements::{DirectLink, Origin, RequirementInput};
use accel_types::Requirement;
use std::path::Path;
use std::sync::Arc;

/// Makes the environment and installs what the request names.
pub fn venv(request: &VenvRequest, listener: Arc<dyn Listener>) -> Result<Summary, EngineError> {
    let base = target::locate(&request.install.python, &request.install.general)?;
    let options = VenvOptions {
        path: request.directory.clone(),
        working_directory: request.install.general.current_dir.clone(),
        system_site_packages: request.system_site_packages,
        clear: request.clear,
        copies: request.copies,
        prompt: request.prompt.clone(),
        with_pip: request.with_pip,
        without_scm_ignore_files: false,
    };
    let created = create_venv(&base.interpreter, &options)?;
    let target = Target {
        interpreter: created.interpreter,
        user: target::user_settings(&request.install.general),
    };
    if request.with_pip {
        let seeds = seed_request(&request.install, &created.seeds);
        pipeline::install_into(&seeds, &target, Arc::new(crate::listener::Silence))?;
    }
    if request.install.requirements.is_empty() {
        return Ok(Summary::default());
    }
    pipeline::install_into(&request.install, &target, listener)
}

/// What `ensurepip` would do: install the interpreter's bundled wheels, without any index. Where
/// it bundles none, pip comes from the index.
fn seed_request(request: &InstallRequest, seeds: &[std::path::PathBuf]) -> InstallRequest {
    let mut request = request.without_requirements();
    if seeds.is_empty() {
        request.requirements = vec![named("pip")];
    } else {
        request.requirements = seeds.iter().map(|seed| wheel(seed)).collect();
        request.dependencies = crate::request::Dependencies::Ignore;
    }
    request
}

fn named(name: &str) -> RequirementInput {
    input(name.to_owned(), name.parse().ok(), Origin::Index)
}

fn wheel(path: &Path) -> RequirementInput {
    let url = url::Url::from_file_path(path).map_or_else(|()| String::new(), String::from);
    let origin = Origin::File { link: DirectLink { url }, path: path.display().to_string() };
    input(path.display().to_string(), None, origin)
}

fn input(text: String, requirement: Option<Requirement>, origin: Origin) -> RequirementInput {
    RequirementInput {
        text,
        requirement,
        origin,
        extras: std::collections::BTreeSet::default(),
        marker: None,
        editable: false,
        constraint: false,
        user_supplied: true,
        hashes: accel_types::Hashes::new(),
        config_settings: accel_requirements::ConfigSettings::default(),
        comes_from: None,
    }
}
