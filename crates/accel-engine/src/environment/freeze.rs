//! `pip freeze`.

use super::member::Member;
use super::{Environment, PARTS_OF_PYTHON, editable};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::request::{FreezeLine, FreezeRequest};
use crate::{session, tools};
use accel_io::vcs::{Note, Programs};
use accel_types::{DirectUrl, PackageName};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// What is installed, as requirements.
pub fn freeze(request: &FreezeRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let environment = Environment::of(&request.environment, listener)?;
    let programs = tools::programs(&request.environment.general);
    let voice = environment.voice.clone();
    let programs = programs.tell(Arc::new(move |note: Note<'_>| match note {
        // Nothing ends here, and so pip says it at once.
        Note::NotFound(text) => voice.say(Level::Error, text),
        other => session::hear(&voice, other),
    }));
    let mut frozen: Vec<Frozen> = Vec::new();
    environment.each(|member| {
        let one = Frozen::of(&member, &environment, &programs)?;
        if request.exclude_editables && one.editable {
            return Ok(());
        }
        match frozen.iter_mut().find(|known| known.package == one.package) {
            Some(known) => *known = one,
            None => frozen.push(one),
        }
        Ok(())
    })?;
    if let Some(lines) = &request.requirements {
        follow(lines, &mut frozen, &environment)?;
        environment.voice.answer("## The following requirements were added by pip freeze:");
    }
    let skipped = skipped(request, &environment);
    frozen.sort_by_key(|one| one.name.to_lowercase());
    for one in frozen.iter().filter(|one| !skipped.contains(&one.package)) {
        environment.voice.answer(&one.text);
    }
    Ok(())
}

/// Names that are left out of what the files do not ask for.
fn skipped(request: &FreezeRequest, environment: &Environment<'_>) -> HashSet<PackageName> {
    let (major, minor, _) = environment.target.interpreter.version();
    let tools: &[&str] = match () {
        () if request.all => &[],
        () if (major, minor) < (3, 12) => &["pip", "setuptools", "distribute", "wheel"],
        () => &["pip"],
    };
    let names = PARTS_OF_PYTHON.iter().chain(tools).map(|name| PackageName::new(name));
    names.chain(request.excludes.iter().cloned()).collect()
}

/// An installed distribution as a requirement.
struct Frozen {
    name: String,
    package: PackageName,
    text: String,
    editable: bool,
}

impl Frozen {
    fn of(
        member: &Member<'_>,
        environment: &Environment<'_>,
        programs: &Programs,
    ) -> Result<Self, EngineError> {
        let name = member.raw_name()?.to_owned();
        let editable = member.is_editable()?;
        let mut lines = Vec::new();
        if let Some(location) = member.editable_location()?.filter(|_| editable) {
            let current_dir = &environment.request.general.current_dir;
            let (requirement, comments) =
                editable::frozen(member, location, programs, current_dir, &environment.voice)?;
            lines.extend(comments);
            lines.push(format!("-e {requirement}"));
        } else {
            lines.push(match member.direct_url()? {
                Some(direct_url) => direct_reference(&direct_url, &name),
                None => member.pinned()?,
            });
        }
        let text = accel_types::python_text::strip_end(&lines.join("\n")).to_owned();
        Ok(Self { package: PackageName::new(&name), name, text, editable })
    }
}

/// A direct URL as a requirement.
fn direct_reference(direct_url: &DirectUrl, name: &str) -> String {
    let mut text = format!("{name} @ ");
    let mut fragments = Vec::new();
    if let Some(info) = &direct_url.vcs_info {
        let _ = write!(text, "{}+{}@{}", info.vcs, direct_url.url, info.commit_id);
    } else {
        text.push_str(&direct_url.url);
    }
    let hashes = direct_url.archive_info.as_ref().and_then(|info| info.hashes.as_ref());
    if let Some((algorithm, digest)) = hashes.and_then(|hashes| hashes.first()) {
        fragments.push(format!("{algorithm}={digest}"));
    }
    if let Some(below) = direct_url.subdirectory.as_deref().filter(|below| !below.is_empty()) {
        fragments.push(format!("subdirectory={below}"));
    }
    if !fragments.is_empty() {
        let _ = write!(text, "#{}", fragments.join("&"));
    }
    text
}

/// Goes through the lines of requirement files, and takes out what they name.
fn follow(
    lines: &[FreezeLine],
    frozen: &mut Vec<Frozen>,
    environment: &Environment<'_>,
) -> Result<(), EngineError> {
    let voice = &environment.voice;
    let mut kept: HashSet<&str> = HashSet::new();
    // Names as written, in the order in which they came first, with the files they stand in.
    let mut places: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match line {
            FreezeLine::Kept(text) => {
                if kept.insert(text) {
                    voice.answer(text);
                }
            }
            FreezeLine::Warning(text) => voice.say(Level::Warning, text),
            FreezeLine::Refused(text) => return Err(EngineError::installation(text)),
            FreezeLine::Unreadable(text) => return Err(EngineError::Crash(text.clone())),
            FreezeLine::Requirement { file, whole, name: None, .. } => {
                voice.info(&format!(
                    "Skipping line in requirement file [{file}] because it's not clear what it \
                     would install: {whole}"
                ));
                voice.info("  (add #egg=PackageName to the URL to avoid this warning)");
            }
            FreezeLine::Requirement { file, text, name: Some(name), .. } => {
                let at = places.iter().position(|(known, _)| known == name);
                let at = at.unwrap_or_else(|| {
                    places.push((name, Vec::new()));
                    places.len() - 1
                });
                let files = &mut places[at].1;
                let package = PackageName::new(name);
                if let Some(at) = frozen.iter().position(|one| one.package == package) {
                    voice.answer(&frozen.remove(at).text);
                    files.push(file);
                } else if files.is_empty() {
                    voice.say(
                        Level::Warning,
                        &format!(
                            "Requirement file [{file}] contains {text}, but package {} is not \
                             installed",
                            accel_types::python_repr(name)
                        ),
                    );
                } else {
                    files.push(file);
                }
            }
        }
    }
    for (name, files) in places.iter().filter(|(_, files)| files.len() > 1) {
        let files: BTreeSet<&str> = files.iter().copied().collect();
        let files: Vec<&str> = files.into_iter().collect();
        let files = files.join(", ");
        voice.say(Level::Warning, &format!("Requirement {name} included multiple times [{files}]"));
    }
    Ok(())
}
