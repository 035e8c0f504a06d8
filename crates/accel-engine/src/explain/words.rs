//! The sentences about what was chosen, and why.

use super::reasons::{
    Bar, Clause, Explanation, Fate, How, Looked, Origin, Others, Presence, Reason, Run, Source,
    Would, python_words,
};
use accel_resolve::{Asker, Demanded, Wish};
use accel_types::python_url::redacted;
use accel_types::{ExtraName, Version};

/// So many runs of versions are written out.
const RUNS: usize = 6;
/// So many specifiers that exclude the same versions are named.
const BARS: usize = 3;
/// So many groups of versions that were turned down are told apart.
const CONFLICTS: usize = 5;
/// So much of a text of somebody else's is repeated.
const LONGEST: usize = 200;

/// What is the same for all sentences of a run.
pub(super) struct Facts {
    /// The Python that is worked for.
    pub(super) python: Version,
    /// `--uploaded-prior-to`, as Python prints it.
    pub(super) prior_to: Option<String>,
}

/// All that there is to tell of a project, a line each.
pub(super) fn lines(told: &Explanation, facts: &Facts) -> Vec<String> {
    let name = &told.shown;
    let mut lines = match &told.presence {
        Presence::Chosen { version, fate, source } => {
            vec![chosen(&format!("{name} {version}"), fate, source)]
        }
        Presence::Installed(origin) => installed(name, origin),
        Presence::Absent(would) if would.is_empty() => {
            vec![format!("{name} is not part of the answer: nothing there asks for it.")]
        }
        Presence::Absent(would) => {
            let mut lines = vec![format!("{name} is not part of the answer, but named:")];
            lines.extend(would.iter().map(|would| format!("  {}", brings(would))));
            lines
        }
        Presence::NotInstalled(would) if would.is_empty() => {
            vec![format!("{name} is not installed, and nothing that is asks for it.")]
        }
        Presence::NotInstalled(would) => {
            let mut lines = vec![format!("{name} is not installed, but named:")];
            lines.extend(would.iter().map(|would| format!("  {}", brings(would))));
            lines
        }
    };
    if matches!(told.presence, Presence::Absent(_) | Presence::NotInstalled(_)) {
        return lines;
    }
    if !told.asked.is_empty() {
        let is_there = matches!(told.presence, Presence::Installed(_));
        lines.push(if is_there { "Required by:" } else { "Asked for by:" }.to_owned());
        lines.extend(told.asked.iter().map(|chain| format!("  {}", chain_words(chain))));
    }
    let is_there = matches!(told.presence, Presence::Installed(_));
    if !told.others.is_empty() {
        let head = if is_there { "Newer versions:" } else { "Other versions:" };
        lines.push(head.to_owned());
        let groups = groups(&told.others);
        lines.extend(groups.iter().map(|(versions, reason)| {
            format!("  {}: {}", run_words(versions), reason_words(reason, facts))
        }));
    } else if is_there && told.looked != Looked::Nowhere {
        lines.push("No newer version is known.".to_owned());
    } else if told.looked != Looked::Nowhere {
        lines.push("No other version is known.".to_owned());
    }
    if told.looked == Looked::Kept {
        lines.push(
            "Only what is kept was looked at (--freshness always asks the indexes).".to_owned(),
        );
    }
    lines
}

/// The runs of each group with its reason; where many versions were turned down for ever other
/// conflicts, the later ones count as one group.
fn groups(others: &[Others]) -> Vec<(Vec<Run>, Reason)> {
    let mut groups: Vec<(Vec<Run>, Reason)> = Vec::new();
    let mut conflicts = 0;
    let mut more: Option<usize> = None;
    for group in others {
        if let Reason::TurnedDown(_) = group.reason {
            conflicts += 1;
            if let Some(at) = more {
                groups[at].0.extend(group.runs.iter().cloned());
                continue;
            }
            if conflicts > CONFLICTS {
                more = Some(groups.len());
                groups.push((group.runs.clone(), Reason::TurnedDown(Vec::new())));
                continue;
            }
        }
        groups.push((group.runs.clone(), group.reason.clone()));
    }
    groups
}

fn chosen(what: &str, fate: &Fate, source: &Source) -> String {
    let source = match source {
        Source::File { place, file, kept } => {
            let kept = if *kept { ", kept" } else { "" };
            format!("from {} ({}{kept})", plain(&redacted(place)), plain(file))
        }
        Source::Direct { url, editable: false } => format!("from {}", plain(&redacted(url))),
        Source::Direct { url, editable: true } => {
            format!("as an editable from {}", plain(&redacted(url)))
        }
        Source::Installed { folder } => format!("in {folder}"),
    };
    match fate {
        Fate::Install => format!("{what} would be installed {source}."),
        Fate::Replace(old) => format!("{what} would replace the installed {old}, {source}."),
        Fate::Keep => format!("{what} is installed {source} and stays."),
        Fate::Leave => {
            format!("{what} was resolved {source} for its dependencies only (--only-deps).")
        }
    }
}

fn installed(name: &str, origin: &Origin) -> Vec<String> {
    let how = if origin.editable { " as an editable" } else { "" };
    let from = match &origin.url {
        Some(url) => format!(" from {}", plain(&redacted(url))),
        None => String::new(),
    };
    let by = match origin.installer.as_str() {
        "" => String::new(),
        installer => format!(" by {}", plain(installer)),
    };
    let version = plain(&origin.version);
    let mut lines =
        vec![format!("{name} {version} is installed in {}{how}{from}{by}.", origin.folder)];
    lines.push(if origin.requested {
        "It was asked for by the user.".to_owned()
    } else {
        "It was not asked for by the user.".to_owned()
    });
    lines
}

/// What names a project that is not there, and what would bring it in.
fn brings(would: &Would) -> String {
    let how = match (&would.how, &would.by) {
        (How::Extra(extra), Asker::Candidate { name, .. }) => {
            format!("{name}[{}] would bring it in", plain(extra))
        }
        (How::Extra(_), Asker::User { .. }) | (How::Marker, _) => {
            "its marker does not hold here".to_owned()
        }
        (How::Dependencies, _) => "left out by --no-deps".to_owned(),
        (How::Missing, _) => "missing".to_owned(),
        (How::Constraint, _) => "a constraint, which asks for nothing".to_owned(),
    };
    format!("{}: {} ({how})", asker(&would.by), plain(&would.requirement))
}

/// `command line: app -> app 1.0: lib<2`.
pub(super) fn chain_words(chain: &[Demanded]) -> String {
    let steps = chain.iter().map(|step| format!("{}: {}", asker(&step.by), wish(step)));
    steps.collect::<Vec<_>>().join(" -> ")
}

/// Whose a requirement is.
pub(super) fn asker(asker: &Asker) -> String {
    match asker {
        Asker::User { place: None } => "command line".to_owned(),
        Asker::User { place: Some(place) } => plain(place),
        Asker::Candidate { name, extras, version } if extras.is_empty() => {
            format!("{name} {version}")
        }
        Asker::Candidate { name, extras, version } => {
            let extras: Vec<&str> = extras.iter().map(ExtraName::as_str).collect();
            format!("{name}[{}] {version}", extras.join(","))
        }
    }
}

/// The same behind `of`.
pub(super) fn of(by: &Asker) -> String {
    match by {
        Asker::User { place: None } => "the command line".to_owned(),
        other => asker(other),
    }
}

/// What a requirement says.
pub(super) fn wish(demand: &Demanded) -> String {
    match &demand.wish {
        Wish::Version(requirement) => plain(&requirement.to_string()),
        Wish::Place(url) => plain(&redacted(url)),
        Wish::Itself => demand.project.to_string(),
        Wish::Python(specifier) => python_words(specifier),
    }
}

/// `2.1, 2.0` or `2.1 to 1.0 (12)`.
pub(super) fn run_words(runs: &[Run]) -> String {
    let mut words: Vec<String> = runs
        .iter()
        .take(RUNS)
        .map(|run| match run.count {
            1 => run.newest.to_string(),
            2 => format!("{}, {}", run.newest, run.oldest),
            count => format!("{} to {} ({count})", run.newest, run.oldest),
        })
        .collect();
    let more: usize = runs.iter().skip(RUNS).map(|run| run.count).sum();
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

/// Why versions were not chosen.
pub(super) fn reason_words(reason: &Reason, facts: &Facts) -> String {
    match reason {
        Reason::Excluded(bars) => format!("excluded by {}", bar_words(bars)),
        Reason::OtherPython(required) => {
            format!("requires a different Python ({} not in '{}')", facts.python, plain(required))
        }
        Reason::OtherPlatform => "no file for this platform and Python".to_owned(),
        Reason::Format => "no file of an allowed format (--no-binary, --only-binary)".to_owned(),
        Reason::Late => {
            let limit = facts.prior_to.as_deref().unwrap_or_default();
            format!("not uploaded prior to {limit} (--uploaded-prior-to)")
        }
        Reason::Yanked(reason) if reason.is_empty() => "yanked".to_owned(),
        Reason::Yanked(reason) => format!("yanked ({})", plain(reason)),
        Reason::Prerelease => "pre-release (--pre was not given)".to_owned(),
        Reason::Digest => "no file with an allowed hash".to_owned(),
        Reason::Unusable(reason) => plain(reason),
        Reason::TurnedDown(clauses) if clauses.is_empty() => {
            "tried and turned down for similar conflicts".to_owned()
        }
        Reason::TurnedDown(clauses) => {
            format!("tried and turned down: {}", clause_words(clauses))
        }
        Reason::Satisfied => {
            "newer, but what is installed satisfies (--upgrade was not given)".to_owned()
        }
        Reason::SourceOnly => "has no wheel (--prefer-binary)".to_owned(),
        Reason::Settled => "fits, but the search did not come to it".to_owned(),
        Reason::Older => "older".to_owned(),
        Reason::Available => "could be installed (--upgrade)".to_owned(),
    }
}

fn bar_words(bars: &[Bar]) -> String {
    let words = bars.iter().take(BARS);
    let mut words: Vec<String> =
        words.map(|bar| format!("{} of {}", plain(&bar.requirement), of(&bar.by))).collect();
    if bars.len() > BARS {
        words.push(format!("{} more", bars.len() - BARS));
    }
    joined(&words)
}

/// `it needs lib>=2, but app 1.0 needs lib<2`.
fn clause_words(clauses: &[Clause]) -> String {
    let words: Vec<String> = clauses
        .iter()
        .map(|clause| {
            let requirement = plain(&clause.requirement);
            match &clause.by {
                None => format!("it needs {requirement}"),
                Some(Asker::User { place: None }) => format!("the user requested {requirement}"),
                Some(Asker::User { place: Some(place) }) => {
                    format!("the user requested {requirement} ({})", plain(place))
                }
                Some(by) => format!("{} needs {requirement}", asker(by)),
            }
        })
        .collect();
    match words.as_slice() {
        [only] => format!("{only}, which nothing satisfies"),
        [first, rest @ ..] => format!("{first}, but {}", joined(rest)),
        [] => String::new(),
    }
}

/// `a, b and c`.
pub(super) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Somebody else's text in one line, and not too much of it.
pub(super) fn plain(text: &str) -> String {
    let text: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_in_their_line() {
        assert_eq!(plain("broken\n\u{1b}[31mred"), "broken  [31mred");
        assert_eq!(plain(&"x".repeat(300)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn long_lists_are_cut() {
        let run = |text: &str, count| Run {
            newest: text.parse().unwrap(),
            oldest: "1".parse().unwrap(),
            count,
        };
        assert_eq!(run_words(&[run("3", 2), run("2", 7)]), "3, 1, 2 to 1 (7)");
        assert_eq!(run_words(&vec![run("1", 1); 8]), "1, 1, 1, 1, 1, 1, and 2 more");
    }
}
