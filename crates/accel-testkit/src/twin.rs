//! Two installations of the same things, by this program and by the real pip, compared file by file.
//!
//! What may differ is what [`Allowance`] lists, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use sha2::Digest as _;

/// A difference that is no fault, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowance {
    /// Scripts, `pyvenv.cfg` and activate scripts name the environment that they stand in: files that
    /// are equal once each folder's own path is taken out are equal.
    OwnPath,
    /// The RECORD row of a file with any other allowance: each row must fit the file beside it.
    RecordOfAllowed,
    /// A `.pyc` file has its source's time in its header, and the path that it was compiled at and
    /// marks for shared objects, which depend on reference counts, in its code. Magic number and
    /// flags must be equal, each header must fit the source beside it, and the code must compare
    /// equal, which looks at everything but the path.
    Bytecode,
    /// Bytecode of the scripts that get the interpreter's path into their first line (of a wheel's
    /// `.data/scripts`, where their name ends with `.py`) was compiled before that, once for all
    /// environments: its header fits the script as it was in the wheel. Python never reads it.
    /// Only below `bin`.
    ScriptBytecode,
    /// Shared objects that each side compiled itself, in a folder with a random name: debugging
    /// sections and build ids name that folder. Only with [`Twins::built`].
    BuiltHere,
}

/// Two folders to compare. Times of files are not compared: pip leaves the moment of installing, this
/// program a time that depends on the wheel only.
#[derive(Debug, Clone, Copy)]
pub struct Twins<'a> {
    /// The folder that this program worked in.
    pub ours: &'a Path,
    /// The folder that the real pip worked in. Its path is as long as that of `ours`, so that sizes
    /// are equal.
    pub theirs: &'a Path,
    /// The part of both that is compared; relative, empty for all.
    pub below: &'a str,
    /// The interpreter that both were installed for; it reads the bytecode.
    pub python: &'a Path,
    /// Whether [`Allowance::BuiltHere`] applies.
    pub built: bool,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Folder { mode: u32 },
    File { mode: u32 },
    Link { target: String },
}

impl Twins<'_> {
    /// Everything that differs and may not, one line each; empty if the two are equal.
    pub fn differences(&self) -> Vec<String> {
        let lengths = [self.ours, self.theirs].map(|path| path.as_os_str().len());
        assert_eq!(lengths[0], lengths[1], "paths of different length: sizes would differ");
        let [ours, theirs] = [self.ours, self.theirs].map(|root| tree(root, self.below));
        let mut differences = Vec::new();
        for path in ours.keys().filter(|path| !theirs.contains_key(*path)) {
            differences.push(format!("{path}: only ours"));
        }
        let mut records = Vec::new();
        let mut bytecode = Vec::new();
        let mut allowed = BTreeMap::new();
        for (path, theirs) in &theirs {
            let Some(ours) = ours.get(path) else {
                differences.push(format!("{path}: only pip's"));
                continue;
            };
            if ours != theirs && self.without_paths(ours) != self.without_paths(theirs) {
                differences.push(format!("{path}: ours is {ours:?}, pip's is {theirs:?}"));
            }
            let (Kind::File { .. }, Kind::File { .. }) = (ours, theirs) else { continue };
            if path.ends_with(".dist-info/RECORD") {
                records.push(path);
            } else if has_extension(path, "pyc") {
                bytecode.push(path.as_str());
            } else {
                match self.contents(path) {
                    Ok(None) => {}
                    Ok(Some(allowance)) => drop(allowed.insert(path.clone(), allowance)),
                    Err(difference) => differences.push(format!("{path}: {difference}")),
                }
            }
        }
        for path in records {
            differences.extend(self.record(path, &allowed));
        }
        differences.extend(self.bytecode(&bytecode));
        differences
    }

    fn without_paths(&self, kind: &Kind) -> Kind {
        match kind {
            Kind::Link { target } => {
                let target = without(target.as_bytes(), self.ours);
                let target = without(&target, self.theirs);
                Kind::Link { target: String::from_utf8_lossy(&target).into_owned() }
            }
            _ => kind.clone(),
        }
    }

    /// Compares two files byte by byte.
    fn contents(&self, path: &str) -> Result<Option<Allowance>, String> {
        let (ours, theirs) = (read(self.ours, path), read(self.theirs, path));
        if ours == theirs {
            return Ok(None);
        }
        let [ours, theirs] = [without(&ours, self.ours), without(&theirs, self.theirs)];
        if ours == theirs {
            return Ok(Some(Allowance::OwnPath));
        }
        if self.built && has_extension(path, "so") {
            return Ok(Some(Allowance::BuiltHere));
        }
        Err(match (String::from_utf8(ours), String::from_utf8(theirs)) {
            (Ok(ours), Ok(theirs)) => first_different_line(&ours, &theirs),
            _ => "contents differ".to_owned(),
        })
    }

    /// Compares two RECORD files row by row.
    fn record(&self, path: &str, allowed: &BTreeMap<String, Allowance>) -> Vec<String> {
        let texts = [self.ours, self.theirs].map(|root| {
            String::from_utf8(without(&read(root, path), root)).expect("RECORD is UTF-8")
        });
        let base = Path::new(path).ancestors().nth(2).unwrap_or(Path::new(""));
        let counts = texts.each_ref().map(|text| text.split('\n').count());
        let mut differences = Vec::new();
        if counts[0] != counts[1] {
            let [ours, theirs] =
                texts.each_ref().map(|text| text.split('\n').collect::<BTreeSet<_>>());
            for row in ours.symmetric_difference(&theirs) {
                differences.push(format!("{path}: row {row:?} on one side only"));
            }
            return differences;
        }
        for (ours, theirs) in texts[0].split('\n').zip(texts[1].split('\n')) {
            if ours == theirs {
                continue;
            }
            let rows = [ours, theirs].map(|row| row.trim_end().rsplitn(3, ',').collect::<Vec<_>>());
            let name = rows[0].last().copied().unwrap_or_default();
            let file = self.recorded(base, name);
            let same = rows[1].last() == rows[0].last();
            let fits = [self.ours, self.theirs]
                .into_iter()
                .zip(&rows)
                .all(|(root, row)| row.len() == 3 && fits(&read(root, &file), row[1], row[0]));
            if !(same && fits && allowed.contains_key(&file)) {
                differences.push(format!("{path}: ours has {ours:?}, pip's has {theirs:?}"));
            }
        }
        differences
    }

    /// The file that a row of RECORD means. With `--target` pip writes where files were before it
    /// moved them: two folders up, though they are beside.
    fn recorded(&self, base: &Path, name: &str) -> String {
        let file = cleaned(&base.join(name));
        if self.theirs.join(&file).exists() {
            return file;
        }
        cleaned(&base.join(name.trim_start_matches("../")))
    }

    /// Compares bytecode with the interpreter that it is for.
    fn bytecode(&self, paths: &[&str]) -> Vec<String> {
        if paths.is_empty() {
            return Vec::new();
        }
        let request = serde_json::json!([self.ours, self.theirs, paths]).to_string();
        let mut child = Command::new(self.python)
            .args(["-B", "-E", "-s", "-S", "-c", BYTECODE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(request.as_bytes()).expect("the interpreter reads");
        drop(stdin);
        let finished = child.wait_with_output().expect("the interpreter ends");
        assert!(finished.status.success(), "comparing bytecode failed");
        String::from_utf8_lossy(&finished.stdout).lines().map(str::to_owned).collect()
    }
}

/// Reads pairs of `.pyc` files: [`Allowance::Bytecode`] as a program, for Python 2 and 3.
const BYTECODE: &str = r#"
import json, marshal, os, struct, sys
roots, paths = (lambda q: (q[:2], q[2]))(json.load(sys.stdin))
header = 16 if sys.version_info >= (3, 7) else 12 if sys.version_info >= (3, 3) else 8
def source(path):
    folder, name = os.path.split(path)
    if os.path.basename(folder) == "__pycache__":
        return os.path.join(os.path.dirname(folder), name.rsplit(".", 2)[0] + ".py")
    return path[:-1]
def read(path):
    with open(path, "rb") as file:
        return file.read()
for path in paths:
    found = [read(os.path.join(root, path)) for root in roots]
    if found[0][:4] != found[1][:4] or (header == 16 and found[0][4:8] != found[1][4:8]):
        print(path + ": magic number or flags differ")
        continue
    for root, data, whose in zip(roots, found, ("ours", "pip's")):
        if whose == "ours" and os.path.basename(os.path.dirname(os.path.dirname(path))) == "bin":
            continue
        try:
            facts = os.stat(os.path.join(root, source(path)))
        except OSError:
            continue
        times = struct.unpack("<L", data[header - 8:header - 4] if header > 8 else data[4:8])[0]
        if times != int(facts.st_mtime) & 0xffffffff:
            print(path + ": " + whose + " is older or newer than its source")
        if header > 8 and struct.unpack("<L", data[header - 4:header])[0] != facts.st_size & 0xffffffff:
            print(path + ": " + whose + " is for a source of another size")
    if found[0][header:] != found[1][header:]:
        if marshal.loads(found[0][header:]) != marshal.loads(found[1][header:]):
            print(path + ": code differs")
"#;

/// All files, folders and links below a folder by relative path.
fn tree(root: &Path, below: &str) -> BTreeMap<String, Kind> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join(below)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("could not list {}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry").path();
            let facts = std::fs::symlink_metadata(&path).expect("facts of a file");
            let mode = facts.permissions().mode() & 0o7777;
            let kind = if facts.is_dir() {
                folders.push(path.clone());
                Kind::Folder { mode }
            } else if facts.is_symlink() {
                let target = std::fs::read_link(&path).expect("a link");
                Kind::Link { target: target.display().to_string() }
            } else {
                Kind::File { mode }
            };
            let relative = path.strip_prefix(root).expect("below the root");
            found.insert(relative.display().to_string(), kind);
        }
    }
    found
}

/// Relative paths of all files and folders below a folder: to see what an action leaves behind.
pub fn listing(root: &Path) -> BTreeSet<String> {
    tree(root, "").into_keys().collect()
}

fn read(root: &Path, path: &str) -> Vec<u8> {
    let path = root.join(path);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()))
}

/// The bytes with every mention of a folder's path replaced.
fn without(bytes: &[u8], folder: &Path) -> Vec<u8> {
    let folder = folder.as_os_str().as_encoded_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(folder) {
            result.extend_from_slice(b"@ROOT@");
            at += folder.len();
        } else {
            result.push(bytes[at]);
            at += 1;
        }
    }
    result
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn fits(contents: &[u8], hash: &str, size: &str) -> bool {
    let digest = sha2::Sha256::digest(contents);
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    hash == format!("sha256={digest}") && size == contents.len().to_string()
}

/// The path with its `..` taken out.
fn cleaned(path: &Path) -> String {
    let mut parts: Vec<&std::ffi::OsStr> = Vec::new();
    for part in path {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.iter().collect::<std::path::PathBuf>().display().to_string()
}

fn first_different_line(ours: &str, theirs: &str) -> String {
    let mut lines = ours.split('\n').zip(theirs.split('\n'));
    match lines.find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) => format!("ours has {ours:?}, pip's has {theirs:?}"),
        None => "one is longer than the other".to_owned(),
    }
}
