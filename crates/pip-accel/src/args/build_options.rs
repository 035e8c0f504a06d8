//! Options that commands share: how source distributions are built, and for which Python.

use accel_requirements::optparse::{Kind, ValueKind};

use super::{Dest, PLAIN, Spec};

const TEXT: ValueKind = ValueKind::Text;

pub(super) const NO_BUILD_ISOLATION: Spec = Spec {
    long: &["--no-build-isolation"],
    dest: Dest::BuildIsolation,
    kind: Kind::False,
    help: Some(
        "Disable isolation when building a modern source distribution. Build dependencies \
         specified by PEP 518 must be already installed if this option is used.",
    ),
    ..PLAIN
};

pub(super) const USE_PEP517: Spec =
    Spec { long: &["--use-pep517"], dest: Dest::UsePep517, kind: Kind::True, ..PLAIN };

pub(super) const CHECK_BUILD_DEPENDENCIES: Spec = Spec {
    long: &["--check-build-dependencies"],
    dest: Dest::CheckBuildDeps,
    kind: Kind::True,
    help: Some("Check the build dependencies."),
    ..PLAIN
};

pub(super) const CONFIG_SETTINGS: Spec = Spec {
    short: &["-C"],
    long: &["--config-settings"],
    dest: Dest::ConfigSettings,
    kind: Kind::Callback(TEXT),
    metavar: "settings",
    help: Some(
        "Configuration settings to be passed to the build backend. Settings take the form \
         KEY=VALUE. Use multiple --config-settings options to pass multiple keys to the \
         backend.",
    ),
    ..PLAIN
};

pub(super) const NO_CLEAN: Spec = Spec {
    long: &["--no-clean"],
    dest: Dest::NoClean,
    kind: Kind::True,
    help: Some("Don't clean up build directories."),
    ..PLAIN
};

pub(super) const PLATFORM: Spec = Spec {
    long: &["--platform"],
    dest: Dest::Platforms,
    kind: Kind::Append(TEXT),
    metavar: "platform",
    help: Some(
        "Only use wheels compatible with <platform>. Defaults to the platform of the \
         running system. Use this option multiple times to specify multiple platforms \
         supported by the target interpreter.",
    ),
    ..PLAIN
};

pub(super) const PYTHON_VERSION: Spec = Spec {
    long: &["--python-version"],
    dest: Dest::PythonVersion,
    kind: Kind::Callback(TEXT),
    metavar: "python_version",
    help: Some(
        "The Python interpreter version to use for wheel and \"Requires-Python\"\ncompatibility checks. Defaults to a version derived from the running\ninterpreter. The version can be specified using up to three dot-separated\nintegers (e.g. \"3\" for 3.0.0, \"3.7\" for 3.7.0, or \"3.7.3\"). A major-minor\nversion can also be given as a string without dots (e.g. \"37\" for 3.7.0).\n",
    ),
    ..PLAIN
};

pub(super) const IMPLEMENTATION: Spec = Spec {
    long: &["--implementation"],
    dest: Dest::Implementation,
    kind: Kind::Store(TEXT),
    metavar: "implementation",
    help: Some(
        "Only use wheels compatible with Python implementation <implementation>, e.g. \
         'pp', 'jy', 'cp',  or 'ip'. If not specified, then the current interpreter \
         implementation is used.  Use 'py' to force implementation-agnostic wheels.",
    ),
    ..PLAIN
};

pub(super) const ABI: Spec = Spec {
    long: &["--abi"],
    dest: Dest::Abis,
    kind: Kind::Append(TEXT),
    metavar: "abi",
    help: Some(
        "Only use wheels compatible with Python abi <abi>, e.g. 'pypy_41'. If not \
         specified, then the current interpreter abi tag is used. Use this option \
         multiple times to specify multiple abis supported by the target interpreter. \
         Generally you will need to specify --implementation, --platform, and \
         --python-version when using this option.",
    ),
    ..PLAIN
};
