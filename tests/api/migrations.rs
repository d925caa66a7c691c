//! The tables: up, down and up again, and what the triggers keep.

use antq::store::{
    Store,
    schema::{SchemaState, migrate, state},
};
use antq_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::support::{Engine, TestApp, empty_database, on_both_engines};

on_both_engines!(
    up_down_and_up_again,
    a_newer_database_is_recognised,
    every_write_raises_versions_and_is_logged,
    a_write_that_is_rolled_back_leaves_no_trace,
    every_reference_has_an_index,
    every_table_is_watched,
    closed_lists_are_those_of_the_checks,
);

async fn texts(store: &Store, query: &str) -> Vec<String> {
    let rows = store.writer().query_all_raw(Statement::from_string(store.engine(), query)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn tables(store: &Store) -> Vec<String> {
    let query = match store.engine() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations' ORDER BY name"
        }
        _ => {
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' \
              AND c.relname NOT LIKE 'seaql_%' UNION SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal \
              UNION SELECT proname::text FROM pg_proc WHERE proname LIKE 'antq_%' ORDER BY 1"
        }
    };
    texts(store, query).await
}

async fn up_down_and_up_again(engine: Engine) {
    let store = Store::connect_or_create(&empty_database(engine).await).await.unwrap();
    assert_eq!(state(&store).await.unwrap(), SchemaState::Behind(Migrator::migrations().len()));
    migrate(&store).await.unwrap();
    assert_eq!(state(&store).await.unwrap(), SchemaState::Current);
    let first = tables(&store).await;
    assert!(first.len() > 100, "{first:?}");
    Migrator::down(store.writer(), None).await.unwrap();
    assert_eq!(tables(&store).await, Vec::<String>::new());
    migrate(&store).await.unwrap();
    assert_eq!(tables(&store).await, first);
}

async fn a_newer_database_is_recognised(engine: Engine) {
    let app = TestApp::full(engine).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)";
    app.store.writer().execute_unprepared(newer).await.unwrap();
    assert_eq!(state(&app.store).await.unwrap(), SchemaState::Ahead("m20991231_000001_future".to_owned()));
}

async fn number(store: &Store, query: &str) -> i64 {
    let row = store.writer().query_one_raw(Statement::from_string(store.engine(), query)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// By plain SQL, as any other program would write.
async fn every_write_raises_versions_and_is_logged(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (store, writer) = (&app.store, app.store.writer());
    let version = async |table: &str| {
        number(store, &format!("SELECT version FROM table_version WHERE table_name = '{table}'")).await
    };
    let last = "SELECT table_name || ' ' || CAST(row_id AS TEXT) || ' ' || operation || ' ' || COALESCE(CAST(row_version AS TEXT), '-') \
                FROM change_log ORDER BY seq DESC LIMIT 1";
    let writes = [
        ("team", "UPDATE team SET name = 'Tổ 1' WHERE id = 7", "team 7 UPDATE 2"),
        ("team", "UPDATE team SET name = 'Tổ 1' WHERE id = 7", "team 7 UPDATE 3"),
        ("award", "DELETE FROM award WHERE id = 4123", "award 4123 DELETE 1"),
        (
            "indicator",
            "INSERT INTO indicator (code, name_vi, name_en, unit) VALUES ('X', 'x', 'x', 'x')",
            "indicator 12 INSERT 1",
        ),
        ("festival_host", "DELETE FROM festival_host WHERE festival_id = 1", "festival_host 1 DELETE -"),
        (
            "former_ward_successor",
            "UPDATE former_ward_successor SET ward_id = 2 WHERE former_ward_id = 1",
            // A pair that is changed is one that goes and another that comes.
            "former_ward_successor 1 INSERT -",
        ),
    ];
    for (table, write, logged) in writes {
        let before = version(table).await;
        writer.execute_unprepared(write).await.unwrap();
        assert!(version(table).await > before, "{write}");
        assert_eq!(texts(store, last).await, [logged], "{write}");
    }
    assert_eq!(number(store, "SELECT CAST(version AS BIGINT) FROM team WHERE id = 7").await, 3);
    assert_eq!(number(store, "SELECT COUNT(*) FROM team WHERE version > 1").await, 1);
}

/// A table that is forgotten has no triggers, or no row among the versions.
async fn every_table_is_watched(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (tables, watched) = match engine {
        Engine::Sqlite => (
            // The indexes of words are tables of SQLite's own making.
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%\\_words%' ESCAPE '\\' ORDER BY name",
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE '%\\_words\\_%' ESCAPE '\\' \
             AND name NOT LIKE 'member\\_serving%' ESCAPE '\\' GROUP BY tbl_name HAVING COUNT(*) = 3 ORDER BY tbl_name",
        ),
        Engine::Postgres => (
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname NOT LIKE '%_version' \
             GROUP BY tgrelid HAVING COUNT(*) = 4 ORDER BY 1",
        ),
    };
    // What grows with every use is nothing that an answer is kept by.
    let own = [
        "access_log",
        "api_key_use",
        "change_context",
        "change_feed",
        "change_log",
        "seaql_migrations",
        "table_version",
        "write_once",
    ];
    let tables: Vec<String> =
        texts(&app.store, tables).await.into_iter().filter(|table| !own.contains(&table.as_str())).collect();
    assert!(tables.len() > 20, "{tables:?}");
    assert_eq!(texts(&app.store, watched).await, tables);
    assert_eq!(texts(&app.store, "SELECT table_name FROM table_version ORDER BY table_name").await, tables);
}

/// The values of a closed list stand in the code and in the table's check: these are the same.
async fn closed_lists_are_those_of_the_checks(engine: Engine) {
    use antq::domain::*;
    use sea_orm::{ActiveEnum, Iterable};

    fn values<K: ActiveEnum<Value = String> + Iterable>() -> Vec<String> {
        K::iter().map(|kind| kind.to_value()).collect()
    }
    let app = TestApp::full(engine).await;
    let lists = [
        ("city", "kind", values::<CityKind>()),
        ("ward", "kind", values::<WardKind>()),
        ("former_city", "kind", values::<CityKind>()),
        ("former_district", "kind", values::<FormerDistrictKind>()),
        ("former_ward", "kind", values::<FormerWardKind>()),
        ("organisation", "kind", values::<OrganisationKind>()),
        ("team", "status", values::<TeamStatus>()),
        ("member", "role", values::<MemberRole>()),
        ("member", "gender", values::<Gender>()),
        ("member", "status", values::<MemberStatus>()),
        ("festival", "kind", values::<FestivalKind>()),
        ("festival_guest", "role", values::<GuestRole>()),
        ("award", "kind", values::<AwardKind>()),
        ("award", "recipient_kind", values::<RecipientKind>()),
        ("movement_model", "topic", values::<ModelTopic>()),
        ("observation", "qualifier", values::<Qualifier>()),
    ];
    for (table, column, values) in lists {
        let query = match engine {
            Engine::Sqlite => format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'"),
            Engine::Postgres => {
                format!("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_{table}_{column}'")
            }
        };
        let text = texts(&app.store, &query).await.remove(0);
        let check = match engine {
            Engine::Sqlite => {
                text.split(&format!("\"ck_{table}_{column}\"")).nth(1).unwrap().split(')').next().unwrap()
            }
            Engine::Postgres => text.as_str(),
        };
        let mut allowed: Vec<&str> = check.split('\'').skip(1).step_by(2).collect();
        let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
        allowed.sort_unstable();
        values.sort_unstable();
        assert_eq!(allowed, values, "{table}.{column}");
    }
}

async fn a_write_that_is_rolled_back_leaves_no_trace(engine: Engine) {
    let app = TestApp::full(engine).await;
    let state = "SELECT (SELECT SUM(version) FROM table_version) * 1000000 + (SELECT COUNT(*) FROM change_log)";
    let state = format!("SELECT CAST(({state}) AS BIGINT)");
    let before = number(&app.store, &state).await;
    let transaction = antq::store::write::begin(app.store.writer()).await.unwrap();
    transaction.execute_unprepared("UPDATE ward SET name = 'x'").await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(number(&app.store, &state).await, before);
}

/// Without one, deleting a row, or listing by it, reads the whole table. SQLite keeps a table by its only key, without index.
async fn every_reference_has_an_index(engine: Engine) {
    let app = TestApp::full(engine).await;
    let missing = match engine {
        Engine::Sqlite => {
            "SELECT m.name || '.' || f.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' \
             AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c \
                             WHERE c.seqno = 0 AND c.name = f.\"from\") \
             AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) k WHERE k.pk = 1 AND k.name = f.\"from\")"
        }
        Engine::Postgres => {
            "SELECT (c.conrelid::regclass || '.' || a.attname)::text FROM pg_constraint c \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f' \
             AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
        }
    };
    assert_eq!(texts(&app.store, missing).await, Vec::<String>::new());
}
