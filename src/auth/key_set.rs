//! The public keys of an issuer, as it publishes them (JWK Set, RFC 7517).
//!
//! Which algorithm a signature is checked by, the key says by its type, and never the token alone: RSA keys check RS256, P-256
//! keys ES256, Ed25519 keys EdDSA (RFC 7518, RFC 8037). There is no other, so that neither `none` nor a public key taken for
//! a shared secret can pass. The checks themselves are ring's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

use super::refusal::Unauthenticated;

/// The keys that signatures can be checked by; those of other kinds and for other uses are left out.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<PublicKey>);

/// One of them.
#[derive(Debug)]
pub(super) struct PublicKey {
    id: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    /// Modulus and exponent, of 2,048 bits at least.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point, uncompressed.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key as it is published.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document `{"keys": […]}`; `None` if it is none.
    pub(super) fn read(document: &serde_json::Value) -> Option<Self> {
        let keys = document.get("keys")?.as_array()?.iter();
        // One that cannot be read is one that cannot be used.
        Some(Self(keys.filter_map(|key| PublicKey::read(Jwk::deserialize(key).ok()?)).collect()))
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a token that names this id and algorithm. A token without an id is by the only key that there is.
    ///
    /// # Errors
    /// [`Unauthenticated::UnknownKeyId`], and [`Unauthenticated::Algorithm`] where the key is there and of another one.
    pub(super) fn find(&self, id: Option<&str>, algorithm: &str) -> Result<&PublicKey, Unauthenticated> {
        let named = |key: &&PublicKey| match id {
            Some(id) => key.id.as_deref() == Some(id),
            None => self.0.len() == 1,
        };
        let mut keys = self.0.iter().filter(named).peekable();
        keys.peek().ok_or(Unauthenticated::UnknownKeyId)?;
        keys.find(|key| key.checks(algorithm)).ok_or(Unauthenticated::Algorithm)
    }
}

impl PublicKey {
    fn read(key: Jwk) -> Option<Self> {
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let material = match (key.kty.as_str(), key.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: bytes(key.n)?, e: bytes(key.e)? },
            ("EC", Some("P-256")) => Material::P256([vec![4], bytes(key.x)?, bytes(key.y)?].concat()),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(key.x)?),
            _ => return None,
        };
        let read = Self { id: key.kid, material };
        let signs = key.r#use.is_none_or(|of| of == "sig")
            && key.key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"))
            && key.alg.is_none_or(|algorithm| read.checks(&algorithm));
        signs.then_some(read)
    }

    /// Whether signatures by this algorithm are checked by such a key; `Ed25519` is the newer name of `EdDSA` (RFC 9864).
    fn checks(&self, algorithm: &str) -> bool {
        match self.material {
            Material::Rsa { .. } => algorithm == "RS256",
            Material::P256(_) => algorithm == "ES256",
            Material::Ed25519(_) => ["EdDSA", "Ed25519"].contains(&algorithm),
        }
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Unauthenticated::Signature`].
    pub(super) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Unauthenticated> {
        let checked = match &self.material {
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Material::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Material::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        checked.map_err(|_| Unauthenticated::Signature)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_keys_that_check_signatures_are_read() {
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "1" });
        let with = |name: &str, value: serde_json::Value| {
            let mut key = ed25519.clone();
            key[name] = value;
            KeySet::read(&json!({ "keys": [key] })).map(|keys| keys.0.len())
        };
        assert_eq!(with("use", json!("sig")), Some(1));
        assert_eq!(with("alg", json!("Ed25519")), Some(1));
        assert_eq!(with("key_ops", json!(["verify"])), Some(1));
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("RS256")),
            ("key_ops", json!(["sign"])),
            ("kty", json!("oct")),
            ("crv", json!("X25519")),
            ("x", json!("+")),
            ("x", json!(1)),
        ] {
            assert_eq!(with(name, value.clone()), Some(0), "{name} {value}");
        }
        assert!(KeySet::read(&json!({ "keys": {} })).is_none() && KeySet::read(&json!([])).is_none());
    }

    #[test]
    fn a_key_is_found_by_its_id_and_its_own_algorithm() {
        let key = |id: &str| json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": id });
        let keys = |ids: &[&str]| {
            let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
            KeySet::read(&json!({ "keys": keys })).unwrap_or_default()
        };
        let find = |keys: &KeySet, id, algorithm| keys.find(id, algorithm).map(|key| key.id.clone());
        assert_eq!(find(&keys(&["a", "b"]), Some("b"), "EdDSA"), Ok(Some("b".to_owned())));
        assert_eq!(find(&keys(&["a", "b"]), Some("b"), "RS256"), Err(Unauthenticated::Algorithm));
        assert_eq!(find(&keys(&["a", "b"]), Some("c"), "EdDSA"), Err(Unauthenticated::UnknownKeyId));
        assert_eq!(find(&keys(&["a", "b"]), None, "EdDSA"), Err(Unauthenticated::UnknownKeyId));
        assert_eq!(find(&keys(&["a"]), None, "EdDSA"), Ok(Some("a".to_owned())));
        assert_eq!(find(&keys(&[]), None, "EdDSA"), Err(Unauthenticated::UnknownKeyId));
    }
}
