//! The options of `pip install` alone.

use accel_requirements::optparse::{Kind, OptionSpec, ValueKind};

use super::Dest;

const TEXT: ValueKind = ValueKind::Text;
const PATH: ValueKind = ValueKind::Path;

/// `Install Options`, in the order of pip's help.
pub static INSTALL: [OptionSpec<Dest>; 39] = [
    OptionSpec {
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-c"],
        long: &["--constraint"],
        dest: Dest::Constraints,
        kind: Kind::Append(TEXT),
        metavar: "file",
        help: Some(
            "Constrain versions using the given constraints file. This option can be used \
             multiple times.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--build-constraint"],
        dest: Dest::BuildConstraints,
        kind: Kind::Append(TEXT),
        metavar: "file",
        help: Some(
            "Constrain build dependencies using the given constraints file. This option can \
             be used multiple times.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--requirements-from-script"],
        dest: Dest::RequirementsFromScripts,
        kind: Kind::Append(TEXT),
        metavar: "file",
        help: Some(
            "Install dependencies of the given script file as defined by PEP 723 inline \
             metadata. ",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-deps", "--no-dependencies"],
        dest: Dest::IgnoreDependencies,
        kind: Kind::True,
        metavar: "",
        help: Some("Don't install package dependencies."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--only-deps", "--only-dependencies"],
        dest: Dest::OnlyDependencies,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Take only the dependencies of the provided requirements into account, not the \
             requirements themselves. Cannot be used in combination with --no-deps, --group, \
             --requirement, or --requirements-from-script. No user-supplied requirements will \
             be handled, even if they were dependencies of other user-supplied requirements.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-e"],
        long: &["--editable"],
        dest: Dest::Editables,
        kind: Kind::Append(TEXT),
        metavar: "path/url",
        help: Some(
            "Install a project in editable mode (i.e. setuptools \"develop mode\") from a local \
             project path or a VCS url.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--dry-run"],
        dest: Dest::DryRun,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Don't actually install anything, just print what would be. Can be used in \
             combination with --ignore-installed to 'resolve' the requirements.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--platform"],
        dest: Dest::Platforms,
        kind: Kind::Append(TEXT),
        metavar: "platform",
        help: Some(
            "Only use wheels compatible with <platform>. Defaults to the platform of the \
             running system. Use this option multiple times to specify multiple platforms \
             supported by the target interpreter.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--python-version"],
        dest: Dest::PythonVersion,
        kind: Kind::Callback(TEXT),
        metavar: "python_version",
        help: Some(
            "The Python interpreter version to use for wheel and \"Requires-Python\"\ncompatibility checks. Defaults to a version derived from the running\ninterpreter. The version can be specified using up to three dot-separated\nintegers (e.g. \"3\" for 3.0.0, \"3.7\" for 3.7.0, or \"3.7.3\"). A major-minor\nversion can also be given as a string without dots (e.g. \"37\" for 3.7.0).\n",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--implementation"],
        dest: Dest::Implementation,
        kind: Kind::Store(TEXT),
        metavar: "implementation",
        help: Some(
            "Only use wheels compatible with Python implementation <implementation>, e.g. \
             'pp', 'jy', 'cp',  or 'ip'. If not specified, then the current interpreter \
             implementation is used.  Use 'py' to force implementation-agnostic wheels.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--user"],
        dest: Dest::UseUserSite,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Install to the Python user install directory for your platform. Typically \
             ~/.local/, or %APPDATA%\\Python on Windows. (See the Python documentation for \
             site.USER_BASE for full details.)",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-user"],
        dest: Dest::UseUserSite,
        kind: Kind::False,
        metavar: "",
        help: None,
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--root"],
        dest: Dest::RootPath,
        kind: Kind::Store(TEXT),
        metavar: "dir",
        help: Some("Install everything relative to this alternate root directory."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--src", "--source", "--source-dir", "--source-directory"],
        dest: Dest::SrcDir,
        kind: Kind::Callback(PATH),
        metavar: "dir",
        help: Some(
            "Directory to check out editable projects into. The default in a virtualenv is \
             \"<venv path>/src\". The default for global installs is \"<current dir>/src\".",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-U"],
        long: &["--upgrade"],
        dest: Dest::Upgrade,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Upgrade all specified packages to the newest available version. The handling of \
             dependencies depends on the upgrade-strategy used.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
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
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--force-reinstall"],
        dest: Dest::ForceReinstall,
        kind: Kind::True,
        metavar: "",
        help: Some("Reinstall all packages even if they are already up-to-date."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &["-I"],
        long: &["--ignore-installed"],
        dest: Dest::IgnoreInstalled,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Ignore the installed packages, overwriting them. This can break your system if \
             the existing package is of a different version or was installed with a different \
             package manager!",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--ignore-requires-python"],
        dest: Dest::IgnoreRequiresPython,
        kind: Kind::True,
        metavar: "",
        help: Some("Ignore the Requires-Python information."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-build-isolation"],
        dest: Dest::BuildIsolation,
        kind: Kind::False,
        metavar: "",
        help: Some(
            "Disable isolation when building a modern source distribution. Build dependencies \
             specified by PEP 518 must be already installed if this option is used.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--use-pep517"],
        dest: Dest::UsePep517,
        kind: Kind::True,
        metavar: "",
        help: None,
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--check-build-dependencies"],
        dest: Dest::CheckBuildDeps,
        kind: Kind::True,
        metavar: "",
        help: Some("Check the build dependencies."),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--break-system-packages"],
        dest: Dest::OverrideExternallyManaged,
        kind: Kind::True,
        metavar: "",
        help: Some("Allow pip to modify an EXTERNALLY-MANAGED Python installation"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--compile"],
        dest: Dest::Compile,
        kind: Kind::True,
        metavar: "",
        help: Some("Compile Python source files to bytecode"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-compile"],
        dest: Dest::Compile,
        kind: Kind::False,
        metavar: "",
        help: Some("Do not compile Python source files to bytecode"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-warn-script-location"],
        dest: Dest::WarnScriptLocation,
        kind: Kind::False,
        metavar: "",
        help: Some("Do not warn when installing scripts outside PATH"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-warn-conflicts"],
        dest: Dest::WarnAboutConflicts,
        kind: Kind::False,
        metavar: "",
        help: Some("Do not warn about broken dependencies"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--require-hashes"],
        dest: Dest::RequireHashes,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Require a hash to check each requirement against, for repeatable installs. This \
             option is implied when any package in a requirements file has a --hash option.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-require-hashes"],
        dest: Dest::NoRequireHashes,
        kind: Kind::True,
        metavar: "",
        help: Some(
            "Do not automatically enable --require-hashes when encountering a requirement \
             with hashes.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--progress-bar"],
        dest: Dest::ProgressBar,
        kind: Kind::Store(ValueKind::Choice(&["auto", "on", "off", "raw"])),
        metavar: "progress_bar",
        help: Some(
            "Specify whether the progress bar should be used. In 'auto' mode, --quiet will \
             suppress all progress bars. [auto, on, off, raw] (default: auto)",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--root-user-action"],
        dest: Dest::RootUserAction,
        kind: Kind::Store(ValueKind::Choice(&["warn", "ignore"])),
        metavar: "root_user_action",
        help: Some("Action if pip is run as a root user [warn, ignore] (default: warn)"),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
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
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--group"],
        dest: Dest::DependencyGroups,
        kind: Kind::Callback(TEXT),
        metavar: "[path:]group",
        help: Some(
            "Install a named dependency-group from a \"pyproject.toml\" or \"pylock.toml\" file. \
             Named \"pylock.<name>.toml\" files are also supported. Defaults to using \
             \"pyproject.toml\" in the current directory.",
        ),
        default: "",
        abbreviable: true,
    },
    OptionSpec {
        short: &[],
        long: &["--no-clean"],
        dest: Dest::NoClean,
        kind: Kind::True,
        metavar: "",
        help: Some("Don't clean up build directories."),
        default: "",
        abbreviable: true,
    },
];
