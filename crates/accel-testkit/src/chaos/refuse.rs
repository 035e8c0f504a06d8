//! One system call of a run that the system refuses: a full disk, a quota, a right that is missing.

use std::path::Path;

use super::ground::{Chaos, run};
use super::inspect;
use super::kill;
use super::{Next, Scene, Tally, Verdict};

/// The calls that change something, and those that take what others may have used up.
const CALLS: [&str; 18] = [
    "copy_file_range",
    "fchmod",
    "flock",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "symlinkat",
    "unlink",
    "unlinkat",
    "write",
];

/// What the system says, one after the other; to locks it says that it has none.
const ERRORS: [&str; 6] = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "EMFILE"];

/// The work was done, and standard output did not take the words; Python's exit code.
const UNTOLD: &str = "exit status: 120";

impl Chaos {
    /// Refuses each changing system call, or each `step`th one beginning with the `first`, with
    /// one error after the other. The run must end whole, or fail and leave the environment as it
    /// was; the next run must end whole.
    ///
    /// # Panics
    /// If `strace` is missing, or the tool does not do its work when it is left alone.
    pub fn every_refusal(&mut self, scene: Scene, (first, step): (usize, usize)) -> Tally {
        self.rehearse(scene);
        let mut tally = Tally::default();
        let mut number = 0;
        for (call, uses) in self.calls(scene) {
            if !CALLS.contains(&&*call) {
                continue;
            }
            for use_of_it in 1..=uses {
                number += 1;
                if number % step != first % step {
                    continue;
                }
                let error = match &*call {
                    "flock" => "ENOLCK",
                    _ => ERRORS[number / step % ERRORS.len()],
                };
                let how = format!("inject={call}:error={error}:when={use_of_it}");
                let (verdict, failed) = self.refuse_once(scene, &how);
                tally.count(verdict, failed, &format!("{} {how}", scene.name()));
            }
        }
        tally
    }

    fn judge_files(&self, scene: Scene) -> Result<(), String> {
        self.judge_by(scene, Next::Same, inspect::difference_of_files)
    }

    /// What came of it, and whether the run failed.
    fn refuse_once(&mut self, scene: Scene, how: &str) -> (Verdict, bool) {
        self.set(scene);
        let environment = self.at("environment");
        let before = inspect::tree(&environment);
        let mut first = run(&mut kill::refused(&self.work(scene), how));
        let failed = first.is_err();
        if first.as_ref().is_err_and(|said| said.starts_with(UNTOLD)) {
            first = Ok(());
        }
        if let Err(said) = first {
            if !said.contains("ERROR:") {
                return (Verdict::Silent(format!("no clear error: {said}")), failed);
            }
            // Removal goes from one distribution to the next, as pip's: each is whole or gone.
            let left = if scene == Scene::Uninstall {
                self.is_sound(&environment).err()
            } else {
                inspect::difference_of_files(&inspect::tree(&environment), &before)
            };
            if let Some(difference) = left.filter(|_| !is_left_to_the_next(&self.site())) {
                return (Verdict::Silent(format!("{difference} after {said}")), failed);
            }
        } else if let Err(wrong) = self.judge_files(scene) {
            return (Verdict::Silent(wrong), failed);
        }
        let judged = run(&mut self.again(scene))
            .map_err(Verdict::Stuck)
            .and_then(|()| self.judge_files(scene).map_err(Verdict::Silent));
        (judged.err().unwrap_or(Verdict::Whole), failed)
    }
}

/// Whether even the way back was refused, so that the journal tells the next run.
fn is_left_to_the_next(site: &Path) -> bool {
    site.join(".pip-accel-journal").exists()
}
