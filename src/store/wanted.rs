//! What a statement reads of each row.

use std::sync::Arc;

use super::{
    filter::Predicate,
    order::{By, Order, Term},
    table::{Relation, TableInfo},
};
use crate::domain::Kind;

/// Columns of a table's rows, and of the rows that they name, joined to them.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The table.
    pub table: &'static TableInfo,
    /// The rows joined, each by a foreign key: of the table, or of one joined before.
    pub joins: Vec<Join>,
    /// The columns, in the order in which they are read.
    pub columns: Vec<Column>,
    /// How they are to come.
    pub form: Form,
    /// What the names of its rows begin with in the statement, which may read another table's as well.
    pub prefix: &'static str,
}

/// How rows come from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Under their columns' names, for models.
    Named,
    /// As [`Cells`](super::Cells), by place.
    Cells,
}

/// A row that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Which row names it.
    pub from: Row,
    /// In which column.
    pub key: &'static str,
    /// The table that it is in.
    pub table: &'static TableInfo,
}

/// A column of one of the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Whose.
    pub of: Row,
    /// What it holds.
    pub content: Content,
}

/// What a column of an answer's rows holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The column of this name.
    Plain(&'static str),
    /// The column of this name, whose numbers may have a fraction.
    Fraction(&'static str),
    /// How many rows of this table the relation leads to, those that a filter leaves out not counted.
    Count(&'static TableInfo, &'static Relation, Option<Arc<Predicate>>),
}

/// One of the rows that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The row of the table itself.
    Own,
    /// The row of the join with this index.
    Joined(usize),
}

impl Wanted {
    /// What tells a row from others: the id.
    pub fn rows(table: &'static TableInfo) -> Self {
        Self { columns: vec![own("id")], joins: Vec::new(), table, form: Form::Cells, prefix: "" }
    }

    /// What tells a row from others and gives it its place in a list: the id, then what the list is ordered by.
    pub fn page(table: &'static TableInfo, order: &Order) -> Self {
        let mut wanted = Self::rows(table);
        wanted.in_order(order);
        wanted
    }

    /// Every column of the table.
    pub fn all(table: &'static TableInfo) -> Self {
        let columns = table.columns.iter().copied().map(own).collect();
        Self { columns, joins: Vec::new(), table, form: Form::Named, prefix: "" }
    }

    /// Adds a column for each term of an order, in a row.
    pub fn in_order(&mut self, order: &Order) {
        for term in order.terms() {
            let column = self.ordering(term);
            self.columns.push(column);
        }
    }

    fn ordering(&mut self, term: &Term) -> Column {
        let of = term.path.iter().fold(Row::Own, |row, step| self.join(row, step.key, step.table));
        let content = match term.by {
            By::Column { name, kind: Kind::Number, .. } => Content::Fraction(name),
            By::Column { name, .. } => Content::Plain(name),
            By::Count(relation, table) => Content::Count(table, relation, None),
        };
        Column { of, content }
    }

    /// Wants a column; its place among the columns.
    pub fn column(&mut self, of: Row, name: &'static str, kind: Kind) -> usize {
        let content = if kind == Kind::Number { Content::Fraction(name) } else { Content::Plain(name) };
        place(&mut self.columns, Column { of, content })
    }

    /// Wants to know how many rows of `table` a relation leads to from each row of its own; the place of their number.
    pub fn count(
        &mut self,
        table: &'static TableInfo,
        relation: &'static Relation,
        filter: Option<Arc<Predicate>>,
    ) -> usize {
        place(&mut self.columns, Column { of: Row::Own, content: Content::Count(table, relation, filter) })
    }

    /// What is counted for each row: tables, the relations that lead to their rows, and which of those are counted.
    pub fn counts(&self) -> impl Iterator<Item = (&'static TableInfo, &'static Relation, Option<&Predicate>)> {
        self.columns.iter().filter_map(|column| match &column.content {
            Content::Count(table, relation, filter) => Some((*table, *relation, filter.as_deref())),
            Content::Plain(_) | Content::Fraction(_) => None,
        })
    }

    /// Wants to see the row that `from` names in its column `key`.
    pub fn join(&mut self, from: Row, key: &'static str, table: &'static TableInfo) -> Row {
        Row::Joined(place(&mut self.joins, Join { from, key, table }))
    }

    /// The columns of the table's own rows that must be read to get at all that is wanted.
    pub(super) fn own(&self) -> impl Iterator<Item = &'static str> {
        let columns =
            self.columns.iter().filter(|column| column.of == Row::Own).filter_map(|column| match column.content {
                Content::Plain(name) | Content::Fraction(name) => Some(name),
                Content::Count(..) => None,
            });
        columns.chain(self.joins.iter().filter(|join| join.from == Row::Own).map(|join| join.key))
    }
}

fn own(name: &'static str) -> Column {
    Column { of: Row::Own, content: Content::Plain(name) }
}

/// The index of an element, which is added if it is not there yet.
fn place<T: PartialEq>(list: &mut Vec<T>, element: T) -> usize {
    list.iter().position(|present| *present == element).unwrap_or_else(|| {
        list.push(element);
        list.len() - 1
    })
}
