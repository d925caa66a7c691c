//! What every request and response carries: an id, a line in the log, and headers that keep browsers careful.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::{bill::Spent, cache::Origin};
use crate::auth::Viewer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers requests in a way that does not tell how many there were.
#[derive(Clone, Default)]
pub(super) struct RequestIds {
    process: RandomState,
    count: Arc<AtomicU64>,
}

/// The id of a request.
#[derive(Clone)]
struct RequestId(HeaderValue);

impl RequestIds {
    /// The id that a request brings, to be found by in both logs, as long as it is one; otherwise one of ours.
    fn of(&self, request: &Request) -> HeaderValue {
        let sound = |id: &&HeaderValue| {
            (1..=64).contains(&id.len())
                && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        };
        request.headers().get(REQUEST_ID).filter(sound).cloned().unwrap_or_else(|| {
            let number = self.count.fetch_add(1, Ordering::Relaxed);
            let id = format!("{:016x}", self.process.hash_one(number));
            HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
        })
    }
}

/// The id that a request was given, or that its sender gave it.
pub(super) fn request_id(extensions: &Extensions) -> String {
    let id = extensions.get::<RequestId>().and_then(|RequestId(id)| id.to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// What every request passes: it gets an id, which is on every log line that it causes, and one line of its own, without
/// variables or document, which may hold personal data; the response gets the id and the headers.
pub(super) async fn frame(State(ids): State<RequestIds>, mut request: Request, next: Next) -> Response {
    let header = ids.of(&request);
    request.extensions_mut().insert(RequestId(header.clone()));
    let (method, path, id) =
        (request.method().clone(), request.uri().path().to_owned(), request_id(request.extensions()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(tracing::error_span!("request", id)).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1e3);
    let cache = response.extensions().get::<Origin>().and_then(|origin| origin.as_str());
    let cost = response.extensions().get::<Spent>().map(|Spent(points)| *points);
    let who = response.extensions().get::<Arc<Viewer>>().map(|viewer| viewer.who.label());
    tracing::info!(%method, path, status, ms, id, cache, cost, who, "answered");
    harden(response.headers_mut(), cache);
    response.headers_mut().insert(REQUEST_ID, header);
    response
}

/// Headers for every response; a page that needs others has set them already.
fn harden(headers: &mut HeaderMap, cache: Option<&str>) {
    const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
    const HEADERS: [(HeaderName, &str); 6] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        // No page of another site can embed an answer, not even without looking into it.
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    headers.reserve(HEADERS.len() + 2);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(Ok(status)) = cache.map(|origin| HeaderValue::try_from(format!("antq; {origin}"))) {
        headers.insert(CACHE_STATUS, status);
    }
}
