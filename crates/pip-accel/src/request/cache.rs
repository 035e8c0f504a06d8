//! `cache`: pip's words about pip's own folder, and ours about what is kept here.

use std::path::PathBuf;

use accel_engine::kept::Limits;

use super::general::cache_root;
use super::{Request, general, quantity};
use crate::args::{LowArgs, Parsed, Stop};
use crate::surroundings::Surroundings;

/// What pip's words ask about pip's folder.
#[derive(Debug, Clone)]
pub enum PipCacheAction {
    /// `dir`.
    Folder,
    /// `info`.
    Sizes,
    /// `list` of a pattern.
    List {
        /// The pattern.
        pattern: String,
        /// `--format abspath`.
        paths: bool,
    },
    /// `remove` of a pattern; `purge` removes `*`.
    Remove(String),
}

/// A request of `cache` about pip's folder.
#[derive(Debug, Clone)]
pub struct PipCacheRequest {
    /// What to do.
    pub action: PipCacheAction,
    /// pip's folder.
    pub folder: PathBuf,
    /// `--verbose` minus `--quiet`.
    pub verbosity: i32,
}

/// What our own words ask about everything that is kept.
#[derive(Debug, Clone, Copy)]
pub enum KeptAction {
    /// `verify`.
    Verify,
    /// `prune`.
    Prune(Limits),
    /// `stats`.
    Stats {
        /// A prune by these is reckoned.
        limits: Limits,
        /// `--json`.
        json: bool,
    },
}

/// A request of `cache` about everything that is kept.
#[derive(Debug, Clone)]
pub struct KeptRequest {
    /// What to do.
    pub action: KeptAction,
    /// The root of everything kept.
    pub root: PathBuf,
    /// `--verbose` minus `--quiet`.
    pub verbosity: i32,
}

/// The request of `cache`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    let refused = |sentence: &str| general::not_critical(options, sentence);
    let Some(folder) = folder(options, surroundings, warnings) else {
        return refused("pip cache commands can not function since cache is disabled.");
    };
    let Some((word, rest)) = parsed.arguments.split_first() else {
        return refused(NO_ACTION);
    };
    if word == "push" && rest.is_empty() {
        return Ok(Request::Push(Box::new(general::general(parsed, surroundings)?)));
    }
    if let Some(action) = kept_action(word, rest, options)? {
        let root = cache_root(parsed, surroundings)?;
        let verbosity = general::shown_verbosity(options);
        return Ok(Request::Kept(KeptRequest { action, root, verbosity }));
    }
    let action = match (word.as_str(), rest) {
        ("dir", []) => PipCacheAction::Folder,
        ("info", []) => PipCacheAction::Sizes,
        ("list", [] | [_]) => PipCacheAction::List {
            pattern: rest.first().map_or_else(|| "*".to_owned(), Clone::clone),
            paths: options.list_format.as_deref() == Some("abspath"),
        },
        ("remove", [pattern]) => PipCacheAction::Remove(pattern.clone()),
        ("remove", []) => return refused("Please provide a pattern"),
        ("purge", []) => PipCacheAction::Remove("*".to_owned()),
        ("dir" | "info" | "list" | "remove" | "purge" | "push", _) => return refused(TOO_MANY),
        _ => return general::no_action(parsed, surroundings, NO_ACTION),
    };
    let verbosity = general::shown_verbosity(options);
    Ok(Request::PipCache(Box::new(PipCacheRequest { action, folder, verbosity })))
}

/// What one of our own words asks; `None` for any other word.
fn kept_action(word: &str, rest: &[String], options: &LowArgs) -> Result<Option<KeptAction>, Stop> {
    let limits = limits(options)?;
    let action = match word {
        "verify" => KeptAction::Verify,
        "prune" if limits == Limits::default() => {
            return Err(Stop::error("Give --max-age, --max-size or both"));
        }
        "prune" => KeptAction::Prune(limits),
        "stats" => KeptAction::Stats { limits, json: options.json },
        _ => return Ok(None),
    };
    if rest.is_empty() { Ok(Some(action)) } else { general::not_critical(options, TOO_MANY) }
}

/// `--max-age` and `--max-size`.
fn limits(options: &LowArgs) -> Result<Limits, Stop> {
    let read =
        |name: &str, text: &Option<String>, parse: fn(&str) -> Option<u64>, example: &str| {
            let Some(text) = super::filled(text.as_ref()) else { return Ok(None) };
            let wrong = || Stop::error(&format!("Not a value of {name}: '{text}' ({example})"));
            parse(text).map(Some).ok_or_else(wrong)
        };
    Ok(Limits {
        max_age: read("--max-age", &options.max_age, quantity::seconds, "such as 12h or 30d")?,
        max_size: read("--max-size", &options.max_size, quantity::bytes, "such as 500M or 1.5G")?,
    })
}

const TOO_MANY: &str = "Too many arguments";

const NO_ACTION: &str = "Need an action (dir, info, list, purge, remove) to perform.";

/// pip's folder, unless it is switched off or somebody else's.
fn folder(
    options: &LowArgs,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Option<PathBuf> {
    if options.no_cache_dir {
        return None;
    }
    let folder = match &options.cache_dir {
        Some(given) if given.is_empty() => return None,
        Some(given) => surroundings.expand_user(given),
        None => {
            let caches =
                surroundings.variable("XDG_CACHE_HOME").filter(|text| !text.trim().is_empty());
            let caches = caches.unwrap_or_else(|| surroundings.expand_user("~/.cache"));
            format!("{}/pip", caches.trim_end_matches('/'))
        }
    };
    let folder = accel_io::fs::real_path(surroundings.current_dir.join(folder));
    if accel_io::fs::is_ours(&folder) {
        return Some(folder);
    }
    warnings.push(format!(
        "The directory '{}' or its parent directory is not owned or is not writable by the current \
         user. The cache has been disabled. Check the permissions and owner of that directory. If \
         executing pip with sudo, you should use sudo's -H flag.",
        folder.display()
    ));
    None
}
