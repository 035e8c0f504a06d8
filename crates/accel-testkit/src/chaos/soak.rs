//! Many processes at once on one cache and on one environment.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::ground::{Chaos, run};
use super::wares::{self, Pins};
use crate::dice::Dice;

/// What the processes of a soak did.
#[derive(Debug, Clone, Default)]
pub struct Soak {
    /// Runs that ended well.
    pub runs: usize,
    /// What was wrong.
    pub wrong: Vec<String>,
}

impl Chaos {
    /// `processes` at once install, upgrade, remove and prune the cache, two thirds of them in one environment that
    /// they share, the others each in its own; all use one cache, which is empty at first. Each does
    /// at least `rounds` of it, and goes on until `time` is over. Then every environment is looked at.
    ///
    /// # Panics
    /// If an environment can't be made.
    pub fn soak(&mut self, processes: usize, rounds: usize, time: Duration, seed: u64) -> Soak {
        self.lay("environments/empty", "environment");
        self.lay("caches/nothing", "cache");
        let shared = self.at("environment");
        let own: Vec<_> = (0..processes).map(|number| self.at(&format!("own-{number}"))).collect();
        for folder in &own {
            self.lay("environments/empty", folder.to_str().expect("a plain path"));
        }
        let soak = Mutex::new(Soak::default());
        let start = Instant::now();
        std::thread::scope(|scope| {
            for (number, own) in own.iter().enumerate() {
                let (chaos, soak, shared) = (&*self, &soak, &shared);
                scope.spawn(move || {
                    let environment = if number % 3 == 2 { own } else { shared };
                    let mut dice = Dice::new(seed.wrapping_add(number as u64));
                    let mut round = 0;
                    while round < rounds || start.elapsed() < time {
                        let done = chaos.one_change(environment, &mut dice);
                        let mut soak = soak.lock().expect("no thread panics");
                        soak.runs += usize::from(done.is_ok());
                        soak.wrong.extend(done.err());
                        round += 1;
                    }
                });
            }
        });
        let mut soak = soak.into_inner().expect("no thread panics");
        for environment in own.iter().chain([&shared]) {
            if let Err(wrong) = self.is_sound(environment) {
                soak.wrong.push(format!("{}: {wrong}", environment.display()));
            }
        }
        soak
    }

    /// Some of the wheels in some version come, or some go, or what is kept.
    fn one_change(&self, environment: &Path, dice: &mut Dice) -> Result<(), String> {
        if dice.chance(10) {
            // Everything, or about half.
            let mut command = self.prune(dice.one(&["0", "60K"]));
            return run(&mut command).map_err(|said| format!("{command:?}: {said}"));
        }
        let version = if dice.chance(50) { "1.0" } else { "2.0" };
        let mut all: Vec<(String, String)> = wares::pins(version).into_iter().collect();
        all.extend(wares::other());
        all.extend(wares::built());
        let count = dice.between(1, 3);
        let some: Pins = dice.some(&all, count).into_iter().collect();
        let mut command = if dice.chance(30) {
            self.uninstall_in(environment, some.keys())
        } else {
            self.install_in(environment, &wares::words(&some))
        };
        run(&mut command).map_err(|said| format!("{command:?}: {said}"))
    }
}
