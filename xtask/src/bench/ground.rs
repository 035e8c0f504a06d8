//! What all scenarios stand on: the programs, the interpreter, the warm caches, fresh names.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::measure::{clean, quietly};
use super::tree::{self, Size};

/// The programs and folders of one run of the bench.
pub struct Ground {
    /// The repository.
    pub root: PathBuf,
    /// Everything that this run makes.
    pub folder: PathBuf,
    /// What the programs keep, and the mirror: later runs find it warm.
    pub caches: PathBuf,
    /// The program that is measured.
    pub accel: PathBuf,
    /// The base interpreter, no wrapper.
    pub python: PathBuf,
    count: Cell<u32>,
}

/// How long freed inodes are passed over, and a little more.
const REST: Duration = Duration::from_secs(310);

impl Ground {
    /// Builds pip-accel unless `program` is given, installs the newest pip and uv.
    pub fn prepare(
        root: &Path,
        program: Option<&Path>,
        caches: Option<&Path>,
    ) -> Result<Self, String> {
        let folder = root.join("target/bench").join(format!("run-{}", std::process::id()));
        let caches = caches.map_or_else(|| root.join("target/bench/caches"), Path::to_owned);
        for folder in [&folder, &caches] {
            fs::create_dir_all(folder)
                .map_err(|error| format!("could not make a folder: {error}"))?;
        }
        let absolute = |path: &Path| {
            fs::canonicalize(path)
                .map_err(|error| format!("could not find {}: {error}", path.display()))
        };
        let (folder, caches) = (absolute(&folder)?, absolute(&caches)?);
        let accel = match program {
            Some(program) => absolute(program)?,
            None => release(root)?,
        };
        let ground = Self {
            root: root.to_owned(),
            accel,
            python: python()?,
            folder,
            caches,
            count: Cell::new(0),
        };
        eprintln!("installing the newest pip and uv");
        quietly(Command::new(&ground.python).args(["-m", "venv"]).arg(ground.at("tools")))?;
        quietly(Command::new(ground.at("tools/bin/pip")).args([
            "install",
            "--quiet",
            "--upgrade",
            "pip",
            "uv",
        ]))?;
        ground.let_inodes_rest();
        Ok(ground)
    }

    /// Waits until what an earlier run deleted no longer slows whoever makes files: ext4 passes over
    /// inodes that were freed in the last five minutes (`RECENTCY_DIRTY` of its `ialloc.c`), one at
    /// a time.
    fn let_inodes_rest(&self) {
        let deleted = fs::metadata(self.deletion_mark()).and_then(|mark| mark.modified());
        let age = deleted.ok().and_then(|deleted| deleted.elapsed().ok());
        if let Some(rest) = age.and_then(|age| REST.checked_sub(age)) {
            eprintln!("waiting {} s for inodes that an earlier run freed", rest.as_secs());
            std::thread::sleep(rest);
        }
    }

    fn deletion_mark(&self) -> PathBuf {
        self.caches.join("deleted")
    }

    /// A path below the folder of this run.
    pub fn at(&self, below: &str) -> PathBuf {
        self.folder.join(below)
    }

    /// A path that was never used.
    pub fn fresh(&self, label: &str) -> PathBuf {
        self.count.set(self.count.get() + 1);
        self.folder.join(format!("{label}-{}", self.count.get()))
    }

    /// The file of a set of requirements.
    pub fn requirements(&self, name: &str) -> PathBuf {
        self.root.join("benches/requirements").join(name)
    }

    /// Makes an environment without anything in it.
    pub fn environment(&self, path: &Path) -> Result<(), String> {
        quietly(Command::new(&self.python).args(["-m", "venv", "--without-pip"]).arg(path))
    }

    /// `pip-accel --python ENVIRONMENT WORDS`; what it keeps is in `cache`.
    pub fn accel(&self, environment: &Path, words: &[&str]) -> Vec<String> {
        let python = environment.join("bin/python");
        line(&[&self.accel, Path::new("--python"), &python], words)
    }

    /// `uv --cache-dir CACHE WORDS`.
    pub fn uv(&self, words: &[&str]) -> Vec<String> {
        self.uv_with(&self.caches.join("uv"), words)
    }

    /// The same with another cache.
    pub fn uv_with(&self, cache: &Path, words: &[&str]) -> Vec<String> {
        line(&[&self.at("tools/bin/uv"), Path::new("--cache-dir"), cache], words)
    }

    /// `uv pip install --python ENVIRONMENT WORDS`.
    pub fn uv_install(&self, environment: &Path, words: &[&str]) -> Vec<String> {
        let python = text(&environment.join("bin/python"));
        self.uv(&[&["pip", "install", "--python", &python], words].concat())
    }

    /// `pip install WORDS` into an environment, by its own interpreter, so that pip starts once.
    pub fn pip_install(&self, environment: &Path, words: &[&str]) -> Result<Vec<String>, String> {
        self.pip_install_with(&self.caches.join("pip"), environment, words)
    }

    /// The same with another cache.
    pub fn pip_install_with(
        &self,
        cache: &Path,
        environment: &Path,
        words: &[&str],
    ) -> Result<Vec<String>, String> {
        let library = library(&self.at("tools"));
        let pip = library.map_err(|error| format!("could not find pip: {error}"))?.join("pip");
        let cache = text(cache);
        let words = [&["install", "--cache-dir", &cache], words].concat();
        Ok(line(&[&environment.join("bin/python"), &pip], &words))
    }

    /// Where pip-accel keeps what it keeps.
    pub fn accel_cache(&self) -> PathBuf {
        self.caches.join("pip-accel")
    }

    /// Whether `about` was said to be warm, in this run or an earlier one.
    pub fn is_warm(&self, about: &str) -> bool {
        self.warm_mark(about).is_file()
    }

    /// Says that what `about` needs is kept from now on.
    pub fn note_warm(&self, about: &str) -> Result<(), String> {
        let mark = self.warm_mark(about);
        let folder = mark.parent().unwrap_or(&self.caches);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&mark, ""))
            .map_err(|error| format!("could not write {}: {error}", mark.display()))
    }

    fn warm_mark(&self, about: &str) -> PathBuf {
        self.caches.join("warm").join(about.replace(['/', ' '], "-"))
    }

    /// The versions of pip and uv.
    pub fn versions(&self) -> String {
        let version = |tool: &str| {
            let mut command = Command::new(self.at("tools/bin").join(tool));
            let output = clean(command.arg("--version")).output();
            let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            let text = text.unwrap_or_default();
            text.split_whitespace().nth(1).unwrap_or("?").to_owned()
        };
        format!("pip {}, uv {}", version("pip"), version("uv"))
    }

    /// What a complete installation of a set has without bytecode: as uv leaves it. The tree
    /// itself is moved to `raw/NAME`, with the list that the raw loop reads.
    pub fn raw_tree(&self, name: &str) -> Result<(PathBuf, Size), String> {
        let raw = self.at("raw").join(name);
        if raw.is_dir() {
            return Ok((raw.clone(), tree::size(&raw)?));
        }
        let environment = self.fresh("tree");
        self.environment(&environment)?;
        let requirements = text(&self.requirements(name));
        let words = self.uv_install(&environment, &["-r", &requirements]);
        quietly(Command::new(&words[0]).args(&words[1..]))?;
        fs::create_dir_all(self.at("raw"))
            .and_then(|()| fs::rename(library(&environment)?, &raw))
            .map_err(|error| format!("could not move the tree: {error}"))?;
        Ok((raw.clone(), tree::write_list(&raw)?))
    }

    /// Deletes what the run made.
    pub fn clear(&self) -> Result<(), String> {
        fs::remove_dir_all(&self.folder)
            .and_then(|()| fs::write(self.deletion_mark(), ""))
            .map_err(|error| format!("could not clean up: {error}"))
    }
}

/// `lib/pythonX.Y/site-packages` of an environment.
pub fn library(environment: &Path) -> std::io::Result<PathBuf> {
    let folders = fs::read_dir(environment.join("lib"))?;
    let mut folders = folders.flatten().map(|entry| entry.path().join("site-packages"));
    folders.find(|path| path.is_dir()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A command line that begins with paths.
fn line(paths: &[&Path], words: &[&str]) -> Vec<String> {
    let paths = paths.iter().map(|path| text(path));
    paths.chain(words.iter().map(|word| (*word).to_owned())).collect()
}

/// Builds the release: this package alone, so that no other one's features change its
/// dependencies, and a plain `cargo build --release` finds everything built.
fn release(root: &Path) -> Result<PathBuf, String> {
    eprintln!("building the release");
    quietly(
        Command::new("cargo")
            .args(["build", "--release", "--quiet", "-p", "pip-accel"])
            .current_dir(root),
    )?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    Ok(target.join("release/pip-accel"))
}

/// The interpreter behind `python3`, which may be a wrapper.
fn python() -> Result<PathBuf, String> {
    let output = clean(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]))
        .output()
        .map_err(|error| format!("could not run python3: {error}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
