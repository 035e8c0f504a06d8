//! What was installed when a change was planned, so that a change which another process has overtaken
//! is planned anew instead of being made.
//!
//! Two processes may look at one environment and wait for each other's journal: what the second one
//! wants to replace may be gone by then, or be another version.

use std::ffi::OsString;
use std::path::Path;

use accel_io::fs;

/// Names of the folders and files that tell of distributions, with their inodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(Vec<(OsString, u64)>);

impl Seen {
    /// Looks into a folder of modules; a missing one has nothing. Take it before looking at what is
    /// installed.
    pub fn of(purelib: &Path) -> Self {
        let mut found = fs::names_and_inodes(purelib).unwrap_or_default();
        found.retain(|(name, _)| {
            let kind = Path::new(name).extension().and_then(|extension| extension.to_str());
            matches!(kind, Some("dist-info" | "egg-info" | "egg-link" | "egg"))
        });
        found.sort_unstable();
        Self(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_distribution_is_another_one() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let lib = scratch.path();
        let nothing = Seen::of(lib);
        fs::create_dir(lib.join("demo-1.0.dist-info")).unwrap();
        fs::create_dir(lib.join("demo")).unwrap();
        let one = Seen::of(lib);
        assert_ne!(nothing, one);
        fs::create_dir(lib.join("another_folder")).unwrap();
        assert_eq!(one, Seen::of(lib));
        fs::rename(lib.join("demo-1.0.dist-info"), lib.join("away")).unwrap();
        fs::create_dir(lib.join("demo-1.0.dist-info")).unwrap();
        assert_ne!(one, Seen::of(lib));
        assert_eq!(nothing, Seen::of(&lib.join("missing")));
    }
}
