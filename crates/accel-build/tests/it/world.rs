//! A scratch folder, a source tree in it, and build environments made by `venv` and pip.

use accel_build::{Build, BuildOptions, BuildRequires, Progress, Provided};
use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_io::fs::{self, Scratch};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

pub struct World {
    folder: Scratch,
    /// Each call of `provide`: what was asked for.
    pub provided: Mutex<Vec<Vec<String>>>,
    /// Steps as they start and end, warnings as they come.
    pub heard: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = Scratch::new(std::env::temp_dir()).unwrap();
        let world = Self { folder, provided: Mutex::default(), heard: Arc::default() };
        for (name, text) in files {
            let path = world.tree().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        world
    }

    /// A tree whose backend is `own.py` in it, and which requires nothing.
    pub fn with_backend(backend: &str) -> Self {
        Self::new(&[("pyproject.toml", IN_TREE), ("tools/own.py", backend)])
    }

    pub fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn options(&self) -> BuildOptions {
        let (steps, warnings, backend) =
            (Arc::clone(&self.heard), Arc::clone(&self.heard), Arc::clone(&self.heard));
        BuildOptions {
            watcher: Some(Arc::new(move |step, progress| {
                let end = match progress {
                    Progress::Started => "started",
                    Progress::Going => return,
                    Progress::Done => "finished with status 'done'",
                    Progress::Failed => "finished with status 'error'",
                };
                steps.lock().unwrap().push(format!("{step}: {end}"));
            })),
            warned: Some(Arc::new(move |line| {
                warnings.lock().unwrap().push(format!("WARNING: {line}"));
            })),
            backend_warned: Some(Arc::new(move |line| {
                backend.lock().unwrap().push(format!("WARNING: {line}"));
            })),
            ..BuildOptions::default()
        }
    }

    pub fn url(&self) -> String {
        format!("file://{}", self.tree().display())
    }

    pub fn open(&self, options: BuildOptions) -> Build {
        Build::open(&self.tree(), &self.url(), &self.path("scratch"), options).unwrap()
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// What the real pip prints when it builds the tree, and its exit code.
    pub fn pip_wheel(&self, arguments: &[&str]) -> (String, i32) {
        let out = self.path("pip-out");
        let mut command = clean(Command::new(accel_testkit::real_pip::python()));
        command.args(["-m", "pip", "wheel", "--no-cache-dir", "--no-index", "--no-deps", "-w"]);
        let output = command.arg(out).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.code().unwrap())
    }
}

impl BuildRequires for World {
    fn provide(
        &self,
        requires: &[String],
        at: &Path,
    ) -> Result<Provided, Box<dyn std::error::Error + Send + Sync>> {
        self.provided.lock().unwrap().push(requires.to_vec());
        let python = at.join("bin/python");
        let oracle = accel_testkit::real_pip::python();
        if !at.exists() {
            run(clean(Command::new(oracle)).args(["-m", "venv", "--without-pip"]).arg(at))?;
        }
        if !requires.is_empty() {
            let mut pip = clean(Command::new(oracle));
            pip.args(["-m", "pip", "--python"]).arg(&python);
            run(pip.args(["install", "--quiet", "--no-compile"]).args(requires))?;
        }
        let path = std::env::join_paths([at.join("bin"), "/usr/bin".into(), "/bin".into()])?;
        Ok(Provided {
            python,
            variables: vec![
                ("PATH".to_owned(), path.to_string_lossy().into_owned()),
                ("PYTHONPATH".to_owned(), String::new()),
                ("PYTHONNOUSERSITE".to_owned(), "1".to_owned()),
            ],
            resolved: requires.to_vec(),
        })
    }
}

fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        // What stands for the certificates of this machine's network stays.
        if text.starts_with("PYTHON") || text.starts_with("PIP_") && text != "PIP_CERT" {
            command.env_remove(&name);
        }
    }
    command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}

fn run(command: &mut Command) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let output = command.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(told.into_owned().into()) }
}

/// The names in a wheel.
pub fn names(wheel: &Path) -> Vec<String> {
    let archive = ZipReader::open(wheel, &ZipLimits::default()).unwrap();
    archive.entries().iter().map(|entry| entry.name.clone()).collect()
}

const IN_TREE: &str =
    "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['tools']\n";

/// An in-tree backend's function that writes a wheel; `NAME` and `VERSION` say which.
pub const MAKE: &str = r#"
import os, zipfile
NAME, VERSION = "demo", "1.0"

def make(folder, filename=None):
    filename = filename or "%s-%s-py3-none-any.whl" % (NAME, VERSION)
    info = "%s-%s.dist-info" % (NAME, VERSION)
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as wheel:
        wheel.writestr(info + "/METADATA", metadata())
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "/RECORD", "")
        wheel.writestr("demo.py", "")
    return filename

def metadata():
    return "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (NAME, VERSION)

def dist_info(folder):
    info = "%s-%s.dist-info" % (NAME, VERSION)
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as file:
        file.write(metadata())
    return info
"#;
