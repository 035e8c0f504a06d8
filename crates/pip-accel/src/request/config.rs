//! `config`.

use super::{Request, general};
use crate::args::{Parsed, Stop};
use crate::config::editing::Reading;
use crate::config::places::{Places, Variant};
use crate::config::{encoding, named_variables};
use crate::surroundings::{Surroundings, prefix_of};

/// What `config` does.
#[derive(Debug, Clone)]
pub enum ConfigAction {
    /// `list`.
    List,
    /// `edit`, with the editor's command line if one is known.
    Edit(Option<String>),
    /// `get NAME`.
    Get(String),
    /// `set NAME VALUE`.
    Set(String, String),
    /// `unset NAME`.
    Unset(String),
    /// `debug`.
    Debug,
    /// None of them: the number of arguments is wrong. The text is pip's, said once everything is
    /// read.
    WrongCount(String),
}

/// A request of `config`.
#[derive(Debug, Clone)]
pub struct ConfigRequest {
    /// What to do.
    pub action: ConfigAction,
    /// What to read.
    pub reading: Reading,
    /// `PIP_*` variables as `debug` shows them, in isolated mode too.
    pub variables: Vec<(String, String)>,
    /// `--verbose` minus `--quiet`.
    pub verbosity: i32,
}

/// The request of `config`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    let refused = |sentence: &str| general::not_critical(options, sentence);
    let Some((action, needs_one)) = action(parsed, surroundings) else {
        let sentence = "Need an action (debug, edit, get, list, set, unset) to perform.";
        return general::no_action(parsed, surroundings, sentence);
    };
    let prefix = parsed.python.as_deref().map(prefix_of).or_else(|| surroundings.default_prefix());
    let places = Places::of(surroundings, options.isolated_mode, prefix.as_deref());
    let given: Vec<Variant> = [
        (Variant::User, options.user_file),
        (Variant::Global, options.global_file),
        (Variant::Site, options.site_file),
    ]
    .into_iter()
    .filter(|(_, given)| *given)
    .map(|(variant, _)| variant)
    .collect();
    let only = match given[..] {
        [] => needs_one.then(|| places.usual()),
        [one] => Some(one),
        _ => {
            return refused(
                "Need exactly one file to operate upon (--user, --site, --global) to perform.",
            );
        }
    };
    let variables = named_variables(surroundings);
    let counted = if options.isolated_mode { Vec::new() } else { variables.clone() };
    let reading = Reading { places, variables: counted, only, encoding: encoding(surroundings) };
    let verbosity = general::shown_verbosity(options);
    Ok(Request::Config(Box::new(ConfigRequest { action, reading, variables, verbosity })))
}

/// The action, and whether it is about a single variant.
fn action(parsed: &Parsed, surroundings: &Surroundings) -> Option<(ConfigAction, bool)> {
    let (name, rest) = parsed.arguments.split_first()?;
    let (wanted, needs_one): (&[&str], bool) = match name.as_str() {
        "list" | "debug" => (&[], false),
        "edit" => (&[], true),
        "get" | "unset" => (&["name"], true),
        "set" => (&["name", "value"], true),
        _ => return None,
    };
    let action = match (name.as_str(), rest) {
        ("list", []) => ConfigAction::List,
        ("debug", []) => ConfigAction::Debug,
        ("edit", []) => {
            let given = parsed.options.editor.clone();
            let variable = |name| surroundings.variable(name);
            ConfigAction::Edit(given.or_else(|| variable("VISUAL")).or_else(|| variable("EDITOR")))
        }
        ("get", [name]) => ConfigAction::Get(name.clone()),
        ("unset", [name]) => ConfigAction::Unset(name.clone()),
        ("set", [name, value]) => ConfigAction::Set(name.clone(), value.clone()),
        _ => {
            let example: Vec<String> = wanted.iter().map(|name| format!(" [{name}]")).collect();
            let example = example.concat();
            ConfigAction::WrongCount(format!(
                "Got unexpected number of arguments, expected {}. (example: \"{} config \
                 {name}{example}\")",
                wanted.len(),
                surroundings.program
            ))
        }
    };
    Some((action, needs_one))
}
