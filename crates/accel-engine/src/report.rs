//! What was done, in pip's words and as `--report`'s JSON.

use crate::acquire;
use crate::error::EngineError;
use crate::metadata_json;
use crate::origins::Origin;
use crate::plan::{Plan, Step, StepSource};
use crate::resolution::Answer;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_install::scheme::Scheme;
use accel_install::target::Target;
use accel_types::{ArchiveInfo, DirectUrl, Json};

/// The pip whose answers are given.
pub const PIP_VERSION: &str = "26.3";

/// What a request came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was installed, or with `--dry-run` would have been, sorted as pip prints it.
    pub distributions: Vec<Distribution>,
    /// Whether the environment was changed.
    pub installed: bool,
    /// Whether an earlier identical request answered.
    pub remembered: bool,
    /// Whether any network connection was opened.
    pub used_network: bool,
    /// Whether the environment is a virtual one.
    pub in_venv: bool,
    /// What it took.
    pub tally: Tally,
}

/// A distribution of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distribution {
    /// Its name as shown.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What had it; `None` where it was not fetched.
    pub origin: Option<Origin>,
}

/// What a run took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Wheels that were built.
    pub builds: usize,
}

impl Summary {
    pub(crate) fn of(session: &Session<'_>, answer: Answer, installed: bool) -> Self {
        let remembered = answer.is_remembered();
        let steps = answer.plan.steps.into_iter();
        let mut distributions: Vec<Distribution> = steps
            .map(|step| Distribution {
                name: step.shown,
                version: step.version,
                origin: step.wheel.filter(|_| installed).map(|wheel| session.origins.of(&wheel)),
            })
            .collect();
        distributions.sort();
        let (used_network, tally) = (session.used_network(), session.tally());
        let in_venv = session.python.in_venv();
        Self { distributions, installed, remembered, used_network, in_venv, tally }
    }

    /// pip's last line; empty where nothing was installed.
    pub fn successfully_installed(&self) -> Option<String> {
        let distributions = self.distributions.iter().filter(|_| self.installed);
        last_line(distributions.map(|one| (one.name.as_str(), one.version.as_str())))
    }

    /// How many distributions came from there.
    pub fn from(&self, origin: Origin) -> usize {
        self.distributions.iter().filter(|one| one.origin == Some(origin)).count()
    }

    /// What was done, as JSON. Keys are only ever added; `version` changes if one has to go.
    ///
    /// ```json
    /// {
    ///   "version": 1,
    ///   "installed": true,
    ///   "remembered": false,
    ///   "requests": 3,
    ///   "builds": 0,
    ///   "distributions": [{"name": "six", "version": "1.16.0", "origin": "network"}]
    /// }
    /// ```
    ///
    /// `origin` is the name of an [`Origin`], or `null` where nothing was fetched (`--dry-run`).
    pub fn to_json(&self) -> String {
        let distribution = |one: &Distribution| {
            let origin = one.origin.map_or(Json::Null, |origin| Json::text(origin.name()));
            Json::object([
                ("name", Json::text(&*one.name)),
                ("version", Json::text(&*one.version)),
                ("origin", origin),
            ])
        };
        let distributions = self.distributions.iter().map(distribution).collect();
        let number = |number: u64| Json::Number(number.to_string());
        Json::object([
            ("version", number(SUMMARY_VERSION)),
            ("installed", Json::Bool(self.installed)),
            ("remembered", Json::Bool(self.remembered)),
            ("requests", number(self.tally.requests)),
            ("builds", number(u64::try_from(self.tally.builds).unwrap_or(u64::MAX))),
            ("distributions", Json::List(distributions)),
        ])
        .pretty()
    }
}

/// The version of the JSON of a [`Summary`].
const SUMMARY_VERSION: u64 = 1;

/// The same for a plan that was carried out.
pub(crate) fn successfully_installed(plan: &Plan) -> Option<String> {
    let steps = plan.steps.iter();
    let mut all: Vec<(&str, &str)> = steps.map(|step| (&*step.shown, &*step.version)).collect();
    all.sort_unstable();
    last_line(all.into_iter())
}

fn last_line<'a>(distributions: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let items: Vec<String> =
        distributions.map(|(name, version)| format!("{name}-{version}")).collect();
    (!items.is_empty()).then(|| format!("Successfully installed {}", items.join(" ")))
}

/// pip's line before it installs.
pub(crate) fn installing(plan: &Plan) -> String {
    let names: Vec<&str> = plan.steps.iter().map(|step| step.shown.as_str()).collect();
    format!("Installing collected packages: {}", names.join(", "))
}

/// Gives the steps the versions that are found in their folders: where two versions are now, pip
/// names the one that it finds first.
pub(crate) fn name_what_is_found(plan: &mut Plan, scheme: &Scheme, there: &InstalledSet) {
    let folders = [&scheme.purelib, &scheme.platlib];
    for step in &mut plan.steps {
        let found = there.distributions().iter().find(|found| {
            *found.name() == step.name && folders.iter().any(|it| *it == found.location())
        });
        if let Some(found) = found {
            step.version = found.version_text();
        }
    }
}

/// pip's line for `--dry-run`; empty where nothing would be installed.
pub(crate) fn would_install(plan: &Plan) -> Option<String> {
    let mut items: Vec<(&str, &str)> = plan
        .steps
        .iter()
        .map(|step| (step.metadata_name.as_str(), step.version.as_str()))
        .collect();
    if items.is_empty() {
        return None;
    }
    items.sort_unstable();
    let items: Vec<String> =
        items.into_iter().map(|(name, version)| format!("{name}-{version}")).collect();
    Some(format!("Would install {}", items.join(" ")))
}

/// The text of `--report`: pip's installation report, version 1.
pub(crate) fn json(
    session: &Session<'_>,
    plan: &mut Plan,
    target: &Target,
) -> Result<String, EngineError> {
    let mut install = Vec::with_capacity(plan.steps.len());
    let mut steps: Vec<&mut Step> = plan.steps.iter_mut().collect();
    steps.sort_by_key(|step| step.chosen);
    for step in steps {
        install.push(item(session, step)?);
    }
    let report = Json::object([
        ("version", Json::text("1")),
        ("pip_version", Json::text(PIP_VERSION)),
        ("install", Json::List(install)),
        ("environment", metadata_json::markers(target.interpreter.markers())),
    ]);
    Ok(report.pretty())
}

fn item(session: &Session<'_>, step: &mut Step) -> Result<Json, EngineError> {
    let metadata = metadata_json::of(&*session.whole_metadata_of_step(step)?);
    let download = match &step.source {
        StepSource::Link(link) => {
            let hashes = link.digests.iter();
            let hashes =
                hashes.map(|digest| (digest.algorithm.name().to_owned(), digest.hex.to_string()));
            let mut hashes: Vec<_> = hashes.collect();
            // What the page doesn't say pip computes, if it has the file by now.
            if hashes.is_empty() && acquire::told_now(session, step).is_none() {
                let kept = session.archive(link, &step.hashes)?;
                hashes.push(("sha256".to_owned(), kept.sha256));
            }
            let info = ArchiveInfo { hashes: (!hashes.is_empty()).then_some(hashes) };
            let url = link.url.to_string();
            DirectUrl { url, archive_info: Some(info), ..DirectUrl::default() }.to_object()
        }
        StepSource::Direct { url, editable } => {
            let direct = session.obtain(url, *editable, step.root)?.direct_url();
            step.direct_url = Some(direct.to_json());
            direct.to_object()
        }
    };
    let mut members = vec![
        ("download_info", download),
        ("is_direct", Json::Bool(matches!(step.source, StepSource::Direct { .. }))),
        ("is_yanked", Json::Bool(step.yanked.is_some())),
        ("requested", Json::Bool(step.requested)),
        ("metadata", metadata),
    ];
    if step.requested && !step.extras.is_empty() {
        members.push(("requested_extras", Json::texts(&step.extras)));
    }
    Ok(Json::object(members))
}
