//! Which document a request means: that of its text, one that is trusted, or one that was sent before under its hash.

use std::{fmt::Write, hash::RandomState, sync::Arc};

use axum::http::StatusCode;
use quick_cache::{
    OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use ring::digest::{SHA256, digest};

use super::{
    answer::Refused,
    request::{Source, is_sha256},
    trusted::TrustedDocuments,
};
use crate::{
    api::{Document, Documents},
    error::{Code, shown},
    limits::DocumentLimits,
};

/// Bytes of memory for documents that are kept parsed.
const PARSED: u64 = 16 * 1_048_576;
/// Bytes of memory for the texts of documents that clients have sent under their hashes.
const SENT: u64 = 4 * 1_048_576;

/// What an identifier begins with that is the hash of a document, as GraphQL over HTTP has it.
const SHA256_ID: &str = "sha256:";
/// Apollo's clients know it by this text.
const NOT_FOUND: &str = "PersistedQueryNotFound";
const NOT_TRUSTED: &str =
    "Only trusted documents are answered here, and this is none of them: whoever runs the server chooses them.";

/// The documents that can be meant.
pub(super) struct Library {
    parsed: Documents,
    trusted: Option<TrustedDocuments>,
    /// Whether no others are answered.
    trusted_only: bool,
    /// By their hashes, as sent for the persisted queries of Apollo's protocol.
    sent: Sent,
}

type Sent = Cache<String, Arc<str>, Bytes, RandomState>;

/// What a text takes in memory, with its hash and its place.
#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<String, Arc<str>> for Bytes {
    fn weight(&self, _: &String, text: &Arc<str>) -> u64 {
        text.len() as u64 + 200
    }
}

/// Room for texts of so many bytes in memory.
fn room(bytes: u64) -> Sent {
    const USUAL: u64 = 1_000;
    let options = OptionsBuilder::new()
        // One shard, so that the room is one: on a machine of many cores a long text would fit in none of many.
        .shards(1)
        .estimated_items_capacity((bytes / USUAL) as usize)
        .weight_capacity(bytes)
        .build()
        .expect("both capacities are set");
    Cache::with_options(options, Bytes, RandomState::new(), DefaultLifecycle::default())
}

impl Library {
    /// The documents that clients send, and those that are trusted.
    pub(super) fn new(trusted: Option<TrustedDocuments>, trusted_only: bool) -> Self {
        Self { parsed: Documents::new(PARSED), trusted, trusted_only, sent: room(SENT) }
    }

    /// The document that a request means, if it is within `limits`.
    ///
    /// # Errors
    /// Nothing has the identifier or the hash; the hash is not that of the text; the document is not trusted, and only such
    /// are answered; and those of the guard.
    pub(super) fn find(&self, source: Source, limits: &DocumentLimits) -> Result<Arc<Document>, Refused> {
        match source {
            Source::Text(text) if self.trusted_only => self.trusted(&sha256(&text)).ok_or_else(not_trusted),
            Source::Text(text) => Ok(self.parsed.parse(text, limits)?),
            Source::Id(id) => match id.strip_prefix(SHA256_ID) {
                Some(hash) => self.of_hash(hash, limits, || no_document(&id)),
                None => self.trusted(&id).ok_or_else(|| self.unknown(no_document(&id))),
            },
            Source::Hash(hash) => self.of_hash(&hash, limits, || Refused::document(Code::PersistedNotFound, NOT_FOUND)),
            Source::Persist { text, hash } => self.persist(text, hash, limits),
        }
    }

    fn of_hash(
        &self,
        hash: &str,
        limits: &DocumentLimits,
        missing: impl FnOnce() -> Refused,
    ) -> Result<Arc<Document>, Refused> {
        if let Some(document) = self.trusted(hash).filter(|_| is_sha256(hash)) {
            return Ok(document);
        }
        match self.sent.get(hash).filter(|_| !self.trusted_only) {
            Some(text) => Ok(self.parsed.parse(text.to_string(), limits)?),
            None => Err(self.unknown(missing())),
        }
    }

    /// Keeps a text under its hash, if it is a document within the limits.
    fn persist(&self, text: String, hash: String, limits: &DocumentLimits) -> Result<Arc<Document>, Refused> {
        if sha256(&text) != hash {
            return Err(Refused::malformed("`sha256Hash` is not the SHA-256 of `query`."));
        }
        if self.trusted_only {
            return self.trusted(&hash).ok_or_else(not_trusted);
        }
        let kept = Arc::from(text.as_str());
        let document = self.parsed.parse(text, limits)?;
        self.sent.insert(hash, kept);
        Ok(document)
    }

    fn trusted(&self, name: &str) -> Option<Arc<Document>> {
        self.trusted.as_ref()?.get(name)
    }

    /// What is said of a name that nothing has: where only trusted documents are answered, no other way to ask.
    fn unknown(&self, otherwise: Refused) -> Refused {
        if self.trusted_only { not_trusted() } else { otherwise }
    }
}

fn no_document(id: &str) -> Refused {
    Refused::document(Code::PersistedNotFound, format!("No document is kept under the id \"{}\".", shown(id)))
}

fn not_trusted() -> Refused {
    Refused::new(StatusCode::FORBIDDEN, Code::NotTrusted, NOT_TRUSTED)
}

/// The SHA-256 of a text (FIPS 180-4), in hexadecimal digits in lower case.
pub(super) fn sha256(text: &str) -> String {
    let mut hash = String::with_capacity(64);
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        // Writing to a text does not fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the appendix on persisted documents.
    #[test]
    fn hashes_are_those_of_the_specification() {
        let long = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}";
        assert_eq!(sha256(long), "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e");
        let short = "query($id:ID!){user(id:$id){name}}";
        assert_eq!(sha256(short), "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b");
    }

    /// However many are sent, they take no more than their room; the last one is there.
    #[test]
    fn what_is_sent_is_bounded() {
        const ROOM: u64 = 65_536;
        const SENT: usize = 200;
        let library = Library { sent: room(ROOM), ..Library::new(None, false) };
        let limits = DocumentLimits::default();
        let comment = "#".repeat(1_000);
        for number in 0..SENT {
            let text = format!("{{ a{number}: __typename }} {comment}");
            let hash = sha256(&text);
            assert!(library.find(Source::Persist { text, hash: hash.clone() }, &limits).is_ok());
            assert!(library.sent.weight() <= ROOM);
            assert!(library.find(Source::Hash(hash), &limits).is_ok(), "{number}");
        }
        assert!((1..SENT).contains(&library.sent.len()));
    }
}
