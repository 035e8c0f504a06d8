//! Wrong and odd command lines get the real pip's answer.

use std::path::Path;

use crate::real::Run;
use pip_accel::args::Command;

type Case = (&'static [&'static str], &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    (&["--bogus"], &[]),
    (&["-x", "install"], &[]),
    (&["--no"], &[]),
    (&["--timeout"], &[]),
    (&["--timeout=x", "install", "a"], &[]),
    (&["instal", "a"], &[]),
    (&["Install"], &[]),
    (&["zzz"], &[]),
    (&["install"], &[]),
    (&["install", "-f", "x", "-f", "y"], &[]),
    (&["install", "--bogus", "a"], &[]),
    (&["install", "--no", "a"], &[]),
    (&["install", "--f", "a"], &[]),
    (&["install", "--require", "a"], &[]),
    (&["install", "--fo=1", "a"], &[]),
    (&["install", "--dry-run=1", "a"], &[]),
    (&["install", "-r"], &[]),
    (&["install", "a", "--index-url"], &[]),
    (&["install", "-qz", "a"], &[]),
    (&["install", "--retries", "x", "a"], &[]),
    (&["install", "--retries=1.5", "a"], &[]),
    (&["install", "--progress-bar=maybe", "a"], &[]),
    (&["install", "--exists-action", "z", "a"], &[]),
    (&["install", "--use-feature", "warp", "a"], &[]),
    (&["install", "--use-deprecated", "warp", "a"], &[]),
    (&["install", "--upgrade-strategy=some", "a"], &[]),
    (&["install", "--root-user-action=cry", "a"], &[]),
    (&["install", "--python-version", "3.x", "a"], &[]),
    (&["install", "--python-version", "3.1.2.4", "a"], &[]),
    (&["install", "-C", "x", "a"], &[]),
    (&["install", "--config-settings=x", "a"], &[]),
    (&["install", "--group", "x.toml:y"], &[]),
    (&["install", "--group", "nowhere/pyproject.toml:y"], &[]),
    (&["install", "--uploaded-prior-to", "yesterday", "a"], &[]),
    (&["install", "--hash=sha256:aa", "a"], &[]),
    (&["install", "--python", "x", "a"], &[]),
    (&["--python", "nowhere", "install", "a"], &[]),
    (&["install", "--user", "--target", "t", "a"], &[]),
    (&["install", "--target", "file", "a"], &[]),
    (&["install", "--abi", "cp311", "a"], &[]),
    (&["install", "--abi", "cp311", "--no-deps", "a"], &[]),
    (&["install", "--platform", "x", "--only-binary=:all:", "a"], &[]),
    (&["install", "--platform", "x", "--only-binary=:all:", "--no-binary", "b", "a"], &[]),
    (&["install", "--pre", "--all-releases", "b", "a"], &[]),
    (&["install", "--pre", "--only-final", ":all:", "a"], &[]),
    (&["install", "--only-deps", "--no-deps", "a"], &[]),
    (&["install", "--only-deps", "--no-deps", "-r", "x", "--group", "y", "a"], &[]),
    (&["install", "--build-constraint", "x", "--no-build-isolation", "a"], &[]),
    (&["install", "--require-hashes", "--no-require-hashes", "a"], &[]),
    (&["install", "-r", "nope.txt"], &[]),
    (&["install", "-c", "nope.txt", "a"], &[]),
    (&["install", "-r", "bad-option.txt"], &[]),
    (&["install", "-r", "bad-requirement.txt"], &[]),
    (&["install", "-r", "open-quote.txt"], &[]),
    (&["install", "-r", "file:nope.txt"], &[]),
    (&["install", "--requirements-from-script", "bad-option.txt"], &[]),
    (&["install", "--requirements-from-script", "a", "--requirements-from-script", "b"], &[]),
    (&["install", "a=1"], &[]),
    (&["install", "./nope"], &[]),
    (&["install", "sub"], &[("PIP_REQUIREMENT", "nope.txt")]),
    (&["install", "./sub"], &[]),
    (&["install", "-e", "nope"], &[]),
    (&["install", "-e", "git+https://h/x"], &[]),
    (&["install", "git+https://h/x#egg=a[b]"], &[]),
    (&["install", "https://h/a-b.whl"], &[]),
    (&["install", "--use-feature=truststore", "--use-feature", "build-constraint", "a=1"], &[]),
    (&["install", "a"], &[("PIP_NO_DEPS", "maybe")]),
    (&["install", "a"], &[("PIP_NO_INDEX", "maybe")]),
    (&["install", "a"], &[("PIP_VERBOSE", "-1")]),
    (&["install", "a"], &[("PIP_QUIET", "loud")]),
    (&["install", "a"], &[("PIP_TIMEOUT", "x")]),
    (&["install", "a=1"], &[("PIP_TIMEOUT", ""), ("PIP_NO_DEPS", "")]),
    (&["install", "a"], &[("PIP_PROGRESS_BAR", "maybe")]),
    (&["install", "a"], &[("PIP_EXISTS_ACTION", "i z")]),
    (&["install", "a"], &[("PIP_USE_FEATURE", "warp")]),
    (&["install", "a"], &[("PIP_NO_CACHE_DIR", "maybe")]),
    (&["install", "a=1"], &[("PIP_NO_CACHE_DIR", "off")]),
    (&["install", "a"], &[("PIP_PYTHON_VERSION", "3.x")]),
    (&["install", "a"], &[("PIP_CONFIG_SETTINGS", "x")]),
    (&["install", "a"], &[("PIP_PYTHON", "nowhere")]),
    (&["install", "a"], &[("PIP_CONFIG_FILE", "@ROOT@/headless.conf")]),
    (&["install", "a"], &[("PIP_CONFIG_FILE", "@ROOT@/double.conf")]),
    (&["install", "a"], &[("PIP_CONFIG_FILE", "@ROOT@/latin.conf")]),
    (&["install", "a"], &[("PIP_CONFIG_FILE", "@ROOT@/odd.conf")]),
    (&["install", "a"], &[("PIP_CONFIG_FILE", "@ROOT@/bools.conf")]),
    (&["install", "--isolated"], &[("PIP_NO_DEPS", "maybe")]),
    (&["install"], &[("PIP_FIND_LINKS", "a b"), ("PIP_HELP", "x"), ("PIP_VERSION", "x")]),
    (&["install", "--help"], &[]),
    (&["install", "--hel"], &[("PIP_INDEX_URL", "https://u:p@h/s"), ("PIP_TIMEOUT", "3")]),
    (&["help", "install"], &[]),
    (&["--help"], &[]),
    (&[], &[]),
    (&["help"], &[]),
    (&["install", "--help"], &[("COLUMNS", "100")]),
    (&["lock", "--help"], &[]),
    (&["download", "--help"], &[]),
    (&["uninstall", "--help"], &[]),
    (&["help", "freeze"], &[]),
    (&["inspect", "--help"], &[]),
    (&["list", "--help"], &[("COLUMNS", "60")]),
    (&["show", "--help"], &[]),
    (&["check", "--help"], &[]),
    (&["help", "config"], &[]),
    (&["cache", "-h"], &[]),
    (&["index", "--help"], &[("PIP_INDEX_VERBOSE", "1")]),
    (&["wheel", "--help"], &[]),
    (&["hash", "--help"], &[]),
    (&["help", "--help"], &[]),
    (&["search", "--help"], &[]),
    (&["search", "--inde"], &[]),
    (&["debug", "--help"], &[]),
    (&["help", "debug"], &[]),
    (&["completion", "--help"], &[]),
    (&["completion", "--bogus"], &[]),
    (&["completion"], &[]),
    (&["completion", "--bash"], &[]),
    (&["completion", "-z"], &[]),
    (&["completion", "--fish"], &[]),
    (&["completion", "--powershell"], &[]),
    (&["completion", "-b", "-f"], &[]),
    (&["completion", "--bash=1"], &[]),
    (&["completion"], &[("PIP_BASH", "zsh")]),
    (&["completion"], &[("PIP_BASH", "1")]),
    (&["completion", "--zsh"], &[("PIP_AUTO_COMPLETE", "1")]),
    (&["al"], &[]),
    (&["install", "--upgade"], &[]),
    (&["complet"], &[]),
    (&["help", "help"], &[]),
    (&["help", "unistall"], &[]),
    (&["help", "zzz"], &[]),
    (&["--verbose", "help", "-q", "show"], &[]),
    (&["list", "--format=xml"], &[]),
    (&["list", "--exclude"], &[]),
    (&["list", "--e"], &[]),
    (&["freeze", "--user=1"], &[]),
    (&["uninstall", "--root-user-action=cry"], &[]),
    (&["hash", "-a", "md5", "file"], &[]),
    (&["hash", "file"], &[("PIP_ALGORITHM", "md5")]),
    (&["cache", "list", "--format", "json"], &[]),
    (&["cache", "--form"], &[]),
    (&["config", "--glob=1", "list"], &[]),
    (&["index", "versions", "--abi"], &[]),
    (&["lock", "--out"], &[]),
    (&["wheel", "--wheel-dir"], &[]),
    (&["download", "-e", "x"], &[]),
    (&["download", "--no-such-option", "x"], &[]),
    (&["download", "--dest"], &[]),
    (&["download", "--destination"], &[]),
];

/// Nothing may ever be installed into the oracle's environment, whatever pip makes of a case: no
/// index is asked, and no configured find-links are there.
const SAFE: [(&str, &str); 2] = [("PIP_NO_INDEX", "1"), ("PIP_CONFIG_FILE", "/dev/null")];

fn prepare(folder: &Path) {
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    write("file", b"");
    write("bad-option.txt", b"alpha --bogus\n");
    write("bad-requirement.txt", b"alpha = 1\n");
    write("open-quote.txt", b"alpha --hash 'x\n");
    write("headless.conf", b"x = 1\n");
    write("double.conf", b"[a]\nx_y = 1\nX-Y = 2\n");
    write("latin.conf", b"[global]\n# \xe9\n");
    write("odd.conf", b"[global]\nx\n y\n=z\n[install]\nno-deps = 1\n");
    write("bools.conf", b"[global]\nno-deps = 1\n[install]\nno-deps = perhaps\n");
    std::fs::create_dir(folder.join("sub")).unwrap();
}

/// Takes away what only we have: a group of options and a command.
fn without_our_own(help: &str) -> String {
    let end = help.find("\n\nPip-accel Options:").map_or(help, |at| &help[..at]);
    let is_own = |line: &&str| {
        let named = line.strip_prefix("  ").and_then(|line| line.split_once("  "));
        named.is_some_and(|(name, _)| Command::named(name).is_some_and(Command::is_own))
    };
    let lines: Vec<&str> = end.lines().filter(|line| !is_own(line)).collect();
    lines.join("\n")
}

/// Puts the words of one option's help in order, which pip takes from a set.
fn with_sorted_names(help: &str) -> String {
    let Some(start) = help.find("Do not skip these packages in the output:") else {
        return help.to_owned();
    };
    let length = help[start..].find("\n  -").unwrap_or(help.len() - start);
    let mut words: Vec<&str> = help[start..start + length]
        .split_whitespace()
        .map(|word| word.trim_end_matches(','))
        .collect();
    words.sort_unstable();
    format!("{}{}{}", &help[..start], words.join(" "), &help[start + length..])
}

#[test]
fn command_lines_get_pips_answers() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    prepare(&folder);
    let all: Vec<Vec<_>> = CASES
        .iter()
        .map(|(_, variables)| {
            let given = |name: &str| variables.iter().any(|(known, _)| *known == name);
            SAFE.iter().filter(|(name, _)| !given(name)).chain(*variables).copied().collect()
        })
        .collect();
    let runs: Vec<Run<'_>> = CASES
        .iter()
        .zip(&all)
        .map(|((arguments, _), variables)| Run { folder: &folder, arguments, variables })
        .collect();
    let mut wrong = Vec::new();
    for (run, mut theirs) in runs.iter().zip(Run::pip_all(&runs)) {
        let Run { arguments, variables, .. } = run;
        let Some(mut ours) = run.ours() else {
            wrong.push(format!("{arguments:?} {variables:?}: we went on; pip: {theirs:?}"));
            continue;
        };
        ours.stdout = with_sorted_names(&without_our_own(&ours.stdout));
        theirs.stdout = with_sorted_names(&without_our_own(&theirs.stdout));
        let both = [&mut ours.stdout, &mut theirs.stdout, &mut ours.stderr, &mut theirs.stderr];
        for text in both {
            // The one Python that answers for pip has the tests' locale, which this word shows.
            *text = text.trim_end_matches('\n').replace("invalid UTF-8", "invalid utf-8");
        }
        if ours != theirs {
            wrong.push(format!(
                "{arguments:?} {variables:?}\n== ours {}\n{}{}\n== pip {}\n{}{}",
                ours.code, ours.stdout, ours.stderr, theirs.code, theirs.stdout, theirs.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn a_person_is_told_which_option_may_have_been_meant() {
    let scratch = tempfile::tempdir().unwrap();
    let arguments = ["install", "--requirment", "x"];
    let run = Run { folder: scratch.path(), arguments: &arguments, variables: &SAFE };
    for (interactive, expected) in [(true, "\nmaybe you meant --requirement\n"), (false, "\n")] {
        let surroundings =
            pip_accel::surroundings::Surroundings { interactive, ..run.surroundings() };
        let Err(pip_accel::args::Stop::Wrong { text, code: 2 }) = pip_accel::ask(&surroundings)
        else {
            panic!("it goes on");
        };
        let end = format!("\n\nno such option: --requirment{expected}");
        assert!(text.ends_with(&end), "{text}");
    }
}

#[test]
fn a_person_is_told_which_command_or_action_may_have_been_meant() {
    let scratch = tempfile::tempdir().unwrap();
    for (arguments, meant) in [
        (&["instal", "a"][..], "install"),
        (&["frezee"], "freeze"),
        (&["vnev"], "venv"),
        (&["cache", "stat"], "stats"),
        (&["cache", "pune"], "prune"),
        (&["config", "lst"], "list"),
        (&["index", "version", "a"], "versions"),
    ] {
        for interactive in [true, false] {
            let run = Run { folder: scratch.path(), arguments, variables: &SAFE };
            let surroundings =
                pip_accel::surroundings::Surroundings { interactive, ..run.surroundings() };
            let Err(pip_accel::args::Stop::Wrong { text, code: 1 }) = pip_accel::ask(&surroundings)
            else {
                panic!("{arguments:?} goes on");
            };
            // Of commands pip makes such a guess itself, whoever reads it.
            let is_action = ["cache", "config", "index"].contains(&arguments[0]);
            let guess = format!(" - maybe you meant \"{meant}\"\n");
            assert_eq!(text.ends_with(&guess), interactive || !is_action, "{text}");
        }
    }
}
