//! Options that commands share: what is required, and how strictly.

use accel_requirements::optparse::{Kind, ValueKind};

use super::{Dest, PLAIN, Spec};

const TEXT: ValueKind = ValueKind::Text;
const PATH: ValueKind = ValueKind::Path;

pub(super) const REQUIREMENT: Spec = Spec {
    short: &["-r"],
    long: &["--requirement"],
    dest: Dest::Requirements,
    kind: Kind::Append(TEXT),
    metavar: "file",
    help: Some(
        "Install from the given requirements file. The file or URL can be in pip's \
         requirements.txt format, or pylock.toml format. Extras may be selected from a \
         pylock.toml file by appending [extras] to the file name. pylock.toml support is \
         experimental. This option can be used multiple times.",
    ),
    ..PLAIN
};

pub(super) const CONSTRAINT: Spec = Spec {
    short: &["-c"],
    long: &["--constraint"],
    dest: Dest::Constraints,
    kind: Kind::Append(TEXT),
    metavar: "file",
    help: Some(
        "Constrain versions using the given constraints file. This option can be used \
         multiple times.",
    ),
    ..PLAIN
};

pub(super) const BUILD_CONSTRAINT: Spec = Spec {
    long: &["--build-constraint"],
    dest: Dest::BuildConstraints,
    kind: Kind::Append(TEXT),
    metavar: "file",
    help: Some(
        "Constrain build dependencies using the given constraints file. This option can \
         be used multiple times.",
    ),
    ..PLAIN
};

pub(super) const REQUIREMENTS_FROM_SCRIPT: Spec = Spec {
    long: &["--requirements-from-script"],
    dest: Dest::RequirementsFromScripts,
    kind: Kind::Append(TEXT),
    metavar: "file",
    help: Some(
        "Install dependencies of the given script file as defined by PEP 723 inline \
         metadata. ",
    ),
    ..PLAIN
};

pub(super) const GROUP: Spec = Spec {
    long: &["--group"],
    dest: Dest::DependencyGroups,
    kind: Kind::Callback(TEXT),
    metavar: "[path:]group",
    help: Some(
        "Install a named dependency-group from a \"pyproject.toml\" or \"pylock.toml\" file. \
         Named \"pylock.<name>.toml\" files are also supported. Defaults to using \
         \"pyproject.toml\" in the current directory.",
    ),
    ..PLAIN
};

pub(super) const EDITABLE: Spec = Spec {
    short: &["-e"],
    long: &["--editable"],
    dest: Dest::Editables,
    kind: Kind::Append(TEXT),
    metavar: "path/url",
    help: Some(
        "Install a project in editable mode (i.e. setuptools \"develop mode\") from a local \
         project path or a VCS url.",
    ),
    ..PLAIN
};

pub(super) const SRC: Spec = Spec {
    long: &["--src", "--source", "--source-dir", "--source-directory"],
    dest: Dest::SrcDir,
    kind: Kind::Callback(PATH),
    metavar: "dir",
    help: Some(
        "Directory to check out editable projects into. The default in a virtualenv is \
         \"<venv path>/src\". The default for global installs is \"<current dir>/src\".",
    ),
    ..PLAIN
};

pub(super) const NO_DEPS: Spec = Spec {
    long: &["--no-deps", "--no-dependencies"],
    dest: Dest::IgnoreDependencies,
    kind: Kind::True,
    help: Some("Don't install package dependencies."),
    ..PLAIN
};

pub(super) const ONLY_DEPS: Spec = Spec {
    long: &["--only-deps", "--only-dependencies"],
    dest: Dest::OnlyDependencies,
    kind: Kind::True,
    help: Some(
        "Take only the dependencies of the provided requirements into account, not the \
         requirements themselves. Cannot be used in combination with --no-deps, --group, \
         --requirement, or --requirements-from-script. No user-supplied requirements will \
         be handled, even if they were dependencies of other user-supplied requirements.",
    ),
    ..PLAIN
};

pub(super) const IGNORE_REQUIRES_PYTHON: Spec = Spec {
    long: &["--ignore-requires-python"],
    dest: Dest::IgnoreRequiresPython,
    kind: Kind::True,
    help: Some("Ignore the Requires-Python information."),
    ..PLAIN
};

pub(super) const REQUIRE_HASHES: Spec = Spec {
    long: &["--require-hashes"],
    dest: Dest::RequireHashes,
    kind: Kind::True,
    help: Some(
        "Require a hash to check each requirement against, for repeatable installs. This \
         option is implied when any package in a requirements file has a --hash option.",
    ),
    ..PLAIN
};

pub(super) const NO_REQUIRE_HASHES: Spec = Spec {
    long: &["--no-require-hashes"],
    dest: Dest::NoRequireHashes,
    kind: Kind::True,
    help: Some(
        "Do not automatically enable --require-hashes when encountering a requirement \
         with hashes.",
    ),
    ..PLAIN
};

pub(super) const PROGRESS_BAR: Spec = Spec {
    long: &["--progress-bar"],
    dest: Dest::ProgressBar,
    kind: Kind::Store(ValueKind::Choice(&["auto", "on", "off", "raw"])),
    metavar: "progress_bar",
    help: Some(
        "Specify whether the progress bar should be used. In 'auto' mode, --quiet will \
         suppress all progress bars. [auto, on, off, raw] (default: auto)",
    ),
    ..PLAIN
};

pub(super) const ROOT_USER_ACTION: Spec = Spec {
    long: &["--root-user-action"],
    dest: Dest::RootUserAction,
    kind: Kind::Store(ValueKind::Choice(&["warn", "ignore"])),
    metavar: "root_user_action",
    help: Some("Action if pip is run as a root user [warn, ignore] (default: warn)"),
    ..PLAIN
};

pub(super) const BREAK_SYSTEM_PACKAGES: Spec = Spec {
    long: &["--break-system-packages"],
    dest: Dest::OverrideExternallyManaged,
    kind: Kind::True,
    help: Some("Allow pip to modify an EXTERNALLY-MANAGED Python installation"),
    ..PLAIN
};
