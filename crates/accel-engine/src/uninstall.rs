//! `uninstall`: each distribution that is named goes, one after the other.

use crate::error::EngineError;
use crate::listener::{Level, Listener, Voice};
use crate::mend;
use crate::pipeline::TURNS;
use crate::removal::Removal;
use crate::request::UninstallRequest;
use crate::target;
use accel_install::install::error::InstallError;
use accel_install::installed::{PassedOver, installed};
use accel_install::target::{SchemeChoice, Target};
use accel_install::uninstall::{Surroundings, UninstallError};
use accel_install::{Seen, journal};
use accel_io::interrupt;
use accel_types::PackageName;
use accel_types::python_text::repr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const QUESTION: &str = "Proceed (Y/n)? ";

/// Takes what the request names out of its environment. What went before a failure stays away, as
/// with pip; of the one that failed nothing is gone.
pub fn uninstall(
    request: &UninstallRequest,
    listener: Arc<dyn Listener>,
) -> Result<(), EngineError> {
    let target = target::locate(&request.python, &request.general)?;
    target::refuse_managed(&target, request.break_system_packages)?;
    let places = Places::of(&target)?;
    for place in places.all() {
        journal::recover(place)?;
    }
    let voice = Voice::new(listener);
    let missing = mend::before_removal(request, &target, &voice)?;
    // pip looks around when it makes its session, whatever it is then asked for.
    for PassedOver { warning, .. } in &installed(&target).passed_over {
        voice.say(Level::Warning, warning);
    }
    for name in &request.names {
        let mut done = Ok(());
        for _ in 0..TURNS {
            interrupt::check()?;
            let mut seen = Vec::new();
            for place in places.all() {
                journal::recover(place)?;
                seen.push((place, Seen::of(place)));
            }
            done = one(request, &target, &places, &seen, name, &voice);
            // Another process was faster: what there is to remove may be something else by now.
            let overtaken = matches!(done, Err(EngineError::Install(InstallError::Overtaken)));
            let moves = seen.iter().any(|(place, seen)| journal::is_moving(place, seen));
            if done.is_ok() || !overtaken && !moves {
                break;
            }
        }
        done.map_err(|error| match error {
            EngineError::Uninstall(mismatch @ UninstallError::EggLink { .. }) => {
                EngineError::Crash(format!("AssertionError: {mismatch}"))
            }
            error => error.into_crash(),
        })?;
    }
    missing.into_iter().try_for_each(|missing| missing.weigh(Ok(()), &voice))
}

fn one(
    request: &UninstallRequest,
    target: &Target,
    places: &Places,
    seen: &[(&Path, Seen)],
    name: &str,
    voice: &Voice,
) -> Result<(), EngineError> {
    // What went before may have uncovered another distribution of that name.
    let all = installed(target);
    // Metadata without a name is mentioned once, other oddities each time.
    for PassedOver { warning, .. } in all.passed_over.iter().filter(|one| !one.once) {
        voice.say(Level::Warning, warning);
    }
    let Some(found) = all.get(&PackageName::new(name)) else {
        voice.say(Level::Warning, &format!("Skipping {name} as it is not installed."));
        return Ok(());
    };
    let removal = Removal::of(voice, "", found, &places.surroundings)?;
    if removal.plan.is_empty() {
        return Ok(());
    }
    removal.begins();
    if !request.yes {
        removal.lists(request.general.verbosity > 0);
        if !proceeds(request, voice)? {
            return Ok(());
        }
    }
    let place = places.of_journal(found.in_user_site());
    let seen = seen.iter().find(|(folder, _)| *folder == place).map(|(_, seen)| seen);
    removal.goes();
    let plans = std::slice::from_ref(&removal.plan);
    accel_install::uninstall::uninstall(plans, place, seen)?;
    removal.is_done();
    Ok(())
}

/// Asks until there is an answer that makes sense.
fn proceeds(request: &UninstallRequest, voice: &Voice) -> Result<bool, EngineError> {
    let mut question = QUESTION.to_owned();
    loop {
        if request.general.no_input {
            return Err(EngineError::Crash(format!(
                "Exception: No input was expected ($PIP_NO_INPUT set); question: {QUESTION}"
            )));
        }
        let Some(answer) = voice.ask(&question) else {
            interrupt::check()?;
            return Err(EngineError::Crash("EOFError: EOF when reading a line".to_owned()));
        };
        match answer.trim().to_lowercase().as_str() {
            "" | "y" => return Ok(true),
            "n" => return Ok(false),
            other => {
                question = format!(
                    "Your response ({}) was not one of the expected responses: y, n, \n{QUESTION}",
                    repr(other)
                );
            }
        }
    }
}

/// The folders of an environment in which a change is journalled: where `install` keeps its own.
struct Places {
    surroundings: Surroundings,
    purelib: PathBuf,
    user: Option<PathBuf>,
}

impl Places {
    fn of(target: &Target) -> Result<Self, EngineError> {
        let purelib = target.scheme(&SchemeChoice::Default, None)?.purelib;
        let user = target.user_site().filter(|_| target.user_site_enabled());
        Ok(Self { surroundings: Surroundings::of(target)?, purelib, user })
    }

    fn all(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.purelib.as_path()).chain(self.user.as_deref())
    }

    fn of_journal(&self, in_user_site: bool) -> &Path {
        self.user.as_deref().filter(|_| in_user_site).unwrap_or(&self.purelib)
    }
}
