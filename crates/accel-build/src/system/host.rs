//! This machine's operating system: which family it is of, what is installed, and how more is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use accel_io::fs;
use accel_io::process::{ProcessError, Run, find_program, is_root};

/// Operating systems whose packages bear the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Debian, Ubuntu and their like.
    Debian,
    /// Fedora, RHEL and their like.
    Fedora,
    /// Alpine.
    Alpine,
    /// Arch and its like.
    Arch,
    /// macOS with Homebrew.
    MacOs,
}

impl Family {
    /// Of the text of an `os-release` file.
    pub fn of_os_release(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
        };
        let own = value("ID=").unwrap_or_default();
        let alike = value("ID_LIKE=").unwrap_or_default();
        std::iter::once(own.as_str()).chain(alike.split_whitespace()).find_map(|id| match id {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" | "amzn" => Some(Self::Fedora),
            "alpine" => Some(Self::Alpine),
            "arch" => Some(Self::Arch),
            _ => None,
        })
    }

    /// What installs packages, most wanted first, with its arguments.
    fn installers(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Debian => &[&[
                "apt-get",
                "install",
                "--yes",
                "--no-install-recommends",
                // Another run may be at it.
                "--option=DPkg::Lock::Timeout=300",
            ]],
            Self::Fedora => {
                &[&["dnf", "install", "--assumeyes"], &["yum", "install", "--assumeyes"]]
            }
            Self::Alpine => &[&["apk", "add"]],
            Self::Arch => &[&["pacman", "--sync", "--needed", "--noconfirm"]],
            Self::MacOs => &[&["brew", "install"]],
        }
    }

    /// What fetches the lists of packages that there are, where that is a step of its own.
    fn refresh(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Debian => Some(&["apt-get", "update"]),
            Self::Alpine => Some(&["apk", "update"]),
            Self::Arch => Some(&["pacman", "--sync", "--refresh"]),
            Self::Fedora | Self::MacOs => None,
        }
    }

    /// What tells whether a package is installed.
    fn query(self) -> &'static [&'static str] {
        match self {
            Self::Debian => &["dpkg-query", "--show", "--showformat=${db:Status-Status}"],
            Self::Fedora => &["rpm", "--query", "--whatprovides"],
            Self::Alpine => &["apk", "info", "--installed"],
            Self::Arch => &["pacman", "--query"],
            Self::MacOs => &["brew", "list", "--versions"],
        }
    }
}

/// Why packages were not installed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Neither root nor `sudo`.
    #[error("only root may install them, and there is no sudo")]
    NoSudo,
    /// No package manager.
    #[error("there is no {0}")]
    NoInstaller(&'static str),
    /// The package manager failed.
    #[error("`{command}` failed with exit code {code}: {last}")]
    Failed {
        /// What was run.
        command: String,
        /// Its exit code.
        code: i32,
        /// The last line that it wrote.
        last: String,
    },
    /// The package manager could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// This machine.
#[derive(Clone, Debug)]
pub struct Host {
    family: Family,
    search_path: OsString,
    root: bool,
}

impl Host {
    /// This machine, with programs looked up in `search_path`; `None` where nothing is known of
    /// its operating system.
    pub fn find(search_path: &[PathBuf]) -> Option<Self> {
        let release = || {
            ["/etc/os-release", "/usr/lib/os-release"]
                .iter()
                .find_map(|path| fs::read_to_string(path).ok())
        };
        let family = if cfg!(target_os = "macos") {
            Family::MacOs
        } else {
            Family::of_os_release(&release()?)?
        };
        Some(Self::new(family, search_path, is_root()))
    }

    /// One of this family; `root` says whether packages may be installed without `sudo`.
    pub fn new(family: Family, search_path: &[PathBuf], root: bool) -> Self {
        let search_path = std::env::join_paths(search_path).unwrap_or_default();
        Self { family, search_path, root }
    }

    /// Its family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Which of these packages are not installed; all of them where that cannot be found out.
    pub fn absent(&self, packages: &[String]) -> Vec<String> {
        packages.iter().filter(|package| !self.has(package)).cloned().collect()
    }

    fn has(&self, package: &str) -> bool {
        let [program, arguments @ ..] = self.family.query() else { return false };
        let Some(program) = self.program(program) else { return false };
        let run = Run::new(program).args(arguments.iter().copied()).arg(package);
        let Ok(finished) = run.finish() else { return false };
        // dpkg remembers packages that were removed, with another status.
        finished.success()
            && (self.family != Family::Debian || finished.stdout_text() == "installed")
    }

    /// The command that installs packages, as the user would type it.
    pub fn command(&self, packages: &[String]) -> String {
        let installer = self.installer().map_or(self.family.installers()[0], |(_, words)| words);
        let sudo = if self.needs_sudo() { &["sudo"][..] } else { &[] };
        let words = sudo.iter().chain(&installer[..2]).copied();
        let words = words.chain(packages.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Installs packages. `interactive` lets `sudo` ask for a password.
    pub fn install(&self, packages: &[String], interactive: bool) -> Result<(), HostError> {
        let Some((_, installer)) = self.installer() else {
            return Err(HostError::NoInstaller(self.family.installers()[0][0]));
        };
        let first = self.run(installer, packages, interactive);
        match (first, self.family.refresh()) {
            // Lists that are old or missing, as in a fresh container.
            (Err(HostError::Failed { .. }), Some(refresh)) => {
                self.run(refresh, &[], interactive)?;
                self.run(installer, packages, interactive)
            }
            (done, _) => done,
        }
    }

    fn run(
        &self,
        words: &'static [&'static str],
        packages: &[String],
        interactive: bool,
    ) -> Result<(), HostError> {
        let program = self.program(words[0]).ok_or(HostError::NoInstaller(words[0]))?;
        let run = if self.needs_sudo() {
            let sudo = self.program("sudo").ok_or(HostError::NoSudo)?;
            let quiet: &[&str] = if interactive { &[] } else { &["--non-interactive"] };
            Run::new(sudo).args(quiet).arg(program.as_os_str())
        } else {
            Run::new(&program)
        };
        let run = run.args(&words[1..]).args(packages).env("DEBIAN_FRONTEND", "noninteractive");
        let run = if interactive { run.in_our_group() } else { run };
        let finished = run.merged().finish()?;
        if finished.success() {
            return Ok(());
        }
        let command = words.iter().copied().chain(packages.iter().map(String::as_str));
        let output = finished.stdout_text();
        let last = output.lines().rev().find(|line| !line.trim().is_empty());
        Err(HostError::Failed {
            command: command.collect::<Vec<_>>().join(" "),
            code: finished.code(),
            last: last.unwrap_or("it said nothing").trim().to_owned(),
        })
    }

    /// Homebrew refuses to run as root.
    fn needs_sudo(&self) -> bool {
        !self.root && self.family != Family::MacOs
    }

    fn installer(&self) -> Option<(PathBuf, &'static [&'static str])> {
        let mut known = self.family.installers().iter();
        known.find_map(|words| Some((self.program(words[0])?, *words)))
    }

    fn program(&self, name: &str) -> Option<PathBuf> {
        // The folders of root's programs are not in everybody's PATH.
        let beside = || {
            let folders = ["/usr/sbin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin"];
            folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| fs::is_file(path))
        };
        find_program(name, &self.search_path).or_else(beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_of_distributions() {
        for (text, family) in [
            ("ID=debian\n", Some(Family::Debian)),
            ("NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Some(Family::Debian)),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Some(Family::Fedora)),
            ("ID=alpine\n", Some(Family::Alpine)),
            ("ID=manjaro\nID_LIKE=arch\n", Some(Family::Arch)),
            ("ID=plan9\n", None),
            ("", None),
        ] {
            assert_eq!(Family::of_os_release(text), family, "{text}");
        }
    }
}
