//! What shells are told while a command line is typed, beside the newest pip. Cases are lines of
//! `tests/data/completion.txt`.

use std::process::Command;

use crate::real::Run;
use crate::sandbox::Sandbox;
use pip_accel::args::Command as Known;

const CASES: &str = include_str!("../data/completion.txt");

/// The answer in an order of its own, without what only this program has. Files come in the order
/// of the file system, installed distributions in that of the environment.
fn sorted(stdout: &str, own: &[&str]) -> Vec<String> {
    let words = stdout.split(['\n', ' ']).filter(|word| !word.is_empty() && !own.contains(word));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// Words that pip does not say: our commands and options.
fn own() -> Vec<&'static str> {
    let commands = Known::ALL.into_iter().filter(|command| command.is_own());
    let options = Known::ALL.into_iter().flat_map(Known::groups);
    let options = options.filter(|(title, _)| *title == "Pip-accel Options");
    let options = options.flat_map(|(_, group)| group.iter()).flat_map(|option| option.long);
    let mut own: Vec<&str> = commands.map(Known::name).collect();
    own.extend(options.flat_map(|name| [*name, &*format!("{name}=").leak()]));
    own
}

#[test]
fn shells_are_told_what_pip_tells_them() {
    let sandbox = Sandbox::new();
    for file in ["requirements.txt", "freeze.txt", "sub/inner.txt", "sub/deeper/x", "file"] {
        sandbox.write(&format!("here/{file}"), "");
    }
    let folder = sandbox.at("here").canonicalize().expect("it is there");
    let environment = accel_testkit::real_pip::python().ancestors().nth(2).expect("a prefix");
    let environment = environment.to_str().expect("plain");
    let cases: Vec<_> = CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").expect("a place and words"))
        .map(|(place, words)| {
            [
                ("PIP_AUTO_COMPLETE", "1"),
                ("COMP_CWORD", place),
                ("COMP_WORDS", words),
                ("VIRTUAL_ENV", environment),
            ]
        })
        .collect();
    let runs: Vec<Run<'_>> =
        cases.iter().map(|variables| Run { folder: &folder, arguments: &[], variables }).collect();
    let (own, cache) = (own(), tempfile::tempdir().expect("a folder"));
    let mut wrong = Vec::new();
    for (run, theirs) in runs.iter().zip(Run::pip_all(&runs)) {
        let output = Command::new(env!("CARGO_BIN_EXE_pip-accel"))
            .env_clear()
            .envs(run.environment())
            .env("PIP_ACCEL_CACHE", cache.path())
            .current_dir(&folder)
            .output()
            .expect("the program starts");
        let ours = String::from_utf8(output.stdout).expect("text");
        let expected = sorted(&theirs.stdout, &[]);
        // An option of ours may have a name that pip has elsewhere.
        let own: Vec<&str> =
            own.iter().copied().filter(|name| !expected.iter().any(|word| word == name)).collect();
        let said = sorted(&ours, &own);
        // A traceback, which pip's own doorway turns into this code.
        let code = if theirs.code == 70 { 1 } else { theirs.code };
        let same = said == expected
            && ours.contains(' ') == theirs.stdout.contains(' ')
            && output.status.code() == Some(code);
        if !same {
            let only = |these: &[String], those: &[String]| {
                let only = these.iter().filter(|word| !those.contains(word));
                only.cloned().collect::<Vec<_>>().join(" ")
            };
            let (more, less) = (only(&said, &expected), only(&expected, &said));
            wrong.push(format!("{:?}: only we: {more}; only pip {code}: {less}", run.variables));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), runs.len(), wrong.join("\n"));
}

#[test]
fn an_unfinished_question_is_none() {
    let sandbox = Sandbox::new();
    let asked = sandbox.ours(&["--help"], &[("PIP_AUTO_COMPLETE", "1")]).good();
    assert!(asked.stdout.contains("Usage:"), "{asked:?}");
}

#[test]
fn bash_completes() {
    let sandbox = Sandbox::new();
    sandbox.write("pip-accel-here.txt", "");
    let script = "eval \"$(pip-accel completion --bash)\"\n\
                  COMP_WORDS=(pip-accel inst) COMP_CWORD=1\n\
                  _pip_completion pip-accel; echo \"${COMPREPLY[@]}\"\n\
                  complete -p pip-accel";
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    let mut command = Command::new("bash");
    let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    sandbox.surround(&mut command, &[("PATH", &path)]);
    let output = command.args(["-c", script]).output().expect("bash starts");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "install\ncomplete -o default -F _pip_completion pip-accel\n",
        "{output:?}"
    );
}
