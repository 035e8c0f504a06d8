//! `pip-accel venv`: an environment, pip in it, and what was named, in one command.

use crate::error::EngineError;
use crate::listener::Listener;
use crate::pipeline;
use crate::report::Summary;
use crate::request::{Dependencies, InstallRequest, VenvRequest};
use crate::target;
use accel_install::target::Target;
use accel_install::venv::{VenvOptions, create_venv};
use accel_requirements::RequirementInput;
use accel_types::WheelFilename;
use std::path::PathBuf;
use std::sync::Arc;

/// Makes the environment and installs what the request names.
#[expect(clippy::needless_pass_by_value, reason = "handed over, as to every command")]
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
        let silence: Arc<dyn Listener> = Arc::new(crate::listener::Silence);
        pipeline::install_into(&seeds, &target, &silence)?;
    }
    if request.install.requirements.is_empty() {
        return Ok(Summary::default());
    }
    pipeline::install_into(&request.install, &target, &listener)
}

/// What `ensurepip` would do: install the interpreter's bundled wheels, which it finds as a
/// find-links folder, without any index. Where it bundles none, pip comes from the index.
fn seed_request(request: &InstallRequest, seeds: &[PathBuf]) -> InstallRequest {
    let mut request = request.without_requirements();
    if seeds.is_empty() {
        request.requirements.extend(RequirementInput::by_name("pip"));
        return request;
    }
    let mut folders: Vec<String> =
        seeds.iter().filter_map(|seed| Some(seed.parent()?.display().to_string())).collect();
    folders.dedup();
    request.selection.format_control = accel_types::FormatControl::default();
    request.index.no_index = true;
    request.index.index_urls.clear();
    request.index.find_links = folders;
    request.dependencies = Dependencies::Ignore;
    let names = seeds.iter().filter_map(|seed| {
        let name = seed.file_name()?.to_str()?;
        WheelFilename::parse(name).ok()
    });
    request.requirements =
        names.filter_map(|wheel| RequirementInput::by_name(wheel.name.as_str())).collect();
    request
}
