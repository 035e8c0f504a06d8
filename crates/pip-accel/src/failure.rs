//! How a failure is shown: pip's `ERROR:` line, or pip's picture with reference and hints.

use accel_engine::{EngineError, Picture};

/// The text of an error as pip prints it, the `ERROR: ` included where pip has one.
pub fn text(error: &EngineError) -> String {
    match error {
        EngineError::Build(failure) => {
            let pictures = failure.pictures();
            let mut lines: Vec<String> = pictures.iter().map(Picture::to_string).collect();
            if !failure.is_told_by_pictures() {
                lines.push(format!("ERROR: {error}"));
            }
            lines.join("\n")
        }
        EngineError::WheelBuild(names) => Picture {
            reference: "failed-wheel-build-for-install",
            message: "Failed to build installable wheels for some pyproject.toml based projects"
                .to_owned(),
            context: Some(names.join(", ")),
            note: None,
            hint: None,
        }
        .to_string(),
        EngineError::ExternallyManaged(marker) => Picture {
            reference: "externally-managed-environment",
            message: "This environment is externally managed".to_owned(),
            context: Some(managers_words(marker)),
            note: Some(
                "If you believe this is a mistake, please contact your Python installation or OS \
                 distribution provider. You can override this, at the risk of breaking your \
                 Python installation or OS, by passing --break-system-packages.",
            ),
            hint: Some("See PEP 668 for the detailed specification."),
        }
        .to_string(),
        other => format!("ERROR: {other}"),
    }
}

/// What the environment's manager wants said: `Error` of the marker file (PEP 668).
fn managers_words(marker: &str) -> String {
    let mut lines = marker.lines().skip_while(|line| !line.starts_with("Error=")).peekable();
    let first = lines.next().and_then(|line| line.strip_prefix("Error="));
    let Some(first) = first else {
        return "The Python environment under this interpreter is managed externally, and may not \
                be\nmanipulated by the user. Please use specific tooling from the distributor of\n\
                the Python installation to interact with this environment instead."
            .to_owned();
    };
    let more = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let text: Vec<&str> = std::iter::once(first).chain(more.map(str::trim)).collect();
    text.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managers_words_are_shown() {
        let marker =
            "[externally-managed]\nError=To install\n system-wide, try\n .\n more\nOther=x\n";
        let text = text(&EngineError::ExternallyManaged(marker.to_owned()));
        let start = "error: externally-managed-environment\n\n\
                     × This environment is externally managed\n╰─> To install\n    system-wide, try\n";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with("hint: See PEP 668 for the detailed specification."));
    }
}
