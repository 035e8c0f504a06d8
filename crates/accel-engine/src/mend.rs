//! What a power cut took from an environment, brought back before anything else is done there.
//!
//! The very wheels that were installed are linked again where the store still has them; else the same
//! versions are resolved, without their dependencies, as if somebody had named them.

use crate::change;
use crate::error::EngineError;
use crate::listener::{Level, Silence, Voice};
use crate::pipeline::{Ground, install_once};
use crate::plan::{Plan, Step, StepSource};
use crate::request::{Dependencies, InstallRequest, UninstallRequest};
use crate::session::Session;
use crate::target::{self, InstalledSet};
use crate::tools::Tools;
use accel_install::Seen;
use accel_install::install::error::InstallError;
use accel_install::lost::{Lost, Unseen};
use accel_install::target::{SchemeChoice, Target};
use accel_io::{fs, interrupt};
use accel_requirements::{DirectLink, Origin, RequirementInput};
use accel_store::Entry;
use accel_types::{DirectUrl, Hashes, PackageName};
use std::sync::Arc;

/// What could not be brought back, and why.
#[derive(Default)]
pub(crate) struct Missing(Vec<(Lost, String)>);

/// Looks whether the machine has gone down since the environment was changed, and brings back what
/// that took. Costs one system call where nothing was changed, and four where it was changed in this
/// start of the machine.
pub(crate) fn after_cut(
    request: &InstallRequest,
    ground: Ground<'_>,
    voice: &Voice,
) -> Result<Missing, EngineError> {
    let scheme = ground.scheme;
    // What is put into a folder by `--target` is not marked.
    if request.place.target.is_some() {
        return Ok(Missing::default());
    }
    let Some(unseen) = Unseen::of(&scheme.purelib, &scheme.platlib) else {
        return Ok(Missing::default());
    };
    let lost = unseen.lost();
    let mut missing = Missing::default();
    if fs::is_writable(&scheme.purelib) && !lost.is_empty() {
        let request = for_mending(request);
        relink(&request, ground, &lost)?;
        for one in lost.iter().filter(|one| one.is_lost()) {
            let reason = match again(&request, ground, one) {
                Err(error) => error.to_string(),
                Ok(()) => "it was installed again, and is not whole".to_owned(),
            };
            if one.is_lost() {
                missing.0.push((one.clone(), reason));
            }
        }
        let back = lost.iter().filter(|one| !one.is_lost());
        let names: Vec<String> = back.map(|one| format!("{} {}", one.name, one.version)).collect();
        if !names.is_empty() {
            let text = format!("Brought back what a power cut took of {}", names.join(", "));
            voice.say_passing(Level::Warning, &text);
        }
    } else {
        let reason = "the environment can't be written to";
        missing.0.extend(lost.into_iter().map(|one| (one, reason.to_owned())));
    }
    if missing.0.is_empty() {
        unseen.settle();
    }
    Ok(missing)
}

impl Missing {
    /// The result of a command, which is no success as long as something is missing.
    pub(crate) fn weigh<T>(
        self,
        done: Result<T, EngineError>,
        voice: &Voice,
    ) -> Result<T, EngineError> {
        let still: Vec<String> = self
            .0
            .iter()
            .filter(|(one, _)| one.is_lost())
            .map(|(one, reason)| format!("{} ({reason})", words(one)))
            .collect();
        if still.is_empty() {
            return done;
        }
        let still = still.join("; ");
        if done.is_err() {
            voice.say(Level::Error, &still);
            return done;
        }
        Err(EngineError::installation(still))
    }
}

/// What a distribution lacks, and the command that mends it.
pub(crate) fn words(lost: &Lost) -> String {
    let wanted = match &lost.direct {
        None => lost.pin(),
        Some(Some(direct)) => format!("'{} @ {}'", lost.name, direct.url),
        Some(None) => format!("what {} was installed from", lost.name),
    };
    format!(
        "{} {} has lost files in a power cut, {} first: pip install --force-reinstall --no-deps {wanted}",
        lost.name,
        lost.version,
        lost.file.display()
    )
}

/// The same before something is taken out of an environment: nothing is fetched then.
pub(crate) fn before_removal(
    request: &UninstallRequest,
    target: &Target,
    voice: &Voice,
) -> Result<Vec<Missing>, EngineError> {
    let general = request.general.clone();
    let python = target.interpreter.executable();
    let mut settings =
        InstallRequest { general, ..InstallRequest::new(python, &request.general.cache_root) };
    settings.index.no_index = true;
    settings.general.network.offline = true;
    let users_own = target.user_site().is_some() && target.user_site_enabled();
    let mut missing = Vec::new();
    for user in [false, true].into_iter().filter(|user| !user || users_own) {
        settings.place.user = Some(user);
        let (scheme, decision) = target::scheme(target, &settings.place)?;
        missing.push(after_cut(&settings, Ground { target, scheme: &scheme, decision }, voice)?);
    }
    Ok(missing)
}

/// What is lost in an environment that is only looked at.
pub(crate) fn lost_in(target: &Target) -> Vec<Lost> {
    let own = target.user_site_enabled();
    let choices = [SchemeChoice::Default, SchemeChoice::User];
    let choices = choices.iter().take(1 + usize::from(own));
    let schemes = choices.filter_map(|choice| target.scheme(choice, None).ok());
    let unseen = schemes.filter_map(|scheme| Unseen::of(&scheme.purelib, &scheme.platlib));
    unseen.flat_map(|unseen| unseen.lost()).collect()
}

/// The same settings, for what is installed again.
fn for_mending(request: &InstallRequest) -> InstallRequest {
    let mut request = request.without_requirements();
    request.dependencies = Dependencies::Ignore;
    request.changes.ignore_installed = true;
    request.changes.force_reinstall = false;
    request.writing.warn_conflicts = false;
    request.writing.warn_script_location = false;
    request.writing.stage = 0;
    request
}

/// Puts the files of kept wheels over what is there.
fn relink(request: &InstallRequest, ground: Ground<'_>, lost: &[Lost]) -> Result<(), EngineError> {
    let voice = Voice::new(Arc::new(Silence));
    let target = ground.target;
    let tools = Tools::of(request, target.interpreter.executable(), &voice);
    let session = Session::new(request, &target.interpreter, tools, voice)?;
    loop {
        interrupt::check()?;
        let seen = Seen::of(&ground.scheme.purelib);
        let general = &request.general;
        let installed = InstalledSet::of(target, &seen, general, ground.decision.user, true);
        let (mut plan, mut entries) = (Plan::default(), Vec::new());
        for one in lost.iter().filter(|one| one.is_lost()) {
            if let Some((step, entry)) = kept(&session, one)? {
                plan.steps.push(step);
                entries.push(entry);
            }
        }
        match change::install(&session, target, ground.scheme, &plan, &entries, &installed) {
            // Its files went with the environment's: they are the same.
            Err(edited @ EngineError::Edited { .. }) => session.mend(edited)?,
            Err(EngineError::Install(InstallError::Overtaken)) => {}
            // What can't be done so may be done otherwise.
            _ => return Ok(()),
        }
    }
}

/// The store's entry of what was installed.
fn kept(session: &Session<'_>, lost: &Lost) -> Result<Option<(Step, Entry)>, EngineError> {
    let direct_url = lost.direct_url_text();
    let (Some(wheel), true) = (&lost.wheel, lost.direct.is_none() || direct_url.is_some()) else {
        return Ok(None);
    };
    let Some(entry) = session.store.entry(wheel)? else { return Ok(None) };
    let step = Step {
        name: PackageName::new(&lost.name),
        shown: lost.name.clone(),
        metadata_name: lost.name.clone(),
        version: lost.version.clone(),
        // It is here already.
        source: StepSource::Direct { url: String::new(), editable: false },
        requirement: lost.pin(),
        words: lost.pin(),
        requested: lost.requested,
        extras: Vec::new(),
        yanked: None,
        direct_url,
        wheel: Some(wheel.clone()),
        hashes: Hashes::new(),
        root: None,
        chosen: 0,
        replaces: false,
    };
    Ok(Some((step, entry)))
}

/// Installs a distribution as if it had been named.
fn again(request: &InstallRequest, ground: Ground<'_>, lost: &Lost) -> Result<(), EngineError> {
    let input = requirement(lost).ok_or_else(|| {
        EngineError::installation(
            "it was installed from a URL or path which the cut has taken, too",
        )
    })?;
    let request = InstallRequest { requirements: vec![input], ..request.clone() };
    loop {
        interrupt::check()?;
        let seen = Seen::of(&ground.scheme.purelib);
        match install_once(&request, ground, &seen, Arc::new(Silence)) {
            Err(EngineError::Install(InstallError::Overtaken)) => {}
            done => return done.map(drop),
        }
    }
}

fn requirement(lost: &Lost) -> Option<RequirementInput> {
    let user_supplied = lost.requested;
    let by_name = |text: &str| {
        let input = RequirementInput::by_name(text)?;
        Some(RequirementInput { user_supplied, ..input })
    };
    let direct = match &lost.direct {
        None => return by_name(&lost.pin()),
        Some(direct) => direct.as_ref()?,
    };
    let text = format!("{} @ {}", lost.name, url_of(direct));
    if !direct.is_local_editable() {
        return by_name(&text);
    }
    let link = DirectLink { url: direct.url.clone() };
    let path = direct.url.trim_start_matches("file://").to_owned();
    let input = by_name(&lost.name)?;
    let origin = Origin::Directory { link, path };
    Some(RequirementInput { text, requirement: None, origin, editable: true, ..input })
}

/// The URL with all that says which state of it was installed.
fn url_of(direct: &DirectUrl) -> String {
    let mut url = match &direct.vcs_info {
        Some(info) => format!("{}+{}@{}", info.vcs, direct.url, info.commit_id),
        None => direct.url.clone(),
    };
    if let Some(below) = &direct.subdirectory {
        url.push_str("#subdirectory=");
        url.push_str(below);
    }
    url
}
