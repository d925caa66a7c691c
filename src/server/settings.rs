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
    /// What goes on being answered, and how.
    pub live: LiveSettings,
}

/// How the service serves what goes on: WebSockets, and answers as events. Streams are both of them.
#[derive(Clone, Copy, Debug)]
pub struct LiveSettings {
    /// Streams at once; with none, none are served.
    pub streams: u32,
    /// Streams at once from one address.
    pub streams_per_address: u32,
    /// Subscriptions at once on a socket of somebody who is known, and as many queries.
    pub operations: usize,
    /// The same, where nobody is.
    pub operations_anonymous: usize,
    /// How long a client may take to begin (`connection_init`).
    pub init: Duration,
    /// How often something is sent to a client that says nothing. Who has not said anything by the next time is gone.
    pub ping: Duration,
    /// How long a client may take to take what it is sent.
    pub take: Duration,
    /// How often a credential is checked again, at least.
    pub check: Duration,
    /// The shortest time from one answer of `live` to the next.
    pub pace: Duration,
    /// Changes that are kept for those who follow them, all together: who is slower has missed some.
    pub buffer: usize,
}

impl LiveSettings {
    /// For a thousand dashboards.
    pub const DEFAULT: Self = Self {
        streams: 1_500,
        streams_per_address: 100,
        operations: 50,
        operations_anonymous: 20,
        init: Duration::from_secs(10),
        ping: Duration::from_secs(15),
        take: Duration::from_secs(20),
        check: Duration::from_secs(30),
        pace: Duration::from_secs(1),
        buffer: 16_384,
    };
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
