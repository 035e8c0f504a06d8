//! Credentials are kept out of what is printed.

use crate::python_url::UrlParts;

/// The URL with its password replaced by `****`; a lone user name counts as a token and is replaced
/// too.
pub fn redact_url(url: &str) -> String {
    let mut parts = UrlParts::split(url);
    let Some((credentials, host)) = parts.netloc.rsplit_once('@') else { return url.to_owned() };
    parts.netloc = match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:****@{host}"),
        None => format!("****@{host}"),
    };
    parts.unsplit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        assert_eq!(redact_url("https://u:p@h/x"), "https://u:****@h/x");
        assert_eq!(redact_url("https://token@h/x?y#z"), "https://****@h/x?y#z");
        assert_eq!(redact_url("https://h/x"), "https://h/x");
    }
}
