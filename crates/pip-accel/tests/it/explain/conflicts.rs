//! What is said where there is no answer, word for word; and that no requirement of it could be left
//! out.

use std::collections::BTreeMap;

use super::{Universe, Wheels};
use crate::sandbox::tree;

/// What is said of a set that has no answer, behind pip's own words.
fn conflict(universe: &Universe, arguments: &[&str]) -> String {
    let mut all = vec!["--explain", "--dry-run"];
    all.extend(arguments);
    let before = tree(&universe.environment);
    let ran = universe.run("install", &all).bad();
    assert_eq!(tree(&universe.environment), before);
    let at = ran.stdout.find("In short: ").unwrap_or_else(|| panic!("{}", ran.stdout));
    universe.shown(&ran.stdout[at..])
}

#[test]
fn a_hint_leads_to_projects_that_nobody_looked_at() {
    let universe = Universe::new(&[
        ("app 1.0", &["lib<2"]),
        ("tool 3.1", &["lib>=2"]),
        ("tool 2.0", &["lib", "other>=1"]),
        ("craft 3.1", &["lib>=2"]),
        ("craft 2.0", &["lib", "other ; extra == 'more'", "#Provides-Extra: more"]),
        ("lib 2.0", &[]),
        ("lib 1.0", &[]),
        ("other 1.0", &[]),
    ]);
    for old in ["tool==2.0", "craft==2.0"] {
        universe.run("install", &["--dry-run", "--no-deps", old]).good();
    }
    // What the older tool requires is kept, but not whether there is such a thing.
    assert_eq!(
        conflict(&universe, &["app", "tool>=3"]),
        "\
         In short: app 1.0 needs lib<2, but tool 3.1 (the only version that fits tool>=3) needs lib>=2.\n\
         HINT: tool instead of tool>=3 may have an answer.\n"
    );
    // An extra that nobody asked for leaves nothing uncertain.
    assert_eq!(
        conflict(&universe, &["app", "craft>=3"]),
        "\
         In short: app 1.0 needs lib<2, but craft 3.1 (the only version that fits craft>=3) needs lib>=2.\n\
         HINT: with craft instead of craft>=3 there is an answer: app 1.0, craft 2.0, lib 1.0.\n"
    );
}

#[test]
fn a_contradiction_is_told_in_a_sentence() {
    let universe = Universe::new(&[
        ("app 1.0", &["lib<2"]),
        ("tool 3.1", &["lib>=2"]),
        ("tool 2.0", &["lib"]),
        ("lib 2.0", &[]),
        ("lib 1.0", &[]),
        ("many 2.2", &["lib>2.2"]),
        ("many 2.1", &["lib>2.1"]),
        ("many 2.0", &["lib>2.0"]),
        ("many 1.9", &["lib>1.9"]),
        ("mid 1.0", &["tool>=3"]),
        ("top 1.0", &["mid"]),
        ("old 1.0", &["#Requires-Python: <3"]),
        ("snake 1.0", &["old"]),
        ("bystander 1.0", &["lib"]),
        ("two 1.2", &["lib>=2", "lib[x]>=1; extra == \"x\"", "#Provides-Extra: x"]),
        ("two 1.1", &["lib>1.5"]),
    ]);
    universe.sandbox.write("r.txt", "bystander\napp\ntool>=3\n");
    universe.sandbox.write("c.txt", "lib<2\n");
    assert_eq!(
        conflict(&universe, &["app", "tool>=3"]),
        "\
         In short: app 1.0 needs lib<2, but tool 3.1 (the only version that fits tool>=3) needs lib>=2.\n\
         HINT: tool instead of tool>=3 may have an answer.\n"
    );
    assert_eq!(
        conflict(&universe, &["-r", "r.txt"]),
        "\
         In short: app 1.0 needs lib<2, but tool 3.1 (the only version that fits tool>=3 of -r r.txt (line 3)) needs lib>=2.\n\
         HINT: tool instead of tool>=3 (-r r.txt (line 3)) may have an answer.\n"
    );
    assert_eq!(
        conflict(&universe, &["bystander", "tool>=3", "-c", "c.txt"]),
        "\
         In short: The user requested (constraint) lib<2 (-c c.txt (line 1)), but tool 3.1 (the only version that fits tool>=3) needs lib>=2.\n\
         HINT: without the constraint lib<2 (-c c.txt (line 1)) there is an answer: lib 2.0, tool 3.1.\n"
    );
    assert_eq!(
        conflict(&universe, &["top", "lib<2"]),
        "\
         In short: The user requested lib<2, but tool 3.1 (the only version that fits tool>=3) needs lib>=2. top 1.0 needs mid. mid 1.0 needs tool>=3.\n\
         HINT: with lib instead of lib<2 there is an answer: lib 2.0, mid 1.0, tool 3.1, top 1.0.\n"
    );
    assert_eq!(
        conflict(&universe, &["snake"]),
        "In short: snake 1.0 needs old, but old 1.0 cannot be chosen: requires a different Python (PYTHON not in '<3').\n"
    );
    assert_eq!(
        conflict(&universe, &["bystander", "lib>=9"]),
        "\
         In short: The user requested lib>=9, but there is only lib 2.0, 1.0.\n\
         HINT: with lib instead of lib>=9 there is an answer: lib 2.0.\n"
    );
    assert_eq!(
        conflict(&universe, &["lib<2", "many"]),
        "\
         In short: The user requested lib<2, but many 2.2 to 1.9 (all that there are) need each its own: lib>2.2 to lib>1.9.\n\
         HINT: with lib instead of lib<2 there is an answer: lib 2.0, many 1.9.\n"
    );
    assert_eq!(
        conflict(&universe, &["bystander", "nowhere"]),
        "In short: The user requested nowhere, but no file of nowhere was found.\n"
    );
    assert_eq!(
        conflict(&universe, &["two", "lib<2"]),
        "In short: The user requested lib<2, but two 1.2 needs lib>=2 and 1.1 needs lib>1.5 (all that \
         there are).\nHINT: with lib instead of lib<2 there is an answer: lib 2.0, two 1.2.\n"
    );
    let yanked = BTreeMap::from([("lib-2.0-py3-none-any.whl".to_owned(), "bad".to_owned())]);
    universe.server.change(|options| options.yanked = yanked);
    assert_eq!(
        conflict(&universe, &["bystander", "tool>=3", "--freshness", "always"]),
        "\
         In short: tool 3.1 (the only version that fits tool>=3) needs lib>=2, but lib 2.0 cannot be chosen: yanked (bad).\n\
         HINT: tool instead of tool>=3 may have an answer.\n"
    );
}

/// The elements of a contradiction as `explain --json` names them.
fn elements(universe: &Universe, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["--json", "bystander"];
    all.extend(arguments);
    let ran = universe.explain(&all).bad();
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(said["conflict"]["smallest"], true, "{said}");
    said["conflict"]["requirements"].clone()
}

#[test]
fn nothing_of_a_contradiction_could_be_left_out() {
    let universes: [(Wheels<'_>, &[&str]); 4] = [
        (
            &[
                ("app 1.0", &["lib<2"]),
                ("tool 3.1", &["lib>=2"]),
                ("tool 3.0", &["lib>=2"]),
                ("lib 2.0", &[]),
                ("lib 1.0", &[]),
                ("bystander 1.0", &["lib", "app"]),
            ],
            &["bystander", "app", "tool>=3"],
        ),
        (
            &[
                ("a 1.0", &["b==1.0"]),
                ("b 1.0", &["c<2", "d"]),
                ("b 2.0", &["c"]),
                ("c 1.0", &[]),
                ("c 2.0", &[]),
                ("d 1.0", &["e"]),
                ("e 1.0", &["c>=2"]),
                ("bystander 1.0", &["a", "d"]),
            ],
            &["bystander", "b<2"],
        ),
        (
            &[
                ("a 1.0", &["c==1.0"]),
                ("a 2.0", &["c==2.0"]),
                ("b 1.0", &["c==2.0", "x<2"]),
                ("b 2.0", &["c==1.0", "x>=2"]),
                ("c 1.0", &["x>=2"]),
                ("c 2.0", &["x<2", "y"]),
                ("x 1.0", &[]),
                ("x 2.0", &[]),
                ("y 1.0", &["x>=2"]),
                ("bystander 1.0", &["x"]),
            ],
            &["bystander", "a", "b<2"],
        ),
        (
            &[
                ("a 1.0", &["lib>=2"]),
                ("a 2.0", &["other>=2"]),
                ("lib 1.0", &[]),
                ("lib 2.0", &[]),
                ("other 1.0", &[]),
                ("other 2.0", &[]),
                ("bystander 1.0", &["a", "lib"]),
            ],
            &["bystander", "a", "lib<2", "other<2"],
        ),
    ];
    for (wheels, roots) in universes {
        let universe = Universe::new(wheels);
        let elements = elements(&universe, roots);
        let elements = elements.as_array().expect("a list");
        assert!(elements.len() >= 2, "{elements:?}");
        assert!(!is_solvable(wheels, roots, elements));
        for left_out in 0..elements.len() {
            let mut rest = elements.clone();
            let left_out = rest.remove(left_out);
            assert!(is_solvable(wheels, roots, &rest), "{left_out} of {elements:?}");
        }
    }
}

/// Whether there is an answer where nothing is required but what the elements say.
fn is_solvable(wheels: &[(&str, &[&str])], roots: &[&str], elements: &[serde_json::Value]) -> bool {
    let is_named = |what: &str, needs: &str| {
        let (owner, about) = (what.split(' ').next(), needs.split(['<', '>', '=']).next());
        elements
            .iter()
            .any(|one| one["by"]["name"].as_str() == owner && one["about"].as_str() == about)
    };
    let left = wheels.iter().map(|(what, needs)| {
        let needs = needs.iter().copied().filter(|needs| is_named(what, needs));
        (*what, needs.collect::<Vec<_>>())
    });
    let left: Vec<(&str, Vec<&str>)> = left.collect();
    let left: Vec<(&str, &[&str])> =
        left.iter().map(|(what, needs)| (*what, needs.as_slice())).collect();
    let is_root = |root: &&&str| elements.iter().any(|element| element["requirement"] == **root);
    let mut all = vec!["--dry-run"];
    all.extend(roots.iter().filter(is_root));
    if all.len() == 1 {
        return true;
    }
    let ran = Universe::new(&left).run("install", &all);
    assert!(ran.code == 0 || ran.stderr.contains("ResolutionImpossible"), "{}", ran.stderr);
    ran.code == 0
}
