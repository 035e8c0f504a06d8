//! Archives of all kinds and of all malice, against pip's own unpacking.

use accel_io::fs::Scratch;
use std::collections::BTreeMap;
use std::path::Path;

/// Makes the archives named on standard input into a folder, and tells what pip unpacks from each.
const ORACLE: &str = r#"
import io, json, os, stat, sys, tarfile, tempfile, zipfile
from pip._internal.utils.unpacking import unpack_file
folder = sys.stdin.read()
made = []

def tar(name, *members, mode="w", format=tarfile.GNU_FORMAT):
    path = os.path.join(folder, name)
    made.append(name)
    with tarfile.open(path, mode, format=format) as archive:
        for member in members:
            info = tarfile.TarInfo(member[0])
            info.type = member[1] if len(member) > 1 else tarfile.REGTYPE
            info.mtime = 1234567890
            info.mode = 0o755 if member[0].endswith("run") else 0o644
            content = b""
            if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = member[2]
            elif info.type == tarfile.REGTYPE:
                content = (member[2] if len(member) > 2 else member[0]).encode()
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))

D, S, L, C, F = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
plain = [("p-1", D), ("p-1/setup.py",), ("p-1/bin", D), ("p-1/bin/run",)]
for end, mode in (("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz"), ("tar", "w")):
    tar("plain-1." + end, *plain, mode=mode)
tar("gzipped-1.tar", *plain, mode="w:gz")
long = "p-1/" + "d" * 90 + "/" + "f" * 120
tar("gnu-long-1.tar.gz", (long,), ("p-1/l", S, "d" * 90 + "/" + "f" * 120), mode="w:gz")
tar("pax-long-1.tar.gz", (long,), ("p-1/ünï",), mode="w:gz", format=tarfile.PAX_FORMAT)
tar("flat-1.tar", ("setup.py",), ("src/x.py",))
tar("two-1.tar", ("a/x",), ("b/y",))
tar("dotted-1.tar", ("./p/setup.py",), ("./p/x",))
tar("absolute-1.tar", ("/p/setup.py",), ("/p/x",))
tar("absolute-flat-1.tar", ("/setup.py",), ("x/y",))
tar("climbs-1.tar", ("p/../../evil",))
tar("climbs-inside-1.tar", ("p/a", D), ("p/a/../b",), ("p/c",))
tar("climbs-from-root-1.tar", ("../evil",), ("p/x",))
tar("symlink-1.tar", ("p/x",), ("p/l", S, "x"), ("p/d/l", S, "../x"))
tar("symlink-dangling-1.tar", ("p/x",), ("p/l", S, "nothing"))
tar("symlink-absolute-1.tar", ("p/x",), ("p/l", S, "/etc/passwd"))
tar("symlink-out-1.tar", ("p/x",), ("p/l", S, "../../x"))
tar("symlink-beside-1.tar", ("p/x",), ("p/l", S, "../p/x"))
tar("symlink-through-1.tar", ("p/x",), ("p/d", S, "."), ("p/d/e", S, ".."), ("p/d/e/evil",))
tar("symlink-folder-1.tar", ("p/sub", D), ("p/d", S, "sub"), ("p/d/file",))
tar("hardlink-1.tar", ("p/x",), ("p/h", L, "p/x"))
tar("hardlink-flat-1.tar", ("x",), ("s/h", L, "x"))
tar("hardlink-out-1.tar", ("p/x",), ("p/h", L, "../climb"))
tar("hardlink-absolute-1.tar", ("p/x",), ("p/h", L, "/etc/passwd"))
tar("hardlink-symlink-1.tar", ("p/x",), ("p/s", S, "x"), ("p/h", L, "p/s"))
tar("device-1.tar", ("p/x",), ("p/null", C))
tar("pipe-1.tar", ("p/x",), ("p/pipe", F))
tar("twice-1.tar", ("p/x", tarfile.REGTYPE, "one"), ("p/x", tarfile.REGTYPE, "two"))
tar("file-only-1.tar", ("p",))
tar("empty-1.tar")
made.append("remark-1.tar")
with tarfile.open(os.path.join(folder, "remark-1.tar"), "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "x"}) as archive:
    info = tarfile.TarInfo("p/setup.py"); info.mtime = 1234567890
    archive.addfile(info)
for name, members in {
    "plain-1.zip": ["p/setup.py", "p/d/", "p/d/x"],
    "flat-1.zip": ["setup.py", "d/x"],
    "climbs-1.zip": ["p/x", "p/../../evil"],
    "climbs-from-root-1.zip": ["p/x", "../evil"],
}.items():
    made.append(name)
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for member in members:
            archive.writestr(member, member)

def look(top):
    seen = {}
    for here, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(here, name)
            info = os.lstat(path)
            shown = os.path.relpath(path, top)
            if stat.S_ISLNK(info.st_mode):
                seen[shown] = "link " + os.readlink(path)
            elif stat.S_ISDIR(info.st_mode):
                seen[shown] = "folder"
            else:
                dated = "dated" if info.st_mtime == 1234567890 else "new"
                seen[shown] = "%o %s %s" % (stat.S_IMODE(info.st_mode), dated, open(path).read())
    return seen

answers = {}
for name in made:
    with tempfile.TemporaryDirectory() as top:
        try:
            unpack_file(os.path.join(folder, name), top)
            answers[name] = [look(top), ""]
        except Exception as error:
            answers[name] = [None, str(error).replace(os.path.realpath(top), "DEST")]
print(json.dumps(answers))
"#;

type Tree = BTreeMap<String, String>;

fn look(top: &Path, below: &Path, seen: &mut Tree) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        let shown = path.strip_prefix(top).unwrap().display().to_string();
        let what = if meta.is_symlink() {
            format!("link {}", path.read_link().unwrap().display())
        } else if meta.is_dir() {
            look(top, &path, seen);
            "folder".to_owned()
        } else {
            let dated = accel_io::fs::mtime_seconds(&meta) == 1_234_567_890;
            let mode = meta.permissions().mode() & 0o7777;
            let dated = if dated { "dated" } else { "new" };
            format!("{mode:o} {dated} {}", std::fs::read_to_string(&path).unwrap())
        };
        seen.insert(shown, what);
    }
}

#[test]
fn archives_are_unpacked_or_refused_as_by_pip() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let input = folder.path().display().to_string();
    let answers = accel_testkit::real_pip::script(ORACLE, input.as_bytes());
    let answers: BTreeMap<String, (Option<Tree>, String)> =
        serde_json::from_slice(&answers).unwrap();
    let mut differences = Vec::new();
    for (name, (theirs, reason)) in &answers {
        let scratch = folder.path().join(format!("scratch-{name}"));
        let ours = accel_build::unpack(&folder.path().join(name), &scratch);
        let dest = scratch.join("source").display().to_string();
        match (ours, theirs) {
            (Ok(root), Some(theirs)) => {
                let mut seen = Tree::new();
                look(&root, &root, &mut seen);
                if seen != *theirs {
                    differences.push(format!("{name}: {seen:?}\n  pip: {theirs:?}"));
                }
            }
            (Err(error), None) => {
                let words = error.to_string().replace(&dest, "DEST");
                // Where it would lead to depends on where the two unpack.
                let shape = |words: &str| words.split(" to '/").next().map(str::to_owned);
                if reason.starts_with("Invalid member") && shape(&words) != shape(reason) {
                    differences.push(format!("{name}: {words}\n  pip: {reason}"));
                }
            }
            (ours, _) => differences.push(format!("{name}: {ours:?}\n  pip: {theirs:?} {reason}")),
        }
        assert!(!folder.path().join("evil").exists() && !scratch.join("evil").exists());
    }
    assert!(answers.len() > 30);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
