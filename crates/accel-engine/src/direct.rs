//! Requirements that name a place: wheels and sdists by URL or path, folders, repositories.

use crate::error::EngineError;
use crate::hashes::PlaceKind;
use crate::session::Session;
use crate::words;
use accel_build::Picture;
use accel_index::{IndexError, KeptArchive};
use accel_io::fs;
use accel_io::vcs::{self, Remote, Stand, VcsError};
use accel_requirements::{DirectLink, VcsUrl};
use accel_types::{ArchiveInfo, Digest, DirInfo, DirectUrl, Hashes, VcsInfo};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a direct requirement turned out to be.
#[derive(Debug)]
pub(crate) struct Obtained {
    /// The URL as given, with its fragment.
    pub(crate) url: String,
    /// Whether it is installed as an editable.
    pub(crate) editable: bool,
    /// The root requirement whose build settings apply.
    pub(crate) root: Option<usize>,
    pub(crate) content: Content,
}

/// The content of a direct requirement.
#[derive(Debug)]
pub(crate) enum Content {
    /// A wheel.
    Wheel(KeptArchive),
    /// A source distribution.
    Sdist(KeptArchive),
    /// A folder of the user's.
    Folder(PathBuf),
    /// A checkout below the run's scratch folder, or in the source folder for editables.
    Checkout {
        /// The folder.
        path: PathBuf,
        /// The commit that is checked out.
        commit: String,
        /// Whether the URL names this very commit, so that it can't come to mean another.
        immutable: bool,
        /// The URL taken apart.
        vcs: Box<VcsUrl>,
    },
}

impl Obtained {
    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&KeptArchive> {
        match &self.content {
            Content::Wheel(file) | Content::Sdist(file) => Some(file),
            Content::Folder(_) | Content::Checkout { .. } => None,
        }
    }

    /// What stands in `direct_url.json` (PEP 610), as pip records it.
    pub(crate) fn direct_url(&self) -> DirectUrl {
        let link = DirectLink { url: self.url.clone() };
        let subdirectory = link.subdirectory().map(str::to_owned);
        let folder = |url: String, editable: Option<bool>| DirectUrl {
            url,
            dir_info: Some(DirInfo { editable }),
            ..DirectUrl::default()
        };
        match &self.content {
            Content::Folder(path) | Content::Checkout { path, .. } if self.editable => {
                let below = subdirectory.as_deref().unwrap_or_default();
                folder(path_to_url(&path.join(below)), Some(true))
            }
            Content::Folder(_) => {
                DirectUrl { subdirectory, ..folder(link.without_fragment().to_owned(), None) }
            }
            Content::Checkout { commit, vcs, .. } => DirectUrl {
                url: vcs.url.clone(),
                vcs_info: Some(VcsInfo {
                    vcs: vcs.kind.name().to_owned(),
                    requested_revision: vcs.revision.clone(),
                    commit_id: commit.clone(),
                }),
                subdirectory,
                ..DirectUrl::default()
            },
            Content::Wheel(file) | Content::Sdist(file) => {
                let digest = link.digest();
                let digest = digest.unwrap_or_else(|| Digest::sha256(file.sha256.clone()));
                let hashes = vec![(digest.algorithm.name().to_owned(), digest.hex.into())];
                DirectUrl {
                    url: link.without_fragment().to_owned(),
                    archive_info: Some(ArchiveInfo { hashes: Some(hashes) }),
                    subdirectory,
                    ..DirectUrl::default()
                }
            }
        }
    }
}

/// What kind of place a URL names, for hash-checking mode.
pub(crate) fn kind_of(url: &str) -> PlaceKind {
    if VcsUrl::parse(url).is_some() {
        PlaceKind::Repository
    } else if local_path(url).is_some_and(fs::is_dir) {
        PlaceKind::Directory
    } else {
        PlaceKind::File
    }
}

/// The path of a `file:` URL.
pub(crate) fn local_path(url: &str) -> Option<PathBuf> {
    let url = url.split('#').next()?;
    url.starts_with("file:").then(|| url::Url::parse(url).ok()?.to_file_path().ok())?
}

fn path_to_url(path: &Path) -> String {
    url::Url::from_file_path(path).map_or_else(|()| path.display().to_string(), String::from)
}

/// Fetches or checks out what `url` names.
pub(crate) fn obtain(
    session: &Session<'_>,
    url: &str,
    editable: bool,
    root: Option<usize>,
) -> Result<Arc<Obtained>, EngineError> {
    let content = match VcsUrl::parse(url) {
        Some(vcs) => checkout(session, vcs?, editable)?,
        None => match local_path(url) {
            Some(path) if fs::is_dir(&path) => Content::Folder(path),
            _ => file(session, url)?,
        },
    };
    Ok(Arc::new(Obtained { url: url.to_owned(), editable, root, content }))
}

fn file(session: &Session<'_>, url: &str) -> Result<Content, EngineError> {
    let mut hashes = Hashes::new();
    if let Some(digest) = (DirectLink { url: url.to_owned() }).digest() {
        hashes.insert(&digest);
    }
    let local = local_path(url).is_some();
    let name = session.index.direct_link(url).filename;
    let there = match session.purpose.destination() {
        Some(destination) => destination.find(&session.voice, &name, &hashes)?,
        None => None,
    };
    if let Some(there) = there {
        return of_kind(there, url);
    }
    let mut kept = session.direct(url, &hashes).inspect_err(|error| {
        if let EngineError::Index(IndexError::HashMismatch { size: Some(size), .. }) = error {
            session.voice.info(&words::fetched(words::file_of(url), Some(*size), true));
        }
    })?;
    if !local && !kept.from_network && session.store.entry(&kept.sha256)?.is_none() {
        // Kept files are not read through before they are used, and this one is used next.
        let whole = fs::sha256_file(&kept.path).is_ok_and(|found| found == kept.sha256);
        if !whole {
            session.index.discard(&kept.sha256)?;
            kept = session.direct(url, &hashes)?;
        }
    }
    if !local {
        session.tell_fetched(url, Some(kept.size), kept.from_network);
    }
    of_kind(kept, url)
}

/// What kind of archive a file is, by its name.
fn of_kind(kept: KeptArchive, url: &str) -> Result<Content, EngineError> {
    let name = kept.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if Path::new(&name).extension().is_some_and(|extension| extension == "whl") {
        Ok(Content::Wheel(kept))
    } else if accel_build::is_sdist(&name) {
        Ok(Content::Sdist(kept))
    } else {
        Err(EngineError::installation(format!(
            "Cannot unpack file {} (downloaded from {url}); cannot detect archive format",
            kept.path.display()
        )))
    }
}

fn checkout(session: &Session<'_>, url: VcsUrl, editable: bool) -> Result<Content, EngineError> {
    let program = url.kind.name();
    let Some(system) = vcs::system(program) else {
        return Err(EngineError::installation(format!("Cannot find command '{program}'")));
    };
    let remote = Remote {
        url: url.url.clone(),
        revision: url.revision.clone(),
        user: url.user.clone(),
        password: url.password.clone(),
    };
    let vcs = Box::new(url);
    if editable {
        let path = session.editable_checkout(vcs.egg.as_deref().unwrap_or("checkout"));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // pip keeps to its usual loudness here.
        let programs = session.programs.clone().verbosity(0);
        vcs::obtain(system, &programs, &path, &remote, &|question, answers| {
            choose(session, question, answers)
        })?;
        return Ok(Content::Checkout { path, commit: String::new(), immutable: false, vcs });
    }
    let path = session.fresh_folder("checkout")?;
    let (commit, stand) = vcs::checkout(system, &session.programs, &path, &remote)?;
    Ok(Content::Checkout { path, commit, immutable: stand == Stand::ForGood, vcs })
}

/// What to do with something that is in the way: what `--exists-action` says, else what the user
/// says.
pub(crate) fn choose(
    session: &Session<'_>,
    question: &str,
    answers: &[&str],
) -> Result<String, String> {
    let general = &session.request.general;
    let known = general.exists_action.iter().find(|action| answers.contains(&action.as_str()));
    if let Some(action) = known {
        return Ok(action.clone());
    }
    loop {
        if general.no_input {
            let what = format!("($PIP_NO_INPUT set); question: {question}");
            return Err(format!("No input was expected {what}"));
        }
        let answer = session.voice.ask(question).ok_or("EOF when reading a line")?;
        let answer = answer.trim().to_lowercase();
        if answers.contains(&answer.as_str()) {
            return Ok(answer);
        }
        session.voice.info(&format!(
            "Your response ('{answer}') was not one of the expected responses: {}",
            answers.join(", ")
        ));
    }
}

/// pip's picture of a program that failed.
pub(crate) fn picture(error: &VcsError) -> Option<Picture> {
    let VcsError::Failed { command, code, output } = error else { return None };
    let context = match output {
        None => "No available output.".to_owned(),
        Some(lines) => {
            format!("[{} lines of output]\n{}[end of output]", lines.len(), lines.concat())
        }
    };
    Some(Picture::of_process(command, *code, context))
}
