//! `freeze`, and what the lines of requirement files are to it.

use accel_engine::request::{FreezeLine, FreezeRequest};
use accel_requirements::{ConfigSettings, FileOptions, Reader, Source, without_comment};
use accel_types::python_text::{strip, strip_end};

use super::Request;
use super::environment::{check_paths, environment, excludes};
use crate::args::{Parsed, Stop};
use crate::outside::Outside;
use crate::surroundings::Surroundings;

/// The request of `freeze`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    check_paths(parsed)?;
    let options = &parsed.options;
    let environment = environment(parsed, surroundings)?;
    let files = &options.requirements;
    Ok(Request::Freeze(Box::new(FreezeRequest {
        requirements: (!files.is_empty()).then(|| {
            let outside = Outside::new(surroundings, environment.general.network.settings(&[]));
            lines(files, &outside, &surroundings.program)
        }),
        environment,
        all: options.freeze_all,
        exclude_editables: options.exclude_editable,
        excludes: excludes(parsed),
    })))
}

/// Lines that start with these are repeated.
const OPTIONS: [&str; 11] = [
    "-r",
    "--requirement",
    "-f",
    "--find-links",
    "-i",
    "--index-url",
    "--pre",
    "--trusted-host",
    "--process-dependency-links",
    "--extra-index-url",
    "--use-feature",
];

/// What the files say, up to the first line that is refused.
fn lines(files: &[String], source: &dyn Source, program: &str) -> Vec<FreezeLine> {
    let mut lines = Vec::new();
    for file in files {
        let text = match source.read(file).map(String::from_utf8) {
            Ok(Ok(text)) => text.replace("\r\n", "\n").replace('\r', "\n"),
            Ok(Err(error)) => {
                let text = format!("UnicodeDecodeError: {}", error.utf8_error());
                lines.push(FreezeLine::Unreadable(text));
                return lines;
            }
            Err(error) => {
                lines.push(FreezeLine::Unreadable(accel_io::python_words(&error, file)));
                return lines;
            }
        };
        for line in text.split_inclusive('\n') {
            let bare = strip(line);
            if bare.is_empty()
                || bare.starts_with('#')
                || OPTIONS.iter().any(|option| line.starts_with(option))
            {
                lines.push(FreezeLine::Kept(strip_end(line).to_owned()));
                continue;
            }
            lines.extend(requirement(line, file, source, program));
            if matches!(lines.last(), Some(FreezeLine::Refused(_))) {
                return lines;
            }
        }
    }
    lines
}

/// What a line that names a requirement is, behind the warnings about it.
fn requirement(line: &str, file: &str, source: &dyn Source, program: &str) -> Vec<FreezeLine> {
    let mut reader = Reader::new(source, program, FileOptions::default());
    let settings = ConfigSettings::default();
    let editable = match line.strip_prefix("--editable") {
        Some(rest) => Some(strip(rest).trim_start_matches('=')),
        None => line.strip_prefix("-e").map(strip),
    };
    let whole = editable.unwrap_or(line);
    let text = strip(without_comment(whole));
    let read = match editable {
        Some(editable) => reader.editable(editable, &settings),
        None => reader.argument(text, &settings),
    };
    let mut lines: Vec<FreezeLine> = reader.warnings.into_iter().map(FreezeLine::Warning).collect();
    lines.push(match read {
        Err(error) => FreezeLine::Refused(error.to_string()),
        Ok(input) => FreezeLine::Requirement {
            file: file.to_owned(),
            text: text.to_owned(),
            whole: strip(whole).to_owned(),
            name: input.requirement.map(|requirement| requirement.name),
        },
    });
    lines
}
