//! What a token may say, and at which second it ends. Signatures of all kinds are tested where tokens come from an issuer.

use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;

use super::*;
use crate::auth::key_set::KeySet;

const NOW: i64 = 1_800_000_000;

/// A key of the test's own, and its public half as an issuer has it.
fn pair() -> (Ed25519KeyPair, KeySet) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes");
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1" }] });
    (pair, KeySet::read(&keys).unwrap_or_default())
}

fn claims() -> Value {
    json!({ "iss": "https://id", "aud": "antq", "sub": "staff-1", "exp": NOW + 100 })
}

/// What comes of a token with this header and these claims, `after` so many seconds.
fn read(header: &Value, claims: &Value, after: i64) -> Result<Identity, Unauthenticated> {
    let (pair, keys) = pair();
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let message = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    let text = format!("{message}.{signature}");
    let token = Token::read(&text)?;
    let key = keys.find(token.key_id(), token.algorithm())?;
    let expected =
        Expected { issuer: "https://id".to_owned(), audience: "antq".to_owned(), scopes_claim: "a.b".to_owned() };
    token.identity(key, &expected, DateTime::from_timestamp(NOW + after, 0).unwrap_or_default())
}

fn with(name: &str, value: Value) -> Result<Identity, Unauthenticated> {
    let mut claims = claims();
    claims[name] = value;
    read(&json!({ "alg": "EdDSA" }), &claims, 0)
}

#[test]
fn a_token_ends_at_its_second_and_a_minute() {
    let header = json!({ "alg": "EdDSA", "kid": "1", "typ": "JWT" });
    let after = |seconds| read(&header, &claims(), seconds).map(|identity| identity.subject);
    assert_eq!(after(159), Ok("staff-1".to_owned()));
    for late in [160, 161] {
        assert!(matches!(after(late), Err(Unauthenticated::TokenExpired(_))), "{late}");
    }
    assert!(with("nbf", json!(NOW + 59)).is_ok() && with("nbf", json!(NOW + 60)).is_ok());
    assert!(matches!(with("nbf", json!(NOW + 61)), Err(Unauthenticated::TokenNotYet(_))));
}

#[test]
fn what_a_token_must_say_it_must_say_rightly() {
    let reasons = [
        ("iss", json!("https://id/"), Unauthenticated::Issuer),
        ("iss", json!(["https://id"]), Unauthenticated::Claim("iss")),
        ("aud", json!("other"), Unauthenticated::Audience),
        ("aud", json!([]), Unauthenticated::Audience),
        ("aud", json!(null), Unauthenticated::Claim("aud")),
        ("aud", json!([1]), Unauthenticated::Claim("aud")),
        ("exp", json!(null), Unauthenticated::Claim("exp")),
        ("exp", json!("1800000100"), Unauthenticated::Claim("exp")),
        ("exp", json!(1e300), Unauthenticated::Claim("exp")),
        ("exp", json!(i64::MIN), Unauthenticated::Claim("exp")),
        ("nbf", json!("now"), Unauthenticated::Claim("nbf")),
        ("sub", json!(1), Unauthenticated::Claim("sub")),
        ("antq_wards", json!(31510), Unauthenticated::Claim("antq_wards")),
    ];
    for (name, value, reason) in reasons {
        assert_eq!(with(name, value.clone()), Err(reason), "{name} {value}");
    }
    assert!(with("aud", json!(["other", "antq"])).is_ok() && with("exp", json!(1.8e9)).is_ok());
}

#[test]
fn a_header_that_asks_for_more_is_refused() {
    let header = |header: Value| read(&header, &claims(), 0).err();
    assert_eq!(header(json!({ "alg": "EdDSA", "crit": ["exp"] })), Some(Unauthenticated::Algorithm));
    assert_eq!(header(json!({ "alg": "none" })), Some(Unauthenticated::Algorithm));
    assert_eq!(header(json!({ "alg": "EdDSA", "kid": "2" })), Some(Unauthenticated::UnknownKeyId));
    assert_eq!(header(json!({ "kid": "1" })), Some(Unauthenticated::NotAToken));
    assert_eq!(header(json!([])), Some(Unauthenticated::NotAToken));
}

#[test]
fn scopes_and_places_are_read_from_lists_and_from_texts() {
    let scopes =
        |value| with("a.b", value).map(|identity| identity.scopes.iter().map(Scope::as_str).collect::<Vec<_>>());
    for value in [json!("openid antq:members:read x"), json!(["members:read", 3, "antq:nothing"])] {
        assert_eq!(scopes(value.clone()), Ok(vec!["members:read"]), "{value}");
    }
    assert_eq!(scopes(json!(7)), Ok(vec![]));
    let deeper =
        with("a", json!({ "b": ["registry:write"] })).map(|identity| identity.scopes.has(Scope::RegistryWrite));
    assert_eq!(deeper, Ok(true));
    let places = |name, value| with(name, value).map(|identity| identity.places);
    let codes = |cities: &[&str], wards: &[&str]| {
        let [cities, wards] = [cities, wards].map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
        Ok(Some(PlaceCodes { cities, wards }))
    };
    assert_eq!(places("antq_cities", json!(null)), Ok(None));
    assert_eq!(places("antq_cities", json!("92 01")), codes(&["92", "01"], &[]));
    assert_eq!(places("antq_wards", json!(["31510"])), codes(&[], &["31510"]));
    assert_eq!(places("antq_wards", json!([])), codes(&[], &[]), "none at all, and not all");
}
