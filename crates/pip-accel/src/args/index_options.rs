//! The options about indexes and the choice of distributions.

use accel_requirements::optparse::{Kind, OptionSpec, ValueKind};

use super::Dest;

const TEXT: ValueKind = ValueKind::Text;

/// `Package Selection Options`.
pub static SELECTION: [OptionSpec<Dest>; 6] = [
    OptionSpec {
        short: &[],
        long: &["--pre"],
        dest: Dest::Pre,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Include pre-release and development versions. By default, pip only finds stable \
             versions.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--all-releases"],
        dest: Dest::AllReleases,
        kind: Kind::Callback(TEXT),
        metavar: "release_control",
        help: Some(
            "Allow all release types (including pre-releases) for a package. Can be supplied \
             multiple times, and each time adds to the existing value. Accepts either \":all:\" \
             to allow pre-releases for all packages, \":none:\" to empty the set (notice the \
             colons), or one or more package names with commas between them (no colons). \
             Cannot be used with --pre.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--only-final"],
        dest: Dest::OnlyFinal,
        kind: Kind::Callback(TEXT),
        metavar: "release_control",
        help: Some(
            "Only allow final releases (no pre-releases) for a package. Can be supplied \
             multiple times, and each time adds to the existing value. Accepts either \":all:\" \
             to disable pre-releases for all packages, \":none:\" to empty the set, or one or \
             more package names with commas between them. Cannot be used with --pre.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-binary"],
        dest: Dest::NoBinary,
        kind: Kind::Callback(TEXT),
        metavar: "format_control",
        help: Some(
            "Do not download binary packages. Cached binary packages may still be used. Can \
             be supplied multiple times, and each time adds to the existing value. Accepts \
             either ':all:' to disable all binary packages, ':none:' to empty the set (notice \
             the colons), or one or more package names with commas between them (no colons). \
             Note that some packages are tricky to compile and may fail to install when this \
             option is used on them.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--only-binary"],
        dest: Dest::OnlyBinary,
        kind: Kind::Callback(TEXT),
        metavar: "format_control",
        help: Some(
            "Do not use source packages. Can be supplied multiple times, and each time adds \
             to the existing value. Accepts either \":all:\" to disable all source packages, \
             \":none:\" to empty the set, or one or more package names with commas between \
             them. Packages without binary distributions will fail to install when this \
             option is used on them.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--prefer-binary"],
        dest: Dest::PreferBinary,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Prefer binary packages over source packages, even if the source packages are \
             newer.",
        ),
        default: "",
        abbreviable: true,
    },
];

/// `Package Index Options`.
pub static INDEX: [OptionSpec<Dest>; 6] = [
    OptionSpec {
        short: &["-i"],
        long: &["--index-url", "--pypi-url"],
        dest: Dest::IndexUrl,
        kind: Kind::Store(TEXT),
        metavar: "URL",
        help: Some(
            "Base URL of the Python Package Index (default %default). This should point to a \
             repository compliant with PEP 503 (the simple repository API) or a local \
             directory laid out in the same format.",
        ),
        default: "https://pypi.org/simple",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--extra-index-url"],
        dest: Dest::ExtraIndexUrls,
        kind: Kind::Append(TEXT),
        metavar: "URL",
        help: Some(
            "Extra URLs of package indexes to use in addition to --index-url. Should follow \
             the same rules as --index-url.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-index"],
        dest: Dest::NoIndex,
        kind: Kind::True,
        metavar: "",
        help: Some("Ignore package index (only looking at --find-links URLs instead)."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--refresh-package"],
        dest: Dest::RefreshPackage,
        kind: Kind::Callback(TEXT),
        metavar: "refresh_package",
        help: Some(
            "Refresh package index information for the given packages instead of using cached \
             responses. Accepts ':all:' to apply to all packages, or a comma-separated list \
             of package names.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-f"],
        long: &["--find-links"],
        dest: Dest::FindLinks,
        kind: Kind::Append(TEXT),
        metavar: "url",
        help: Some(
            "If a URL or path to an html file, then parse for links to archives such as sdist \
             (.tar.gz) or wheel (.whl) files. If a local path or file:// URL that's a \
             directory, then look for archives in the directory listing. Links to VCS project \
             URLs are not supported.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--uploaded-prior-to"],
        dest: Dest::UploadedPriorTo,
        kind: Kind::Callback(TEXT),
        metavar: "datetime_or_duration",
        help: Some(
            "Only consider packages uploaded prior to the given value. Accepts an ISO 8601 \
             datetime (e.g., '2023-01-01T00:00:00Z', uses local timezone if none specified) \
             or duration in integer days with syntax `P<n>D` (e.g., 'P3D' for packages \
             uploaded at least 3 days ago). Only effective when using indexes that provide \
             upload-time metadata.",
        ),
        default: "",
        abbreviable: true,
    },
];

/// `Search Options`.
pub static SEARCH: [OptionSpec<Dest>; 1] = [OptionSpec {
    short: &["-i"],
    long: &["--index"],
    dest: Dest::SearchIndex,
    kind: Kind::Store(TEXT),
    metavar: "url",
    help: Some("Base URL of Python Package Index (default %default)"),
    default: "https://pypi.org/pypi",
    abbreviable: true,
}];
