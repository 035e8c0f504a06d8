//! A folder full of files, read by us and by pip.

use std::io;
use std::path::{Path, PathBuf};

use accel_requirements::{
    ConfigValue, Fetched, Origin, PathKind, RequirementInput, RequirementsError, Source, url_text,
};
use accel_types::NameSet;
use serde_json::{Map, Value, json};

/// A real folder as the current directory.
pub struct Folder(pub PathBuf, String);

impl Folder {
    pub fn new(path: &Path) -> Self {
        let path = path.canonicalize().unwrap();
        let text = path.to_str().unwrap().to_owned();
        Self(path, text)
    }
}

/// Variables that both sides see.
pub const VARIABLES: [(&str, &str); 3] =
    [("REQ_NAME", "alpha"), ("REQ_HASH", "x#y"), ("REQ_EMPTY", "")];

impl Source for Folder {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }

    fn fetch(&self, url: &str) -> Result<Fetched, RequirementsError> {
        let path = url_text::url_to_path(url).unwrap();
        std::fs::read(path).map(|body| Fetched { body, content_type: None }).map_err(|_| {
            RequirementsError::Installation(format!(
                "404 Client Error: FileNotFoundError for url: {url}"
            ))
        })
    }

    fn kind(&self, path: &str) -> PathKind {
        match std::fs::metadata(self.0.join(path)) {
            Err(_) => PathKind::Missing,
            Ok(found) if found.is_dir() => PathKind::Directory,
            Ok(_) => PathKind::File,
        }
    }

    fn current_dir(&self) -> &str {
        &self.1
    }

    fn variable(&self, name: &str) -> Option<String> {
        VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn locale_encoding(&self) -> &'static str {
        "UTF-8"
    }
}

pub fn names(set: &NameSet) -> Value {
    let mut names: Vec<&str> = set.names.iter().map(accel_types::PackageName::as_str).collect();
    if set.all {
        names.push(":all:");
    }
    names.sort_unstable();
    json!(names)
}

/// A requirement as the oracle's script shows pip's.
pub fn shown(input: &RequirementInput) -> Value {
    let hashes = input.hashes.iter().fold(Map::new(), |mut map, (algorithm, hex)| {
        let list = map.entry(algorithm.name()).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(json!(hex));
        map
    });
    let settings: Map<String, Value> = input
        .config_settings
        .entries
        .iter()
        .map(|(key, value)| match value {
            ConfigValue::One(one) => (key.clone(), json!(one)),
            ConfigValue::Many(many) => (key.clone(), json!(many)),
        })
        .collect();
    let extras: Vec<&str> = input.extras.iter().map(accel_types::ExtraName::as_str).collect();
    json!({
        "req": input.requirement.as_ref().map(ToString::to_string),
        "link": input.link().map(|link| link.url.clone()),
        "vcs": matches!(input.origin, Origin::Vcs { .. }),
        "extras": extras,
        "marker": input.marker.as_ref().map(ToString::to_string),
        "editable": input.editable,
        "constraint": input.constraint,
        "user_supplied": input.user_supplied,
        "comes_from": input.comes_from,
        "hashes": hashes,
        "config_settings": settings,
    })
}

/// An error as the oracle's script shows pip's; deaths by traceback are not compared word by word.
pub fn shown_error(error: &RequirementsError) -> Value {
    match error {
        RequirementsError::Crash(_)
        | RequirementsError::Unreadable(_)
        | RequirementsError::Encoding { .. } => {
            json!({ "error": "crash" })
        }
        RequirementsError::Diagnostic { reference, message, .. } => {
            json!({ "error": format!("{reference}: {message}") })
        }
        other => json!({ "error": other.to_string() }),
    }
}

/// The part of the script that both tests share.
pub const PRELUDE: &str = r#"
import json, logging, os, sys, urllib.parse
sys.argv = ["pip"]
sys.stderr = open(os.devnull, "w")
given = json.load(sys.stdin)
os.environ.update(given["variables"])
os.chdir(given["folder"])
from pip._internal.exceptions import PipError, DiagnosticPipError
from pip._internal.req.constructors import (
    install_req_from_parsed_requirement, install_req_from_line, install_req_from_editable)
from pip._vendor.packaging.utils import canonicalize_name
warnings = []
class Keep(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            warnings.append(record.getMessage())
logging.getLogger().addHandler(Keep())

def shown(r):
    return dict(req=str(r.req) if r.req else None, link=r.link.url if r.link else None,
        vcs=bool(r.link and r.link.is_vcs), extras=sorted({canonicalize_name(e) for e in r.extras}),
        marker=str(r.markers) if r.markers else None, editable=r.editable, constraint=r.constraint,
        user_supplied=r.user_supplied, comes_from=r.comes_from,
        hashes={a: sorted(set(d)) for a, d in r.hash_options.items()},
        config_settings=r.config_settings or {})

def failed(e):
    if isinstance(e, DiagnosticPipError):
        return dict(error=f"{e.reference}: {e.message}".replace("\\[", "["))
    if isinstance(e, PipError):
        return dict(error=str(e))
    return dict(error="crash")
"#;

/// Runs a script after the prelude and reads its JSON.
pub fn ask(folder: &Folder, script: &str, cases: &Value) -> Value {
    let variables: Map<String, Value> =
        VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let given = json!({ "folder": folder.current_dir(), "variables": variables, "cases": cases });
    let source = format!("{PRELUDE}{script}");
    let answer = accel_testkit::real_pip::script(&source, given.to_string().as_bytes());
    serde_json::from_slice(&answer).unwrap()
}
