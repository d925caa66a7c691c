//! Why a credential is not taken, in words for whoever sent it.

use chrono::{DateTime, Utc};

use crate::{domain, error::Error};

/// Why a request is not answered for who it says that it is from.
#[derive(Debug)]
pub enum Refusal {
    /// What it names itself by is no credential, or is not good.
    Unauthenticated(Unauthenticated),
    /// `X-Purpose` is not a purpose.
    Purpose(&'static str),
    /// It cannot be told now: the database fails, or the issuer of tokens was never reached.
    Unavailable(String),
}

/// Why a credential is not good. Keys that there never were and keys that are mistyped are the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// Not of the form that such a header has.
    #[error("{0}")]
    Malformed(&'static str),
    /// Two credentials that are not the same.
    #[error("The request has two different credentials: send one.")]
    Two,
    /// `Authorization` by something else than a bearer.
    #[error("Only `Authorization: Bearer` is taken, with an API key or a token.")]
    Scheme,
    /// There is no such key.
    #[error("There is no such API key.")]
    UnknownKey,
    /// The key has ended by itself.
    #[error("The API key expired at {}.", domain::DateTime(*.0))]
    KeyExpired(DateTime<Utc>),
    /// Somebody has ended the key.
    #[error("The API key was revoked at {}.", domain::DateTime(*.0))]
    KeyRevoked(DateTime<Utc>),
    /// There is no issuer whose tokens would be taken.
    #[error("Tokens are not taken here: send an API key.")]
    NoTokens,
    /// Neither a key nor a token.
    #[error("The credential is neither an API key nor a signed token (JWT).")]
    NotAToken,
    /// Signed by another algorithm than those that are taken, or than that of the key.
    #[error("The token's algorithm is not allowed: it may be RS256, ES256 or EdDSA, and must be that of its key.")]
    Algorithm,
    /// Signed by a key that the issuer does not publish.
    #[error("The token's key id (kid) is not known to its issuer.")]
    UnknownKeyId,
    /// Not signed by the key that it names.
    #[error("The token's signature is wrong.")]
    Signature,
    /// A claim is missing, or is not what such a claim is.
    #[error("The token's claim `{0}` is missing or is not of its kind.")]
    Claim(&'static str),
    /// Of another issuer.
    #[error("The token is of another issuer (iss).")]
    Issuer,
    /// For another service.
    #[error("The token is for another audience (aud).")]
    Audience,
    /// Its time is over.
    #[error("The token expired at {}.", domain::DateTime(*.0))]
    TokenExpired(DateTime<Utc>),
    /// Its time has not come.
    #[error("The token is good from {} on (nbf).", domain::DateTime(*.0))]
    TokenNotYet(DateTime<Utc>),
    /// Limited to places that there are not.
    #[error("The token is limited to places that cannot be: {0}.")]
    Places(String),
}

impl Unauthenticated {
    /// The error code of RFC 6750.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Two | Self::Scheme => "invalid_request",
            _ => "invalid_token",
        }
    }
}

impl From<Unauthenticated> for Refusal {
    fn from(reason: Unauthenticated) -> Self {
        Self::Unauthenticated(reason)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Unavailable(error.cause().map_or_else(|| error.message(), str::to_owned))
    }
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Unavailable(error.to_string())
    }
}
