//! The options of the commands that resolve without installing: `download`, `wheel`, `lock`, `index`,
//! and those of `debug`, which tells of what they would choose.

use accel_requirements::optparse::{Kind, ValueKind};

use super::build_options::{
    ABI, CHECK_BUILD_DEPENDENCIES, CONFIG_SETTINGS, IMPLEMENTATION, NO_BUILD_ISOLATION, NO_CLEAN,
    PLATFORM, PYTHON_VERSION, USE_PEP517,
};
use super::requirement_options::{
    BUILD_CONSTRAINT, CONSTRAINT, EDITABLE, GROUP, IGNORE_REQUIRES_PYTHON, NO_DEPS,
    NO_REQUIRE_HASHES, ONLY_DEPS, PROGRESS_BAR, REQUIRE_HASHES, REQUIREMENT,
    REQUIREMENTS_FROM_SCRIPT, SRC,
};
use super::{Dest, PLAIN, Spec};

/// `Download Options`.
pub static DOWNLOAD: [Spec; 21] = [
    CONSTRAINT,
    BUILD_CONSTRAINT,
    REQUIREMENT,
    REQUIREMENTS_FROM_SCRIPT,
    NO_DEPS,
    ONLY_DEPS,
    SRC,
    REQUIRE_HASHES,
    NO_REQUIRE_HASHES,
    PROGRESS_BAR,
    NO_BUILD_ISOLATION,
    USE_PEP517,
    CHECK_BUILD_DEPENDENCIES,
    IGNORE_REQUIRES_PYTHON,
    Spec {
        short: &["-d"],
        long: &["--dest", "--destination-dir", "--destination-directory"],
        dest: Dest::DownloadDir,
        kind: Kind::Store(ValueKind::Text),
        metavar: "dir",
        help: Some("Download packages into <dir>."),
        ..PLAIN
    },
    PLATFORM,
    PYTHON_VERSION,
    IMPLEMENTATION,
    ABI,
    GROUP,
    NO_CLEAN,
];

/// `Wheel Options`.
pub static WHEEL: [Spec; 20] = [
    Spec {
        short: &["-w"],
        long: &["--wheel-dir"],
        dest: Dest::WheelDir,
        kind: Kind::Store(ValueKind::Text),
        metavar: "dir",
        help: Some("Build wheels into <dir>, where the default is the current working directory."),
        ..PLAIN
    },
    NO_BUILD_ISOLATION,
    USE_PEP517,
    CHECK_BUILD_DEPENDENCIES,
    CONSTRAINT,
    BUILD_CONSTRAINT,
    EDITABLE,
    REQUIREMENT,
    REQUIREMENTS_FROM_SCRIPT,
    SRC,
    IGNORE_REQUIRES_PYTHON,
    NO_DEPS,
    ONLY_DEPS,
    PROGRESS_BAR,
    Spec {
        long: &["--no-verify"],
        dest: Dest::NoVerify,
        kind: Kind::True,
        help: Some("Don't verify if built wheel is valid."),
        ..PLAIN
    },
    CONFIG_SETTINGS,
    REQUIRE_HASHES,
    NO_REQUIRE_HASHES,
    GROUP,
    NO_CLEAN,
];

/// `Lock Options`.
pub static LOCK: [Spec; 19] = [
    Spec {
        short: &["-o"],
        long: &["--output"],
        dest: Dest::OutputFile,
        kind: Kind::Store(ValueKind::Path),
        metavar: "path",
        help: Some("Lock file name (default=pylock.toml). Use - for stdout."),
        ..PLAIN
    },
    REQUIREMENT,
    REQUIREMENTS_FROM_SCRIPT,
    CONSTRAINT,
    BUILD_CONSTRAINT,
    NO_DEPS,
    ONLY_DEPS,
    EDITABLE,
    SRC,
    IGNORE_REQUIRES_PYTHON,
    NO_BUILD_ISOLATION,
    USE_PEP517,
    CHECK_BUILD_DEPENDENCIES,
    CONFIG_SETTINGS,
    REQUIRE_HASHES,
    NO_REQUIRE_HASHES,
    PROGRESS_BAR,
    GROUP,
    NO_CLEAN,
];

/// `Index Options`, of `pip index`.
pub static INDEX_COMMAND: [Spec; 6] = [
    PLATFORM,
    PYTHON_VERSION,
    IMPLEMENTATION,
    ABI,
    IGNORE_REQUIRES_PYTHON,
    Spec {
        long: &["--json"],
        dest: Dest::Json,
        kind: Kind::True,
        help: Some("Output data in a machine-readable JSON format."),
        ..PLAIN
    },
];

/// `Debug Options`.
pub static DEBUG: [Spec; 4] = [PLATFORM, PYTHON_VERSION, IMPLEMENTATION, ABI];
