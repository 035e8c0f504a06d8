//! What will be done: the resolution minus what is installed, in pip's order.

use accel_resolve::{Action, Pin, PinOrigin, Resolution};
use accel_types::python_url::without_credentials;
use accel_types::{Link, PackageName};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One distribution to install.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The project.
    pub name: PackageName,
    /// The name that pip shows: that of the requirement, else of the metadata.
    pub shown: String,
    /// The name in its metadata.
    pub metadata_name: String,
    /// Its version, in normal form.
    pub version: String,
    /// Where its wheel comes from.
    pub source: StepSource,
    /// The requirement as pip names it in errors: `name>=1`, `name @ URL`.
    pub requirement: String,
    /// The requirement as pip prints it, with the file and who asked for it.
    pub words: String,
    /// Whether it gets a `REQUESTED` file.
    pub requested: bool,
    /// The extras that were asked for, for the report.
    pub extras: Vec<String>,
    /// Why it was yanked, if it was.
    pub yanked: Option<String>,
    /// The text of `direct_url.json`, for what a URL or path named.
    pub direct_url: Option<String>,
    /// sha256 of the wheel to install, once it is known.
    pub wheel: Option<String>,
    /// Digests (`algorithm:hex`) of which the file must have one; none were given if empty.
    pub hashes: accel_types::Hashes,
    /// Index of the root requirement whose build settings apply.
    pub root: Option<usize>,
    /// Its place in the order in which the resolver chose, which `--report` keeps.
    pub chosen: usize,
    /// The installed version that goes, for words.
    pub replaces: bool,
}

/// Where the wheel of a step comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum StepSource {
    /// A file of an index or find-links.
    Link(Box<Link>),
    /// A URL, a path or a repository.
    Direct {
        /// The URL with its fragment.
        url: String,
        /// Whether it is installed as an editable.
        editable: bool,
    },
}

/// Everything that will be done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// What is installed, dependencies first.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The steps of a resolution.
    pub(crate) fn of(resolution: &Resolution) -> Self {
        let chosen: HashMap<&PackageName, usize> =
            resolution.pins.iter().enumerate().map(|(at, pin)| (&pin.name, at)).collect();
        let steps = resolution.to_install();
        Self { steps: steps.filter_map(|pin| step(pin, chosen[&pin.name])).collect() }
    }

    /// Whether an earlier identical request may be answered by this plan: not with sources whose
    /// content can change under the same name (folders, editables, repositories), nor with URLs that
    /// hold a password, which is written nowhere.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.steps.iter().all(|step| match &step.source {
            StepSource::Link(_) => step.wheel.is_some(),
            StepSource::Direct { url, editable } => {
                !editable
                    && step.wheel.is_some()
                    && url.starts_with("http")
                    && without_credentials(url) == *url
            }
        })
    }

    /// Whether all of it are files of indexes and find-links.
    pub(crate) fn is_of_index(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.source, StepSource::Link(_)))
    }

    /// The steps in the order in which they were chosen, which is that of pip's words.
    pub(crate) fn in_order_of_choice(&self) -> Vec<&Step> {
        let mut steps: Vec<&Step> = self.steps.iter().collect();
        steps.sort_by_key(|step| step.chosen);
        steps
    }
}

fn step(pin: &Pin, chosen: usize) -> Option<Step> {
    let source = match &pin.origin {
        PinOrigin::Installed(_) => return None,
        PinOrigin::Link(link) => StepSource::Link(Box::new(Link::clone(link))),
        PinOrigin::Direct { url, editable, .. } => {
            StepSource::Direct { url: url.clone(), editable: *editable }
        }
    };
    let yanked = match &source {
        StepSource::Link(link) => link.yanked.clone().map(Into::into),
        StepSource::Direct { .. } => None,
    };
    let requirement = match (&pin.requirement, &source) {
        (Some(requirement), _) => requirement.to_string(),
        (None, StepSource::Direct { url, .. }) => format!("{} @ {url}", pin.metadata.name),
        (None, StepSource::Link(_)) => format!("{}=={}", pin.metadata.name, pin.version),
    };
    let shown = pin.requirement.as_ref().map_or(&pin.metadata.name, |named| &named.name);
    Some(Step {
        name: pin.name.clone(),
        shown: shown.clone(),
        metadata_name: pin.metadata.name.clone(),
        version: pin.version.to_string(),
        source,
        requirement,
        words: pin.words.clone(),
        requested: pin.requested,
        extras: pin.extras.iter().map(ToString::to_string).collect(),
        yanked,
        direct_url: None,
        wheel: None,
        hashes: pin.hashes.clone(),
        root: pin.root,
        chosen,
        replaces: matches!(pin.action, Action::Replace(_)),
    })
}
