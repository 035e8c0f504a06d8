//! The options that pip does not have. They must be written out in full.

use accel_requirements::optparse::{Kind, OptionSpec, ValueKind};

use super::Dest;

const FRESHNESS: OptionSpec<Dest> = OptionSpec {
    short: &[],
    long: &["--freshness"],
    dest: Dest::Freshness,
    kind: Kind::Store(ValueKind::Choice(&["pinned", "local", "always"])),
    metavar: "policy",
    help: Some(
        "When kept pages and archives answer without the network: 'pinned' (whatever is \
         pinned), 'local' (anything that satisfies) or 'always' ask the index, as pip does \
         (default: %default).",
    ),
    default: "pinned",
    abbreviable: false,
};

const LINK_MODE: OptionSpec<Dest> = OptionSpec {
    short: &[],
    long: &["--link-mode"],
    dest: Dest::LinkMode,
    kind: Kind::Store(ValueKind::Choice(&["auto", "reflink", "hardlink", "copy"])),
    metavar: "mode",
    help: Some(
        "How files get from the store into the environment: 'auto' (the first of the \
         following that works), 'reflink', 'hardlink' or 'copy' (default: %default).",
    ),
    default: "auto",
    abbreviable: false,
};

/// Which shelves are shared.
const SHARED_CACHE: OptionSpec<Dest> = OptionSpec {
    short: &[],
    long: &["--shared-cache"],
    dest: Dest::SharedCache,
    kind: Kind::Store(ValueKind::Text),
    metavar: "url",
    help: Some(
        "Where a fleet shares what it has fetched, built and compiled: file://, http(s)://, \
         s3://, gs:// or az://; several with commas between them are asked in this order.",
    ),
    default: "",
    abbreviable: false,
};

const SYSTEM_PACKAGES: OptionSpec<Dest> = OptionSpec {
    short: &[],
    long: &["--system-packages"],
    dest: Dest::SystemPackages,
    kind: Kind::Store(ValueKind::Choice(&["install", "ask", "hint", "off"])),
    metavar: "mode",
    help: Some(
        "What to do when a build fails for want of packages of the operating system: \
         'install' them and build again, 'ask' whether to do so, 'hint' at them, or nothing \
         ('off') (default: 'ask' on a terminal, else 'hint').",
    ),
    default: "",
    abbreviable: false,
};

const TIMINGS: OptionSpec<Dest> = OptionSpec {
    short: &[],
    long: &["--timings"],
    dest: Dest::Timings,
    kind: Kind::Optional,
    metavar: "",
    help: Some(
        "Write what the time was spent on as a page, with the same as JSON beside it: \
         '--timings' or '--timings=FILE.html' (default: pip-accel-timings.html).",
    ),
    default: "",
    abbreviable: false,
};

const EXPLAIN_CHOICES: OptionSpec<Dest> = flag(
    &["--explain"],
    Dest::Explain,
    "Say at the end why each version was chosen or, where there is no answer, which requirements \
     contradict each other.",
);

/// `Pip-accel Options`, of every command that installs.
pub static OWN: [OptionSpec<Dest>; 6] =
    [EXPLAIN_CHOICES, FRESHNESS, LINK_MODE, SHARED_CACHE, SYSTEM_PACKAGES, TIMINGS];

/// `Pip-accel Options`, of those that make everything ready for an installation.
pub static OWN_OF_KEEPING: [OptionSpec<Dest>; 5] =
    [FRESHNESS, LINK_MODE, SHARED_CACHE, SYSTEM_PACKAGES, TIMINGS];

/// `Pip-accel Options`, of the commands that resolve and do not install.
pub static OWN_OF_FETCHING: [OptionSpec<Dest>; 3] = [FRESHNESS, SHARED_CACHE, SYSTEM_PACKAGES];

/// `Explain Options`.
pub static EXPLAIN: [OptionSpec<Dest>; 1] =
    [flag(&["--json"], Dest::Json, "Output data in a machine-readable JSON format.")];

/// `Stage Options`: what `pip-accel cache stage` has besides the options of `install`.
pub static STAGE: [OptionSpec<Dest>; 1] = [OptionSpec {
    short: &[],
    long: &["--trees"],
    dest: Dest::Trees,
    kind: Kind::Store(ValueKind::Choice(&["1", "2", "3", "4"])),
    metavar: "number",
    help: Some(
        "How many environments the set is to stand ready for; each takes one tree (default: \
         %default).",
    ),
    default: "1",
    abbreviable: false,
}];

/// `Venv Options`: what `pip-accel venv` has besides the options of `install`.
pub static VENV: [OptionSpec<Dest>; 6] = [
    flag(
        &["--system-site-packages"],
        Dest::SystemSitePackages,
        "Give the environment access to the \
         packages of the interpreter that it is made from.",
    ),
    flag(&["--clear"], Dest::Clear, "Delete what is in the directory first."),
    flag(&["--copies"], Dest::Copies, "Copy the interpreter instead of linking to it."),
    flag(&["--symlinks"], Dest::Symlinks, "Link to the interpreter (the default)."),
    flag(&["--without-pip"], Dest::WithoutPip, "Do not install pip into the environment."),
    OptionSpec {
        short: &[],
        long: &["--prompt"],
        dest: Dest::Prompt,
        kind: Kind::Store(ValueKind::Text),
        metavar: "prompt",
        help: Some(
            "What the shell's prompt shows while the environment is active; '.' is the name \
             of the current directory.",
        ),
        default: "",
        abbreviable: false,
    },
];

/// `Man Options`.
pub static MAN: [OptionSpec<Dest>; 1] = [OptionSpec {
    short: &["-o"],
    long: &["--output-dir"],
    dest: Dest::ManDir,
    kind: Kind::Store(ValueKind::Path),
    metavar: "dir",
    help: Some("Write all pages into <dir>, for example ~/.local/share/man/man1."),
    default: "",
    abbreviable: true,
}];

const fn flag(long: &'static [&'static str], dest: Dest, help: &'static str) -> OptionSpec<Dest> {
    OptionSpec {
        short: &[],
        long,
        dest,
        kind: Kind::True,
        metavar: "",
        help: Some(help),
        default: "",
        abbreviable: false,
    }
}

/// `Pip-accel Options` of `cache`.
pub static CACHE: [OptionSpec<Dest>; 4] = [
    OptionSpec {
        short: &[],
        long: &["--max-age"],
        dest: Dest::MaxAge,
        kind: Kind::Store(ValueKind::Text),
        metavar: "age",
        help: Some(
            "'cache prune' throws away what was not used for so long: 90m, 12h, 30d, 8w. \
             'cache stats' tells what that would free; 'cache verify' reads everything again and \
             throws away what is damaged.",
        ),
        default: "",
        abbreviable: false,
    },
    OptionSpec {
        short: &[],
        long: &["--max-size"],
        dest: Dest::MaxSize,
        kind: Kind::Store(ValueKind::Text),
        metavar: "size",
        help: Some(
            "'cache prune' throws away what was used least recently until no more than this \
             stays: 500M, 1.5G.",
        ),
        default: "",
        abbreviable: false,
    },
    OptionSpec {
        short: &[],
        long: &["--json"],
        dest: Dest::Json,
        kind: Kind::True,
        metavar: "",
        help: Some("'cache stats' answers in JSON."),
        default: "",
        abbreviable: false,
    },
    SHARED_CACHE,
];
