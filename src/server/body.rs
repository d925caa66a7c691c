//! The answer to a GraphQL request, in the forms in which clients take it: as it is, compressed, or as a tag that tells
//! whether it is the one they have.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hasher},
    io::Write,
    sync::{Arc, OnceLock},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use super::{
    COMPRESS_ABOVE,
    caching::VARY,
    status::{Manner, Outcome},
};

/// How what is said besides data and errors begins.
const EXTENSIONS: &str = ",\"extensions\":{";

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    outcome: Outcome,
    /// Whether the same question may have it again.
    pub(super) cacheable: bool,
    body: Bytes,
    /// The tables that it was made from, where that is known.
    tables: Option<Arc<BTreeSet<&'static str>>>,
    /// What stands in its `extensions`, if there are any.
    said: Option<String>,
    gzip: OnceLock<Option<Bytes>>,
    tag: OnceLock<String>,
}

impl Answer {
    /// An answer that is JSON already.
    pub(super) fn new(outcome: Outcome, cacheable: bool, body: Vec<u8>) -> Self {
        // Boxed, it has no spare room that would be counted nowhere.
        let body = Bytes::from(body.into_boxed_slice());
        Self { outcome, cacheable, body, tables: None, said: None, gzip: OnceLock::new(), tag: OnceLock::new() }
    }

    /// The same, which was made from these tables.
    pub(super) fn from(self, tables: Option<BTreeSet<&'static str>>) -> Self {
        Self { tables: tables.map(Arc::new), ..self }
    }

    /// The tables that it was made from, where that is known.
    pub(super) fn tables(&self) -> Option<&BTreeSet<&'static str>> {
        self.tables.as_deref()
    }

    /// Whether the operation was run: it has data, be they null.
    pub(super) fn was_run(&self) -> bool {
        matches!(self.outcome, Outcome::Whole | Outcome::Partial)
    }

    /// The same, with something said beside its data and errors, in `extensions`.
    pub(super) fn saying(self, name: &str, value: &Value) -> Self {
        let mut answer = self.extended(&format!("\"{name}\":{value}"));
        answer.cacheable = self.cacheable;
        answer
    }

    /// The same, with something said that is of one request only, and not to be kept.
    pub(super) fn with(&self, name: &str, value: &Value) -> Self {
        self.extended(&format!("\"{name}\":{value}"))
    }

    fn extended(&self, member: &str) -> Self {
        let said = match &self.said {
            Some(said) => format!("{said},{member}"),
            None => member.to_owned(),
        };
        let body = [&self.body[..self.data_end()], EXTENSIONS.as_bytes(), said.as_bytes(), b"}}"].concat();
        Self { said: Some(said), tables: self.tables.clone(), ..Self::new(self.outcome, false, body) }
    }

    /// Whether it was run without errors.
    pub(super) fn is_whole(&self) -> bool {
        self.outcome == Outcome::Whole
    }

    /// Where what is said besides data and errors begins, or the answer ends.
    pub(super) fn data_end(&self) -> usize {
        let said = self.said.as_ref().map_or(0, |said| EXTENSIONS.len() + said.len() + 1);
        // An answer is an object that has something in it; what is said besides stands at its end, in an object of its own.
        self.body.len().saturating_sub(said + 1)
    }

    /// How many bytes it may come to, with the forms that are made later.
    pub(super) fn bytes(&self) -> u64 {
        (self.body.len() + self.most_compressed()) as u64
    }

    /// It, as JSON.
    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Writes it as the client wants it.
    pub(super) fn response(&self, wanted: &Wanted) -> Response {
        // What has errors is nothing to keep: what is missing may be there the next time.
        let keep = wanted.keep.as_ref().filter(|_| self.cacheable && self.outcome == Outcome::Whole);
        let tag = if keep.is_some() { self.tag() } else { "" };
        let mut response = if wanted.has(tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let (body, encoding) = self.encoded(wanted.gzip);
            let status = wanted.manner.status(self.outcome);
            let mut response = (status, Body::from(body)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, wanted.manner.content_type(status));
            if let Some(encoding) = encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::VARY, VARY);
        if let (Some(keep), Ok(tag)) = (keep, HeaderValue::from_str(tag)) {
            headers.insert(header::ETAG, tag);
            headers.insert(header::CACHE_CONTROL, keep.clone());
        }
        response
    }

    /// The body and the encoding it is in. It is compressed once, when that is first worth it.
    fn encoded(&self, gzip: bool) -> (Bytes, Option<&'static str>) {
        let compressed = || {
            let mut encoder = GzEncoder::new(Vec::with_capacity(self.body.len() / 4), Compression::fast());
            encoder.write_all(&self.body).ok()?;
            let bytes = encoder.finish().ok().filter(|bytes| bytes.len() <= self.most_compressed())?;
            Some(Bytes::from(bytes.into_boxed_slice()))
        };
        let wanted = gzip && self.body.len() as u64 > COMPRESS_ABOVE;
        match wanted.then(|| self.gzip.get_or_init(compressed)) {
            Some(Some(bytes)) => (bytes.clone(), Some("gzip")),
            _ => (self.body.clone(), None),
        }
    }

    /// Room for the compressed form; one that does not fit saves too little.
    fn most_compressed(&self) -> usize {
        self.body.len() / 2
    }

    /// The same for the same bytes, wherever this build runs. Weak, because the bytes may be sent compressed.
    pub(super) fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let half = |salt: u8| {
                let mut hasher = DefaultHasher::new();
                hasher.write_u8(salt);
                hasher.write(&self.body);
                hasher.finish()
            };
            format!("W/\"{:016x}{:016x}\"", half(0), half(1))
        })
    }
}

/// How a client wants its answer.
#[derive(Debug)]
pub(super) struct Wanted {
    manner: Manner,
    gzip: bool,
    /// What caches are told of an answer that they may keep, if they may.
    keep: Option<HeaderValue>,
    /// The tags of the answers that it has.
    tags: Vec<String>,
}

impl Wanted {
    /// What the headers of a request say. What caches may keep of it, they are told by `keep`.
    pub(super) fn new(manner: Manner, keep: Option<HeaderValue>, headers: &HeaderMap) -> Self {
        let tags = elements(headers, header::IF_NONE_MATCH).map(str::to_owned).collect();
        Self { manner, gzip: takes_gzip(headers), keep, tags }
    }

    /// Whether the client has the answer of this tag. Whether tags are weak makes no difference here.
    fn has(&self, tag: &str) -> bool {
        let bare = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        !tag.is_empty() && self.tags.iter().any(|has| has == "*" || bare(has) == bare(tag))
    }
}

/// Whether a client takes gzip, by its `Accept-Encoding`.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for range in elements(headers, header::ACCEPT_ENCODING) {
        let (coding, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters.trim().strip_prefix("q=").map_or(1.0, |value| value.parse().unwrap_or(0.0));
        match coding.trim() {
            coding if coding.eq_ignore_ascii_case("gzip") => return quality > 0.0,
            "*" => any = quality > 0.0,
            _ => {}
        }
    }
    any
}

/// The elements of a header that is a list.
pub(super) fn elements(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_by_those_who_say_so() {
        let cases = [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("*, gzip;q=0", false),
            ("identity", false),
            ("gzip; q=x", false),
            ("", false),
        ];
        for (value, takes) in cases {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(takes_gzip(&headers), takes, "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_tag_is_that_of_the_bytes() {
        let tag = |body: &str| Answer::new(Outcome::Whole, true, body.into()).tag().to_owned();
        assert_eq!((tag("{}"), tag("{}").len()), (tag("{}"), 36));
        assert_ne!(tag("{}"), tag("{ }"));
    }

    #[test]
    fn what_is_compressed_is_counted_beforehand() {
        let answer = Answer::new(Outcome::Whole, true, "ward ".repeat(1_000).into());
        let (bytes, encoding) = answer.encoded(true);
        assert_eq!((encoding, bytes.len() < 200), (Some("gzip"), true));
        assert_eq!(answer.encoded(true).0.as_ptr(), bytes.as_ptr(), "once");
        assert_eq!(answer.encoded(false), (answer.body.clone(), None));
        assert_eq!(answer.bytes(), 7_500);
        let small = Answer::new(Outcome::Whole, true, b"{}".to_vec());
        assert_eq!(small.encoded(true).1, None);
    }
}
