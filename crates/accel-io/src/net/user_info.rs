//! User names and passwords inside of URLs.

use accel_types::python_url::{cleaned, split, unquote, without_credentials};

/// User name and password of a URL; a token has no password.
pub(super) type UserInfo = (String, Option<String>);

/// Splits `https://user:password@host/path` into the URL without credentials and them.
///
/// The text may be anything that pip takes for a URL; a text without `//` has no credentials.
pub(super) fn split_auth(url: &str) -> (String, Option<UserInfo>) {
    let clean = cleaned(url);
    let parts = split(&clean).unwrap_or_default();
    let Some((auth, _)) = parts.netloc.rsplit_once('@') else { return (url.to_owned(), None) };
    let (user, password) = match auth.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (auth, None),
    };
    let user = unquote(user).into_owned();
    let password = password.map(|password| unquote(password).into_owned());
    (without_credentials(url), Some((user, password)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
