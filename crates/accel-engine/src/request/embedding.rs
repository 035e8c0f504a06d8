//! Requests for programs that have no command line: pip's defaults, to be changed field by field.

use super::{
    BuildOptions, Changes, Dependencies, Freshness, General, IndexRequest, InstallPlace,
    InstallRequest, LinkChoice, NetworkRequest, ProgressBar, Proxy, PythonChoice, PythonVariables,
    Refresh, Selection, SharedCacheRequest, SystemPackages, SystemPackagesRequest, TargetPython,
    Upgrade, WritingOptions,
};
use crate::error::EngineError;
use accel_requirements::{ConfigSettings, RequirementInput};
use accel_types::{FormatControl, ReleaseControl};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The index that pip asks where none is configured.
const DEFAULT_INDEX: &str = "https://pypi.org/simple";

impl InstallRequest {
    /// A request for the environment of an interpreter, with pip's defaults, in which nothing is asked
    /// for yet. Everything kept is below `cache_root`; several programs may share one.
    ///
    /// Nothing is read from outside: no variable, no configuration. Both paths must be absolute.
    pub fn new(python: &Path, cache_root: &Path) -> Self {
        Self {
            requirements: Vec::new(),
            constraints: Vec::new(),
            build_constraints: Vec::new(),
            build_constraint_files: Vec::new(),
            script_requires_python: None,
            index: IndexRequest {
                index_urls: vec![DEFAULT_INDEX.to_owned()],
                find_links: Vec::new(),
                no_index: false,
                refresh: Refresh::default(),
                freshness: Freshness::default(),
            },
            selection: Selection {
                format_control: FormatControl::default(),
                release_control: ReleaseControl::default(),
                prefer_binary: false,
                ignore_requires_python: false,
                heed_python_of_pages: false,
                uploaded_prior_to: None,
            },
            changes: Changes {
                upgrade: Upgrade::ToSatisfyOnly,
                force_reinstall: false,
                ignore_installed: false,
            },
            dependencies: Dependencies::Follow,
            require_hashes: false,
            locks: Vec::new(),
            heed_hashes_of_locks: true,
            locked: Vec::new(),
            place: InstallPlace::default(),
            python: PythonChoice { explicit: Some(python.to_owned()), ..PythonChoice::default() },
            target_python: TargetPython::default(),
            build: BuildOptions {
                isolation: true,
                check_build_dependencies: false,
                config_settings: ConfigSettings::default(),
                source_directory: None,
                no_clean: false,
            },
            system_packages: SystemPackagesRequest { mode: SystemPackages::Off, lists: Vec::new() },
            writing: WritingOptions {
                compile: true,
                link_mode: LinkChoice::default(),
                stage: 0,
                warn_script_location: false,
                warn_conflicts: true,
            },
            dry_run: false,
            explain: false,
            report: None,
            general: General::new(cache_root),
        }
    }

    /// Asks for a distribution by name, as `pip install TEXT` would: `flask>=2 ; python_version > "3"`.
    ///
    /// # Errors
    /// If the text is no requirement.
    pub fn ask_for(&mut self, text: &str) -> Result<(), EngineError> {
        let input = RequirementInput::by_name(text);
        let invalid = || EngineError::installation(format!("Invalid requirement: {text:?}"));
        self.requirements.push(input.ok_or_else(invalid)?);
        Ok(())
    }

    /// Lets nothing but these folders (or URLs) offer distributions: `--no-index --find-links`.
    pub fn look_only_in(&mut self, places: impl IntoIterator<Item = String>) {
        self.index.no_index = true;
        self.index.index_urls.clear();
        self.index.find_links = places.into_iter().collect();
        let is_remote = |place: &String| place.starts_with("http");
        self.general.network.offline = !self.index.find_links.iter().any(is_remote);
    }
}

impl General {
    /// pip's defaults.
    fn new(cache_root: &Path) -> Self {
        Self {
            current_dir: PathBuf::from("/"),
            home: None,
            cache_root: cache_root.to_owned(),
            use_cache: true,
            verbosity: 0,
            progress_bar: ProgressBar::Off,
            dumb_terminal: true,
            no_color: true,
            log: None,
            no_input: true,
            exists_action: Vec::new(),
            no_partial_clone: false,
            isolated: true,
            debug: false,
            disable_version_check: true,
            warn_root_user: false,
            features: Vec::new(),
            notes: Vec::new(),
            network: NetworkRequest::new(),
            search_path: ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from).to_vec(),
            python: PythonVariables::default(),
            umask: accel_io::process::umask(),
            build_variables: Vec::new(),
            shared_cache: SharedCacheRequest::none(),
        }
    }
}

impl NetworkRequest {
    fn new() -> Self {
        Self {
            timeout: 15.0,
            retries: 5,
            resume_retries: 5,
            proxy: Proxy::Direct,
            cert: None,
            client_cert: None,
            trusted_hosts: Vec::new(),
            keyring_provider: "disabled".to_owned(),
            netrc: None,
            user_agent_data: None,
            ci: false,
            offline: false,
        }
    }
}

impl SharedCacheRequest {
    /// No shelf at all.
    fn none() -> Self {
        Self {
            urls: Vec::new(),
            keys: Vec::new(),
            allow_unsigned: false,
            read_only: true,
            timeout: Duration::from_secs(10),
            lease: Duration::from_secs(30),
            write_for: Duration::from_mins(1),
            variables: Vec::new(),
        }
    }
}
