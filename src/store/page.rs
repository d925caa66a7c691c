//! A page of a list: how many rows, from which end, and between which positions.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::EntityTrait;
use serde_json::Value as Json;

use super::{
    filter::Predicate,
    order::{Order, Term},
    table::TableInfo,
};
use crate::{domain::Datum, error::Error};

/// Rows a page has when the client does not say.
pub const DEFAULT_ROWS: u32 = 20;
/// Rows a page has at most. More is an error, never a shorter page than was asked for.
pub const MAX_ROWS: u32 = 200;
/// What that limit is called.
pub const PAGE_ROWS: &str = "pageRows";

/// As many rows as there are.
pub const ALL_ROWS: u32 = u32::MAX;

/// Which rows of a list are wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page {
    /// How many rows at most.
    pub rows: u32,
    /// Whether they are the last of the list and not the first.
    pub backward: bool,
    /// Only rows behind this position.
    pub after: Option<Position>,
    /// Only rows before this position.
    pub before: Option<Position>,
    /// What must be true of a row to be in the list at all.
    pub filter: Option<Arc<Predicate>>,
    /// The order of the list.
    pub order: Arc<Order>,
}

/// A page's arguments: as the client gave them, but for the filter and the order, which have been read.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// The first so many rows.
    pub first: Option<i32>,
    /// Rows behind this cursor.
    pub after: Option<String>,
    /// The last so many rows.
    pub last: Option<i32>,
    /// Rows before this cursor.
    pub before: Option<String>,
    /// What must be true of a row.
    pub filter: Option<Predicate>,
    /// By what the list is ordered; by what its table is if there is nothing.
    pub order: Vec<Term>,
}

impl Page {
    /// Reads a page of a table's rows from its arguments.
    ///
    /// # Errors
    /// Both `first` and `last`, a negative number, a number above [`MAX_ROWS`], a cursor of another list.
    pub fn try_new(table: &TableInfo, args: PageArgs) -> Result<Self, Error> {
        let (argument, rows) = match (args.first, args.last) {
            (Some(_), Some(_)) => return Err(Error::BadInput("Give `first` or `last`, not both.".to_owned())),
            (Some(rows), None) => ("first", rows),
            (None, Some(rows)) => ("last", rows),
            (None, None) => ("first", DEFAULT_ROWS.cast_signed()),
        };
        let Ok(count) = u32::try_from(rows) else {
            return Err(Error::BadInput(format!("`{argument}` is {rows}, and a page cannot have fewer than 0 rows.")));
        };
        if count > MAX_ROWS {
            return Err(Error::PageSize { name: PAGE_ROWS, argument, max: MAX_ROWS, actual: rows.into() });
        }
        let order = if args.order.is_empty() { Order::of_table(table) } else { Order::new(args.order) };
        let position = |argument, cursor: &Option<String>| match cursor {
            Some(text) => {
                Position::decode(table, &order, text).map(Some).map_err(|reason| Error::Cursor { argument, reason })
            }
            None => Ok(None),
        };
        Ok(Self {
            rows: count,
            backward: args.last.is_some(),
            after: position("after", &args.after)?,
            before: position("before", &args.before)?,
            filter: args.filter.map(Arc::new),
            order: Arc::new(order),
        })
    }

    /// Reads what a table is to have of a list: [`ALL_ROWS`] where it is not said how many, and as many as are asked for,
    /// which may be more than a page has. Only those from the front can be read page by page, so `last` is a page's.
    ///
    /// # Errors
    /// As [`Self::try_new`].
    pub fn of_table(table: &TableInfo, args: PageArgs) -> Result<Self, Error> {
        let rows = match (args.first.map(u32::try_from), args.last) {
            (None, None) => ALL_ROWS,
            (Some(Ok(rows)), None) => rows,
            _ => return Self::try_new(table, args),
        };
        Ok(Self { rows, ..Self::try_new(table, PageArgs { first: Some(0), ..args })? })
    }

    /// The tables that its filter and its order look into.
    pub(super) fn tables(&self) -> Vec<&'static str> {
        let mut tables = BTreeSet::new();
        self.filter.iter().for_each(|filter| filter.tables(&mut tables));
        self.order.tables(&mut tables);
        tables.into_iter().collect()
    }
}

/// Where a row stands in its list: what the list is ordered by, and the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    values: Vec<Option<Datum>>,
    id: i64,
}

impl Position {
    /// The position of a row with these values for each term of its list's order.
    pub fn new(values: Vec<Option<Datum>>, id: i64) -> Self {
        Self { values, id }
    }

    /// The cursor that names this position: opaque, and bound to the list's table and order.
    pub fn encode(&self, table: &TableInfo, order: &Order) -> String {
        let values = self.values.iter().map(|value| value.as_ref().map_or(Json::Null, Datum::to_json));
        let values: Vec<Json> = values.chain([self.id.into()]).collect();
        URL_SAFE_NO_PAD.encode(serde_json::json!([order.name(table), values]).to_string())
    }

    /// Reads a cursor of a list of `table` in this order.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow a colon.
    pub fn decode(table: &TableInfo, order: &Order, cursor: &str) -> Result<Self, &'static str> {
        const UNREADABLE: &str = "it cannot be read";
        let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| UNREADABLE)?;
        let (list, values): (String, Vec<Json>) = serde_json::from_slice(&json).map_err(|_| UNREADABLE)?;
        if list != order.name(table) {
            let same_table = list.split(['+', '-']).next() == Some(table.name);
            return Err(if same_table { "it is of a list in another order" } else { "it is of another list" });
        }
        let Some((id, values)) = values.split_last() else { return Err(UNREADABLE) };
        if values.len() != order.terms().len() {
            return Err(UNREADABLE);
        }
        let values = order.terms().iter().zip(values).map(|(term, value)| match value {
            Json::Null if term.is_nullable() => Some(None),
            value => Datum::from_json(value, term.kind()).map(Some),
        });
        let values = values.collect::<Option<_>>().ok_or(UNREADABLE)?;
        Ok(Self { values, id: id.as_i64().ok_or(UNREADABLE)? })
    }

    /// What a statement compares with, the id last.
    pub(super) fn data(&self) -> impl Iterator<Item = Option<Datum>> {
        self.values.iter().cloned().chain([Some(Datum::Integer(self.id))])
    }

    /// How two rows stand to each other in a list of this order.
    pub(super) fn compare(&self, other: &Self, order: &Order) -> Ordering {
        let pairs = order.terms().iter().zip(self.values.iter().zip(&other.values));
        let compared = pairs.map(|(term, (one, other))| term.compare(one.as_ref(), other.as_ref()));
        let ids = self.id.cmp(&other.id);
        let ids = if order.descending() { ids.reverse() } else { ids };
        compared.fold(Ordering::Equal, Ordering::then).then(ids)
    }
}

/// Some rows of a list in its order, and whether there are more on the side that was cut.
#[derive(Clone, Debug)]
pub struct Slice<E: EntityTrait> {
    /// The rows, each with its position.
    pub rows: Vec<(Position, Arc<E::Model>)>,
    /// Whether rows follow (a page from the front) or precede (from the back).
    pub more: bool,
}
