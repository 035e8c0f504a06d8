//! Single requirements, as arguments and behind `-e`: what they mean, and pip's sentences.

use accel_requirements::{ConfigSettings, FileOptions, Reader};
use serde_json::json;

use crate::cases::{EDITABLES, TEXTS};
use crate::oracle::{Folder, ask, shown, shown_error};

const SCRIPT: &str = r#"
answers = []
for text, editable in given["cases"]:
    warnings.clear()
    make = install_req_from_editable if editable else install_req_from_line
    try:
        answer = shown(make(text, user_supplied=True))
    except Exception as e:
        answer = failed(e)
    answer["warnings"] = list(warnings)
    answers.append(answer)
print(json.dumps(answers))
"#;

#[test]
fn texts_mean_what_they_mean_to_pip() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = Folder::new(scratch.path());
    for directory in ["project/src", "empty", "a b", "dir[x]"] {
        std::fs::create_dir_all(folder.0.join(directory)).unwrap();
    }
    for (file, content) in [
        ("project/setup.py", ""),
        ("a b/pyproject.toml", ""),
        ("setup.py", ""),
        ("thing-1.0-py3-none-any.whl", ""),
        ("thing-1.0.tar.gz", ""),
        ("reqs/list.txt", "# list\nalpha==1 \\\n  ; python_version > '3'\n"),
        ("reqs/prose.txt", "this is prose\n"),
        ("reqs/nothing.txt", "\n# nothing\n"),
    ] {
        let path = folder.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let root = folder.0.to_str().unwrap().to_owned();
    let cases: Vec<(String, bool)> = TEXTS
        .iter()
        .map(|text| (text, false))
        .chain(EDITABLES.iter().map(|text| (text, true)))
        .map(|(text, editable)| (text.replace("@ROOT@", &root), editable))
        .collect();
    let theirs = ask(&folder, SCRIPT, &json!(cases));
    let mut wrong = Vec::new();
    for (at, (text, editable)) in cases.iter().enumerate() {
        let mut reader = Reader::new(&folder, "pip", FileOptions::default());
        let settings = ConfigSettings::default();
        let outcome = if *editable {
            reader.editable(text, &settings)
        } else {
            reader.argument(text, &settings)
        };
        let mut ours = match outcome {
            Ok(input) => shown(&input),
            Err(error) => shown_error(&error),
        };
        ours["warnings"] = json!(reader.warnings);
        if ours != theirs[at] {
            wrong.push(format!("{text}\n  ours: {ours}\n  pip:  {}", theirs[at]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
