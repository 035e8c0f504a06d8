//! The options of `pip install`.

use accel_requirements::optparse::{Kind, ValueKind};

use super::build_options::{
    ABI, CHECK_BUILD_DEPENDENCIES, CONFIG_SETTINGS, IMPLEMENTATION, NO_BUILD_ISOLATION, NO_CLEAN,
    PLATFORM, PYTHON_VERSION, USE_PEP517,
};
use super::requirement_options::{
    BREAK_SYSTEM_PACKAGES, BUILD_CONSTRAINT, CONSTRAINT, EDITABLE, GROUP, IGNORE_REQUIRES_PYTHON,
    NO_DEPS, NO_REQUIRE_HASHES, ONLY_DEPS, PROGRESS_BAR, REQUIRE_HASHES, REQUIREMENT,
    REQUIREMENTS_FROM_SCRIPT, ROOT_USER_ACTION, SRC,
};
use super::{Dest, PLAIN, Spec};

const TEXT: ValueKind = ValueKind::Text;

const DRY_RUN: Spec = Spec {
    long: &["--dry-run"],
    dest: Dest::DryRun,
    kind: Kind::True,
    help: Some(
        "Don't actually install anything, just print what would be. Can be used in \
         combination with --ignore-installed to 'resolve' the requirements.",
    ),
    ..PLAIN
};

const TARGET: Spec = Spec {
    short: &["-t"],
    long: &["--target"],
    dest: Dest::TargetDir,
    kind: Kind::Store(TEXT),
    metavar: "dir",
    help: Some(
        "Install packages into <dir>. By default this will not replace existing \
         files/folders in <dir>. Use --upgrade to replace existing packages in <dir> with \
         new versions.",
    ),
    ..PLAIN
};

const USER: Spec = Spec {
    long: &["--user"],
    dest: Dest::UseUserSite,
    kind: Kind::True,
    help: Some(
        "Install to the Python user install directory for your platform. Typically \
         ~/.local/, or %APPDATA%\\Python on Windows. (See the Python documentation for \
         site.USER_BASE for full details.)",
    ),
    ..PLAIN
};

const NO_USER: Spec =
    Spec { long: &["--no-user"], dest: Dest::UseUserSite, kind: Kind::False, ..PLAIN };

const ROOT: Spec = Spec {
    long: &["--root"],
    dest: Dest::RootPath,
    kind: Kind::Store(TEXT),
    metavar: "dir",
    help: Some("Install everything relative to this alternate root directory."),
    ..PLAIN
};

const PREFIX: Spec = Spec {
    long: &["--prefix"],
    dest: Dest::PrefixPath,
    kind: Kind::Store(TEXT),
    metavar: "dir",
    help: Some(
        "Installation prefix where lib, bin and other top-level folders are placed. Note \
         that the resulting installation may contain scripts and other resources which \
         reference the Python interpreter of pip, and not that of ``--prefix``. See also \
         the ``--python`` option if the intention is to install packages into another \
         (possibly pip-free) environment.",
    ),
    ..PLAIN
};

const UPGRADE: Spec = Spec {
    short: &["-U"],
    long: &["--upgrade"],
    dest: Dest::Upgrade,
    kind: Kind::True,
    help: Some(
        "Upgrade all specified packages to the newest available version. The handling of \
         dependencies depends on the upgrade-strategy used.",
    ),
    ..PLAIN
};

const UPGRADE_STRATEGY: Spec = Spec {
    long: &["--upgrade-strategy"],
    dest: Dest::UpgradeStrategy,
    kind: Kind::Store(ValueKind::Choice(&["only-if-needed", "eager"])),
    metavar: "upgrade_strategy",
    help: Some(
        "Determines how dependency upgrading should be handled [default: %default]. \
         \"eager\" - dependencies are upgraded regardless of whether the currently \
         installed version satisfies the requirements of the upgraded package(s). \
         \"only-if-needed\" -  are upgraded only when they do not satisfy the requirements \
         of the upgraded package(s).",
    ),
    default: "only-if-needed",
    ..PLAIN
};

const FORCE_REINSTALL: Spec = Spec {
    long: &["--force-reinstall"],
    dest: Dest::ForceReinstall,
    kind: Kind::True,
    help: Some("Reinstall all packages even if they are already up-to-date."),
    ..PLAIN
};

const IGNORE_INSTALLED: Spec = Spec {
    short: &["-I"],
    long: &["--ignore-installed"],
    dest: Dest::IgnoreInstalled,
    kind: Kind::True,
    help: Some(
        "Ignore the installed packages, overwriting them. This can break your system if \
         the existing package is of a different version or was installed with a different \
         package manager!",
    ),
    ..PLAIN
};

const COMPILE: Spec = Spec {
    long: &["--compile"],
    dest: Dest::Compile,
    kind: Kind::True,
    help: Some("Compile Python source files to bytecode"),
    ..PLAIN
};

const NO_COMPILE: Spec = Spec {
    long: &["--no-compile"],
    dest: Dest::Compile,
    kind: Kind::False,
    help: Some("Do not compile Python source files to bytecode"),
    ..PLAIN
};

const NO_WARN_SCRIPT_LOCATION: Spec = Spec {
    long: &["--no-warn-script-location"],
    dest: Dest::WarnScriptLocation,
    kind: Kind::False,
    help: Some("Do not warn when installing scripts outside PATH"),
    ..PLAIN
};

const NO_WARN_CONFLICTS: Spec = Spec {
    long: &["--no-warn-conflicts"],
    dest: Dest::WarnAboutConflicts,
    kind: Kind::False,
    help: Some("Do not warn about broken dependencies"),
    ..PLAIN
};

const REPORT: Spec = Spec {
    long: &["--report"],
    dest: Dest::JsonReportFile,
    kind: Kind::Store(TEXT),
    metavar: "file",
    help: Some(
        "Generate a JSON file describing what pip did to install the provided \
         requirements. Can be used in combination with --dry-run and --ignore-installed \
         to 'resolve' the requirements. When - is used as file name it writes to stdout. \
         When writing to stdout, please combine with the --quiet option to avoid mixing \
         pip logging output with JSON output.",
    ),
    ..PLAIN
};

/// `Install Options`, in the order of pip's help.
pub static INSTALL: [Spec; 39] = [
    REQUIREMENT,
    CONSTRAINT,
    BUILD_CONSTRAINT,
    REQUIREMENTS_FROM_SCRIPT,
    NO_DEPS,
    ONLY_DEPS,
    EDITABLE,
    DRY_RUN,
    TARGET,
    PLATFORM,
    PYTHON_VERSION,
    IMPLEMENTATION,
    ABI,
    USER,
    NO_USER,
    ROOT,
    PREFIX,
    SRC,
    UPGRADE,
    UPGRADE_STRATEGY,
    FORCE_REINSTALL,
    IGNORE_INSTALLED,
    IGNORE_REQUIRES_PYTHON,
    NO_BUILD_ISOLATION,
    USE_PEP517,
    CHECK_BUILD_DEPENDENCIES,
    BREAK_SYSTEM_PACKAGES,
    CONFIG_SETTINGS,
    COMPILE,
    NO_COMPILE,
    NO_WARN_SCRIPT_LOCATION,
    NO_WARN_CONFLICTS,
    REQUIRE_HASHES,
    NO_REQUIRE_HASHES,
    PROGRESS_BAR,
    ROOT_USER_ACTION,
    REPORT,
    GROUP,
    NO_CLEAN,
];
