//! URLs without their secrets.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What Python's `urllib.parse.quote` leaves alone.
const QUOTED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

/// User name and password of a URL; a token has no password.
pub(super) type UserInfo = (String, Option<String>);

/// Splits `https://user:password@host/path` into the URL without credentials and them.
///
/// The text may be anything that pip takes for a URL; a text without `//` has no credentials.
pub(super) fn split_auth(url: &str) -> (String, Option<UserInfo>) {
    let Some((before, netloc, after)) = split_netloc(url) else { return (url.to_owned(), None) };
    let Some((auth, host)) = netloc.rsplit_once('@') else { return (url.to_owned(), None) };
    let (user, password) = match auth.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (auth, None),
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    (format!("{before}{host}{after}"), Some((decode(user), password.map(decode))))
}

fn split_netloc(url: &str) -> Option<(&str, &str, &str)> {
    let start = url.find("//")? + 2;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |end| start + end);
    Some((&url[..start], &url[start..end], &url[end..]))
}

/// Replaces the password of a URL by `****`, and a user name without password too, as pip does.
pub fn redact_url(url: &str) -> String {
    let Some((before, netloc, after)) = split_netloc(url) else { return url.to_owned() };
    let Some((auth, host)) = netloc.rsplit_once('@') else { return url.to_owned() };
    match auth.split_once(':') {
        Some((user, _)) => {
            let user = percent_decode_str(user).decode_utf8_lossy();
            let user = utf8_percent_encode(&user, QUOTED);
            format!("{before}{user}:****@{host}{after}")
        }
        None => format!("{before}****@{host}{after}"),
    }
}

/// The URL without user name and password.
pub fn remove_auth(url: &str) -> String {
    split_auth(url).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacts_as_pip_does() {
        for (url, redacted) in [
            ("https://user:pass@example.com/a@b", "https://user:****@example.com/a@b"),
            ("https://token@example.com", "https://****@example.com"),
            ("https://example.com/simple/", "https://example.com/simple/"),
            ("git+ssh://git@host:22/x", "git+ssh://****@host:22/x"),
            ("https://us%40er:p@ss:w@h/", "https://us%40er:****@h/"),
            ("plain text", "plain text"),
            ("https://a:b@h?x=1", "https://a:****@h?x=1"),
        ] {
            assert_eq!(redact_url(url), redacted);
        }
    }

    #[test]
    fn splits_credentials() {
        assert_eq!(
            split_auth("https://us%40er:p%3Aw@h:1/x"),
            ("https://h:1/x".into(), Some(("us@er".into(), Some("p:w".into()))))
        );
        assert_eq!(
            split_auth("https://token@h/"),
            ("https://h/".into(), Some(("token".into(), None)))
        );
        assert_eq!(split_auth("https://h/a@b"), ("https://h/a@b".into(), None));
    }
}
