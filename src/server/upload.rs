//! A request with a file: a form in parts, as the GraphQL multipart request specification has it. Each part is limited before
//! it is kept, and who may not write has nothing read.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::{Map, Value};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    answer::Refused,
    request::{BODY_WITHIN, GraphqlRequest, MAX_BODY},
};
use crate::{
    api::{IN_PLACE, SentFile},
    auth::{API_KEY, Scope, Viewer},
    error::{Code, shown},
    roster::MAX_BYTES,
};

/// Files that are there at once: each may take some hundred megabytes to read.
pub(super) const UPLOADS: usize = 2;
/// The largest file.
pub(super) const MAX_FILE: usize = MAX_BYTES;
/// The largest `map`.
pub(super) const MAX_MAP: usize = 1_024;
/// All parts, with what divides them and says what they are.
const MAX_WHOLE: u64 = (MAX_FILE + MAX_BODY + MAX_MAP + 65_536) as u64;

/// A page of another site can send a form without asking first, but none of these with it.
const ASKED_FIRST: [HeaderName; 3] =
    [API_KEY, header::AUTHORIZATION, HeaderName::from_static("graphql-require-preflight")];

/// The places of files.
#[derive(Debug)]
pub(super) struct Uploads(Arc<Semaphore>);

impl Uploads {
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    fn take(&self) -> Result<OwnedSemaphorePermit, Refused> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            let message = format!("The server reads {UPLOADS} files already. Send this one again in a few seconds.");
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message)
                .limit("uploads", UPLOADS as u64, UPLOADS as u64 + 1)
                .retry_after(3)
        })
    }
}

/// Whether a request is a form in parts.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// Reads an operation with its file.
///
/// # Errors
/// A form that a page of another site may have sent; who may not write; a file too many at once; what is too large, too slow,
/// or no such request.
pub(super) async fn read(uploads: &Uploads, viewer: &Viewer, request: Request) -> Result<GraphqlRequest, Refused> {
    let (parts, body) = request.into_parts();
    refuse_pages(&parts.headers)?;
    if !viewer.scopes.has(Scope::RegistryWrite) {
        let scope = Scope::RegistryWrite.as_str();
        let message = format!("A file needs a key with the scope `{scope}`.");
        return Err(Refused::new(StatusCode::FORBIDDEN, Code::Forbidden, message).with("scope", scope));
    }
    let claimed = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(claimed) = claimed.filter(|claimed| *claimed > MAX_WHOLE) {
        return Err(too_large("The request is", "uploadBytes", MAX_FILE as u64, claimed));
    }
    let form = form(&parts.headers, body)?;
    let place = uploads.take()?;
    timeout(BODY_WITHIN, Reading(form).request(place)).await.unwrap_or_else(|_| {
        let message = format!("The request did not arrive within {} seconds.", BODY_WITHIN.as_secs());
        Err(Refused::new(StatusCode::REQUEST_TIMEOUT, Code::RequestTimeout, message))
    })
}

fn refuse_pages(headers: &HeaderMap) -> Result<(), Refused> {
    if ASKED_FIRST.iter().any(|name| headers.contains_key(name)) {
        return Ok(());
    }
    let message = "A form (multipart/form-data) is read with one of the headers `X-API-Key`, `Authorization` and \
                   `GraphQL-Require-Preflight`, which no page of another site can send. Anything without a file is sent as \
                   `Content-Type: application/json`.";
    Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadRequest, message))
}

fn form(headers: &HeaderMap, body: Body) -> Result<Multipart<'static>, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Refused::bad("The `Content-Type` of the form has no boundary that divides its parts."))?;
    let sizes = SizeLimit::new()
        .whole_stream(MAX_WHOLE)
        .per_field(MAX_FILE as u64)
        .for_field(OPERATIONS, MAX_BODY as u64)
        .for_field(MAP, MAX_MAP as u64);
    Ok(Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(sizes)))
}

const OPERATIONS: &str = "operations";
const MAP: &str = "map";

/// A form that is being read.
struct Reading(Multipart<'static>);

impl Reading {
    async fn request(mut self, place: OwnedSemaphorePermit) -> Result<GraphqlRequest, Refused> {
        let operations = self.part(OPERATIONS).await?;
        let map = self.part(MAP).await?;
        let Value::Object(mut operation) = json(OPERATIONS, &operations)? else {
            return Err(Refused::malformed(
                "`operations` must be one operation: a JSON object with the field `query`.",
            ));
        };
        let (key, paths) = only_file(json(MAP, &map)?)?;
        for path in &paths {
            put(&mut operation, path)?;
        }
        let field = self.next(&key).await?;
        let name = file_name(field.file_name());
        let bytes = bytes(field).await?;
        if self.0.next_field().await.map_err(refused)?.is_some() {
            return Err(Refused::malformed("The form has more than 3 parts: `operations`, `map`, and one file."));
        }
        let mut request = GraphqlRequest::from_fields(operation, false)?;
        request.file = Some(Arc::new(SentFile { name, bytes, place }));
        Ok(request)
    }

    /// The next part, which must have this name.
    async fn next(&mut self, name: &str) -> Result<Field<'static>, Refused> {
        let field = self.0.next_field().await.map_err(refused)?;
        match field {
            Some(field) if field.name() == Some(name) => Ok(field),
            _ => {
                let name = shown(name);
                Err(Refused::malformed(format!(
                    "The form has no part `{name}` where it should: its parts are `operations`, `map`, and the file that `map` names."
                )))
            }
        }
    }

    async fn part(&mut self, name: &str) -> Result<Vec<u8>, Refused> {
        bytes(self.next(name).await?).await
    }
}

async fn bytes(field: Field<'static>) -> Result<Vec<u8>, Refused> {
    field.bytes().await.map(Vec::from).map_err(refused)
}

fn json(name: &str, bytes: &[u8]) -> Result<Value, Refused> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refused::bad(format!("`{name}` is not JSON: line {}, column {}.", error.line(), error.column()))
    })
}

/// The name of the only part that `map` names, and where its file is put.
fn only_file(map: Value) -> Result<(String, Vec<String>), Refused> {
    const NOT_ONE: &str =
        "`map` must name one file, and the variables that it is: {\"0\": [\"variables.input.file\"]}.";
    let not_one = || Refused::malformed(NOT_ONE);
    let Value::Object(files) = map else { return Err(not_one()) };
    let mut files = files.into_iter();
    match (files.next(), files.next()) {
        (Some((name, Value::Array(paths))), None) if !paths.is_empty() => {
            let text = |path| match path {
                Value::String(path) => Some(path),
                _ => None,
            };
            Ok((name, paths.into_iter().map(text).collect::<Option<_>>().ok_or_else(not_one)?))
        }
        _ => Err(not_one()),
    }
}

/// Puts the file in the place of a null that a path leads to.
fn put(operation: &mut Map<String, Value>, path: &str) -> Result<(), Refused> {
    let no_place = || {
        let path = shown(path);
        Refused::malformed(format!(
            "`map` leads to `{path}`, which is no null of the variables, such as `variables.input.file`."
        ))
    };
    let mut steps = path.split('.');
    let mut value = match steps.next() {
        Some("variables") => operation.get_mut("variables"),
        _ => None,
    };
    for step in steps {
        value = match value {
            Some(Value::Object(fields)) => fields.get_mut(step),
            Some(Value::Array(values)) => step.parse::<usize>().ok().and_then(|index| values.get_mut(index)),
            _ => None,
        };
    }
    match value {
        Some(value @ Value::Null) if path != "variables" => {
            *value = IN_PLACE.into();
            Ok(())
        }
        _ => Err(no_place()),
    }
}

/// What a file is called, without the folders that some clients name.
fn file_name(sent: Option<&str>) -> String {
    let name = sent.and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default().trim();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    // The end says what kind of file it is.
    let letters = name.chars().count();
    match name.char_indices().nth(letters.saturating_sub(100)) {
        Some((start, _)) => name[start..].to_owned(),
        None => "roster".to_owned(),
    }
}

/// Why a form cannot be read, as a client is told.
fn refused(error: multer::Error) -> Refused {
    match error {
        multer::Error::FieldSizeExceeded { limit, field_name } => {
            let (what, name) = match field_name.as_deref() {
                Some(OPERATIONS) => ("`operations` is at least", "bodyBytes"),
                Some(MAP) => ("`map` is at least", "uploadMapBytes"),
                _ => ("The file is at least", "uploadBytes"),
            };
            too_large(what, name, limit, limit + 1)
        }
        multer::Error::StreamSizeExceeded { limit } => {
            too_large("The request is at least", "uploadBytes", MAX_FILE as u64, limit + 1)
        }
        multer::Error::StreamReadFailed(_) => Refused::bad("The body broke off."),
        multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders => {
            Refused::bad("The form has no end: its last part is not closed by the boundary.")
        }
        _ => Refused::bad("The form cannot be read: a part of it has no headers as forms have them."),
    }
}

fn too_large(what: &str, name: &str, limit: u64, actual: u64) -> Refused {
    let message = format!("{what} {actual} bytes long, and at most {limit} are read.");
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Code::LimitExceeded, message).limit(name, limit, actual)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_put_where_a_null_is_and_nowhere_else() {
        let sent = json!({ "query": null, "variables": { "input": { "file": null, "files": [1, null], "a": "b" } } });
        let putting = |path: &str| {
            let Value::Object(mut operation) = sent.clone() else { unreachable!() };
            put(&mut operation, path).ok().map(|()| operation["variables"]["input"].clone())
        };
        let input = json!({ "file": IN_PLACE, "files": [1, null], "a": "b" });
        assert_eq!(putting("variables.input.file"), Some(input));
        let input = json!({ "file": null, "files": [1, IN_PLACE], "a": "b" });
        assert_eq!(putting("variables.input.files.1"), Some(input));
        for nowhere in [
            "",
            ".",
            "query",
            "variables",
            "variables.",
            "variables.input",
            "variables.input.a",
            "variables.input.b",
            "variables.input.files.0",
            "variables.input.files.2",
            "variables.input.files.-1",
            "variables.input.file.x",
            "input.file",
            "0.variables.input.file",
        ] {
            assert_eq!(putting(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn files_are_called_by_their_last_name() {
        for (sent, name) in [
            (Some("danh-sách.xlsx"), "danh-sách.xlsx"),
            (Some("C:\\Users\\a\\b.csv"), "b.csv"),
            (Some("../../etc/passwd"), "passwd"),
            (Some("a\u{0}\n.csv"), "a.csv"),
            (Some("  "), "roster"),
            (None, "roster"),
        ] {
            assert_eq!(file_name(sent), name, "{sent:?}");
        }
        let long = format!("{}.xlsx", "đ".repeat(300));
        assert_eq!(file_name(Some(&long)).chars().count(), 100);
        assert!(file_name(Some(&long)).ends_with("đ.xlsx"));
    }

    #[test]
    fn a_map_names_one_file() {
        let named = |map: Value| only_file(map).ok();
        assert_eq!(named(json!({ "0": ["a", "b"] })), Some(("0".to_owned(), vec!["a".to_owned(), "b".to_owned()])));
        for map in [json!({}), json!([]), json!(null), json!({ "0": [] }), json!({ "0": "a" }), json!({ "0": [1] })] {
            assert_eq!(named(map.clone()), None, "{map}");
        }
        assert_eq!(named(json!({ "0": ["a"], "1": ["b"] })), None);
    }
}
