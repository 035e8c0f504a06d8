//! Requirement files: the same requirements, settings, warnings and errors as pip.

use accel_requirements::{FileOptions, Reader};
use serde_json::{Value, json};

use crate::cases::FILES;
use crate::oracle::{Folder, ask, names, shown, shown_error};

const SCRIPT: &str = r#"
from optparse import Values
from pip._internal.cli import cmdoptions
from pip._internal.index.collector import LinkCollector
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.format_control import FormatControl
from pip._internal.models.release_control import ReleaseControl
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

answers = {}
for name, place, constraint in given["cases"]:
    warnings.clear()
    # pip keeps this list from file to file.
    cmdoptions.use_new_feature.keywords["default"].clear()
    session = PipSession()
    hosts = []
    session.add_trusted_host = lambda host, source=None, **k: hosts.append(host)
    scope = SearchScope(find_links=["first"], index_urls=["https://one/simple"], no_index=False)
    formats, releases = FormatControl(set(), set()), ReleaseControl(set(), set())
    finder = PackageFinder.create(
        link_collector=LinkCollector(session=session, search_scope=scope),
        selection_prefs=SelectionPreferences(
            allow_yanked=True, format_control=formats, release_control=releases))
    options = Values(dict(require_hashes=False, no_require_hashes=False, features_enabled=[],
        isolated_mode=False))
    found = []
    try:
        for parsed in parse_requirements(place, session=session, finder=finder, options=options,
                                         constraint=constraint):
            settings = parsed.options.get("config_settings") if parsed.options else None
            found.append(shown(install_req_from_parsed_requirement(
                parsed, user_supplied=not constraint,
                config_settings=None if constraint else settings)))
    except Exception as e:
        found.append(failed(e))
    answers[name] = dict(found=found, index_urls=finder.index_urls, find_links=finder.find_links,
        no_index=finder.search_scope.no_index, prefer_binary=finder.prefer_binary,
        no_binary=sorted(formats.no_binary), only_binary=sorted(formats.only_binary),
        all_releases=sorted(releases.all_releases), only_final=sorted(releases.only_final),
        require_hashes=options.require_hashes, no_require_hashes=options.no_require_hashes,
        features=options.features_enabled, hosts=hosts, warnings=list(warnings))
print(json.dumps(answers))
"#;

fn ours(folder: &Folder, place: &str, constraint: bool) -> Value {
    let options = FileOptions {
        index_urls: vec!["https://one/simple".to_owned()],
        find_links: vec!["first".to_owned()],
        ..FileOptions::default()
    };
    let mut reader = Reader::new(folder, "pip", options);
    let mut found = Vec::new();
    let outcome = reader.read_with(place, constraint, &mut |input| found.push(shown(&input)));
    if let Err(error) = outcome {
        found.push(shown_error(&error));
    }
    let options = reader.options;
    json!({
        "found": found,
        "index_urls": options.index_urls,
        "find_links": options.find_links,
        "no_index": options.no_index,
        "prefer_binary": options.prefer_binary,
        "no_binary": names(&options.format_control.no_binary),
        "only_binary": names(&options.format_control.only_binary),
        "all_releases": names(&options.release_control.all_releases),
        "only_final": names(&options.release_control.only_final),
        "require_hashes": options.require_hashes,
        "no_require_hashes": options.no_require_hashes,
        "features": options.features,
        "hosts": options.trusted_hosts,
        "warnings": reader.warnings,
    })
}

#[test]
fn files_mean_what_they_mean_to_pip() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = Folder::new(scratch.path());
    let mut cases = Vec::new();
    for (name, files) in FILES {
        for (file, content) in *files {
            let path = folder.0.join(name).join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let root = folder.0.to_str().unwrap();
            let content = match str::from_utf8(content) {
                Ok(text) => text.replace("@ROOT@", root).into_bytes(),
                Err(_) => content.to_vec(),
            };
            std::fs::write(path, content).unwrap();
        }
        let place = format!("{name}/{}", files[0].0);
        cases.push((*name, place.clone(), files[0].0.starts_with('c')));
        if name.ends_with("-url") {
            cases.pop();
            let url = format!("file://{}/{place}", folder.0.display());
            cases.push((*name, url, false));
        }
    }
    std::fs::create_dir_all(folder.0.join("project/src")).unwrap();
    std::fs::write(folder.0.join("project/setup.py"), "").unwrap();
    std::fs::create_dir_all(folder.0.join("empty")).unwrap();
    std::fs::write(folder.0.join("thing-1.0-py3-none-any.whl"), "").unwrap();
    std::fs::write(folder.0.join("thing-1.0.tar.gz"), "").unwrap();
    let theirs = ask(&folder, SCRIPT, &json!(cases));
    let mut wrong = Vec::new();
    for (name, place, constraint) in &cases {
        let mut ours = ours(&folder, place, *constraint);
        let mut theirs = theirs[*name].clone();
        if ours["found"].as_array().and_then(|all| all.last()) == Some(&json!({"error": "crash"})) {
            // Such a file is left to pip, which then warns itself.
            ours["warnings"] = json!([]);
            theirs["warnings"] = json!([]);
        }
        if ours != theirs {
            wrong.push(format!("{name}\n  ours: {ours}\n  pip:  {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
