//! Which formats and releases of a project may be chosen: `--no-binary`, `--only-binary`,
//! `--all-releases`, `--only-final`.
//!
//! The four options come in two pairs whose members take names away from each other, so their order
//! counts. The rules are pip's `handle_mutual_excludes`.

use std::collections::BTreeSet;

use crate::{PackageName, TypesError};

/// The names that one of the four options holds at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct NameSet {
    /// `:all:` is in it.
    pub all: bool,
    /// Names, normalised.
    pub names: BTreeSet<PackageName>,
}

impl NameSet {
    /// Nothing but `:all:`.
    pub fn all() -> Self {
        Self { all: true, names: BTreeSet::new() }
    }

    /// Whether neither `:all:` nor any name is in it.
    pub fn is_empty(&self) -> bool {
        !self.all && self.names.is_empty()
    }

    fn clear(&mut self) {
        self.all = false;
        self.names.clear();
    }
}

/// The value of `--no-binary` and `--only-binary` together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct FormatControl {
    /// Projects of which no wheel may be taken.
    pub no_binary: NameSet,
    /// Projects of which no sdist may be taken.
    pub only_binary: NameSet,
}

/// The formats that may be taken of one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllowedFormats {
    /// Wheels.
    pub binary: bool,
    /// Source distributions.
    pub source: bool,
}

impl FormatControl {
    /// Takes one value of `--no-binary`.
    pub fn add_no_binary(&mut self, value: &str) -> Result<(), TypesError> {
        apply(value, &mut self.no_binary, &mut self.only_binary, "--no-binary / --only-binary")
    }

    /// Takes one value of `--only-binary`.
    pub fn add_only_binary(&mut self, value: &str) -> Result<(), TypesError> {
        apply(value, &mut self.only_binary, &mut self.no_binary, "--no-binary / --only-binary")
    }

    /// What may be taken of `name`; a name listed by itself weighs more than `:all:`.
    pub fn allowed(&self, name: &PackageName) -> AllowedFormats {
        let (binary, source) = if self.only_binary.names.contains(name) {
            (true, false)
        } else if self.no_binary.names.contains(name) {
            (false, true)
        } else if self.only_binary.all {
            (true, false)
        } else {
            (!self.no_binary.all, true)
        };
        AllowedFormats { binary, source }
    }

    /// Whether it says `--only-binary :all:` and nothing else.
    pub fn is_only_binary_all(&self) -> bool {
        self.no_binary.is_empty() && self.only_binary.all && self.only_binary.names.is_empty()
    }
}

/// The value of `--all-releases` and `--only-final` together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct ReleaseControl {
    /// Projects whose pre-releases are candidates like any other.
    pub all_releases: NameSet,
    /// Projects whose pre-releases are never candidates.
    pub only_final: NameSet,
}

impl ReleaseControl {
    /// Takes one value of `--all-releases`.
    pub fn add_all_releases(&mut self, value: &str) -> Result<(), TypesError> {
        apply(value, &mut self.all_releases, &mut self.only_final, "--all-releases / --only-final")
    }

    /// Takes one value of `--only-final`.
    pub fn add_only_final(&mut self, value: &str) -> Result<(), TypesError> {
        apply(value, &mut self.only_final, &mut self.all_releases, "--all-releases / --only-final")
    }

    /// Whether pre-releases of `name` are allowed; `None` means that nothing was said, and the
    /// specifiers decide.
    pub fn allows_prereleases(&self, name: &PackageName) -> Option<bool> {
        if self.all_releases.names.contains(name) {
            Some(true)
        } else if self.only_final.names.contains(name) {
            Some(false)
        } else if self.all_releases.all {
            Some(true)
        } else if self.only_final.all {
            Some(false)
        } else {
            None
        }
    }

    /// Whether neither option was given.
    pub fn is_empty(&self) -> bool {
        self.all_releases.is_empty() && self.only_final.is_empty()
    }
}

/// Takes one option value: names separated by commas, `:all:` and `:none:` among them.
///
/// `:all:` empties both sets and makes what stood before it void; names move from `other` to
/// `target`; `:none:` empties `target`.
fn apply(
    value: &str,
    target: &mut NameSet,
    other: &mut NameSet,
    options: &'static str,
) -> Result<(), TypesError> {
    if value.starts_with('-') {
        return Err(TypesError::MissingValue(options));
    }
    let mut new: Vec<&str> = value.split(',').collect();
    while let Some(position) = new.iter().position(|name| *name == ":all:") {
        other.clear();
        target.clear();
        target.all = true;
        new.drain(..=position);
        // Without a :none: all that follows is covered by :all:.
        if !new.contains(&":none:") {
            return Ok(());
        }
    }
    for name in new {
        if name == ":none:" {
            target.clear();
            continue;
        }
        let name = PackageName::new(name);
        other.names.remove(&name);
        target.names.insert(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(values: &[(&str, &str)]) -> FormatControl {
        let mut control = FormatControl::default();
        for (option, value) in values {
            match *option {
                "no" => control.add_no_binary(value).unwrap(),
                _ => control.add_only_binary(value).unwrap(),
            }
        }
        control
    }

    fn allowed(control: &FormatControl, name: &str) -> (bool, bool) {
        let formats = control.allowed(&PackageName::new(name));
        (formats.binary, formats.source)
    }

    #[test]
    fn the_later_option_takes_the_name() {
        let control = control(&[("no", "A.b,c"), ("only", "a-b")]);
        assert_eq!(allowed(&control, "a_b"), (true, false));
        assert_eq!(allowed(&control, "c"), (false, true));
        assert_eq!(allowed(&control, "d"), (true, true));
    }

    #[test]
    fn all_covers_what_follows_unless_none_comes() {
        let first = control(&[("no", "a,:all:,b")]);
        assert!(first.no_binary.all && first.no_binary.names.is_empty());
        let second = control(&[("no", ":all:,:none:,b")]);
        assert!(!second.no_binary.all);
        assert_eq!(allowed(&second, "b"), (false, true));
        let third = control(&[("only", "x"), ("no", ":all:"), ("only", "x")]);
        assert_eq!(allowed(&third, "x"), (true, false));
        assert_eq!(allowed(&third, "y"), (false, true));
    }

    #[test]
    fn a_name_wins_over_all_and_the_last_value_wins() {
        let mut control = control(&[("no", ":all:"), ("only", "A_b")]);
        assert_eq!(allowed(&control, "a-b"), (true, false));
        assert_eq!(allowed(&control, "c"), (false, true));
        control.add_no_binary(":none:,c").unwrap();
        assert_eq!(allowed(&control, "d"), (true, true));
        assert_eq!(allowed(&control, "c"), (false, true));
        control.add_only_binary(":all:").unwrap();
        assert_eq!(allowed(&control, "c"), (true, false));
    }

    #[test]
    fn an_option_is_no_value() {
        let error = FormatControl::default().add_no_binary("--pre").unwrap_err();
        assert_eq!(error.to_string(), "--no-binary / --only-binary option requires 1 argument.");
    }
}
