//! What whoever runs the service decides about it.

use std::time::Duration;

use super::{cors::CorsOrigin, status::Statuses, trusted::TrustedDocuments};
use crate::{auth::Scopes, budget::Rates};

/// How the service is to work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether answers are written from plans where they can be. The bytes are the same; the time is not.
    pub planned: bool,
    /// Bytes of memory for answers that are kept; with none, every answer is made anew.
    pub cache_bytes: u64,
    /// Rows that a table may have.
    pub table_rows: u32,
    /// Requests that may wait for their turn to have an answer made; more are told to come again.
    pub max_waiting: u32,
    /// Bytes that an answer may have, tables apart.
    pub response_bytes: usize,
    /// How much each payer may ask for.
    pub budgets: Rates,
    /// What everyone may do, without a key.
    pub anonymous: Scopes,
    /// What it offers over HTTP.
    pub http: HttpSettings,
}

/// What the service offers over HTTP beyond a document a request, and how it answers.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// By which text answers have their statuses.
    pub statuses: Statuses,
    /// The pages that may read answers, by their origins.
    pub origins: Vec<CorsOrigin>,
    /// The most operations in an array; with none, no array is answered.
    pub batch: usize,
    /// The documents that are trusted, if there are any.
    pub trusted: Option<TrustedDocuments>,
    /// Whether no others are answered.
    pub trusted_only: bool,
    /// Seconds for which caches may serve a public answer before they ask whether it is still true.
    pub cache_max_age: u32,
}

impl HttpSettings {
    /// One document a request, whichever it is; for pages of the same origin; what caches keep, they ask about each time.
    pub const DEFAULT: Self = Self {
        statuses: Statuses::Audited,
        origins: Vec::new(),
        batch: 0,
        trusted: None,
        trusted_only: false,
        cache_max_age: 0,
    };
}
