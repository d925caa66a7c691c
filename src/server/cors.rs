//! Which pages of other origins may read answers (CORS), by configuration. None, unless it says so.

use std::{str::FromStr, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what it was told it may send; Chromium does not remember it longer.
const MAX_AGE: Duration = Duration::from_secs(7_200);

/// Headers that pages may send.
const SENT: [HeaderName; 10] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    header::ACCEPT,
    header::IF_NONE_MATCH,
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("prefer"),
];

/// Headers of answers that pages may read, besides those that they always may.
const READ: [HeaderName; 6] = [
    header::ETAG,
    header::RETRY_AFTER,
    header::CONTENT_DISPOSITION,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("cache-status"),
    HeaderName::from_static("preference-applied"),
];

/// Where pages come from: `https://example.org`, or `*` for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsOrigin(HeaderValue);

/// Why a text is no origin as browsers send it (RFC 6454).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorsOriginError {
    /// Something else.
    #[error(
        "an origin is `*`, or a scheme, a host and perhaps a port, such as https://example.org or http://localhost:3000"
    )]
    Form,
    /// More than the origin.
    #[error("an origin ends with its host or its port, without a path or `/`")]
    Path,
    /// With the port that its scheme has anyway.
    #[error("browsers leave out the usual port of a scheme: leave it out too")]
    Port,
}

impl CorsOrigin {
    /// Whether pages of an origin, as a browser names it, are among those that it stands for.
    fn allows(&self, origin: &HeaderValue) -> bool {
        self.is_any() || self.0 == *origin
    }

    /// Whether it stands for all of them.
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl FromStr for CorsOrigin {
    type Err = CorsOriginError;

    fn from_str(text: &str) -> Result<Self, CorsOriginError> {
        // As browsers write them.
        let text = text.to_ascii_lowercase();
        if text != "*" {
            let (scheme, host) = text.split_once("://").ok_or(CorsOriginError::Form)?;
            if host.contains(['/', '?', '#']) {
                return Err(CorsOriginError::Path);
            }
            let sound = |part: &str, others: &[u8]| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
            };
            if !sound(scheme, b"+-.") || !sound(host, b".-_:[]") {
                return Err(CorsOriginError::Form);
            }
            if matches!((scheme, host.rsplit_once(':')), ("http", Some((_, "80"))) | ("https", Some((_, "443")))) {
                return Err(CorsOriginError::Port);
            }
        }
        HeaderValue::try_from(text).map(Self).map_err(|_| CorsOriginError::Form)
    }
}

/// Whether a WebSocket may be opened by whoever sends these headers: browsers let every page open one, and name the page's
/// origin. A page of the same host may, and those of these origins; who names none is no browser.
pub(super) fn may_open(origins: &[CorsOrigin], headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let same = host.zip(own).is_some_and(|(host, own)| host.eq_ignore_ascii_case(own));
    same || origins.iter().any(|allowed| allowed.allows(origin))
}

/// The headers by which browsers let pages of these origins ask and read. Never with cookies or the like: there are none.
pub(super) fn layer(origins: &[CorsOrigin]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(CorsOrigin::is_any) => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(MAX_AGE);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_for_pages_of_this_host_and_of_the_origins_that_are_allowed() {
        let may = |allowed: &str, origin: Option<&'static str>| {
            let allowed: Vec<_> = allowed.parse().into_iter().collect();
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("antq.example:8080"))]);
            headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
            may_open(&allowed, &headers)
        };
        assert!(may("", None));
        assert!(may("", Some("http://antq.example:8080")) && may("", Some("https://ANTQ.example:8080")));
        for foreign in ["http://antq.example", "https://evil.example", "null", "antq.example:8080"] {
            assert!(!may("", Some(foreign)) && !may("https://map.example", Some(foreign)), "{foreign}");
            assert!(may("*", Some(foreign)), "{foreign}");
        }
        assert!(may("https://map.example", Some("https://map.example")));
    }

    #[test]
    fn origins_are_those_that_browsers_send() {
        for text in ["*", "https://example.org", "http://localhost:3000", "http://[::1]:8080", "tauri://localhost"] {
            assert_eq!(text.parse::<CorsOrigin>().map(|origin| origin.0), Ok(HeaderValue::from_static(text)));
        }
        assert_eq!("HTTPS://Example.ORG".parse::<CorsOrigin>(), "https://example.org".parse());
        let wrong = [
            ("", CorsOriginError::Form),
            ("null", CorsOriginError::Form),
            ("example.org", CorsOriginError::Form),
            ("https://", CorsOriginError::Form),
            ("https://*.example.org", CorsOriginError::Form),
            ("https://user@example.org", CorsOriginError::Form),
            ("https://example.org/", CorsOriginError::Path),
            ("https://example.org/app", CorsOriginError::Path),
            ("https://example.org:443", CorsOriginError::Port),
            ("http://example.org:80", CorsOriginError::Port),
        ];
        for (text, error) in wrong {
            assert_eq!(text.parse::<CorsOrigin>(), Err(error), "{text}");
        }
    }
}
