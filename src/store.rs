//! All SQL: where the register is read and written.

pub mod backup;
mod cells;
pub mod changes;
mod connection;
mod disclosed;
pub mod edit;
mod fetch;
mod filter;
pub mod forget;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod group;
pub mod history;
mod lease;
mod listing;
mod lookup;
mod meter;
mod order;
mod page;
mod past;
mod people;
pub mod proof;
mod reader;
pub mod redact;
pub mod roster;
pub mod schema;
mod seek;
mod select;
mod sight;
mod table;
mod wanted;
pub mod write;

pub mod access_log;
pub mod api_key;
pub mod award;
pub mod city;
pub mod dataset;
pub mod designation;
pub mod festival;
pub mod festival_guest;
pub mod former_city;
pub mod former_district;
pub mod former_ward;
pub mod indicator;
pub mod member;
pub mod movement_model;
pub mod observation;
pub mod organisation;
pub mod place;
pub mod source;
pub mod team;
pub mod ward;

pub use cells::Cells;
pub use connection::{ConnectError, Event, READERS, Store, sqlite_file};
pub use disclosed::{Disclosed, Shown};
pub use fetch::{Fetch, Kept, PageRows, Pick, Rows};
pub use filter::{Comparison, Predicate, Sealed, Test};
pub use group::{
    Function, Group, GroupBy, GroupKey, GroupTerm, Grouping, Groups, GroupsRead, MAX_KEYS, MAX_STATS, Measure, Period,
    STATS, Stat, Unit,
};
pub use listing::{Listing, Total};
pub use lookup::{In, RowId, RowKey, RowPart};
pub use meter::Meter;
pub use order::{By, Order, Step, Term};
pub use page::{ALL_ROWS, DEFAULT_ROWS, MAX_ROWS, PAGE_ROWS, Page, PageArgs, Position, Slice};
pub use past::KnownPast;
pub use reader::{MAX_VALUES, Reader, Tables};
pub use seek::{Found, MAX_FOUND, Seek, Sought};
pub use select::{TOTAL, Values};
pub use sight::{Members, Places, Sight};
pub use table::{Keyed, KeyedWithin, Relation, Scope, Table, TableInfo};
pub use wanted::{Content, Row, Wanted};
