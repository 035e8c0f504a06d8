//! What a power cut took from installed distributions.
//!
//! Names, sizes and attributes reach the disk in their order, the contents of files later: after a cut
//! an environment is as it stood at some earlier moment, with files of the last seconds empty or cut
//! short. So each file of a distribution whose `.dist-info` was made in the time in question is held
//! against the size that RECORD gives for it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use accel_io::digest;
use accel_io::fs::{self, EntryKind};
use accel_types::{DirectUrl, record};

use crate::mark;

/// The attribute of a `.dist-info` that tells what was installed: the 32 bytes of the wheel's SHA-256,
/// then the text of `direct_url.json`.
const SOURCE: &str = "user.pip-accel.wheel";
/// Bytes of a SHA-256.
const DIGEST: usize = 32;
/// What ends early ends with a block, the smallest of which has this size.
const BLOCK: u64 = 512;
/// Clocks are set, and a change takes its time.
const SLACK: i64 = 60;

/// A distribution that has lost something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its name and version, by the name of its `.dist-info`.
    pub name: String,
    /// See there.
    pub version: String,
    /// Its `.dist-info`.
    pub info: PathBuf,
    /// The first file that is not what it was.
    pub file: PathBuf,
    /// SHA-256 of the wheel that was installed, if that is known.
    pub wheel: Option<String>,
    /// Whether a URL or a path was installed, and which, if that is known.
    pub direct: Option<Option<DirectUrl>>,
    /// Whether the user asked for it.
    pub requested: bool,
}

impl Lost {
    /// `NAME==VERSION`
    pub fn pin(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }

    /// The text of `direct_url.json`.
    pub fn direct_url_text(&self) -> Option<String> {
        self.direct.as_ref()?.as_ref().map(DirectUrl::to_json)
    }

    /// Whether it still lacks something.
    pub fn is_lost(&self) -> bool {
        fs::is_dir(&self.info) && first_lost(&self.info).is_some()
    }
}

/// An environment that was changed in an earlier start of the machine, and not looked at since.
#[derive(Debug)]
pub struct Unseen {
    purelib: PathBuf,
    platlib: PathBuf,
    since: i64,
    looked: i64,
}

impl Unseen {
    /// Asks for the mark of an environment: one system call if there is none. Where the file system has
    /// no attributes nothing is known.
    pub fn of(purelib: &Path, platlib: &Path) -> Option<Self> {
        let since = mark::earlier_change(purelib)?;
        let (purelib, platlib) = (purelib.to_owned(), platlib.to_owned());
        Some(Self { purelib, platlib, since, looked: fs::seconds_now() })
    }

    /// The distributions of that time that have lost something.
    pub fn lost(&self) -> Vec<Lost> {
        let mut lost = Vec::new();
        let twice = self.platlib == self.purelib;
        for folder in [&self.purelib, &self.platlib].into_iter().take(if twice { 1 } else { 2 }) {
            for entry in fs::read_dir(folder).unwrap_or_default() {
                let name = entry.name.to_str().and_then(|name| name.strip_suffix(".dist-info"));
                let Some((name, version)) = name.and_then(|name| name.split_once('-')) else {
                    continue;
                };
                let info = folder.join(&entry.name);
                let changed = fs::symlink_metadata(&info).map_or(0, |found| found.ctime());
                if entry.kind != EntryKind::Directory || changed < self.since - SLACK {
                    continue;
                }
                if let Some(file) = first_lost(&info) {
                    lost.push(described(name, version, info, file));
                }
            }
        }
        lost
    }

    /// Everything is there, or was brought back: nobody has to look again.
    pub fn settle(&self) {
        mark::settle(&self.purelib, self.looked);
    }
}

/// Notes at a `.dist-info` what is installed with it, so that it can be brought back.
pub(crate) fn note_source(info: &Path, wheel_sha256: &str, direct_url: Option<&str>) {
    let Some(mut value) = digest::from_hex(wheel_sha256) else { return };
    value.extend_from_slice(direct_url.unwrap_or_default().as_bytes());
    // What is too long, or not possible there, is not known later.
    fs::set_attribute(info, SOURCE, &value);
}

fn described(name: &str, version: &str, info: PathBuf, file: PathBuf) -> Lost {
    let source = fs::attribute(&info, SOURCE).filter(|value| value.len() >= DIGEST);
    let (wheel, noted) = match &source {
        Some(value) => (Some(digest::hex(&value[..DIGEST])), value[DIGEST..].to_vec()),
        None => (None, Vec::new()),
    };
    let written = fs::read_if_exists(info.join("direct_url.json")).ok().flatten();
    let texts = [Some(noted), written.clone()].into_iter().flatten();
    let mut known = texts.filter_map(|text| DirectUrl::from_json(str::from_utf8(&text).ok()?).ok());
    let direct = known.next().map(Some).or_else(|| written.map(|_| None));
    let requested = fs::exists(info.join("REQUESTED"));
    let (name, version) = (name.replace('_', "-"), version.to_owned());
    Lost { name, version, info, file, wheel, direct, requested }
}

/// The first file of a distribution that is missing, empty or cut short.
fn first_lost(info: &Path) -> Option<PathBuf> {
    let record = info.join("RECORD");
    // Without one it is none of ours.
    let bytes = fs::read_if_exists(&record).ok().flatten()?;
    let folder = info.parent()?;
    let whole = str::from_utf8(&bytes).ok().filter(|text| text.ends_with('\n'));
    let Some(rows) = whole.and_then(|text| record::parse(text).ok()) else { return Some(record) };
    for row in &rows {
        let path = folder.join(&row.path);
        let bytecode = path.extension().is_some_and(|extension| extension == "pyc");
        let recorded = row.size.parse::<u64>().ok();
        let lost = match fs::symlink_metadata(&path) {
            Ok(found) => found.is_file() && is_cut(found.len(), recorded, bytecode),
            // Whoever removes bytecode does no harm.
            Err(error) => error.is_not_found() && !bytecode,
        };
        if lost {
            return Some(path);
        }
    }
    None
}

/// Whether a file lacks its end. What somebody has edited has another size, too, and stays.
fn is_cut(size: u64, recorded: Option<u64>, bytecode: bool) -> bool {
    match recorded {
        Some(recorded) => size < recorded && size.is_multiple_of(BLOCK),
        None => size == 0 && bytecode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(lib: &Path) -> PathBuf {
        let info = lib.join("a_b-1.0.dist-info");
        fs::create_dir(&info).unwrap();
        fs::write(lib.join("a.py"), "x = 1\n").unwrap();
        fs::write(lib.join("a.pyc"), "0123").unwrap();
        fs::write(info.join("REQUESTED"), "").unwrap();
        let record = "a.py,sha256=x,6\r\na.pyc,,\r\n\
                      a_b-1.0.dist-info/RECORD,,\r\na_b-1.0.dist-info/REQUESTED,sha256=y,0\r\n";
        fs::write(info.join("RECORD"), record).unwrap();
        info
    }

    #[test]
    fn what_is_empty_or_cut_short_is_found_and_edits_are_not() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let lib = scratch.path();
        let info = distribution(lib);
        let unseen = Unseen {
            purelib: lib.to_owned(),
            platlib: lib.to_owned(),
            since: fs::seconds_now(),
            looked: fs::seconds_now(),
        };
        assert_eq!(unseen.lost(), []);
        fs::write(lib.join("a.py"), "x =").unwrap();
        assert_eq!(unseen.lost(), []);
        for (path, text) in [
            (lib.join("a.py"), "x = 1\n"),
            (lib.join("a.pyc"), "0123"),
            (info.join("RECORD"), &*fs::read_to_string(info.join("RECORD")).unwrap()),
        ] {
            fs::write(&path, "").unwrap();
            let lost = unseen.lost();
            assert_eq!((&lost[0].file, lost[0].pin()), (&path, "a-b==1.0".to_owned()));
            assert!(lost[0].requested && lost[0].is_lost() && lost[0].direct.is_none());
            fs::write(&path, text).unwrap();
            assert!(!lost[0].is_lost());
        }
        fs::remove_file(lib.join("a.pyc")).unwrap();
        assert_eq!(unseen.lost(), []);
        fs::remove_file(lib.join("a.py")).unwrap();
        assert_eq!(unseen.lost().len(), 1);
        let later = Unseen { since: fs::seconds_now() + 2 * SLACK, ..unseen };
        assert_eq!(later.lost(), []);
    }

    #[test]
    fn what_was_installed_is_known_though_every_file_is_empty() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let info = distribution(scratch.path());
        let url = r#"{"archive_info": {}, "url": "https://x/y.whl"}"#;
        fs::write(info.join("direct_url.json"), "").unwrap();
        let lost = || described("a_b", "1.0", info.clone(), info.join("RECORD"));
        assert_eq!(lost().direct, Some(None));
        note_source(&info, &"ab".repeat(32), Some(url));
        if lost().wheel.is_some() {
            assert_eq!(lost().wheel, Some("ab".repeat(32)));
            assert_eq!(lost().direct_url_text().as_deref(), Some(url));
        }
    }

    #[test]
    fn an_environment_of_this_start_needs_no_look() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let lib = scratch.path();
        mark::before_change(lib);
        assert!(Unseen::of(lib, lib).is_none());
        if fs::set_attribute(lib, "user.pip-accel.changed", b"another 10") {
            mark::before_change(lib);
            let unseen = Unseen::of(lib, lib).unwrap();
            assert_eq!(unseen.since, 16);
            unseen.settle();
            assert!(Unseen::of(lib, lib).is_none());
        }
    }
}
