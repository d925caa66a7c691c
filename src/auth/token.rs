//! Signed tokens (JWT, RFC 7519, in the compact form of RFC 7515): read, checked, and what they say of their bearer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::{Scope, Scopes, key_set::PublicKey, refusal::Unauthenticated};

/// How far the clocks of the issuer and of this machine may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// What may stand before the name of a scope, where an issuer serves others too.
const OURS: &str = "antq:";

/// What a token must say to be for this service.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The issuer (`iss`).
    pub issuer: String,
    /// The service (`aud`).
    pub audience: String,
    /// The claim with the scopes: its name, or the way to it with dots between, such as `realm_access.roles`.
    pub scopes_claim: String,
}

/// A token that is not checked yet.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// What is signed.
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    header: Header,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood: there is none that is.
    crit: Option<Value>,
}

/// Whom a good token is of, and what they may do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) subject: String,
    pub(super) scopes: Scopes,
    /// The places that they are limited to; all if there is nothing.
    pub(super) places: Option<PlaceCodes>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Places by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PlaceCodes {
    pub(super) cities: Vec<String>,
    pub(super) wards: Vec<String>,
}

impl<'a> Token<'a> {
    /// Reads a token's outside: nothing in it is believed yet.
    ///
    /// # Errors
    /// [`Unauthenticated::NotAToken`], and [`Unauthenticated::Algorithm`] for one that asks for what is not understood.
    pub(super) fn read(text: &'a str) -> Result<Self, Unauthenticated> {
        let parts = text.rsplit_once('.').and_then(|(message, signature)| {
            let (header, payload) = message.split_once('.')?;
            Some((message, header, payload, URL_SAFE_NO_PAD.decode(signature).ok()?))
        });
        let (message, header, payload, signature) = parts.ok_or(Unauthenticated::NotAToken)?;
        let header: Header = json(header)?;
        match header.crit {
            Some(_) => Err(Unauthenticated::Algorithm),
            None => Ok(Self { message, payload, signature, header }),
        }
    }

    /// The id of its key, if it names one.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The algorithm that it says it is signed by.
    pub(super) fn algorithm(&self) -> &str {
        &self.header.alg
    }

    /// What it says, once it is known to be signed by `key`, to be of the right issuer, for this service, and of now.
    ///
    /// # Errors
    /// Why it is not good: the first reason of these.
    pub(super) fn identity(
        &self,
        key: &PublicKey,
        expected: &Expected,
        now: DateTime<Utc>,
    ) -> Result<Identity, Unauthenticated> {
        key.check(self.message.as_bytes(), &self.signature)?;
        let claims: Value = json(self.payload)?;
        if text(&claims, "iss")? != expected.issuer {
            return Err(Unauthenticated::Issuer);
        }
        let audience = texts(&claims, "aud")?.ok_or(Unauthenticated::Claim("aud"))?;
        if !audience.contains(&expected.audience) {
            return Err(Unauthenticated::Audience);
        }
        let expires_at = moment(&claims, "exp")?.ok_or(Unauthenticated::Claim("exp"))?;
        if expires_at <= now - LEEWAY {
            return Err(Unauthenticated::TokenExpired(expires_at));
        }
        if let Some(from) = moment(&claims, "nbf")?.filter(|from| *from > now + LEEWAY) {
            return Err(Unauthenticated::TokenNotYet(from));
        }
        let subject = text(&claims, "sub")?.to_owned();
        Ok(Identity { subject, scopes: scopes(&claims, &expected.scopes_claim), places: places(&claims)?, expires_at })
    }
}

/// A part of a token.
fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Unauthenticated> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Unauthenticated::NotAToken)?;
    serde_json::from_slice(&bytes).map_err(|_| Unauthenticated::NotAToken)
}

/// A claim that is a text.
fn text<'a>(claims: &'a Value, name: &'static str) -> Result<&'a str, Unauthenticated> {
    claims.get(name).and_then(Value::as_str).ok_or(Unauthenticated::Claim(name))
}

/// A claim that is one text or several.
fn texts(claims: &Value, name: &'static str) -> Result<Option<Vec<String>>, Unauthenticated> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(list)) => {
            let list = list.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>();
            list.map(Some).ok_or(Unauthenticated::Claim(name))
        }
        Some(_) => Err(Unauthenticated::Claim(name)),
    }
}

/// A claim that is a moment, in seconds since 1970; parts of a second do not count.
fn moment(claims: &Value, name: &'static str) -> Result<Option<DateTime<Utc>>, Unauthenticated> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "what is beyond all times is no moment either way")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    // So near the end of all times that no leeway could be added.
    let usual = moment.filter(|moment| moment.timestamp().abs() < 1 << 40);
    usual.map(Some).ok_or(Unauthenticated::Claim(name))
}

/// The scopes of ours in a claim: its texts, or the words of its one text. Others are for other services.
fn scopes(claims: &Value, claim: &str) -> Scopes {
    let deeper = || claim.split('.').try_fold(claims, |value, name| value.get(name));
    let words: Vec<&str> = match claims.get(claim).or_else(deeper) {
        Some(Value::String(text)) => text.split_whitespace().collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    words.into_iter().filter_map(|word| Scope::named(word.strip_prefix(OURS).unwrap_or(word))).collect()
}

/// The places in the claims `antq_cities` and `antq_wards`: lists of codes, or texts of codes with spaces between them.
fn places(claims: &Value) -> Result<Option<PlaceCodes>, Unauthenticated> {
    let codes = |name| {
        let texts = texts(claims, name)?;
        let words = |texts: Vec<String>| {
            texts.iter().flat_map(|text| text.split_whitespace().map(str::to_owned)).collect::<Vec<_>>()
        };
        Ok(texts.map(words))
    };
    Ok(match (codes("antq_cities")?, codes("antq_wards")?) {
        (None, None) => None,
        (cities, wards) => Some(PlaceCodes { cities: cities.unwrap_or_default(), wards: wards.unwrap_or_default() }),
    })
}

#[cfg(test)]
mod tests;
