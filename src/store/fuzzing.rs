//! What is fuzzed of this module: see [`crate::fuzzing`].

use sea_orm::DbBackend;

use super::{
    page::Page,
    select::{page_of_all, statement},
    sight::{Sight, View},
    table::TableInfo,
    wanted::Wanted,
};
use crate::secrets::Secrets;

/// Makes the statements of a page, for both engines.
pub(crate) fn page_statements(table: &'static TableInfo, page: &Page) {
    let (sight, secrets) = (Sight::all(), Secrets::default());
    for engine in [DbBackend::Sqlite, DbBackend::Postgres] {
        let view = View { engine, sight: &sight, secrets: &secrets };
        let statement = statement(engine, &page_of_all(view, &Wanted::page(table, &page.order), page));
        assert!(statement.sql.starts_with("SELECT "), "{}", statement.sql);
    }
}
