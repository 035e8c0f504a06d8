//! Code that would run without anybody asking for it: files that Python reads at every start, and names
//! that a shell could take for commands.

use std::process::Command;

use accel_testkit::real_pip;
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

/// Names of environments and their prompts.
const NAMES: [&str; 6] = [
    "$(touch happened)",
    "`touch happened`",
    "a\";touch happened;\"",
    "a';touch happened;'",
    "a b & touch happened",
    "__VENV_NAME__ $HOME \\",
];

/// virtualenv's CVE-2024-53899, and CVE-2024-9287 of Python's `venv`.
#[test]
fn no_name_is_a_command() {
    let sandbox = Sandbox::new();
    let python = real_pip::python().to_str().unwrap();
    for (at, name) in NAMES.into_iter().enumerate() {
        let arguments = ["--python", python, "venv", "--without-pip", "--prompt", name, name];
        sandbox.ours(&arguments, &[]).good();
        // `dash` knows less than `bash`: what is quoted for one must be for the other.
        for shell in ["bash", "dash"] {
            let script = "cd \"$1\" && . bin/activate && printf %s \"$VIRTUAL_ENV\" && deactivate";
            let mut command = Command::new(shell);
            sandbox.surround(&mut command, &[]);
            let output = command.args(["-c", script, shell, name]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(said, sandbox.at(name).to_str().unwrap(), "{shell} {at}: {output:?}");
        }
        for place in [sandbox.at("happened"), sandbox.at(name).join("happened")] {
            assert!(!place.exists(), "{name} was taken for a command");
        }
    }
}

#[test]
fn what_python_reads_at_every_start_is_told() {
    let sandbox = Sandbox::new();
    let startup = [
        "odd.pth",
        "sitecustomize.py",
        "sitecustomize/__init__.py",
        "usercustomize.cpython-311-x86_64-linux-gnu.so",
        "usercustomize.pyc",
    ];
    let harmless = ["odd/a.pth", "sitecustomize/other.py", "sitecustomized.py", "odd.pth.txt"];
    let wheel = WheelMaker::new("odd", "1.0");
    let files = startup.iter().chain(&harmless);
    let wheel = files.fold(wheel, |wheel, name| wheel.file(name, "\n"));
    wheel.write_to(&sandbox.at("dist"));
    let environment = sandbox.environment("environment");
    for (more, count) in [(&[][..], 0), (&["-v", "--force-reinstall"][..], startup.len())] {
        let arguments = [&["--no-index", "--find-links", "dist", "odd"], more].concat();
        let ran = sandbox.install(&environment, &arguments).good();
        let told =
            ran.stdout.lines().filter(|line| line.contains("Python reads it at every start"));
        assert_eq!(told.count(), count, "{}", ran.stdout);
        for name in startup.iter().filter(|_| count > 0) {
            let line = format!("odd 1.0 has {name}: Python reads it at every start");
            assert!(ran.stdout.contains(&line), "{name}: {}", ran.stdout);
        }
    }
}
