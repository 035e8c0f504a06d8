//! One module a command, each a thin wrapper around the engine.

mod config;
mod environment;
mod fetching;
mod handover;
mod hash;
mod install;
mod kept;
mod man;
mod pip_cache;
mod stage;
mod uninstall;
mod venv;
mod version;
mod warm;

use crate::args::Stop;
use crate::completion;
use crate::failure;
use crate::log;
use crate::output;
use crate::request::Request;
use crate::surroundings::Surroundings;
use crate::terminal::Terminal;
use crate::timings::Timings;
use accel_engine::{EngineError, Level, Listener, report::Summary};
use accel_io::interrupt::{self, Interrupt};
use accel_io::stopwatch;
use accel_types::python_url::redacted;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

pub use version::PIP_VERSION;

use handover::hand_over;

/// Does what the command line asks for; returns the exit code.
///
/// A run that Ctrl-C has cut short says so and fails; one that another signal has cut short ends by
/// that signal, as any program does. In both cases the environment is as it was.
pub fn main(surroundings: &Surroundings) -> u8 {
    // Without it a signal ends the run at once, and the next run cleans up.
    let _ = interrupt::listen();
    let code = completion::answer(surroundings).unwrap_or_else(|| answer(surroundings));
    match interrupt::requested() {
        Some(Interrupt::Keyboard) if code != 0 => {
            anstream::eprintln!("ERROR: Operation cancelled by user");
            1
        }
        Some(Interrupt::Signal(signal)) if code != 0 => {
            interrupt::end_by(signal);
            code
        }
        _ => code_of_output(code),
    }
}

/// The exit code, unless standard output is broken.
fn code_of_output(code: u8) -> u8 {
    let Some(reason) = output::failure().filter(|_| code != 1) else { return code };
    if reason.kind() == std::io::ErrorKind::BrokenPipe {
        let _ = writeln!(anstream::stderr(), "ERROR: Pipe to stdout was broken");
    } else {
        let _ = writeln!(anstream::stderr(), "ERROR: Could not write to standard output: {reason}");
    }
    output::BROKEN
}

fn answer(surroundings: &Surroundings) -> u8 {
    let asked = crate::args::parse(surroundings).and_then(|parsed| {
        if let Some(file) = &parsed.options.log {
            log::open(surroundings.current_dir.join(file));
        }
        crate::request::build(&parsed, surroundings)
    });
    match asked {
        Ok(asked) => {
            for warning in &asked.warnings {
                let warning = format!("WARNING: {warning}");
                log::write(&warning);
                if asked.verbosity >= -1 {
                    anstream::eprintln!("{warning}");
                }
            }
            match &asked.timings {
                None => run(&asked.request),
                Some(page) => timed(&asked.request, page, &surroundings.arguments),
            }
        }
        Err(Stop::Answer(text)) => {
            output::write_coloured(&text);
            // Python's help ends with a traceback where it can't be written.
            output::failure().map_or(0, |_| 1)
        }
        Err(Stop::Wrong { text, code }) => {
            if !text.is_empty() {
                log::write(text.trim_end());
            }
            if interrupt::requested().is_none() {
                anstream::eprint!("{text}");
            }
            code
        }
        Err(Stop::HandOver { reason, python }) => {
            hand_over(surroundings, python.as_deref(), &reason)
        }
    }
}

/// Carries a request out and writes what it spent its time on; returns its exit code.
fn timed(request: &Request, page: &Path, arguments: &[String]) -> u8 {
    stopwatch::start();
    let code = run(request);
    let took = stopwatch::now();
    let timings = Timings::of(stopwatch::stop(), &redacted_all(arguments), took, code);
    match timings.write(page) {
        Ok(()) => anstream::eprintln!("Timings: {}", page.display()),
        Err(error) => anstream::eprintln!("WARNING: There are no timings: {error}"),
    }
    code
}

/// Arguments without the passwords of URLs.
fn redacted_all(arguments: &[String]) -> Vec<String> {
    let word = |word: &str| match word.split_once('=') {
        Some((name, url)) if name.starts_with("--") => format!("{name}={}", redacted(url)),
        _ => redacted(word),
    };
    let shown = |argument: &String| argument.split(' ').map(word).collect::<Vec<_>>().join(" ");
    arguments.iter().map(shown).collect()
}

/// Carries a request out; returns the exit code.
fn run(request: &Request) -> u8 {
    let (code, general) = match request {
        Request::Man(request) => return man::run(request),
        Request::Install(request) => (install::run(request), &request.general),
        Request::Download(request) => (fetching::download(request), &request.resolve.general),
        Request::Wheel(request) => (fetching::wheel(request), &request.resolve.general),
        Request::Lock(request) => (fetching::lock(request), &request.resolve.general),
        Request::Explain(request) => (fetching::explain(request), &request.resolve.general),
        Request::Venv(request) => (venv::run(request), &request.install.general),
        Request::Stage(request) => (stage::run(request), &request.install.general),
        Request::Uninstall(request) => (uninstall::run(request), &request.general),
        Request::Version(request) => (version::run(request), &request.general),
        Request::List(request) => (environment::list(request), &request.environment.general),
        Request::Freeze(request) => (environment::freeze(request), &request.environment.general),
        Request::Show(request) => (environment::show(request), &request.environment.general),
        Request::Check(request) => (environment::check(request), &request.general),
        Request::Inspect(request) => (environment::inspect(request), &request.general),
        Request::Versions(request) => {
            (environment::versions(request), &request.environment.general)
        }
        Request::Config(request) => return config::run(request),
        Request::Hash(request) => return hash::run(request),
        Request::PipCache(request) => return pip_cache::run(request),
        Request::Kept(request) => return kept::run(request),
        Request::Push(general) => return warm::push(general),
        Request::Warm(request) => (warm::run(request), &request.general),
    };
    if !general.use_cache {
        // What can't be removed stays in the folder for temporary files.
        let _ = accel_io::fs::remove_tree(&general.cache_root);
    }
    code
}

/// Says how it ended; returns the exit code.
fn finish(terminal: &Arc<Terminal>, outcome: Result<Summary, EngineError>) -> u8 {
    match outcome {
        Ok(summary) => {
            if let Some(line) = summary.successfully_installed() {
                terminal.say(Level::Info, &line);
            }
            terminal.say_savings(&summary);
            terminal.say_afterwards();
            0
        }
        Err(error) => failed(terminal, &error),
    }
}

/// Says why it failed; returns the exit code.
fn failed(terminal: &Terminal, error: &EngineError) -> u8 {
    let text = failure::text(error);
    if failure::is_critical(error) {
        terminal.say(Level::Error, &text);
    } else {
        terminal.say_uncritical(&text);
    }
    terminal.say_hints();
    terminal.say_afterwards();
    // With `--debug` it is Python that ends, whatever the exception.
    if terminal.debugs() { 1 } else { error.exit_code() }
}
