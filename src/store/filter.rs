//! Which rows of a list are kept: what may be asked of a row, and the condition that says it in SQL.
//!
//! A predicate is true or not, of every row: what is null is neither equal, greater nor less, and whatever is not true is
//! true of `not`. So a filter and its `not` divide a list between them, which three-valued logic would not.

use std::{collections::BTreeSet, ops::Not};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    DbBackend, Value,
    sea_query::{Alias, Asterisk, BinOper, Expr, ExprTrait, Func, IntoIden, Keyword, Query, SelectStatement},
};

use super::{
    select::{Values, is_any, value},
    sight::View,
    table::{Relation, TableInfo},
};
use crate::{domain::Datum, secrets::Purpose};

/// What must be true of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// All of these; of every row if there are none.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// Something of the value in a column.
    Column(&'static str, Test),
    /// These words stand in the text of a column side by side, the last of them at least in its beginning; as
    /// [`text::words`](crate::text::words) makes them.
    Words(&'static str, Vec<String>),
    /// A column has the keyed hash of one of these values.
    Sealed(Sealed, Vec<String>),
    /// Something of the row that a column names.
    Parent(&'static str, &'static TableInfo, Box<Self>),
    /// Something of at least one row that a relation leads to.
    Some(&'static Relation, &'static TableInfo, Box<Self>),
    /// Something of the number of rows that a relation leads to.
    Count(&'static Relation, &'static TableInfo, Test),
}

/// Values that are kept sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sealed {
    /// The column with their keyed hashes.
    pub hash: &'static str,
    /// What the schema calls the field when it is asked of, for the log: `filter:Member.phone`.
    pub asked: &'static str,
    /// What they are sealed for.
    pub purpose: Purpose,
}

/// What must be true of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// It compares so.
    Is(Comparison, Datum),
    /// It is one of these texts, whole numbers or days.
    In(Vec<Datum>),
    /// It is a text with this one in it, to the letter.
    Contains(String),
    /// It is a text that begins so.
    StartsWith(String),
    /// It is a text that ends so.
    EndsWith(String),
    /// There is none.
    Null,
}

/// How a value compares with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// Is equal.
    Eq,
    /// Is greater, or later.
    Gt,
    /// Is greater or equal.
    Gte,
    /// Is less, or earlier.
    Lt,
    /// Is less or equal.
    Lte,
}

impl Not for Predicate {
    type Output = Self;

    /// What is true where this is not.
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl Predicate {
    /// The sealed values that it asks of, each with what the log calls that.
    pub(super) fn sealed(&self, note: &mut dyn FnMut(&'static str)) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.sealed(note)),
            Self::Not(one) | Self::Parent(_, _, one) | Self::Some(_, _, one) => one.sealed(note),
            Self::Sealed(sealed, _) => note(sealed.asked),
            Self::Column(..) | Self::Words(..) | Self::Count(..) => {}
        }
    }

    /// The tables that it looks into, the rows' own apart.
    pub(super) fn tables(&self, into: &mut BTreeSet<&'static str>) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.tables(into)),
            Self::Not(one) => one.tables(into),
            Self::Column(..) | Self::Words(..) | Self::Sealed(..) => {}
            Self::Parent(_, table, is) => {
                into.insert(table.name);
                is.tables(into);
            }
            Self::Some(relation, table, is) => {
                into.insert(table.name);
                into.extend(relation.tables());
                is.tables(into);
            }
            Self::Count(relation, table, _) => {
                into.insert(table.name);
                into.extend(relation.tables());
            }
        }
    }
}

/// How many rows are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Perhaps all of a table: the rows that others lead to are best found once.
    All,
    /// Those of some parents: each is best asked for itself.
    Few,
}

/// The condition for the rows that `of` names.
pub(super) fn condition(
    view: View<'_>,
    table: &'static TableInfo,
    of: &str,
    predicate: &Predicate,
    asked: Asked,
) -> Expr {
    Conditions { view, engine: view.engine, asked, names: 0 }.condition(table, of, predicate)
}

struct Conditions<'a> {
    view: View<'a>,
    engine: DbBackend,
    asked: Asked,
    /// How many tables have got a name so far.
    names: usize,
}

impl Conditions<'_> {
    fn condition(&mut self, table: &'static TableInfo, of: &str, predicate: &Predicate) -> Expr {
        let column = |name: &'static str| Expr::col((Alias::new(of), name));
        match predicate {
            Predicate::All(all) => self.joined(table, of, all, ExprTrait::and, "TRUE"),
            Predicate::Any(all) => self.joined(table, of, all, ExprTrait::or, "FALSE"),
            Predicate::Not(one) => {
                self.condition(table, of, one).is_not(Expr::Keyword(Keyword::Custom("TRUE".into_iden())))
            }
            Predicate::Column(name, test) => self.test(column(name), test),
            Predicate::Words(name, words) => self.words(table, of, name, words),
            Predicate::Sealed(Sealed { hash: name, purpose, .. }, values) => {
                let hashes = values.iter().flat_map(|value| self.view.secrets.hashes(*purpose, value));
                is_any(self.engine, column(name), Values::Keys(&hashes.collect::<Vec<_>>()))
            }
            Predicate::Parent(key, parent, is) => {
                let name = self.name();
                let ids = Query::select()
                    .column((Alias::new(&name), "id"))
                    .from_as(parent.name, Alias::new(&name))
                    .and_where(self.seen(parent, &name, is))
                    .to_owned();
                column(key).in_subquery(ids)
            }
            Predicate::Some(relation, other, is) => self.some(of, relation, other, is),
            Predicate::Count(relation, other, test) => {
                let (mut rows, name, parent) = self.rows(relation, other);
                rows.expr(Expr::col(Asterisk).count()).and_where(parent.eq(column("id")));
                if let Some(seen) = self.rule(other, &name) {
                    rows.and_where(seen);
                }
                self.test(Expr::from(rows), test)
            }
        }
    }

    /// As [`Self::condition`], for rows of another table than the one that is asked, which may not all be seen.
    fn seen(&mut self, table: &'static TableInfo, of: &str, predicate: &Predicate) -> Expr {
        let is = self.condition(table, of, predicate);
        match self.rule(table, of) {
            Some(seen) => seen.and(is),
            None => is,
        }
    }

    fn rule(&mut self, table: &'static TableInfo, of: &str) -> Option<Expr> {
        let rule = self.view.sight.rule(table.name)?;
        Some(self.condition(table, of, &rule))
    }

    fn joined(
        &mut self,
        table: &'static TableInfo,
        of: &str,
        all: &[Predicate],
        join: fn(Expr, Expr) -> Expr,
        none: &'static str,
    ) -> Expr {
        let all: Vec<Expr> = all.iter().map(|one| self.condition(table, of, one)).collect();
        all.into_iter().reduce(join).unwrap_or_else(|| Expr::cust(none))
    }

    fn test(&self, tested: Expr, test: &Test) -> Expr {
        let sqlite = self.engine == DbBackend::Sqlite;
        match test {
            Test::Is(comparison, Datum::Moment(moment)) if !sqlite => self.moment(tested, *comparison, *moment),
            Test::Is(comparison, datum) => {
                let compare: fn(Expr, Expr) -> Expr = match comparison {
                    Comparison::Eq => ExprTrait::eq,
                    Comparison::Gt => ExprTrait::gt,
                    Comparison::Gte => ExprTrait::gte,
                    Comparison::Lt => ExprTrait::lt,
                    Comparison::Lte => ExprTrait::lte,
                };
                compare(tested, Expr::val(value(self.engine, datum)))
            }
            Test::In(data) if data.is_empty() => Expr::cust("FALSE"),
            Test::In(data) => is_any(self.engine, tested, Values::Data(data)),
            Test::Contains(part) => self.place(tested, part).gt(Expr::cust("0")),
            Test::StartsWith(part) => self.place(tested, part).eq(Expr::cust("1")),
            Test::EndsWith(part) if sqlite => {
                let length = i64::try_from(part.chars().count()).unwrap_or(i64::MAX);
                Expr::from(Func::cust("substr").arg(tested).arg(-length)).eq(part)
            }
            Test::EndsWith(part) => {
                let length = i64::try_from(part.chars().count()).unwrap_or(i64::MAX);
                Expr::from(Func::cust("right").arg(tested).arg(Expr::val(length).cast_as("integer"))).eq(part)
            }
            Test::Null => tested.is_null(),
        }
    }

    /// Answers show moments to the millisecond, and PostgreSQL keeps microseconds: one is as good as another within it.
    fn moment(&self, tested: Expr, comparison: Comparison, moment: DateTime<Utc>) -> Expr {
        let begins = Expr::val(value(self.engine, &Datum::Moment(moment)));
        let ends = Expr::val(value(self.engine, &Datum::Moment(moment + TimeDelta::milliseconds(1))));
        match comparison {
            Comparison::Eq => tested.clone().gte(begins).and(tested.lt(ends)),
            Comparison::Gt => tested.gte(ends),
            Comparison::Gte => tested.gte(begins),
            Comparison::Lt => tested.lt(begins),
            Comparison::Lte => tested.lt(ends),
        }
    }

    /// Where a part stands in a text, from 1; 0 if nowhere.
    fn place(&self, text: Expr, part: &str) -> Expr {
        let function = if self.engine == DbBackend::Sqlite { "instr" } else { "strpos" };
        Expr::from(Func::cust(function).arg(text).arg(part))
    }

    fn words(&self, table: &'static TableInfo, of: &str, column: &'static str, words: &[String]) -> Expr {
        match self.engine {
            DbBackend::Sqlite => {
                let index = format!("{}_words", table.name);
                let phrase: Value = format!("{column} : \"{}\" *", words.join(" ")).into();
                let matching = Expr::col(Alias::new(&index)).binary(BinOper::Custom("MATCH"), Expr::val(phrase));
                let ids = Query::select().column("rowid").from(Alias::new(index)).and_where(matching).to_owned();
                Expr::col((Alias::new(of), "id")).in_subquery(ids)
            }
            _ => {
                let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
                let phrase = Expr::val(format!("{}:*", words.join(" <-> "))).cast_as("tsquery");
                let text = Func::cust("antq_words").arg(Expr::col((Alias::new(of), column)));
                let vector = Expr::from(Func::cust("to_tsvector").arg(Expr::cust("'simple'")).arg(text));
                vector.binary(BinOper::Custom("@@"), phrase)
            }
        }
    }

    fn some(&mut self, of: &str, relation: &'static Relation, table: &'static TableInfo, is: &Predicate) -> Expr {
        let id = Expr::col((Alias::new(of), "id"));
        let (mut rows, name, parent) = self.rows(relation, table);
        rows.and_where(self.seen(table, &name, is));
        match self.asked {
            Asked::All => {
                rows.expr(parent.clone()).and_where(parent.is_not_null());
                id.in_subquery(rows)
            }
            Asked::Few => {
                rows.expr(Expr::cust("1")).and_where(parent.eq(id));
                Expr::exists(rows)
            }
        }
    }

    /// The rows of a table that a relation leads to, the name that they have, and the id of the parent of each.
    fn rows(&mut self, relation: &'static Relation, table: &'static TableInfo) -> (SelectStatement, String, Expr) {
        let name = self.name();
        let mut rows = Query::select();
        rows.from_as(table.name, Alias::new(&name));
        let parent = match *relation {
            Relation::Column(column) => Expr::col((Alias::new(&name), column)),
            Relation::Pairs { table: pairs, parent, row, .. } => {
                let pair = self.name();
                let leads = Expr::col((Alias::new(&pair), row)).equals((Alias::new(&name), "id"));
                rows.join_as(sea_orm::JoinType::InnerJoin, pairs, Alias::new(&pair), leads);
                Expr::col((Alias::new(&pair), parent))
            }
        };
        (rows, name, parent)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("asked_{}", self.names)
    }
}
