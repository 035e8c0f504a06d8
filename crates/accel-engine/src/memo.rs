//! The memo of resolutions: an identical request, asked again, is answered without resolving.
//!
//! The key covers everything that decides a resolution: its purpose, the requirements, constraints
//! and options as validated, the variables that enter builds, the target's markers, tags (by what
//! they are computed from) and installed distributions, the indexes and the freshness policy. What
//! the key can't cover, the project pages that were consulted, stands in the memo with a digest each and is checked before the memo
//! counts. Names that the local index answered (pins, and what pins bring in) consult no page, so
//! such a memo needs no network.
//!
//! Where something is installed is no part of a resolution, so that environments share their memos;
//! but pip says it. [`Memo`]s have placeholders for these folders.

use crate::listener::Said;
use crate::plan::{Plan, Step, StepSource};
use crate::request::InstallRequest;
use crate::target::InstalledSet;
use crate::words;
use accel_index::PageState;
use accel_install::interpreter::Interpreter;
use accel_types::{MarkerEnvironment, python_url};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write;

/// Changes whenever [`Memo`] or the meaning of the key does.
const FORMAT: u32 = 6;

/// A resolution as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Memo {
    pub(crate) plan: Plan,
    pub(crate) pages: Vec<PageState>,
    pub(crate) said: Vec<Said>,
    /// pip's text about conflicts with what is installed, if there are any.
    pub(crate) conflicts: Option<String>,
}

impl Memo {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Whether bytes can be read as a remembered resolution, for those who try to break the reading.
pub fn is_memo(bytes: &[u8]) -> bool {
    Memo::read(bytes).is_some()
}

/// What was said, with placeholders for the folders of what is installed.
pub(crate) fn without_folders(said: &[Said], installed: &InstalledSet) -> Vec<Said> {
    let folders = installed.folders();
    let change = |text: &str| {
        folders.iter().enumerate().fold(text.to_owned(), |text, (number, folder)| {
            text.replace(&format!(" in {folder} ("), &placeholder(number))
        })
    };
    said.iter().map(|said| Said { level: said.level, text: change(&said.text) }).collect()
}

/// What was said, with the folders of what is installed here.
pub(crate) fn with_folders(mut said: Vec<Said>, installed: &InstalledSet) -> Vec<Said> {
    let folders = installed.folders();
    for said in said.iter_mut().filter(|said| said.text.contains('\0')) {
        for (number, folder) in folders.iter().enumerate() {
            said.text = said.text.replace(&placeholder(number), &format!(" in {folder} ("));
        }
    }
    said
}

/// What pip says once the wheels are kept that this run has built: nothing of how that was done.
/// `built` has their file names by those of their sdists.
pub(crate) fn of_kept_wheels(said: &[Said], built: &HashMap<String, String>) -> Vec<Said> {
    const STEPS: [&str; 4] = [
        "Installing build dependencies: ",
        "Getting requirements to build wheel: ",
        "Installing backend dependencies: ",
        "Preparing metadata (pyproject.toml): ",
    ];
    let mut kept = Vec::with_capacity(said.len());
    let mut is_of_build = false;
    for said in said {
        let bare = said.text.trim_start();
        let indent = &said.text[..said.text.len() - bare.len()];
        let fetched = bare.strip_prefix(words::DOWNLOADING);
        let fetched = fetched.or_else(|| bare.strip_prefix(words::USING_CACHED));
        let file = fetched.map(|file| file.split(' ').next().unwrap_or(file));
        if let Some(wheel) = file.and_then(|file| built.get(file)) {
            let text = format!("{indent}{}{wheel}", words::USING_CACHED);
            kept.push(Said { level: said.level, text });
            is_of_build = true;
            continue;
        }
        is_of_build = is_of_build && STEPS.iter().any(|step| bare.starts_with(step));
        if !is_of_build {
            kept.push(Said { level: said.level, text: said.text.clone() });
        }
    }
    kept
}

/// No text of pip's has a NUL.
fn placeholder(folder: usize) -> String {
    format!("\0{folder}\0")
}

/// The key of a request for some purpose: a hexadecimal digest.
pub(crate) fn key(
    request: &InstallRequest,
    purpose: &str,
    python: &Interpreter,
    installed: &InstalledSet,
) -> String {
    let text = format!("{purpose} {}", text(request, python.markers(), python, installed));
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// The key under which a fleet shares the answer: of a machine with any kernel.
pub(crate) fn shared_key(
    request: &InstallRequest,
    python: &Interpreter,
    installed: &InstalledSet,
) -> String {
    let markers = MarkerEnvironment {
        platform_release: String::new(),
        platform_version: String::new(),
        ..python.markers().clone()
    };
    let text = format!("shared {}", text(request, &markers, python, installed));
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn text(
    request: &InstallRequest,
    markers: &MarkerEnvironment,
    python: &Interpreter,
    installed: &InstalledSet,
) -> String {
    let mut text = format!(
        "{FORMAT}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        // The text on conflicts is remembered, too.
        request.writing.warn_conflicts,
        request.requirements,
        request.constraints,
        request.build_constraints,
        request.index,
        request.selection,
        request.changes,
        request.dependencies,
        request.require_hashes,
        request.build,
        request.general.build_variables,
        request.target_python,
        markers,
        python.tag_facts(),
    );
    // pip shows local places as seen from the current folder.
    let is_local = |place: &String| !place.starts_with("http");
    if text.contains("file:") || request.index.find_links.iter().any(is_local) {
        let _ = writeln!(text, "{}", request.general.current_dir.display());
    }
    let folders = installed.folders();
    for distribution in installed.distributions() {
        let folder = installed.shown_folder(distribution);
        let folder = folders.iter().position(|known| *known == folder).unwrap_or_default();
        let (name, version) = (distribution.name(), distribution.version_text());
        let _ = writeln!(text, "{name} {version} {folder}");
    }
    text
}

/// Whether the answer is right on every machine of the same kind: it depends on no page, no folder
/// and no kernel, and every file has a digest. `metadata` is of what was chosen.
pub(crate) fn is_for_all(memo: &Memo, request: &InstallRequest, metadata: &[String]) -> bool {
    let of_kernels = |text: &str| {
        text.contains("platform_release")
            || text.contains("platform_version")
            || text.contains("platform.release")
            || text.contains("platform.version")
            || text.contains("os.version")
    };
    let from_index = |step: &Step| match &step.source {
        StepSource::Link(link) => link.url.starts_with("http") && link.sha256().is_some(),
        StepSource::Direct { .. } => false,
    };
    memo.pages.is_empty()
        && memo.plan.is_repeatable()
        && memo.plan.steps.iter().all(from_index)
        && !of_kernels(&format!("{:?}{:?}", request.requirements, request.constraints))
        && !metadata.iter().any(|text| of_kernels(text))
}

/// The same answer without anybody's credentials.
pub(crate) fn without_credentials(mut memo: Memo) -> Memo {
    for step in &mut memo.plan.steps {
        if let StepSource::Link(link) = &mut step.source {
            link.url = python_url::without_credentials(&link.url).into();
            link.comes_from = python_url::without_credentials(&link.comes_from).into();
        }
    }
    memo
}
