//! Reading a GraphQL request from HTTP: strict about what it is, limited in how much.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use serde_json::{Map, Value};

use super::answer::{Refused, is_utf8};
use crate::error::Code;

/// The largest body.
pub(super) const MAX_BODY: usize = 1_048_576;
/// How long a client may take to send its body.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// A request as GraphQL over HTTP defines it.
#[derive(Debug)]
pub(super) struct GraphqlRequest {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    /// Whether it came by GET, which must not change anything.
    pub(super) by_get: bool,
}

impl GraphqlRequest {
    /// Reads it from the URL of a GET or the body of a POST.
    ///
    /// # Errors
    /// Another method, another content type, a body that is too large or slow, or is not such a request.
    pub(super) async fn read(request: Request) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        match parts.method {
            Method::GET | Method::HEAD => Self::from_url(&parts),
            Method::POST => {
                json_only(&parts.headers)?;
                let bytes = read_body(&parts.headers, body).await?;
                Self::from_body(&bytes)
            }
            _ => Err(Refused::method("Send queries by POST or GET.")),
        }
    }

    pub(super) fn from_url(parts: &Parts) -> Result<Self, Refused> {
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let value = match name.as_ref() {
                "query" | "operationName" => Value::String(value.into_owned()),
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => serde_json::from_str(&value)
                    .map_err(|_| Refused::bad(format!("`{name}` in the URL is not JSON.")))?,
                _ => continue,
            };
            fields.insert(name.into_owned(), value);
        }
        Self::from_fields(fields, true)
    }

    pub(super) fn from_body(bytes: &[u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refused::bad("The body is not UTF-8."))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::from_fields(fields, false),
            Ok(Value::Array(_)) => Err(Refused::bad("Batches are not answered: send one operation a request.")),
            Ok(_) => Err(Refused::bad("The body must be a JSON object with the field `query`.")),
            Err(error) => {
                Err(Refused::bad(format!("The body is not JSON: line {}, column {}.", error.line(), error.column())))
            }
        }
    }

    fn from_fields(mut fields: Map<String, Value>, by_get: bool) -> Result<Self, Refused> {
        let query = match fields.remove("query") {
            Some(Value::String(query)) => query,
            Some(_) => return Err(Refused::bad("`query` must be a string.")),
            None => return Err(Refused::bad("The request has no `query`.")),
        };
        let operation_name = match fields.remove("operationName") {
            Some(Value::String(name)) if name.is_empty() => None,
            Some(Value::String(name)) => Some(name),
            None | Some(Value::Null) => None,
            Some(_) => return Err(Refused::bad("`operationName` must be a string.")),
        };
        let variables = object("variables", fields.remove("variables"))?;
        object("extensions", fields.remove("extensions"))?;
        Ok(Self { query, operation_name, variables, by_get })
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Refused> {
    match value {
        Some(Value::Object(fields)) => Ok(fields),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(Refused::bad(format!("`{name}` must be an object."))),
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
        return Err(Refused::limit(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is",
            "bodyBytes",
            MAX_BODY as u64,
            claimed,
        ));
    }
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let more = MAX_BODY as u64 + 1;
            Err(Refused::limit(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is at least",
                "bodyBytes",
                MAX_BODY as u64,
                more,
            ))
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
