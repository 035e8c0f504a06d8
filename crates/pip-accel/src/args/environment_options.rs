//! The options of the commands that look at an environment or take from it: `list`, `freeze`, `show`,
//! `inspect`, `uninstall`.

use accel_requirements::optparse::{Kind, ValueKind};

use super::requirement_options::{BREAK_SYSTEM_PACKAGES, ROOT_USER_ACTION};
use super::{Dest, PLAIN, Spec};

const LOCAL: Spec = Spec {
    long: &["--local"],
    dest: Dest::Local,
    kind: Kind::True,
    help: Some(
        "If in a virtualenv that has global access, do not list globally-installed packages.",
    ),
    ..PLAIN
};

const USER: Spec = Spec {
    long: &["--user"],
    dest: Dest::UserOnly,
    kind: Kind::True,
    help: Some("Only output packages installed in user-site."),
    ..PLAIN
};

const PATH: Spec = Spec {
    long: &["--path"],
    dest: Dest::Paths,
    kind: Kind::Append(ValueKind::Path),
    metavar: "path",
    help: Some(
        "Restrict to the specified installation path for listing packages (can be used multiple \
         times).",
    ),
    ..PLAIN
};

const EXCLUDE: Spec = Spec {
    long: &["--exclude"],
    dest: Dest::Excludes,
    kind: Kind::Append(ValueKind::Text),
    metavar: "package",
    help: Some("Exclude specified package from the output"),
    ..PLAIN
};

/// `List Options`.
pub static LIST: [Spec; 11] = [
    Spec {
        short: &["-o"],
        long: &["--outdated"],
        dest: Dest::Outdated,
        kind: Kind::True,
        help: Some("List outdated packages"),
        ..PLAIN
    },
    Spec {
        short: &["-u"],
        long: &["--uptodate"],
        dest: Dest::Uptodate,
        kind: Kind::True,
        help: Some("List uptodate packages"),
        ..PLAIN
    },
    Spec {
        short: &["-e"],
        long: &["--editable"],
        dest: Dest::OnlyEditables,
        kind: Kind::True,
        help: Some("List editable projects."),
        ..PLAIN
    },
    Spec { short: &["-l"], ..LOCAL },
    USER,
    PATH,
    Spec {
        long: &["--format"],
        dest: Dest::ListFormat,
        kind: Kind::Store(ValueKind::Choice(&["columns", "freeze", "json"])),
        metavar: "list_format",
        help: Some(
            "Select the output format among: columns (default), freeze, or json. The 'freeze' \
             format cannot be used with the --outdated option.",
        ),
        ..PLAIN
    },
    Spec {
        long: &["--not-required"],
        dest: Dest::NotRequired,
        kind: Kind::True,
        help: Some("List packages that are not dependencies of installed packages."),
        ..PLAIN
    },
    Spec {
        long: &["--exclude-editable"],
        dest: Dest::IncludeEditable,
        kind: Kind::False,
        help: Some("Exclude editable package from output."),
        ..PLAIN
    },
    Spec {
        long: &["--include-editable"],
        dest: Dest::IncludeEditable,
        kind: Kind::True,
        help: Some("Include editable package in output."),
        ..PLAIN
    },
    EXCLUDE,
];

/// `Freeze Options`.
pub static FREEZE: [Spec; 7] = [
    Spec {
        short: &["-r"],
        long: &["--requirement"],
        dest: Dest::Requirements,
        kind: Kind::Append(ValueKind::Text),
        metavar: "file",
        help: Some(
            "Use the order in the given requirements file and its comments when generating \
             output. This option can be used multiple times.",
        ),
        ..PLAIN
    },
    Spec {
        short: &["-l"],
        help: Some(
            "If in a virtualenv that has global access, do not output globally-installed packages.",
        ),
        ..LOCAL
    },
    USER,
    PATH,
    Spec {
        long: &["--all"],
        dest: Dest::FreezeAll,
        kind: Kind::True,
        // pip writes the names in the random order of a Python set, and for Python 3.12 and newer
        // only the first.
        help: Some("Do not skip these packages in the output: pip, setuptools, distribute, wheel"),
        ..PLAIN
    },
    Spec {
        long: &["--exclude-editable"],
        dest: Dest::ExcludeEditable,
        kind: Kind::True,
        help: Some("Exclude editable package from output."),
        ..PLAIN
    },
    EXCLUDE,
];

/// `Inspect Options`.
pub static INSPECT: [Spec; 3] = [LOCAL, USER, PATH];

/// `Show Options`.
pub static SHOW: [Spec; 1] = [Spec {
    short: &["-f"],
    long: &["--files"],
    dest: Dest::Files,
    kind: Kind::True,
    help: Some("Show the full list of installed files for each package."),
    ..PLAIN
}];

/// `Uninstall Options`.
pub static UNINSTALL: [Spec; 4] = [
    Spec {
        short: &["-r"],
        long: &["--requirement"],
        dest: Dest::Requirements,
        kind: Kind::Append(ValueKind::Text),
        metavar: "file",
        help: Some(
            "Uninstall all the packages listed in the given requirements file.  This option can be \
             used multiple times.",
        ),
        ..PLAIN
    },
    Spec {
        short: &["-y"],
        long: &["--yes"],
        dest: Dest::Yes,
        kind: Kind::True,
        help: Some("Don't ask for confirmation of uninstall deletions."),
        ..PLAIN
    },
    ROOT_USER_ACTION,
    BREAK_SYSTEM_PACKAGES,
];
