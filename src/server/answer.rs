//! Writing answers: which media type the client takes, which status says what happened, and errors that are all alike.

use async_graphql::{Response as GraphqlResponse, ServerError, Value as GraphqlValue};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::body::Answer;
use crate::{error::Code, limits::Refusal};

/// Errors in one answer at most: a client that made a thousand mistakes learns of the first hundred.
const MAX_ERRORS: usize = 100;

/// The media types that an answer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the document was run.
    Graphql,
    /// `application/json`: the older way, where a document that is not run is a 200 too.
    Json,
}

impl Media {
    /// The one that the client takes, by its `Accept`; the older one where it does not say. `None` when it takes neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if values.peek().is_none() {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for range in values.flat_map(|value| value.split(',')) {
            let (media, quality) = Self::of_range(range);
            if let Some(media) = media.filter(|_| quality > 0.0 && best.is_none_or(|(other, _)| quality > other)) {
                best = Some((quality, media));
            }
        }
        best.map(|(_, media)| media)
    }

    fn of_range(range: &str) -> (Option<Self>, f32) {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Some(Self::Graphql),
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            _ => None,
        };
        let mut quality = 1.0;
        for parameter in parts {
            match parameter.split_once('=') {
                Some(("q", value)) => quality = value.parse().unwrap_or(0.0),
                Some((name, value)) if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return (None, 0.0),
                _ => {}
            }
        }
        (media, quality)
    }

    /// The status that says it here: under `application/json` a document that is not run is a 200 too.
    pub(super) fn status(self, status: StatusCode) -> StatusCode {
        if self == Self::Json && status == StatusCode::BAD_REQUEST { StatusCode::OK } else { status }
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// Whether a `charset` names the one in which answers are written and bodies read.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// A request that is not run, and why.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    /// The document is at fault and not the HTTP request: under `application/json` that is a 200.
    document: bool,
    errors: Vec<Value>,
}

impl Refused {
    /// One error about the HTTP request.
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        let error = json!({ "message": message.into(), "extensions": { "code": code.as_str() } });
        Self { status, document: false, errors: vec![error] }
    }

    /// A request that GraphQL over HTTP does not know.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// A method that the operation cannot be sent with.
    pub(super) fn method(message: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message)
    }

    /// A limit that the HTTP request passes.
    pub(super) fn limit(status: StatusCode, what: &str, name: &str, limit: u64, actual: u64) -> Self {
        let message = format!("{what} {actual} bytes long, and at most {limit} are read.");
        let extensions =
            json!({ "code": Code::LimitExceeded.as_str(), "name": name, "limit": limit, "actual": actual });
        Self { status, document: false, errors: vec![json!({ "message": message, "extensions": extensions })] }
    }

    /// A document, or its variables, that cannot be run.
    pub(super) fn document(code: Code, message: impl Into<String>) -> Self {
        Self { document: true, ..Self::new(StatusCode::BAD_REQUEST, code, message) }
    }

    /// Says where in the document.
    fn at(mut self, line: usize, column: usize) -> Self {
        self.errors[0]["locations"] = json!([{ "line": line, "column": column }]);
        self
    }

    /// Writes it.
    pub(super) fn into_response(self, media: Media) -> Response {
        let status = if self.document { media.status(self.status) } else { self.status };
        let mut response = write(status, media, &json!({ "errors": self.errors }));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Limit { name, limit, actual } => {
                let mut refused = Self::document(Code::LimitExceeded, message);
                refused.errors[0]["extensions"]["name"] = name.into();
                refused.errors[0]["extensions"]["limit"] = limit.into();
                // Beyond this a client's number is no longer exact; the limit is passed either way.
                refused.errors[0]["extensions"]["actual"] = actual.min(1 << 53).into();
                refused
            }
            Refusal::FragmentCycle { .. } => Self::document(Code::ValidationFailed, message),
            Refusal::Syntax { line, column, .. } => Self::document(Code::ParseFailed, message).at(line, column),
            Refusal::Invalid { line, column, .. } => Self::document(Code::ValidationFailed, message).at(line, column),
        }
    }
}

/// Writes what the execution answered. What is our fault is not kept: it may be over, and has its request's id.
pub(super) fn executed(response: GraphqlResponse, request_id: &str) -> Answer {
    #[derive(Serialize)]
    struct Executed {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<ServerError>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<GraphqlValue>,
    }
    // Errors without a path are about the request: then nothing was run, and there is no `data`, not even null.
    let not_run = response.data == GraphqlValue::Null && response.errors.iter().all(|error| error.path.is_empty());
    let status = if not_run { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    // All of them, those too that are left out.
    let internal = response.errors.iter().any(is_internal);
    let errors = distinct(response.errors).into_iter().map(|error| coded(error, request_id)).collect();
    match serde_json::to_vec(&Executed { errors, data: (!not_run).then_some(response.data) }) {
        Ok(body) => Answer::new(status, !internal, body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Answer::new(StatusCode::INTERNAL_SERVER_ERROR, false, Vec::new())
        }
    }
}

/// One error for each mistake, with every place where it was made; of both at most [`MAX_ERRORS`].
fn distinct(all: Vec<ServerError>) -> Vec<ServerError> {
    let mut errors: Vec<ServerError> = Vec::new();
    for error in all {
        match errors.iter().position(|other| other.message == error.message && other.path == error.path) {
            Some(index) => {
                let same = &mut errors[index];
                let new = error.locations.into_iter().filter(|location| !same.locations.contains(location));
                let left = MAX_ERRORS.saturating_sub(same.locations.len());
                same.locations.extend(new.take(left).collect::<Vec<_>>());
            }
            None if errors.len() < MAX_ERRORS => errors.push(error),
            None => {}
        }
    }
    errors
}

/// Every error has a code: those of the library get theirs here.
fn coded(mut error: ServerError, request_id: &str) -> ServerError {
    let (about_request, internal) = (error.path.is_empty(), is_internal(&error));
    let extensions = error.extensions.get_or_insert_default();
    if internal {
        extensions.set("requestId", request_id);
    } else if extensions.get("code").is_none() {
        let code = if about_request { Code::ValidationFailed } else { Code::BadUserInput };
        extensions.set("code", code.as_str());
    }
    error
}

fn is_internal(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code == Some(&GraphqlValue::from(Code::Internal.as_str()))
}

/// An error for what is not a GraphQL request at all.
pub(super) fn plain_error(status: StatusCode, code: Code, message: &str) -> Response {
    Refused::new(status, code, message).into_response(Media::Json)
}

fn write(status: StatusCode, media: Media, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => {
            let mut response = (status, Body::from(body)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, media.content_type());
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
