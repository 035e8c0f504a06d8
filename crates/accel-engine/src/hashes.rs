//! Hash-checking mode: which digests a file must have, and pip's words when it has not.

use accel_resolve::{Place, Source};
use accel_types::{Digest, HashAlgorithm, Hashes};
use std::fmt;

/// Why hash-checking refuses a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashProblem {
    /// A repository has no file to hash.
    Repository {
        /// The requirement in pip's words.
        requirement: String,
    },
    /// A folder has no file to hash.
    Directory {
        /// The requirement in pip's words.
        requirement: String,
    },
    /// No hash was given.
    Missing {
        /// What belongs in front of `--hash`.
        requirement: String,
        /// The sha256 that the file has.
        found: String,
    },
    /// The requirement is not pinned.
    Unpinned {
        /// The requirement in pip's words.
        requirement: String,
    },
    /// The file has another digest.
    Mismatch {
        /// The requirement in pip's words.
        requirement: String,
        /// What would be accepted.
        allowed: Hashes,
        /// What the file has, one digest for each algorithm in `allowed`.
        found: Vec<Digest>,
    },
}

impl std::error::Error for HashProblem {}

impl fmt::Display for HashProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { requirement } => write!(
                out,
                "Can't verify hashes for these requirements because we don't have a way to hash \
                 version control repositories:\n    {requirement}"
            ),
            Self::Directory { requirement } => write!(
                out,
                "Can't verify hashes for these file:// requirements because they point to \
                 directories:\n    {requirement}"
            ),
            Self::Missing { requirement, found } => write!(
                out,
                "Hashes are required in --require-hashes mode, but they are missing from some \
                 requirements. Here is a list of those requirements along with the hashes their \
                 downloaded archives actually had. Add lines like these to your requirements \
                 files to prevent tampering. (If you did not enable --require-hashes manually, \
                 note that it turns on automatically when any package has a hash.)\n    \
                 {requirement} --hash=sha256:{found}"
            ),
            Self::Unpinned { requirement } => write!(
                out,
                "In --require-hashes mode, all requirements must have their versions pinned with \
                 ==. These do not:\n    {requirement}"
            ),
            Self::Mismatch { requirement, allowed, found } => {
                write!(
                    out,
                    "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you \
                     have updated the package versions, please update the hashes. Otherwise, \
                     examine the package contents carefully; someone may have tampered with \
                     them.\n    {requirement}:"
                )?;
                comparison(out, allowed, found)
            }
        }
    }
}

fn comparison(out: &mut fmt::Formatter<'_>, allowed: &Hashes, found: &[Digest]) -> fmt::Result {
    let mut before: Option<HashAlgorithm> = None;
    for (algorithm, expected) in allowed.iter() {
        let label = if before == Some(algorithm) { "    or" } else { algorithm.name() };
        if before.is_some_and(|earlier| earlier != algorithm) {
            got(out, before, found)?;
        }
        write!(out, "\n        Expected {label} {expected}")?;
        before = Some(algorithm);
    }
    got(out, before, found)
}

fn got(out: &mut fmt::Formatter<'_>, of: Option<HashAlgorithm>, found: &[Digest]) -> fmt::Result {
    let digest = found.iter().find(|digest| Some(digest.algorithm) == of);
    let hex = digest.map_or("", |digest| &digest.hex);
    writeln!(out, "\n             Got        {hex}")
}

/// Refuses what hash-checking mode can't check, before anything is fetched.
pub(crate) fn check_kind(source: &Source<'_>, place: PlaceKind) -> Result<(), HashProblem> {
    let requirement = || source.words.to_owned();
    match place {
        PlaceKind::Repository => Err(HashProblem::Repository { requirement: requirement() }),
        PlaceKind::Directory => Err(HashProblem::Directory { requirement: requirement() }),
        PlaceKind::File if !matches!(source.place, Place::Direct { .. }) && !source.is_pinned => {
            Err(HashProblem::Unpinned { requirement: requirement() })
        }
        PlaceKind::File => Ok(()),
    }
}

/// What kind of place hash-checking looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    File,
    Directory,
    Repository,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_reads_as_pip_prints_it() {
        let mut allowed = Hashes::new();
        allowed.insert(&Digest::sha256("aa"));
        allowed.insert(&Digest::sha256("bb"));
        let problem = HashProblem::Mismatch {
            requirement: "six==1.17.0".to_owned(),
            allowed,
            found: vec![Digest::sha256("cc")],
        };
        let text = problem.to_string();
        assert!(text.ends_with(
            "with them.\n    six==1.17.0:\n        Expected sha256 aa\n        Expected     or bb\n             Got        cc\n"
        ), "{text}");
    }
}
