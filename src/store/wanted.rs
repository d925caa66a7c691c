//! What a statement reads of each row.

use super::table::TableInfo;
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
    pub table: &'static str,
}

/// A column of one of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Whose.
    pub of: Row,
    /// Its name.
    pub name: &'static str,
    /// Whether it may hold a fraction.
    pub fraction: bool,
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
    /// What tells a row from others and gives it its place in lists: the id, then the columns that order it.
    pub fn rows(table: &'static TableInfo) -> Self {
        let columns = std::iter::once("id").chain(table.order.iter().map(|(name, _)| *name));
        let columns = columns.map(|name| Column { of: Row::Own, name, fraction: false }).collect();
        Self { table, joins: Vec::new(), columns, form: Form::Cells }
    }

    /// Every column of the table.
    pub fn all(table: &'static TableInfo) -> Self {
        let columns = table.columns.iter().map(|name| Column { of: Row::Own, name, fraction: false }).collect();
        Self { table, joins: Vec::new(), columns, form: Form::Named }
    }

    /// Wants a column; its place among the columns.
    pub fn column(&mut self, of: Row, name: &'static str, kind: Kind) -> usize {
        place(&mut self.columns, Column { of, name, fraction: kind == Kind::Number })
    }

    /// Wants to see the row that `from` names in its column `key`.
    pub fn join(&mut self, from: Row, key: &'static str, table: &'static str) -> Row {
        Row::Joined(place(&mut self.joins, Join { from, key, table }))
    }

    /// The columns of the table's own rows that must be read to get at all that is wanted.
    pub(super) fn own(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.columns.iter().filter(|column| column.of == Row::Own).map(|column| column.name);
        columns.chain(self.joins.iter().filter(|join| join.from == Row::Own).map(|join| join.key))
    }
}

/// The index of an element, which is added if it is not there yet.
fn place<T: PartialEq>(list: &mut Vec<T>, element: T) -> usize {
    list.iter().position(|present| *present == element).unwrap_or_else(|| {
        list.push(element);
        list.len() - 1
    })
}
