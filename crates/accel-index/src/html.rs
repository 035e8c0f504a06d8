//! Anchors of an HTML page, found as Python's `html.parser` finds them.
//!
//! pip reads PEP 503 pages with `html.parser`, never builds a tree, and looks at two start tags
//! only. This scanner walks the page once and does the same: broken markup yields the same anchors
//! as with pip, which a tree-building parser cannot promise.

use std::borrow::Cow;

use crate::entities::unescape;

/// The attributes of one `<a>` that matter (PEP 503, 592, 658, 714). The outer option says whether
/// the attribute is there; a bare attribute without `=` counts as absent, as in pip. Where an
/// attribute is repeated the last one counts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Anchor<'a> {
    pub(crate) href: Option<Cow<'a, str>>,
    pub(crate) requires_python: Option<Cow<'a, str>>,
    pub(crate) yanked: Option<Cow<'a, str>>,
    pub(crate) core_metadata: Option<Cow<'a, str>>,
    pub(crate) dist_info_metadata: Option<Cow<'a, str>>,
}

/// All anchors of a page in order, and the `href` of its first `<base>` that has one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Anchors<'a> {
    pub(crate) base: Option<Cow<'a, str>>,
    pub(crate) anchors: Vec<Anchor<'a>>,
}

/// Scans a page. An unfinished construct ends the page, for pip never closes its parser.
pub(crate) fn anchors(page: &str) -> Anchors<'_> {
    let mut found = Anchors::default();
    let mut scanner = Scanner { page, bytes: page.as_bytes(), at: 0 };
    while scanner.advance(&mut found).is_some() {}
    found
}

struct Scanner<'a> {
    page: &'a str,
    bytes: &'a [u8],
    at: usize,
}

/// Python's `\s` within ASCII.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x1f | b' ')
}

impl<'a> Scanner<'a> {
    /// Reads up to and including the next piece of markup; `None` at the end.
    fn advance(&mut self, found: &mut Anchors<'a>) -> Option<()> {
        let start = self.find(b"<", self.at)?;
        let rest = &self.bytes[start..];
        self.at = match *rest.get(1)? {
            letter if letter.is_ascii_alphabetic() => self.start_tag(start, found)?,
            b'!' if rest.starts_with(b"<!--") => self.closed(start + 4, b"--", b'>')?,
            b'!' if rest.starts_with(b"<![") => self.marked_section(start)?,
            b'!' | b'/' | b'?' => self.find(b">", start + 2)? + 1,
            _ => start + 1,
        };
        Some(())
    }

    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        if let [byte] = text {
            return rest.iter().position(|other| other == byte).map(|at| from + at);
        }
        rest.windows(text.len()).position(|window| window == text).map(|at| from + at)
    }

    fn spaces(&self, from: usize) -> usize {
        let spaces = self.bytes[from..].iter().take_while(|byte| is_space(**byte)).count();
        from + spaces
    }

    /// The end of `opening`, optional space, `closing`.
    fn closed(&self, from: usize, opening: &[u8], closing: u8) -> Option<usize> {
        let mut from = from;
        loop {
            let at = self.find(opening, from)?;
            let end = self.spaces(at + opening.len());
            if self.bytes.get(end) == Some(&closing) {
                return Some(end + 1);
            }
            from = at + 1;
        }
    }

    /// `<![CDATA[ ]]>` and the conditional sections of word processors.
    fn marked_section(&self, start: usize) -> Option<usize> {
        let name: String = self.page[start + 3..]
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        match name.as_str() {
            "temp" | "cdata" | "ignore" | "include" | "rcdata" => {
                let mut from = start + 3;
                loop {
                    let at = self.find(b"]", from)?;
                    let second = self.spaces(at + 1);
                    if self.bytes.get(second) == Some(&b']') {
                        let end = self.spaces(second + 1);
                        if self.bytes.get(end) == Some(&b'>') {
                            return Some(end + 1);
                        }
                    }
                    from = at + 1;
                }
            }
            "if" | "else" | "endif" => self.closed(start + 3, b"]", b'>'),
            _ => Some(self.find(b">", start + 2)? + 1),
        }
    }

    /// Space, and slashes that do not end the tag.
    fn gap(&self, mut at: usize) -> usize {
        while let Some(byte) = self.bytes.get(at) {
            let slash = *byte == b'/' && self.bytes.get(at + 1) != Some(&b'>');
            if !is_space(*byte) && !slash {
                break;
            }
            at += 1;
        }
        at
    }

    fn start_tag(&mut self, start: usize, found: &mut Anchors<'a>) -> Option<usize> {
        let ends_name =
            |byte: &u8| matches!(*byte, b'\t' | b'\n' | b'\r' | 0xc | b' ' | b'/' | b'>' | 0);
        let name_end = start + 1 + self.bytes[start + 1..].iter().position(ends_name)?;
        let name = self.page.get(start + 1..name_end)?;
        let wanted = name.eq_ignore_ascii_case("a");
        let base = name.eq_ignore_ascii_case("base") && found.base.is_none();

        let mut anchor = Anchor::default();
        let mut base_href = None;
        let mut at = self.gap(name_end);
        while let Some(attribute) = self.attribute(at) {
            at = attribute.end;
            if wanted {
                anchor.set(attribute.name, attribute.value);
            } else if base && base_href.is_none() && attribute.name.eq_ignore_ascii_case("href") {
                base_href = Some(attribute.value.map(unescape));
            }
        }
        at = self.spaces(at);
        let end = match self.bytes.get(at)? {
            b'>' => at + 1,
            b'/' if self.bytes.get(at + 1) == Some(&b'>') => at + 2,
            b'=' | b'/' => return None,
            byte if byte.is_ascii_alphabetic() => return None,
            // Python takes such a tag for text and goes on behind it.
            _ => return Some(at),
        };
        if wanted {
            found.anchors.push(anchor);
        } else if base {
            found.base = base_href.flatten();
        } else if self.bytes[end - 2] != b'/' {
            for opaque in ["script", "style"] {
                if name.eq_ignore_ascii_case(opaque) {
                    return self.end_of_opaque(end, opaque);
                }
            }
        }
        Some(end)
    }

    /// Within scripts and styles nothing counts but their own end tag.
    fn end_of_opaque(&self, mut from: usize, name: &str) -> Option<usize> {
        loop {
            let at = self.find(b"</", from)?;
            let begin = self.spaces(at + 2);
            let end = begin + name.len();
            if self.page.get(begin..end).is_some_and(|other| other.eq_ignore_ascii_case(name)) {
                let close = self.spaces(end);
                if self.bytes.get(close) == Some(&b'>') {
                    return Some(close + 1);
                }
            }
            from = at + 2;
        }
    }

    fn attribute(&self, at: usize) -> Option<Attribute<'a>> {
        let before = self.bytes[at - 1];
        let first = *self.bytes.get(at)?;
        if !(is_space(before) || matches!(before, b'\'' | b'"' | b'/'))
            || is_space(first)
            || matches!(first, b'/' | b'>')
        {
            return None;
        }
        let ends = |byte: &u8| is_space(*byte) || matches!(*byte, b'/' | b'=' | b'>');
        let rest = &self.bytes[at + 1..];
        let name_end = at + 1 + rest.iter().position(ends).unwrap_or(rest.len());
        let name = &self.page[at..name_end];
        let mut sign = self.spaces(name_end);
        if self.bytes.get(sign) != Some(&b'=') {
            return Some(Attribute { name, value: None, end: self.gap(name_end) });
        }
        while self.bytes.get(sign) == Some(&b'=') {
            sign += 1;
        }
        let value_start = self.spaces(sign);
        if let Some(quote @ (b'"' | b'\'')) = self.bytes.get(value_start) {
            return Some(match self.find(&[*quote], value_start + 1) {
                Some(end) => {
                    let value = Some(&self.page[value_start + 1..end]);
                    Attribute { name, value, end: self.gap(end + 1) }
                }
                // A quote that never closes: the value is empty if there is a space to stop at.
                None if value_start > sign => Attribute { name, value: Some(""), end: value_start },
                None => Attribute { name, value: None, end: self.gap(name_end) },
            });
        }
        let ends = |byte: &u8| is_space(*byte) || *byte == b'>';
        let rest = &self.bytes[value_start..];
        let end = value_start + rest.iter().position(ends).unwrap_or(rest.len());
        let value = Some(&self.page[value_start..end]);
        Some(Attribute { name, value, end: self.gap(end) })
    }
}

struct Attribute<'a> {
    name: &'a str,
    value: Option<&'a str>,
    end: usize,
}

impl<'a> Anchor<'a> {
    fn set(&mut self, name: &str, value: Option<&'a str>) {
        let value = value.map(unescape);
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("href") {
            self.href = value;
        } else if is("data-requires-python") {
            self.requires_python = value;
        } else if is("data-yanked") {
            self.yanked = value;
        } else if is("data-core-metadata") {
            self.core_metadata = value;
        } else if is("data-dist-info-metadata") {
            self.dist_info_metadata = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(page: &str) -> Vec<String> {
        anchors(page)
            .anchors
            .into_iter()
            .filter_map(|anchor| anchor.href)
            .map(Cow::into_owned)
            .collect()
    }

    #[test]
    fn ordinary_page() {
        let page = r#"<!DOCTYPE html><html><head><base href="https://h/x/"><base href="other">
            </head><body><a href="a.whl#sha256=1" data-requires-python="&gt;=3.6"
            data-yanked="">a</a><A HREF='b.whl' data-yanked/>b</A></body></html>"#;
        let found = anchors(page);
        assert_eq!(found.base.as_deref(), Some("https://h/x/"));
        assert_eq!(found.anchors.len(), 2);
        assert_eq!(found.anchors[0].requires_python.as_deref(), Some(">=3.6"));
        assert_eq!(found.anchors[0].yanked.as_deref(), Some(""));
        assert_eq!(found.anchors[1].href.as_deref(), Some("b.whl"));
        assert_eq!(found.anchors[1].yanked, None);
    }

    #[test]
    fn what_is_no_anchor() {
        assert_eq!(hrefs("<!-- <a href=x> --><a href=y><abbr href=z>"), ["y"]);
        assert_eq!(hrefs("<script>'<a href=x>'</script><a href=y>"), ["y"]);
        assert_eq!(hrefs("a < b <a href=y>text"), ["y"]);
        assert_eq!(hrefs("<a href=y><a href=\"never closed>"), ["y"]);
        assert_eq!(hrefs("<a href=a href=b>"), ["b"]);
        assert_eq!(hrefs("<![CDATA[ <a href=x> ]]><a href=y>"), ["y"]);
    }
}
