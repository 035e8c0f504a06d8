//! The options of `completion`: one for each shell.

use accel_requirements::optparse::Kind;

use super::{Dest, PLAIN, Spec};

/// `Completion Options`.
pub static COMPLETION: [Spec; 4] = [
    shell(&["-b"], &["--bash"], "bash", "Emit completion code for bash"),
    shell(&["-z"], &["--zsh"], "zsh", "Emit completion code for zsh"),
    shell(&["-f"], &["--fish"], "fish", "Emit completion code for fish"),
    shell(&["-p"], &["--powershell"], "powershell", "Emit completion code for powershell"),
];

const fn shell(
    short: &'static [&'static str],
    long: &'static [&'static str],
    name: &'static str,
    help: &'static str,
) -> Spec {
    Spec { short, long, dest: Dest::Shell, kind: Kind::Const(name), help: Some(help), ..PLAIN }
}
