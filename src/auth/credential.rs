//! What a request says of itself in its headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::percent_decode;

use super::{
    key::ApiKey,
    refusal::{Refusal, Unauthenticated},
};

/// The header that names an API key.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The header that says what personal data are read for.
pub const PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
/// The most characters of a purpose.
const MAX_PURPOSE: usize = 200;

/// What a request is sent with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credential<'a> {
    Key(ApiKey),
    Token(&'a str),
}

impl<'a> Credential<'a> {
    /// The credential of a request, if it has one.
    ///
    /// # Errors
    /// What is no credential, and two that are not the same. Nothing that was meant as one is ever passed over.
    pub(super) fn of(headers: &'a HeaderMap) -> Result<Option<Self>, Unauthenticated> {
        let bearer =
            only(headers, header::AUTHORIZATION, "The request has several headers `Authorization`: send one.")?;
        let key = only(headers, API_KEY, "The request has several headers `X-API-Key`: send one.")?;
        let bearer = bearer.map(Self::bearer).transpose()?;
        let key = key.map(Self::key).transpose()?;
        match (bearer, key) {
            (Some(bearer), Some(key)) if bearer != key => Err(Unauthenticated::Two),
            (bearer, key) => Ok(bearer.or(key)),
        }
    }

    fn bearer(value: &'a HeaderValue) -> Result<Self, Unauthenticated> {
        let text = value.to_str().map_err(|_| Unauthenticated::NotAToken)?;
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Unauthenticated::Scheme);
        }
        match rest.trim() {
            "" => Err(Unauthenticated::Malformed("`Authorization: Bearer` has no credential behind it.")),
            key if ApiKey::is_meant(key) => Ok(Self::Key(key.parse()?)),
            token if token.bytes().filter(|byte| *byte == b'.').count() == 2 => Ok(Self::Token(token)),
            _ => Err(Unauthenticated::NotAToken),
        }
    }

    fn key(value: &HeaderValue) -> Result<Self, Unauthenticated> {
        Ok(Self::Key(value.to_str().map_err(|_| Unauthenticated::UnknownKey)?.trim().parse()?))
    }
}

/// The value of a header that may be there once.
fn only<'a>(
    headers: &'a HeaderMap,
    name: HeaderName,
    several: &'static str,
) -> Result<Option<&'a HeaderValue>, Unauthenticated> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Unauthenticated::Malformed(several)),
        (value, None) => Ok(value),
    }
}

/// What a request says that it reads personal data for, if it says so.
///
/// # Errors
/// Several of them, and what is not a text of 1 to 200 printable characters.
pub(super) fn purpose(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(PURPOSE).iter();
    let (value, more) = (values.next(), values.next());
    if more.is_some() {
        return Err(Refusal::Purpose("The request has several headers `X-Purpose`: send one."));
    }
    let Some(value) = value else { return Ok(None) };
    let text = percent_decode(value.as_bytes()).decode_utf8();
    let text = text.map_err(|_| Refusal::Purpose("`X-Purpose` is not UTF-8, as it is or percent-encoded."))?;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_PURPOSE || text.chars().any(char::is_control) {
        return Err(Refusal::Purpose("`X-Purpose` must have 1 to 200 printable characters."));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::key::tests::KEY;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static(""));
        pairs.iter().map(|(name, text)| (name.clone(), value(text))).collect()
    }

    #[test]
    fn a_credential_is_found_and_never_passed_over() {
        let key = || KEY.parse().map(|key| Some(Credential::Key(key)));
        let bearer =
            |text: &str| Credential::of(&headers(&[(header::AUTHORIZATION, text)])).map(|found| found.is_some());
        assert_eq!(Credential::of(&HeaderMap::new()), Ok(None));
        assert_eq!(Credential::of(&headers(&[(API_KEY, KEY)])), key());
        assert_eq!(Credential::of(&headers(&[(header::AUTHORIZATION, &format!("bearer {KEY}"))])), key());
        let same = [(API_KEY, KEY), (header::AUTHORIZATION, &*format!("Bearer {KEY}"))];
        assert_eq!(Credential::of(&headers(&same)), key());
        let two = [(API_KEY, KEY), (header::AUTHORIZATION, "Bearer a.b.c")];
        assert_eq!(Credential::of(&headers(&two)), Err(Unauthenticated::Two));
        assert_eq!(bearer("Bearer a.b.c"), Ok(true));
        for (text, reason) in [
            ("Basic YTpi", Unauthenticated::Scheme),
            ("", Unauthenticated::Scheme),
            (KEY, Unauthenticated::Scheme),
            ("Bearer ä", Unauthenticated::NotAToken),
            ("Bearer abc", Unauthenticated::NotAToken),
            ("Bearer a.b.c.d", Unauthenticated::NotAToken),
            ("Bearer antq_short", Unauthenticated::UnknownKey),
        ] {
            assert_eq!(bearer(text), Err(reason), "{text}");
        }
        assert!(matches!(bearer("Bearer"), Err(Unauthenticated::Malformed(_))));
        assert_eq!(Credential::of(&headers(&[(API_KEY, "")])), Err(Unauthenticated::UnknownKey));
        let twice = headers(&[(API_KEY, KEY), (API_KEY, KEY)]);
        assert!(matches!(Credential::of(&twice), Err(Unauthenticated::Malformed(_))));
    }

    #[test]
    fn a_purpose_is_a_short_text() {
        let of = |text: &str| purpose(&headers(&[(PURPOSE, text)])).ok();
        let text = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(purpose(&HeaderMap::new()).ok(), Some(None));
        assert_eq!(of("tra cứu hồ sơ"), text("tra cứu hồ sơ"));
        assert_eq!(of("tra%20c%E1%BB%A9u"), text("tra cứu"));
        assert_eq!(of("100% sure"), text("100% sure"));
        assert_eq!((of(&"x".repeat(200)), of(&"x".repeat(201))), (text(&"x".repeat(200)), None));
        for wrong in ["", " ", "a%0Ab", "%FF"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
