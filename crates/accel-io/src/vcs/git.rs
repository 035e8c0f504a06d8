//! Git.

use std::path::{Path, PathBuf};

use super::programs::Arg;
use super::{Change, Names, Programs, Remote, Stand, System, VcsError};
use super::{check_argument, is_top, path_to_url, project_below};
use crate::fs;
use accel_types::python_url::redacted;

/// Git.
pub(super) struct Git;

const NAMES: Names = Names { program: "git", title: "Git", folder: ".git", copy: "clone" };

/// From this version on git can clone without all contents.
const PARTIAL_CLONES: (u32, u32) = (2, 17);

/// A revision as the remote's names resolve it.
struct Resolved {
    /// What git is given: a commit id, or the revision itself.
    name: String,
    /// Whether it is the remote branch of that name.
    branch: bool,
}

impl System for Git {
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
        remote.revision.as_deref().map_or(Ok(()), check_argument)?;
        let quiet: &[Arg<'_>] = if programs.verbosity <= 0 { &[Arg::Plain("-q")] } else { &[] };
        let with = |args: &[Arg<'_>], last: &str| {
            let command: Vec<Arg<'_>> = [args, quiet, &[Arg::Plain(last)]].concat();
            programs.run(NAMES, &command, Some(dest))
        };
        match change {
            Change::New => clone(programs, dest, remote)?,
            Change::Switch => {
                let config = ["config".into(), "remote.origin.url".into(), Arg::Url(&remote.url)];
                programs.run(NAMES, &config, Some(dest))?;
                with(&["checkout".into()], remote.revision.as_deref().unwrap_or("HEAD"))?;
            }
            Change::Update => {
                let fetch: Vec<Arg<'_>> = [&["fetch".into(), "--tags".into()], quiet].concat();
                programs.run(NAMES, &fetch, Some(dest))?;
                let revision = remote.revision.as_deref().unwrap_or("HEAD");
                let resolved = resolve(programs, remote, revision, dest)?;
                with(&["reset".into(), "--hard".into()], &resolved.name)?;
            }
        }
        submodules(programs, dest)
    }

    fn remote_url(&self, programs: &Programs, location: &Path) -> Result<String, VcsError> {
        let args = ["config".into(), "--get-regexp".into(), r"remote\..*\.url".into()];
        let text = programs.ask(NAMES, &args, Some(location), &[1])?;
        let remotes: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).collect();
        let origin = remotes.iter().find(|(name, _)| *name == "remote.origin.url");
        let (_, url) = origin.or(remotes.first()).ok_or(VcsError::NoRemote)?;
        as_url(url.split(' ').next().unwrap_or(url).trim())
    }

    fn revision(
        &self,
        programs: &Programs,
        location: &Path,
        _pinned: bool,
    ) -> Result<String, VcsError> {
        commit(programs, location, "HEAD")
    }

    fn root(&self, programs: &Programs, location: &Path) -> Option<PathBuf> {
        if is_top(NAMES, location) {
            return Some(location.to_owned());
        }
        let args = ["rev-parse".into(), "--show-toplevel".into()];
        let text = programs.ask_quietly(NAMES, &args, Some(location), &[]).ok()?;
        Some(PathBuf::from(text.trim_end_matches(['\r', '\n'])))
    }

    fn subdirectory(
        &self,
        programs: &Programs,
        location: &Path,
    ) -> Result<Option<String>, VcsError> {
        let args = ["rev-parse".into(), "--git-dir".into()];
        let text = programs.ask(NAMES, &args, Some(location), &[])?;
        let folder = location.join(text.trim());
        let top = folder.parent().unwrap_or(&folder);
        Ok(project_below(programs, location, top))
    }

    fn stand(
        &self,
        programs: &Programs,
        location: &Path,
        revision: &str,
    ) -> Result<Stand, VcsError> {
        check_argument(revision)?;
        if commit(programs, location, "HEAD")? != revision {
            return Ok(Stand::Elsewhere);
        }
        let named = named(programs, location, revision)?.is_some();
        Ok(if named { Stand::There } else { Stand::ForGood })
    }
}

/// Clones, and checks out a revision as pip understands it: a branch of the remote, then a tag,
/// then a full ref or a commit id, which are fetched if the clone did not bring them.
fn clone(programs: &Programs, dest: &Path, remote: &Remote) -> Result<(), VcsError> {
    let url = redacted(&remote.url);
    let revision_words = remote.revision_words();
    programs.info(&format!("Cloning {url}{revision_words} to {}", programs.shown(dest)));
    let flags: &[Arg<'_>] = match programs.verbosity {
        ..=0 => &[Arg::Plain("--quiet")],
        1 => &[],
        _ => &[Arg::Plain("--verbose"), Arg::Plain("--progress")],
    };
    let folder = dest.to_string_lossy();
    let mut args = vec!["clone".into()];
    if version(programs)? >= PARTIAL_CLONES && programs.partial {
        args.push("--filter=blob:none".into());
    }
    args.extend(flags);
    args.extend([Arg::Url(&remote.url), Arg::Plain(&folder)]);
    programs.run(NAMES, &args, None)?;
    let at = match &remote.revision {
        None => commit(programs, dest, "HEAD")?,
        Some(revision) => {
            let resolved = resolve(programs, remote, revision, dest)?;
            if resolved.branch {
                if current_branch(programs, dest)?.as_deref() != Some(revision) {
                    let track = format!("origin/{revision}");
                    let args = ["checkout", "-b", revision, "--track", &track].map(Arg::Plain);
                    programs.run(NAMES, &args, Some(dest))?;
                }
            } else if commit(programs, dest, "HEAD")? != resolved.name {
                let args = ["checkout", "-q", &resolved.name].map(Arg::Plain);
                programs.run(NAMES, &args, Some(dest))?;
            }
            resolved.name
        }
    };
    programs.info(&format!("Resolved {url} to commit {at}"));
    Ok(())
}

fn submodules(programs: &Programs, dest: &Path) -> Result<(), VcsError> {
    if !fs::exists(dest.join(".gitmodules")) {
        return Ok(());
    }
    let mut args = vec!["submodule", "update", "--init", "--recursive"];
    if programs.verbosity <= 0 {
        args.push("-q");
    }
    let args: Vec<Arg<'_>> = args.into_iter().map(Arg::Plain).collect();
    programs.run(NAMES, &args, Some(dest))
}

fn resolve(
    programs: &Programs,
    remote: &Remote,
    revision: &str,
    dest: &Path,
) -> Result<Resolved, VcsError> {
    if let Some((name, branch)) = named(programs, dest, revision)? {
        return Ok(Resolved { name, branch });
    }
    let asked = Resolved { name: revision.to_owned(), branch: false };
    if !is_commit_id(revision) {
        programs
            .info(&format!("Did not find branch or tag '{revision}', assuming revision or ref."));
    }
    if !revision.starts_with("refs/") {
        // git fetches whole commit ids only.
        let peeled = format!("{revision}^{{commit}}");
        let verify = ["rev-parse", "-q", "--verify", &peeled].map(Arg::Plain);
        if !is_commit_id(revision) || programs.try_to_run(NAMES, &verify, Some(dest)).is_ok() {
            return Ok(asked);
        }
    }
    let fetch = ["fetch".into(), "-q".into(), Arg::Url(&remote.url), Arg::Plain(revision)];
    programs.run(NAMES, &fetch, Some(dest))?;
    Ok(Resolved { name: commit(programs, dest, "FETCH_HEAD")?, branch: false })
}

/// What a remote branch, or else a tag, of this name points to, and whether it is the branch.
fn named(
    programs: &Programs,
    dest: &Path,
    revision: &str,
) -> Result<Option<(String, bool)>, VcsError> {
    let args = ["show-ref", revision].map(Arg::Plain);
    // Nothing found is 1; pip does not look at the code at all.
    let text = match programs.ask_quietly(NAMES, &args, Some(dest), &[1]) {
        Err(VcsError::Failed { .. }) => return Ok(None),
        answer => answer?,
    };
    // Only "\n" ends a line: names may hold other separators that look like line ends.
    let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let refs: Vec<_> = lines.filter_map(|line| line.split_once(' ')).collect();
    let of = |wanted: String| {
        refs.iter().find(|(_, name)| *name == wanted).map(|(id, _)| (*id).to_owned())
    };
    let branch = of(format!("refs/remotes/origin/{revision}")).map(|id| (id, true));
    Ok(branch.or_else(|| of(format!("refs/tags/{revision}")).map(|id| (id, false))))
}

/// The branch that is checked out, unless it is a commit.
fn current_branch(programs: &Programs, dest: &Path) -> Result<Option<String>, VcsError> {
    let args = ["symbolic-ref", "-q", "HEAD"].map(Arg::Plain);
    let text = programs.ask(NAMES, &args, Some(dest), &[1])?;
    Ok(text.trim().strip_prefix("refs/heads/").map(str::to_owned))
}

fn commit(programs: &Programs, location: &Path, revision: &str) -> Result<String, VcsError> {
    let args = ["rev-parse", revision].map(Arg::Plain);
    Ok(programs.ask(NAMES, &args, Some(location), &[])?.trim().to_owned())
}

/// git's version, zeros if it is not understood.
fn version(programs: &Programs) -> Result<(u32, u32), VcsError> {
    let text = programs.ask(NAMES, &[Arg::Plain("version")], None, &[])?;
    let numbers = text.strip_prefix("git version ").map(|rest| {
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let mut parts = rest.split('.').map(|part| digits(part).parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    });
    if numbers.is_none() {
        programs.warn(&format!("Can't parse git version: {text}"));
    }
    Ok(numbers.unwrap_or_default())
}

/// What git calls a remote, as a URL: a URL, a path, or `user@host:path`.
fn as_url(remote: &str) -> Result<String, VcsError> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if remote
        .split_once("://")
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(word))
    {
        return Ok(remote.to_owned());
    }
    if fs::exists(remote) {
        // Python makes a URL of absolute paths only.
        return match path_to_url(remote) {
            url if url.starts_with("file:") => Ok(url),
            _ => Err(VcsError::InvalidRemote(remote.to_owned())),
        };
    }
    let invalid = || VcsError::InvalidRemote(remote.to_owned());
    let (place, path) = remote.split_once(':').ok_or_else(invalid)?;
    let host = match place.split_once('@') {
        Some((user, host)) if !user.is_empty() && user.chars().all(word) => host,
        _ => place,
    };
    let is_path = path.starts_with(word) && !path.contains(':');
    if host.is_empty() || host.contains('/') || !is_path {
        return Err(invalid());
    }
    Ok(format!("ssh://{place}/{path}"))
}

/// Forty hexadecimal digits.
fn is_commit_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_become_urls_as_in_pip() {
        let url = |text| as_url(text).ok();
        for (remote, expected) in [
            ("https://h/x.git", Some("https://h/x.git")),
            ("git@h:x/y.git", Some("ssh://git@h/x/y.git")),
            ("h:x/y.git", Some("ssh://h/x/y.git")),
            ("h:/x", None),
            ("h:x:y", None),
            ("gone/place", None),
            ("/", Some("file:///")),
            (".", None),
        ] {
            assert_eq!(url(remote).as_deref(), expected, "{remote}");
        }
    }
}
