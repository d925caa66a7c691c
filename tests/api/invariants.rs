//! What is true of every database at every moment at which nothing is half written.

use antq::store::Store;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

async fn texts(store: &Store, query: &str) -> Vec<String> {
    let rows = store.writer().query_all_raw(Statement::from_string(store.engine(), query)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.iter().map(|row| row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default()).collect()
}

async fn none(store: &Store, what: &str, query: &str) {
    let found = texts(store, query).await;
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// The tables that the change log watches.
async fn watched(store: &Store) -> Vec<String> {
    texts(store, "SELECT table_name FROM table_version ORDER BY table_name").await
}

/// Checks that SQLite finds every page and index of its file to be right. To make the words and orders of all names anew takes
/// seconds, so that it is not done each time.
pub async fn file_is_whole(store: &Store) {
    if store.engine() == DbBackend::Sqlite {
        assert_eq!(texts(store, "PRAGMA integrity_check").await, ["ok"]);
    }
}

/// Checks them.
pub async fn hold(store: &Store) {
    if store.engine() == DbBackend::Sqlite {
        let quick = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%GENERATED ALWAYS%' \
                     AND sql NOT LIKE 'CREATE VIRTUAL%'";
        for table in texts(store, quick).await {
            assert_eq!(texts(store, &format!("PRAGMA integrity_check('{table}')")).await, ["ok"], "{table}");
        }
        none(store, "lost references", "SELECT \"table\" FROM pragma_foreign_key_check").await;
    }
    none(
        store,
        "members in other places than their teams",
        "SELECT CAST(member.id AS TEXT) FROM member JOIN team ON team.id = member.team_id \
         WHERE member.ward_id <> team.ward_id OR member.city_id <> team.city_id",
    )
    .await;
    none(
        store,
        "teams in other cities than their wards",
        "SELECT CAST(team.id AS TEXT) FROM team JOIN ward ON ward.id = team.ward_id WHERE team.city_id <> ward.city_id",
    )
    .await;
    for table in watched(store).await {
        the_log_is_that_of(store, &table).await;
    }
}

/// Each row of a table is as the log says of it last, and the table's version was raised by nothing else than what it has.
async fn the_log_is_that_of(store: &Store, table: &str) {
    // A version counts rows or statements: each has been logged.
    let beyond = format!(
        "SELECT table_name FROM table_version WHERE table_name = '{table}' \
         AND version > (SELECT COUNT(*) FROM change_log WHERE table_name = '{table}')"
    );
    none(store, "versions that were raised by nothing", &beyond).await;
    if !has_versions(store, table).await {
        return;
    }
    let last = |row: &str| format!("(SELECT MAX(seq) FROM change_log WHERE table_name = '{table}' AND row_id = {row})");
    none(
        store,
        &format!("rows of {table} that the log knows otherwise"),
        &format!(
            "SELECT CAST(kept.id AS TEXT) FROM {table} kept LEFT JOIN change_log last ON last.seq = {} \
             WHERE last.seq IS NULL OR last.operation = 'DELETE' OR last.row_version <> kept.version",
            last("kept.id")
        ),
    )
    .await;
    none(
        store,
        &format!("rows of {table} that the log knows and that are gone"),
        &format!(
            "SELECT CAST(logged.row_id AS TEXT) FROM change_log logged WHERE logged.table_name = '{table}' \
             AND NOT EXISTS (SELECT 1 FROM {table} kept WHERE kept.id = logged.row_id) \
             AND logged.seq = {} AND logged.operation <> 'DELETE'",
            last("logged.row_id")
        ),
    )
    .await;
}

async fn has_versions(store: &Store, table: &str) -> bool {
    let query = match store.engine() {
        DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') WHERE name = 'version'"),
        _ => format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() \
             AND table_name = '{table}' AND column_name = 'version'"
        ),
    };
    !texts(store, &query).await.is_empty()
}

/// What a database has: its tables, indexes and triggers, how many rows each table has, and how often each was written to.
pub async fn fingerprint(store: &Store) -> Vec<String> {
    let things = match store.engine() {
        DbBackend::Sqlite => {
            "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        }
        _ => {
            "SELECT 'table ' || tablename FROM pg_tables WHERE schemaname = 'public' \
             UNION SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public' \
             UNION SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal \
             UNION SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE 'antq\\_%' ORDER BY 1"
        }
    };
    let things = texts(store, things).await;
    let mut counts = Vec::new();
    for table in things.iter().filter_map(|thing| thing.strip_prefix("table ")).filter(|name| !name.contains("_words"))
    {
        let rows = texts(store, &format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await.remove(0);
        counts.push(format!("{table} has {rows} rows"));
    }
    if things.contains(&"table table_version".to_owned()) {
        let versions = "SELECT table_name || ' is of version ' || version FROM table_version ORDER BY 1";
        counts.extend(texts(store, versions).await);
    }
    [things, counts].concat()
}
