//! Patterns of file names as Python's `fnmatch` reads them: `*`, `?`, `[a-z]`, `[!a-z]`.

/// A pattern, taken apart.
#[derive(Debug, Clone)]
pub struct NamePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `*`: any number of characters.
    Star,
    /// `?`: any one.
    Any,
    /// This one.
    One(char),
    /// `[…]`: one within, or with `!` outside of, these ranges.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl NamePattern {
    /// Reads a pattern; every text is one.
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(&letter) = text.get(at) {
            at += 1;
            let part = match letter {
                '*' if parts.last() == Some(&Part::Star) => continue,
                '*' => Part::Star,
                '?' => Part::Any,
                '[' => match class(&text[at..]) {
                    Some((part, length)) => {
                        at += length;
                        part
                    }
                    None => Part::One('['),
                },
                other => Part::One(other),
            };
            parts.push(part);
        }
        Self { parts }
    }

    /// Whether the whole name fits. Takes time in proportion to the product of both lengths at most.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut part) = (0, 0);
        // The last star, and how much of the name it has taken.
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.parts.get(part) {
                Some(Part::Star) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(one) if one.takes(name[at]) => {
                    part += 1;
                    at += 1;
                }
                _ => match &mut star {
                    Some((back, taken)) => {
                        *taken += 1;
                        (part, at) = (*back + 1, *taken);
                    }
                    None => return false,
                },
            }
        }
        self.parts[part..].iter().all(|part| *part == Part::Star)
    }
}

impl Part {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => true,
            Self::One(own) => *own == letter,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&&letter)) != *negated
            }
        }
    }
}

/// What follows a bracket, and its length; `None` if the bracket is never closed.
fn class(text: &[char]) -> Option<(Part, usize)> {
    let negated = text.first() == Some(&'!');
    let start = usize::from(negated);
    // A bracket that closes at once belongs to the class.
    let first = start + usize::from(text.get(start) == Some(&']'));
    let end = first + text.get(first..)?.iter().position(|letter| *letter == ']')?;
    let body = &text[start..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&low) = body.get(at) {
        if let (Some('-'), Some(&high)) = (body.get(at + 1), body.get(at + 2)) {
            ranges.push((low, high));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    Some((Part::Class { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_python() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("six-*.whl", "six-1.0-py3-none-any.whl", true),
            ("six-*.whl", "sixer-1.0.whl", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXb", false),
            ("?x", "ax", true),
            ("?x", "x", false),
            ("[ab]", "b", true),
            ("[!ab]", "b", false),
            ("[!ab]", "c", true),
            ("[a-c]", "b", true),
            ("[c-a]", "b", false),
            ("[!c-a]", "b", true),
            ("[a-c-e]", "-", true),
            ("[a-c-e]", "d", false),
            ("[]]", "]", true),
            ("[!]]", "]", false),
            ("[-a]", "-", true),
            ("[a-]", "-", true),
            ("[", "[", true),
            ("[!", "[!", true),
            ("[^a]", "^", true),
            ("**x", "yx", true),
            ("A", "a", false),
            ("*\n", "a\n", true),
        ] {
            assert_eq!(NamePattern::new(pattern).matches(name), fits, "{pattern:?} {name:?}");
        }
    }
}
