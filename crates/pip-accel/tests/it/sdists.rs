//! Source distributions from PyPI, built by this program and by the newest pip.

use std::process::Command;

use crate::pair::{Pair, python311, text};

/// A Debian package must have brought what a compiled source distribution needs.
fn wants(package: &str, program: &str, arguments: &[&str]) {
    let there = Command::new(program).args(arguments).output();
    assert!(
        there.is_ok_and(|output| output.status.success()),
        "this test needs the system package {package}: `{program} {}` fails",
        arguments.join(" ")
    );
}

#[test]
fn pure_and_compiled_ones() {
    wants("libxml2-dev", "xml2-config", &["--version"]);
    wants("libxslt1-dev", "xslt-config", &["--version"]);
    wants("swig", "swig", &["-version"]);
    wants("libssl-dev", "cc", &["-E", "-include", "openssl/ssl.h", "-x", "c", "/dev/null"]);
    // Not what is measured here: the compilers' time.
    let pair = Pair::new(python311()).variable("CFLAGS", "-O0 -g0");
    let arguments = [
        "install",
        "--no-binary",
        ":all:",
        "six==1.17.0",
        "tomli==2.0.1",
        "attrs==23.2.0",
        "markupsafe==2.1.5",
        "lxml==6.1.3",
        "m2crypto==0.48.0",
    ];
    pair.run(&arguments).succeed();
    pair.equal("venv", true);
    pair.python("import six, tomli, attrs, markupsafe._speedups, lxml.etree, M2Crypto.SSL");

    // What is built is not built again, in another environment either.
    let again = Pair::new(python311()).variable("CFLAGS", "-O0 -g0");
    let python = again.ours().join("venv/bin/python");
    let mut all = vec!["--python", text(&python), "-v"];
    all.extend(arguments);
    let ran = again.run_ours(&all);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(!ran.stdout.contains("Building wheel"), "{ran:#?}");
    crate::pair::same(&again.ours(), &pair.ours(), "venv", false);
}
