//! pip's words, recorded from pip 26.3 and compared line by line.

use std::fmt::Write as _;

use accel_resolve::{
    Constraint, Direct, Level, ResolveError, ResolveRequest, Root, RootKind, resolve,
};
use accel_types::{Hashes, NameSet};

use crate::universe::{Universe, link, request, root};

const RECORDED: &str = include_str!("../data/words.txt");

/// The universe that pip was asked about.
fn universe() -> Universe {
    let mut universe = Universe::default();
    let mut add = |name: &str, version: &str, rest: &str| {
        let file = link(&format!("{name}-{version}-py3-none-any.whl"));
        universe.offer(file, name, version, rest);
    };
    add("a", "1", "Requires-Dist: c<2\n");
    add("a", "2", "Requires-Dist: c<2,>=1.0\n");
    add("b", "1", "Requires-Dist: c>=2; python_version > \"3\"\n");
    add("c", "1.0", "");
    add("c", "2.0", "");
    add("c", "3.0", "");
    add("d", "1", "Requires-Python: >=3.99\n");
    add("d", "2", "Requires-Python: >=3.98\nRequires-Dist: c\n");
    let extras = "Requires-Dist: d==1\nProvides-Extra: x\nRequires-Dist: a; extra == \"x\"\n";
    add("e", "1", extras);
    add("f", "1", "");
    add("f", "4rc1", "");
    add("g", "1", "Requires-Dist: f>5; extra == \"y\"\nProvides-Extra: y\n");
    add("h", "1", "Requires-Dist: e[nope,x]\n");
    let mut old = link("f-2-py3-none-any.whl");
    old.yanked = Some("bad".into());
    universe.offer(old, "f", "2", "");
    let mut new = link("f-3-py3-none-any.whl");
    new.requires_python = Some(">=3.99,!=3.2.1".into());
    universe.offer(new, "f", "3", "");
    let metadata = crate::universe::metadata("a", "1", "Requires-Dist: c<2\n");
    let prepared = accel_resolve::Prepared::Metadata(metadata);
    universe.answer("file:///files/a-1-py3-none-any.whl", prepared);
    universe
}

/// The request that these arguments mean.
fn asked(arguments: &str) -> ResolveRequest {
    let mut asked = request(&[]);
    let mut words = arguments.split(" | ");
    while let Some(word) = words.next() {
        match word {
            "-r" => {
                words.next();
                for (name, line) in [("a", 1), ("b", 2)] {
                    let comes_from = Some(format!("-r r.txt (line {line})"));
                    asked.roots.push(Root { comes_from, ..root(name) });
                }
            }
            "-c" => {
                let file = words.next().unwrap();
                let text = if file == "c.txt" { "c<2" } else { "c==3.0" };
                asked.constraints.push(Constraint {
                    kind: RootKind::Named(text.parse().unwrap()),
                    comes_from: Some(format!("-c {file} (line 1)")),
                    hashes: Hashes::new(),
                });
            }
            "--only-final" => {
                words.next();
                asked.options.releases.only_final = NameSet::all();
            }
            "--ignore-requires-python" => asked.options.ignore_requires_python = true,
            url if url.contains("://") && !url.contains('@') => {
                let mut direct = root("a");
                direct.kind = RootKind::Direct(Direct {
                    requirement: None,
                    url: url.to_owned(),
                    extras: Vec::new(),
                    marker: None,
                    editable: false,
                });
                asked.roots.push(direct);
            }
            requirement => asked.roots.push(root(requirement)),
        }
    }
    asked
}

#[test]
fn every_recorded_word_is_said() {
    let mut sections = RECORDED.split("\n== ");
    sections.next();
    let mut count = 0;
    for section in sections {
        let (arguments, recorded) = section.split_once('\n').unwrap();
        let universe = universe();
        let outcome = resolve(&asked(arguments), &universe);
        let mut said = universe.said.take().join("\n");
        let mut say = |level: Level, text: &str| {
            let prefix = if level == Level::Critical { "ERROR: " } else { "" };
            write!(said, "\n{prefix}{text}").unwrap();
        };
        match outcome {
            Ok(_) => {}
            Err(ResolveError::Impossible { explanation, message, .. }) => {
                for line in &explanation {
                    say(line.level, &line.text);
                }
                say(Level::Critical, &message);
            }
            Err(other) => panic!("{arguments}: {other}"),
        }
        assert_eq!(said.trim(), recorded.trim(), "{arguments}");
        count += 1;
    }
    assert_eq!(count, 20);
}
