//! What pip says while it resolves, in its own words and at the same moments.

use std::fmt;

use accel_types::Link;
use accel_types::python_text::repr;

use crate::candidate::link_text;

/// How loud pip is about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Shown with `-v -v` only.
    Debug,
    /// Shown with `-v`.
    Verbose,
    /// Shown unless `-q`.
    Info,
    /// Shown unless `-q -q`.
    Warning,
    /// Shown unless `-q -q -q`; pip prints it as `ERROR: …`.
    Critical,
}

/// One thing that happened; its `Display` is pip's line, without the level's prefix.
///
/// pip indents by two columns what is said while a [`Collecting`](Event::Collecting),
/// [`Processing`](Event::Processing) or [`Obtaining`](Event::Obtaining) is prepared.
pub enum Event<'a> {
    /// The metadata of a remote file will be asked for next. A repeated header is not repeated.
    Collecting {
        /// The requirement with its origin: `a>=1 (from b)`.
        requirement: &'a str,
    },
    /// The metadata of a local file or folder will be asked for next.
    Processing {
        /// The absolute path; pip shows it relative to the working directory if that is shorter.
        path: &'a str,
        /// ` (from …)` or nothing.
        origin: &'a str,
    },
    /// The metadata of an editable will be asked for next.
    Obtaining {
        /// The requirement as pip prints it.
        requirement: &'a str,
    },
    /// An installed distribution became a candidate.
    AlreadySatisfied {
        /// The requirement with location and origin: `a in ./lib (from b)`.
        requirement: &'a str,
        /// The installed version.
        version: &'a str,
    },
    /// A root does not apply to this environment.
    MarkersDiffer {
        /// The requirement's name as written.
        name: &'a str,
        /// Its marker.
        markers: &'a str,
    },
    /// A requested extra does not exist.
    NoSuchExtra {
        /// The project.
        name: &'a str,
        /// Its version.
        version: &'a str,
        /// The extra.
        extra: &'a str,
    },
    /// A file was discarded because its metadata contradicts its name.
    Discarding {
        /// The link as pip prints it.
        link: &'a str,
        /// What is wrong.
        reason: &'a str,
    },
    /// A version was skipped because its metadata cannot be parsed.
    InvalidMetadata {
        /// The version.
        version: &'a str,
        /// The project.
        name: &'a str,
        /// What is wrong.
        reason: &'a str,
    },
    /// A distribution's Requires-Python cannot be parsed, so it counts as absent.
    InvalidRequiresPython {
        /// The project as its metadata names it.
        name: &'a str,
        /// What is wrong.
        reason: &'a str,
    },
    /// The second, eighth or thirteenth candidate of a project was turned down.
    Backtracking {
        /// The project.
        name: &'a str,
        /// How many were turned down by now: 2, 8 or 13.
        rejected: u32,
    },
    /// A candidate was turned down (pip's debug log).
    Rejected {
        /// `name version` of the candidate.
        candidate: &'a dyn fmt::Display,
        /// The requirements that contradict each other, a line each.
        conflict: &'a dyn fmt::Display,
    },
    /// A file is left out because its page says that it needs another Python.
    OtherPython {
        /// The Python that is asked for, with its micro version.
        python: &'a str,
        /// Its Requires-Python as the page has it.
        required: &'a str,
        /// The link.
        link: &'a Link,
    },
    /// A candidate was pinned (pip's debugging reporter).
    Pinned {
        /// Its identifier, extras included.
        name: &'a str,
        /// Its version.
        version: &'a dyn fmt::Display,
    },
    /// A yanked file was chosen.
    Yanked {
        /// The candidate's name.
        name: &'a str,
        /// Its version.
        version: &'a str,
        /// The link as pip prints it.
        link: &'a str,
        /// Why it was yanked, as far as it is known.
        reason: &'a str,
    },
    /// A wheel file was given whose version is installed already: it is left alone.
    SameWheelInstalled {
        /// The requirement's name.
        name: &'a str,
    },
    /// A constraint that pip refuses; the run ends next.
    DeprecatedConstraint,
}

impl Event<'_> {
    /// How loud pip is about it.
    pub fn level(&self) -> Level {
        match self {
            Self::Rejected { .. } | Self::Pinned { .. } => Level::Debug,
            Self::OtherPython { .. } => Level::Verbose,
            Self::NoSuchExtra { .. }
            | Self::InvalidMetadata { .. }
            | Self::InvalidRequiresPython { .. }
            | Self::DeprecatedConstraint
            | Self::Yanked { .. } => Level::Warning,
            _ => Level::Info,
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collecting { requirement } => write!(formatter, "Collecting {requirement}"),
            Self::Processing { path, origin } => write!(formatter, "Processing {path}{origin}"),
            Self::Obtaining { requirement } => write!(formatter, "Obtaining {requirement}"),
            Self::AlreadySatisfied { requirement, version } => {
                write!(formatter, "Requirement already satisfied: {requirement} ({version})")
            }
            Self::MarkersDiffer { name, markers } => write!(
                formatter,
                "Ignoring {name}: markers '{markers}' don't match your environment"
            ),
            Self::NoSuchExtra { name, version, extra } => {
                write!(formatter, "{name} {version} does not provide the extra '{extra}'")
            }
            Self::Discarding { link, reason } => write!(formatter, "Discarding {link}: {reason}"),
            Self::InvalidMetadata { version, name, reason } => write!(
                formatter,
                "Ignoring version {version} of {name} since it has invalid metadata:\n{reason}\n\
                 Please use pip<24.1 if you need to use this version."
            ),
            Self::InvalidRequiresPython { name, reason } => {
                write!(formatter, "Package '{name}' has an invalid Requires-Python: {reason}")
            }
            Self::Backtracking { name, rejected } => backtracking(formatter, name, *rejected),
            Self::Rejected { conflict, .. } => {
                write!(formatter, "Will try a different candidate, due to conflict:{conflict}")
            }
            Self::OtherPython { python, required, link } => write!(
                formatter,
                "  Link requires a different Python ({python} not in: {}): {}",
                repr(required),
                link_text(link)
            ),
            Self::Pinned { name, version } => write!(formatter, "Pinned {name} {version}"),
            Self::Yanked { name, version, link, reason } => write!(
                formatter,
                "The candidate selected for download or install is a yanked version: '{name}' \
                 candidate (version {version} at {link})\nReason for being yanked: {reason}"
            ),
            Self::SameWheelInstalled { name } => write!(
                formatter,
                "{name} is already installed with the same version as the provided wheel. Use \
                 --force-reinstall to force an installation of the wheel."
            ),
            Self::DeprecatedConstraint => formatter.write_str(
                "DEPRECATION: Constraints are only allowed to take the form of a package name and \
                 a version specifier. Other forms were originally permitted as an accident of the \
                 implementation, but were undocumented. The new implementation of the resolver no \
                 longer supports these forms. A possible replacement is replacing the constraint \
                 with a requirement. Discussion can be found at \
                 https://github.com/pypa/pip/issues/8210",
            ),
        }
    }
}

/// pip's three notes on a search that takes long; the prefix is part of its message.
fn backtracking(formatter: &mut fmt::Formatter<'_>, name: &str, rejected: u32) -> fmt::Result {
    let still = match rejected {
        2 => "",
        8 => "still ",
        _ => {
            return formatter.write_str(
                "INFO: This is taking longer than usual. You might need to provide the dependency \
                 resolver with stricter constraints to reduce runtime. See \
                 https://pip.pypa.io/warnings/backtracking for guidance. If you want to abort \
                 this run, press Ctrl + C.",
            );
        }
    };
    write!(
        formatter,
        "INFO: pip is {still}looking at multiple versions of {name} to determine which version is \
         compatible with other requirements. This could take a while."
    )
}
