//! The target: its interpreter, the tags it takes, the folders of the installation, what is there.

use crate::error::EngineError;
use crate::listener::Level;
use crate::plan::Plan;
use crate::request::{General, InstallPlace, InstallRequest, PythonChoice, TargetPython};
use accel_install::Seen;
use accel_install::installed::{Installed as Scan, InstalledDistribution};
use accel_install::interpreter::Interpreter;
use accel_install::scheme::Scheme;
use accel_install::target::{SchemeChoice, Target, TargetRequest, UserSettings};
use accel_resolve::Installed;
use accel_types::python_text::repr;
use accel_types::{PackageName, SpecifierSet, TagList, TagRequest, Version};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Finds the target of a request.
pub(crate) fn locate(python: &PythonChoice, general: &General) -> Result<Target, EngineError> {
    let request = TargetRequest {
        python: python.explicit.as_ref().map(|path| path.display().to_string()),
        beside: python.program_folder.clone(),
        virtual_env: python.virtual_env.clone(),
        conda_prefix: python.conda_prefix.clone(),
        path: std::env::join_paths(&python.search_path).unwrap_or_default(),
        user: user_settings(general),
        cache_root: general.cache_root.clone(),
    };
    // Before anything is kept there. Whoever can't do without it will say what is wrong.
    let _ = accel_io::fs::create_private_dir(&general.cache_root);
    Ok(accel_install::target::locate(&request)?)
}

/// The Python that is worked for, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonFacts {
    /// Major and minor version.
    pub version: (u32, u32),
    /// Whether it runs in a virtual environment.
    pub in_venv: bool,
}

/// What is known of the Python that is worked for.
pub fn python_facts(python: &PythonChoice, general: &General) -> Result<PythonFacts, EngineError> {
    let target = locate(python, general)?;
    let (major, minor, _) = target.interpreter.version();
    Ok(PythonFacts { version: (major, minor), in_venv: target.interpreter.in_venv() })
}

/// What the user's own environment says about `sys.path`.
pub(crate) fn user_settings(general: &General) -> UserSettings {
    UserSettings {
        home: general.home.clone(),
        user_base: general.python.user_base.clone(),
        no_user_site: general.python.no_user_site,
        python_path: general.python.python_path.clone(),
    }
}

/// The Python version to resolve for.
pub(crate) fn version_for(
    pretended: &TargetPython,
    python: &Interpreter,
) -> Result<Version, EngineError> {
    let (major, minor, micro) = python.version();
    let numbers = match pretended.python_version.as_deref() {
        Some(numbers) if !numbers.is_empty() => numbers.to_vec(),
        _ => vec![major, minor, micro],
    };
    let text: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let version = text.join(".").parse::<Version>();
    version.map_err(|error| EngineError::installation(error.to_string()))
}

/// The wheel tags to resolve for.
pub(crate) fn tags_for(pretended: &TargetPython, python: &Interpreter) -> TagList {
    if !pretended.is_set() {
        return python.tags().clone();
    }
    python.tags_for(&TagRequest {
        python_version: pretended
            .python_version
            .as_deref()
            .and_then(|numbers| Some((*numbers.first()?, numbers.get(1).copied()))),
        platforms: pretended.platforms.clone(),
        implementation: pretended.implementation.clone(),
        abis: pretended.abis.clone(),
    })
}

/// pip's refusal to touch an environment that belongs to another package manager (PEP 668).
pub(crate) fn refuse_managed(target: &Target, override_it: bool) -> Result<(), EngineError> {
    match target.externally_managed() {
        Some(marker) if !override_it => {
            let text = accel_io::fs::read(&marker)?;
            Err(EngineError::ExternallyManaged(String::from_utf8_lossy(&text).into_owned()))
        }
        _ => Ok(()),
    }
}

/// pip's refusal to install what a script needs for a Python that the script does not want.
pub(crate) fn refuse_script(
    request: &InstallRequest,
    interpreter: &Interpreter,
) -> Result<(), EngineError> {
    let Some(wanted) = &request.script_requires_python else { return Ok(()) };
    if request.selection.ignore_requires_python {
        return Ok(());
    }
    let python = version_for(&request.target_python, interpreter)?;
    let specifiers: SpecifierSet = wanted.requires_python.parse().map_err(|_| {
        let text = repr(&wanted.requires_python);
        EngineError::Crash(format!(
            "packaging.specifiers.InvalidSpecifier: Invalid specifier: {text}"
        ))
    })?;
    if specifiers.contains(&python, Some(true)) {
        return Ok(());
    }
    let shown: Vec<String> = python.release().iter().take(2).map(ToString::to_string).collect();
    Err(EngineError::installation(format!(
        "Script {} requires a different Python: {} not in {}",
        repr(&wanted.script),
        shown.join("."),
        repr(&wanted.requires_python)
    )))
}

/// The refusal to install into what another package manager looks after, if that is what is asked.
pub fn refused_by_manager(python: &PythonChoice, general: &General) -> Option<EngineError> {
    refuse_managed(&locate(python, general).ok()?, false).err()
}

/// Which scheme a request asks for, `--target` aside.
pub(crate) fn scheme(
    target: &Target,
    place: &InstallPlace,
) -> Result<(Scheme, Decision), EngineError> {
    let decision = by_user(target, place)?;
    let choice = match &place.prefix {
        Some(prefix) => SchemeChoice::Prefix(prefix.clone()),
        None if decision.user => SchemeChoice::User,
        None => SchemeChoice::Default,
    };
    Ok((target.scheme(&choice, place.root.as_deref())?, decision))
}

/// The decision between site-packages and the user's site folder.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    /// Whether it is the user's.
    pub(crate) user: bool,
    /// How loud pip is about it.
    pub(crate) level: Level,
    /// pip's line about it.
    pub(crate) line: &'static str,
}

/// pip's decision between site-packages and the user's site folder (`decide_user_install`).
fn by_user(target: &Target, place: &InstallPlace) -> Result<Decision, EngineError> {
    let told = |user, line| Ok(Decision { user, level: Level::Debug, line });
    match place.user {
        Some(false) => told(false, "Non-user install by explicit request"),
        Some(true) if place.prefix.is_some() => Err(EngineError::installation(
            "Can not combine '--user' and '--prefix' as they imply different installation locations",
        )),
        Some(true) if target.interpreter.is_isolated_venv() => Err(EngineError::installation(
            "Can not perform a '--user' install. User site-packages are not visible in this \
             virtualenv.",
        )),
        Some(true) if !target.user_site_enabled() => Err(EngineError::installation(
            "Can not perform a '--user' install. User site-packages are disabled for this Python.",
        )),
        Some(true) => told(true, "User install by explicit request"),
        None if place.prefix.is_some() || place.target.is_some() => {
            told(false, "Non-user install due to --prefix or --target option")
        }
        None if !target.user_site_enabled() => {
            told(false, "Non-user install because user site-packages disabled")
        }
        None => {
            let scheme = target.scheme(&SchemeChoice::Default, place.root.as_deref())?;
            if [&scheme.purelib, &scheme.platlib].into_iter().all(|folder| is_writable(folder)) {
                return told(false, "Non-user install because site-packages writeable");
            }
            let line =
                "Defaulting to user installation because normal site-packages is not writeable";
            Ok(Decision { user: true, level: Level::Info, line })
        }
    }
}

/// Whether a folder, or the nearest above it that exists, may be written to. Of a relative path that
/// does not exist pip finds nothing that does.
fn is_writable(folder: &Path) -> bool {
    folder
        .ancestors()
        .find(|folder| accel_io::fs::is_dir(folder))
        .is_some_and(accel_io::fs::is_writable)
}

/// What is installed in the target.
pub(crate) struct InstalledSet {
    /// Taken before the scan; `None` for an environment that is nobody else's.
    seen: Option<Seen>,
    scan: Scan,
    current_dir: PathBuf,
    user_install: bool,
    in_venv: bool,
}

impl InstalledSet {
    /// Scans the target, where this was `seen` before; finds nothing where `ignore` is set.
    pub(crate) fn of(
        target: &Target,
        seen: &Seen,
        general: &General,
        user_install: bool,
        ignore: bool,
    ) -> Self {
        let seen = Some(seen.clone());
        let scan =
            if ignore { Scan::default() } else { accel_install::installed::installed(target) };
        Self {
            seen,
            scan,
            current_dir: general.current_dir.clone(),
            user_install,
            in_venv: target.interpreter.in_venv(),
        }
    }

    /// Nothing is installed.
    pub(crate) fn empty() -> Self {
        Self {
            seen: None,
            scan: Scan::default(),
            current_dir: PathBuf::new(),
            user_install: false,
            in_venv: true,
        }
    }

    /// What stood there before the scan.
    pub(crate) fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// pip's warnings about what the scan passed over.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &str> {
        self.scan.passed_over.iter().map(|passed_over| passed_over.warning.as_str())
    }

    /// Names and versions of all, as the folders are named.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&PackageName, String)> {
        self.scan.distributions.iter().map(|found| (found.name(), found.version_text()))
    }

    pub(crate) fn distributions(&self) -> &[InstalledDistribution] {
        &self.scan.distributions
    }

    pub(crate) fn get(&self, name: &PackageName) -> Option<&InstalledDistribution> {
        self.scan.get(name)
    }

    /// Refuses what a virtual environment's own distributions would hide in the user's site.
    pub(crate) fn refuse_hidden(&self, plan: &Plan) -> Result<(), EngineError> {
        if !self.user_install || !self.in_venv {
            return Ok(());
        }
        for step in &plan.steps {
            let hides = |found: &&InstalledDistribution| !found.in_user_site() && found.is_local();
            if let Some(found) = self.get(&step.name).filter(hides) {
                return Err(EngineError::installation(format!(
                    "Will not install to the user site because it will lack sys.path precedence \
                     to {} in {}",
                    found.raw_name(),
                    found.location().display()
                )));
            }
        }
        Ok(())
    }

    /// The folder of a distribution as pip shows it.
    pub(crate) fn shown_folder(&self, found: &InstalledDistribution) -> String {
        let location = found.location();
        location.strip_prefix(&self.current_dir).map_or_else(
            |_| location.display().to_string(),
            |below| format!("./{}", below.display()),
        )
    }

    /// The folders of all distributions as pip shows them, each once.
    pub(crate) fn folders(&self) -> Vec<String> {
        let mut folders: Vec<&Path> = Vec::new();
        let mut shown = Vec::new();
        for found in self.distributions() {
            if !folders.contains(&found.location()) {
                folders.push(found.location());
                shown.push(self.shown_folder(found));
            }
        }
        shown
    }

    /// The distribution of this name as the resolver wants it.
    pub(crate) fn find(&self, name: &PackageName) -> Option<Arc<Installed>> {
        let found = self.get(name)?;
        Some(Arc::new(Installed {
            metadata: Arc::clone(found.metadata()),
            location: Some(self.shown_folder(found)),
            editable: found.is_editable(),
            // What stands outside the user's site is shadowed there, never removed.
            replaceable: !self.user_install || found.in_user_site(),
        }))
    }
}
