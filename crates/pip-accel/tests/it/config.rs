//! Configuration: the file grammar against Python's, precedence and values against pip's.

use accel_requirements::ConfigValue;
use accel_types::NameSet;
use pip_accel::args;
use pip_accel::config::ini;
use serde_json::{Value, json};

use crate::real::Run;

const FILES: &[&str] = &[
    "",
    "[a]\nb = c\n",
    "[a]\nb: c=d\nE_f = 1\n--g = 2\n",
    "[a]\nb =\n",
    "[a]\nb\n",
    "[a]\n= c\n",
    "[a]\nb = 1\n  2\n\n  3\n\n\nc = 4\n",
    "[a]\nb = 1\n # no\n ; no\n  2\n",
    "[a]\nb = 1 # yes\nc = 2 ; yes\n",
    "# x\n; y\n[a]\n  b = 1\n  c = 2\n d = 3\n   e = 4\n",
    "[a]\nb = 1\n[a]\nc = 2\n",
    "[a]\nb = 1\nB = 2\n",
    "[a]\nb = 1\n--b = 2\n",
    "[DEFAULT]\nx = 1\n[a]\ny = 2\n[b]\nx = 3\n",
    "[DEFAULT]\nx = 1\n[a]\n[DEFAULT]\ny = 2\n",
    "[DEFAULT]\nx = 1\n[DEFAULT]\nx = 2\n",
    "x = 1\n",
    "  [a]\n  b = 1\n",
    "[a\nb = 1\n",
    "[]\nb = 1\n",
    "[a]b]c\nd = 1\n",
    "[a] b = 1\nc = 2\n",
    "[a]\nb = [x]\n [c]\nd = 2\n",
    "[a]\r\nb = 1\r\n  2\r\n",
    "[a]\nb = %(x)s ${y} %\n",
    "[a]\n\tb\t=\t1\n\t\tc\n",
    "[a]\nb = 1\n\u{c}\n  2\n",
    "[a]\nb=1\nc\n  d\ne=2\n",
    "[a]\nfind-links =\n    http://x\n    http://y\n",
    "[a]\nb = \u{e9}\u{a0}\n\u{a0}c\n",
    "[ a ]\nb c = 1\n",
    "[a]\nrem x = 1\nREM y\n",
];

const GRAMMAR: &str = r#"
import configparser, json, os, sys, tempfile
from pip._internal.configuration import _RawConfigParser
answers = []
for text in json.load(sys.stdin):
    parser = _RawConfigParser()
    with open("f.conf", "w", newline="", encoding="utf-8") as f:
        f.write(text)
    try:
        parser.read("f.conf", encoding="utf-8")
        answers.append([[s, sorted(parser.items(s))] for s in parser.sections()])
    except configparser.Error as e:
        answers.append(str(e))
os.remove("f.conf")
print(json.dumps(answers))
"#;

#[test]
fn files_are_read_as_python_reads_them() {
    let script = format!("import os, tempfile; os.chdir(tempfile.mkdtemp()){GRAMMAR}");
    let answer = accel_testkit::real_pip::script(&script, json!(FILES).to_string().as_bytes());
    let theirs: Value = serde_json::from_slice(&answer).unwrap();
    for (at, text) in FILES.iter().enumerate() {
        let ours = match ini::parse(text, "f.conf") {
            Ok(document) => {
                let mut sections = document.items();
                for (_, keys) in &mut sections {
                    keys.sort();
                }
                json!(sections)
            }
            Err(error) => json!(error),
        };
        assert_eq!(ours, theirs[at], "{text:?}");
    }
}

const OPTIONS: &str = r#"
import json, os, sys
given = json.load(sys.stdin)
os.environ.clear()
os.environ.update(given["environment"])
os.chdir(given["folder"])
from pip._internal.commands import create_command
command = create_command("install", isolated="--isolated" in given["arguments"])
o, rest = command.parse_args(given["arguments"])
print(json.dumps(dict(rest=rest, index_url=o.index_url, extra=o.extra_index_urls,
    find_links=o.find_links, no_index=bool(o.no_index), timeout=float(o.timeout),
    retries=o.retries, no_deps=bool(o.ignore_dependencies), compile=bool(o.compile),
    isolation=bool(o.build_isolation), verbose=o.verbose, quiet=o.quiet,
    user=None if o.use_user_site is None else bool(o.use_user_site),
    no_binary=sorted(o.format_control.no_binary), only_binary=sorted(o.format_control.only_binary),
    no_cache=o.cache_dir is False, cert=o.cert, trusted=o.trusted_hosts, pre=bool(o.pre),
    strategy=o.upgrade_strategy, settings=o.config_settings or {}, requirements=o.requirements,
    version=list(o.python_version) if o.python_version else None, refresh=sorted(o.refresh_package),
    features=o.features_enabled, proxy=o.proxy, src=o.src_dir if given["src"] else None)))
"#;

type Case = (&'static [&'static str], &'static [(&'static str, &'static str)]);

const RUNS: &[Case] = &[
    (&["a", "-U", "b"], &[]),
    (&["a"], &[("PIP_INDEX_URL", "https://x/"), ("PIP_EXTRA_INDEX_URL", "https://y/ https://z/")]),
    (&["a", "--extra-index-url", "q"], &[("PIP_EXTRA_INDEX_URL", "https://y/")]),
    (&["a"], &[("PIP_CONFIG_FILE", "@ROOT@/env.conf")]),
    (&["a", "-f", "z"], &[("PIP_CONFIG_FILE", "@ROOT@/env.conf"), ("PIP_FIND_LINKS", "y")]),
    (&["a"], &[("PIP_CONFIG_FILE", "@ROOT@/missing.conf")]),
    (&["a"], &[("PIP_CONFIG_FILE", "/dev/null")]),
    (&["a", "--isolated"], &[("PIP_NO_DEPS", "1"), ("PIP_CONFIG_FILE", "@ROOT@/env.conf")]),
    (&["a", "--isolated"], &[("PIP_NO_DEPS", "1")]),
    (&["a"], &[("PIP_NO_COMPILE", "0"), ("PIP_NO_BUILD_ISOLATION", "yes"), ("PIP_USER", "off")]),
    (&["a"], &[("PIP_NO_USER", "1"), ("PIP_COMPILE", "no")]),
    (&["a", "-v"], &[("PIP_VERBOSE", "2"), ("PIP_QUIET", "true")]),
    (&["a"], &[("PIP_DEFAULT_TIMEOUT", "60"), ("PIP_RETRIES", "0x10")]),
    (&["a", "--timeout", "1e2"], &[("PIP_TIMEOUT", "7.5")]),
    (&["a", "--only-binary", "x"], &[("PIP_NO_BINARY", ":all:"), ("PIP_ONLY_BINARY", "x,y")]),
    (&["a"], &[("PIP_NO_CACHE_DIR", "0")]),
    (&["a", "--cache-dir", "c"], &[("PIP_NO_CACHE_DIR", "1")]),
    (&["a", "--no-cache-dir"], &[("PIP_CACHE_DIR", "c")]),
    (&["a"], &[("PIP_CERT", "~/x.pem"), ("PIP_TRUSTED_HOST", "h g\nf")]),
    (&["a", "-C", "a=1", "-Ca=2"], &[("PIP_CONFIG_SETTINGS", "b=2")]),
    (&["a", "-r", "x"], &[("PIP_REQUIREMENT", "y  z")]),
    (&["a", "--python-version", ""], &[("PIP_PYTHON_VERSION", "310")]),
    (&["a", "--refresh-package", "A_b,:none:,c"], &[("PIP_REFRESH_PACKAGE", ":all:")]),
    (&["a"], &[("PIP__INDEX_URL", "x"), ("PIP_index_url", "lower"), ("PIP_NO-INDEX", "1")]),
    (&["a", "--proxy", ""], &[("PIP_PROXY", "http://p")]),
    (&["--", "-a", "--pre"], &[("PIP_PRE", "t"), ("PIP_UPGRADE_STRATEGY", "eager")]),
    (&["a", "--src", "~/s/../t"], &[("PIP_USE_FEATURE", "fast-deps truststore")]),
    (&["a"], &[("XDG_CONFIG_HOME", "@ROOT@/xdg"), ("XDG_CONFIG_DIRS", "@ROOT@/d1:@ROOT@/d2")]),
];

fn names(set: &NameSet) -> Vec<String> {
    let mut names: Vec<String> = set.names.iter().map(|name| name.as_str().to_owned()).collect();
    names.extend(set.all.then(|| ":all:".to_owned()));
    names.sort();
    names
}

#[test]
fn configured_values_count_as_for_pip() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write(".pip/pip.conf", "[global]\ntimeout = 11\nretries = 1\n[install]\nno-deps = yes\n");
    write(".config/pip/pip.conf", "[global]\nretries = 2\n[install]\npre = on\n[freeze]\nuser=1\n");
    write("xdg/pip/pip.conf", "[global]\nretries = 3\nfind-links =\n  a\n  b\n");
    write("d1/pip/pip.conf", "[global]\nretries = 4\ntimeout = 4\nindex-url = https://d1/\n");
    write("d2/pip/pip.conf", "[global]\ntimeout = 5\nindex-url =\n");
    write(
        "env.conf",
        "[global]\nfind-links = x\n   w\ntimeout = 20\n[install]\ntimeout=21\nfind_links=\n",
    );
    for (arguments, variables) in RUNS {
        let line: Vec<&str> = [&["install"], *arguments].concat();
        let run = Run { folder: &folder, arguments: &line, variables };
        let surroundings = run.surroundings();
        let given = json!({
            "folder": folder, "arguments": arguments, "src": arguments.contains(&"--src"),
            "environment": surroundings.environment.iter().cloned()
                .map(|(name, value)| (name, json!(value))).collect::<serde_json::Map<_, _>>(),
        });
        let answer = accel_testkit::real_pip::script(OPTIONS, given.to_string().as_bytes());
        let theirs: Value = serde_json::from_slice(&answer).unwrap();
        let parsed = args::parse(&surroundings).unwrap();
        let o = parsed.options;
        let settings: serde_json::Map<String, Value> = o
            .config_settings
            .entries
            .iter()
            .map(|(key, value)| match value {
                ConfigValue::One(one) => (key.clone(), json!(one)),
                ConfigValue::Many(many) => (key.clone(), json!(many)),
            })
            .collect();
        let refresh = NameSet { all: o.refresh_all, names: o.refresh_package.clone() };
        let ours = json!({
            "rest": parsed.arguments, "index_url": o.index_url, "extra": o.extra_index_urls,
            "find_links": o.find_links, "no_index": o.no_index, "timeout": o.timeout,
            "retries": o.retries, "no_deps": o.ignore_dependencies, "compile": o.compile,
            "isolation": o.build_isolation, "verbose": o.verbose, "quiet": o.quiet,
            "user": o.use_user_site, "no_binary": names(&o.format_control.no_binary),
            "only_binary": names(&o.format_control.only_binary), "no_cache": o.no_cache_dir,
            "cert": o.cert, "trusted": o.trusted_hosts, "pre": o.pre,
            "strategy": o.upgrade_strategy, "settings": settings, "requirements": o.requirements,
            "version": o.python_version, "refresh": names(&refresh),
            "features": o.features_enabled, "proxy": o.proxy, "src": o.src_dir,
        });
        assert_eq!(ours, theirs, "{arguments:?} {variables:?}");
    }
}
