//! The one error type: what a client may be told, each with a code from a closed list.
//!
//! [`Error`] is what `store` and `api` return. Whatever is ours and not the client's (a bug) is [`Error::Internal`]: it is
//! logged where it becomes an answer, and the answer says no more than "internal error". A database that fails for the time
//! being is [`Error::Unavailable`], so that a client knows that it passes.
//! That is why [`Error`] has no `Display`: async-graphql would turn anything that has into an answer, without a code.

mod code;
mod outage;

use std::sync::Arc;

use async_graphql::{ErrorExtensions, Pos, ServerError};

pub use code::Code;
pub use outage::{Outage, said};

/// What a client is told of a fault of ours.
pub const INTERNAL: &str = "Internal error. The request id of this answer leads to the cause in the server's log.";

/// What can go wrong while a field is answered.
#[derive(Clone, Debug)]
pub enum Error {
    /// An argument's value cannot be used; the text says which and why.
    BadInput(String),
    /// More rows a page were asked for than a page may have.
    PageSize {
        /// The limit's public name.
        name: &'static str,
        /// `first` or `last`.
        argument: &'static str,
        /// The largest page.
        max: u32,
        /// What was asked for.
        actual: i64,
    },
    /// More ids were asked for than are looked up at once.
    TooManyIds {
        /// The most ids.
        max: usize,
        /// How many were given.
        actual: usize,
    },
    /// The cursor cannot be read, or belongs to another list.
    Cursor {
        /// `after` or `before`.
        argument: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No row has the key.
    NotFound {
        /// The type, in plain words.
        what: String,
        /// The name of the key.
        key: &'static str,
        /// The value that nothing has.
        value: String,
    },
    /// Something is larger than a limit.
    Limit {
        /// The limit's public name.
        name: &'static str,
        /// What there is too much of, in plain words.
        what: &'static str,
        /// The most there may be.
        max: usize,
        /// How much there is.
        actual: usize,
    },
    /// The answer would have more values than one may have.
    TooManyValues {
        /// The most values.
        max: u64,
    },
    /// The answer would be larger than one may be.
    ResponseBytes {
        /// The most bytes.
        max: usize,
    },
    /// A table is asked for, and the query has two lists.
    SecondList {
        /// The way to the one.
        first: String,
        /// The way to the other.
        second: String,
    },
    /// A table is asked for, and the query is none; the text says why.
    NotATable(String),
    /// The table would have more rows than one may have.
    TableSize {
        /// The most rows.
        max: u32,
        /// How many it would have, where that is known.
        actual: Option<u64>,
    },
    /// It needs a scope that the caller has not.
    Forbidden {
        /// What does, in plain words, as the subject of a sentence.
        what: String,
        /// The scope.
        scope: &'static str,
    },
    /// Personal data are asked for, and not said what for.
    Purpose,
    /// The change feed does not know the token any more.
    Gap,
    /// Nobody's fault, and passing: the database fails.
    Unavailable {
        /// How.
        outage: Outage,
        /// Why, for the log.
        cause: Arc<str>,
    },
    /// Not the client's fault.
    Internal(Arc<str>),
}

impl Error {
    /// An error of ours, with the cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string().into())
    }

    /// No row of this table has this value as its key.
    pub fn no_row(table: &str, key: &'static str, value: &str) -> Self {
        Self::NotFound { what: table.replace('_', " "), key, value: shown(value) }
    }

    /// A table is asked for, and this field has nothing that a table can show.
    pub fn no_columns(field: &str) -> Self {
        Self::NotATable(format!("`{field}` cannot stand in a table. Leave it out, or ask for JSON."))
    }

    /// The error of a request as a whole, which is at no place in it.
    pub fn alone(self) -> ServerError {
        let mut error = async_graphql::Error::from(self).into_server_error(Pos::default());
        error.locations.clear();
        error
    }

    /// What the client is told.
    pub fn message(&self) -> String {
        match self {
            Self::BadInput(text) => text.clone(),
            Self::PageSize { argument, max, actual, .. } => {
                format!("`{argument}` is {actual}, and a page has at most {max} rows.")
            }
            Self::TooManyIds { max, actual } => {
                format!("`ids` has {actual} ids, and at most {max} are looked up at once.")
            }
            Self::Cursor { argument, reason } => format!("`{argument}` is not a cursor of this list: {reason}."),
            Self::NotFound { what, key, value } => format!("There is no {what} with the {key} \"{value}\"."),
            Self::Limit { what, max, actual, .. } => {
                format!("There are {actual} {what}, and at most {max} are allowed.")
            }
            Self::TooManyValues { max } => format!(
                "The answer would have more than {max} values. Ask for smaller pages, or for fewer levels at once."
            ),
            Self::ResponseBytes { max } => {
                format!("The answer would have more than {max} bytes. Ask for smaller pages, or for fewer fields.")
            }
            Self::SecondList { first, second } => format!(
                "A table has the rows of one list, and there are two: `{first}` and `{second}`. Ask for one of them, or count the other by its `totalCount`."
            ),
            Self::NotATable(text) => text.clone(),
            Self::TableSize { max, actual } => {
                let rows = actual.map_or(format!("more than {max}"), |actual| actual.to_string());
                format!(
                    "The table would have {rows} rows, and at most {max} are sent. Ask for fewer by `filter` or `first`."
                )
            }
            Self::Forbidden { what, scope: scope @ "members:personal" } => {
                format!(
                    "{what} needs a key with the scope `{scope}`, and to be told what for, in the header `X-Purpose`."
                )
            }
            Self::Forbidden { what, scope } => format!("{what} needs a key with the scope `{scope}`."),
            Self::Purpose => "Personal data are asked for: say what for in the header `X-Purpose`.".to_owned(),
            Self::Gap => "The changes behind this token are no longer kept. Take a new token by `changes` without `after`, copy the lists anew, and go on from that token.".to_owned(),
            Self::Unavailable { outage, .. } => outage.message().to_owned(),
            Self::Internal(_) => INTERNAL.to_owned(),
        }
    }

    /// What is to be logged, if it is not the client's to know.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable { cause, .. } | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// The code that the client sees.
    pub fn code(&self) -> Code {
        match self {
            Self::BadInput(_) => Code::BadUserInput,
            Self::PageSize { .. } => Code::PageSizeExceeded,
            Self::Cursor { .. } => Code::InvalidCursor,
            Self::NotFound { .. } => Code::NotFound,
            Self::SecondList { .. } => Code::CsvAmbiguous,
            Self::NotATable(_) => Code::NotATable,
            Self::TooManyValues { .. }
            | Self::ResponseBytes { .. }
            | Self::TooManyIds { .. }
            | Self::Limit { .. }
            | Self::TableSize { .. } => Code::LimitExceeded,
            Self::Forbidden { .. } => Code::Forbidden,
            Self::Purpose => Code::PurposeRequired,
            Self::Gap => Code::Gap,
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
        }
    }
}

/// The beginning of what a client sent: enough to recognise it by, and no way to make an answer of any size.
pub fn shown(text: &str) -> String {
    const SHOWN: usize = 64;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        match Outage::of(&error) {
            Some(outage) => Self::Unavailable { outage, cause: error.to_string().into() },
            None => Self::internal(error),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let code = error.code().as_str();
        if let Some(cause) = error.cause() {
            tracing::error!(cause, "a field failed");
        }
        async_graphql::Error::new(error.message()).extend_with(|_, extensions| {
            extensions.set("code", code);
            let mut limit = |name: &str, max: async_graphql::Value, actual: Option<async_graphql::Value>| {
                extensions.set("name", name);
                extensions.set("limit", max);
                if let Some(actual) = actual {
                    extensions.set("actual", actual);
                }
            };
            match error {
                Error::PageSize { name, max, actual, .. } => limit(name, max.into(), Some(actual.into())),
                Error::TooManyIds { max, actual } => limit("ids", max.into(), Some(actual.into())),
                Error::Limit { name, max, actual, .. } => limit(name, max.into(), Some(actual.into())),
                Error::TooManyValues { max } => limit("values", max.into(), None),
                Error::ResponseBytes { max } => limit("responseBytes", max.into(), None),
                Error::Forbidden { scope, .. } => extensions.set("scope", scope),
                Error::TableSize { max, actual } => limit("tableRows", max.into(), actual.map(Into::into)),
                _ => {}
            }
        })
    }
}
