//! What is fuzzed of this module: see [`crate::fuzzing`].

use sea_orm::DbBackend;

use super::{
    page::Page,
    select::{page_of_all, statement},
    table::TableInfo,
    wanted::Wanted,
};

/// Makes the statements of a page, for both engines.
pub(crate) fn page_statements(table: &'static TableInfo, page: &Page) {
    for engine in [DbBackend::Sqlite, DbBackend::Postgres] {
        let statement = statement(engine, &page_of_all(engine, &Wanted::page(table, &page.order), page));
        assert!(statement.sql.starts_with("SELECT "), "{}", statement.sql);
    }
}
