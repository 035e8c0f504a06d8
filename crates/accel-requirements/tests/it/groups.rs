//! Dependency groups and script metadata.

use accel_requirements::{read_groups, read_script};
use serde_json::{Value, json};

use crate::oracle::{Folder, ask, shown_error};

const PROJECT: &str = r#"
[dependency-groups]
Test_all = ["pytest >= 7", {include-group = "base"}, "coverage[toml]; python_version>'3'"]
base = ["alpha"]
loop-a = [{include-group = "loop-b"}]
loop-b = [{include-group = "loop-a"}]
self = [{include-group = "self"}]
bad = ["not a requirement!", 3, {x = 1}, {include-group = 1}]
text = "alpha"
table = {a = 1}
missing = [{include-group = "nowhere"}]
twice = [{include-group = "base"}, {include-group = "base"}]
"#;

const SCRIPTS: [&str; 7] = [
    "# /// script\n# requires-python = '>=3.9'\n# dependencies = ['alpha', 'beta<2']\n# ///\n",
    "# /// script\n# dependencies = [\n#   'alpha',\n#\n# ]\n# ///\nprint()\n# ///\n",
    "# /// script\n# a = 1\n# ///\n# /// script\n# b = 1\n# ///\n",
    "# /// script\n# a = 1\n# ///\n\n# /// script\n# b = 1\n# ///\n",
    "print()\n",
    "# /// script\n# a =\n# ///\n",
    "# /// other\n# a = 1\n# ///\n\n# /// script\r\n# dependencies = ['x']\r\n# ///\r\n",
];

const SCRIPT: &str = r#"
from pip._internal.req.pep723 import pep723_metadata, PEP723Exception
from pip._internal.req.req_dependency_group import parse_dependency_groups
answers = []
for groups in given["cases"]["groups"]:
    try:
        answers.append(parse_dependency_groups([tuple(g) for g in groups]))
    except Exception as e:
        answers.append(failed(e))
for script in given["cases"]["scripts"]:
    try:
        data = pep723_metadata(script)
        answers.append([data.get("requires-python", ""), *data.get("dependencies", [])])
    except PEP723Exception as e:
        answers.append(dict(error=e.msg))
    except Exception as e:
        answers.append(failed(e))
print(json.dumps(answers))
"#;

#[test]
fn groups_and_scripts_give_what_they_give_pip() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = Folder::new(scratch.path());
    std::fs::write(folder.0.join("pyproject.toml"), PROJECT).unwrap();
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(folder.0.join(name)).unwrap();
        std::fs::write(folder.0.join(name).join("pyproject.toml"), text).unwrap();
    };
    write("none", "[project]\n");
    write("malformed", "dependency-groups = 1\n");
    write("double", "[dependency-groups]\na-b = []\na_B = []\n");
    let own = |group: &str| ("pyproject.toml".to_owned(), group.to_owned());
    let mut groups: Vec<Vec<(String, String)>> = [
        "test-ALL", "base", "loop-a", "self", "bad", "text", "table", "missing", "twice", "nothing",
    ]
    .into_iter()
    .map(|group| vec![own(group)])
    .collect();
    groups.push(vec![own("base"), own("twice")]);
    for place in ["none", "malformed", "double", "absent"] {
        groups.push(vec![own("base"), (format!("{place}/pyproject.toml"), "a".to_owned())]);
    }
    let mut scripts = vec!["absent.py".to_owned()];
    for (number, text) in SCRIPTS.iter().enumerate() {
        let name = format!("script{number}.py");
        std::fs::write(folder.0.join(&name), text).unwrap();
        scripts.push(name);
    }
    let theirs = ask(&folder, SCRIPT, &json!({ "groups": groups, "scripts": scripts }));
    let mut ours: Vec<Value> = groups
        .iter()
        .map(|groups| match read_groups(groups, &folder) {
            Ok(found) => json!(found),
            Err(error) => shown_error(&error),
        })
        .collect();
    ours.extend(scripts.iter().map(|script| match read_script(script, &folder) {
        Ok(data) => {
            let mut answer = vec![data.requires_python];
            answer.extend(data.dependencies);
            json!(answer)
        }
        Err(error) => shown_error(&error),
    }));
    for (at, ours) in ours.iter().enumerate() {
        assert_eq!(*ours, theirs[at], "case {at}");
    }
}
