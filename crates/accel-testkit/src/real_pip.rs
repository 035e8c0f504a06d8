//! The real pip as the oracle of differential tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A Python interpreter whose environment holds the newest pip.
///
/// `PIP_ACCEL_TEST_PYTHON` names one; otherwise an environment is made once with `python3 -m venv`
/// and `pip install --upgrade pip`, beside the test programs in the build folder.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| match std::env::var_os("PIP_ACCEL_TEST_PYTHON") {
        Some(python) => python.into(),
        None => environment("oracle-pip", &["pip"]),
    })
}

/// The file of the newest pip that runs it under another interpreter.
pub fn runner() -> &'static Path {
    static RUNNER: OnceLock<PathBuf> = OnceLock::new();
    RUNNER.get_or_init(|| {
        let folder = script("import pip; print(pip.__path__[0], end='')", b"");
        Path::new(&String::from_utf8(folder).expect("a plain path")).join("__pip-runner__.py")
    })
}

/// Runs a Python script under [`python`] without the `PIP_*` and `PYTHON*` variables of the tests'
/// environment, with `input` as its standard input; returns its standard output.
///
/// # Panics
/// If the script fails; its standard error is in the message.
pub fn script(source: &str, input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut command = Command::new(python());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        if text.starts_with("PIP_") || text.starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args(["-I", "-c", source])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the oracle's Python starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let finished = child.wait_with_output().expect("the oracle's Python ends");
    let _ = writer.join();
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "the oracle's script failed:\n{stderr}");
    finished.stdout
}

/// The interpreter of an environment that is made once, beside the test programs in the build
/// folder, and holds the newest of these packages.
///
/// # Panics
/// If the environment can't be made.
pub fn environment(name: &str, packages: &[&str]) -> PathBuf {
    let program = std::env::current_exe().expect("the path of the test program");
    let built = program.parent().and_then(Path::parent).expect("a build folder");
    let folder = built.join(name);
    let python = folder.join("bin/python");
    let lock = std::fs::File::create(built.join(format!("{name}.lock"))).expect("a lock file");
    lock.lock().expect("the lock of the environment");
    if !folder.join("ready").exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        assert!(made.is_ok_and(|status| status.success()), "could not make {}", folder.display());
        let upgraded = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--upgrade"])
            .args(packages)
            .env_remove("PIP_FIND_LINKS")
            .status();
        assert!(upgraded.is_ok_and(|status| status.success()), "could not install {packages:?}");
        std::fs::write(folder.join("ready"), "").expect("a marker file");
    }
    python
}
