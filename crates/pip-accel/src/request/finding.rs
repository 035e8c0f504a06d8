//! `index`, and where commands look for versions that resolve nothing.

use accel_engine::request::{
    FindingRequest, General, IndexRequest, Refresh, Selection, VersionsRequest,
};

use super::environment::environment;
use super::gathering::expanded_links;
use super::own_settings::freshness;
use super::{Request, checks, general};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// Where versions are looked for. With `--no-index` no socket is opened but for find-links.
pub(super) fn finding(
    parsed: &Parsed,
    surroundings: &Surroundings,
    general: &mut General,
) -> Result<FindingRequest, Stop> {
    let options = &parsed.options;
    let mut index_urls = Vec::new();
    if !options.no_index {
        index_urls.push(options.index_url.clone());
        index_urls.extend(options.extra_index_urls.iter().cloned());
    }
    let find_links = expanded_links(options, surroundings);
    general.network.offline = options.no_index
        && !find_links.iter().any(|link| link.to_ascii_lowercase().starts_with("http"));
    Ok(FindingRequest {
        index: IndexRequest {
            index_urls,
            find_links,
            no_index: options.no_index,
            refresh: Refresh { all: options.refresh_all, names: options.refresh_package.clone() },
            freshness: freshness(options, surroundings, &parsed.configuration)?,
        },
        selection: Selection {
            format_control: options.format_control.clone(),
            release_control: checks::release_control(options)?,
            prefer_binary: options.prefer_binary,
            ignore_requires_python: options.ignore_requires_python,
            heed_python_of_pages: false,
            uploaded_prior_to: options.uploaded_prior_to,
        },
        target_python: checks::target_python(options),
    })
}

/// The request of `index`.
pub(super) fn index(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    checks::release_control(&parsed.options)?;
    let refused = |sentence: &str| general::not_critical(&parsed.options, sentence);
    let name = match parsed.arguments.as_slice() {
        [action, name] if action == "versions" => name.clone(),
        [action, ..] if action == "versions" => {
            return refused("You need to specify exactly one argument");
        }
        _ => {
            let sentence = "Need an action (versions) to perform.";
            return general::no_action(parsed, surroundings, sentence);
        }
    };
    let mut environment = environment(parsed, surroundings)?;
    let finding = finding(parsed, surroundings, &mut environment.general)?;
    let json = parsed.options.json;
    Ok(Request::Versions(Box::new(VersionsRequest { environment, name, json, finding })))
}
