//! What the store knows of a table and of the ways that lead to its rows.

use std::cmp::Ordering;

use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, FromQueryResult, IdenStatic, Iterable, ModelTrait, sea_query::Order,
};

use super::sight::Sight;
use crate::domain::Kind;

/// A table whose rows are served: how they are told apart and in which order they are listed.
pub trait Table:
    EntityTrait<Model: FromQueryResult + ModelTrait<Entity = Self> + Send + Sync> + IdenStatic + Default
{
    /// The columns that lists of this table are ordered by, none of them nullable; the id is always appended.
    const ORDER: &'static [Self::Column] = &[];
    /// The direction of that order, the id's included.
    const DIRECTION: Order = Order::Asc;
    /// Whether the rows are units of administration, whose names begin with the kind of unit.
    const IS_PLACE: bool = false;
    /// The columns with texts in Vietnamese, each with the one that puts them in the order of the alphabet.
    const TEXTS: &'static [(&'static str, &'static str)] = &[];

    /// The row's id.
    fn id(row: &Self::Model) -> i64;

    /// What a statement needs to know of the table.
    fn info() -> &'static TableInfo;
}

/// What a statement needs to know of a table.
#[derive(Debug)]
pub struct TableInfo {
    /// Its name.
    pub name: &'static str,
    /// All its columns.
    pub columns: Vec<&'static str>,
    /// The columns that its lists are ordered by, with their kinds; the id, which is always the last, apart.
    pub order: Vec<(&'static str, Kind)>,
    /// Whether that order is descending.
    pub descending: bool,
    /// Whether its rows are units of administration, whose names begin with the kind of unit.
    pub is_place: bool,
    /// The texts in Vietnamese: each with the column that puts them in the order of the alphabet.
    pub texts: &'static [(&'static str, &'static str)],
}

// There is one of each table.
impl PartialEq for TableInfo {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for TableInfo {}
impl PartialOrd for TableInfo {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for TableInfo {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}
impl std::hash::Hash for TableInfo {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl TableInfo {
    /// Of the table `E`.
    pub fn of<E: Table>() -> Self {
        Self {
            name: E::default().as_str(),
            columns: E::Column::iter().map(|column| column.as_str()).collect(),
            order: E::ORDER.iter().map(|column| (column.as_str(), kind::<E>(*column))).collect(),
            descending: E::DIRECTION == Order::Desc,
            is_place: E::IS_PLACE,
            texts: E::TEXTS,
        }
    }

    /// Whether not everyone may see all of its rows.
    pub fn is_guarded(&self) -> bool {
        !Sight::default().shows_all(self)
    }

    /// The column that puts the rows in the order of the alphabet by a text in Vietnamese, if it is one.
    pub fn alphabetical(&self, column: &str) -> Option<&'static str> {
        self.texts.iter().find(|(text, _)| *text == column).map(|(_, order)| *order)
    }
}

/// The kind of a column that orders rows: a day, a moment, a whole number or a text.
fn kind<E: Table>(column: E::Column) -> Kind {
    match column.def().get_column_type() {
        ColumnType::Date => Kind::Date,
        ColumnType::TimestampWithTimeZone => Kind::Moment,
        ColumnType::Integer | ColumnType::BigInteger => Kind::Integer,
        _ => Kind::Text,
    }
}

/// A table whose rows are known by a text of their own: a code or a slug.
pub trait Keyed: Table {
    /// The column that holds it.
    const KEY: Self::Column;
}

/// A table whose rows are known within their parent by a text of their own.
pub trait KeyedWithin: Table {
    /// The column that names the parent.
    const PARENT: Self::Column;
    /// The column that holds the text.
    const KEY: Self::Column;
}

/// A way from a parent to its rows: a column of theirs, or pairs kept in another table or view.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The rows' own column holds the parent's id.
    Column(&'static str),
    /// A table of pairs leads from the parent to the rows.
    Pairs {
        /// The table or view.
        table: &'static str,
        /// Its column with the parent's id.
        parent: &'static str,
        /// Its column with the row's id.
        row: &'static str,
        /// The tables that a view is made from; none for a table.
        over: &'static [&'static str],
    },
}

impl Relation {
    /// A relation by way of a table of pairs.
    pub const fn pairs(table: &'static str, parent: &'static str, row: &'static str) -> Self {
        Self::Pairs { table, parent, row, over: &[] }
    }

    /// A relation by way of a view of pairs, made from the tables `over`.
    pub const fn view(
        table: &'static str,
        parent: &'static str,
        row: &'static str,
        over: &'static [&'static str],
    ) -> Self {
        Self::Pairs { table, parent, row, over }
    }

    /// The tables that it leads through, the rows' own apart.
    pub(super) fn tables(&self) -> &[&'static str] {
        match self {
            Self::Column(_) => &[],
            Self::Pairs { table, over: [], .. } => std::slice::from_ref(table),
            Self::Pairs { over, .. } => over,
        }
    }
}

/// Which rows a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All rows of the table.
    All,
    /// The rows that one parent reaches.
    Of(&'static Relation, i64),
}

/// Declares that a table is served, and by what its rows are told apart.
macro_rules! table {
    ($entity:ident $(, key $key:ident)? $(, within $parent:ident key $part:ident)? $(, newest first by $order:ident)? $(, texts $($text:ident),+)? $(; $place:ident)?) => {
        impl $crate::store::Table for $crate::entities::$entity::Entity {
            $(
                const ORDER: &'static [Self::Column] = &[$crate::entities::$entity::Column::$order];
                const DIRECTION: sea_orm::sea_query::Order = sea_orm::sea_query::Order::Desc;
            )?
            $(
                const TEXTS: &'static [(&'static str, &'static str)] =
                    &[$((stringify!($text), concat!(stringify!($text), "_order"))),+];
            )?
            $(
                const IS_PLACE: bool = stringify!($place).len() > 0;
            )?

            fn id(row: &Self::Model) -> i64 {
                row.id
            }

            fn info() -> &'static $crate::store::TableInfo {
                static INFO: std::sync::LazyLock<$crate::store::TableInfo> =
                    std::sync::LazyLock::new($crate::store::TableInfo::of::<$crate::entities::$entity::Entity>);
                &INFO
            }
        }
        $(
            impl $crate::store::Keyed for $crate::entities::$entity::Entity {
                const KEY: Self::Column = $crate::entities::$entity::Column::$key;
            }
        )?
        $(
            impl $crate::store::KeyedWithin for $crate::entities::$entity::Entity {
                const PARENT: Self::Column = $crate::entities::$entity::Column::$parent;
                const KEY: Self::Column = $crate::entities::$entity::Column::$part;
            }
        )?
    };
}
pub(super) use table;
