//! The second install of a pinned set: no socket, no other program, no write outside the target.

use std::path::Path;
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

/// A small set with a dependency, a program, data, headers and an extension of the RECORD.
pub fn small_set(folder: &Path) {
    WheelMaker::new("web", "1.0")
        .file("web/__init__.py", "def main(): print('web')\n")
        .file("web/deep/er/mod.py", "x = 1\n")
        .entry_point("console_scripts", "web", "web:main")
        .requires("template>=1")
        .requires("colours; python_version >= '3'")
        .write_to(folder);
    WheelMaker::new("template", "1.5")
        .file("template.py", "y = 2\n")
        .data("scripts", "tmpl", "#!python\nprint('t')\n")
        .data("data", "share/t/x.txt", "x")
        .data("headers", "t.h", "int t;\n")
        .write_to(folder);
    WheelMaker::new("template", "2.0").file("template.py", "y = 3\n").write_to(folder);
    WheelMaker::new("colours", "0.3").file("colours/__init__.py", "").write_to(folder);
}

/// What strace saw that matters: sockets, programs, changed paths.
pub struct Trace {
    pub sockets: Vec<String>,
    pub programs: Vec<String>,
    pub written: Vec<String>,
}

impl Trace {
    fn read(text: &str) -> Self {
        let mut trace = Self { sockets: Vec::new(), programs: Vec::new(), written: Vec::new() };
        for line in text.lines().filter(|line| !line.contains(" = -1 ")) {
            let Some((_, call)) = line.trim_start().split_once(char::is_whitespace) else {
                continue;
            };
            let call = call.trim_start();
            let name = call.split('(').next().unwrap_or_default();
            match name {
                "socket" if call.contains("AF_INET") => trace.sockets.push(line.to_owned()),
                "execve" | "execveat" => trace.programs.push(line.to_owned()),
                "open" | "openat" | "openat2" | "creat" => {
                    let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
                    if name == "creat" || writes.iter().any(|flag| call.contains(flag)) {
                        trace.written.push(line.to_owned());
                    }
                }
                "mkdir" | "mkdirat" | "link" | "linkat" | "symlink" | "symlinkat" | "rename"
                | "renameat" | "renameat2" | "unlink" | "unlinkat" | "rmdir" | "chmod"
                | "fchmodat" | "truncate" | "utimensat" | "chown" | "mknod" | "mknodat" => {
                    trace.written.push(line.to_owned());
                }
                _ => {}
            }
        }
        trace
    }
}

/// Runs an install under strace.
fn traced(sandbox: &Sandbox, environment: &Path, arguments: &[&str]) -> Trace {
    traced_with(sandbox, environment, arguments, &[])
}

/// The same with variables.
pub fn traced_with(
    sandbox: &Sandbox,
    environment: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Trace {
    let log = sandbox.at("trace");
    let mut command = Command::new("strace");
    sandbox.surround(&mut command, variables);
    let started = command
        .args(["-f", "-y", "-s", "4096", "-o"])
        .arg(&log)
        .args(["-e", "trace=network,process,file,desc"])
        .arg(env!("CARGO_BIN_EXE_pip-accel"))
        .arg("--python")
        .arg(environment.join("bin/python"))
        .arg("install")
        .args(arguments)
        .output();
    let output = started.expect("this test needs the program strace (Debian package strace)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Trace::read(&String::from_utf8_lossy(&std::fs::read(&log).unwrap()))
}

/// Asserts the promise for a set that is kept; returns how many writes touched the cache.
pub fn assert_quiet(sandbox: &Sandbox, environment: &Path, arguments: &[&str]) {
    let trace = traced(sandbox, environment, arguments);
    assert_eq!(trace.sockets, Vec::<String>::new());
    assert_eq!(trace.programs.len(), 1, "{:#?}", trace.programs);
    let inside = environment.to_str().unwrap();
    let outside: Vec<&String> =
        trace.written.iter().filter(|line| !line.contains(inside)).collect();
    // Small bookkeeping: the answer for an environment of this content may be noted, archives are
    // held, and the day's usage gets a line.
    let cache = sandbox.at("cache");
    let cache = cache.to_str().unwrap();
    let elsewhere: Vec<&&String> = outside
        .iter()
        .filter(|line| !line.contains(cache) && !line.contains("/dev/null"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    assert!(outside.len() <= 5, "{outside:#?}");
}

#[test]
fn a_pinned_set_is_linked_in_silence() {
    let sandbox = Sandbox::new();
    small_set(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let pins = sandbox.write("pins.txt", "web==1.0\ntemplate==1.5\n");
    let arguments = ["--index-url", &url, "-r", pins.to_str().unwrap()];
    let first = sandbox.environment("first");
    sandbox.install(&first, &arguments).good();
    let second = sandbox.environment("second");
    server.stop();
    assert_quiet(&sandbox, &second, &arguments);
    for name in ["bin/web", "bin/tmpl", "share/t/x.txt"] {
        assert!(second.join(name).is_file(), "{name}");
    }
    // Once more with other options, for which no earlier answer is noted: resolved from what is kept.
    let third = sandbox.environment("third");
    let mut other = arguments.to_vec();
    other.push("--prefer-binary");
    assert_quiet(&sandbox, &third, &other);
}

#[test]
fn without_an_index_no_socket_is_opened() {
    let sandbox = Sandbox::new();
    small_set(&sandbox.at("dist"));
    let dist = sandbox.at("dist");
    let dist = dist.to_str().unwrap();
    let first = sandbox.environment("first");
    sandbox.install(&first, &["--no-index", "--find-links", dist, "web"]).good();
    let second = sandbox.environment("second");
    assert_quiet(&sandbox, &second, &["--no-index", "--find-links", dist, "web"]);
    let third = sandbox.environment("third");
    let quiet =
        sandbox.install_with(&third, &["web"], &[("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", dist)]);
    quiet.good();
}
