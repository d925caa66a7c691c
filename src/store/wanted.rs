//! What a statement reads of each row.

use super::table::{Relation, TableInfo};
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
    pub table: &'static str,
}

/// A column of one of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Whose.
    pub of: Row,
    /// What it holds.
    pub content: Content,
}

/// What a column of an answer's rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The column of this name.
    Plain(&'static str),
    /// The column of this name, whose numbers may have a fraction.
    Fraction(&'static str),
    /// How many rows of this table the relation leads to.
    Count(&'static str, &'static Relation),
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
        Self { columns: columns.map(own).collect(), joins: Vec::new(), table, form: Form::Cells, prefix: "" }
    }

    /// Every column of the table.
    pub fn all(table: &'static TableInfo) -> Self {
        let columns = table.columns.iter().copied().map(own).collect();
        Self { columns, joins: Vec::new(), table, form: Form::Named, prefix: "" }
    }

    /// Wants a column; its place among the columns.
    pub fn column(&mut self, of: Row, name: &'static str, kind: Kind) -> usize {
        let content = if kind == Kind::Number { Content::Fraction(name) } else { Content::Plain(name) };
        place(&mut self.columns, Column { of, content })
    }

    /// Wants to know how many rows of `table` a relation leads to from each row of its own; the place of their number.
    pub fn count(&mut self, table: &'static str, relation: &'static Relation) -> usize {
        place(&mut self.columns, Column { of: Row::Own, content: Content::Count(table, relation) })
    }

    /// What is counted for each row: tables, and the relations that lead to their rows.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, &'static Relation)> {
        self.columns.iter().filter_map(|column| match column.content {
            Content::Count(table, relation) => Some((table, relation)),
            Content::Plain(_) | Content::Fraction(_) => None,
        })
    }

    /// Wants to see the row that `from` names in its column `key`.
    pub fn join(&mut self, from: Row, key: &'static str, table: &'static str) -> Row {
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
