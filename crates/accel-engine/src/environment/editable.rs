//! What `freeze` writes for a project that is installed in editable mode.

use super::member::Member;
use crate::error::EngineError;
use crate::listener::{Level, Voice};
use accel_io::vcs::{Described, Programs, describe};
use accel_requirements::python_path::abspath;
use std::path::Path;

/// The requirement and the comments above it.
pub(super) fn frozen(
    member: &Member<'_>,
    location: &str,
    programs: &Programs,
    current_dir: &Path,
    voice: &Voice,
) -> Result<(String, Vec<String>), EngineError> {
    let location = abspath(&current_dir.to_string_lossy(), location);
    let warn = |text: String| voice.say(Level::Warning, &text);
    let comments = match describe(programs, Path::new(&location), member.raw_name()?) {
        Described::Requirement(requirement) => return Ok((requirement, Vec::new())),
        Described::Unversioned => {
            let shown = member.pinned()?;
            let quoted = accel_types::python_repr(&location);
            let text = format!("No VCS found for editable requirement \"{shown}\" in: {quoted}");
            voice.say(Level::Debug, &text);
            vec![format!("# Editable install with no version control ({shown})")]
        }
        Described::NoRemote(system) => {
            vec![format!("# Editable {system} install with no remote ({})", member.pinned()?)]
        }
        Described::InvalidRemote(system, url) => vec![
            format!(
                "# Editable {system} install ({}) with either a deleted local remote or invalid \
                 URI:",
                member.pinned()?
            ),
            format!("# '{url}'"),
        ],
        Described::MissingProgram(program) => {
            warn(format!(
                "cannot determine version of editable source in {location} ({program} command not \
                 found in path)"
            ));
            Vec::new()
        }
        Described::Failed(error) => {
            warn(format!("Error when trying to get requirement for VCS system {error}"));
            warn(format!("Could not determine repository location of {location}"));
            vec!["## !! Could not determine repository location".to_owned()]
        }
    };
    Ok((location, comments))
}
