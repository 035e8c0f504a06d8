//! The options that every command has.

use accel_requirements::FEATURES;
use accel_requirements::optparse::{Kind, OptionSpec, ValueKind};

use super::Dest;

const TEXT: ValueKind = ValueKind::Text;
const PATH: ValueKind = ValueKind::Path;

/// `General Options`.
pub static GENERAL: [OptionSpec<Dest>; 26] = [
    OptionSpec {
        short: &["-h"],
        long: &["--help"],
        dest: Dest::Help,
        kind: Kind::Help,
        metavar: "",
        help: Some("Show help."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--debug"],
        dest: Dest::DebugMode,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Let unhandled exceptions propagate outside the main subroutine, instead of \
             logging them to stderr.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--isolated"],
        dest: Dest::IsolatedMode,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Run pip in an isolated mode, ignoring environment variables and user \
             configuration.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--require-virtualenv", "--require-venv"],
        dest: Dest::RequireVenv,
        kind: Kind::True,
        metavar: "",
        help: Some("Allow pip to only run in a virtual environment; exit with an error otherwise."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--python"],
        dest: Dest::Python,
        kind: Kind::Store(TEXT),
        metavar: "python",
        help: Some("Run pip with the specified Python interpreter."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-v"],
        long: &["--verbose"],
        dest: Dest::Verbose,
        kind: Kind::Count,
        metavar: "",
        help: Some("Give more output. Option is additive, and can be used up to 3 times."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-q"],
        long: &["--quiet"],
        dest: Dest::Quiet,
        kind: Kind::Count,
        metavar: "",
        help: Some(
            "Give less output. Option is additive, and can be used up to 3 times \
             (corresponding to WARNING, ERROR, and CRITICAL logging levels).",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--log", "--log-file", "--local-log"],
        dest: Dest::Log,
        kind: Kind::Store(PATH),
        metavar: "path",
        help: Some("Path to a verbose appending log."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-input"],
        dest: Dest::NoInput,
        kind: Kind::True,
        metavar: "",
        help: Some("Disable prompting for input."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--keyring-provider"],
        dest: Dest::KeyringProvider,
        kind: Kind::Store(ValueKind::Choice(&["auto", "disabled", "import", "subprocess"])),
        metavar: "keyring_provider",
        help: Some(
            "Enable the credential lookup via the keyring library if user input is allowed. \
             Specify which mechanism to use [auto, disabled, import, subprocess]. (default: \
             %default)",
        ),
        default: "auto",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--proxy"],
        dest: Dest::Proxy,
        kind: Kind::Store(TEXT),
        metavar: "proxy",
        help: Some("Specify a proxy in the form scheme://[user:passwd@]proxy.server:port."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-proxy-env"],
        dest: Dest::NoProxyEnv,
        kind: Kind::True,
        metavar: "",
        help: Some("Do not read proxy configuration from environment variables."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--retries"],
        dest: Dest::Retries,
        kind: Kind::Store(ValueKind::Int),
        metavar: "retries",
        help: Some("Maximum attempts to establish a new HTTP connection. (default: %default)"),
        default: "5",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--timeout", "--default-timeout"],
        dest: Dest::Timeout,
        kind: Kind::Store(ValueKind::Float),
        metavar: "sec",
        help: Some("Set the socket timeout (default %default seconds)."),
        default: "15",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--exists-action"],
        dest: Dest::ExistsAction,
        kind: Kind::Append(ValueKind::Choice(&["s", "i", "w", "b", "a"])),
        metavar: "action",
        help: Some(
            "Default action when a path already exists: (s)witch, (i)gnore, (w)ipe, (b)ackup, \
             (a)bort.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--trusted-host"],
        dest: Dest::TrustedHosts,
        kind: Kind::Append(TEXT),
        metavar: "HOSTNAME",
        help: Some(
            "Mark this host or host:port pair as trusted, even though it does not have valid \
             or any HTTPS.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--cert"],
        dest: Dest::Cert,
        kind: Kind::Store(PATH),
        metavar: "path",
        help: Some(
            "Path to PEM-encoded CA certificate bundle. If provided, overrides the default. \
             See 'SSL Certificate Verification' in pip documentation for more information.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--client-cert"],
        dest: Dest::ClientCert,
        kind: Kind::Store(PATH),
        metavar: "path",
        help: Some(
            "Path to SSL client certificate, a single file containing the private key and the \
             certificate in PEM format.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--cache-dir"],
        dest: Dest::CacheDir,
        kind: Kind::Store(PATH),
        metavar: "dir",
        help: Some("Store the cache data in <dir>."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-cache-dir"],
        dest: Dest::NoCacheDir,
        kind: Kind::CallbackFlag,
        metavar: "",
        help: Some("Disable the cache."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--disable-pip-version-check"],
        dest: Dest::DisablePipVersionCheck,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Don't periodically check PyPI to determine whether a new version of pip is \
             available for download. Implied with --no-index.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-color"],
        dest: Dest::NoColor,
        kind: Kind::True,
        metavar: "",
        help: Some("Suppress colored output."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-python-version-warning"],
        dest: Dest::NoPythonVersionWarning,
        kind: Kind::True,
        metavar: "",
        help: None,
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--use-feature"],
        dest: Dest::FeaturesEnabled,
        kind: Kind::Append(ValueKind::Choice(&FEATURES)),
        metavar: "feature",
        help: Some("Enable new functionality, that may be backward incompatible."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--use-deprecated"],
        dest: Dest::DeprecatedFeaturesEnabled,
        kind: Kind::Append(ValueKind::Choice(&["legacy-resolver", "legacy-certs"])),
        metavar: "feature",
        help: Some("Enable deprecated functionality, that will be removed in the future."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--resume-retries"],
        dest: Dest::ResumeRetries,
        kind: Kind::Store(ValueKind::Int),
        metavar: "resume_retries",
        help: Some(
            "Maximum attempts to resume or restart an incomplete download. (default: \
             %default)",
        ),
        default: "5",
        abbreviable: true,
    },
];

/// The option of the main parser alone.
pub(super) static VERSION: OptionSpec<Dest> = OptionSpec {
    short: &["-V"],
    long: &["--version"],
    dest: Dest::Version,
    kind: Kind::True,
    metavar: "",
    help: Some("Show version and exit."),
    default: "",
    abbreviable: true,
};
