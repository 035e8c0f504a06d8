//! Text files as Python reads them: UTF-8 or a complaint, and one kind of line end.

/// The text of a file, or what Python says where it is not UTF-8.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let (start, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        complaint(bytes, start, error.utf8_error().error_len())
    })?;
    if !text.contains('\r') {
        return Ok(text);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// `str(UnicodeDecodeError)`.
fn complaint(bytes: &[u8], start: usize, length: Option<usize>) -> String {
    let first = bytes.get(start).copied().unwrap_or_default();
    let end = length.map_or(bytes.len(), |length| start + length);
    let reason = match (first, length) {
        (0x80..=0xc1 | 0xf5..=0xff, _) => "invalid start byte",
        (_, None) => "unexpected end of data",
        _ => "invalid continuation byte",
    };
    if end == start + 1 {
        return format!(
            "'utf-8' codec can't decode byte 0x{first:02x} in position {start}: {reason}"
        );
    }
    format!("'utf-8' codec can't decode bytes in position {start}-{}: {reason}", end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_bytes_are_told_as_python_tells_them() {
        for (bytes, words) in [
            (&b"ab\xe9x"[..], "byte 0xe9 in position 2: invalid continuation byte"),
            (b"\xff", "byte 0xff in position 0: invalid start byte"),
            (b"a\xe2\x82", "bytes in position 1-2: unexpected end of data"),
            (b"a\xe2\x82x", "bytes in position 1-2: invalid continuation byte"),
        ] {
            let words = format!("'utf-8' codec can't decode {words}");
            assert_eq!(decode(bytes.to_vec()), Err(words));
        }
        assert_eq!(decode(b"a\r\nb\rc".to_vec()).as_deref(), Ok("a\nb\nc"));
    }
}
