//! How pip shows what went wrong in a build.

use crate::Hook;
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::path::PathBuf;

/// pip's picture of a failure ("diagnostic error"): what happened, why, and what to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// pip's name of the kind of failure, in kebab case.
    pub reference: &'static str,
    /// What failed.
    pub message: String,
    /// Why, or what a process wrote.
    pub context: Option<String>,
    /// Whose fault it is.
    pub note: Option<&'static str>,
    /// What to do.
    pub hint: Option<Cow<'static, str>>,
}

impl Picture {
    /// Of a process that failed: what it was to do, its exit code and what it wrote.
    pub fn of_process(what: &str, code: i32, context: String) -> Self {
        Self {
            reference: "subprocess-exited-with-error",
            message: format!("{what} did not run successfully.\nexit code: {code}"),
            context: Some(context),
            note: Some(
                "This error originates from a subprocess, and is likely not a problem with pip.",
            ),
            hint: None,
        }
    }

    fn block(out: &mut fmt::Formatter<'_>, text: &str, first: &str, rest: &str) -> fmt::Result {
        for (at, line) in text.split('\n').enumerate() {
            let line = format!("{}{line}", if at == 0 { first } else { rest });
            write!(out, "\n{}", expand_tabs(&line))?;
        }
        Ok(())
    }
}

impl fmt::Display for Picture {
    /// The lines as pip prints them without colours, with no line end after the last one.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "error: {}", self.reference)?;
        let rest = if self.context.is_some() { "│ " } else { "  " };
        Self::block(out, &self.message, "× ", rest)?;
        if let Some(context) = &self.context {
            Self::block(out, context, "╰─> ", "    ")?;
        }
        if self.note.is_some() || self.hint.is_some() {
            out.write_str("\n")?;
        }
        if let Some(note) = self.note {
            Self::block(out, note, "note: ", "      ")?;
        }
        if let Some(hint) = &self.hint {
            Self::block(out, hint, "hint: ", "      ")?;
        }
        Ok(())
    }
}

/// Tabs to columns of eight, as the console library that pip prints with.
fn expand_tabs(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 8);
    let mut column = 0;
    for character in line.chars() {
        if character == '\t' {
            let width = 8 - column % 8;
            out.extend(std::iter::repeat_n(' ', width));
            column += width;
        } else {
            out.push(character);
            column += 1;
        }
    }
    out
}

/// A hook whose process failed.
#[derive(Debug)]
pub struct FailedHook {
    /// The hook.
    pub hook: Hook,
    /// The distribution's name, or the URL of a requirement that has none.
    pub project: String,
    /// The exit code; negative for a signal.
    pub code: i32,
    /// What the process wrote, both streams in order, each line as pip shows it and with its end.
    /// Of a very long output only the end; the whole is in `log`.
    pub output: String,
    /// How many lines it wrote.
    pub lines: usize,
    /// Whether the lines were heard when they came.
    pub heard: bool,
    /// The command line.
    pub command: String,
    /// The folder that it ran in.
    pub folder: PathBuf,
    /// Where the whole log stands.
    pub log: PathBuf,
}

impl FailedHook {
    /// pip's picture of the failed process.
    pub fn picture(&self) -> Picture {
        let step = self.hook.step(&self.project);
        if self.heard {
            return Picture::of_process(&step, self.code, "No available output.".to_owned());
        }
        let shown = self.output.lines().count();
        let earlier = match self.lines.saturating_sub(shown) {
            0 => String::new(),
            more => format!("[{more} earlier lines are in {}]\n", self.log.display()),
        };
        Picture::of_process(
            &step,
            self.code,
            format!("[{} lines of output]\n{earlier}{}[end of output]", self.lines, self.output),
        )
    }
}

impl fmt::Display for FailedHook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hook {
            Hook::MetadataForWheel | Hook::MetadataForEditable => {
                out.write_str("metadata generation failed")
            }
            Hook::Wheel => write!(out, "Failed building wheel for {}", self.project),
            Hook::Editable => write!(out, "Failed building editable for {}", self.project),
            _ => {
                let step = self.hook.step(&self.project).to_lowercase();
                write!(out, "Failed to build '{}' when {step}", self.project)
            }
        }
    }
}

impl std::error::Error for FailedHook {}

/// pip's picture of a tree whose metadata could not be had, shown after that of the hook.
pub(crate) fn metadata_failed(project: &str) -> Picture {
    let named = accel_types::PackageName::parse(project).is_ok();
    Picture {
        reference: "metadata-generation-failed",
        message: "Encountered error while generating package metadata.".to_owned(),
        context: Some(if named { project.to_owned() } else { format!("from {project}") }),
        note: Some("This is an issue with the package mentioned above, not pip."),
        hint: Some("See above for details.".into()),
    }
}

/// pip's picture of a `[build-system]` table that breaks PEP 518.
pub(crate) fn bad_table(reference: &'static str, project: &str, context: String) -> Picture {
    Picture {
        reference,
        message: format!("Can not process {project}"),
        context: Some(context),
        note: Some("This is an issue with the package mentioned above, not pip."),
        hint: Some("See PEP 518 for the detailed specification.".into()),
    }
}

/// What a process wrote, as pip reads it: any line end, no blanks before it, bytes that are not
/// UTF-8 as `\xNN`; every line ends with a line feed.
pub(crate) fn as_pip_reads(output: &[u8]) -> String {
    let mut text = String::with_capacity(output.len());
    for chunk in output.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        lines.push_str(
            line.trim_end_matches(|c: char| {
                c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
            }),
        );
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_read_as_pip_reads_it() {
        let read = as_pip_reads(b"one  \r\ntwo\rthree\xff\n\nfour");
        assert_eq!(read, "one\ntwo\nthree\\xff\n\nfour\n");
        assert_eq!(as_pip_reads(b""), "");
    }

    #[test]
    fn a_silent_process_and_a_tab() {
        let mut failed = FailedHook {
            hook: Hook::Wheel,
            project: "demo".to_owned(),
            code: -9,
            output: String::new(),
            lines: 0,
            heard: false,
            command: String::new(),
            folder: PathBuf::new(),
            log: PathBuf::from("/tmp/log"),
        };
        let start = "error: subprocess-exited-with-error\n\n\
             × Building wheel for demo (pyproject.toml) did not run successfully.\n\
             │ exit code: -9\n╰─> [0 lines of output]\n    [end of output]\n\nnote: ";
        assert!(failed.picture().to_string().starts_with(start), "{}", failed.picture());
        failed.output = "\ttab\n".to_owned();
        failed.lines = 3;
        let shown = failed.picture().to_string();
        let middle =
            "[3 lines of output]\n    [2 earlier lines are in /tmp/log]\n        tab\n    [end";
        assert!(shown.contains(middle), "{shown}");
    }
}
