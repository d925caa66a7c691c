//! Writing answers: which status says what happened, and errors that are all alike.

use std::time::Duration;

use async_graphql::{Response as GraphqlResponse, ServerError, Value as GraphqlValue};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::body::Answer;
use crate::{error::Code, limits::Refusal};

/// Errors in one answer at most: a client that made a thousand mistakes learns of the first hundred.
const MAX_ERRORS: usize = 100;
/// Characters of a message at most: the library quotes what was sent, however long, and as often as it stands in a document.
const MAX_MESSAGE: usize = 1_000;

/// The media types that an answer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the document was run.
    Graphql,
    /// `application/json`: the older way, where a document that is not run is a 200 too.
    Json,
}

impl Media {
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

    /// A request that took longer than it may.
    pub(super) fn slow(limit: Duration) -> Self {
        let message = format!("The request took longer than the {} s that it may.", limit.as_secs());
        Self::new(StatusCode::GATEWAY_TIMEOUT, Code::RequestTimeout, message)
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

/// Errors in place of a table, of which nothing was sent. Who takes CSV does not look into JSON, so the status says it too.
pub(super) fn instead(errors: Vec<ServerError>, request_id: &str) -> Refused {
    let errors: Vec<_> = distinct(errors).into_iter().map(|error| coded(error, request_id)).collect();
    let is = |code: Code| errors.first().is_some_and(|error| has(error, code));
    let status = if errors.iter().any(is_internal) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if is(Code::NotFound) {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::BAD_REQUEST
    };
    let errors = errors.iter().map(|error| serde_json::to_value(error).unwrap_or_default()).collect();
    Refused { status, document: false, errors }
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

/// Every error has a code, and a message that ends: those of the library get theirs here.
fn coded(mut error: ServerError, request_id: &str) -> ServerError {
    if let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
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
    has(error, Code::Internal)
}

fn has(error: &ServerError, code: Code) -> bool {
    let present = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    present == Some(&GraphqlValue::from(code.as_str()))
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
