//! What pip itself decides, compared with the newest pip.

use accel_types::filename::{split_extension, version_in_fragment};
use accel_types::{Digest, Hashes, PackageName, WheelInfo};
use serde_json::{Map, Value, json};

use crate::cases;
use crate::oracle::{ask, assert_same, items};

#[test]
fn sdists_are_split_alike() {
    let bases = ["Foo_bar-1.0.tar.gz", "foo--bar-baz-1.0-2.zip", "../.a.b/.foo-bar-1.TAR.x"];
    let filenames = cases::mutations(&bases.map(str::to_owned), &["-", "_", ".", "/", ".tar", "é"]);
    let projects = ["foo-bar", "foo", "foo-bar-baz"];
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for project in projects {
        let name = PackageName::new(project);
        for filename in &filenames {
            questions.push(json!([filename, project]));
            let (stem, extension) = split_extension(filename);
            ours.push(json!([stem, extension, version_in_fragment(stem, &name)]));
        }
    }
    let answers = ask(&json!({ "sdists": questions }));
    assert_same(&questions, &ours, items(&answers["sdists"]));
}

fn hashes(allowed: &Value) -> Hashes {
    let mut hashes = Hashes::new();
    for (algorithm, digests) in allowed.as_object().expect("an object") {
        for digest in items(digests) {
            let hex = digest.as_str().expect("a string");
            hashes.insert(&Digest::new(algorithm.parse().expect("an algorithm"), hex));
        }
    }
    hashes
}

#[test]
fn allowed_digests_are_joined_alike() {
    let sets = [
        json!({}),
        json!({ "sha256": ["aa", "BB"] }),
        json!({ "sha256": ["bb", "cc"] }),
        json!({ "sha256": ["dd"], "sha512": ["aa"] }),
        json!({ "sha384": ["aa"] }),
    ];
    let candidates = ["sha256:aa", "sha256:bb", "sha256:BB", "sha512:aa", "sha384:aa", "md5:aa"];
    let candidates: Vec<Digest> =
        candidates.iter().map(|text| text.parse().expect("a digest")).collect();
    let asked: Vec<Value> =
        candidates.iter().map(|digest| json!([digest.algorithm.name(), digest.hex])).collect();
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for a in &sets {
        for b in &sets {
            questions.push(json!([a, b, asked]));
            let both = hashes(a).intersect(&hashes(b));
            let mut allowed = Map::new();
            for algorithm in both.algorithms() {
                let digests = both.iter().filter(|(of, _)| *of == algorithm);
                let digests: Vec<&str> = digests.map(|(_, hex)| hex).collect();
                allowed.insert(algorithm.name().to_owned(), json!(digests));
            }
            let verdicts: Vec<bool> = candidates.iter().map(|digest| both.allows(digest)).collect();
            ours.push(json!([!both.is_empty(), allowed, verdicts]));
        }
    }
    let answers = ask(&json!({ "hashes": questions }));
    assert_same(&questions, &ours, items(&answers["hashes"]));
}

#[test]
fn fragments_are_read_alike() {
    let bases = ["https://h/f?x&md5=1#egg=a&sha256=AB&sha1=c", "f#sha512=x#md5=y"];
    let questions = cases::mutations(&bases.map(str::to_owned), &["#", "&", "=", "sha384=", "2"]);
    let ours: Vec<Value> = questions
        .iter()
        .map(|url| {
            Digest::from_url(url)
                .map_or(Value::Null, |digest| json!([digest.algorithm.name(), digest.hex]))
        })
        .collect();
    let answers = ask(&json!({ "fragments": questions }));
    assert_same(&questions, &ours, items(&answers["fragments"]));
}

#[test]
fn wheel_files_are_read_alike() {
    let base = "Wheel-Version: 1.10\nRoot-Is-Purelib: TRUE\nTag: py2-none-any\nTag: py3-none-any\n";
    let questions = cases::mutations(&[base.to_owned()], &[" ", "\n", ".", ":", "1"]);
    let ours: Vec<Value> = questions
        .iter()
        .map(|text| match WheelInfo::parse(text.as_bytes()) {
            Ok(info) => json!({
                "version": info.wheel_version, "purelib": info.root_is_purelib, "tags": info.tags,
            }),
            Err(error) => {
                let message = error.to_string();
                let words = message.strip_prefix("could not read WHEEL: ").unwrap_or(&message);
                json!({ "error": words })
            }
        })
        .collect();
    let answers = ask(&json!({ "wheel_files": questions }));
    assert_same(&questions, &ours, items(&answers["wheel_files"]));
}
