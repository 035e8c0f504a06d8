//! A provider over a small universe of projects, as the resolver cases describe one.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use accel_resolve::{
    Action, Event, Installed, Level, LinkQuery, Links, Options, Place, Prepared, Provider,
    ResolveError, ResolveRequest, Root, RootKind, Source, Stop, resolve,
};
use accel_types::{
    CoreMetadata, Hashes, LineEnds, Link, MarkerEnvironment, PackageName, Tag, TagList,
};
use serde_json::Value;

/// The marker environment of the pip that answered the cases.
pub fn environment() -> MarkerEnvironment {
    MarkerEnvironment {
        os_name: "posix".into(),
        sys_platform: "linux".into(),
        platform_machine: "x86_64".into(),
        platform_python_implementation: "CPython".into(),
        platform_release: "6.1".into(),
        platform_system: "Linux".into(),
        platform_version: "#1".into(),
        python_version: "3.11".into(),
        python_full_version: "3.11.7".into(),
        implementation_name: "cpython".into(),
        implementation_version: "3.11.7".into(),
    }
}

/// A link of an index page.
pub fn link(filename: &str) -> Link {
    Link {
        url: format!("https://index.test/files/{filename}").into(),
        filename: filename.into(),
        comes_from: "https://index.test/simple/".into(),
        ..Link::default()
    }
}

/// The text of a METADATA file.
pub fn metadata(name: &str, version: &str, rest: &str) -> Arc<CoreMetadata> {
    let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{rest}");
    Arc::new(CoreMetadata::parse_text(&text, LineEnds::Translated))
}

/// A root written on the command line.
pub fn root(text: &str) -> Root {
    Root {
        kind: RootKind::Named(text.parse().unwrap()),
        comes_from: None,
        hashes: Hashes::new(),
        user_supplied: true,
    }
}

/// A constraint of `c.txt`.
pub fn constraint(text: &str) -> accel_resolve::Constraint {
    accel_resolve::Constraint {
        kind: RootKind::Named(text.parse().unwrap()),
        comes_from: Some("-c c.txt (line 1)".to_owned()),
        hashes: Hashes::new(),
    }
}

/// A request of named roots with default options.
pub fn request(roots: &[&str]) -> ResolveRequest {
    ResolveRequest {
        roots: roots.iter().map(|text| root(text)).collect(),
        constraints: Vec::new(),
        options: Options::default(),
        environment: environment(),
        tags: TagList::new(
            [
                ("cp311", "cp311", "linux_x86_64"),
                ("cp311", "cp311", "manylinux_2_17_x86_64"),
                ("py3", "none", "any"),
            ]
            .map(|(python, abi, platform)| Tag::new(python, abi, platform))
            .to_vec(),
        ),
        python: "3.11.7".parse().unwrap(),
    }
}

/// Projects, files and installed distributions in memory, and what was said about them.
#[derive(Default)]
pub struct Universe {
    links: HashMap<PackageName, Vec<Link>>,
    metadata: HashMap<String, Prepared>,
    installed: HashMap<PackageName, Arc<Installed>>,
    broken: Vec<String>,
    /// Every event but the debug ones, a line each.
    pub said: RefCell<Vec<String>>,
    /// `name-version[extras]` of every pin, in order.
    pub pinned: RefCell<Vec<String>>,
    /// URLs that were prepared, in order.
    pub prepared: RefCell<Vec<String>>,
    /// Questions for links, as `name standing unsatisfied`.
    pub asked: RefCell<Vec<String>>,
    /// Project whose links are told to be partial until they are asked for again.
    pub partial: Option<(String, Vec<Link>)>,
}

impl Universe {
    /// The universe of a resolver case.
    pub fn of(projects: &Value) -> Self {
        let mut universe = Self::default();
        for (name, versions) in projects.as_object().unwrap() {
            for (version, data) in versions.as_object().unwrap() {
                let mut rest = String::new();
                let strings = |key: &str| -> Vec<String> {
                    let list = data[key].as_array();
                    let texts = list.into_iter().flatten();
                    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
                };
                for line in strings("requires") {
                    writeln!(rest, "Requires-Dist: {line}").unwrap();
                }
                for extra in strings("extras") {
                    writeln!(rest, "Provides-Extra: {extra}").unwrap();
                }
                let requires_python = data["rp"].as_str().map(Into::into);
                if let Some(text) = &requires_python {
                    writeln!(rest, "Requires-Python: {text}").unwrap();
                }
                let mut file =
                    link(&format!("{}-{version}-py3-none-any.whl", name.replace('-', "_")));
                if !data["rp_hidden"].as_bool().unwrap_or(false) {
                    file.requires_python = requires_python;
                }
                let yanked = &data["yanked"];
                if yanked.as_bool().unwrap_or(yanked.is_string()) {
                    file.yanked = Some("".into());
                }
                universe.offer(file, name, version, &rest);
            }
        }
        universe
    }

    /// Adds a file with its metadata behind those already offered.
    pub fn offer(&mut self, link: Link, name: &str, version: &str, rest: &str) -> &mut Self {
        let prepared = Prepared::Metadata(metadata(name, version, rest));
        self.metadata.insert(link.url.to_string(), prepared);
        self.links.entry(PackageName::new(name)).or_default().push(link);
        self
    }

    /// Adds wheels `name-version-py3-none-any.whl` with these dependency lines.
    pub fn wheel(&mut self, name: &str, version: &str, requires: &[&str]) -> &mut Self {
        let mut rest = String::new();
        for line in requires {
            writeln!(rest, "Requires-Dist: {line}").unwrap();
        }
        let file = link(&format!("{name}-{version}-py3-none-any.whl"));
        self.offer(file, name, version, &rest)
    }

    /// What preparing a URL answers.
    pub fn answer(&mut self, url: &str, prepared: Prepared) -> &mut Self {
        self.metadata.insert(url.to_owned(), prepared);
        self
    }

    /// Preparing this URL is fatal.
    pub fn break_url(&mut self, url: &str) -> &mut Self {
        self.broken.push(url.to_owned());
        self
    }

    /// Installs a distribution.
    pub fn install(&mut self, name: &str, version: &str, rest: &str) -> &mut Self {
        let installed = Installed {
            metadata: metadata(name, version, rest),
            location: Some("./lib".to_owned()),
            editable: false,
            replaceable: true,
        };
        self.installed_as(name, Arc::new(installed))
    }

    /// Installs a distribution with all its facts.
    pub fn installed_as(&mut self, name: &str, installed: Arc<Installed>) -> &mut Self {
        self.installed.insert(PackageName::new(name), installed);
        self
    }

    /// `name-version` of every pin, sorted; with what happens to it if it is not installed anew.
    pub fn chosen(
        &self,
        request: &ResolveRequest,
    ) -> Result<BTreeMap<String, String>, ResolveError> {
        let resolution = resolve(request, self)?;
        Ok(resolution
            .pins
            .iter()
            .map(|pin| {
                let action = match &pin.action {
                    Action::Install => "",
                    Action::Replace(_) => " replaces",
                    Action::Keep => " kept",
                    Action::Leave => " left",
                };
                (pin.name.to_string(), format!("{}{action}", pin.version))
            })
            .collect())
    }
}

impl Provider for Universe {
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop> {
        let words = format!("{} {:?} {}", query.name, query.standing, query.unsatisfied);
        self.asked.borrow_mut().push(words);
        if let Some((name, links)) = &self.partial
            && query.name == name.as_str()
            && !query.unsatisfied
        {
            return Ok(Links { partial: true, ..Links::complete(links.clone()) });
        }
        let links = self.links.get(query.name).cloned().unwrap_or_default();
        Ok(Links::complete(links))
    }

    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop> {
        let url = match source.place {
            Place::Link(link) => &link.url,
            Place::Direct { url, .. } => url,
        };
        self.prepared.borrow_mut().push(url.to_owned());
        if self.broken.iter().any(|broken| broken == url) {
            return Err(Stop::fatal(format!("{url} does not build")));
        }
        let plain = url.split('#').next().unwrap_or_default();
        self.metadata
            .get(url)
            .or_else(|| self.metadata.get(plain))
            .cloned()
            .ok_or_else(|| Stop::fatal(format!("{url} is not there")))
    }

    fn installed(&self, name: &PackageName) -> Result<Option<Arc<Installed>>, Stop> {
        Ok(self.installed.get(name).cloned())
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Pinned { name, version } => {
                let (project, extras) = name.split_at(name.find('[').unwrap_or(name.len()));
                self.pinned.borrow_mut().push(if project.starts_with('<') {
                    "<Python>".to_owned()
                } else {
                    format!("{project}-{version}{extras}")
                });
            }
            // Nobody hears these without `-v`.
            Event::Rejected { .. } | Event::OtherPython { .. } => {}
            _ => {
                let warning = event.level() == Level::Warning;
                let prefix = if warning { "WARNING: " } else { "" };
                self.said.borrow_mut().push(format!("{prefix}{event}"));
            }
        }
    }
}

/// Runs a resolver case; `(status, chosen, pins, rounds, rejected)`.
pub fn replay(case: &Value) -> (String, Option<BTreeMap<String, String>>, Vec<String>, u64, u64) {
    let universe = Universe::of(&case["universe"]);
    let texts = |key: &str| -> Vec<&str> {
        let list = case[key].as_array().unwrap().iter();
        list.map(|text| text.as_str().unwrap()).collect()
    };
    let mut request = request(&texts("requirements"));
    request.constraints = texts("constraints").into_iter().map(constraint).collect();
    if texts("args").contains(&"--pre") {
        request.options.releases.all_releases = accel_types::NameSet::all();
    }
    request.options.ignore_installed = true;
    let outcome = resolve(&request, &universe);
    let pins = universe.pinned.take();
    match outcome {
        Ok(resolution) => {
            let chosen = resolution.pins.iter();
            let chosen =
                chosen.map(|pin| (pin.name.to_string(), pin.version.to_string())).collect();
            ("ok".into(), Some(chosen), pins, resolution.rounds.into(), resolution.rejected.into())
        }
        Err(ResolveError::Impossible { rounds, rejected, .. }) => {
            ("error".into(), None, pins, rounds.into(), rejected.into())
        }
        Err(ResolveError::TooDeep) => ("toodeep".into(), None, pins, 0, 0),
        Err(other) => panic!("{other}"),
    }
}
