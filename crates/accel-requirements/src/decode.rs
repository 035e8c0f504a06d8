//! From the bytes of a requirement file to text: byte order marks, PEP 263 comments, UTF-8, locale.

use crate::RequirementsError;
use crate::source::Fetched;

/// A requirement file as text, with a warning if the encoding had to be guessed.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) warning: Option<String>,
}

/// Decodes a local file named `place`.
pub(crate) fn decode(data: &[u8], place: &str, locale: &str) -> Result<Decoded, RequirementsError> {
    let certain = |text: Result<String, DecodeError>| {
        text.map(|text| Decoded { text, warning: None }).map_err(|error| error.into_crash(place))
    };
    if let Some((encoding, mark)) = byte_order_mark(data) {
        return certain(decode_as(&data[mark..], encoding));
    }
    if let Some(name) = coding_comment(data) {
        return certain(match Encoding::named(&name) {
            Some(encoding) => decode_as(data, encoding),
            None => Err(DecodeError::UnknownEncoding(name)),
        });
    }
    if let Ok(text) = str::from_utf8(data) {
        return Ok(Decoded { text: text.to_owned(), warning: None });
    }
    let warning = format!(
        "unable to decode data from {place} with default encoding utf-8, falling back to encoding \
         from locale: {locale}. If this is intentional you should specify the encoding with a \
         PEP-263 style comment, e.g. '# -*- coding: {locale} -*-'"
    );
    let text = match Encoding::named(locale) {
        Some(encoding) => decode_as(data, encoding),
        None => Err(DecodeError::UnknownEncoding(locale.to_owned())),
    };
    text.map(|text| Decoded { text, warning: Some(warning) })
        .map_err(|error| error.into_crash(place))
}

/// Decodes a document from a URL as the HTTP library of pip does: by its header only, and never
/// failing.
pub(crate) fn decode_fetched(fetched: &Fetched) -> String {
    let encoding = fetched.content_type.as_deref().and_then(header_encoding);
    match encoding {
        Some(Encoding::Latin1) => fetched.body.iter().map(|byte| char::from(*byte)).collect(),
        Some(encoding) => decode_as(&fetched.body, encoding)
            .unwrap_or_else(|_| String::from_utf8_lossy(&fetched.body).into_owned()),
        None => String::from_utf8_lossy(&fetched.body).into_owned(),
    }
}

fn header_encoding(content_type: &str) -> Option<Encoding> {
    let mut parameters = content_type.split(';');
    let media_type = parameters.next()?.trim();
    for parameter in parameters {
        if let Some((key, value)) = parameter.split_once('=')
            && key.trim().eq_ignore_ascii_case("charset")
        {
            return Encoding::named(value.trim().trim_matches(['\'', '"']));
        }
    }
    // RFC 2616's default for text, which the library still applies.
    media_type.contains("text").then_some(Encoding::Latin1)
}

fn byte_order_mark(data: &[u8]) -> Option<(Encoding, usize)> {
    // UTF-16's little-endian mark is a prefix of UTF-32's, so UTF-32 comes first.
    const MARKS: [(&[u8], Encoding); 5] = [
        (b"\xef\xbb\xbf", Encoding::Utf8),
        (b"\xff\xfe\0\0", Encoding::Utf32 { big: false }),
        (b"\0\0\xfe\xff", Encoding::Utf32 { big: true }),
        (b"\xff\xfe", Encoding::Utf16 { big: false }),
        (b"\xfe\xff", Encoding::Utf16 { big: true }),
    ];
    MARKS.iter().find(|(mark, _)| data.starts_with(mark)).map(|(mark, found)| (*found, mark.len()))
}

/// The encoding named by a comment in one of the first two lines.
fn coding_comment(data: &[u8]) -> Option<String> {
    data.split(|byte| *byte == b'\n').take(2).filter(|line| line.starts_with(b"#")).find_map(
        |line| {
            let mut rest = line;
            loop {
                let at = rest.windows(6).position(|window| window == b"coding")?;
                rest = &rest[at + 6..];
                let Some(after) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))
                else {
                    continue;
                };
                let name: String = after
                    .iter()
                    .skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c))
                    .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
                    .map(|byte| char::from(*byte))
                    .collect();
                if !name.is_empty() {
                    return Some(name);
                }
            }
        },
    )
}

/// The encodings that are read here; files in any other one are left to pip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8Sig,
    Ascii,
    Latin1,
    Latin9,
    Windows1252,
    /// Byte order by its mark, little endian without one.
    Utf16Marked,
    Utf16 {
        big: bool,
    },
    Utf32Marked,
    Utf32 {
        big: bool,
    },
}

impl Encoding {
    fn named(name: &str) -> Option<Self> {
        let key: String =
            name.chars()
                .filter(char::is_ascii)
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '_' }
                })
                .collect();
        Some(match key.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Self::Utf8,
            "utf_8_sig" => Self::Utf8Sig,
            "ascii" | "us_ascii" | "646" | "ansi_x3.4_1968" | "iso646_us" | "iso_646.irv_1991" => {
                Self::Ascii
            }
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "8859"
            | "cp819" | "iso8859" | "iso_8859_1_1987" | "iso_ir_100" => Self::Latin1,
            "iso_8859_15" | "iso8859_15" | "latin_9" | "l9" | "latin9" => Self::Latin9,
            "cp1252" | "windows_1252" | "1252" => Self::Windows1252,
            "utf_16" | "utf16" | "u16" => Self::Utf16Marked,
            "utf_16_le" | "utf_16le" => Self::Utf16 { big: false },
            "utf_16_be" | "utf_16be" => Self::Utf16 { big: true },
            "utf_32" | "utf32" | "u32" => Self::Utf32Marked,
            "utf_32_le" | "utf_32le" => Self::Utf32 { big: false },
            "utf_32_be" | "utf_32be" => Self::Utf32 { big: true },
            _ => return None,
        })
    }
}

enum DecodeError {
    UnknownEncoding(String),
    Invalid(Encoding),
}

impl DecodeError {
    fn into_crash(self, place: &str) -> RequirementsError {
        match self {
            Self::UnknownEncoding(name) => {
                RequirementsError::Encoding { name, place: place.to_owned() }
            }
            Self::Invalid(encoding) => RequirementsError::Crash(format!(
                "could not decode {place}: its bytes are not valid in {encoding:?}"
            )),
        }
    }
}

fn decode_as(data: &[u8], encoding: Encoding) -> Result<String, DecodeError> {
    let invalid = DecodeError::Invalid(encoding);
    let decoded = match encoding {
        Encoding::Utf8 => str::from_utf8(data).ok().map(str::to_owned),
        Encoding::Utf8Sig => str::from_utf8(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data))
            .ok()
            .map(str::to_owned),
        Encoding::Ascii => data.is_ascii().then(|| String::from_utf8_lossy(data).into_owned()),
        Encoding::Latin1 => Some(data.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Latin9 => Some(data.iter().map(|byte| latin9(*byte)).collect()),
        Encoding::Windows1252 => data.iter().map(|byte| windows1252(*byte)).collect(),
        Encoding::Utf16Marked => {
            let (big, skip) = match data {
                [0xfe, 0xff, ..] => (true, 2),
                [0xff, 0xfe, ..] => (false, 2),
                _ => (false, 0),
            };
            return decode_as(&data[skip..], Encoding::Utf16 { big });
        }
        Encoding::Utf32Marked => {
            let (big, skip) = match data {
                [0, 0, 0xfe, 0xff, ..] => (true, 4),
                [0xff, 0xfe, 0, 0, ..] => (false, 4),
                _ => (false, 0),
            };
            return decode_as(&data[skip..], Encoding::Utf32 { big });
        }
        Encoding::Utf16 { big } => {
            let (units, rest) = data.as_chunks::<2>();
            let units = units.iter().map(|pair| {
                if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) }
            });
            char::decode_utf16(units).collect::<Result<_, _>>().ok().filter(|_| rest.is_empty())
        }
        Encoding::Utf32 { big } => {
            let (units, rest) = data.as_chunks::<4>();
            units
                .iter()
                .map(|unit| if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) })
                .map(char::from_u32)
                .collect::<Option<_>>()
                .filter(|_: &String| rest.is_empty())
        }
    };
    decoded.ok_or(invalid)
}

fn latin9(byte: u8) -> char {
    match byte {
        0xa4 => '€',
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        other => char::from(other),
    }
}

fn windows1252(byte: u8) -> Option<char> {
    // From 0x80 on; U+0000 marks the five bytes that mean nothing.
    const HIGH: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";
    match byte {
        0x80..=0x9f => HIGH.chars().nth(usize::from(byte - 0x80)).filter(|c| *c != '\0'),
        other => Some(char::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &[u8]) -> String {
        decode(data, "r.txt", "UTF-8").map_or_else(|e| e.to_string(), |decoded| decoded.text)
    }

    #[test]
    fn marks_win_over_comments() {
        assert_eq!(text(b"\xef\xbb\xbf# coding: latin-1\n\xc3\xa9"), "# coding: latin-1\né");
        assert_eq!(text(b"\xff\xfea\0\n\0"), "a\n");
        assert_eq!(text(b"\xfe\xff\0a"), "a");
        assert_eq!(text(b"\xff\xfe\0\0a\0\0\0"), "a");
    }

    #[test]
    fn comments_count_in_two_lines() {
        assert_eq!(text(b"# -*- coding: latin-1 -*-\n\xe9"), "# -*- coding: latin-1 -*-\né");
        assert_eq!(
            text(b"a\n# vim: fileencoding=cp1252\n\x80"),
            "a\n# vim: fileencoding=cp1252\n€"
        );
        assert!(text(b"#\n#\n# coding: latin-1\n\xe9").starts_with("could not decode"));
        let unknown = "could not decode r.txt: unknown encoding: klingon";
        assert_eq!(text(b"# coding: klingon\n"), unknown);
    }

    #[test]
    fn the_locale_is_the_last_resort() {
        let decoded = decode(b"\xe9", "r.txt", "ISO-8859-1").map_err(|e| e.to_string()).unwrap();
        assert_eq!(decoded.text, "é");
        assert!(decoded.warning.unwrap().starts_with("unable to decode data from r.txt with"));
    }

    #[test]
    fn documents_follow_their_header() {
        let fetch = |content_type: Option<&str>| {
            decode_fetched(&Fetched {
                body: "é".as_bytes().to_vec(),
                content_type: content_type.map(str::to_owned),
            })
        };
        assert_eq!(fetch(None), "é");
        assert_eq!(fetch(Some("text/plain")), "Ã©");
        assert_eq!(fetch(Some("text/plain; charset=\"UTF-8\"")), "é");
        assert_eq!(fetch(Some("application/octet-stream")), "é");
    }
}
