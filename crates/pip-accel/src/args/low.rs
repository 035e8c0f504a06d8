//! The options as typed: one field for each thing that options set, with pip's defaults.

use std::collections::BTreeSet;

use accel_requirements::optparse::{Kind, OptionSpec, OptparseError, Value};
use accel_requirements::{ConfigSettings, is_lock_file, python_path};
use accel_types::python_text::repr;
use accel_types::{FormatControl, PackageName, ReleaseControl};

use super::{Dest, wrap};
use crate::config::parse_bool;
use crate::datetime;
use crate::surroundings::Surroundings;

/// The options of any command as typed and configured; nothing is checked against anything else.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the value of the option with its name")]
pub struct LowArgs {
    pub requirements: Vec<String>,
    pub constraints: Vec<String>,
    pub build_constraints: Vec<String>,
    pub requirements_from_scripts: Vec<String>,
    pub ignore_dependencies: bool,
    pub only_dependencies: bool,
    pub editables: Vec<String>,
    pub dry_run: bool,
    pub explain: bool,
    pub target_dir: Option<String>,
    pub platforms: Vec<String>,
    pub python_version: Option<Vec<u32>>,
    pub implementation: Option<String>,
    pub abis: Vec<String>,
    pub use_user_site: Option<bool>,
    pub root_path: Option<String>,
    pub prefix_path: Option<String>,
    pub src_dir: Option<String>,
    pub upgrade: bool,
    pub upgrade_strategy: String,
    pub force_reinstall: bool,
    pub ignore_installed: bool,
    pub ignore_requires_python: bool,
    pub build_isolation: bool,
    pub check_build_deps: bool,
    pub override_externally_managed: bool,
    pub config_settings: ConfigSettings,
    pub compile: bool,
    pub warn_script_location: bool,
    pub warn_about_conflicts: bool,
    pub require_hashes: bool,
    pub no_require_hashes: bool,
    pub progress_bar: String,
    pub root_user_action: String,
    pub json_report_file: Option<String>,
    /// Path of the project file and name of the group.
    pub dependency_groups: Vec<(String, String)>,
    pub no_clean: bool,
    pub pre: bool,
    pub release_control: ReleaseControl,
    pub format_control: FormatControl,
    pub prefer_binary: bool,
    pub index_url: String,
    pub extra_index_urls: Vec<String>,
    pub no_index: bool,
    pub refresh_all: bool,
    pub refresh_package: BTreeSet<PackageName>,
    pub find_links: Vec<String>,
    /// Microseconds since 1970 UTC.
    pub uploaded_prior_to: Option<i64>,
    pub version: bool,
    pub debug_mode: bool,
    pub isolated_mode: bool,
    pub require_venv: bool,
    pub python: Option<String>,
    pub verbose: i64,
    pub quiet: i64,
    pub log: Option<String>,
    pub no_input: bool,
    pub keyring_provider: String,
    pub proxy: Option<String>,
    pub no_proxy_env: bool,
    pub retries: i64,
    pub timeout: f64,
    pub exists_action: Vec<String>,
    pub trusted_hosts: Vec<String>,
    pub cert: Option<String>,
    pub client_cert: Option<String>,
    /// `--cache-dir`, `None` if not given.
    pub cache_dir: Option<String>,
    /// `--no-cache-dir`.
    pub no_cache_dir: bool,
    pub disable_pip_version_check: bool,
    pub no_color: bool,
    pub features_enabled: Vec<String>,
    pub deprecated_features_enabled: Vec<String>,
    pub resume_retries: i64,
    pub freshness: Option<String>,
    pub link_mode: Option<String>,
    pub trees: Option<String>,
    pub shared_cache: Option<String>,
    pub system_packages: Option<String>,
    pub system_site_packages: bool,
    pub clear: bool,
    pub copies: bool,
    pub without_pip: bool,
    pub prompt: Option<String>,
    pub download_dir: String,
    pub wheel_dir: String,
    pub no_verify: bool,
    pub output_file: String,
    pub json: bool,
    pub yes: bool,
    pub outdated: bool,
    pub uptodate: bool,
    /// `--editable` of `list`.
    pub only_editables: bool,
    /// `--include-editable` and `--exclude-editable` of `list`.
    pub include_editable: bool,
    /// `--exclude-editable` of `freeze`.
    pub exclude_editable: bool,
    pub not_required: bool,
    /// `--format`; what `None` means depends on the command.
    pub list_format: Option<String>,
    pub local: bool,
    /// `--user` of the commands that look at an environment.
    pub user_only: bool,
    pub paths: Vec<String>,
    /// Normalised names.
    pub excludes: Vec<String>,
    pub freeze_all: bool,
    pub files: bool,
    pub algorithm: String,
    pub editor: Option<String>,
    pub global_file: bool,
    pub user_file: bool,
    pub site_file: bool,
    /// Which shell `completion` is for.
    pub shell: Option<String>,
    /// `--output-dir` of `man`.
    pub man_dir: Option<String>,
    pub max_age: Option<String>,
    pub max_size: Option<String>,
    /// `--timings`; empty without a file.
    pub timings: Option<String>,
}

impl Default for LowArgs {
    fn default() -> Self {
        Self {
            requirements: Vec::new(),
            constraints: Vec::new(),
            build_constraints: Vec::new(),
            requirements_from_scripts: Vec::new(),
            ignore_dependencies: false,
            only_dependencies: false,
            editables: Vec::new(),
            dry_run: false,
            explain: false,
            target_dir: None,
            platforms: Vec::new(),
            python_version: None,
            implementation: None,
            abis: Vec::new(),
            use_user_site: None,
            root_path: None,
            prefix_path: None,
            src_dir: None,
            upgrade: false,
            upgrade_strategy: "only-if-needed".to_owned(),
            force_reinstall: false,
            ignore_installed: false,
            ignore_requires_python: false,
            build_isolation: true,
            check_build_deps: false,
            override_externally_managed: false,
            config_settings: ConfigSettings::default(),
            compile: true,
            warn_script_location: true,
            warn_about_conflicts: true,
            require_hashes: false,
            no_require_hashes: false,
            progress_bar: "auto".to_owned(),
            root_user_action: "warn".to_owned(),
            json_report_file: None,
            dependency_groups: Vec::new(),
            no_clean: false,
            pre: false,
            release_control: ReleaseControl::default(),
            format_control: FormatControl::default(),
            prefer_binary: false,
            index_url: "https://pypi.org/simple".to_owned(),
            extra_index_urls: Vec::new(),
            no_index: false,
            refresh_all: false,
            refresh_package: BTreeSet::new(),
            find_links: Vec::new(),
            uploaded_prior_to: None,
            version: false,
            debug_mode: false,
            isolated_mode: false,
            require_venv: false,
            python: None,
            verbose: 0,
            quiet: 0,
            log: None,
            no_input: false,
            keyring_provider: "auto".to_owned(),
            proxy: None,
            no_proxy_env: false,
            retries: 5,
            timeout: 15.0,
            exists_action: Vec::new(),
            trusted_hosts: Vec::new(),
            cert: None,
            client_cert: None,
            cache_dir: None,
            no_cache_dir: false,
            disable_pip_version_check: false,
            no_color: false,
            features_enabled: Vec::new(),
            deprecated_features_enabled: Vec::new(),
            resume_retries: 5,
            freshness: None,
            link_mode: None,
            trees: None,
            shared_cache: None,
            system_packages: None,
            system_site_packages: false,
            clear: false,
            copies: false,
            without_pip: false,
            prompt: None,
            download_dir: ".".to_owned(),
            wheel_dir: ".".to_owned(),
            no_verify: false,
            output_file: "pylock.toml".to_owned(),
            json: false,
            yes: false,
            outdated: false,
            uptodate: false,
            only_editables: false,
            include_editable: true,
            exclude_editable: false,
            not_required: false,
            list_format: None,
            local: false,
            user_only: false,
            paths: Vec::new(),
            excludes: Vec::new(),
            freeze_all: false,
            files: false,
            algorithm: "sha256".to_owned(),
            editor: None,
            global_file: false,
            user_file: false,
            site_file: false,
            shell: None,
            man_dir: None,
            max_age: None,
            max_size: None,
            timings: None,
        }
    }
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A sentence that follows the usage; exit code 2.
    Usage(String),
    /// A sentence that pip raises as `CommandError`; exit code 1.
    Command(String),
    /// A configured value that is wrong; exit code 3.
    Configuration(String),
}

impl From<OptparseError> for Refusal {
    fn from(error: OptparseError) -> Self {
        Self::Usage(error.0)
    }
}

impl LowArgs {
    /// Takes one option from the command line.
    pub fn take(
        &mut self,
        option: &OptionSpec<Dest>,
        name: &str,
        value: Option<Value>,
        surroundings: &Surroundings,
    ) -> Result<(), Refusal> {
        match option.kind {
            Kind::True => self.set_flag(option.dest, true),
            Kind::False => self.set_flag(option.dest, false),
            Kind::Const(word) => self.shell = Some(word.to_owned()),
            Kind::Count => *self.counter(option.dest) += 1,
            Kind::Help => {}
            Kind::Optional => {
                self.timings = Some(value.map(Value::into_text).unwrap_or_default());
            }
            Kind::CallbackFlag => self.no_cache_dir = true,
            Kind::Store(_) => self.store(option, value, surroundings),
            Kind::Append(_) => {
                let text = value.map(Value::into_text).unwrap_or_default();
                if let Some(list) = self.list(option.dest) {
                    list.push(listed(option.dest, text, surroundings));
                }
            }
            Kind::Callback(_) => {
                let text = value.map(Value::into_text).unwrap_or_default();
                self.call(option, name, &text, surroundings)?;
            }
        }
        Ok(())
    }

    /// Takes one value from a configuration file or variable, as pip's `_update_defaults` does.
    ///
    /// A boolean goes into the option's field as it stands, also for options that turn something
    /// off: `no-compile = false` leaves compiling off. Lists replace lists of lower rank.
    pub fn configure(
        &mut self,
        option: &OptionSpec<Dest>,
        key: &str,
        text: &str,
        surroundings: &Surroundings,
    ) -> Result<(), Refusal> {
        let wrong = |error: OptparseError| {
            Refusal::Configuration(format!(
                "An error occurred during configuration: {error}. Check your pip configuration \
                 files or environment variables for this value. See \
                 https://pip.pypa.io/en/stable/topics/configuration/ for more information."
            ))
        };
        match option.kind {
            Kind::True | Kind::False => {
                let value = parse_bool(text).map_err(|_| {
                    Refusal::Usage(format!(
                        "{text} is not a valid value for {key} option, please specify a boolean \
                         value like yes/no, true/false or 1/0 instead."
                    ))
                })?;
                self.set_flag(option.dest, value);
            }
            Kind::Count => *self.counter(option.dest) = configured_count(key, text)?,
            Kind::Const(_) => self.shell = Some(text.to_owned()),
            Kind::Help => {}
            Kind::Optional => self.timings = Some(text.to_owned()),
            Kind::CallbackFlag => {
                parse_bool(text).map_err(|error| option_error(option, &error))?;
                self.no_cache_dir = true;
            }
            Kind::Store(kind) => {
                let value = kind.check(key, text).map_err(wrong)?;
                self.store(option, Some(value), surroundings);
            }
            Kind::Append(kind) => {
                let values: Result<Vec<String>, OptparseError> = text
                    .split_whitespace()
                    .map(|word| kind.check(key, word).map(Value::into_text))
                    .collect();
                let values = values.map_err(wrong)?;
                if let Some(list) = self.list(option.dest) {
                    let values = values.into_iter();
                    *list = values.map(|text| listed(option.dest, text, surroundings)).collect();
                }
            }
            Kind::Callback(kind) => {
                let value = kind.check(option.name(), text)?;
                self.call(option, option.name(), &value.into_text(), surroundings)?;
            }
        }
        Ok(())
    }

    fn set_flag(&mut self, dest: Dest, value: bool) {
        let field = match dest {
            Dest::IgnoreDependencies => &mut self.ignore_dependencies,
            Dest::OnlyDependencies => &mut self.only_dependencies,
            Dest::DryRun => &mut self.dry_run,
            Dest::Explain => &mut self.explain,
            Dest::UseUserSite => return self.use_user_site = Some(value),
            Dest::Upgrade => &mut self.upgrade,
            Dest::ForceReinstall => &mut self.force_reinstall,
            Dest::IgnoreInstalled => &mut self.ignore_installed,
            Dest::IgnoreRequiresPython => &mut self.ignore_requires_python,
            Dest::BuildIsolation => &mut self.build_isolation,
            Dest::CheckBuildDeps => &mut self.check_build_deps,
            Dest::OverrideExternallyManaged => &mut self.override_externally_managed,
            Dest::Compile => &mut self.compile,
            Dest::WarnScriptLocation => &mut self.warn_script_location,
            Dest::WarnAboutConflicts => &mut self.warn_about_conflicts,
            Dest::RequireHashes => &mut self.require_hashes,
            Dest::NoRequireHashes => &mut self.no_require_hashes,
            Dest::NoClean => &mut self.no_clean,
            Dest::Pre => &mut self.pre,
            Dest::PreferBinary => &mut self.prefer_binary,
            Dest::NoIndex => &mut self.no_index,
            Dest::Version => &mut self.version,
            Dest::DebugMode => &mut self.debug_mode,
            Dest::IsolatedMode => &mut self.isolated_mode,
            Dest::RequireVenv => &mut self.require_venv,
            Dest::NoInput => &mut self.no_input,
            Dest::NoProxyEnv => &mut self.no_proxy_env,
            Dest::DisablePipVersionCheck => &mut self.disable_pip_version_check,
            Dest::NoColor => &mut self.no_color,
            Dest::SystemSitePackages => &mut self.system_site_packages,
            Dest::Clear => &mut self.clear,
            Dest::Copies => &mut self.copies,
            Dest::Symlinks => return self.copies = !value,
            Dest::WithoutPip => &mut self.without_pip,
            Dest::NoVerify => &mut self.no_verify,
            Dest::Json => &mut self.json,
            Dest::Yes => &mut self.yes,
            Dest::Outdated => &mut self.outdated,
            Dest::Uptodate => &mut self.uptodate,
            Dest::OnlyEditables => &mut self.only_editables,
            Dest::IncludeEditable => &mut self.include_editable,
            Dest::ExcludeEditable => &mut self.exclude_editable,
            Dest::NotRequired => &mut self.not_required,
            Dest::Local => &mut self.local,
            Dest::UserOnly => &mut self.user_only,
            Dest::FreezeAll => &mut self.freeze_all,
            Dest::Files => &mut self.files,
            Dest::GlobalFile => &mut self.global_file,
            Dest::UserFile => &mut self.user_file,
            Dest::SiteFile => &mut self.site_file,
            // Accepted for old scripts; they change nothing (`--use-pep517`, …).
            _ => return,
        };
        *field = value;
    }

    fn counter(&mut self, dest: Dest) -> &mut i64 {
        if dest == Dest::Quiet { &mut self.quiet } else { &mut self.verbose }
    }

    fn store(
        &mut self,
        option: &OptionSpec<Dest>,
        value: Option<Value>,
        surroundings: &Surroundings,
    ) {
        let text = match value {
            Some(Value::Int(number)) => {
                if option.dest == Dest::Retries {
                    self.retries = number;
                } else {
                    self.resume_retries = number;
                }
                return;
            }
            Some(Value::Float(number)) => return self.timeout = number,
            Some(Value::Text(text)) => text,
            None => return,
        };
        let path = |text: &str| Some(surroundings.expand_user(text));
        match option.dest {
            Dest::TargetDir => self.target_dir = Some(text),
            Dest::Implementation => self.implementation = Some(text),
            Dest::RootPath => self.root_path = Some(text),
            Dest::PrefixPath => self.prefix_path = Some(text),
            Dest::UpgradeStrategy => self.upgrade_strategy = text,
            Dest::ProgressBar => self.progress_bar = text,
            Dest::RootUserAction => self.root_user_action = text,
            Dest::JsonReportFile => self.json_report_file = Some(text),
            Dest::IndexUrl => self.index_url = text,
            Dest::Python => self.python = Some(text),
            Dest::Log => self.log = path(&text),
            Dest::KeyringProvider => self.keyring_provider = text,
            Dest::Proxy => self.proxy = Some(text),
            Dest::Cert => self.cert = path(&text),
            Dest::ClientCert => self.client_cert = path(&text),
            // The later of --cache-dir and --no-cache-dir wins on the command line.
            Dest::CacheDir => {
                self.cache_dir = path(&text);
                self.no_cache_dir = false;
            }
            Dest::Freshness => self.freshness = Some(text),
            Dest::LinkMode => self.link_mode = Some(text),
            Dest::Trees => self.trees = Some(text),
            Dest::SharedCache => self.shared_cache = Some(text),
            Dest::SystemPackages => self.system_packages = Some(text),
            Dest::Prompt => self.prompt = Some(text),
            Dest::DownloadDir => self.download_dir = text,
            Dest::WheelDir => self.wheel_dir = text,
            Dest::OutputFile => self.output_file = surroundings.expand_user(&text),
            Dest::ListFormat => self.list_format = Some(text),
            Dest::Algorithm => self.algorithm = text,
            Dest::Editor => self.editor = Some(text),
            Dest::ManDir => self.man_dir = path(&text),
            Dest::MaxAge => self.max_age = Some(text),
            Dest::MaxSize => self.max_size = Some(text),
            _ => {}
        }
    }

    fn list(&mut self, dest: Dest) -> Option<&mut Vec<String>> {
        Some(match dest {
            Dest::Requirements => &mut self.requirements,
            Dest::Constraints => &mut self.constraints,
            Dest::BuildConstraints => &mut self.build_constraints,
            Dest::RequirementsFromScripts => &mut self.requirements_from_scripts,
            Dest::Editables => &mut self.editables,
            Dest::Platforms => &mut self.platforms,
            Dest::Abis => &mut self.abis,
            Dest::ExtraIndexUrls => &mut self.extra_index_urls,
            Dest::FindLinks => &mut self.find_links,
            Dest::ExistsAction => &mut self.exists_action,
            Dest::TrustedHosts => &mut self.trusted_hosts,
            Dest::Paths => &mut self.paths,
            Dest::Excludes => &mut self.excludes,
            Dest::FeaturesEnabled => &mut self.features_enabled,
            Dest::DeprecatedFeaturesEnabled => &mut self.deprecated_features_enabled,
            _ => return None,
        })
    }

    fn call(
        &mut self,
        option: &OptionSpec<Dest>,
        name: &str,
        text: &str,
        surroundings: &Surroundings,
    ) -> Result<(), Refusal> {
        let command = |error: accel_types::TypesError| Refusal::Command(error.to_string());
        match option.dest {
            Dest::NoBinary => self.format_control.add_no_binary(text).map_err(command)?,
            Dest::OnlyBinary => self.format_control.add_only_binary(text).map_err(command)?,
            Dest::AllReleases => self.release_control.add_all_releases(text).map_err(command)?,
            Dest::OnlyFinal => self.release_control.add_only_final(text).map_err(command)?,
            Dest::RefreshPackage => self.refresh(text)?,
            Dest::ConfigSettings => self.config_settings.add(text).map_err(|_| {
                Refusal::Usage(format!("Arguments to {name} must be of the form KEY=VAL"))
            })?,
            Dest::SrcDir => {
                let path = surroundings.expand_user(text);
                let current = surroundings.current_dir_text();
                self.src_dir = Some(python_path::abspath(&current, &path));
            }
            Dest::PythonVersion => {
                self.python_version = python_version(text).map_err(|problem| {
                    let text = repr(text);
                    let sentence = format!("invalid --python-version value: {text}: {problem}");
                    option_error(option, &sentence)
                })?;
            }
            Dest::DependencyGroups => {
                let (path, group) = text.rsplit_once(':').unwrap_or(("pyproject.toml", text));
                if !is_group_file(path) {
                    return Err(option_error(
                        option,
                        "group paths use local 'pyproject.toml' or 'pylock.toml' files",
                    ));
                }
                self.dependency_groups.push((path.to_owned(), group.to_owned()));
            }
            Dest::UploadedPriorTo => {
                self.uploaded_prior_to = Some(datetime::prior_to(text).map_err(|problem| {
                    let text = repr(text);
                    option_error(option, &format!(
                        "invalid value: {text}: {problem}. Expected an ISO 8601 datetime string \
                         (e.g., '2023-01-01' or '2023-01-01T00:00:00Z') or a duration in days \
                         (e.g., 'P3D')"
                    ))
                })?);
            }
            _ => {}
        }
        Ok(())
    }

    /// One value of `--refresh-package`.
    fn refresh(&mut self, text: &str) -> Result<(), Refusal> {
        if text.starts_with('-') {
            return Err(Refusal::Command("--refresh-package option requires 1 argument.".into()));
        }
        let mut names: Vec<&str> = text.split(',').collect();
        while let Some(at) = names.iter().position(|name| *name == ":all:") {
            self.refresh_package.clear();
            self.refresh_all = true;
            names.drain(..=at);
            if !names.contains(&":none:") {
                return Ok(());
            }
        }
        for name in names {
            if name == ":none:" {
                self.refresh_package.clear();
                self.refresh_all = false;
            } else {
                self.refresh_package.insert(PackageName::new(name));
            }
        }
        Ok(())
    }
}

/// A value of an option that may be repeated, in the form in which it is kept.
fn listed(dest: Dest, text: String, surroundings: &Surroundings) -> String {
    match dest {
        Dest::Paths => surroundings.expand_user(&text),
        Dest::Excludes => PackageName::new(&text).to_string(),
        _ => text,
    }
}

/// pip's `raise_option_error`.
fn option_error(option: &OptionSpec<Dest>, sentence: &str) -> Refusal {
    let sentence = format!("{} error: {sentence}", option.all_names());
    let words: Vec<&str> = sentence.split_whitespace().collect();
    Refusal::Usage(wrap::fill(&words.join(" "), 70))
}

/// A configured `--verbose` or `--quiet`: a boolean or a number.
fn configured_count(key: &str, text: &str) -> Result<i64, Refusal> {
    let number = match parse_bool(text) {
        Ok(value) => Some(i64::from(value)),
        Err(_) => accel_requirements::optparse::python_int(text, 10),
    };
    number.filter(|number| *number >= 0).ok_or_else(|| {
        // pip shows the number as it read it, or else the text.
        let shown = number.map_or_else(|| text.to_owned(), |number| number.to_string());
        Refusal::Usage(format!(
            "{shown} is not a valid value for {key} option, please instead specify either a \
             non-negative integer or a boolean value like yes/no or false/true which is equivalent \
             to 1/0."
        ))
    })
}

/// `3`, `37`, `3.7` or `3.7.3`; an empty text is the same as none.
fn python_version(text: &str) -> Result<Option<Vec<u32>>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 3 {
        return Err("at most three version parts are allowed");
    }
    if let [single] = parts[..] {
        let first = single.chars().next().map_or(0, char::len_utf8);
        if single.len() > first {
            parts = vec![&single[..first], &single[first..]];
        }
    }
    let numbers: Option<Vec<u32>> = parts
        .iter()
        .map(|part| accel_requirements::optparse::python_int(part, 10)?.try_into().ok())
        .collect();
    numbers.map(Some).ok_or("each version part must be an integer")
}

/// Whether `--group PATH:NAME` may name this file.
fn is_group_file(path: &str) -> bool {
    let without_extras = path.rfind('[').filter(|at| path.ends_with(']') && *at > 0);
    python_path::basename(path) == "pyproject.toml"
        || is_lock_file(without_extras.map_or(path, |at| path[..at].trim_end()), false)
}
