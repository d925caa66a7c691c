//! What every request and response carries: an id, a line in the log, and headers that keep browsers careful.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::Instrument;

/// Numbers requests in a way that does not tell how many there were.
#[derive(Clone, Default)]
pub(super) struct RequestIds {
    process: RandomState,
    count: std::sync::Arc<AtomicU64>,
}

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:016x}", self.process.hash_one(number));
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// A request may bring an id of its own, to be found by in both logs, as long as it is one.
pub(super) async fn keep_sound_request_id(mut request: Request) -> Request {
    const NAME: HeaderName = HeaderName::from_static("x-request-id");
    let sound = |id: &HeaderValue| {
        (1..=64).contains(&id.len())
            && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
    };
    if request.headers().get(NAME).is_some_and(|id| !sound(id)) {
        request.headers_mut().remove(NAME);
    }
    request
}

/// The id that a request was given, or that its sender gave it.
pub(super) fn request_id(request: &Request) -> String {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// One line a request, and its id on every other line that it causes: never its variables or document, which may hold personal data.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = request_id(&request);
    let started = Instant::now();
    let response = next.run(request).instrument(tracing::error_span!("request", id)).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1e3);
    tracing::info!(%method, path, status, ms, id, "answered");
    response
}

/// Headers for every response; a page that needs others has set them already.
pub(super) async fn harden(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
