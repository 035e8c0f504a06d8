//! Real Python with the `packaging` that the newest pip carries, in an environment below the target
//! folder.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// What pip 26.3 carries. Later releases judge some texts otherwise (26.4 refuses a bare `===`), and
/// pip's answers are the ones that count.
const VENDORED: &str = "packaging==26.3";

/// Asks `tests/data/oracle.py`.
pub(crate) fn ask(questions: &Value) -> Value {
    let mut child = clean(Command::new(python()))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let text = questions.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the oracle ends");
    writer.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("the oracle writes JSON")
}

/// The interpreter of the environment, which is made once and brought up to date once a run.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let lock = File::create(root.join("packaging-oracle.lock")).expect("a lock file");
        lock.lock().expect("a lock");
        let environment = root.join("packaging-oracle");
        let python = environment.join("bin/python");
        if !python.exists() {
            run(clean(Command::new("python3")).args(["-m", "venv", "--clear"]).arg(&environment));
        }
        run(clean(Command::new(&python)).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--upgrade",
            "pip>=26.3",
            VENDORED,
        ]));
        python
    })
}

fn clean(mut command: Command) -> Command {
    let python_variables = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("PYTHON"));
    for name in python_variables {
        command.env_remove(name);
    }
    command.env("PYTHONUTF8", "1");
    command
}

fn run(command: &mut Command) {
    let status = command.status().expect("it starts");
    assert!(status.success(), "{command:?} failed: {status}");
}

/// Compares answers one by one and reports the first differences all at once.
pub(crate) fn assert_same<Q, A>(questions: &[Q], ours: &[A], theirs: &[A])
where
    Q: std::fmt::Debug,
    A: std::fmt::Debug + PartialEq,
{
    assert_eq!(questions.len(), theirs.len());
    assert_eq!(questions.len(), ours.len());
    let differences: Vec<String> = questions
        .iter()
        .zip(ours.iter().zip(theirs))
        .filter(|(_, (ours, theirs))| ours != theirs)
        .map(|(question, (ours, theirs))| {
            format!("{question:?}\n  ours   {ours:?}\n  theirs {theirs:?}")
        })
        .collect();
    let shown = differences.len().min(15);
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        questions.len(),
        differences[..shown].join("\n")
    );
}

/// The strings of a JSON array.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().expect("an array");
    items.iter().map(|item| item.as_str().expect("a string").to_owned()).collect()
}

/// The items of a JSON array.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}
