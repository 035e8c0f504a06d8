//! Mercurial.

use std::path::{Path, PathBuf};

use super::programs::Arg;
use super::{Change, Names, Programs, Remote, System, VcsError};
use super::{check_argument, is_top, path_to_url, project_below};
use crate::fs;
use accel_types::python_url::redacted;

/// Mercurial.
pub(super) struct Mercurial;

const NAMES: Names = Names { program: "hg", title: "Mercurial", folder: ".hg", copy: "clone" };

impl System for Mercurial {
    fn names(&self) -> Names {
        NAMES
    }

    fn bring(
        &self,
        programs: &Programs,
        change: Change,
        dest: &Path,
        remote: &Remote,
    ) -> Result<(), VcsError> {
        check_argument(&remote.url)?;
        let revision = remote.revision.as_ref().map(|name| format!("--rev={name}"));
        let quiet: &[Arg<'_>] = if programs.verbosity <= 0 { &[Arg::Plain("-q")] } else { &[] };
        let update = |flags: &[Arg<'_>]| {
            let mut args = vec!["update".into()];
            args.extend(flags);
            args.extend(revision.as_deref().map(Arg::Plain));
            programs.run(NAMES, &args, Some(dest))
        };
        match change {
            Change::New => {
                programs.info(&format!(
                    "Cloning hg {}{} to {}",
                    redacted(&remote.url),
                    remote.revision_words(),
                    programs.shown(dest)
                ));
                let flags: &[Arg<'_>] = match programs.verbosity {
                    ..=0 => &[Arg::Plain("--quiet")],
                    1 => &[],
                    2 => &[Arg::Plain("--verbose")],
                    _ => &[Arg::Plain("--verbose"), Arg::Plain("--debug")],
                };
                let folder = dest.to_string_lossy();
                let mut args = vec!["clone".into(), "--noupdate".into()];
                args.extend(flags);
                args.extend([Arg::Url(&remote.url), Arg::Plain(&folder)]);
                programs.run(NAMES, &args, None)?;
                update(flags)
            }
            Change::Switch => match set_default_path(dest, &remote.url) {
                Ok(()) => update(quiet),
                Err(reason) => {
                    programs.warn(&format!(
                        "Could not switch Mercurial repository to {}: {reason}",
                        redacted(&remote.url)
                    ));
                    Ok(())
                }
            },
            Change::Update => {
                programs.run(NAMES, &[&["pull".into()], quiet].concat(), Some(dest))?;
                update(quiet)
            }
        }
    }

    fn remote_url(&self, programs: &Programs, location: &Path) -> Result<String, VcsError> {
        let args = ["showconfig", "paths.default"].map(Arg::Plain);
        Ok(path_to_url(programs.ask(NAMES, &args, Some(location), &[])?.trim()))
    }

    fn revision(
        &self,
        programs: &Programs,
        location: &Path,
        pinned: bool,
    ) -> Result<String, VcsError> {
        let template = if pinned { "--template={node}" } else { "--template={rev}" };
        let args = ["parents", template].map(Arg::Plain);
        Ok(programs.ask(NAMES, &args, Some(location), &[])?.trim().to_owned())
    }

    fn root(&self, programs: &Programs, location: &Path) -> Option<PathBuf> {
        if is_top(NAMES, location) {
            return Some(location.to_owned());
        }
        let text = programs.ask_quietly(NAMES, &["root".into()], Some(location), &[]).ok()?;
        Some(PathBuf::from(text.trim_end_matches(['\r', '\n'])))
    }

    fn subdirectory(
        &self,
        programs: &Programs,
        location: &Path,
    ) -> Result<Option<String>, VcsError> {
        let text = programs.ask(NAMES, &["root".into()], Some(location), &[])?;
        Ok(project_below(programs, location, &location.join(text.trim())))
    }
}

/// Writes the URL into the working copy's own settings: `default` of `[paths]`.
fn set_default_path(dest: &Path, url: &str) -> Result<(), String> {
    let file = dest.join(NAMES.folder).join("hgrc");
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let paths = lines.iter().position(|line| line.trim() == "[paths]");
    let start = paths.ok_or("No section: 'paths'")? + 1;
    let end = lines[start..].iter().position(|line| line.starts_with('['));
    let end = end.map_or(lines.len(), |end| start + end);
    let is_default = |line: &String| {
        line.split_once(['=', ':'])
            .is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case("default"))
    };
    let setting = format!("default = {url}");
    match lines[start..end].iter().position(is_default) {
        Some(at) => lines[start + at] = setting,
        None => lines.insert(start, setting),
    }
    fs::write(&file, lines.join("\n") + "\n").map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_path_is_replaced_or_added() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let file = scratch.path().join(".hg/hgrc");
        fs::create_dir(scratch.path().join(".hg")).unwrap();
        for (before, after) in [
            (
                "[ui]\nx=1\n[paths]\ndefault = /a\nother=b\n",
                "[ui]\nx=1\n[paths]\ndefault = /z\nother=b\n",
            ),
            ("[paths]\n[ui]\ndefault = no\n", "[paths]\ndefault = /z\n[ui]\ndefault = no\n"),
        ] {
            fs::write(&file, before).unwrap();
            set_default_path(scratch.path(), "/z").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), after);
        }
        fs::write(&file, "[ui]\n").unwrap();
        assert_eq!(set_default_path(scratch.path(), "/z").unwrap_err(), "No section: 'paths'");
    }
}
