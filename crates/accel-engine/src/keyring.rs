//! Passwords from the user's keyring, as pip asks for them after a 401.

use crate::listener::{Level, Voice};
use crate::request::General;
use accel_io::fs;
use accel_io::net::Ask;
use accel_io::process::{Run, find_program};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Asks the keyring that is importable in an interpreter; answers with one line of JSON.
const SCRIPT: &str = include_str!("keyring.py");

/// Where passwords may come from.
enum Provider {
    /// The `keyring` of an interpreter.
    Import(PathBuf),
    /// The program `keyring`.
    Program(PathBuf),
}

/// The keyring of a run.
struct Keyring {
    /// The value of `--keyring-provider`.
    wanted: String,
    python: PathBuf,
    path: OsString,
    voice: Voice,
    provider: OnceLock<Option<Provider>>,
    failed: AtomicBool,
}

/// What asks the keyring; nothing where the request wants none of it. `python` is the target's
/// interpreter.
pub(crate) fn ask(general: &General, python: &Path, voice: &Voice) -> Option<Ask> {
    let wanted = general.network.keyring_provider.clone();
    // A keyring may want to talk to the user.
    if wanted == "disabled" || (wanted == "auto" && general.no_input) {
        return None;
    }
    let keyring = Keyring {
        wanted,
        python: python.to_owned(),
        path: std::env::join_paths(&general.search_path).unwrap_or_default(),
        voice: voice.clone(),
        provider: OnceLock::new(),
        failed: AtomicBool::new(false),
    };
    Some(Arc::new(move |index: Option<&str>, host: &str, user: Option<&str>| {
        let places = index.into_iter().chain([host]);
        places.into_iter().find_map(|place| keyring.credentials(place, user))
    }))
}

impl Keyring {
    fn credentials(&self, place: &str, user: Option<&str>) -> Option<(String, String)> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let answer = match self.provider.get_or_init(|| self.find()).as_ref()? {
            Provider::Import(python) => self.imported(python, place, user),
            Provider::Program(program) => of_program(program, place, user),
        };
        answer.unwrap_or_else(|reason| {
            self.failed.store(true, Ordering::Relaxed);
            let text = format!("Keyring is skipped due to an exception: {reason}");
            self.voice.say_passing(Level::Warning, &text);
            None
        })
    }

    /// The first provider that there is, as pip looks for it.
    fn find(&self) -> Option<Provider> {
        let tell = |text: &str| self.voice.say_passing(Level::Verbose, text);
        tell(&format!("Keyring provider requested: {}", self.wanted));
        if matches!(self.wanted.as_str(), "auto" | "import") {
            match self.ask_python(&self.python, &["present"]) {
                Ok(Value::Bool(true)) => {
                    tell("Keyring provider set: import");
                    return Some(Provider::Import(self.python.clone()));
                }
                Ok(_) => {}
                Err(reason) => {
                    let more = match self.wanted.as_str() {
                        "auto" => ", trying to find a keyring executable as a fallback",
                        _ => "",
                    };
                    let text = format!("Installed copy of keyring fails with exception {reason}");
                    self.voice.say_passing(Level::Warning, &(text + more));
                }
            }
        }
        if matches!(self.wanted.as_str(), "auto" | "subprocess") {
            // One that belongs to the target itself would have been imported.
            let own = self.python.parent().and_then(|folder| fs::canonicalize(folder).ok());
            let folders = std::env::split_paths(&self.path)
                .filter(|folder| own.is_none() || fs::canonicalize(folder).ok() != own);
            let path = std::env::join_paths(folders).unwrap_or_default();
            if let Some(program) = find_program("keyring", &path) {
                let shown = program.display();
                tell(&format!("Keyring provider set: subprocess with executable {shown}"));
                return Some(Provider::Program(program));
            }
        }
        tell("Keyring provider set: disabled");
        None
    }

    fn imported(
        &self,
        python: &Path,
        place: &str,
        user: Option<&str>,
    ) -> Result<Option<(String, String)>, String> {
        let arguments: Vec<&str> = ["get", place].into_iter().chain(user).collect();
        let answer = self.ask_python(python, &arguments)?;
        Ok(pair(&answer[0], &answer[1]))
    }

    fn ask_python(&self, python: &Path, arguments: &[&str]) -> Result<Value, String> {
        let finished = Run::new(python)
            .args(["-c", SCRIPT])
            .args(arguments.iter().copied())
            .env("PYTHONIOENCODING", "utf-8")
            .in_our_group()
            .finish()
            .map_err(|error| error.to_string())?;
        let text = finished.stdout_text();
        let answer = text.lines().next_back().unwrap_or_default();
        let mut answer: Value = serde_json::from_str(answer)
            .map_err(|_| finished.stderr_text().lines().next_back().unwrap_or("").to_owned())?;
        match answer["error"].take() {
            Value::String(reason) => Err(reason),
            _ => Ok(answer["answer"].take()),
        }
    }
}

/// The program's answer; none if it has none.
fn of_program(
    program: &Path,
    place: &str,
    user: Option<&str>,
) -> Result<Option<(String, String)>, String> {
    let finished = Run::new(program)
        .args(["--mode=creds", "--output=json", "get", place])
        .args(user)
        .env("PYTHONIOENCODING", "utf-8")
        .in_our_group()
        .finish()
        .map_err(|error| error.to_string())?;
    let complaint = finished.stderr_text();
    if finished.code() == 2
        && complaint.contains("unrecognized arguments")
        && complaint.contains("--mode=creds")
    {
        let least = "Keyring util is outdated; must be at least version 25.2.1";
        return Err(format!("{least}, please upgrade it"));
    }
    if !finished.success() {
        return Ok(None);
    }
    let answer: Value =
        serde_json::from_str(&finished.stdout_text()).map_err(|error| error.to_string())?;
    Ok(pair(&answer["username"], &answer["password"]))
}

fn pair(user: &Value, password: &Value) -> Option<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (user, password) = (text(user), text(password));
    // pip takes an empty user name with a password for a token.
    (user.is_some() || password.is_some())
        .then(|| (user.unwrap_or_default(), password.unwrap_or_default()))
}
