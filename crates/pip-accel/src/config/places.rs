//! Where configuration lies, by the variants that pip knows.

use std::path::Path;

use crate::surroundings::Surroundings;

/// What pip calls a variant: whom a configuration file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The file that `PIP_CONFIG_FILE` names.
    Env,
    /// All users.
    Global,
    /// One environment.
    Site,
    /// One user.
    User,
}

impl Variant {
    /// pip's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Global => "global",
            Self::Site => "site",
            Self::User => "user",
        }
    }
}

/// The files of each variant, in the order in which they are read: later ones count more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The files, whether they exist or not.
    pub files: Vec<(Variant, Vec<String>)>,
    /// `PIP_CONFIG_FILE`.
    pub chosen: Option<String>,
}

impl Places {
    /// Those of this run. `prefix` is the target environment's folder.
    pub fn of(surroundings: &Surroundings, isolated: bool, prefix: Option<&Path>) -> Self {
        let set =
            |name| surroundings.variable(name).filter(|value: &String| !value.trim().is_empty());
        let mut global: Vec<String> = match set("XDG_CONFIG_DIRS") {
            Some(folders) => folders
                .split(':')
                .filter(|folder| !folder.trim().is_empty())
                .map(|folder| format!("{}/pip/pip.conf", folder.trim_end_matches('/')))
                .collect(),
            None => vec!["/etc/xdg/pip/pip.conf".to_owned()],
        };
        global.push("/etc/pip.conf".to_owned());
        let mut files = vec![(Variant::Global, global)];
        let chosen = surroundings.variable("PIP_CONFIG_FILE");
        let chosen_exists = chosen.as_deref().is_some_and(accel_io::fs::exists);
        if !isolated && !chosen_exists {
            let home = surroundings.expand_user("~");
            let folder = set("XDG_CONFIG_HOME").unwrap_or_else(|| format!("{home}/.config"));
            let new = format!("{}/pip/pip.conf", folder.trim_end_matches('/'));
            files.push((Variant::User, vec![format!("{home}/.pip/pip.conf"), new]));
        }
        let site = prefix.map(|prefix| prefix.join("pip.conf").to_string_lossy().into_owned());
        files.push((Variant::Site, site.into_iter().collect()));
        files.push((Variant::Env, chosen.iter().cloned().collect()));
        Self { files, chosen }
    }

    /// The variant that is meant where a single one must be and none is named.
    pub fn usual(&self) -> Variant {
        let mut site = self.files.iter().filter(|(variant, _)| *variant == Variant::Site);
        let exists = site.any(|(_, files)| files.iter().any(accel_io::fs::exists));
        if exists { Variant::Site } else { Variant::User }
    }

    /// Whether `PIP_CONFIG_FILE` says that no file is to be read.
    pub fn none_is_read(&self) -> bool {
        self.chosen.as_deref() == Some("/dev/null")
    }
}
