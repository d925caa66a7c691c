//! Answers written from a plan.
//!
//! Ordinary execution makes a future of every field and a value of every cell. Most fields are columns, and what is asked of
//! one row is asked of all rows of its list; so the selection is walked once, into a [`Plan`]: what to read (one statement a
//! list, with the rows that its rows name joined to them), and what to write of each row. Whatever a plan does not know,
//! and whatever goes wrong, is left to ordinary execution, which says what it is: a plan gives the same bytes, or none.

mod asked;
mod build;
mod columns;
mod run;
mod shape;
mod table;
mod write;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::{
    domain::Kind,
    store::{self, Kept, Predicate, Relation, TableInfo, Wanted},
};

pub use asked::Asked;
pub use shape::{Column, Entrance, Field, Other, Personal, Shape, camel_case, coordinate};
pub use table::{PAGE, Page, Row, Table};

/// What to read for a request, and what to write of it.
#[derive(Debug)]
pub struct Plan {
    reads: Vec<Read>,
    fields: Vec<(Key, Root)>,
    /// As of the end of which day, if not as of now.
    pub(super) as_of: Option<NaiveDate>,
}

/// One statement.
#[derive(Debug)]
struct Read {
    /// How many reads must be done before: none for those at the root.
    level: usize,
    /// Where the ids of the rows' parents are: the column of another read.
    parents: Vec<(usize, usize)>,
    what: What,
    /// The page of the one row's list that comes with it, in the same statement.
    along: Option<usize>,
    /// Whether it is such a page.
    comes_along: bool,
    statement: Kept,
}

/// What a statement reads.
#[derive(Debug)]
enum What {
    /// A page of all rows, or of each parent's.
    Page { wanted: Wanted, relation: Option<&'static Relation>, page: store::Page },
    /// Rows by their ids.
    Ids { wanted: Wanted, ids: Vec<i64> },
    /// Rows by the texts in a column, which is wanted too.
    Keys { wanted: Wanted, column: &'static str, keys: Vec<String> },
    /// The number of all rows that a filter keeps, or of each parent's.
    Total { table: &'static TableInfo, relation: Option<&'static Relation>, filter: Option<Arc<Predicate>> },
}

/// A field's name in the answer, as it is written: `"name":`.
type Key = Box<str>;

/// A field of the root.
#[derive(Debug)]
enum Root {
    Typename,
    List(List),
    /// The row of a read that has this text in this column.
    Key(usize, usize, String, Object),
    /// The row of a read that has this id, or null.
    Node(usize, i64, Object),
    /// Such rows of several reads, each by the read's place among these.
    Nodes(Vec<(usize, i64)>, Vec<(usize, Object)>),
}

/// What to write of a row.
#[derive(Debug)]
struct Object {
    fields: Vec<(Key, Output)>,
    /// How many values that is, lists apart.
    width: u64,
}

/// A field of a row. Columns are meant by their place among those wanted.
#[derive(Debug)]
enum Output {
    Typename(&'static str),
    /// The id of a row of this table.
    Id(&'static str, usize),
    Column(usize, Kind),
    /// A sealed value, and the column with the id of the row that it is of; nothing where it may not be seen.
    Personal(Option<(usize, Personal, usize)>),
    One(Object),
    /// An object if a column is not null.
    Maybe(usize, Object),
    /// The object of the first column that is not null.
    Choice(Vec<(usize, Object)>),
    List(List),
}

/// A connection.
#[derive(Debug)]
struct List {
    table: &'static TableInfo,
    /// The column with the parent's id.
    parent: Option<usize>,
    page: store::Page,
    /// The read that has its rows, if they are asked for.
    rows: Option<usize>,
    fields: Vec<(Key, ListOutput)>,
}

/// A field of a connection.
#[derive(Debug)]
enum ListOutput {
    Typename(String),
    Nodes(Object),
    /// Its fields, and how many values they are.
    Edges(Vec<(Key, EdgeOutput)>, u64),
    PageInfo(Vec<(Key, InfoOutput)>),
    Total(Total),
}

/// Where a list's count is.
#[derive(Clone, Copy, Debug)]
enum Total {
    /// A column of the parent's row.
    Column(usize),
    /// A read of counts.
    Read(usize),
}

/// A field of an edge.
#[derive(Debug)]
enum EdgeOutput {
    Typename(String),
    Cursor,
    Node(Object),
}

/// A field of a page's description.
#[derive(Clone, Copy, Debug)]
enum InfoOutput {
    Typename,
    HasNext,
    HasPrevious,
    Start,
    End,
}
