//! Secrets of the service, and what is made with them: values sealed so that the database alone does not tell them, and
//! keyed hashes by which they are found again.
//!
//! A secret is 32 random bytes under a short name. The first one is used for what is written; the others open what was
//! written before, so that a new secret can be put in front. For each purpose a key of its own is derived (HKDF, RFC 5869).
//! Values are sealed by AES-256-GCM (NIST SP 800-38D) under a random nonce.

use std::{fmt, str::FromStr, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
    rand::{SecureRandom, SystemRandom},
};

/// Bytes of a secret.
const LENGTH: usize = 32;
/// What a sealed value begins with: the way in which it was sealed.
const FORM: &str = "1";

/// What a key is derived for. Values sealed or hashed for one are nothing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The hashes of API keys.
    ApiKey,
    /// The dates of birth of members.
    BirthDate,
    /// The telephone numbers of members.
    Phone,
    /// The identity numbers of members.
    NationalId,
    /// The hashes of what was sent to be written.
    Input,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::ApiKey, Self::BirthDate, Self::Phone, Self::NationalId, Self::Input];

    fn name(self) -> &'static [u8] {
        match self {
            Self::ApiKey => b"antq api key",
            Self::BirthDate => b"antq member birth_date",
            Self::Phone => b"antq member phone",
            Self::NationalId => b"antq member national_id",
            Self::Input => b"antq write input",
        }
    }
}

/// The secrets of a service, the one that is used for writing first. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[Secret]>);

struct Secret {
    name: String,
    /// For each purpose, in their order.
    keys: Vec<Keys>,
}

struct Keys {
    seal: LessSafeKey,
    hash: hmac::Key,
}

/// Why a secret, or what is said to be sealed by one, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not `name:secret`, such as `antq secret` prints.
    #[error(
        "a secret is a name of letters and digits, a colon and {LENGTH} bytes in base64url, as `antq secret` prints it"
    )]
    Form,
    /// Two of one name.
    #[error("two secrets have the same name")]
    Twice,
    /// There is none.
    #[error("there is no secret: set ANTQ_SECRETS to what `antq secret` prints")]
    Missing,
    /// Sealed by a secret that is not there.
    #[error("it was sealed by a secret that is not among those given")]
    Unknown,
    /// Sealed otherwise, for something else, or changed since.
    #[error("it was not sealed by these secrets")]
    Broken,
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Random,
}

impl fmt::Debug for Secrets {
    /// Their names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|secret| &secret.name)).finish()
    }
}

impl FromStr for Secrets {
    type Err = SecretError;

    /// Reads `name:secret`, several of them divided by commas, spaces or line ends.
    fn from_str(text: &str) -> Result<Self, SecretError> {
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|part| !part.is_empty());
        let secrets: Vec<Secret> = parts.map(Secret::read).collect::<Result<_, _>>()?;
        let twice = |(index, secret): (usize, &Secret)| secrets[..index].iter().any(|other| other.name == secret.name);
        match secrets.iter().enumerate().any(twice) {
            true => Err(SecretError::Twice),
            false => Ok(Self(secrets.into())),
        }
    }
}

impl Secret {
    fn read(text: &str) -> Result<Self, SecretError> {
        let (name, secret) = text.split_once(':').ok_or(SecretError::Form)?;
        let sound = (1..=16).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bytes = URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| sound && bytes.len() == LENGTH);
        let bytes = bytes.ok_or(SecretError::Form)?;
        let keys = Purpose::ALL.into_iter().map(|purpose| Keys::derive(&bytes, purpose));
        Ok(Self { name: name.to_owned(), keys: keys.collect::<Result<_, _>>()? })
    }
}

impl Keys {
    fn derive(secret: &[u8], purpose: Purpose) -> Result<Self, SecretError> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret);
        let derive = |what: &[u8]| {
            let mut key = [0; LENGTH];
            let info = [purpose.name(), what];
            let derived = secret.expand(&info, hkdf::HKDF_SHA256);
            derived.and_then(|derived| derived.fill(&mut key)).map_err(|_| SecretError::Form)?;
            Ok(key)
        };
        let seal = UnboundKey::new(&AES_256_GCM, &derive(b" seal")?).map_err(|_| SecretError::Form)?;
        Ok(Self { seal: LessSafeKey::new(seal), hash: hmac::Key::new(hmac::HMAC_SHA256, &derive(b" hash")?) })
    }
}

impl Secrets {
    /// A new secret under a name, as [`Self::from_str`] reads it.
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn generate(name: &str) -> Result<String, SecretError> {
        Ok(format!("{name}:{}", random_token()?))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Seals a value by the first secret. The text tells its length, and nothing else of it.
    ///
    /// # Errors
    /// [`SecretError::Missing`], [`SecretError::Random`].
    pub fn seal(&self, purpose: Purpose, value: &str) -> Result<String, SecretError> {
        let secret = self.0.first().ok_or(SecretError::Missing)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SecretError::Random)?;
        let mut sealed = value.as_bytes().to_vec();
        let key = &secret.keys[purpose as usize].seal;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose.name()), &mut sealed)
            .map_err(|_| SecretError::Broken)?;
        Ok(format!("{FORM}:{}:{}", secret.name, URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())))
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`SecretError::Unknown`] and [`SecretError::Broken`].
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Result<String, SecretError> {
        let mut parts = sealed.splitn(3, ':');
        let (Some(FORM), Some(name), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SecretError::Broken);
        };
        let secret = self.0.iter().find(|secret| secret.name == name).ok_or(SecretError::Unknown)?;
        let mut bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| SecretError::Broken)?;
        let (nonce, value) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(SecretError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SecretError::Broken)?;
        let key = &secret.keys[purpose as usize].seal;
        let opened = key.open_in_place(nonce, Aad::from(purpose.name()), value).map_err(|_| SecretError::Broken)?;
        std::str::from_utf8(opened).map(str::to_owned).map_err(|_| SecretError::Broken)
    }

    /// The keyed hashes of a value by each secret, the one that is written first: equal values have equal hashes, and
    /// without the secrets nobody can tell which value one is of.
    pub fn hashes(&self, purpose: Purpose, value: &str) -> Vec<String> {
        let hash = |secret: &Secret| {
            let tag = hmac::sign(&secret.keys[purpose as usize].hash, value.as_bytes());
            format!("{}:{}", secret.name, URL_SAFE_NO_PAD.encode(tag))
        };
        self.0.iter().map(hash).collect()
    }
}

/// 32 random bytes as 43 letters, digits, `-` and `_`.
///
/// # Errors
/// [`SecretError::Random`].
pub fn random_token() -> Result<String, SecretError> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SecretError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(names: &[&str]) -> (String, Secrets) {
        let texts: Vec<String> = names.iter().map(|name| Secrets::generate(name).unwrap_or_default()).collect();
        let text = texts.join(",");
        let secrets = text.parse().unwrap_or_default();
        (text, secrets)
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_secret_for_the_same_purpose() {
        let (text, old) = secrets(&["a"]);
        let sealed = old.seal(Purpose::Phone, "0199 000 111").unwrap_or_default();
        assert!(sealed.starts_with("1:a:") && !sealed.contains("0199"), "{sealed}");
        assert_ne!(old.seal(Purpose::Phone, "0199 000 111"), Ok(sealed.clone()), "nonces are random");
        assert_eq!(old.open(Purpose::Phone, &sealed).as_deref(), Ok("0199 000 111"));
        assert_eq!(old.open(Purpose::NationalId, &sealed), Err(SecretError::Broken));
        let (_, other) = secrets(&["b"]);
        assert_eq!(other.open(Purpose::Phone, &sealed), Err(SecretError::Unknown));
        assert_eq!(secrets(&["a"]).1.open(Purpose::Phone, &sealed), Err(SecretError::Broken));
        // A new secret in front: what was sealed before is opened, and found by its hash.
        let rotated: Secrets = format!("{} {text}", secrets(&["c"]).0).parse().unwrap_or_default();
        assert_eq!(rotated.open(Purpose::Phone, &sealed).as_deref(), Ok("0199 000 111"));
        assert_eq!(rotated.hashes(Purpose::Phone, "1")[1..], old.hashes(Purpose::Phone, "1"));
        assert!(rotated.seal(Purpose::Phone, "1").is_ok_and(|sealed| sealed.starts_with("1:c:")));
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let (_, secrets) = secrets(&["a"]);
        let sealed = secrets.seal(Purpose::BirthDate, "1970-01-01").unwrap_or_default();
        for (index, _) in sealed.char_indices() {
            let mut changed = sealed.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap_or_default();
            assert!(secrets.open(Purpose::BirthDate, &changed).is_err(), "{changed}");
        }
        assert_eq!(secrets.open(Purpose::BirthDate, ""), Err(SecretError::Broken));
    }

    #[test]
    fn hashes_are_the_same_for_the_same_value_only() {
        let (_, secrets) = secrets(&["a"]);
        assert_eq!(secrets.hashes(Purpose::Phone, "1"), secrets.hashes(Purpose::Phone, "1"));
        assert_ne!(secrets.hashes(Purpose::Phone, "1"), secrets.hashes(Purpose::Phone, "2"));
        assert_ne!(secrets.hashes(Purpose::Phone, "1"), secrets.hashes(Purpose::NationalId, "1"));
    }

    #[test]
    fn texts_that_are_no_secrets_are_refused() {
        let good = random_token().unwrap_or_default();
        let texts = ["a", "a:", "a:abc", &format!(":{good}"), &format!("a b:{good}"), &format!("ä:{good}")];
        for text in texts {
            assert_eq!(text.parse::<Secrets>().err(), Some(SecretError::Form), "{text}");
        }
        assert_eq!(format!("a:{good},a:{good}").parse::<Secrets>().err(), Some(SecretError::Twice));
        assert!("".parse::<Secrets>().is_ok_and(|none| none.is_empty()));
        assert_eq!(Secrets::default().seal(Purpose::Phone, "1"), Err(SecretError::Missing));
    }
}
