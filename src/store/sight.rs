//! What a caller may see of the register.

use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait},
};

use super::{
    filter::{Asked, Predicate, Test, condition},
    table::TableInfo,
};
use crate::{domain::Datum, secrets::Secrets};

/// What may be seen. What may not be is never read into an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sight {
    /// Which members.
    pub members: Members,
    /// Whether their personal data may be seen too.
    pub personal: bool,
    /// Whether the keys and the access log may be.
    pub admin: bool,
    /// As of the end of which day in Vietnam; as of now if there is none.
    pub as_of: Option<NaiveDate>,
}

/// Which members may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Members {
    /// None: they are only counted, by places, where that tells of nobody.
    #[default]
    None,
    /// Those of some places, and nothing of the others.
    Within(Arc<Places>),
    /// All.
    All,
}

/// Places, by the ids of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Places {
    /// Cities, in ascending order.
    pub cities: Vec<i64>,
    /// Wards, in ascending order.
    pub wards: Vec<i64>,
}

impl Places {
    /// Whether a ward, or the city that it belongs to, is among them.
    pub fn has(&self, ward: i64, city: i64) -> bool {
        self.wards.contains(&ward) || self.cities.contains(&city)
    }
}

impl Sight {
    /// Everything.
    pub fn all() -> Self {
        Self { members: Members::All, personal: true, admin: true, as_of: None }
    }
}

/// The engine that a statement is made for, and what may be read by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) engine: DbBackend,
    pub(super) sight: &'a Sight,
    /// What sealed values are found by.
    pub(super) secrets: &'a Secrets,
}

impl Sight {
    /// What must be true of a row of this table to be seen; nothing where all are.
    pub(super) fn rule(&self, table: &str) -> Option<Predicate> {
        match self.rows(table) {
            Members::All => None,
            Members::Within(places) => Some(within(places)),
            Members::None => Some(Predicate::Any(Vec::new())),
        }
    }

    /// Whether all of a table's rows may be seen.
    pub fn shows_all(&self, table: &TableInfo) -> bool {
        matches!(self.rows(table.name), Members::All)
    }

    /// Whether none of a table's rows may be seen.
    pub fn hides(&self, table: &TableInfo) -> bool {
        match self.rows(table.name) {
            Members::All => false,
            Members::Within(places) => **places == Places::default(),
            Members::None => true,
        }
    }

    /// Which of a table's rows may be seen.
    pub(super) fn rows(&self, table: &str) -> &Members {
        match table {
            "member" => &self.members,
            "access_log" if !self.admin => &Members::None,
            _ => &Members::All,
        }
    }
}

fn within(places: &Places) -> Predicate {
    let one_of = |column, ids: &[i64]| {
        (!ids.is_empty())
            .then(|| Predicate::Column(column, Test::In(ids.iter().copied().map(Datum::Integer).collect())))
    };
    Predicate::Any(
        [one_of("city_id", &places.cities), one_of("ward_id", &places.wards)].into_iter().flatten().collect(),
    )
}

impl<'a> View<'a> {
    /// What must be true of the rows of a table that `of` names to be seen, as a condition.
    pub(super) fn seen(self, table: &'static TableInfo, of: &str, asked: Asked) -> Option<Expr> {
        Some(condition(self, table, of, &self.sight.rule(table.name)?, asked))
    }

    /// Whether not all rows of a table are kept: some may not be seen, or a filter leaves them out.
    pub(super) fn keeps_some(self, table: &'static TableInfo, filter: Option<&Predicate>) -> bool {
        filter.is_some() || !self.sight.shows_all(table)
    }

    /// The condition for a join with the row that a row names, `of`: one that may not be seen is as if it were not there.
    pub(super) fn names(self, table: &'static TableInfo, of: &str, names: Expr) -> Expr {
        match self.seen(table, of, Asked::Few) {
            Some(seen) => names.and(seen),
            None => names,
        }
    }
}
