//! netrc files, with the rules of Python's `netrc` module.

/// One `machine` (or the `default`) of a netrc file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Machine {
    /// `None` for `default`.
    host: Option<String>,
    login: String,
    account: String,
    password: String,
}

/// A parsed netrc file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Netrc {
    machines: Vec<Machine>,
}

impl Netrc {
    /// Parses the text of a file; one that Python refuses gives no credentials at all.
    pub(super) fn parse(text: &str) -> Self {
        parse(text).unwrap_or_default()
    }

    /// User name and password for a host; the later of two entries counts.
    pub(super) fn credentials(&self, host: &str) -> Option<(String, String)> {
        let of = |wanted: Option<&str>| {
            self.machines.iter().rev().find(|machine| machine.host.as_deref() == wanted)
        };
        let machine = of(Some(host)).or_else(|| of(None))?;
        let user = if machine.login.is_empty() { &machine.account } else { &machine.login };
        let empty = user.is_empty() && machine.password.is_empty();
        (!empty).then(|| (user.clone(), machine.password.clone()))
    }
}

/// Words of the file: quotes group, a backslash escapes, and line ends are words for macros.
struct Words<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
        self.rest.peek()?;
        let mut word = String::new();
        if self.rest.next_if_eq(&'"').is_some() {
            while let Some(char) = self.rest.next() {
                match char {
                    '"' => break,
                    '\\' => word.extend(self.rest.next()),
                    other => word.push(other),
                }
            }
            return Some(word);
        }
        while let Some(char) = self.rest.next_if(|char| !char.is_ascii_whitespace()) {
            if char == '\\' {
                word.extend(self.rest.next());
            } else {
                word.push(char);
            }
        }
        Some(word)
    }

    fn skip_line(&mut self) {
        for char in self.rest.by_ref() {
            if char == '\n' {
                break;
            }
        }
    }

    /// A macro ends with an empty line.
    fn skip_macro(&mut self) {
        self.skip_line();
        loop {
            let empty = matches!(self.rest.peek(), None | Some('\n'));
            self.skip_line();
            if empty {
                break;
            }
        }
    }
}

fn parse(text: &str) -> Option<Netrc> {
    let mut words = Words { rest: text.chars().peekable() };
    let mut netrc = Netrc::default();
    let mut word = words.next();
    while let Some(keyword) = word {
        let host = match keyword.as_str() {
            "machine" => Some(words.next()?),
            "default" => None,
            "macdef" => {
                words.next()?;
                words.skip_macro();
                word = words.next();
                continue;
            }
            comment if comment.starts_with('#') => {
                // A "#" alone was followed by its line end only if that stopped the word.
                words.skip_line();
                word = words.next();
                continue;
            }
            _ => return None,
        };
        let mut machine =
            Machine { host, login: String::new(), account: String::new(), password: String::new() };
        loop {
            word = words.next();
            let field = match word.as_deref() {
                Some("login" | "user") => &mut machine.login,
                Some("account") => &mut machine.account,
                Some("password") => &mut machine.password,
                Some(comment) if comment.starts_with('#') => {
                    words.skip_line();
                    continue;
                }
                None | Some("machine" | "default" | "macdef") => break,
                Some(_) => return None,
            };
            *field = words.next()?;
        }
        netrc.machines.push(machine);
    }
    Some(netrc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str) -> Option<(String, String)> {
        Netrc::parse(text).credentials(host)
    }

    fn pair(user: &str, password: &str) -> (String, String) {
        (user.into(), password.into())
    }

    #[test]
    fn machines_defaults_comments_and_macros() {
        let text = "# a comment with words\nmachine one login me password \"a b#\\\"c\"\n\
                    macdef init\nbin\nquit\n\nmachine two\n  user you # here too\n  password p#w\n\
                    default login any password thing\n";
        assert_eq!(found(text, "one"), Some(pair("me", "a b#\"c")));
        assert_eq!(found(text, "two"), Some(pair("you", "p#w")));
        assert_eq!(found(text, "three"), Some(pair("any", "thing")));
    }

    #[test]
    fn nothing_from_broken_or_empty_files() {
        assert_eq!(found("machine one login me password secret\nbroken", "one"), None);
        assert_eq!(found("machine one login", "one"), None);
        assert_eq!(found("", "one"), None);
        assert_eq!(found("machine one", "one"), None);
        assert_eq!(found("machine one login me password x", "other"), None);
    }

    #[test]
    fn a_token_needs_no_user_and_the_later_entry_counts() {
        assert_eq!(found("machine h password t", "h"), Some(pair("", "t")));
        assert_eq!(found("machine h account a password t", "h"), Some(pair("a", "t")));
        let twice = "machine h login a password 1\nmachine h login b password 2";
        assert_eq!(found(twice, "h"), Some(pair("b", "2")));
    }
}
