//! pip's sentences that several stages share.

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

/// The beginning of the line for a file that comes over the network.
pub(crate) const DOWNLOADING: &str = "Downloading ";

/// The beginning of the line for a file that is kept.
pub(crate) const USING_CACHED: &str = "Using cached ";

/// The line for a file that came over the network, or that was kept.
pub(crate) fn fetched(filename: &str, bytes: Option<u64>, from_network: bool) -> String {
    let verb = if from_network { DOWNLOADING } else { USING_CACHED }.trim_end();
    match bytes {
        Some(bytes) => format!("{verb} {filename} ({})", size(bytes)),
        None => format!("{verb} {filename}"),
    }
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
