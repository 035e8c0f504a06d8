//! The files of a `.dist-info` folder, compared with Python's standard library and `packaging`.

use accel_types::{
    ArchiveInfo, CoreMetadata, DirInfo, DirectUrl, EntryPoints, Headers, LineEnds, VcsInfo, record,
};
use serde_json::{Value, json};

use crate::cases;
use crate::oracle::{ask, assert_same, items};

#[test]
fn messages_are_read_as_by_email_parser() {
    let bases = [
        "Name: a\nLicense: b\n  c\n\td\nRequires-Dist: x;\n extra=='y'\n\nbody\n\nName: no",
        "From x\nA: 1\r\n  2\r\nB :3\nFrom y\n c\nD:4\rE: 5\n",
        ":x\n y\nA:\n z\nÄ: 1\nB: ü\n",
        "A: 1\n\u{85}B: 2\nC: 3\u{2028}D: 4\n \n\nE",
        "A: 1\nFrom z\nmore\n",
        "A: 1\nFrom z\n\nmore\n",
        "A: 1\nFrom z",
    ];
    let questions = cases::mutations(
        &bases.map(str::to_owned),
        &["\n", "\r", "\r\n", " ", ":", "\t", "\nFrom q\n", "é"],
    );
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| {
            let message = Headers::parse(text);
            let headers: Vec<(&str, &str)> = message.iter().collect();
            json!({ "headers": headers, "body": message.body() })
        })
        .collect();
    let answers = ask(&json!({ "messages": questions }));
    assert_same(&questions, &ours, items(&answers["messages"]));
}

#[test]
fn metadata_is_read_as_by_importlib() {
    let bases = [
        "Metadata-Version: 2.1\nname: A.b \nLicense: b\n   c\n     d\n \n\te\nRequires-Dist: x;\n extra=='y'\nRequires-dist: z\n\n# A\n\ntext",
        "Name: a\nDescription: b\n        |c\n        |  d\n",
    ];
    let questions =
        cases::mutations(&bases.map(str::to_owned), &["\n", "\r", " ", ":", "\t", "é", "\r\n  "]);
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| {
            let metadata = CoreMetadata::parse_text(text, LineEnds::AsWritten);
            let mut headers: Vec<(&str, &str)> = metadata.headers.iter().collect();
            if !metadata.headers.body().is_empty() {
                headers.push(("Description", metadata.headers.body()));
            }
            json!({
                "headers": headers,
                "name": metadata.get("name"),
                "requires": metadata.requires_dist,
            })
        })
        .collect();
    let answers = ask(&json!({ "metadata": questions }));
    assert_same(&questions, &ours, items(&answers["metadata"]));
}

#[test]
fn record_is_read_as_by_csv() {
    let bases = [
        "a.py,sha256=x,1\r\n\"b,\"\"c\"\".py\",,\n\nd\n\"e\"f,g\"h,\n",
        "\"a\nb\",\"\",\"\n\n,x\"\n,,,,\n,\"",
        "a\u{85}b,\"c\u{2028}\"d\n\"\"\"\"",
    ];
    let questions =
        cases::mutations(&bases.map(str::to_owned), &["\"", ",", "\n", "\r", "\"\"", " ", "\\"]);
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| {
            let rows = record::parse(text).expect("no field is that long");
            rows.into_iter().map(|row| json!([row.path, row.hash, row.size])).collect()
        })
        .collect();
    let answers = ask(&json!({ "records": questions }));
    assert_same(&questions, &ours, items(&answers["records"]));
}

#[test]
fn entry_points_are_read_as_by_importlib() {
    let bases = [
        "[console_scripts]\nFoo = a.b:c [d]\n# no\nx=y=z\n; w = v\n\n[gui_scripts]\nq:r = s : t \n",
        "stray = 1\n[[a]]\nb=\n=c\n[d]",
    ];
    let questions = cases::mutations(
        &bases.map(str::to_owned),
        &["=", "[", "]", "\n", "#", " ", ":", "\u{85}", "\u{1c}"],
    );
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| match EntryPoints::parse(text) {
            Err(_) => Value::Null,
            Ok(points) => points
                .entries
                .iter()
                .map(|entry| json!([entry.group, entry.name, entry.value]))
                .collect(),
        })
        .collect();
    let answers = ask(&json!({ "entry_points": questions }));
    assert_same(&questions, &ours, items(&answers["entry_points"]));
}

#[test]
fn direct_urls_are_written_as_by_pip() {
    let urls = [
        "file:///a b/ä\u{1f600}",
        "https://me:secret@h:80/p.whl?q#",
        "HTTPS://git@h/r.git",
        "https://git:x@h/r",
        "https://${A}@h/r?",
        "https://${A}:${B-c}@h/r#x",
        "https://${}:${B}@h/r",
        "ssh://u@v@h/\"\\\u{7}\u{7f}",
        "https://u:p@h",
    ];
    let kinds: [(Value, DirectUrl); 7] = [
        (
            json!({ "dir": null }),
            DirectUrl { dir_info: Some(DirInfo::default()), ..DirectUrl::default() },
        ),
        (
            json!({ "dir": true }),
            DirectUrl { dir_info: Some(DirInfo { editable: Some(true) }), ..DirectUrl::default() },
        ),
        (
            json!({ "dir": false, "subdirectory": "a/b" }),
            DirectUrl {
                dir_info: Some(DirInfo { editable: Some(false) }),
                subdirectory: Some("a/b".to_owned()),
                ..DirectUrl::default()
            },
        ),
        (
            json!({ "archive": null }),
            DirectUrl { archive_info: Some(ArchiveInfo::default()), ..DirectUrl::default() },
        ),
        (
            json!({ "archive": {} }),
            DirectUrl {
                archive_info: Some(ArchiveInfo { hashes: Some(vec![]) }),
                ..DirectUrl::default()
            },
        ),
        (
            json!({ "archive": { "sha256": "ab" } }),
            DirectUrl {
                archive_info: Some(ArchiveInfo {
                    hashes: Some(vec![("sha256".to_owned(), "ab".to_owned())]),
                }),
                ..DirectUrl::default()
            },
        ),
        (
            json!({ "vcs": { "vcs": "git", "commit_id": "1", "requested_revision": "v1" } }),
            DirectUrl {
                vcs_info: Some(VcsInfo {
                    vcs: "git".to_owned(),
                    requested_revision: Some("v1".to_owned()),
                    commit_id: "1".to_owned(),
                }),
                ..DirectUrl::default()
            },
        ),
    ];
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for url in urls {
        for (question, direct_url) in &kinds {
            let mut question = question.clone();
            question["url"] = url.into();
            questions.push(question);
            let direct_url = DirectUrl { url: url.to_owned(), ..direct_url.clone() };
            ours.push(Value::from(direct_url.to_json()));
        }
    }
    let answers = ask(&json!({ "direct_urls": questions }));
    assert_same(&questions, &ours, items(&answers["direct_urls"]));
}
