//! The tables whose changes are logged and the views over them, as the database has them.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::super::Store;

/// Tables and views.
#[derive(Debug)]
pub(in crate::store) struct Catalog {
    /// The tables.
    pub(super) tables: Vec<Watched>,
    /// The views, each with the query that it stands for.
    pub(super) views: Vec<(String, String)>,
}

/// A table whose changes are logged.
#[derive(Debug)]
pub(super) struct Watched {
    /// Its name.
    pub(super) name: String,
    /// Its columns, in their order.
    pub(super) columns: Vec<Column>,
    /// Of a table of pairs, the column with the row that a pair belongs to.
    pub(super) owner: Option<&'static str>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Whether it is made from others, so that the log has not got it.
    pub(super) is_made: bool,
}

impl Store {
    /// The tables and views, read once.
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn catalog(&self) -> Result<Arc<Catalog>, DbErr> {
        self.kept_catalog().get_or_try_init(async || Ok(Arc::new(Catalog::read(self).await?))).await.cloned()
    }
}

impl Catalog {
    async fn read(store: &Store) -> Result<Self, DbErr> {
        let (columns, views) = match store.engine() {
            DbBackend::Sqlite => (
                "SELECT watched.table_name, part.name AS column_name, part.hidden > 0 AS is_made \
                 FROM table_version AS watched JOIN pragma_table_xinfo(watched.table_name) AS part \
                 ORDER BY watched.table_name, part.cid",
                "SELECT name, sql AS body FROM sqlite_master WHERE type = 'view' ORDER BY name",
            ),
            _ => (
                "SELECT watched.table_name, part.attname::text AS column_name, part.attgenerated <> '' AS is_made \
                 FROM table_version AS watched JOIN pg_attribute AS part ON part.attrelid = watched.table_name::regclass \
                 WHERE part.attnum > 0 AND NOT part.attisdropped ORDER BY watched.table_name, part.attnum",
                "SELECT viewname::text AS name, definition AS body FROM pg_views WHERE schemaname = current_schema() ORDER BY 1",
            ),
        };
        let mut tables: Vec<Watched> = Vec::new();
        for row in rows(store, columns).await? {
            let name: String = row.try_get("", "table_name")?;
            let column = Column { name: row.try_get("", "column_name")?, is_made: row.try_get("", "is_made")? };
            match tables.last_mut().filter(|table| table.name == name) {
                Some(table) => table.columns.push(column),
                None => {
                    let pairs = antq_migrations::PAIRS.iter().find(|(pairs, _)| *pairs == name);
                    tables.push(Watched { owner: pairs.map(|(_, owner)| *owner), columns: vec![column], name });
                }
            }
        }
        let view = |row: QueryResult| {
            let body: String = row.try_get("", "body")?;
            // SQLite has the statement that made it.
            let body =
                body.split_once(" AS ").filter(|_| body.starts_with("CREATE")).map_or(body.as_str(), |(_, body)| body);
            Ok((row.try_get("", "name")?, body.trim_end_matches(';').to_owned()))
        };
        let views = rows(store, views).await?.into_iter().map(view).collect::<Result<_, DbErr>>()?;
        Ok(Self { tables, views })
    }
}

async fn rows(store: &Store, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    store.reader().query_all_raw(Statement::from_string(store.engine(), sql)).await
}
