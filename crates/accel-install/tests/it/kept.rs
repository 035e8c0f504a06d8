//! Kept wheels as the store would make them, and environments to put them into.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_install::install::{Job, KeptBytecode, Layout};
use accel_install::scheme::Scheme;
use accel_install::uninstall::{Subject, Surroundings, UninstallPlan};
use accel_io::fs;
use accel_io::link::LinkMode;
use accel_testkit::real_pip;
use accel_types::manifest::{
    ArchivedBytecode, ArchivedManifest, Area, Bytecode, BytecodeFile, Launcher, Manifest,
    ManifestFile, ManifestRecord, fixed_mtime,
};
use rkyv::rancor::Error;
use rkyv::util::AlignedVec;
use serde_json::Value;

/// Unpacks a wheel and compiles it; prints what the manifest needs.
const UNPACK: &str = r"
import base64, compileall, csv, hashlib, io, json, os, sys, zipfile
import configparser
asked = json.load(sys.stdin)
wheel, tree, compiled = asked['wheel'], asked['tree'], asked['compiled']
sha = hashlib.sha256(open(wheel, 'rb').read()).hexdigest()
mtime = 1577836800 + int(sha[:8], 16) % 94608000
files, points = [], []
with zipfile.ZipFile(wheel) as z:
    names = [n for n in z.namelist() if not n.endswith('/')]
    info = next(n.split('/')[0] for n in names if n.split('/')[0].endswith('.dist-info'))
    record = list(csv.reader(io.StringIO(z.read(info + '/RECORD').decode())))
    rows = {}
    for row in record:
        rows.setdefault(row[0], row)
    metadata = z.read(info + '/METADATA').decode()
    root = 'Root-Is-Purelib: true' in z.read(info + '/WHEEL').decode()
    if info + '/entry_points.txt' in names:
        p = configparser.ConfigParser(delimiters='=')
        p.optionxform = str
        p.read_string(z.read(info + '/entry_points.txt').decode())
        for group in ('console_scripts', 'gui_scripts'):
            if p.has_section(group):
                points += [[group, n, v] for n, v in p.items(group)]
    used = set()
    for name in names:
        if name == info + '/RECORD':
            continue
        first, *rest = name.split('/')
        area, path = 'Lib', name
        if first.endswith('.data'):
            key, path = rest[0], '/'.join(rest[1:])
            own = 'purelib' if root else 'platlib'
            area = {'scripts': 'Scripts', 'data': 'Data', 'headers': 'Headers', own: 'Lib'}.get(key, 'OtherLib')
            if area == 'Scripts' and path in [p[1] for p in points]:
                continue
        data = z.read(name)
        mode = z.getinfo(name).external_attr >> 16
        target = os.path.join(tree, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'wb') as f:
            f.write(data)
        executable = bool(mode & 0o111)
        os.chmod(target, 0o755 if executable else 0o644)
        os.utime(target, (mtime, mtime))
        row = rows.get(name, [name, '', ''])
        used.add(name)
        files.append(dict(source=name, area=area, path=path, size=len(data), mtime=mtime, executable=executable,
            hash=row[1], length=row[2], python=area == 'Scripts' and data.startswith(b'#!python')))
others = []
for row in record:
    if row[0] in used:
        used.remove(row[0])
    else:
        others.append(row)
pycs = []
for f in files:
    if f['path'].endswith('.py') and f['area'] in ('Lib', 'OtherLib', 'Scripts', 'Data', 'Headers'):
        source = os.path.join(tree, f['source'])
        cached = os.path.join(os.path.dirname(f['path']), '__pycache__',
            os.path.basename(f['path'])[:-3] + '.' + sys.implementation.cache_tag + '.pyc')
        target = os.path.join(compiled, f['area'], cached)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        import py_compile
        try:
            py_compile.compile(source, target, doraise=True)
        except py_compile.PyCompileError:
            continue
        os.chmod(target, 0o644)
        os.utime(target, (mtime, mtime))
        pycs.append(dict(source=f['area'] + '/' + cached, area=f['area'], path=cached, size=os.path.getsize(target)))
head = dict(line.split(': ', 1) for line in metadata.split('\n\n')[0].splitlines())
json.dump(dict(sha=sha, info=info, root=root, name=head['Name'], version=head['Version'], files=files, points=points,
    record=[(r + ['', ''])[:3] for r in others], pycs=pycs), sys.stdout)
";

/// A kept wheel with its bytecode.
pub(crate) struct KeptWheel {
    manifest: AlignedVec,
    bytecode: AlignedVec,
    pub(crate) tree: PathBuf,
    pub(crate) compiled: PathBuf,
    name: String,
    requirement: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn area(value: &Value) -> Area {
    match value.as_str().unwrap() {
        "Scripts" => Area::Scripts,
        "Data" => Area::Data,
        "Headers" => Area::Headers,
        "OtherLib" => Area::OtherLib,
        _ => Area::Lib,
    }
}

impl KeptWheel {
    /// Unpacks `wheel` into a folder below `store`.
    pub(crate) fn new(wheel: &Path, store: &Path) -> Self {
        let entry = store.join(wheel.file_name().unwrap());
        let (tree, compiled) = (entry.join("tree"), entry.join("compiled"));
        fs::create_dir_all(&tree).unwrap();
        fs::create_dir_all(&compiled).unwrap();
        let asked = serde_json::json!({"wheel": wheel, "tree": tree, "compiled": compiled});
        let told = real_pip::script(UNPACK, asked.to_string().as_bytes());
        let told: Value = serde_json::from_slice(&told).unwrap();
        let sha = text(&told["sha"]);
        let list = |value: &Value| value.as_array().unwrap().clone();
        let files = list(&told["files"]);
        let manifest = Manifest {
            wheel_sha256: sha.clone(),
            name: text(&told["name"]).to_lowercase(),
            raw_name: text(&told["name"]),
            version: text(&told["version"]),
            root_is_purelib: told["root"].as_bool().unwrap(),
            dist_info: text(&told["info"]),
            directories: Vec::new(),
            files: files
                .iter()
                .map(|file| ManifestFile {
                    source: text(&file["source"]),
                    area: area(&file["area"]),
                    path: text(&file["path"]),
                    size: file["size"].as_u64().unwrap(),
                    mtime: file["mtime"].as_i64().unwrap(),
                    executable: file["executable"].as_bool().unwrap(),
                    record_hash: text(&file["hash"]),
                    record_size: text(&file["length"]),
                    python_script: file["python"].as_bool().unwrap(),
                })
                .collect(),
            launchers: list(&told["points"])
                .iter()
                .map(|point| {
                    let value = text(&point[2]);
                    let value = value.split('[').next().unwrap().trim();
                    let (module, function) = value.split_once(':').unwrap_or((value, ""));
                    Launcher {
                        name: text(&point[1]),
                        module: module.trim().to_owned(),
                        function: function.trim().to_owned(),
                        gui: point[0] == "gui_scripts",
                    }
                })
                .collect(),
            record: list(&told["record"])
                .iter()
                .map(|row| ManifestRecord {
                    path: text(&row[0]),
                    hash: text(&row[1]),
                    size: text(&row[2]),
                })
                .collect(),
        };
        let bytecode = Bytecode {
            wheel_sha256: sha.clone(),
            interpreter: String::new(),
            files: list(&told["pycs"])
                .iter()
                .map(|file| BytecodeFile {
                    source: text(&file["source"]),
                    area: area(&file["area"]),
                    path: text(&file["path"]),
                    size: file["size"].as_u64().unwrap(),
                    mtime: fixed_mtime(&sha).unwrap(),
                    record_hash: String::new(),
                })
                .collect(),
            directories: Vec::new(),
        };
        Self {
            requirement: format!("{}=={}", manifest.raw_name, manifest.version),
            name: manifest.raw_name.clone(),
            manifest: rkyv::to_bytes::<Error>(&manifest).unwrap(),
            bytecode: rkyv::to_bytes::<Error>(&bytecode).unwrap(),
            tree,
            compiled,
        }
    }

    pub(crate) fn manifest(&self) -> &ArchivedManifest {
        rkyv::access::<ArchivedManifest, Error>(&self.manifest).unwrap()
    }

    pub(crate) fn job(&self) -> Job<'_> {
        let manifest = rkyv::access::<ArchivedBytecode, Error>(&self.bytecode).unwrap();
        Job {
            requirement: &self.requirement,
            project: &self.name,
            manifest: self.manifest(),
            tree: &self.tree,
            bytecode: Some(KeptBytecode { manifest, tree: &self.compiled }),
            requested: true,
            direct_url: None,
            previous: None,
        }
    }
}

/// A virtual environment.
pub(crate) struct Environment {
    pub(crate) prefix: PathBuf,
    pub(crate) python: (u32, u32),
}

/// Path below the environment, kind and mode, content. Bytecode is there without its content: it
/// holds paths and times.
pub(crate) type Snapshot = BTreeMap<String, (u32, Vec<u8>)>;

impl Environment {
    /// Makes an environment without pip; the same prefix again gives an empty one again.
    pub(crate) fn make(prefix: &Path) -> Self {
        fs::remove_tree(prefix).unwrap();
        let made = Command::new(real_pip::python())
            .args(["-I", "-m", "venv", "--without-pip"])
            .arg(prefix)
            .status();
        assert!(made.unwrap().success());
        let lib = fs::read_dir(prefix.join("lib")).unwrap();
        let version = lib[0].name.to_str().unwrap().trim_start_matches("python").to_owned();
        let (major, minor) = version.split_once('.').unwrap();
        let python = (major.parse().unwrap(), minor.parse().unwrap());
        Self { prefix: prefix.to_owned(), python }
    }

    pub(crate) fn site_packages(&self) -> PathBuf {
        let (major, minor) = self.python;
        self.prefix.join(format!("lib/python{major}.{minor}/site-packages"))
    }

    pub(crate) fn layout(&self) -> Layout {
        let (major, minor) = self.python;
        Layout {
            scheme: Scheme {
                purelib: self.site_packages(),
                platlib: self.site_packages(),
                scripts: self.prefix.join("bin"),
                data: self.prefix.clone(),
                headers: self.prefix.join(format!("include/site/python{major}.{minor}")),
            },
            interpreter: self.prefix.join("bin/python").display().to_string(),
            python: self.python,
            umask: 0o022,
            link_mode: LinkMode::Auto,
            seen: None,
        }
    }

    /// Runs the real pip for this environment; its output.
    pub(crate) fn pip(&self, arguments: &[&str]) -> String {
        let (output, success) = self.try_pip(arguments);
        assert!(success, "{output}");
        output
    }

    pub(crate) fn try_pip(&self, arguments: &[&str]) -> (String, bool) {
        let mut command = Command::new(real_pip::python());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().into_owned();
            if text.starts_with("PIP_") || text.starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        let output = command
            .args(["-m", "pip", "--isolated", "--disable-pip-version-check", "--python"])
            .arg(self.prefix.join("bin/python"))
            .args(arguments)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        (String::from_utf8(told).unwrap(), output.status.success())
    }

    pub(crate) fn pip_install(&self, folder: &Path, names: &[&str]) {
        let folder = folder.to_str().unwrap();
        let options = [
            "install",
            "--no-index",
            "--no-deps",
            "--no-warn-script-location",
            "--find-links",
            folder,
        ];
        self.pip(&[options.as_slice(), names].concat());
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut found = Snapshot::new();
        walk(&self.prefix, "", &mut found);
        found
    }

    /// The facts of an installed distribution.
    pub(crate) fn installed(&self, name: &str, version: &str, info: &str) -> Subject {
        Subject {
            name: name.to_owned(),
            version: version.to_owned(),
            location: self.site_packages(),
            info: Some(self.site_packages().join(info)),
            found_in: self.site_packages(),
        }
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        let (major, minor) = self.python;
        Surroundings {
            prefix: self.prefix.clone(),
            virtual_environment: true,
            more_roots: Vec::new(),
            scripts: self.prefix.join("bin"),
            user: None,
            site_packages: self.site_packages(),
            standard_library: Vec::new(),
            cache_tag: Some(format!("cpython-{major}{minor}")),
        }
    }

    pub(crate) fn plan(&self, name: &str, version: &str) -> UninstallPlan {
        let info = format!("{}-{version}.dist-info", name.replace('-', "_"));
        let installed = self.installed(name, version, &info);
        UninstallPlan::new(&installed, &self.surroundings()).unwrap()
    }
}

fn walk(folder: &Path, below: &str, found: &mut Snapshot) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = folder.join(&entry.name);
        let name = format!("{below}{}", entry.name.to_str().unwrap());
        let facts = fs::symlink_metadata(&path).unwrap();
        if facts.is_dir() {
            found.insert(name.clone(), (facts.permissions().mode(), Vec::new()));
            walk(&path, &format!("{name}/"), found);
        } else {
            let content = if facts.is_symlink() || name.as_bytes().ends_with(b".pyc") {
                Vec::new()
            } else {
                fs::read(&path).unwrap()
            };
            found.insert(name, (facts.mode(), content));
        }
    }
}

/// Compares with words a reader can use.
pub(crate) fn assert_same(ours: &Snapshot, theirs: &Snapshot) {
    let names = |snapshot: &Snapshot| snapshot.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(ours), names(theirs));
    for (name, (mode, content)) in ours {
        let (other_mode, other) = &theirs[name];
        let show = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
        assert_eq!(show(content), show(other), "content of {name}");
        assert_eq!(format!("{mode:o}"), format!("{other_mode:o}"), "mode of {name}");
    }
}
