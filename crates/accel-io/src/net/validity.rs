//! When a certificate holds, which webpki says only of those that an authority signed.

use accel_types::moment;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

/// Holds `now` against the `Validity` of a certificate in DER (RFC 5280, 4.1).
pub(super) fn check(certificate: &[u8], now: UnixTime) -> Result<(), CertificateError> {
    let (from, to) = validity(certificate).ok_or(CertificateError::BadEncoding)?;
    match now.as_secs() {
        now if now < from => Err(CertificateError::NotValidYet),
        now if now > to => Err(CertificateError::Expired),
        _ => Ok(()),
    }
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]`, which holds the version where it is not the first one.
const VERSION: u8 = 0xa0;

/// `notBefore` and `notAfter` in seconds since 1970.
fn validity(mut certificate: &[u8]) -> Option<(u64, u64)> {
    let mut signed = member(SEQUENCE, &mut certificate)?;
    let mut fields = member(SEQUENCE, &mut signed)?;
    if fields.first() == Some(&VERSION) {
        member(VERSION, &mut fields)?;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        // Serial number, algorithm, issuer.
        member(tag, &mut fields)?;
    }
    let mut times = member(SEQUENCE, &mut fields)?;
    Some((time(&mut times)?, time(&mut times)?))
}

/// Takes a value with this tag off the start.
fn member<'a>(tag: u8, bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (found, value) = value(bytes)?;
    (found == tag).then_some(value)
}

/// Takes a value off the start: its tag and its contents.
fn value<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (long, after) = rest.split_at_checked(length - 0x80).filter(|(it, _)| it.len() <= 4)?;
        length = long.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = after;
    }
    let (contents, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some((*tag, contents))
}

/// Takes a time off the start.
fn time(bytes: &mut &[u8]) -> Option<u64> {
    let (tag, text) = value(bytes)?;
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let text = match tag {
        // Two digits of a year mean 1950 to 2049.
        UTC_TIME if text < "5" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    let (day, clock) = (part(6..8), [part(8..10), part(10..12), part(12..14)].join(":"));
    let written = format!("{}-{}-{day}T{clock}{}", part(0..4), part(4..6), text.get(14..)?);
    u64::try_from(moment::from_iso_format(&written)? / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        let mut bytes = vec![tag];
        match u8::try_from(contents.len()) {
            Ok(length) if length < 0x80 => bytes.push(length),
            _ => {
                bytes.push(0x82);
                bytes.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
            }
        }
        bytes.extend(contents);
        bytes
    }

    fn certificate(version: bool, from: (u8, &str), to: (u8, &str)) -> Vec<u8> {
        let version = if version { der(VERSION, &[&[2, 1, 2]]) } else { Vec::new() };
        let time = |(tag, text): (u8, &str)| der(tag, &[text.as_bytes()]);
        let issuer = der(SEQUENCE, &[&[0; 200]]);
        let fields = [
            version,
            der(INTEGER, &[&[7]]),
            der(SEQUENCE, &[]),
            issuer,
            der(SEQUENCE, &[&time(from), &time(to)]),
        ];
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        der(SEQUENCE, &[&der(SEQUENCE, &fields)])
    }

    #[test]
    fn certificates_hold_from_one_time_to_the_other() {
        let at = |seconds: u64| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let one = certificate(true, (UTC_TIME, "700101000100Z"), (UTC_TIME, "200101000000Z"));
        assert_eq!(check(&one, at(59)), Err(CertificateError::NotValidYet));
        assert_eq!(check(&one, at(60)), Ok(()));
        assert_eq!(check(&one, at(1_577_836_800)), Ok(()));
        assert_eq!(check(&one, at(1_577_836_801)), Err(CertificateError::Expired));
        let (from, to) = ((UTC_TIME, "491231235959Z"), (GENERALIZED_TIME, "29991231235959Z"));
        let two = certificate(false, from, to);
        assert_eq!(check(&two, at(2_524_607_998)), Err(CertificateError::NotValidYet));
        assert_eq!(check(&two, at(2_524_608_000)), Ok(()));
    }

    #[test]
    fn what_is_no_certificate_holds_never() {
        let sound = certificate(true, (UTC_TIME, "200101000000Z"), (UTC_TIME, "300101000000Z"));
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        assert_eq!(check(&sound, now), Ok(()));
        for length in 0..sound.len() {
            assert_eq!(check(&sound[..length], now), Err(CertificateError::BadEncoding));
        }
        for text in ["20010100000Z", "209901000000Z", "", "äääääää", "200101000000+0100x"] {
            let odd = certificate(true, (UTC_TIME, text), (UTC_TIME, "300101000000Z"));
            assert_eq!(check(&odd, now), Err(CertificateError::BadEncoding), "{text}");
        }
    }
}
