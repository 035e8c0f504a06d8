//! Kills an installer at random moments, or at each of its system calls, lets it run again and
//! looks at every file of what came of it.
//!
//! ```no_run
//! use accel_testkit::chaos::{Chaos, Scene, Tool};
//! use accel_testkit::dice::Dice;
//!
//! let mut chaos = Chaos::new(Tool::PipAccel("target/debug/pip-accel".into()), "target/debug/pip-accel".as_ref());
//! let tally = chaos.random(Scene::Upgrade, 20, &mut Dice::new(1));
//! assert_eq!(tally.wrong(), 0, "{tally:#?}");
//! ```

mod commands;
mod ground;
mod inspect;
mod kill;
mod power;
mod refuse;
mod soak;
mod wares;

use std::time::Duration;

use crate::dice::Dice;
pub use ground::{Chaos, Tool};
pub use kill::Kill;
pub use power::{Cuts, DiskKind};
pub use soak::Soak;

/// What is being done when the kill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Distributions that are kept already get into an empty environment.
    Install,
    /// They replace older versions of themselves.
    Upgrade,
    /// They are removed.
    Uninstall,
    /// Nothing is kept: everything is downloaded, unpacked, compiled and installed.
    Unpack,
    /// Everything is kept except bytecode.
    Compile,
    /// A source distribution is built and installed; wheels are kept.
    Build,
    /// A staged tree is made, which is taken afterwards.
    Stage,
    /// An empty environment takes a staged tree.
    Taken,
    /// Everything that is kept is thrown away; what is installed afterwards is whole.
    Prune,
    /// The same while an installation runs, which is not killed.
    PruneBeside,
    /// An installation is killed while everything that is kept is thrown away.
    Pruned,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Install,
        Self::Upgrade,
        Self::Uninstall,
        Self::Unpack,
        Self::Compile,
        Self::Build,
        Self::Stage,
        Self::Taken,
        Self::Prune,
        Self::PruneBeside,
        Self::Pruned,
    ];

    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Uninstall => "uninstall",
            Self::Unpack => "unpack",
            Self::Compile => "compile",
            Self::Build => "build",
            Self::Stage => "stage",
            Self::Taken => "taken",
            Self::Prune => "prune",
            Self::PruneBeside => "prune-beside",
            Self::Pruned => "pruned",
        }
    }

    /// Whether it is the environment that is changed, so that the interesting moments begin with the
    /// first change there.
    fn is_local(self) -> bool {
        matches!(self, Self::Install | Self::Upgrade | Self::Uninstall | Self::Taken)
    }
}

/// What is done after the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same command again.
    Same,
    /// Another distribution is installed: what was interrupted must be whole, before or after.
    Other,
}

/// What the environment is like after the run that follows a kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As if nothing had happened.
    Whole,
    /// The run succeeded, and something is wrong.
    Silent(String),
    /// The run failed.
    Stuck(String),
}

/// How the kills of one kind ended.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Kills that came in time.
    pub kills: usize,
    /// Of them: the environment was changed or the journal stood when the kill came.
    pub amid: usize,
    /// Of them: whole after the next run.
    pub whole: usize,
    /// The next run succeeded, and something was wrong.
    pub silent: usize,
    /// The next run failed.
    pub stuck: usize,
    /// What was wrong, with the way to do it again; the first twenty.
    pub stories: Vec<String>,
}

impl Tally {
    /// Kills that the next run did not get over.
    pub fn wrong(&self) -> usize {
        self.silent + self.stuck
    }

    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.amid += other.amid;
        self.whole += other.whole;
        self.silent += other.silent;
        self.stuck += other.stuck;
        self.stories.extend(other.stories);
        self.stories.truncate(20);
    }

    fn count(&mut self, verdict: Verdict, amid: bool, how: &str) {
        self.kills += 1;
        self.amid += usize::from(amid);
        let (counter, story) = match verdict {
            Verdict::Whole => {
                self.whole += 1;
                return;
            }
            Verdict::Silent(story) => (&mut self.silent, story),
            Verdict::Stuck(story) => (&mut self.stuck, story),
        };
        *counter += 1;
        if self.stories.len() < 20 {
            self.stories.push(format!("{how}: {story}"));
        }
    }
}

impl Chaos {
    /// Kills at `count` random moments: a fourth of them anywhere in the run, the others after the
    /// first change of the environment where that is what the scene changes. Each third kill is
    /// followed by another command than the one that was killed.
    ///
    /// # Panics
    /// If the tool does not do its work even when it is left alone.
    pub fn random(&mut self, scene: Scene, count: usize, dice: &mut Dice) -> Tally {
        let usual = self.rehearse(scene);
        let mut tally = Tally::default();
        let mut late = 0;
        while tally.kills < count {
            let whole = scene.is_local() && tally.kills % 4 != 0;
            let span = if whole { usual.after_change } else { usual.whole };
            let micros = usize::try_from(span.as_micros()).expect("a run is short").max(100);
            let wait = Duration::from_micros(dice.below(micros * 11 / 10) as u64);
            let kill = if whole { Kill::AfterChange(wait) } else { Kill::After(wait) };
            let next = if tally.kills % 3 == 2 { Next::Other } else { Next::Same };
            match self.kill_once(scene, &kill, next) {
                Some((verdict, amid)) => {
                    tally.count(verdict, amid, &format!("{} {kill:?} {next:?}", scene.name()));
                }
                None => late += 1,
            }
            assert!(late < 20 * count + 100, "no kill comes in time in {}", scene.name());
        }
        tally
    }

    /// Kills at each system call, or at each `step`th one, beginning with the `first`: for every
    /// call by name, at its first, second, … use in a thread, until no thread uses it that often.
    ///
    /// # Panics
    /// If `strace` is missing.
    pub fn every_call(&mut self, scene: Scene, (first, step): (usize, usize)) -> Tally {
        self.rehearse(scene);
        let mut tally = Tally::default();
        let mut number = 0;
        for (call, uses) in self.calls(scene) {
            for use_of_it in 1..=uses {
                number += 1;
                if number % step != first % step {
                    continue;
                }
                let kill = Kill::AtCall { call: call.clone(), number: use_of_it };
                let next = if number / step % 3 == 2 { Next::Other } else { Next::Same };
                if let Some((verdict, amid)) = self.kill_once(scene, &kill, next) {
                    tally.count(verdict, amid, &format!("{} {kill:?} {next:?}", scene.name()));
                }
            }
        }
        tally
    }
}
