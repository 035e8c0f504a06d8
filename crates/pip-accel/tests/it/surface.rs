//! What holds for every command: the version line, the program's name, the log, refusals.

use crate::sandbox::Sandbox;
use accel_testkit::real_pip;
use accel_testkit::wheel::WheelMaker;

/// `pip X from PATH (python M.m)`, taken apart as scripts do it.
fn taken_apart(line: &str) -> (String, String, String) {
    let rest = line.trim_end().strip_prefix("pip ").expect("starts with pip");
    let (version, rest) = rest.split_once(" from ").expect("says where it is");
    let (path, python) = rest.rsplit_once(" (python ").expect("says for which Python");
    (version.to_owned(), path.to_owned(), python.trim_end_matches(')').to_owned())
}

#[test]
fn scripts_understand_the_version() {
    let sandbox = Sandbox::new();
    let python = real_pip::python().to_str().expect("a plain path");
    let theirs = real_pip::script(
        "import sys; from pip._internal.utils.misc import get_pip_version as v; print(v())",
        b"",
    );
    let theirs = taken_apart(&String::from_utf8(theirs).expect("text"));
    for option in ["--version", "-V", "--vers"] {
        let ours = sandbox.ours(&["--python", python, option], &[]).good();
        let (version, path, for_python) = taken_apart(&ours.stdout);
        assert_eq!((&version, &for_python), (&theirs.0, &theirs.2), "{option}");
        assert!(std::path::Path::new(&path).is_file(), "{path}");
        assert_eq!(ours.stderr, "");
    }
    // Without any Python there is still a program.
    let lost = sandbox.ours(&["--version"], &[("PATH", "/nowhere")]).good();
    assert!(lost.stdout.starts_with("pip ") && !lost.stdout.contains("python "), "{lost:?}");
    // pip says its version once, we say our own when asked to talk.
    let ours = sandbox.ours(&["-v", "--version"], &[]).good();
    assert!(ours.stdout.ends_with(&format!("\npip-accel {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_name_of_the_program_is_its_name_in_words_and_may_choose_the_python() {
    let sandbox = Sandbox::new();
    let minor = real_pip::script("import sys; print('%d.%d' % sys.version_info[:2], end='')", b"");
    let minor = String::from_utf8(minor).expect("text");
    let environment = sandbox.environment("env");
    let decoy = sandbox.environment("decoy");
    for (name, folder) in [("pip", "env"), ("pip3", "env"), (&format!("pip{minor}"), "tools")] {
        let place = sandbox.at(folder).join("bin").join(name);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pip-accel"), &place).expect("a link");
        let mut command = std::process::Command::new(&place);
        sandbox.surround(&mut command, &[("VIRTUAL_ENV", decoy.to_str().expect("plain"))]);
        let ran = crate::sandbox::Ran::of(&command.arg("--bogus").output().expect("it starts"));
        assert_eq!(ran.code, 2);
        let usage =
            format!("\nUsage:   \n  {name} <command> [options]\n\nno such option: --bogus\n");
        assert_eq!(ran.stderr, usage);
    }
    // `pipX.Y` elsewhere takes `pythonX.Y` of the active environment; `pip` takes the one beside it.
    let target = |program: &str| {
        let mut command = std::process::Command::new(sandbox.at(program));
        sandbox.surround(&mut command, &[("VIRTUAL_ENV", decoy.to_str().expect("plain"))]);
        command.args(["install", "--dry-run", "--no-index", "pip-nowhere"]);
        crate::sandbox::Ran::of(&command.output().expect("it starts")).bad()
    };
    assert!(environment.join("bin/python").exists());
    target("env/bin/pip");
    target(&format!("tools/bin/pip{minor}"));
}

#[test]
fn a_virtual_environment_can_be_required() {
    let sandbox = Sandbox::new();
    let base = real_pip::script("import sys; print(sys.base_prefix, end='')", b"");
    let base = format!("{}/bin/python3", String::from_utf8(base).expect("text"));
    let refused =
        sandbox.ours(&["--python", &base, "install", "x"], &[("PIP_REQUIRE_VIRTUALENV", "1")]);
    assert_eq!(refused.code, 3);
    assert_eq!(refused.stderr, "ERROR: Could not find an activated virtualenv (required).\n");
    let refused = sandbox.ours(&["--python", &base, "--require-venv", "wheel", "x"], &[]);
    assert_eq!(refused.code, 3);
    let environment = sandbox.environment("env");
    sandbox.install(&environment, &["--require-virtualenv", "--no-index", "x"]).bad();
}

#[test]
fn the_log_has_what_the_terminal_was_spared() {
    let sandbox = Sandbox::new();
    let environment = sandbox.environment("env");
    let arguments = ["-qqq", "--log", "logs/pip.log", "--no-index", "nowhere-to-be-found"];
    let ran = sandbox.install(&environment, &arguments).bad();
    let log = std::fs::read_to_string(sandbox.at("logs/pip.log")).expect("a log");
    let line = log.lines().find(|line| line.contains("No matching distribution")).expect("a line");
    let (time, said) = line.split_once(' ').expect("a time and words");
    assert_eq!((time.len(), &time[10..11], &time[19..20]), (23, "T", ","));
    assert_eq!(said, "ERROR: No matching distribution found for nowhere-to-be-found");
    // What pip calls critical is shown however quiet it is to be.
    assert_eq!(ran.stderr.lines().last(), Some(said), "{ran:?}");
}

#[test]
fn manual_pages_are_written_and_well_formed() {
    let sandbox = Sandbox::new();
    sandbox.ours(&["man", "-o", "share/man1"], &[]).good();
    let page = sandbox.ours(&["man", "install"], &[]).good().stdout;
    let written = std::fs::read_to_string(sandbox.at("share/man1/pip-accel-install.1"));
    assert_eq!(written.expect("a page"), page);
    let files: Vec<_> = std::fs::read_dir(sandbox.at("share/man1"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), pip_accel::args::Command::ALL.len() + 1);
    let mut command = std::process::Command::new("mandoc");
    let checked = command.args(["-T", "lint", "-W", "warning"]).args(&files).output();
    let checked = crate::sandbox::Ran::of(&checked.expect("mandoc starts"));
    assert_eq!((checked.stdout.as_str(), checked.code), ("", 0), "{}", checked.stderr);
    assert_eq!(sandbox.ours(&["man", "instal"], &[]).bad().lines("ERROR:").len(), 1);
}

#[test]
fn what_to_put_into_start_up_files_works() {
    let sandbox = Sandbox::new();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    let folder = program.parent().expect("a folder").display().to_string();
    let path = format!("{folder}:/usr/bin:/bin");
    let mut command = std::process::Command::new("bash");
    sandbox.surround(&mut command, &[("PATH", &path), ("SHELL", "/bin/bash")]);
    let script = "shopt -s expand_aliases\neval \"$(pip-accel alias)\"\n\
                  alias pip pip3\npip completion --zsh | head -3\npip -v --version | tail -1";
    let ran = command.args(["-c", script]).output().expect("bash starts");
    let ran = crate::sandbox::Ran::of(&ran).good();
    let version = format!("pip-accel {}", env!("CARGO_PKG_VERSION"));
    let expected = "alias pip='pip-accel'\nalias pip3='pip-accel'\n\n# pip zsh completion start\n\
                    #compdef pip-accel -P pip[0-9.]#\n";
    assert_eq!(ran.stdout, format!("{expected}{version}\n"), "{}", ran.stderr);
    for (place, shell, word) in [
        (None, "/usr/bin/fish", "config.fish"),
        (Some("zsh"), "", "compinit"),
        (Some("docker"), "", "COPY"),
        (Some("ci"), "", "actions/cache"),
    ] {
        let arguments: Vec<&str> = std::iter::once("alias").chain(place).collect();
        let said = sandbox.ours(&arguments, &[("SHELL", shell)]).good().stdout;
        assert!(said.contains(word), "{said}");
    }
    sandbox.ours(&["alias", "csh"], &[]).bad();
}

#[test]
fn python_runs_it_as_a_module() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let environment = sandbox.environment("env");
    sandbox.environment("decoy");
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python/pip_accel");
    let package = package.canonicalize().expect("the package is there");
    let program = env!("CARGO_BIN_EXE_pip-accel");
    let site = crate::sandbox::site_packages(&environment);
    // As `pip install` and `pip install --target` put them.
    let target = sandbox.at("target");
    std::fs::create_dir_all(target.join("bin")).expect("a folder");
    for (packages, scripts) in [(&site, environment.join("bin")), (&target, target.join("bin"))] {
        symlink(&package, packages.join("pip_accel")).expect("a link");
        symlink(program, scripts.join("pip-accel")).expect("a link");
        let python = environment.join("bin/python");
        let run = |arguments: &[&str]| {
            let decoy = sandbox.at("decoy");
            let path = packages.to_str().expect("plain");
            let variables = [("VIRTUAL_ENV", decoy.to_str().expect("plain")), ("PYTHONPATH", path)];
            let mut command = std::process::Command::new(&python);
            sandbox.surround(&mut command, &variables);
            command.args(["-B", "-m", "pip_accel"]).args(arguments);
            crate::sandbox::Ran::of(&command.output().expect("it starts"))
        };
        let name = format!("{} -m pip_accel", python.display());
        let wrong = run(&["list", "--bogus"]);
        assert_eq!(wrong.code, 2);
        let usage = format!("\nUsage:   \n  {name} list [options]\n\nno such option: --bogus\n");
        assert_eq!(wrong.stderr, usage);
        let (_, path, _) = taken_apart(&run(&["--version"]).good().stdout);
        assert!(std::path::Path::new(&path).is_file(), "{path}");
        let facts = run(&["inspect"]).good().stdout;
        assert!(facts.contains("\"implementation_name\""), "{facts}");
        // What `--python` names comes first, but only in front of the command.
        run(&["--python", sandbox.at("decoy").to_str().expect("plain"), "list"]).good();
        run(&["list", "--python", "x"]).bad();
    }
    WheelMaker::new("here", "1.0").write_to(&sandbox.at("dist"));
    let find_links = format!("--find-links={}", sandbox.at("dist").display());
    let mut command = std::process::Command::new(environment.join("bin/python"));
    let decoy = sandbox.at("decoy");
    sandbox.surround(&mut command, &[("VIRTUAL_ENV", decoy.to_str().expect("plain"))]);
    command.args(["-m", "pip_accel", "install", "--no-index", &find_links, "here"]);
    crate::sandbox::Ran::of(&command.output().expect("it starts")).good();
    assert!(site.join("here-1.0.dist-info").is_dir());
}
