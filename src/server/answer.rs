//! Writing answers: what became of a request, and errors that are all alike.

use std::{io, time::Duration};

use async_graphql::{Response as GraphqlResponse, ServerError, Value as GraphqlValue};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    caching::VARY,
    status::{Manner, Outcome},
};
use crate::{
    auth,
    error::{Code, Error, INTERNAL},
    limits::Refusal,
};

/// Errors in one answer at most: a client that made a thousand mistakes learns of the first hundred.
const MAX_ERRORS: usize = 100;
/// Characters of a message at most: the library quotes what was sent, however long, and as often as it stands in a document.
const MAX_MESSAGE: usize = 1_000;
/// Seconds after which what failed may be tried again.
const RETRY_AFTER: u64 = 2;

/// Whether a `charset` names the one in which answers are written and bodies read.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// A request that is not run, and why.
#[derive(Debug)]
pub(super) struct Refused {
    outcome: Outcome,
    /// After how many seconds it may be tried again.
    retry_after: Option<u64>,
    /// What credential would do, or what is wrong with the one sent.
    challenge: Option<HeaderValue>,
    errors: Vec<Value>,
}

impl Refused {
    /// One error about the HTTP request.
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self::of(Outcome::Http(status), code, message)
    }

    /// A request that cannot be read.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// A request that can be read, and that GraphQL over HTTP does not know.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::of(Outcome::Malformed, Code::BadRequest, message)
    }

    /// A method that the operation cannot be sent with.
    pub(super) fn method(message: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message)
    }

    /// A body that is too large.
    pub(super) fn body(what: &str, limit: u64, actual: u64) -> Self {
        let message = format!("{what} {actual} bytes long, and at most {limit} are read.");
        let refused = Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::LimitExceeded, message);
        refused.limit("bodyBytes", limit, actual)
    }

    /// An array of operations that is too long.
    pub(super) fn batch(limit: usize, actual: usize) -> Self {
        let message = format!("The array has {actual} operations, and at most {limit} are answered at once.");
        let refused = Self::of(Outcome::Malformed, Code::LimitExceeded, message);
        refused.limit("batch", limit as u64, actual as u64)
    }

    /// A document, or its variables, that cannot be run.
    pub(super) fn document(code: Code, message: impl Into<String>) -> Self {
        Self::of(Outcome::Invalid, code, message)
    }

    /// An operation that was not run, with errors that are written already.
    pub(super) fn with_errors(errors: Vec<Value>) -> Self {
        Self { outcome: Outcome::Invalid, retry_after: None, challenge: None, errors }
    }

    fn of(outcome: Outcome, code: Code, message: impl Into<String>) -> Self {
        let error = json!({ "message": message.into(), "extensions": { "code": code.as_str() } });
        Self { outcome, retry_after: None, challenge: None, errors: vec![error] }
    }

    /// A request that took longer than it may.
    pub(super) fn slow(limit: Duration) -> Self {
        let message = format!("The request took longer than the {} s that it may.", limit.as_secs());
        Self::new(StatusCode::GATEWAY_TIMEOUT, Code::RequestTimeout, message)
    }

    /// Says after how many seconds it may be tried again.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Says more in the `extensions` of the error.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.errors[0]["extensions"][name] = value.into();
        self
    }

    /// A credential that is not taken; the request is not run as anybody else's.
    pub(super) fn credential(refusal: auth::Refusal, request_id: &str) -> Self {
        match refusal {
            auth::Refusal::Unauthenticated(reason) => {
                // The header takes fewer letters than the message (RFC 6750), in which a code may be named.
                let plain = |letter: char| match letter {
                    '"' | '\\' => '\'',
                    ' '..='~' => letter,
                    _ => '?',
                };
                let description: String = reason.to_string().chars().map(plain).collect();
                let challenge =
                    format!("Bearer realm=\"antq\", error=\"{}\", error_description=\"{description}\"", reason.code());
                let refused = Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, reason.to_string());
                Self { challenge: HeaderValue::try_from(challenge).ok(), ..refused }
            }
            auth::Refusal::Purpose(message) => Self::bad(message),
            auth::Refusal::Unavailable(cause) => {
                tracing::error!(cause, "a credential could not be checked");
                let message =
                    "The credential cannot be checked at the moment. Send the request again in a few seconds.";
                Self::unavailable(message, request_id)
            }
        }
    }

    /// A request that cannot be answered while something fails that passes.
    fn unavailable(message: &str, request_id: &str) -> Self {
        let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message);
        refused.with("requestId", request_id).retry_after(RETRY_AFTER)
    }

    /// An answer with personal data that could not be noted: what is not noted is not shown.
    pub(super) fn unnoted(error: &Error, request_id: &str) -> Self {
        tracing::error!(cause = error.cause(), "an access to personal data could not be noted");
        match error {
            Error::Unavailable { outage, .. } => Self::unavailable(outage.message(), request_id),
            _ => {
                let refused = Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, INTERNAL);
                refused.with("requestId", request_id)
            }
        }
    }

    /// Says where in the document.
    fn at(mut self, line: usize, column: usize) -> Self {
        self.errors[0]["locations"] = json!([{ "line": line, "column": column }]);
        self
    }

    /// Says which limit was passed.
    pub(super) fn limit(self, name: &str, limit: u64, actual: u64) -> Self {
        // Beyond this a client's number is no longer exact; the limit is passed either way.
        self.with("name", name).with("limit", limit).with("actual", actual.min(1 << 53))
    }

    /// After how many seconds it may be tried again, if that would be of use.
    pub(super) fn again_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// What is wrong, in words.
    pub(super) fn message(&self) -> &str {
        self.errors.first().and_then(|error| error["message"].as_str()).unwrap_or_default()
    }

    /// Its errors.
    pub(super) fn errors(&self) -> &[Value] {
        &self.errors
    }

    /// The answer without its status: one of several that are sent together.
    pub(super) fn body_alone(&self) -> Value {
        json!({ "errors": self.errors })
    }

    /// Writes it.
    pub(super) fn into_response(self, manner: Manner) -> Response {
        let status = manner.status(self.outcome);
        let mut response = write(status, manner.content_type(status), &self.body_alone());
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Limit { name, limit, actual } => {
                Self::document(Code::LimitExceeded, message).limit(name, limit, actual)
            }
            Refusal::FragmentCycle { .. } => Self::document(Code::ValidationFailed, message),
            Refusal::Syntax { line, column, .. } => {
                Self::of(Outcome::Unparsed, Code::ParseFailed, message).at(line, column)
            }
            Refusal::Invalid { line, column, .. } => Self::document(Code::ValidationFailed, message).at(line, column),
        }
    }
}

/// Writes what the execution answered, in at most so many bytes: its outcome, whether it may be kept, and its bytes. What is
/// our fault is not kept: it may be over, and has its request's id.
pub(super) fn executed(response: GraphqlResponse, request_id: &str, most: usize) -> (Outcome, bool, Vec<u8>) {
    #[derive(Serialize)]
    struct Executed {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<ServerError>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<GraphqlValue>,
    }
    // Errors without a path are about the request: then nothing was run, and there is no `data`, not even null.
    let not_run = response.data == GraphqlValue::Null && response.errors.iter().all(|error| error.path.is_empty());
    let outcome = match response.errors.is_empty() {
        _ if not_run => Outcome::Invalid,
        true => Outcome::Whole,
        false => Outcome::Partial,
    };
    // All of them, those too that are left out.
    let ours = response.errors.iter().any(is_ours);
    let errors = distinct(response.errors).into_iter().map(|error| coded(error, request_id)).collect();
    let mut body = Within { bytes: Vec::new(), most };
    match serde_json::to_writer(&mut body, &Executed { errors, data: (!not_run).then_some(response.data) }) {
        Ok(()) => (outcome, !ours, body.bytes),
        Err(error) if error.io_error_kind() == Some(io::ErrorKind::FileTooLarge) => {
            let refusal = Error::ResponseBytes { max: most }.alone();
            // An error alone is small, whatever the limit.
            executed(GraphqlResponse::from_errors(vec![refusal]), request_id, usize::MAX)
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            (Outcome::Http(StatusCode::INTERNAL_SERVER_ERROR), false, Vec::new())
        }
    }
}

/// Bytes that are not to become too many.
struct Within {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Within {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Errors in place of a table, of which nothing was sent. Who takes CSV does not look into JSON, so the status says it too.
pub(super) fn instead(errors: Vec<ServerError>, request_id: &str) -> Refused {
    let errors: Vec<_> = distinct(errors).into_iter().map(|error| coded(error, request_id)).collect();
    let is = |code: Code| errors.first().is_some_and(|error| has(error, code));
    let outcome = if errors.iter().any(|error| has(error, Code::Internal)) {
        Outcome::Http(StatusCode::INTERNAL_SERVER_ERROR)
    } else if errors.iter().any(|error| has(error, Code::Unavailable)) {
        Outcome::Http(StatusCode::SERVICE_UNAVAILABLE)
    } else if is(Code::NotFound) {
        Outcome::Http(StatusCode::NOT_FOUND)
    } else if is(Code::Forbidden) {
        Outcome::Http(StatusCode::FORBIDDEN)
    } else {
        Outcome::Invalid
    };
    let errors = errors.iter().map(|error| serde_json::to_value(error).unwrap_or_default()).collect();
    let retry_after = (outcome == Outcome::Http(StatusCode::SERVICE_UNAVAILABLE)).then_some(RETRY_AFTER);
    Refused { outcome, retry_after, challenge: None, errors }
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
    let (about_request, ours) = (error.path.is_empty(), is_ours(&error));
    let extensions = error.extensions.get_or_insert_default();
    if ours {
        extensions.set("requestId", request_id);
    } else if extensions.get("code").is_none() {
        let code = if about_request { Code::ValidationFailed } else { Code::BadUserInput };
        extensions.set("code", code.as_str());
    }
    error
}

/// Whether the client has done nothing wrong: it may ask again, and can tell us the request's id.
fn is_ours(error: &ServerError) -> bool {
    has(error, Code::Internal) || has(error, Code::Unavailable)
}

fn has(error: &ServerError, code: Code) -> bool {
    let present = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    present == Some(&GraphqlValue::from(code.as_str()))
}

/// An error for what is not a GraphQL request at all.
pub(super) fn plain_error(status: StatusCode, code: Code, message: &str) -> Response {
    Refused::new(status, code, message).into_response(Manner::PLAIN)
}

fn write(status: StatusCode, content_type: HeaderValue, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => {
            let mut response = (status, Body::from(body)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, content_type);
            response.headers_mut().insert(header::VARY, VARY);
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
