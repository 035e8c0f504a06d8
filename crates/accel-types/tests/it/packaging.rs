//! Everything that `packaging` decides, compared with the newest `packaging`.

use accel_types::{
    Marker, MarkerEnvironment, PackageName, Requirement, SpecifierSet, Version, WheelFilename,
};
use serde_json::{Value, json};

use crate::cases;
use crate::oracle::{ask, assert_same, items, texts};

const PRERELEASES: [Option<bool>; 3] = [None, Some(true), Some(false)];

fn parse(text: &str) -> Version {
    text.parse().expect("a version")
}

fn bits<T>(values: &[T], test: impl Fn(&T) -> bool) -> String {
    let bit = |value| if test(value) { '1' } else { '0' };
    values.iter().map(bit).collect()
}

#[test]
fn versions_are_read_and_printed_alike() {
    let mut questions = cases::collected("versions");
    questions.extend(cases::versions());
    questions.extend(cases::version_spellings());
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| match Version::parse(text) {
            Err(_) => Value::Null,
            Ok(version) => json!({
                "text": version.to_string(),
                "public": version.public(),
                "base": version.base_version(),
                "local": version.local(),
                "canonical": version.canonical(),
                "flags": [version.is_prerelease(), version.is_postrelease(), version.is_devrelease()],
                "release": version.release().iter().map(ToString::to_string).collect::<Vec<_>>(),
                "epoch": version.epoch().to_string(),
            }),
        })
        .collect();
    let answers = ask(&json!({ "versions": questions }));
    assert_same(&questions, &ours, items(&answers["versions"]));
}

#[test]
fn versions_are_ordered_alike() {
    use std::cmp::Ordering;
    use std::hash::{BuildHasher as _, RandomState};

    let questions = cases::versions();
    let versions: Vec<Version> = questions.iter().map(|text| parse(text)).collect();
    let state = RandomState::new();
    let ours: Vec<String> = versions
        .iter()
        .map(|a| {
            let sign = |b: &Version| match a.cmp(b) {
                Ordering::Less => '<',
                Ordering::Greater => '>',
                Ordering::Equal => {
                    assert_eq!(a, b);
                    assert_eq!(state.hash_one(a), state.hash_one(b));
                    '='
                }
            };
            versions.iter().map(sign).collect()
        })
        .collect();
    let answers = ask(&json!({ "compare": questions }));
    assert_same(&questions, &ours, &texts(&answers["compare"]));
}

#[test]
fn specifiers_accept_alike() {
    let sets = cases::specifier_sets();
    let version_texts = cases::versions();
    let versions: Vec<Version> = version_texts.iter().map(|text| parse(text)).collect();
    let raw: Vec<String> =
        ["1.0", "1.0 ", "v1.0", "dog", "DOG", "1.0A1", "1.0+x-1", "", "1.*", "3.8.1+"]
            .map(str::to_owned)
            .to_vec();
    let lists: Vec<Vec<&str>> = vec![
        vec!["1.0", "1.0a1", "1.1", "2.0.0", "1.0.post1", "0"],
        vec!["1.0a1", "1.1b2", "2.0.0rc3", "0.dev0"],
        vec!["1.0.dev0", "1.0+x.1", "1.0a1+x.1"],
        vec![],
    ];
    let parsed_lists: Vec<Vec<Version>> =
        lists.iter().map(|list| list.iter().map(|text| parse(text)).collect()).collect();
    let ours: Vec<Value> = sets
        .iter()
        .map(|text| match SpecifierSet::parse(text) {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(set) => json!({
                "text": set.to_string(),
                "prereleases": set.prereleases(),
                "items": set
                    .iter()
                    .map(|item| json!([item.operator().as_str(), item.version()]))
                    .collect::<Vec<_>>(),
                "contains": PRERELEASES.map(|p| bits(&versions, |v| set.contains(v, p))),
                "contains_text": PRERELEASES.map(|p| bits(&raw, |text| set.contains_text(text, p))),
                "filter": parsed_lists
                    .iter()
                    .map(|list| {
                        PRERELEASES.map(|p| {
                            let passed = set.filter(list, p).into_iter();
                            passed.map(ToString::to_string).collect::<Vec<_>>()
                        })
                    })
                    .collect::<Vec<_>>(),
            }),
        })
        .collect();
    let answers = ask(&json!({
        "sets": sets, "set_versions": version_texts, "set_texts": raw, "set_lists": lists,
    }));
    assert_same(&sets, &ours, items(&answers["sets"]));
}

#[test]
fn specifier_sets_are_compared_and_joined_alike() {
    let sets: Vec<String> = cases::specifier_sets()
        .into_iter()
        .filter(|text| SpecifierSet::parse(text).is_ok())
        .collect();
    let parsed: Vec<SpecifierSet> = sets.iter().filter_map(|text| text.parse().ok()).collect();
    let ours: Vec<String> = parsed.iter().map(|a| bits(&parsed, |b| a == b)).collect();
    let pairs: Vec<(&String, &String)> = sets.iter().zip(sets.iter().rev()).collect();
    let joined: Vec<String> =
        parsed.iter().zip(parsed.iter().rev()).map(|(a, b)| a.intersect(b).to_string()).collect();
    let answers = ask(&json!({ "equal_sets": sets, "intersections": pairs }));
    assert_same(&sets, &ours, &texts(&answers["equal_sets"]));
    assert_same(&pairs, &joined, &texts(&answers["intersections"]));
}

#[test]
fn requirements_are_judged_alike() {
    let questions = cases::requirements();
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| match Requirement::parse(text) {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(requirement) => json!({
                "text": requirement.to_string(),
                "name": requirement.name,
                "extras": requirement.raw_extras,
                "specifier": requirement.specifier.to_string(),
                "url": requirement.url,
                "marker": requirement.marker.map(|marker| marker.to_string()),
            }),
        })
        .collect();
    let answers = ask(&json!({ "requirements": questions }));
    assert_same(&questions, &ours, items(&answers["requirements"]));
}

fn environments() -> Vec<MarkerEnvironment> {
    let linux = MarkerEnvironment {
        os_name: "posix".to_owned(),
        sys_platform: "linux".to_owned(),
        platform_machine: "x86_64".to_owned(),
        platform_python_implementation: "CPython".to_owned(),
        platform_release: "5.15.0-91-generic".to_owned(),
        platform_system: "Linux".to_owned(),
        platform_version: "#101-Ubuntu SMP".to_owned(),
        python_version: "3.11".to_owned(),
        python_full_version: "3.11.4+".to_owned(),
        implementation_name: "cpython".to_owned(),
        implementation_version: "3.11.4".to_owned(),
    };
    let windows = MarkerEnvironment {
        os_name: "nt".to_owned(),
        sys_platform: "win32".to_owned(),
        platform_release: "10".to_owned(),
        platform_system: "Windows".to_owned(),
        platform_version: "10.0.19045".to_owned(),
        python_version: "3.8".to_owned(),
        python_full_version: "3.8.1rc1".to_owned(),
        implementation_version: "3.8.1rc1".to_owned(),
        ..linux.clone()
    };
    let pypy = MarkerEnvironment {
        platform_python_implementation: "PyPy".to_owned(),
        platform_release: String::new(),
        python_version: "3.10".to_owned(),
        python_full_version: "3.10.2".to_owned(),
        implementation_name: "pypy".to_owned(),
        implementation_version: "7.3.12".to_owned(),
        ..linux.clone()
    };
    vec![linux, windows, pypy]
}

#[test]
fn markers_are_evaluated_alike() {
    let environments = environments();
    let extras = ["", "A.b", "x"];
    let mut questions = cases::markers();
    questions.extend(
        cases::requirements()
            .iter()
            .filter_map(|text| text.split_once(';').map(|(_, marker)| marker.to_owned())),
    );
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| match Marker::parse(text) {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(marker) => {
                let values: Vec<Vec<Option<bool>>> = environments
                    .iter()
                    .map(|environment| {
                        let value = |extra: &&str| marker.try_evaluate(environment, &[extra]).ok();
                        extras.iter().map(value).collect()
                    })
                    .collect();
                json!({ "text": marker.to_string(), "values": values })
            }
        })
        .collect();
    let answers = ask(&json!({
        "markers": questions, "environments": environments, "extras": extras,
    }));
    assert_same(&questions, &ours, items(&answers["markers"]));
}

#[test]
fn names_and_wheels_are_judged_alike() {
    let names = cases::mutations(
        &["Foo.Bar__baz-1".to_owned(), "a".to_owned()],
        &["-", "_", ".", "É", " ", "\n", "--"],
    );
    let our_names: Vec<Value> = names
        .iter()
        .map(|text| match PackageName::parse(text) {
            Ok(name) => json!({ "name": name }),
            Err(error) => json!({ "error": error.to_string(), "name": PackageName::new(text) }),
        })
        .collect();
    let bases = [
        "Foo_Bar-1.0-py2.py3-none-any.whl",
        "foo.x-1!2.0rc1+ab.1-07b_2-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ];
    let wheels = cases::mutations(
        &bases.map(str::to_owned),
        &["-", "_", ".", "é", " ", "\n", "1", "%", "A"],
    );
    let our_wheels: Vec<Value> = wheels
        .iter()
        .map(|filename| match WheelFilename::parse(filename) {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(wheel) => {
                let mut tags: Vec<String> = wheel.tags.iter().map(ToString::to_string).collect();
                tags.sort();
                json!({
                    "name": wheel.name,
                    "version": wheel.version,
                    "build": wheel.build.map_or(json!([]), |(number, rest)| json!([number, rest])),
                    "tags": tags,
                })
            }
        })
        .collect();
    let answers = ask(&json!({ "names": names, "wheels": wheels }));
    assert_same(&names, &our_names, items(&answers["names"]));
    assert_same(&wheels, &our_wheels, items(&answers["wheels"]));
}
