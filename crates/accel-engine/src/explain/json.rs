//! The same for programs. `docs/explain.md` describes the form.

use super::conflict_words;
use super::reasons::{
    Conflict, Explanation, Fate, Hint, How, Looked, Others, Part, Presence, Reason, Source, Whose,
    Would,
};
use super::words::{Facts, wish};
use crate::session::Session;
use accel_resolve::{Asker, Demanded};
use accel_types::python_url::redacted;
use accel_types::{ExtraName, Json, Version};

/// A document with one member of its own.
pub(super) fn document(session: &Session<'_>, name: &str, member: Json) -> String {
    let python = Json::text(session.python_version.to_string());
    Json::object([("version", Json::text("1")), ("python", python), (name, member)]).pretty()
}

pub(super) fn explanation(told: &Explanation) -> Json {
    let mut members = vec![("name", Json::text(&*told.shown))];
    match &told.presence {
        Presence::Chosen { version, fate, source } => {
            members.push(("status", Json::text(status(fate))));
            members.push(("chosen", text(version)));
            if let Fate::Replace(old) = fate {
                members.push(("replaces", Json::text(&**old)));
            }
            members.push(("source", source_of(source)));
        }
        Presence::Installed(origin) => {
            members.push(("status", Json::text("installed")));
            members.push(("chosen", Json::text(&*origin.version)));
            members.push(("source", Json::object([("folder", Json::text(&*origin.folder))])));
            members.push(("requested", Json::Bool(origin.requested)));
            members.push(("installer", Json::text(&*origin.installer)));
            let url = origin.url.as_ref().map(|url| Json::text(redacted(url)));
            members.push(("url", url.unwrap_or(Json::Null)));
            members.push(("editable", Json::Bool(origin.editable)));
        }
        Presence::Absent(would) => {
            members.push(("status", Json::text("absent")));
            members.push(("would_be_asked_for", would_of(would)));
        }
        Presence::NotInstalled(would) => {
            members.push(("status", Json::text("not-installed")));
            members.push(("would_be_asked_for", would_of(would)));
        }
    }
    let chains = told.asked.iter();
    let chains = chains.map(|chain| Json::List(chain.iter().map(step).collect()));
    members.push(("asked_for_by", Json::List(chains.collect())));
    members.push(("looked", Json::text(looked(told.looked))));
    members.push(("others", Json::List(told.others.iter().map(group).collect())));
    Json::object(members)
}

fn status(fate: &Fate) -> &'static str {
    match fate {
        Fate::Install => "install",
        Fate::Replace(_) => "replace",
        Fate::Keep => "keep",
        Fate::Leave => "dependencies-only",
    }
}

fn looked(looked: Looked) -> &'static str {
    match looked {
        Looked::Everywhere => "everywhere",
        Looked::Kept => "kept",
        Looked::Nowhere => "nowhere",
    }
}

fn source_of(source: &Source) -> Json {
    match source {
        Source::File { place, file, kept } => Json::object([
            ("place", Json::text(redacted(place))),
            ("file", Json::text(&**file)),
            ("kept", Json::Bool(*kept)),
        ]),
        Source::Direct { url, editable } => {
            Json::object([("url", Json::text(redacted(url))), ("editable", Json::Bool(*editable))])
        }
        Source::Installed { folder } => Json::object([("folder", Json::text(&**folder))]),
    }
}

fn text(version: &Version) -> Json {
    Json::text(version.to_string())
}

/// Whose a requirement is.
fn by(asker: &Asker) -> Json {
    match asker {
        Asker::User { place } => {
            Json::object([("user", Json::text(place.as_deref().unwrap_or("command line")))])
        }
        Asker::Candidate { name, extras, version } => Json::object([
            ("name", Json::text(name.as_str())),
            ("version", text(version)),
            ("extras", Json::texts(extras.iter().map(ExtraName::as_str))),
        ]),
    }
}

fn step(step: &Demanded) -> Json {
    Json::object([("by", by(&step.by)), ("requirement", Json::text(wish(step)))])
}

fn would_of(would: &[Would]) -> Json {
    let one = |would: &Would| {
        let (how, extra) = match &would.how {
            How::Extra(extra) => ("extra", Some(extra)),
            How::Marker => ("marker", None),
            How::Dependencies => ("no-deps", None),
            How::Missing => ("missing", None),
            How::Constraint => ("constraint", None),
        };
        let mut members = vec![
            ("by", by(&would.by)),
            ("requirement", Json::text(&*would.requirement)),
            ("lacks", Json::text(how)),
        ];
        members.extend(extra.map(|extra| ("extra", Json::text(&**extra))));
        Json::object(members)
    };
    Json::List(would.iter().map(one).collect())
}

/// Versions with the reason that they have in common.
fn group(group: &Others) -> Json {
    let mut members = vec![
        ("reason", Json::text(group.reason.name())),
        ("versions", Json::texts(group.versions.iter().map(Version::to_string))),
    ];
    match &group.reason {
        Reason::Excluded(bars) => {
            let bars = bars.iter().map(|bar| {
                Json::object([("by", by(&bar.by)), ("requirement", Json::text(&*bar.requirement))])
            });
            members.push(("requirements", Json::List(bars.collect())));
        }
        Reason::TurnedDown(clauses) => {
            let clauses = clauses.iter().map(|clause| {
                Json::object([
                    ("by", clause.by.as_ref().map_or(Json::Null, by)),
                    ("requirement", Json::text(&*clause.requirement)),
                ])
            });
            members.push(("requirements", Json::List(clauses.collect())));
        }
        Reason::OtherPython(required) => members.push(("requires_python", Json::text(&**required))),
        Reason::Yanked(reason) | Reason::Unusable(reason) => {
            members.push(("detail", Json::text(&**reason)));
        }
        _ => {}
    }
    Json::object(members)
}

pub(super) fn conflict(told: &Conflict, facts: &Facts) -> Json {
    Json::object([
        ("requirements", Json::List(told.parts.iter().map(part).collect())),
        ("sentences", Json::texts(conflict_words::sentences(told, facts))),
        ("hint", told.hint.as_ref().map_or(Json::Null, hint)),
        ("smallest", Json::Bool(!told.cut_short)),
    ])
}

fn part(part: &Part) -> Json {
    let about = part.about.as_ref().map_or("python", |about| about.as_str());
    let mut members = vec![("about", Json::text(about))];
    let user = |place: &Option<String>| {
        Json::object([("user", Json::text(place.as_deref().unwrap_or("command line")))])
    };
    match &part.by {
        Whose::User { place, requirement, .. } => {
            members.push(("by", user(place)));
            members.push(("requirement", Json::text(&**requirement)));
        }
        Whose::Constraint { place, requirement } => {
            members.push(("by", user(place)));
            members.push(("constraint", Json::text(&**requirement)));
        }
        Whose::Distribution { name, says, .. } => {
            members.push(("by", Json::object([("name", Json::text(name.as_str()))])));
            let says = says.iter().map(|(versions, requirement)| {
                Json::object([
                    ("versions", Json::texts(versions.iter().map(Version::to_string))),
                    ("requirement", Json::text(&**requirement)),
                ])
            });
            members.push(("requirements", Json::List(says.collect())));
        }
    }
    Json::object(members)
}

fn hint(hint: &Hint) -> Json {
    let answer = hint.answer.iter();
    let answer = answer.map(|(name, version)| (name.to_string(), text(version)));
    Json::object([
        ("requirement", Json::text(&*hint.requirement)),
        ("place", Json::text(hint.place.as_deref().unwrap_or("command line"))),
        ("instead", hint.instead.as_ref().map_or(Json::Null, |text| Json::text(&**text))),
        ("answer", Json::object(answer)),
    ])
}
