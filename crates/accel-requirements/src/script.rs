//! Metadata inside a script (PEP 723), for `--requirements-from-script`.

use toml::{Table, Value};

use crate::file::os_error;
use crate::{RequirementsError, Source};
use accel_types::python_text::repr;

/// What a script says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScriptMetadata {
    /// `requires-python`; empty if it says nothing.
    pub requires_python: String,
    /// `dependencies`.
    pub dependencies: Vec<String>,
}

/// Reads the metadata of the script at `path`.
pub fn read_script(path: &str, source: &dyn Source) -> Result<ScriptMetadata, RequirementsError> {
    let crash = |reason: String| RequirementsError::Crash(reason);
    let command = |sentence: String| Err(RequirementsError::Command(sentence));
    let unreadable = |error| RequirementsError::Unreadable(os_error(&error, path));
    let bytes = source.read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| crash(format!("{path} is not valid UTF-8")))?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut blocks = blocks(&text);
    let Some(block) = blocks.pop() else {
        let path = repr(path);
        return command(format!("File does not contain 'script' metadata: {path}"));
    };
    if !blocks.is_empty() {
        return command(format!("Multiple 'script' blocks found in {}", repr(path)));
    }
    let Ok(metadata) = block.parse::<Table>() else {
        return command(format!("Failed to parse TOML in {}", repr(path)));
    };
    let requires_python = metadata.get("requires-python").and_then(Value::as_str);
    let dependencies = match metadata.get("dependencies") {
        None => Vec::new(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| crash(format!("a dependency of {path} is not text")))?,
        Some(_) => return Err(crash(format!("the dependencies of {path} are not a list"))),
    };
    Ok(ScriptMetadata {
        requires_python: requires_python.unwrap_or_default().to_owned(),
        dependencies,
    })
}

/// The contents of `# /// script` … `# ///`, comment marks removed.
///
/// A block reaches to the last `# ///` that only comment lines separate from its start.
fn blocks(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let kind = lines[at].strip_prefix("# /// ");
        let is_start = kind.is_some_and(|kind| {
            !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        let comments = lines[at + 1..]
            .iter()
            .take_while(|line| **line == "#" || line.starts_with("# "))
            .count();
        let body = &lines[at + 1..at + 1 + comments];
        let end = body.iter().rposition(|line| *line == "# ///").filter(|end| *end > 0);
        let Some(end) = end.filter(|_| is_start) else {
            at += 1;
            continue;
        };
        if kind == Some("script") {
            let body: Vec<&str> = body[..end]
                .iter()
                .map(|line| line.strip_prefix("# ").unwrap_or(&line[1..]))
                .collect();
            blocks.push(body.join("\n"));
        }
        at += end + 2;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_at_their_last_mark() {
        let text = "#!x\n# /// script\n# a = 1\n#\n# # ///\n# ///\nx\n# /// other\n# b\n# ///\n";
        assert_eq!(blocks(text), ["a = 1\n\n# ///"]);
        assert!(blocks("# /// script\n# ///\n").is_empty());
        assert_eq!(blocks("# /// script\n# a\n# ///\n# b\n# ///\n#x"), ["a\n///\nb"]);
    }
}
