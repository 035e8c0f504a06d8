//! From options as typed to a validated request: pip's checks in pip's order, requirement files
//! read, and everything that came from the environment put down as plain data.

use std::path::PathBuf;

use accel_engine::request::{
    BuildOptions, Changes, Dependencies, Freshness, General, IndexRequest, InstallPlace,
    InstallRequest, LinkChoice, NetworkRequest, ProgressBar, Proxy, PythonChoice, PythonVariables,
    Refresh, ScriptRequiresPython, Selection, TargetPython, Upgrade, VenvRequest, WritingOptions,
    is_build_variable,
};
use accel_requirements::{
    FileOptions, Origin, Reader, RequirementInput, RequirementsError, Source, python_path,
    read_groups, read_script,
};

use crate::args::{Command, LowArgs, Parsed, Stop, is_pylock};
use crate::config::Configuration;
use crate::outside::Outside;
use crate::surroundings::Surroundings;

/// What a command line asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// `install`.
    Install(Box<InstallRequest>),
    /// `venv`.
    Venv(Box<VenvRequest>),
}

/// A request, and what must be said before it is carried out.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to do.
    pub request: Request,
    /// Warnings in order, each without `WARNING: ` in front.
    pub warnings: Vec<String>,
}

/// Features that are always on: naming them earns a warning.
const ALWAYS_ENABLED: [&str; 3] =
    ["build-constraint", "no-binary-enable-wheel-cache", "truststore"];

/// Validates a parsed command line and reads the files that it names.
pub fn build(parsed: &Parsed, surroundings: &Surroundings) -> Result<Asked, Stop> {
    let mut warnings = Vec::new();
    let named: Vec<&str> = ALWAYS_ENABLED
        .into_iter()
        .filter(|feature| parsed.options.features_enabled.iter().any(|enabled| enabled == feature))
        .collect();
    if !named.is_empty() {
        warnings.push(format!("The following features are always enabled: {}. ", named.join(", ")));
    }
    let request = make(parsed, surroundings, &mut warnings);
    match request {
        Ok(request) => Ok(Asked { request, warnings }),
        Err(Stop::Wrong { text, code }) => {
            let said: Vec<String> = warnings
                .iter()
                .map(|w| {
                    format!(
                        "WARNING: {w}
"
                    )
                })
                .collect();
            Err(Stop::Wrong { text: said.concat() + &text, code })
        }
        Err(other) => Err(other),
    }
}

fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    match parsed.command {
        Command::Install => {
            let request = install(parsed, surroundings, &parsed.arguments, warnings)?;
            Ok(Request::Install(Box::new(request)))
        }
        Command::Venv => {
            let request = venv(parsed, surroundings, warnings)?;
            Ok(Request::Venv(Box::new(request)))
        }
    }
}

fn venv(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<VenvRequest, Stop> {
    let options = &parsed.options;
    let Some((directory, requirements)) = parsed.arguments.split_first() else {
        let program = &surroundings.program;
        return Err(Stop::error(&format!(
            "You must give the directory of the environment (see \"{program} help venv\")"
        )));
    };
    let elsewhere = [
        (options.target_dir.is_some(), "--target"),
        (options.prefix_path.is_some(), "--prefix"),
        (options.root_path.is_some(), "--root"),
        (options.use_user_site == Some(true), "--user"),
    ];
    if let Some((_, option)) = elsewhere.iter().find(|(given, _)| *given) {
        return Err(Stop::error(&format!(
            "Can not combine 'venv' and '{option}' as they imply different installation locations"
        )));
    }
    let current = surroundings.current_dir_text();
    Ok(VenvRequest {
        directory: python_path::abspath(&current, directory).into(),
        directory_as_typed: directory.clone(),
        system_site_packages: options.system_site_packages,
        clear: options.clear,
        copies: options.copies,
        with_pip: !options.without_pip,
        prompt: match options.prompt.as_deref() {
            Some(".") => Some(python_path::basename(&current).to_owned()),
            other => other.map(str::to_owned),
        },
        install: install(parsed, surroundings, requirements, warnings)?,
    })
}

fn install(
    parsed: &Parsed,
    surroundings: &Surroundings,
    arguments: &[String],
    warnings: &mut Vec<String>,
) -> Result<InstallRequest, Stop> {
    let options = &parsed.options;
    let current = surroundings.current_dir_text();
    if options.use_user_site == Some(true) && options.target_dir.is_some() {
        return Err(Stop::error("Can not combine '--user' and '--target'"));
    }
    check_combinations(options)?;
    let mut release_control = options.release_control.clone();
    if options.pre {
        if !release_control.is_empty() {
            return Err(Stop::error("--pre cannot be used with --all-releases or --only-final."));
        }
        release_control.all_releases.all = true;
    }
    if options.use_user_site == Some(true) && filled(options.prefix_path.as_ref()).is_some() {
        return Err(Stop::error(
            "Can not combine '--user' and '--prefix' as they imply different installation \
             locations",
        ));
    }
    let target = filled(options.target_dir.as_ref())
        .map(|target| PathBuf::from(python_path::abspath(&current, target)));
    if let Some(target) = &target
        && accel_io::fs::exists(target)
        && !accel_io::fs::is_dir(target)
    {
        return Err(Stop::error("Target path exists but is not a directory, will not continue."));
    }
    if let Some(reason) = not_native(options) {
        return Err(Stop::HandOver { reason, python: parsed.python.clone() });
    }

    let mut general = general(parsed, surroundings)?;
    let mut index_urls = Vec::new();
    if !options.no_index {
        index_urls.push(options.index_url.clone());
        index_urls.extend(options.extra_index_urls.iter().cloned());
    }
    let outside = Outside::new(surroundings, general.network.settings(&index_urls));
    let mut read = Gathering {
        options,
        outside: &outside,
        parsed,
        reader: Reader::new(
            &outside,
            &surroundings.program,
            FileOptions {
                index_urls,
                find_links: expanded_links(options, surroundings),
                no_index: options.no_index,
                format_control: options.format_control.clone(),
                release_control,
                prefer_binary: options.prefer_binary,
                require_hashes: options.require_hashes,
                no_require_hashes: options.no_require_hashes,
                features: general.features.clone(),
                trusted_hosts: options.trusted_hosts.clone(),
            },
        ),
    }
    .run(arguments, surroundings, warnings)?;

    let reaches_out =
        read.all().any(|input| matches!(input.origin, Origin::Remote(_) | Origin::Vcs { .. }));
    let mut from_files = std::mem::take(&mut read.options);
    if from_files.no_index && from_files.find_links.is_empty() {
        // pip would have nothing to look at; what is kept of the configured indexes answers.
        from_files.index_urls.push(options.index_url.clone());
        from_files.index_urls.extend(options.extra_index_urls.iter().cloned());
    }
    general.features = from_files.features;
    general.network.trusted_hosts = from_files.trusted_hosts;
    general.network.offline = from_files.no_index
        && !from_files.find_links.iter().any(|link| link.to_ascii_lowercase().starts_with("http"))
        && !reaches_out;
    let to_target = target.is_some();
    let elsewhere = to_target || filled(options.prefix_path.as_ref()).is_some();
    Ok(InstallRequest {
        requirements: read.requirements,
        constraints: read.constraints,
        build_constraints: read.build_constraints,
        build_constraint_files: options.build_constraints.clone(),
        script_requires_python: read.script,
        index: IndexRequest {
            index_urls: from_files.index_urls,
            find_links: from_files.find_links,
            no_index: from_files.no_index,
            refresh: Refresh { all: options.refresh_all, names: options.refresh_package.clone() },
            freshness: freshness(options, surroundings, &parsed.configuration)?,
        },
        selection: Selection {
            format_control: from_files.format_control,
            release_control: from_files.release_control,
            prefer_binary: from_files.prefer_binary,
            ignore_requires_python: options.ignore_requires_python,
            uploaded_prior_to: options.uploaded_prior_to,
        },
        changes: Changes {
            upgrade: match (options.upgrade, options.upgrade_strategy.as_str()) {
                (false, _) => Upgrade::ToSatisfyOnly,
                (true, "eager") => Upgrade::Eager,
                (true, _) => Upgrade::OnlyIfNeeded,
            },
            force_reinstall: options.force_reinstall,
            ignore_installed: options.ignore_installed || to_target,
        },
        dependencies: match (options.ignore_dependencies, options.only_dependencies) {
            (true, _) => Dependencies::Ignore,
            (false, true) => Dependencies::Only,
            (false, false) => Dependencies::Follow,
        },
        require_hashes: from_files.require_hashes || read.has_hashes,
        place: InstallPlace {
            target,
            prefix: filled(options.prefix_path.as_ref()).map(PathBuf::from),
            root: options.root_path.as_ref().map(PathBuf::from),
            user: options.use_user_site,
            break_system_packages: options.override_externally_managed,
            require_virtualenv: options.require_venv,
        },
        python: PythonChoice {
            explicit: parsed.python.clone(),
            program_folder: surroundings.program_folder.clone(),
            virtual_env: surroundings.filled("VIRTUAL_ENV").map(PathBuf::from),
            conda_prefix: surroundings.filled("CONDA_PREFIX").map(PathBuf::from),
            search_path: surroundings.search_path(),
        },
        target_python: target_python(options),
        build: BuildOptions {
            isolation: options.build_isolation,
            check_build_dependencies: options.check_build_deps,
            config_settings: options.config_settings.clone(),
            source_directory: options.src_dir.as_ref().map(PathBuf::from),
            no_clean: options.no_clean,
        },
        writing: WritingOptions {
            compile: options.compile,
            link_mode: link_mode(options, surroundings, &parsed.configuration)?,
            warn_script_location: options.warn_script_location && !elsewhere,
            warn_conflicts: options.warn_about_conflicts,
        },
        dry_run: options.dry_run,
        report: filled(options.json_report_file.as_ref()).cloned(),
        general,
    })
}

/// An option's text, unless it is empty, which pip mostly takes for absence.
fn filled(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.is_empty())
}

fn target_python(options: &LowArgs) -> TargetPython {
    TargetPython {
        platforms: options.platforms.clone(),
        python_version: options.python_version.clone(),
        implementation: options.implementation.clone(),
        abis: options.abis.clone(),
    }
}

/// Options that exclude each other, in the order in which pip looks.
fn check_combinations(options: &LowArgs) -> Result<(), Stop> {
    if options.only_dependencies {
        let legacy = options.deprecated_features_enabled.iter().any(|f| f == "legacy-resolver");
        let mut conflicts: Vec<String> = [
            (options.ignore_dependencies, "'--no-deps'"),
            (legacy, "'--use-deprecated legacy-resolver'"),
            (!options.requirements.is_empty(), "'--requirement'"),
            (!options.requirements_from_scripts.is_empty(), "'--requirements-from-script'"),
            (!options.dependency_groups.is_empty(), "'--group'"),
        ]
        .into_iter()
        .filter(|(given, _)| *given)
        .map(|(_, name)| name.to_owned())
        .collect();
        if conflicts.len() > 1
            && let Some(last) = conflicts.last_mut()
        {
            last.insert_str(0, "or ");
        }
        if !conflicts.is_empty() {
            return Err(Stop::error(&format!(
                "Cannot use '--only-dependencies' in combination with {}. If this is unexpected, \
                 please refer to the user guide:\n\n    \
                 https://pip.pypa.io/en/stable/user_guide/#installing-only-dependencies",
                conflicts.join(", ")
            )));
        }
    }
    if !options.build_constraints.is_empty() && !options.build_isolation {
        return Err(Stop::error("--build-constraint cannot be used with --no-build-isolation."));
    }
    if !target_python(options).is_set() {
        return Ok(());
    }
    if !options.format_control.is_only_binary_all() && !options.ignore_dependencies {
        return Err(Stop::error(
            "When restricting platform and interpreter constraints using --python-version, \
             --platform, --abi, or --implementation, either --no-deps must be set, or \
             --only-binary=:all: must be set and --no-binary must not be set (or must be set to \
             :none:).",
        ));
    }
    if !options.dry_run && filled(options.target_dir.as_ref()).is_none() {
        return Err(Stop::error(
            "Can not use any platform or abi specific options unless installing via '--target' or \
             using '--dry-run'",
        ));
    }
    Ok(())
}

/// What only pip itself can do, if any of it is asked for.
fn not_native(options: &LowArgs) -> Option<String> {
    if options.deprecated_features_enabled.iter().any(|feature| feature == "legacy-resolver") {
        return Some("--use-deprecated=legacy-resolver".to_owned());
    }
    let files = options.requirements.iter();
    let files = files.chain(options.dependency_groups.iter().map(|(path, _)| path));
    for file in files {
        let bare = file.rfind('[').filter(|at| file.ends_with(']') && *at > 0);
        let bare = bare.map_or(file.as_str(), |at| file[..at].trim_end());
        if is_pylock(bare, true) {
            return Some(format!("the lock file {file}"));
        }
    }
    None
}

/// `--find-links` values, `~` replaced where that exists.
fn expanded_links(options: &LowArgs, surroundings: &Surroundings) -> Vec<String> {
    let expand = |link: &String| {
        if !link.starts_with('~') {
            return link.clone();
        }
        let path = surroundings.expand_user(link);
        match accel_io::fs::canonicalize(surroundings.current_dir.join(path)) {
            Ok(found) => found.to_string_lossy().into_owned(),
            Err(_) => link.clone(),
        }
    };
    options.find_links.iter().map(expand).collect()
}

/// Reads all that the command line names, in pip's order.
struct Gathering<'a> {
    options: &'a LowArgs,
    outside: &'a Outside<'a>,
    parsed: &'a Parsed,
    reader: Reader<'a>,
}

/// What was read.
struct Gathered {
    requirements: Vec<RequirementInput>,
    constraints: Vec<RequirementInput>,
    build_constraints: Vec<RequirementInput>,
    script: Option<ScriptRequiresPython>,
    has_hashes: bool,
    options: FileOptions,
}

impl Gathered {
    fn all(&self) -> impl Iterator<Item = &RequirementInput> {
        self.requirements.iter().chain(&self.constraints).chain(&self.build_constraints)
    }
}

impl Gathering<'_> {
    fn run(
        mut self,
        arguments: &[String],
        surroundings: &Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<Gathered, Stop> {
        let read = self.read(arguments, surroundings);
        warnings.append(&mut self.reader.warnings);
        let read = read.map_err(|error| match error {
            RequirementsError::Encoding { .. } => {
                Stop::HandOver { reason: error.to_string(), python: self.parsed.python.clone() }
            }
            RequirementsError::Diagnostic { .. } => {
                Stop::Wrong { text: format!("{error}\n"), code: error.exit_code() }
            }
            error => Stop::Wrong {
                text: format!("{}ERROR: {error}\n", error.usage().unwrap_or_default()),
                code: error.exit_code(),
            },
        })?;
        let options = std::mem::take(&mut self.reader.options);
        if options.require_hashes && options.no_require_hashes {
            return Err(Stop::error(
                "--require-hashes and --no-require-hashes are mutually exclusive",
            ));
        }
        let (all, build_constraints, script) = read;
        let has_hashes =
            !options.no_require_hashes && all.iter().any(|input| !input.hashes.is_empty());
        if self.parsed.command == Command::Install {
            self.check_anything(arguments)?;
        }
        let (constraints, requirements) = all.into_iter().partition(|input| input.constraint);
        Ok(Gathered { requirements, constraints, build_constraints, script, has_hashes, options })
    }

    #[allow(clippy::type_complexity, reason = "read once, at the one caller")]
    fn read(
        &mut self,
        arguments: &[String],
        surroundings: &Surroundings,
    ) -> Result<
        (Vec<RequirementInput>, Vec<RequirementInput>, Option<ScriptRequiresPython>),
        RequirementsError,
    > {
        let options = self.options;
        let mut build_constraints = Vec::new();
        for file in &options.build_constraints {
            // Options inside these concern the build environments, not this resolution.
            let mut reader =
                Reader::new(self.outside, &surroundings.program, FileOptions::default());
            build_constraints.extend(reader.read(file, true)?);
        }
        let in_build = surroundings.variable("_PIP_IN_BUILD_IGNORE_CONSTRAINTS");
        let constraint_files = if in_build.as_deref() == Some("1") {
            &options.build_constraints
        } else {
            &options.constraints
        };
        let mut all = Vec::new();
        for file in constraint_files {
            all.extend(self.reader.read(file, true)?);
        }
        for text in arguments.iter().filter(|text| !text.trim().is_empty()) {
            all.push(self.reader.argument(text, &options.config_settings)?);
        }
        let outside: &dyn Source = self.outside;
        for text in read_groups(&options.dependency_groups, outside)? {
            all.push(self.reader.dependency(&text)?);
        }
        for text in &options.editables {
            all.push(self.reader.editable(text, &options.config_settings)?);
        }
        for file in &options.requirements {
            all.extend(self.reader.read(file, false)?);
        }
        let mut script = None;
        match options.requirements_from_scripts.as_slice() {
            [] => {}
            [path] => {
                let metadata = read_script(path, outside)?;
                for text in &metadata.dependencies {
                    all.push(self.reader.dependency(text)?);
                }
                script = Some(ScriptRequiresPython {
                    script: path.clone(),
                    requires_python: metadata.requires_python,
                })
                .filter(|script| !script.requires_python.is_empty());
            }
            _ => {
                return Err(RequirementsError::Command(
                    "--requirements-from-script can only be given once".to_owned(),
                ));
            }
        }
        Ok((all, build_constraints, script))
    }

    fn check_anything(&self, arguments: &[String]) -> Result<(), Stop> {
        let options = self.options;
        let nothing = arguments.is_empty()
            && options.editables.is_empty()
            && options.requirements.is_empty()
            && options.dependency_groups.is_empty()
            && options.requirements_from_scripts.is_empty();
        if !nothing {
            return Ok(());
        }
        let hint = if options.find_links.is_empty() {
            "(see \"pip help install\")".to_owned()
        } else {
            format!("(maybe you meant \"pip install {}\"?)", options.find_links.join(" "))
        };
        Err(Stop::error(&format!("You must give at least one requirement to install {hint}")))
    }
}

fn freshness(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<Freshness, Stop> {
    let given = options.freshness.as_deref();
    match own_setting(given, "freshness", "PIP_ACCEL_FRESHNESS", surroundings, configuration) {
        None => Ok(Freshness::default()),
        Some(text) => match text.as_str() {
            "pinned" => Ok(Freshness::Pinned),
            "local" => Ok(Freshness::Local),
            "always" => Ok(Freshness::Always),
            _ => Err(wrong_setting("freshness", &text, "'pinned', 'local', 'always'")),
        },
    }
}

fn link_mode(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<LinkChoice, Stop> {
    let given = options.link_mode.as_deref();
    match own_setting(given, "link-mode", "PIP_ACCEL_LINK_MODE", surroundings, configuration) {
        None => Ok(LinkChoice::default()),
        Some(text) => match text.as_str() {
            "auto" => Ok(LinkChoice::Auto),
            "reflink" => Ok(LinkChoice::Reflink),
            "hardlink" => Ok(LinkChoice::Hardlink),
            "copy" => Ok(LinkChoice::Copy),
            _ => Err(wrong_setting("link-mode", &text, "'auto', 'reflink', 'hardlink', 'copy'")),
        },
    }
}

/// A setting that pip does not have: option, else variable, else `[pip-accel]` in a file.
fn own_setting(
    given: Option<&str>,
    key: &str,
    variable: &str,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Option<String> {
    given
        .map(str::to_owned)
        .or_else(|| surroundings.filled(variable))
        .or_else(|| configuration.get("pip-accel", key).map(str::to_owned))
}

fn wrong_setting(key: &str, text: &str, choices: &str) -> Stop {
    let text = accel_requirements::python_text::repr(text);
    Stop::Wrong {
        text: format!(
            "An error occurred during configuration: option {key}: invalid choice: {text} (choose \
             from {choices}).\n"
        ),
        code: 3,
    }
}

fn general(parsed: &Parsed, surroundings: &Surroundings) -> Result<General, Stop> {
    let options = &parsed.options;
    let home = surroundings.home();
    let cache_root =
        own_setting(None, "cache", "PIP_ACCEL_CACHE", surroundings, &parsed.configuration)
            .map(|root| surroundings.current_dir.join(surroundings.expand_user(&root)))
            .or_else(|| {
                let folder = surroundings.filled("XDG_CACHE_HOME").map(PathBuf::from);
                folder
                    .or_else(|| home.as_ref().map(|home| home.join(".cache")))
                    .map(|f| f.join("pip-accel"))
            })
            .ok_or_else(|| {
                Stop::error(
                    "There is no place for the cache: set PIP_ACCEL_CACHE or HOME to a directory",
                )
            })?;
    // Without a cache a run keeps what it needs in a folder of its own, removed at the end.
    let cache_root =
        if options.no_cache_dir { surroundings.temporary_folder() } else { cache_root };
    let verbosity = if options.debug_mode { 2 } else { options.verbose - options.quiet };
    let mut features = Vec::new();
    for feature in &options.features_enabled {
        if !features.contains(feature) {
            features.push(feature.clone());
        }
    }
    Ok(General {
        python: PythonVariables {
            user_base: surroundings.filled("PYTHONUSERBASE").map(PathBuf::from),
            no_user_site: surroundings.filled("PYTHONNOUSERSITE").is_some(),
            python_path: surroundings
                .filled("PYTHONPATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default(),
        },
        umask: surroundings.umask,
        build_variables: surroundings
            .variables()
            .filter(|(name, _)| is_build_variable(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        current_dir: surroundings.current_dir.clone(),
        cache_root,
        use_cache: !options.no_cache_dir,
        verbosity: i32::try_from(verbosity).unwrap_or(if verbosity < 0 { -3 } else { 3 }),
        progress_bar: match options.progress_bar.as_str() {
            "on" => ProgressBar::On,
            "off" => ProgressBar::Off,
            "raw" => ProgressBar::Raw,
            _ if verbosity >= 0 => ProgressBar::On,
            _ => ProgressBar::Off,
        },
        no_color: options.no_color || surroundings.variable("NO_COLOR").is_some(),
        log: options.log.as_ref().map(|log| surroundings.current_dir.join(log)),
        no_input: options.no_input,
        exists_action: options.exists_action.clone(),
        isolated: options.isolated_mode,
        debug: options.debug_mode,
        disable_version_check: options.disable_pip_version_check || options.no_index,
        warn_root_user: options.root_user_action == "warn",
        features,
        network: network(options, surroundings),
        search_path: surroundings.search_path(),
        home,
    })
}

fn network(options: &LowArgs, surroundings: &Surroundings) -> NetworkRequest {
    let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
    let either = |lower: &str| {
        surroundings.filled(lower).or_else(|| surroundings.filled(&lower.to_uppercase()))
    };
    let uses_environment = options.proxy.is_none() && !options.no_proxy_env;
    let proxy = match options.proxy.as_ref().filter(|proxy| !proxy.is_empty()) {
        Some(url) => Proxy::Url(url.clone()),
        None if !uses_environment => Proxy::Direct,
        None => Proxy::Environment {
            // Programs that run behind a web server must not take its clients' header for this.
            http: if surroundings.variable("REQUEST_METHOD").is_some() {
                surroundings.filled("http_proxy")
            } else {
                either("http_proxy")
            },
            https: either("https_proxy"),
            all: either("all_proxy"),
            no_proxy: either("no_proxy"),
        },
    };
    let bundle = || {
        let variables = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
        variables.iter().find_map(|name| surroundings.filled(name)).filter(|_| uses_environment)
    };
    let home = surroundings.home();
    let netrc = surroundings
        .filled("NETRC")
        .map(PathBuf::from)
        .into_iter()
        .chain(home.iter().flat_map(|home| [".netrc", "_netrc"].map(|name| home.join(name))));
    NetworkRequest {
        timeout: options.timeout,
        retries: count(options.retries),
        resume_retries: count(options.resume_retries),
        proxy,
        cert: filled(options.cert.as_ref()).cloned().or_else(bundle).map(PathBuf::from),
        client_cert: filled(options.client_cert.as_ref()).map(PathBuf::from),
        trusted_hosts: options.trusted_hosts.clone(),
        keyring_provider: options.keyring_provider.clone(),
        // pip's HTTP library looks for netrc files only where it trusts the environment.
        netrc: netrc.into_iter().find(|file| uses_environment && accel_io::fs::exists(file)),
        user_agent_data: surroundings.filled("PIP_USER_AGENT_USER_DATA"),
        ci: ["BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI"]
            .iter()
            .any(|name| surroundings.variable(name).is_some()),
        // Requirement files may be URLs even where no index is asked.
        offline: false,
    }
}
