//! Who may put things on shared shelves: keys that sign and keys that only verify.
//!
//! | text | what |
//! |---|---|
//! | `ed25519-secret:BASE64` | signs and verifies: for machines that build |
//! | `ed25519-public:BASE64` | verifies what the secret key has signed: for everybody else |
//! | anything else | a secret that all machines share (HMAC-SHA256) |
//!
//! Several keys may be given, so that keys can be changed: the first that can signs, all verify.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom as _;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use ring::{digest, hmac, rand};

/// What stands where a signature would.
const UNSIGNED: &str = "unsigned";

/// A shared secret is no shorter.
const SHORTEST: usize = 16;

/// A key that cannot be used. The key itself is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Too short to be a secret.
    #[error("a key of the shared cache has fewer than {SHORTEST} characters")]
    Short,
    /// Not 32 bytes in base64.
    #[error("a key of the shared cache is not `{0}` and 32 bytes in base64")]
    Ed25519(&'static str),
    /// No random numbers.
    #[error("this system gives no random numbers")]
    Random,
}

enum Key {
    Secret(hmac::Key),
    Pair(Box<Ed25519KeyPair>),
    Public(Vec<u8>),
}

/// Keys, and whether what nobody has signed is believed.
pub struct Keyring {
    keys: Vec<(String, Key)>,
    allow_unsigned: bool,
}

/// Whether something can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    Unsigned,
    UnknownKey,
    Forged,
}

const SECRET: &str = "ed25519-secret:";
const PUBLIC: &str = "ed25519-public:";

impl Keyring {
    /// The keys of these texts.
    pub fn new(texts: &[String], allow_unsigned: bool) -> Result<Self, TrustError> {
        let keys = texts.iter().map(|text| key(text.trim())).collect::<Result<_, _>>()?;
        Ok(Self { keys, allow_unsigned })
    }

    /// Whether others could believe what is put there.
    pub fn can_sign(&self) -> bool {
        self.allow_unsigned || self.signer().is_some()
    }

    fn signer(&self) -> Option<&(String, Key)> {
        self.keys.iter().find(|(_, key)| !matches!(key, Key::Public(_)))
    }

    /// A line that vouches for a message.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        match self.signer() {
            Some((id, Key::Secret(key))) => {
                format!("hmac-sha256 {id} {}", STANDARD.encode(hmac::sign(key, message)))
            }
            Some((id, Key::Pair(pair))) => {
                format!("ed25519 {id} {}", STANDARD.encode(pair.sign(message)))
            }
            Some((_, Key::Public(_))) | None => UNSIGNED.to_owned(),
        }
    }

    /// Whether one of the keys vouches for a message.
    pub(super) fn verify(&self, message: &[u8], line: &str) -> Verdict {
        if line == UNSIGNED {
            return if self.allow_unsigned { Verdict::Good } else { Verdict::Unsigned };
        }
        let mut words = line.split(' ');
        let (Some(kind), Some(id), Some(signature), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Verdict::Forged;
        };
        let Ok(signature) = STANDARD.decode(signature) else { return Verdict::Forged };
        let Some((_, key)) = self.keys.iter().find(|(known, _)| known == id) else {
            return Verdict::UnknownKey;
        };
        let good = match (kind, key) {
            ("hmac-sha256", Key::Secret(key)) => hmac::verify(key, message, &signature).is_ok(),
            ("ed25519", Key::Pair(pair)) => {
                let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
                public.verify(message, &signature).is_ok()
            }
            ("ed25519", Key::Public(public)) => {
                UnparsedPublicKey::new(&ED25519, public).verify(message, &signature).is_ok()
            }
            _ => false,
        };
        if good { Verdict::Good } else { Verdict::Forged }
    }
}

fn key(text: &str) -> Result<(String, Key), TrustError> {
    let decoded = |text: &str, kind| {
        STANDARD.decode(text).ok().filter(|it| it.len() == 32).ok_or(TrustError::Ed25519(kind))
    };
    if let Some(text) = text.strip_prefix(SECRET) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&decoded(text, SECRET)?)
            .map_err(|_| TrustError::Ed25519(SECRET))?;
        let id = id(pair.public_key().as_ref());
        return Ok((id, Key::Pair(Box::new(pair))));
    }
    if let Some(text) = text.strip_prefix(PUBLIC) {
        let public = decoded(text, PUBLIC)?;
        return Ok((id(&public), Key::Public(public)));
    }
    if text.len() < SHORTEST {
        return Err(TrustError::Short);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
    // Of a secret not even a plain digest is given away.
    let named = hmac::sign(&key, b"pip-accel key id");
    Ok((id(named.as_ref()), Key::Secret(key)))
}

/// A short name of a key.
fn id(public: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, public);
    accel_io::digest::hex(&digest.as_ref()[..6])
}

/// A new secret key and its public one, as texts.
pub fn new_pair() -> Result<(String, String), TrustError> {
    let mut seed = [0; 32];
    rand::SystemRandom::new().fill(&mut seed).map_err(|_| TrustError::Random)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| TrustError::Random)?;
    let public = STANDARD.encode(pair.public_key().as_ref());
    Ok((format!("{SECRET}{}", STANDARD.encode(seed)), format!("{PUBLIC}{public}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(texts: &[&str]) -> Keyring {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Keyring::new(&texts, false).unwrap()
    }

    #[test]
    fn who_believes_whom() {
        let (secret, public) = new_pair().unwrap();
        let (_, stranger) = new_pair().unwrap();
        let (builder, laptop) = (ring(&[&secret]), ring(&[&public]));
        let line = builder.sign(b"message");
        assert_eq!(laptop.verify(b"message", &line), Verdict::Good);
        assert_eq!(builder.verify(b"message", &line), Verdict::Good);
        assert_eq!(laptop.verify(b"massage", &line), Verdict::Forged);
        assert_eq!(ring(&[&stranger]).verify(b"message", &line), Verdict::UnknownKey);
        assert_eq!(ring(&[&stranger, &public]).verify(b"message", &line), Verdict::Good);
        assert!(builder.can_sign() && !laptop.can_sign());

        let (ours, theirs) = (ring(&["a shared secret of ours"]), ring(&["another shared secret"]));
        let line = ours.sign(b"message");
        assert_eq!(ours.verify(b"message", &line), Verdict::Good);
        assert_eq!(theirs.verify(b"message", &line), Verdict::UnknownKey);
        let renamed = line.replace("hmac-sha256", "ed25519");
        assert_eq!(ours.verify(b"message", &renamed), Verdict::Forged);
        for wrong in ["", "hmac-sha256", "hmac-sha256 a b c", "hmac-sha256 a !"] {
            assert_eq!(ours.verify(b"message", wrong), Verdict::Forged, "{wrong}");
        }
    }

    #[test]
    fn what_nobody_signed() {
        let strict = ring(&[]);
        assert!(!strict.can_sign());
        let line = strict.sign(b"message");
        assert_eq!(strict.verify(b"message", &line), Verdict::Unsigned);
        let trusting = Keyring::new(&[], true).unwrap();
        assert!(trusting.can_sign());
        assert_eq!(trusting.verify(b"message", &line), Verdict::Good);
    }

    #[test]
    fn keys_that_are_none() {
        let error = |text: &str| Keyring::new(&[text.to_owned()], false).err();
        assert_eq!(error("too short"), Some(TrustError::Short));
        assert_eq!(error("ed25519-public:AAAA"), Some(TrustError::Ed25519(PUBLIC)));
        assert_eq!(error("ed25519-secret:not base64!"), Some(TrustError::Ed25519(SECRET)));
    }
}
