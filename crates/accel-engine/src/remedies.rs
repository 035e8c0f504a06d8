//! What helps a build that fails for want of packages of the operating system.

use crate::listener::{Level, Voice};
use crate::request::{InstallRequest, SystemPackages};
use accel_build::BuildError;
use accel_build::system::{Catalog, Host, Need};
use accel_io::interrupt;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Names the packages that failed builds lack, and installs them if it may. One for a run and all
/// builds inside of its builds.
pub(crate) struct Remedies {
    mode: SystemPackages,
    lists: Vec<PathBuf>,
    search_path: Vec<PathBuf>,
    voice: Voice,
    host: OnceLock<Option<Host>>,
    /// Packages that were installed, refused or named before. Held while packages are installed:
    /// two builds at once lack the same ones.
    done: Mutex<HashSet<String>>,
}

impl Remedies {
    pub(crate) fn new(request: &InstallRequest, voice: &Voice) -> Self {
        Self {
            mode: request.system_packages.mode,
            lists: request.system_packages.lists.clone(),
            search_path: request.general.search_path.clone(),
            voice: voice.clone(),
            host: OnceLock::new(),
            done: Mutex::default(),
        }
    }

    /// Whether something was done about the failure, so that the build may pass now.
    pub(crate) fn help(&self, project: &str, error: &BuildError) -> bool {
        let log = match error {
            BuildError::Hook(failed) => &failed.output,
            BuildError::BackendUnavailable { reason, .. } => reason,
            _ => return false,
        };
        if self.mode == SystemPackages::Off || interrupt::requested().is_some() {
            return false;
        }
        let host = self.host.get_or_init(|| Host::find(&self.search_path));
        let Some(host) = host else { return false };
        let catalog = match Catalog::read(&self.lists) {
            Ok(catalog) => catalog,
            Err(error) => {
                self.voice.hint(&error.to_string());
                return false;
            }
        };
        let needs = catalog.needs(log, host.family());
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted: Vec<String> = needs.iter().flat_map(|need| need.packages.clone()).collect();
        let mut absent = host.absent(&wanted);
        absent.retain(|package| !done.contains(package));
        if absent.is_empty() {
            return false;
        }
        done.extend(absent.iter().cloned());
        let lacks = lacks(project, &needs, &absent);
        let command = host.command(&absent);
        let agreed = match self.mode {
            SystemPackages::Install => true,
            SystemPackages::Ask => self.ask(&format!("{lacks}. Run `{command}`? [y/N] ")),
            SystemPackages::Hint | SystemPackages::Off => false,
        };
        if !agreed {
            self.voice.hint(&format!(
                "{lacks}: `{command}` installs it, and so does --system-packages install"
            ));
            return false;
        }
        self.voice.say_passing(Level::Warning, &format!("{lacks}: running `{command}`"));
        match host.install(&absent, self.mode == SystemPackages::Ask) {
            Ok(()) => true,
            Err(error) => {
                self.voice.hint(&format!("{lacks}, which could not be installed: {error}"));
                false
            }
        }
    }

    fn ask(&self, question: &str) -> bool {
        let answer = self.voice.ask(question).unwrap_or_default();
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

/// What the build lacks and where it is, in words.
fn lacks(project: &str, needs: &[Need], absent: &[String]) -> String {
    let of = |need: &&Need| need.packages.iter().any(|package| absent.contains(package));
    let missing: Vec<&str> = needs.iter().filter(of).map(|need| need.missing.as_str()).collect();
    format!("building {project} needs {} of {}", missing.join(", "), absent.join(" "))
}
