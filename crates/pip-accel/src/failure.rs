//! How a failure is shown: pip's `ERROR:` line, or pip's picture with reference and hints.

use accel_engine::{EngineError, IndexError, Picture, UninstallError};
use accel_io::IoError;
use accel_io::net::NetErrorKind;
use std::borrow::Cow;

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
        EngineError::Told(failure) => match failure.pictures().pop() {
            Some(last) if failure.is_told_by_pictures() => last.to_string(),
            _ => format!("ERROR: {error}"),
        },
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
            hint: Some("See PEP 668 for the detailed specification.".into()),
        }
        .to_string(),
        EngineError::Uninstall(error) if error.reference().is_some() => {
            not_removable(error).to_string()
        }
        EngineError::Index(IndexError::Http { kind, url, reason, .. }) if is_no_answer(*kind) => {
            no_answer(*kind, url, reason).to_string()
        }
        EngineError::Index(IndexError::NoAdapter { .. }) => {
            format!("ERROR: Could not install packages due to an OSError: {error}\n")
        }
        other => match other.os_error() {
            Some(error) => format!("ERROR: {}", os_error(error)),
            None => format!("ERROR: {other}"),
        },
    }
}

/// pip's picture of a distribution whose files nobody knows.
fn not_removable(error: &UninstallError) -> Picture {
    let text = error.to_string();
    let mut parts = text.splitn(3, '\n').map(str::to_owned);
    Picture {
        reference: error.reference().unwrap_or_default(),
        message: parts.next().unwrap_or_default(),
        context: parts.next(),
        note: None,
        hint: parts.next().map(Cow::Owned),
    }
}

/// Whether pip shows the error however quiet it is to be: pictures and the system's refusals are
/// no more than errors to it.
pub fn is_critical(error: &EngineError) -> bool {
    let is_os_error = error.os_error().is_some()
        || matches!(error, EngineError::Index(IndexError::NoAdapter { .. }));
    text(error).starts_with("ERROR: ") && !is_os_error
}

/// pip's sentence about what the system refused (`create_os_error_message`).
fn os_error(error: &IoError) -> String {
    let whole = error.reason().to_string();
    let reason = match (error.raw_os_error(), whole.rsplit_once(" (os error ")) {
        (Some(number), Some((words, _))) => {
            format!("[Errno {number}] {words}: '{}'", error.path().display())
        }
        _ => error.to_string(),
    };
    let denied = error.kind() == std::io::ErrorKind::PermissionDenied
        && error.raw_os_error() == Some(EACCES);
    let hint = if denied { "Check the permissions.\n" } else { "" };
    format!("Could not install packages due to an OSError: {reason}\n{hint}")
}

/// `Permission denied`, as against `Operation not permitted`.
const EACCES: i32 = 13;

/// Whether pip has a picture of such a failure.
pub(crate) fn is_no_answer(kind: NetErrorKind) -> bool {
    use NetErrorKind::{Connect, Resolve, Timeout, Tls};
    matches!(kind, Connect | Resolve | Timeout | Tls)
}

/// pip's picture of a server that does not answer (`ConnectionFailedError`, `ConnectionTimeoutError`,
/// `SSLVerificationError`).
pub(crate) fn no_answer(kind: NetErrorKind, url: &str, reason: &str) -> Picture {
    let host = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or(url);
    let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or(host);
    let reason = reason.strip_prefix(&format!("could not fetch {url}: ")).unwrap_or(reason);
    let (reference, message, context, hint) = match kind {
        NetErrorKind::Tls => (
            "ssl-verification-failed",
            format!("Failed to establish a secure connection to {host} while fetching {url}"),
            reason.to_owned(),
            "You may need to use --cert or check your proxy/firewall configuration".into(),
        ),
        NetErrorKind::Timeout => (
            "connection-timeout",
            format!("Unable to fetch {url}"),
            reason.to_owned(),
            "This is probably a temporary issue with the remote server or the network connection. \
             If this error persists, check the network configuration. There may be a firewall or \
             proxy that's preventing the connection."
                .into(),
        ),
        _ => (
            "connection-failed",
            format!("Failed to connect to {host} while fetching {url}"),
            match reason.strip_suffix(')').and_then(|text| text.rsplit_once(" (os error ")) {
                Some((words, number)) => format!("[Errno {number}] {words}"),
                None => reason.to_owned(),
            },
            format!(
                "Are you connected to the Internet? If so, check whether your system can connect \
                 to {host} before trying again. There may be a firewall or proxy that's \
                 preventing the connection."
            )
            .into(),
        ),
    };
    Picture { reference, message, context: Some(context), note: None, hint: Some(hint) }
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
