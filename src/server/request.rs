//! Reading GraphQL requests from HTTP: strict about what they are, limited in how much.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use serde_json::{Map, Value};

use super::answer::{Refused, is_utf8};
use crate::{api::SentFile, error::Code};

/// The largest body.
pub(super) const MAX_BODY: usize = 1_048_576;
/// How long a client may take to send its body.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(20);

const NO_BATCH: &str = "Batches are not answered: send one operation a request.";

/// A request as GraphQL over HTTP defines it.
#[derive(Debug)]
pub(super) struct GraphqlRequest {
    pub(super) source: Source,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    /// Whether it came by GET, which must not change anything.
    pub(super) by_get: bool,
    /// Whether the client wants to know what it costs.
    pub(super) cost: bool,
    /// The file that came with it.
    pub(super) file: Option<Arc<SentFile>>,
}

/// How a request says which document it means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// By its text.
    Text(String),
    /// By the identifier that it is kept under (`documentId`).
    Id(String),
    /// By the SHA-256 of its text, in hexadecimal digits (`extensions.persistedQuery`).
    Hash(String),
    /// By its text, which is to be kept under its SHA-256.
    Persist {
        /// The text.
        text: String,
        /// What is said to be its hash.
        hash: String,
    },
}

/// What was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// One operation.
    One(GraphqlRequest),
    /// An array of operations, each for itself.
    Many(Vec<Result<GraphqlRequest, Refused>>),
}

impl Sent {
    /// Reads it from the URL of a GET or the body of a POST; an array may have so many operations.
    ///
    /// # Errors
    /// Another method, another content type, a body that is too large or slow, or is not such a request.
    pub(super) async fn read(request: Request, batch: usize) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        match parts.method {
            Method::GET | Method::HEAD => GraphqlRequest::from_url(&parts).map(Self::One),
            Method::POST => {
                json_only(&parts.headers)?;
                let bytes = read_body(&parts.headers, body).await?;
                Self::from_body(&bytes, batch)
            }
            _ => Err(Refused::method("Send queries by POST or GET.")),
        }
    }

    pub(super) fn from_body(bytes: &[u8], batch: usize) -> Result<Self, Refused> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refused::bad("The body is not UTF-8."))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => GraphqlRequest::from_fields(fields, false).map(Self::One),
            Ok(Value::Array(operations)) => Self::from_array(operations, batch),
            Ok(_) => Err(Refused::malformed("The body must be a JSON object with the field `query`.")),
            Err(error) => {
                Err(Refused::bad(format!("The body is not JSON: line {}, column {}.", error.line(), error.column())))
            }
        }
    }

    fn from_array(operations: Vec<Value>, batch: usize) -> Result<Self, Refused> {
        match operations.len() {
            _ if batch == 0 => Err(Refused::malformed(NO_BATCH)),
            0 => Err(Refused::malformed("The array has no operation.")),
            actual if actual > batch => Err(Refused::batch(batch, actual)),
            _ => {
                let object = |operation| match operation {
                    Value::Object(fields) => Ok(GraphqlRequest::from_fields(fields, false)),
                    _ => Err(Refused::malformed("Each operation of the array must be a JSON object.")),
                };
                Ok(Self::Many(operations.into_iter().map(object).collect::<Result<_, _>>()?))
            }
        }
    }
}

impl GraphqlRequest {
    /// Reads the only operation.
    ///
    /// # Errors
    /// Those of [`Sent::read`], and for an array.
    pub(super) async fn read(request: Request) -> Result<Self, Refused> {
        match Sent::read(request, 0).await? {
            Sent::One(request) => Ok(request),
            Sent::Many(_) => Err(Refused::malformed(NO_BATCH)),
        }
    }

    pub(super) fn from_url(parts: &Parts) -> Result<Self, Refused> {
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let value = match name.as_ref() {
                "query" | "operationName" | "documentId" => Value::String(value.into_owned()),
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => serde_json::from_str(&value)
                    .map_err(|_| Refused::bad(format!("`{name}` in the URL is not JSON.")))?,
                _ => continue,
            };
            fields.insert(name.into_owned(), value);
        }
        Self::from_fields(fields, true)
    }

    pub(super) fn from_fields(mut fields: Map<String, Value>, by_get: bool) -> Result<Self, Refused> {
        let query = text("query", fields.remove("query"))?;
        let id = text("documentId", fields.remove("documentId"))?.filter(|id| !id.is_empty());
        let operation_name = text("operationName", fields.remove("operationName"))?.filter(|name| !name.is_empty());
        let variables = object("variables", fields.remove("variables"))?;
        let extensions = object("extensions", fields.remove("extensions"))?;
        let cost = match extensions.get("cost") {
            Some(Value::Bool(wanted)) => *wanted,
            None | Some(Value::Null) => false,
            Some(_) => return Err(Refused::malformed("`extensions.cost` must be true or false.")),
        };
        let source = match (query, id, persisted_hash(&extensions)?) {
            (Some(_), Some(_), _) => return Err(Refused::malformed("Send `query` or `documentId`, and not both.")),
            (None, Some(id), _) => Source::Id(id),
            (Some(text), None, None) => Source::Text(text),
            (None, None, Some(hash)) => Source::Hash(hash),
            (Some(text), None, Some(hash)) => Source::Persist { text, hash },
            (None, None, None) => return Err(Refused::malformed("The request has no `query`.")),
        };
        Ok(Self { source, operation_name, variables, by_get, cost, file: None })
    }
}

/// The hash in `extensions.persistedQuery`, as Apollo's protocol for automatic persisted queries has it, version 1.
fn persisted_hash(extensions: &Map<String, Value>) -> Result<Option<String>, Refused> {
    const NOT_ONE: &str =
        "`extensions.persistedQuery` must have `version: 1` and `sha256Hash`, 64 hexadecimal digits in lower case.";
    let persisted = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => return Ok(None),
        Some(persisted) => persisted,
    };
    let hash = persisted["sha256Hash"].as_str().filter(|hash| is_sha256(hash) && persisted["version"] == 1);
    hash.map(|hash| Some(hash.to_owned())).ok_or_else(|| Refused::malformed(NOT_ONE))
}

/// Whether a text may be a SHA-256 in hexadecimal digits.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, Refused> {
    match value {
        Some(Value::String(text)) => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Refused::malformed(format!("`{name}` must be a string."))),
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Refused> {
    match value {
        Some(Value::Object(fields)) => Ok(fields),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(Refused::malformed(format!("`{name}` must be an object."))),
    }
}

/// A form of another site can send anything but JSON without asking first.
fn json_only(headers: &HeaderMap) -> Result<(), Refused> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => is_utf8(value),
        _ => true,
    });
    if json && utf8 {
        return Ok(());
    }
    Err(Refused::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::BadRequest,
        "The body must be sent as `Content-Type: application/json`, in UTF-8.",
    ))
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, Refused> {
    let claimed = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(claimed) = claimed.filter(|claimed| *claimed > MAX_BODY as u64) {
        return Err(Refused::body("The body is", MAX_BODY as u64, claimed));
    }
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let more = MAX_BODY as u64 + 1;
            Err(Refused::body("The body is at least", MAX_BODY as u64, more))
        }
        Ok(Err(_)) => Err(Refused::bad("The body broke off.")),
        Err(_) => {
            let message = format!("The body did not arrive within {} seconds.", BODY_WITHIN.as_secs());
            Err(Refused::new(StatusCode::REQUEST_TIMEOUT, Code::RequestTimeout, message))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = cause.source();
    }
    false
}
