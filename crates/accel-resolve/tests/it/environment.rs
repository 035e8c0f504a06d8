//! Installed distributions, extras, constraints, direct requirements and the plan.

use std::sync::Arc;

use accel_resolve::{
    Action, Direct, Installed, PinOrigin, Prepared, ResolveError, ResolveRequest, RootKind,
    Upgrade, resolve,
};
use accel_types::{ExtraName, PackageName};

use crate::universe::{Universe, constraint, metadata, request};

/// `name version action` of every pin, sorted by name.
fn plan(universe: &Universe, request: &ResolveRequest) -> Vec<String> {
    let chosen = universe.chosen(request).unwrap();
    chosen.iter().map(|(name, version)| format!("{name} {version}")).collect()
}

/// `a` needs `b`; both installed in version 1 and offered up to 3.
fn outdated() -> Universe {
    let mut universe = Universe::default();
    for version in ["1", "2", "3"] {
        universe.wheel("a", version, &["b"]).wheel("b", version, &[]);
    }
    universe.install("a", "1", "Requires-Dist: b\n").install("b", "1", "");
    universe
}

fn upgrading(roots: &[&str], upgrade: Upgrade) -> ResolveRequest {
    let mut asked = request(roots);
    asked.options.upgrade = upgrade;
    asked
}

fn direct(url: &str, editable: bool) -> RootKind {
    RootKind::Direct(Direct {
        requirement: None,
        url: url.to_owned(),
        extras: Vec::new(),
        marker: None,
        editable,
    })
}

#[test]
fn what_is_installed_serves_without_a_question() {
    let universe = outdated();
    assert_eq!(plan(&universe, &request(&["a"])), ["a 1 kept", "b 1 kept"]);
    assert!(universe.asked.borrow().is_empty());
    assert_eq!(
        *universe.said.borrow(),
        [
            "Requirement already satisfied: a in ./lib (1)",
            "Requirement already satisfied: b in ./lib (from a) (1)"
        ]
    );
}

#[test]
fn upgrades_follow_their_strategy() {
    let universe = outdated();
    let needed = upgrading(&["a"], Upgrade::OnlyIfNeeded);
    assert_eq!(plan(&universe, &needed), ["a 3 replaces", "b 1 kept"]);
    let eager = upgrading(&["a"], Upgrade::Eager);
    assert_eq!(plan(&universe, &eager), ["a 3 replaces", "b 3 replaces"]);
    let newest = upgrading(&["a<=1"], Upgrade::Eager);
    assert_eq!(plan(&universe, &newest), ["a 1 kept", "b 3 replaces"]);
}

#[test]
fn upgrading_with_extras_registers_the_extras_node_only() {
    let mut universe = outdated();
    universe.install("a", "1", "Requires-Dist: b\nProvides-Extra: x\n");
    let asked = upgrading(&["a[x]"], Upgrade::OnlyIfNeeded);
    assert_eq!(plan(&universe, &asked), ["a 3 replaces", "b 1 kept"]);
}

#[test]
fn what_does_not_satisfy_is_replaced() {
    let universe = outdated();
    assert_eq!(plan(&universe, &request(&["a>1"])), ["a 3 replaces", "b 1 kept"]);
    let mut constrained = request(&["a"]);
    constrained.constraints = vec![constraint("b==2")];
    assert_eq!(plan(&universe, &constrained), ["a 1 kept", "b 2 replaces"]);
}

#[test]
fn ignoring_or_forcing_passes_over_what_is_installed() {
    let universe = outdated();
    let mut asked = request(&["a==1"]);
    asked.options.ignore_installed = true;
    assert_eq!(plan(&universe, &asked), ["a 1", "b 3"]);
    asked.options.ignore_installed = false;
    asked.options.force_reinstall = true;
    assert_eq!(plan(&universe, &asked), ["a 1 replaces", "b 3 replaces"]);
    asked.options.no_dependencies = true;
    assert_eq!(plan(&universe, &asked), ["a 1 replaces"]);
}

#[test]
fn only_dependencies_leaves_the_roots_out() {
    let mut universe = Universe::default();
    universe.wheel("a", "1", &["b"]).wheel("b", "1", &[]);
    let mut asked = request(&["a"]);
    asked.options.only_dependencies = true;
    assert_eq!(plan(&universe, &asked), ["a 1 left", "b 1"]);
    let resolution = resolve(&asked, &universe).unwrap();
    let names: Vec<_> = resolution.to_install().map(|pin| pin.name.as_str()).collect();
    assert_eq!(names, ["b"]);
}

#[test]
fn an_installed_prerelease_satisfies() {
    let mut universe = outdated();
    universe.install("b", "1.5rc1", "");
    assert_eq!(plan(&universe, &request(&["b>1"])), ["b 1.5rc1 kept"]);
}

#[test]
fn a_broken_installed_distribution_is_fatal() {
    let mut universe = outdated();
    universe.install("a", "1", "Requires-Dist: b>>1\n");
    let error = universe.chosen(&request(&["a"])).unwrap_err();
    assert!(matches!(&error, ResolveError::Refused(text)
        if text.starts_with("Cannot process installed package a 1 ")));
}

#[test]
fn invalid_metadata_is_fatal_beside_an_installed_candidate() {
    let mut universe = outdated();
    let broken = Prepared::Metadata(metadata("a", "3", "Requires-Dist: b>>1\n"));
    universe.answer("https://index.test/files/a-3-py3-none-any.whl", broken);
    assert!(universe.chosen(&upgrading(&["a"], Upgrade::Eager)).is_err());
    let mut asked = request(&["a"]);
    asked.options.ignore_installed = true;
    assert_eq!(plan(&universe, &asked), ["a 2", "b 3"]);
}

#[test]
fn extras_merge_into_their_distribution() {
    let mut universe = Universe::default();
    let rest = "Provides-Extra: x\nProvides-Extra: Y\nRequires-Dist: b; extra == 'x'\n\
                Requires-Dist: c; extra == 'y'\nRequires-Dist: d; extra == 'z'\n";
    let file = crate::universe::link("a-1-py3-none-any.whl");
    universe.offer(file, "a", "1", rest);
    universe.wheel("b", "1", &["a[y]"]).wheel("c", "1", &[]).wheel("d", "1", &[]);
    let resolution = resolve(&request(&["a[x,z]"]), &universe).unwrap();
    let a = resolution.pins.iter().find(|pin| pin.name == "a").unwrap();
    assert_eq!(a.extras, ["x", "y", "z"].map(ExtraName::new));
    let names: Vec<_> = a.dependencies.iter().map(PackageName::as_str).collect();
    assert_eq!(names, ["b", "c"]);
    assert!(a.requested && !resolution.pins.iter().any(|pin| pin.name == "d"));
}

#[test]
fn a_direct_requirement_is_its_only_candidate() {
    let mut universe = outdated();
    let url = "https://h/a-2-py3-none-any.whl#sha256=aa";
    universe.answer(url, Prepared::Metadata(metadata("a", "2", "Requires-Dist: b>1\n")));
    let mut asked = request(&["a", "b<3"]);
    asked.roots[0].kind = direct(url, false);
    assert_eq!(plan(&universe, &asked), ["a 2 replaces", "b 2 replaces"]);
    let resolution = resolve(&asked, &universe).unwrap();
    let a = resolution.pins.iter().find(|pin| pin.name == "a").unwrap();
    assert!(matches!(&a.origin, PinOrigin::Direct { url: place, editable: false } if place == url));
    assert!(!a.hashes.is_empty() && a.root == Some(0));
    asked.roots.push(request(&["a<2"]).roots.remove(0));
    assert!(matches!(universe.chosen(&asked), Err(ResolveError::Impossible { .. })));
}

#[test]
fn an_unnamed_folder_is_named_by_its_metadata() {
    let mut universe = outdated();
    let mut asked = request(&["x"]);
    asked.roots[0].kind = direct("file:///src/a", false);
    let prepared = Prepared::Metadata(metadata("a", "1", "Requires-Dist: b\n"));
    universe.answer("file:///src/a", prepared);
    assert_eq!(plan(&universe, &asked), ["a 1 replaces", "b 1 kept"]);
    assert_eq!(
        *universe.said.borrow(),
        ["Processing /src/a", "Requirement already satisfied: b in ./lib (from a==1) (1)"]
    );
    asked.roots[0].kind = direct("file:///src/a", true);
    assert_eq!(plan(&universe, &asked), ["a 1 replaces", "b 1 kept"]);
    assert!(universe.said.borrow().contains(&"Obtaining file:///src/a".to_owned()));
}

#[test]
fn a_local_wheel_of_the_installed_version_is_left_alone() {
    let mut universe = outdated();
    let url = "file:///w/b-1-py3-none-any.whl";
    universe.answer(url, Prepared::Metadata(metadata("b", "1", "")));
    let mut asked = request(&["b"]);
    asked.roots[0].kind = direct(url, false);
    assert_eq!(plan(&universe, &asked), ["b 1 kept"]);
    assert!(universe.said.borrow().last().unwrap().starts_with("b is already installed with"));
}

#[test]
fn an_editable_installation_is_replaced_even_by_its_own_version() {
    let mut universe = outdated();
    let editable = Installed {
        metadata: metadata("b", "1", ""),
        location: None,
        editable: true,
        replaceable: true,
    };
    universe.installed_as("b", Arc::new(editable));
    let mut asked = request(&["b"]);
    asked.roots[0].kind = direct("https://h/b-1-py3-none-any.whl", false);
    universe.answer("https://h/b-1-py3-none-any.whl", Prepared::Metadata(metadata("b", "1", "")));
    let resolution = resolve(&asked, &universe).unwrap();
    assert!(matches!(resolution.pins[0].action, Action::Replace(_)));
}

#[test]
fn a_constraint_url_is_the_only_candidate() {
    let mut universe = outdated();
    let url = "https://h/b-2-py3-none-any.whl";
    universe.answer(url, Prepared::Metadata(metadata("b", "2", "")));
    let mut asked = request(&["a"]);
    asked.constraints = vec![constraint(&format!("b @ {url}"))];
    assert_eq!(plan(&universe, &asked), ["a 1 kept", "b 2 replaces"]);
    asked.roots.push(request(&["b>2"]).roots.remove(0));
    assert!(matches!(universe.chosen(&asked), Err(ResolveError::Impossible { .. })));
}

#[test]
fn refused_constraints_are_refused_in_pips_words() {
    let universe = outdated();
    let mut asked = request(&["a"]);
    asked.constraints = vec![constraint("b[x]")];
    let error = universe.chosen(&asked).unwrap_err();
    assert_eq!(error.to_string(), "Constraints cannot have extras");
    asked.constraints[0].kind = direct("file:///src/b", false);
    let error = universe.chosen(&asked).unwrap_err();
    assert_eq!(error.to_string(), "Unnamed requirements are not allowed as constraints");
}

#[test]
fn dependencies_are_installed_before_their_dependents() {
    let mut universe = Universe::default();
    universe.wheel("a", "1", &["m", "z"]).wheel("m", "1", &["z", "c"]);
    universe.wheel("z", "1", &[]).wheel("c", "1", &["d"]).wheel("d", "1", &["c"]);
    let resolution = resolve(&request(&["a"]), &universe).unwrap();
    let names: Vec<_> = resolution.to_install().map(|pin| pin.name.as_str()).collect();
    assert_eq!(names, ["z", "d", "c", "m", "a"]);
}
