//! Tags against `packaging` and pip, for every interpreter.

use accel_types::TagRequest;
use serde_json::json;

use crate::found::{ask, interpreters, newest_pip, query, scratch};

/// Where the newest `packaging` cannot run, it is told what the interpreter said about itself.
const PRETEND: &str = r#"
import sys, sysconfig, platform, types, json
facts = json.loads(sys.argv[1]) if len(sys.argv) > 1 else FACTS
from pip._vendor.packaging import tags, _manylinux
machine = facts["platform"]
variables = {
    "Py_DEBUG": int(facts["debug"]), "WITH_PYMALLOC": int(facts["pymalloc"]),
    "Py_UNICODE_SIZE": 4 if facts["wide_unicode"] else 2, "EXT_SUFFIX": facts["ext_suffix"],
    "py_version_nodot": facts["version_nodot"], "Py_GIL_DISABLED": int(facts["gil_disabled"]),
}
tags._get_config_var = lambda name, warn=False: variables.get(name)
tags.sys = types.SimpleNamespace(
    implementation=types.SimpleNamespace(name=facts["implementation"]),
    version_info=tuple(facts["version"]) + (0,), maxunicode=0x10FFFF,
)
_manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(*machine["glibc"])
"#;

const SUPPORTED: &str = r"
from pip._internal.utils.compatibility_tags import get_supported
def answer(request):
    try:
        return [str(tag) for tag in get_supported(**request)]
    except SystemError:  # Without EXT_SUFFIX (Python 2) `packaging` gives up on other ABIs.
        return None
print(json.dumps([answer(request) for request in REQUESTS]))
";

fn requests() -> Vec<(serde_json::Value, TagRequest)> {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mut requests = vec![(json!({}), TagRequest::default())];
    let platforms: [&[&str]; 7] = [
        &[],
        &["manylinux2014_x86_64"],
        &["manylinux2010_i686", "linux_x86_64", "manylinux2010_i686"],
        &["macosx_10_9_x86_64", "macosx_11_0_arm64", "macosx_14_2_universal2"],
        &["win_amd64", "any", "macosx", "ios_13_2_arm64_iphoneos", "ios_11_0_x"],
        &["android_21_arm64_v8a", "android_x", "manylinux2014_aarch64", "manylinux_2_28_x86_64"],
        &["macosxcustom_10_16_arm64", "macosx_10_5_ppc", "macosx_10_3_i386", "macosx_10_5_ppc64"],
    ];
    let versions =
        [None, Some((3, None)), Some((3, Some(7))), Some((3, Some(13))), Some((2, Some(7)))];
    let abis: [&[&str]; 4] = [&[], &["cp313t"], &["abi3", "cp39", "none"], &["none"]];
    for platform in platforms {
        for version in versions {
            for implementation in [None, Some("cp"), Some("pp")] {
                // Every ABI meets every version and platform, though not in every pairing.
                let abi = abis[requests.len() % abis.len()];
                let number = version.map(|(major, minor): (u32, Option<u32>)| {
                    minor.map_or(major.to_string(), |minor| format!("{major}{minor}"))
                });
                let list = |texts: &[&str]| (!texts.is_empty()).then(|| json!(texts));
                let asked = json!({
                    "version": number, "platforms": list(platform),
                    "impl": implementation, "abis": list(abi),
                });
                let request = TagRequest {
                    python_version: version,
                    platforms: texts(platform),
                    implementation: implementation.map(str::to_owned),
                    abis: texts(abi),
                };
                requests.push((asked, request));
            }
        }
    }
    requests
}

#[test]
fn every_interpreter_has_the_tags_that_pip_finds() {
    let home = scratch();
    let (asked, ours): (Vec<_>, Vec<_>) = requests().into_iter().unzip();
    let asked = serde_json::to_string(&asked).unwrap().replace("null", "None");
    for executable in interpreters() {
        let interpreter = query(executable);
        let path = format!("import sys, json; sys.path.insert(0, {:?})\n", newest_pip());
        let questions = SUPPORTED.replace("REQUESTS", &asked);
        let answers = if interpreter.version() >= (3, 10, 0) {
            ask(executable, home.path(), &(path + &questions))
        } else {
            let facts = serde_json::to_string(interpreter.tag_facts()).unwrap();
            let facts = facts.replace("null", "None").replace("true", "True");
            let pretend = PRETEND.replace("FACTS", &facts.replace("false", "False"));
            let python = accel_testkit::real_pip::python();
            ask(python, home.path(), &(path + &pretend + &questions))
        };
        for (at, request) in ours.iter().enumerate() {
            if answers[at].is_null() {
                continue;
            }
            let expected: Vec<String> = serde_json::from_value(answers[at].clone()).unwrap();
            let tags = if at == 0 { interpreter.tags() } else { &interpreter.tags_for(request) };
            let found: Vec<String> = tags.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{} {request:?}", executable.display());
        }
    }
}

#[test]
fn the_tags_of_cpython_are_those_of_sys_tags() {
    let home = scratch();
    let script = format!(
        "import sys, json; sys.path.insert(0, {:?})\nfrom pip._vendor.packaging.tags import sys_tags\n\
         print(json.dumps([str(tag) for tag in sys_tags()]))",
        newest_pip()
    );
    for executable in interpreters() {
        let interpreter = query(executable);
        if interpreter.implementation() == "cpython" && interpreter.version() >= (3, 10, 0) {
            let expected: Vec<String> =
                serde_json::from_value(ask(executable, home.path(), &script)).unwrap();
            let found: Vec<String> = interpreter.tags().iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{}", executable.display());
        }
    }
}
