//! API keys as their holders have them: `antq_` and 32 random bytes, by which those who look for secrets in the wrong places
//! know one.

use std::{fmt, str::FromStr};

use super::refusal::Unauthenticated;
use crate::secrets::{Purpose, SecretError, Secrets, random_token};

/// What every key begins with.
const PREFIX: &str = "antq_";
/// The letters behind it.
const LETTERS: usize = 43;

/// A key. It is shown once, when it is made, and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl fmt::Debug for ApiKey {
    /// Nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

impl FromStr for ApiKey {
    type Err = Unauthenticated;

    /// # Errors
    /// [`Unauthenticated::UnknownKey`] for what cannot be one.
    fn from_str(text: &str) -> Result<Self, Unauthenticated> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let random = text.strip_prefix(PREFIX).filter(|random| random.len() == LETTERS && random.bytes().all(letter));
        random.map(|_| Self(text.to_owned())).ok_or(Unauthenticated::UnknownKey)
    }
}

impl ApiKey {
    /// A new one.
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn generate() -> Result<Self, SecretError> {
        Ok(Self(format!("{PREFIX}{}", random_token()?)))
    }

    /// Whether a text means to be one.
    pub(super) fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The key itself, for its holder.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it, by each secret, the one to write first. It is looked up by these, so that how long that takes
    /// tells nothing of any key: who does not know the secrets cannot choose a hash.
    pub fn hashes(&self, secrets: &Secrets) -> Vec<String> {
        secrets.hashes(Purpose::ApiKey, &self.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::auth) const KEY: &str = "antq_0123456789abcdefghijABCDEFGHIJ-_01234567890";

    #[test]
    fn a_key_has_a_form() {
        assert!(KEY.parse::<ApiKey>().is_ok());
        let made = ApiKey::generate().map(|key| key.reveal().parse::<ApiKey>() == Ok(key));
        assert_eq!(made, Ok(true));
        for text in ["", "antq_", &KEY[1..], &KEY[..47], &format!("{KEY}0"), &KEY.replace('-', "+")] {
            assert!(text.parse::<ApiKey>().is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", KEY.parse::<ApiKey>()), "Ok(ApiKey)");
    }
}
