//! What was done, in pip's words and as `--report`'s JSON.

use crate::acquire;
use crate::error::EngineError;
use crate::metadata_json;
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
    /// Names as shown and versions of what was installed, or with `--dry-run` would have been,
    /// sorted as pip prints them.
    pub distributions: Vec<(String, String)>,
    /// Whether the environment was changed.
    pub installed: bool,
    /// Whether an earlier identical request answered.
    pub remembered: bool,
    /// Whether any network connection was opened.
    pub used_network: bool,
    /// What it took.
    pub tally: Tally,
}

/// What a run took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Wheels that were built.
    pub builds: usize,
    /// Wheels that were in the store already.
    pub from_store: usize,
}

impl Summary {
    pub(crate) fn of(session: &Session<'_>, answer: Answer, installed: bool) -> Self {
        let remembered = answer.is_remembered();
        let mut distributions: Vec<(String, String)> =
            answer.plan.steps.into_iter().map(|step| (step.shown, step.version)).collect();
        distributions.sort();
        let (used_network, tally) = (session.used_network(), session.tally());
        Self { distributions, installed, remembered, used_network, tally }
    }

    /// pip's last line; empty where nothing was installed.
    pub fn successfully_installed(&self) -> Option<String> {
        if self.installed { last_line(&self.distributions) } else { None }
    }
}

/// The same for a plan that was carried out.
pub(crate) fn successfully_installed(plan: &Plan) -> Option<String> {
    let steps = plan.steps.iter();
    let mut all: Vec<(String, String)> =
        steps.map(|step| (step.shown.clone(), step.version.clone())).collect();
    all.sort();
    last_line(&all)
}

fn last_line(distributions: &[(String, String)]) -> Option<String> {
    let items = distributions.iter().map(|(name, version)| format!("{name}-{version}"));
    let items: Vec<String> = items.collect();
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
