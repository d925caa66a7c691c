//! The contract with clients, as far as a program can check it: how the schema differs from one that was released, and
//! whether what is deprecated keeps its promises. `docs/CONTRACT.md` says it in words.

mod deprecation;
mod elements;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;

use async_graphql::parser;
use chrono::NaiveDate;

use elements::Elements;

/// A difference that a client may notice, or a deprecation that does not keep its promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// How much it matters.
    pub weight: Weight,
    /// What it is, in one sentence that names the element.
    pub text: String,
}

/// How much a change matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A query or a program that was right before may not be so now.
    Breaking,
    /// A deprecation has no date, too near a date, or one that has passed.
    Deprecation,
    /// Every query stays right, but a program may meet what it does not know, or another default.
    Dangerous,
}

impl Weight {
    /// Whether the contract forbids it.
    pub fn is_forbidden(self) -> bool {
        self != Self::Dangerous
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Breaking => "breaking",
            Weight::Deprecation => "deprecation",
            Weight::Dangerous => "dangerous",
        };
        write!(f, "{weight}: {}", self.text)
    }
}

/// What `present` changes for those who know `released`, both in the schema definition language: what is forbidden first,
/// and in the order of the names. What no client can notice, such as a new field, is left out.
///
/// An element that was deprecated in `released` may be gone from the day on that its deprecation names; `today` is compared
/// with it.
///
/// # Errors
/// One of the texts is not a schema.
pub fn changes(released: &str, present: &str, today: NaiveDate) -> Result<Vec<Change>, parser::Error> {
    let (released, present) = (Elements::read(released)?, Elements::read(present)?);
    let mut changes = rules::differences(&released, &present, today);
    changes.extend(deprecation::faults(&released, &present, today));
    changes.sort();
    Ok(changes)
}
