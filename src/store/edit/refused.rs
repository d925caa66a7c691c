//! Why a change is not made: the writer's to mend, or the database's.

use sea_orm::DbErr;

use crate::domain::RefusalCode;

/// A change that is not made, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What kind of reason.
    pub code: RefusalCode,
    /// The column that it is about, if it is about one.
    pub column: Option<&'static str>,
    /// Which of several in that column, from 0, if it is about one of several.
    pub index: Option<usize>,
    /// For people.
    pub message: String,
    /// The version that the row has, where that is the reason.
    pub present_version: Option<i32>,
}

impl Refused {
    /// A reason about a row as a whole.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, column: None, index: None, message: message.into(), present_version: None }
    }

    /// About a column of it.
    #[must_use]
    pub fn at(self, column: &'static str) -> Self {
        Self { column: Some(column), ..self }
    }

    /// About one of several in that column.
    #[must_use]
    pub fn nth(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// No row of a table has a number, or it may not be seen: which of the two is told to nobody.
    pub fn missing(table: &str) -> Self {
        Self::new(RefusalCode::NotFound, format!("There is no {} with this id.", table.replace('_', " ")))
    }

    /// A row was changed since it was read.
    pub fn conflict(expected: i32, present: i32) -> Self {
        let message = format!(
            "It was changed meanwhile: `expectedVersion` is {expected}, and its present version is {present}. Read it again, and change that."
        );
        Self { present_version: Some(present), ..Self::new(RefusalCode::Conflict, message) }
    }

    /// A place that the writer is not entrusted with.
    pub fn elsewhere() -> Self {
        Self::new(RefusalCode::Forbidden, "Your key is limited to other places: `me { cities wards }` says to which.")
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub enum Failure {
    /// The writer can mend it.
    Refused(Refused),
    /// Nobody's fault who writes.
    Database(DbErr),
}

impl Failure {
    /// The same, about a column, if it is the writer's to mend.
    #[must_use]
    pub fn at(self, column: &'static str) -> Self {
        match self {
            Self::Refused(refused) => Self::Refused(refused.at(column)),
            database => database,
        }
    }

    /// About one of several in that column.
    #[must_use]
    pub fn nth(self, index: usize) -> Self {
        match self {
            Self::Refused(refused) => Self::Refused(refused.nth(index)),
            database => database,
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}
