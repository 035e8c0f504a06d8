//! The sentences about requirements that contradict each other.

use super::reasons::{Conflict, Gap, Hint, Part, Whose};
use super::words::{Facts, joined, plain, reason_words, run_words};
use accel_types::{PackageName, Version};

/// So many different dependencies of the versions of a project are told apart.
const TOLD_APART: usize = 3;

/// Where the contradiction could not be made smaller.
pub(super) const NOT_FOUND: &str = "The smallest set of requirements that contradict each other could not be found in the time \
     that there is for it.";

/// Where it may be not the smallest.
const CUT_SHORT: &str = "(Not everything could be tried in the time that there is for it: less may \
                         contradict itself already.)";

/// All that is said of a contradiction.
pub(super) fn text(conflict: &Conflict, facts: &Facts) -> String {
    let mut lines = vec![format!("In short: {}", sentences(conflict, facts).join(" "))];
    if conflict.cut_short {
        lines.push(CUT_SHORT.to_owned());
    }
    lines.extend(conflict.hint.as_ref().map(hint));
    lines.join("\n")
}

/// What contradicts what, a sentence for each place where requirements meet; then what leads there.
pub(super) fn sentences(conflict: &Conflict, facts: &Facts) -> Vec<String> {
    let parts = &conflict.parts;
    let owns = |about: &PackageName| {
        parts
            .iter()
            .any(|part| matches!(&part.by, Whose::Distribution { name, .. } if name == about))
    };
    let leads = |part: &&Part| part.about.as_ref().is_some_and(&owns);
    let mut meeting: Vec<&Option<PackageName>> = Vec::new();
    for part in parts.iter().filter(|part| !leads(part)) {
        if !meeting.contains(&&part.about) {
            meeting.push(&part.about);
        }
    }
    let mut sentences = Vec::new();
    if meeting.is_empty() {
        let all: Vec<String> = parts.iter().map(|part| clause(part, parts)).collect();
        sentences.push(sentence(&joined(&all)));
    }
    for about in meeting {
        let there: Vec<&Part> = parts.iter().filter(|part| part.about == *about).collect();
        let clauses: Vec<String> = there.iter().map(|part| clause(part, parts)).collect();
        let gap = conflict.gaps.iter().find(|gap| Some(&gap.about) == about.as_ref());
        let told = match clauses.as_slice() {
            [only] => format!("{only}, but {}", nothing(about.as_ref(), gap, facts)),
            [first, rest @ ..] => {
                let left = gap.filter(|gap| !gap.left.is_empty());
                let left = left.map(|gap| format!("; {}", what_is_left(gap, facts)));
                format!("{first}, but {}{}", joined(rest), left.unwrap_or_default())
            }
            [] => continue,
        };
        sentences.push(sentence(&told));
    }
    for part in parts.iter().filter(leads) {
        if let Whose::Distribution { .. } = part.by {
            sentences.push(sentence(&clause(part, parts)));
        }
    }
    sentences
}

/// Why nothing satisfies the only requirement on a project.
fn nothing(about: Option<&PackageName>, gap: Option<&Gap>, facts: &Facts) -> String {
    let Some(about) = about else { return format!("this is Python {}", facts.python) };
    match gap {
        None => format!("no file of {about} was found"),
        Some(gap) if gap.there_is.is_empty() => format!("no file of {about} was found"),
        Some(gap) if gap.left.is_empty() => {
            format!("there is only {about} {}", run_words(&gap.there_is))
        }
        Some(gap) => what_is_left(gap, facts),
    }
}

/// Why what the specifiers accept can't be chosen.
fn what_is_left(gap: &Gap, facts: &Facts) -> String {
    let left = gap.left.iter().map(|group| {
        let reason = reason_words(&group.reason, facts);
        format!("{} {} cannot be chosen: {reason}", gap.about, run_words(&group.runs))
    });
    joined(&left.collect::<Vec<_>>())
}

/// What one requirement says.
fn clause(part: &Part, parts: &[Part]) -> String {
    match &part.by {
        Whose::User { place, requirement, .. } => {
            format!("the user requested {}{}", plain(requirement), in_place(place.as_deref()))
        }
        Whose::Constraint { place, requirement } => format!(
            "the user requested (constraint) {}{}",
            plain(requirement),
            in_place(place.as_deref())
        ),
        Whose::Distribution { name, says, fitting, all } => {
            of_distribution(name, says, *fitting, *all, &limits(name, parts))
        }
    }
}

fn in_place(place: Option<&str>) -> String {
    place.map(|place| format!(" ({})", plain(place))).unwrap_or_default()
}

/// ` of c.txt`, where a place is known.
fn of_place(place: Option<&str>) -> String {
    place.map(|place| format!(" of {}", plain(place))).unwrap_or_default()
}

/// What narrows the versions of a project down.
fn limits(name: &PackageName, parts: &[Part]) -> Vec<String> {
    let own = parts.iter().filter(|part| part.about.as_ref() == Some(name));
    own.filter_map(|part| match &part.by {
        Whose::User { place, requirement, limits: true }
        | Whose::Constraint { place, requirement } => {
            Some(format!("{}{}", plain(requirement), of_place(place.as_deref())))
        }
        Whose::Distribution { says, .. } => match says.as_slice() {
            [(_, only)] if *only != name.as_str() => Some(plain(only)),
            _ => None,
        },
        Whose::User { .. } => None,
    })
    .collect()
}

/// `tool 3.1 (the only version that fits tool>=3) needs lib>=2`.
fn of_distribution(
    name: &PackageName,
    says: &[(Vec<Version>, String)],
    fitting: usize,
    all: usize,
    limits: &[String],
) -> String {
    let count: usize = says.iter().map(|(versions, _)| versions.len()).sum();
    let within = match (limits, fitting) {
        ([], _) if count > 1 && count == all => " (all that there are)".to_owned(),
        ([], _) => String::new(),
        (limits, 1) => format!(" (the only version that fits {})", joined(limits)),
        (limits, fitting) if fitting == count => format!(" (all that fit {})", joined(limits)),
        (limits, _) => format!(" (of those that fit {})", joined(limits)),
    };
    let verb = |versions: &[Version]| if versions.len() == 1 { "needs" } else { "need" };
    match says {
        [] => format!("{name} contradicts itself"),
        [(versions, text)] => {
            format!("{name} {}{within} {} {}", list(versions), verb(versions), plain(text))
        }
        several if several.len() <= TOLD_APART => {
            let each = several
                .iter()
                .map(|(says, text)| format!("{} {} {}", list(says), verb(says), plain(text)));
            format!("{name} {}{within}", joined(&each.collect::<Vec<_>>()))
        }
        [(newest, first), .., (oldest, last)] => {
            let ends: Vec<Version> =
                newest.first().into_iter().chain(oldest.last()).cloned().collect();
            let (first, last) = (plain(first), plain(last));
            let [newest, oldest] = ends.as_slice() else { return String::new() };
            format!("{name} {newest} to {oldest}{within} need each its own: {first} to {last}")
        }
    }
}

/// `3.1`, `3.1 and 3.0`, `3.9 to 3.1 (9)`; newest first.
fn list(versions: &[Version]) -> String {
    match versions {
        [newest, .., oldest] if versions.len() > TOLD_APART => {
            format!("{newest} to {oldest} ({})", versions.len())
        }
        few => joined(&few.iter().map(Version::to_string).collect::<Vec<_>>()),
    }
}

/// A clause as a sentence. Names of projects stay as they are.
fn sentence(clause: &str) -> String {
    let clause = match clause.strip_prefix("the user") {
        Some(rest) => format!("The user{rest}"),
        None => clause.to_owned(),
    };
    format!("{clause}.")
}

/// What could be done.
fn hint(hint: &Hint) -> String {
    let kind = if hint.constraint { "the constraint " } else { "" };
    let place = in_place(hint.place.as_deref());
    let what = format!("{kind}{}{place}", plain(&hint.requirement));
    let answer = hint.answer.iter().map(|(name, version)| format!("{name} {version}"));
    let answer = answer.collect::<Vec<_>>().join(", ");
    match (&hint.instead, answer.is_empty()) {
        (Some(instead), false) => {
            format!("HINT: with {instead} instead of {what} there is an answer: {answer}.")
        }
        (None, false) => format!("HINT: without {what} there is an answer: {answer}."),
        (Some(instead), true) => format!("HINT: {instead} instead of {what} may have an answer."),
        (None, true) => format!("HINT: there may be an answer without {what}."),
    }
}
