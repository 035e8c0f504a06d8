//! Power cuts: what had not reached the disk is gone.
//!
//! Everything lies on a file system in a file. While the work is done another process's flushes make
//! names and sizes reach the disk again and again, as they do on a busy machine; what files hold does not,
//! for that takes seconds. The disk as it is at some moment then takes the place of the real one, the
//! machine counts as started anew, and the next run is judged.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::ground::{Chaos, Tool, run};
use super::{Next, Scene, Tally, Verdict, inspect, kill, wares};
use crate::dice::Dice;
use crate::disk::Disk;

/// A file system that power is cut from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskKind {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
}

impl DiskKind {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        }
    }

    /// The disk, and the folder that its image is in.
    fn make(self) -> Result<(Disk, tempfile::TempDir), String> {
        // In memory a flush costs nothing.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a temporary folder");
        let (image, at) = (folder.path().join("image"), folder.path().join("mounted"));
        let disk = match self {
            Self::Ext4 => {
                let now = "lazy_itable_init=0,lazy_journal_init=0";
                let make = ["mkfs.ext4", "-q", "-E", now];
                Disk::new(image, at, 128 << 20, &make, &["mount", "-t", "ext4", "-o", "commit=1"])
            }
            Self::Xfs => {
                Disk::new(image, at, 400 << 20, &["mkfs.xfs", "-q"], &["mount", "-t", "xfs"])
            }
        };
        disk.map(|disk| (disk, folder))
    }
}

/// How power cuts ended.
#[derive(Debug, Clone, Default)]
pub struct Cuts {
    /// The cuts, and how the next runs ended.
    pub tally: Tally,
    /// Cuts that left files of the environment empty.
    pub emptied: usize,
}

impl Chaos {
    /// A ground on a disk of its own.
    ///
    /// # Errors
    /// Why such a disk can't be had here.
    ///
    /// # Panics
    /// If the tool does not install into it.
    pub fn on_disk(tool: Tool, checker: &Path, kind: DiskKind) -> Result<Self, String> {
        let (disk, image) = kind.make()?;
        let folder = tempfile::tempdir_in(disk.at()).expect("the disk takes folders");
        let mut chaos = Self::made(tool, checker, None, folder);
        chaos.disk = Some((disk, image));
        let mut start = Command::new("true");
        chaos.surround(&mut start);
        run(&mut chaos.after_start(&start)).map(|()| chaos)
    }

    /// Cuts the power at `count` random moments, half of them while the work is done.
    ///
    /// # Panics
    /// If the ground is on no disk of its own, or the tool does not do its work when it is left alone.
    pub fn cuts(&mut self, scene: Scene, count: usize, dice: &mut Dice) -> Cuts {
        let usual = self.rehearse(scene);
        let mut cuts = Cuts::default();
        for number in 0..count {
            let within = usize::try_from(usual.whole.as_micros()).expect("a run is short").max(100);
            let micros = match number % 2 {
                0 => dice.below(within),
                _ => within + dice.below(1_500_000),
            };
            let next = if number % 3 == 2 { Next::Other } else { Next::Same };
            let wait = Duration::from_micros(micros as u64);
            let Cut { verdict, amid, emptied } = self.cut_once(scene, wait, next);
            cuts.emptied += usize::from(emptied);
            let how = format!("{} cut after {wait:?}, {next:?}", scene.name());
            cuts.tally.count(verdict, amid, &how);
        }
        cuts
    }

    fn cut_once(&mut self, scene: Scene, wait: Duration, next: Next) -> Cut {
        self.set(scene);
        let before = inspect::names(&self.site());
        let mut work = self.work(scene);
        let flushed = self.at("tmp/flushed");
        let (mut disk, image) = self.disk.take().expect("a disk of its own");
        disk.sync();
        let mut child = kill::silent(&mut work).spawn().expect("the program starts");
        flush_for(wait, &flushed);
        disk.cut(|| {
            let _ = child.kill();
            let _ = child.wait();
        });
        self.disk = Some((disk, image));
        let amid = inspect::names(&self.site()) != before;
        let emptied = inspect::has_empty_files(&self.at("environment"));
        let next = if matches!(self.tool, Tool::PipAccel(_)) { next } else { Next::Same };
        let command = match next {
            Next::Same => self.again(scene),
            Next::Other => self.install(&wares::words(&wares::other())),
        };
        let ran = run(&mut self.after_start(&command)).map_err(Verdict::Stuck);
        let judged = ran.and_then(|()| {
            let judged = self.judge(scene, next).and_then(|()| self.kept_is_whole(scene));
            judged.map_err(Verdict::Silent)
        });
        Cut { verdict: judged.err().unwrap_or(Verdict::Whole), amid, emptied }
    }

    /// The command on a machine that was started anew.
    fn after_start(&self, command: &Command) -> Command {
        let id = self.at("tmp/boot-id");
        std::fs::write(&id, "00000000-0000-4000-8000-000000000000\n")
            .expect("the ground is writable");
        let mut other = kill::like(command, "unshare");
        let mount = "mount --bind \"$0\" /proc/sys/kernel/random/boot_id && exec \"$@\"";
        other.args(["--mount", "sh", "-c", mount]).arg(id);
        kill::append(&mut other, command);
        other
    }
}

/// What came of one cut.
struct Cut {
    verdict: Verdict,
    amid: bool,
    emptied: bool,
}

/// Lets a process flush a file of its own again and again for a time: what others have made is on the disk
/// then, what they have written is not.
fn flush_for(time: Duration, path: &Path) {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::File::create(path).expect("the ground is writable");
            while !ended.load(Ordering::Relaxed) {
                file.write_all(b".").and_then(|()| file.sync_all()).expect("the disk takes it");
            }
        });
        std::thread::sleep(time);
        ended.store(true, Ordering::Relaxed);
    });
}
