//! A program that was started before its turn.

use std::io::{PipeReader, Write};
use std::process::Stdio;

use super::kill::Running;
use super::{Finished, ProcessError, Run};

/// A program that prepares itself and then waits for a byte on its standard input. Dropped before
/// that it is killed.
#[derive(Debug)]
pub struct Waiting {
    run: Run,
    running: Running,
    output: PipeReader,
}

impl Run {
    /// Starts it, both outputs in one stream. Nobody reads what it writes until it goes on.
    pub fn start_waiting(self) -> Result<Waiting, ProcessError> {
        let mut command = self.command();
        command.stdin(Stdio::piped());
        let (running, output) = self.start_merged(command)?;
        Ok(Waiting { run: self, running, output })
    }
}

impl Waiting {
    /// Lets it go on, to its end; else as [`Run::finish_with`].
    pub fn go_on(mut self, on_line: impl FnMut(&str)) -> Result<Finished, ProcessError> {
        if let Some(mut stdin) = self.running.stdin() {
            // If it has ended already, its status tells.
            let _ = stdin.write_all(b"\n");
        }
        self.run.finish_merged(self.running, self.output, on_line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn shell(script: &str) -> Waiting {
        Run::new("/bin/sh").args(["-c", script]).start_waiting().unwrap()
    }

    #[test]
    fn it_waits_and_goes_on() {
        let scratch = crate::fs::Scratch::new(std::env::temp_dir()).unwrap();
        let (log, here) = (scratch.path().join("log"), scratch.path().to_owned());
        let script = "echo one; read line; touch went; echo two >&2; cat; exit 3";
        let run = Run::new("/bin/sh").args(["-c", script]).cwd(&here).log(&log);
        let waiting = run.start_waiting().unwrap();
        assert!(!crate::fs::exists(here.join("went")));
        let mut lines = Vec::new();
        let finished = waiting.go_on(|line| lines.push(line.to_owned())).unwrap();
        assert_eq!((finished.code(), lines), (3, vec!["one".to_owned(), "two".to_owned()]));
        assert!(crate::fs::exists(here.join("went")));
        assert_eq!(crate::fs::read_to_string(&log).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn one_that_is_not_wanted_does_not_stay() {
        let waiting = shell("read line; sleep 60");
        let process = Path::new("/proc").join(waiting.running.id().to_string());
        assert!(crate::fs::exists(&process));
        drop(waiting);
        assert!(!crate::fs::exists(&process));
        assert_eq!(shell("exit 4").go_on(|_| {}).unwrap().code(), 4);
    }
}
