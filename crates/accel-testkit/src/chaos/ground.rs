//! The place where the kills happen: environments, and what is kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::inspect::{self, Tree};
use super::kill::{self, Kill, Usual};
use super::wares::{self, Pins};
use super::{Next, Scene, Verdict};
use crate::disk::Disk;
use crate::index::{IndexOptions, IndexServer};
use crate::real_pip;

/// A run that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// Who installs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tool {
    /// This program, at this path.
    PipAccel(PathBuf),
    /// The newest pip.
    Pip,
    /// The newest uv.
    Uv(PathBuf),
}

impl Tool {
    /// The newest uv, fetched once into the build folder.
    pub fn uv() -> Self {
        let python = real_pip::environment("oracle-uv", &["uv"]);
        Self::Uv(python.with_file_name("uv"))
    }
}

/// A tool, its cache, and an environment that is made anew before each kill.
pub struct Chaos {
    pub(super) tool: Tool,
    /// Says afterwards whether the environment's requirements fit.
    checker: PathBuf,
    pub(super) folder: tempfile::TempDir,
    pub(super) server: Option<IndexServer>,
    /// A requirement file that is installed instead of the small wheels.
    pub(super) requirements: Option<PathBuf>,
    /// One with older pins of the same projects, which it upgrades.
    older: Option<PathBuf>,
    pristine: Tree,
    /// What environments look like that nobody disturbed, by what is installed in them.
    references: BTreeMap<Pins, Tree>,
    /// The disk that all of it is on, if it has one of its own, and the folder of that one's file.
    pub(super) disk: Option<(Disk, tempfile::TempDir)>,
}

impl Chaos {
    /// A ground with small wheels on an index of its own. `checker` is this program.
    ///
    /// # Panics
    /// If the tool does not install into it.
    pub fn new(tool: Tool, checker: &Path) -> Self {
        Self::made(tool, checker, None, tempfile::tempdir().expect("a temporary folder"))
    }

    /// A ground for the pins of a requirement file, from the usual index, and of one with older pins.
    ///
    /// # Panics
    /// If the tool does not install them.
    pub fn with_requirements(
        tool: Tool,
        checker: &Path,
        requirements: &Path,
        older: Option<&Path>,
    ) -> Self {
        let pinned = (requirements.to_owned(), older.map(Path::to_owned));
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::made(tool, checker, Some(pinned), folder)
    }

    pub(super) fn made(
        tool: Tool,
        checker: &Path,
        pinned: Option<(PathBuf, Option<PathBuf>)>,
        folder: tempfile::TempDir,
    ) -> Self {
        let (requirements, older) = pinned.unzip();
        let older = older.flatten();
        for name in ["home", "tmp", "dist", "caches", "environments"] {
            std::fs::create_dir(folder.path().join(name)).expect("the folder takes folders");
        }
        wares::write(&folder.path().join("dist"));
        let server = requirements
            .is_none()
            .then(|| IndexServer::start(folder.path().join("dist"), IndexOptions::default()));
        let made = Command::new(real_pip::python())
            .args(["-I", "-m", "venv", "--without-pip"])
            .arg(folder.path().join("environment"))
            .status();
        assert!(made.is_ok_and(|status| status.success()), "could not make an environment");
        // Without any file in it, the folder itself would go with the last distribution.
        let site = inspect::site_packages(&folder.path().join("environment"));
        std::fs::write(site.join("README.txt"), "").expect("an environment takes files");
        let pristine = inspect::tree(&folder.path().join("environment"));
        let (checker, references) = (checker.to_owned(), BTreeMap::new());
        let disk = None;
        let mut chaos =
            Self { tool, checker, folder, server, requirements, older, pristine, references, disk };
        chaos.lay("environment", "environments/empty");
        chaos.prepare();
        chaos
    }

    /// Fills the caches and the environment of the old versions.
    fn prepare(&mut self) {
        if self.requirements.is_none() {
            self.must(self.install(&wares::words(&wares::pins("1.0"))));
            self.lay("environment", "environments/old");
            self.must(self.install(&wares::words(&wares::pins("2.0"))));
            self.must(self.install(&wares::words(&wares::other())));
            self.lay("cache", "caches/unbuilt");
            self.must(self.install(&wares::words(&wares::built())));
        } else {
            if let Some(older) = &self.older {
                self.must(self.install(&["-r".to_owned(), older.display().to_string()]));
                self.lay("environment", "environments/old");
            }
            self.must(self.install_wares(Scene::Install));
            if self.older.is_none() {
                self.lay("environment", "environments/old");
            }
        }
        self.lay("cache", "caches/warm");
        if self.is_ours() {
            self.lay("cache", "caches/uncompiled");
            remove(&self.at("caches/uncompiled/bytecode-v1"));
            self.lay("environments/empty", "environment");
            self.must(self.stage());
            self.lay("cache", "caches/staged");
            self.lay("caches/warm", "cache");
        }
    }

    /// Does the scene's work undisturbed, and notes what the environments look like then.
    pub(super) fn rehearse(&mut self, scene: Scene) -> Usual {
        let mut shortest: Option<Usual> = None;
        for _ in 0..3 {
            self.set(scene);
            let (status, usual) = kill::watch(&mut self.work(scene), &self.site());
            assert!(status.success(), "{:?} does not {}", self.tool, scene.name());
            if shortest.is_none_or(|shortest| usual.whole < shortest.whole) {
                shortest = Some(usual);
            }
        }
        if matches!(scene, Scene::Stage | Scene::Prune | Scene::PruneBeside) {
            self.must(self.again(scene));
        }
        self.remember();
        if self.requirements.is_none() {
            self.must(self.install(&wares::words(&wares::other())));
            self.remember();
            self.set(scene);
            self.must(self.install(&wares::words(&wares::other())));
            self.remember();
        }
        shortest.expect("there were three runs")
    }

    /// The system calls of the scene's work.
    pub(super) fn calls(&mut self, scene: Scene) -> BTreeMap<String, usize> {
        self.set(scene);
        kill::calls(&self.work(scene), &self.at("strace"))
    }

    /// Kills one run and judges the next; `None` if the kill came too late. Says too whether the
    /// environment was changed when it came.
    pub(super) fn kill_once(
        &mut self,
        scene: Scene,
        kill: &Kill,
        next: Next,
    ) -> Option<(Verdict, bool)> {
        self.set(scene);
        let before = inspect::names(&self.site());
        let beside = self.beside(scene).map(|mut command| Beside::start(&mut command));
        let killed = kill::kill(&mut self.work(scene), kill, &self.site());
        let amid = inspect::names(&self.site()) != before;
        if let Some(Err(said)) = beside.map(Beside::end) {
            return Some((Verdict::Stuck(format!("beside it: {said}")), amid));
        }
        if !killed {
            return None;
        }
        if scene == Scene::PruneBeside
            && let Err(wrong) = self.judge(scene, Next::Same)
        {
            return Some((Verdict::Silent(format!("beside it: {wrong}")), amid));
        }
        // The others promise nothing for what another command comes upon.
        let next = if self.requirements.is_some() || !self.is_ours() { Next::Same } else { next };
        let mut command = match next {
            Next::Same => self.again(scene),
            Next::Other => self.install(&wares::words(&wares::other())),
        };
        let judged = run(&mut command).map_err(Verdict::Stuck).and_then(|()| {
            let judged = self.judge(scene, next).and_then(|()| self.kept_is_whole(scene));
            judged.map_err(Verdict::Silent)
        });
        Some((judged.err().unwrap_or(Verdict::Whole), amid))
    }

    pub(super) fn judge(&self, scene: Scene, next: Next) -> Result<(), String> {
        let ours = self.is_ours();
        let differs = if ours { inspect::difference } else { inspect::grave_difference };
        self.judge_by(scene, next, differs)
    }

    pub(super) fn judge_by(
        &self,
        scene: Scene,
        next: Next,
        differs: fn(&Tree, &Tree) -> Option<String>,
    ) -> Result<(), String> {
        let environment = self.at("environment");
        let (before, after) = self.states(scene);
        let found = if self.is_ours() {
            inspect::whole(&environment, &self.pristine)?
        } else {
            inspect::installed(&environment)
        };
        // All at once, except where pip too takes one distribution after the other.
        fits(&found, &before, &after, next, scene != Scene::Uninstall)?;
        if let Some(expected) = self.references.get(&found)
            && let Some(difference) = differs(&inspect::tree(&environment), expected)
        {
            return Err(difference);
        }
        self.check(&environment)
    }

    fn is_ours(&self) -> bool {
        matches!(self.tool, Tool::PipAccel(_))
    }

    fn check(&self, environment: &Path) -> Result<(), String> {
        let mut check = Command::new(&self.checker);
        self.surround(&mut check);
        check.arg("--python").arg(environment.join("bin/python")).arg("check");
        run(&mut check).map_err(|said| format!("check: {said}"))
    }

    /// Whether every file of an environment belongs to something and is as RECORD says.
    pub(super) fn is_sound(&self, environment: &Path) -> Result<(), String> {
        inspect::whole(environment, &self.pristine)?;
        self.check(environment)
    }

    /// Where more than the environment is changed: a second environment gets the same.
    pub(super) fn kept_is_whole(&mut self, scene: Scene) -> Result<(), String> {
        if scene.is_local() && scene != Scene::Taken {
            return Ok(());
        }
        self.lay("environments/empty", "environment");
        let second = |said| format!("a second environment: {said}");
        run(&mut self.again(scene)).map_err(second)?;
        self.judge(scene, Next::Same).map_err(second)
    }

    /// What is installed before and after.
    pub(super) fn states(&self, scene: Scene) -> (Pins, Pins) {
        let (old, new) = match &self.requirements {
            Some(file) => {
                (wares::pins_of(self.older.as_ref().unwrap_or(file)), wares::pins_of(file))
            }
            None => (wares::pins("1.0"), wares::pins("2.0")),
        };
        match scene {
            Scene::Upgrade => (old, new),
            Scene::Uninstall => (old, Pins::new()),
            Scene::Build => (Pins::new(), wares::built()),
            _ => (Pins::new(), new),
        }
    }

    /// Makes everything as it must be before the scene.
    pub(super) fn set(&mut self, scene: Scene) {
        let environment = match scene {
            Scene::Upgrade | Scene::Uninstall => "environments/old",
            _ => "environments/empty",
        };
        self.lay(environment, "environment");
        match scene {
            Scene::Unpack => remove(&self.at("cache")),
            Scene::Compile => self.lay("caches/uncompiled", "cache"),
            Scene::Build => self.lay("caches/unbuilt", "cache"),
            Scene::Stage | Scene::Prune | Scene::PruneBeside | Scene::Pruned => {
                self.lay("caches/warm", "cache");
            }
            Scene::Taken => self.lay("caches/staged", "cache"),
            // A damage that a kill does to what is kept is to show itself later.
            Scene::Install | Scene::Upgrade | Scene::Uninstall => {
                if !self.at("cache").exists() {
                    self.lay("caches/warm", "cache");
                }
            }
        }
    }

    fn must(&self, mut command: Command) {
        if let Err(said) = run(&mut command) {
            panic!("{:?} does not do its work: {said}", self.tool);
        }
    }

    fn remember(&mut self) {
        let environment = self.at("environment");
        match inspect::whole(&environment, &self.pristine) {
            Ok(pins) => drop(self.references.insert(pins, inspect::tree(&environment))),
            Err(wrong) => panic!("{:?} undisturbed: {wrong}", self.tool),
        }
    }

    pub(super) fn at(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(super) fn site(&self) -> PathBuf {
        inspect::site_packages(&self.at("environment"))
    }

    /// Puts a copy of one folder in the place of another; one that is not there is empty.
    pub(super) fn lay(&self, from: &str, to: &str) {
        remove(&self.at(to));
        std::fs::create_dir_all(self.at(from)).expect("the ground takes folders");
        let copied = Command::new("cp").arg("-a").arg(self.at(from)).arg(self.at(to)).status();
        assert!(copied.is_ok_and(|status| status.success()), "could not copy {from} to {to}");
    }
}

/// Whether what is installed is what was to be, or what was there before, with the other one.
fn fits(
    found: &Pins,
    before: &Pins,
    after: &Pins,
    next: Next,
    at_once: bool,
) -> Result<(), String> {
    let fits = match next {
        Next::Same => found == after,
        Next::Other => {
            let mut rest = found.clone();
            rest.retain(|name, _| !wares::other().contains_key(name));
            let mut names = before.keys().chain(after.keys()).chain(rest.keys());
            let each = names.all(|name| {
                let version = rest.get(name);
                version == before.get(name) || version == after.get(name)
            });
            rest.len() < found.len() && each && (!at_once || rest == *before || rest == *after)
        }
    };
    if fits { Ok(()) } else { Err(format!("installed is {found:?}")) }
}

fn remove(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("the ground is its own");
    }
}

/// Runs to the end; what it printed if that failed or took too long.
pub(super) fn run(command: &mut Command) -> Result<(), String> {
    Beside::start(command).end()
}

/// A command at work.
struct Beside {
    child: Child,
    /// A file, for a pipe would stay open as long as any process that it started.
    said: File,
}

impl Beside {
    fn start(command: &mut Command) -> Self {
        let said = tempfile::tempfile().expect("a temporary file");
        let handle = || said.try_clone().expect("a file");
        let child = command
            .stdin(Stdio::null())
            .stdout(handle())
            .stderr(handle())
            .spawn()
            .expect("the program starts");
        Self { child, said }
    }

    /// Waits for its end; what it printed if it failed or took too long.
    fn end(mut self) -> Result<(), String> {
        let status = wait(&mut self.child);
        let mut text = Vec::new();
        let read =
            self.said.seek(SeekFrom::Start(0)).and_then(|_| self.said.read_to_end(&mut text));
        read.expect("a file that was just written");
        let text = String::from_utf8_lossy(&text);
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("{status}: {text}")),
            None => Err(format!("hangs: {text}")),
        }
    }
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("our own child") {
            return Some(status);
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
