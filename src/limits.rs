//! The guard before the schema: what a document may be before anything runs it.
//!
//! A parser and a validator spend what the document tells them to. A few kilobytes of `[` overflow the stack of
//! async-graphql's parser, which ends the process; thirty fragments that each spread the next one twice keep a core busy
//! for minutes. So [`parse`] measures first: the bytes before they are parsed ([`scan`]), then the document before it is
//! validated ([`walk`], and [`duplicates`] once that has shown it to be small). None of them recurses. Last come the
//! fields that validation would not look at ([`typename`]).

use std::fmt;

use async_graphql::parser::{parse_query, types::ExecutableDocument};

mod duplicates;
mod listed;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;
mod typename;
mod walk;

pub use listed::ListedLimit;

/// What a document may be before it is run; each number is the largest that passes.
#[derive(Clone, Copy, Debug)]
pub struct DocumentLimits {
    /// Bytes of UTF-8 (`documentBytes`).
    pub bytes: usize,
    /// Names, numbers, strings and punctuators; commas, white space and comments are free (`documentTokens`).
    pub tokens: usize,
    /// Brackets inside brackets, of the three kinds together (`documentNesting`). async-graphql's parser recurses this
    /// deep and itself refuses selections more than 64 deep, so nothing is gained above that.
    pub nesting: usize,
    /// Fields inside fields, in an operation's data (`depth`).
    pub depth: usize,
    /// Fields inside fields from `__schema` or `__type` down (`introspectionDepth`). Apart, because the standard
    /// introspection query is 15 deep and data need not be.
    pub introspection_depth: usize,
    /// The lists `fields`, `interfaces`, `possibleTypes` and `inputFields` inside each other, from `__schema` or `__type`
    /// down (`introspectionLists`). They lead from types to types, so that each multiplies the answer by the schema. The
    /// standard introspection query has 1; graphql-js too refuses 3.
    pub introspection_lists: usize,
    /// Of the selections of one operation, those from `__schema` or `__type` down (`introspectionSelections`). The
    /// standard introspection query has 242.
    pub introspection_selections: u64,
    /// Fields, spreads and inline fragments of one operation, each fragment counted as often as it is spread
    /// (`selections`). Holds for each fragment alone too, so also for one that no operation uses.
    pub selections: u64,
    /// Aliases written in the document (`aliases`).
    pub aliases: usize,
    /// Fields at the root of one operation, those of its fragments included (`rootFields`).
    pub root_fields: usize,
    /// Times that an operation selects one field of its answer, in one selection set or in several that are merged
    /// (`duplicates`). The library resolves a field each time, and only then merges what it got.
    pub duplicates: u64,
    /// Directives written in the document (`directives`).
    pub directives: usize,
    /// Operations in the document (`operations`).
    pub operations: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 32_768,
            tokens: 4_000,
            nesting: 64,
            depth: 15,
            introspection_depth: 16,
            introspection_lists: 2,
            introspection_selections: 500,
            selections: 2_000,
            aliases: 50,
            root_fields: 20,
            duplicates: 20,
            directives: 50,
            operations: 10,
        }
    }
}

/// Why a document is not run. [`fmt::Display`] gives one line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A limit was passed.
    Limit {
        /// The limit's public name, such as `documentTokens`: those in the comments of [`DocumentLimits`].
        name: &'static str,
        /// The largest number that would have passed.
        limit: u64,
        /// The document's number. For tokens and nesting: the number at which counting stopped.
        actual: u64,
    },
    /// A fragment spreads itself, directly or through others.
    FragmentCycle {
        /// A fragment of the cycle.
        name: String,
    },
    /// The text is not a GraphQL document.
    Syntax {
        /// What is wrong, in one line for people.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// The document is invalid by the rules of GraphQL, where the library would not see it.
    Invalid {
        /// What is wrong, in one line for people.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { name, limit, actual } => {
                write!(f, "The document passes the limit `{name}`: {actual}, and at most {limit} is allowed.")
            }
            Self::FragmentCycle { name } => write!(f, "The fragment `{name}` spreads itself."),
            Self::Syntax { message, .. } | Self::Invalid { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Refusal {}

/// Parses `text` if it is within `limits`.
///
/// Takes time in proportion to the text, plus at most [`DocumentLimits::selections`] steps for each operation, and
/// recurses no deeper than [`DocumentLimits::nesting`] brackets. Fragments that are spread but not defined, and all else
/// that needs the schema, are left to validation.
///
/// What is given back asks for the same as `text`, but has each `__typename` with directives in an inline fragment with
/// these directives, as the library validates and skips that as it should.
///
/// # Errors
///
/// The first [`Refusal`]: of the bytes, then of the syntax, then of the document, and of its `__typename` fields last.
/// Where a document passes several limits, the same one is named each time.
pub fn parse(text: &str, limits: &DocumentLimits) -> Result<ExecutableDocument, Refusal> {
    scan::scan(text, limits)?;
    let mut document = parse_query(text).map_err(|error| syntax::refusal(text, &error))?;
    check(&document, limits)?;
    typename::check(&mut document)?;
    Ok(document)
}

/// Checks a document that is parsed.
///
/// # Errors
/// The first [`Refusal`] of what can only be counted in a parsed document.
pub fn check(document: &ExecutableDocument, limits: &DocumentLimits) -> Result<(), Refusal> {
    walk::check(document, limits)?;
    within("duplicates", limits.duplicates, duplicates::most(document))
}

/// Refuses an `actual` above its `limit`.
fn within(name: &'static str, limit: u64, actual: u64) -> Result<(), Refusal> {
    if actual > limit {
        return Err(Refusal::Limit { name, limit, actual });
    }
    Ok(())
}
