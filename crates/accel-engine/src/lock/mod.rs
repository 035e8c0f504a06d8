//! `lock`: what an installation would choose, written down (PEP 751).

mod package;
mod toml_text;

use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::locks;
use crate::plan::Plan;
use crate::purpose::Purpose;
use crate::request::LockRequest;
use crate::resolution;
use crate::session::Session;
use crate::target::{self, InstalledSet};
use accel_io::{IoError, fs};
use std::path::Path;
use std::sync::Arc;
use toml_text::{Table, Value};

/// Writes the lock file of what the request leads to.
pub fn lock(request: &LockRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    // Only for installations pip has words of its own for what the system refuses.
    run(request, listener).map_err(EngineError::into_crash)
}

fn run(request: &LockRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let target = target::locate(&request.resolve.python, &request.resolve.general)?;
    let resolve = &*locks::resolved(&request.resolve, &target.interpreter)?;
    let python = &target.interpreter;
    let session = Session::without_environment(resolve, python, Purpose::Lock, listener)?;

    let answer = resolution::of_request(&session, &InstalledSet::empty())?;
    let current_dir = &resolve.general.current_dir;
    let Some(file) = &request.output else {
        let text = document(&session, &answer.plan, current_dir)?;
        session.voice.answer(text.trim_end_matches('\n'));
        return finish(&session, &answer);
    };
    if !request.is_valid_name {
        let text = format!("{} is not a valid lock file name.", file.display());
        session.voice.say(Level::Warning, &text);
    }
    let path = current_dir.join(file);
    let text = document(&session, &answer.plan, path.parent().unwrap_or(&path))?;
    // pip names the file as it was named to it.
    let written = fs::write(&path, text);
    written.map_err(|error| match error.raw_os_error() {
        Some(number) => IoError::new("write", file, std::io::Error::from_raw_os_error(number)),
        None => error,
    })?;
    finish(&session, &answer)
}

fn finish(session: &Session<'_>, answer: &resolution::Answer) -> Result<(), EngineError> {
    answer.remember(session, &[])?;
    session.shared.put_new(&session.store);
    Ok(())
}

/// The text of the lock file; paths in it start at `base`.
fn document(session: &Session<'_>, plan: &Plan, base: &Path) -> Result<String, EngineError> {
    let base = fs::real_path(base);
    let mut steps: Vec<_> = plan.steps.iter().collect();
    steps.sort_by(|one, other| one.name.cmp(&other.name));
    let packages = steps.into_iter().map(|step| package::of_step(session, step, &base));
    let packages = packages.map(|table| table.map(Value::Table)).collect::<Result<_, _>>()?;
    let document: Table = vec![
        ("lock-version", Value::Text("1.0".to_owned())),
        ("created-by", Value::Text("pip".to_owned())),
        ("packages", Value::List(packages)),
    ];
    Ok(toml_text::document(&document))
}
