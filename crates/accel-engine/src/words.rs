//! pip's sentences that several stages share.

use accel_build::FailedHook;
use std::fmt::Write;

/// A number of bytes as pip prints it.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is printed")]
    let float = bytes as f64;
    if bytes > 1_000_000 {
        format!("{:.1} MB", float / 1_000_000.0)
    } else if bytes > 10_000 {
        format!("{} kB", bytes / 1000)
    } else if bytes > 1000 {
        format!("{:.1} kB", float / 1000.0)
    } else {
        format!("{bytes} bytes")
    }
}

/// The line for a file that comes over the network.
pub(crate) fn downloading(filename: &str, bytes: Option<u64>) -> String {
    with_size("Downloading", filename, bytes)
}

/// The line for a file that is kept.
pub(crate) fn using_cached(filename: &str, bytes: Option<u64>) -> String {
    with_size("Using cached", filename, bytes)
}

fn with_size(verb: &str, filename: &str, bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("{verb} {filename} ({})", size(bytes)),
        None => format!("{verb} {filename}"),
    }
}

/// pip's picture of a failed step of a build, with what its process wrote.
pub fn failed_hook(hook: &FailedHook) -> String {
    let lines: Vec<&str> = hook.output.lines().collect();
    let mut text = format!(
        "error: subprocess-exited-with-error\n\n× {} did not run successfully.\n│ exit code: {}\n",
        hook.hook.step(&hook.project),
        hook.code
    );
    if lines.is_empty() {
        text.push_str("╰─> No available output.\n");
    } else {
        let _ = writeln!(text, "╰─> [{} lines of output]", lines.len());
        for line in &lines {
            let _ = writeln!(text, "    {line}");
        }
        text.push_str("    [end of output]\n");
    }
    text.push_str(
        "\nnote: This error originates from a subprocess, and is likely not a problem with pip.",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_as_pip_rounds_them() {
        let sizes = [999, 1001, 10_500, 1_000_000, 2_345_678].map(size);
        assert_eq!(sizes, ["999 bytes", "1.0 kB", "10 kB", "1000 kB", "2.3 MB"]);
    }
}
