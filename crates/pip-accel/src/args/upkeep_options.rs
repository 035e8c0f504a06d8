//! The options of the commands about pip's own affairs: `hash`, `cache`, `config`.

use accel_requirements::optparse::{Kind, ValueKind};

use super::{Dest, PLAIN, Spec};

/// `Hash Options`.
pub static HASH: [Spec; 1] = [Spec {
    short: &["-a"],
    long: &["--algorithm"],
    dest: Dest::Algorithm,
    kind: Kind::Store(ValueKind::Choice(&["sha256", "sha384", "sha512"])),
    metavar: "algorithm",
    help: Some("The hash algorithm to use: one of sha256, sha384, sha512"),
    ..PLAIN
}];

/// `Cache Options`.
pub static CACHE: [Spec; 1] = [Spec {
    long: &["--format"],
    dest: Dest::ListFormat,
    kind: Kind::Store(ValueKind::Choice(&["human", "abspath"])),
    metavar: "list_format",
    help: Some("Select the output format among: human (default) or abspath"),
    ..PLAIN
}];

/// `Config Options`.
pub static CONFIG: [Spec; 4] = [
    Spec {
        long: &["--editor"],
        dest: Dest::Editor,
        kind: Kind::Store(ValueKind::Text),
        metavar: "editor",
        help: Some(
            "Editor to use to edit the file. Uses VISUAL or EDITOR environment variables if not \
             provided.",
        ),
        ..PLAIN
    },
    Spec {
        long: &["--global"],
        dest: Dest::GlobalFile,
        kind: Kind::True,
        help: Some("Use the system-wide configuration file only"),
        ..PLAIN
    },
    Spec {
        long: &["--user"],
        dest: Dest::UserFile,
        kind: Kind::True,
        help: Some("Use the user configuration file only"),
        ..PLAIN
    },
    Spec {
        long: &["--site"],
        dest: Dest::SiteFile,
        kind: Kind::True,
        help: Some("Use the current environment configuration file only"),
        ..PLAIN
    },
];
