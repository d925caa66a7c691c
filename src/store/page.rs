//! A page of a list: how many rows, from which end, and between which positions.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Datelike, NaiveDate};
use sea_orm::{EntityTrait, ModelTrait, Value};
use serde::{Deserialize, Serialize};

use super::{
    Cells,
    table::{Table, TableInfo},
};
use crate::{domain::Kind, error::Error};

/// Rows a page has when the client does not say.
pub const DEFAULT_ROWS: u32 = 20;
/// Rows a page has at most. More is an error, never a shorter page than was asked for.
pub const MAX_ROWS: u32 = 200;

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
}

/// A page's arguments as the client gave them.
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
}

impl Page {
    /// Reads a page of `E` from its arguments.
    ///
    /// # Errors
    /// Both `first` and `last`, a negative number, a number above [`MAX_ROWS`], a cursor of another list.
    pub fn try_new<E: Table>(args: &PageArgs) -> Result<Self, Error> {
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
            return Err(Error::PageSize { argument, max: MAX_ROWS, actual: rows.into() });
        }
        let position = |argument, cursor: &Option<String>| match cursor {
            Some(text) => Position::decode::<E>(text).map(Some).map_err(|reason| Error::Cursor { argument, reason }),
            None => Ok(None),
        };
        Ok(Self {
            rows: count,
            backward: args.last.is_some(),
            after: position("after", &args.after)?,
            before: position("before", &args.before)?,
        })
    }
}

/// Where a row stands in its list: its values in the columns that order it, the id last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(Vec<Coordinate>);

/// A value of an ordering column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Coordinate {
    Number(i64),
    Date(NaiveDate),
    Text(String),
}

impl Position {
    /// The position of a row in the order of its table.
    pub fn of<E: Table>(row: &E::Model) -> Self {
        let values = E::ORDER.iter().map(|column| match row.get(*column) {
            Value::ChronoDate(Some(date)) => Coordinate::Date(date),
            Value::String(Some(text)) => Coordinate::Text(text),
            Value::Int(Some(number)) => Coordinate::Number(number.into()),
            other => unreachable!("{} is ordered by a column of {other:?}", E::default().as_str()),
        });
        Self(values.chain([Coordinate::Number(E::id(row))]).collect())
    }

    /// The position of a row that was read as [`Wanted::rows`](super::Wanted::rows) says, from the place `first` on.
    pub(super) fn of_cells(table: &TableInfo, cells: &Cells, row: usize, first: usize) -> Self {
        let values = table.order.iter().enumerate().filter_map(|(index, (_, kind))| {
            let column = first + 1 + index;
            match kind {
                Kind::Date => cells.date(row, column).map(Coordinate::Date),
                Kind::Integer => cells.number(row, column).map(Coordinate::Number),
                _ => cells.text(row, column).map(|text| Coordinate::Text(text.into_owned())),
            }
        });
        Self(values.chain(cells.number(row, first).map(Coordinate::Number)).collect())
    }

    /// The cursor that names this position: opaque, and bound to the list's table and order.
    pub fn encode(&self, table: &TableInfo) -> String {
        let cursor = (list_name(table), &self.0);
        URL_SAFE_NO_PAD.encode(serde_json::to_string(&cursor).unwrap_or_default())
    }

    /// Reads a cursor of a list of `E`; the error says what is wrong with it.
    fn decode<E: Table>(cursor: &str) -> Result<Self, &'static str> {
        const UNREADABLE: &str = "it cannot be read";
        let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| UNREADABLE)?;
        let (list, values): (String, Vec<Coordinate>) = serde_json::from_slice(&json).map_err(|_| UNREADABLE)?;
        if list != list_name(E::info()) {
            return Err("it is of another list");
        }
        if values.len() != E::ORDER.len() + 1 || !matches!(values.last(), Some(Coordinate::Number(_))) {
            return Err(UNREADABLE);
        }
        let fits = E::ORDER.iter().zip(&values).all(|(column, value)| value.fits::<E>(*column));
        if fits { Ok(Self(values)) } else { Err(UNREADABLE) }
    }

    /// The values, for a statement.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|coordinate| match coordinate {
            Coordinate::Number(number) => (*number).into(),
            Coordinate::Date(date) => (*date).into(),
            Coordinate::Text(text) => text.as_str().into(),
        })
    }
}

impl Coordinate {
    /// Whether it is a value that the column may have, on both engines.
    fn fits<E: Table>(&self, column: E::Column) -> bool {
        use sea_orm::{ColumnTrait, ColumnType};
        match column.def().get_column_type() {
            ColumnType::Date => matches!(self, Self::Date(date) if (1..=9999).contains(&date.year())),
            ColumnType::Integer | ColumnType::BigInteger => matches!(self, Self::Number(_)),
            _ => matches!(self, Self::Text(text) if !text.contains('\0')),
        }
    }
}

/// What a cursor is bound to: the table, its order and the direction of it.
fn list_name(table: &TableInfo) -> String {
    let mut name = table.name.to_owned();
    for (column, _) in &table.order {
        name.push(if table.descending { '-' } else { '+' });
        name.push_str(column);
    }
    name
}

/// Some rows of a list in its order, and whether there are more on the side that was cut.
#[derive(Clone, Debug)]
pub struct Slice<E: EntityTrait> {
    /// The rows.
    pub rows: Vec<std::sync::Arc<E::Model>>,
    /// Whether rows follow (a page from the front) or precede (from the back).
    pub more: bool,
}
