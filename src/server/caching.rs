//! What caches on the way are told: who may keep an answer, and for how long.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::auth::API_KEY;

/// What an answer to a query depends on besides the URL: its form, and who asks.
pub(super) const VARY: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, authorization, x-api-key, x-purpose");

/// The answer is for whoever sent the credential, and nothing keeps it.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Whether a request says who asks. Whether that is true makes no difference here: its answer is for nobody else.
pub(super) fn has_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(API_KEY)
}

/// For an answer that everyone gets: caches may keep it, and serve it for so many seconds before they ask again.
pub(super) fn public(seconds: u32) -> HeaderValue {
    match seconds {
        // The cache here knows whether it is still true.
        0 => HeaderValue::from_static("public, no-cache"),
        _ => HeaderValue::try_from(format!("public, max-age={seconds}"))
            .unwrap_or(HeaderValue::from_static("public, no-cache")),
    }
}
