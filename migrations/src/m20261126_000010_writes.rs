//! What keeping the register needs: who changed what, how it was before and where; requests that were carried out already;
//! and the rules that no writer may break.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::{
    m20261123_000004_changes::{LINKS, POSTGRES_FUNCTIONS, ROWS},
    table::{SQLITE_NOW, drop_tables},
    watch::{postgres_functions, unwatch, watch_pairs, watch_rows},
    watch_first,
};

/// The tables that were watched since.
const KEYS: [&str; 2] = ["api_key", "api_key_place"];

/// What an entry of the log says beyond what it said before.
const TEXTS: [&str; 3] = ["who", "reason", "before"];
/// The row that another one went into; and where a row is and was.
const NUMBERS: [&str; 5] = ["into_id", "ward_id", "city_id", "was_ward_id", "was_city_id"];

/// Functions that only PostgreSQL has, the newest first.
const FUNCTIONS: &str = "DROP FUNCTION antq_log_insert(), antq_log_update(), antq_log_delete(), antq_generated(oid), antq_column(text, text), antq_context(text)";

/// A team has one leader at a time.
const LEADER: &str =
    "CREATE UNIQUE INDEX uq_member_leader ON member (team_id) WHERE role = 'LEADER' AND status = 'ACTIVE'";

/// Who serves has no last day.
const SERVING: &str = "status <> 'ACTIVE' OR left_on IS NULL";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        unwatch_all(manager).await?;
        for column in TEXTS {
            alter_log(manager, Table::alter().add_column(text_null(column))).await?;
        }
        for column in NUMBERS {
            alter_log(manager, Table::alter().add_column(big_integer_null(column))).await?;
        }
        tables(manager).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            run(manager, &["DROP FUNCTION antq_log_change()"]).await?;
            for function in postgres_functions() {
                run(manager, &[&function]).await?;
            }
        }
        for table in ROWS.iter().chain(&KEYS) {
            watch_rows(manager, table).await?;
        }
        for (table, owner) in LINKS {
            watch_pairs(manager, table, owner).await?;
        }
        rules(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        run(manager, &["DROP INDEX uq_member_leader"]).await?;
        match sqlite {
            true => run(manager, &["DROP TRIGGER member_serving_insert", "DROP TRIGGER member_serving_update"]).await?,
            false => run(manager, &["ALTER TABLE member DROP CONSTRAINT ck_member_serving"]).await?,
        }
        unwatch_all(manager).await?;
        if !sqlite {
            run(manager, &[FUNCTIONS, POSTGRES_FUNCTIONS[1], "DROP INDEX ix_change_log_xact"]).await?;
        }
        drop_tables(manager, &["write_once", "change_feed", "change_context"]).await?;
        for column in TEXTS.iter().chain(&NUMBERS) {
            alter_log(manager, Table::alter().drop_column(*column)).await?;
        }
        // As those before had left it: each of these makes the row of its table's version.
        run(manager, &["DELETE FROM table_version"]).await?;
        for table in ROWS.iter().chain(&KEYS) {
            watch_first::watch_rows(manager, table).await?;
        }
        for (table, owner) in LINKS {
            watch_first::watch_pairs(manager, table, owner).await?;
        }
        Ok(())
    }
}

async fn unwatch_all(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ROWS.iter().chain(&KEYS).copied().chain(LINKS.map(|(table, _)| table)) {
        unwatch(manager, table).await?;
    }
    Ok(())
}

async fn alter_log(manager: &SchemaManager<'_>, change: &mut TableAlterStatement) -> Result<(), DbErr> {
    manager.alter_table(change.table("change_log").to_owned()).await
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// - `change_context`: on SQLite, what the transaction that writes says of itself; empty outside of it.
/// - `change_feed`: which history the positions of the feed belong to, and from where on its entries are kept.
/// - `write_once`: what was answered to a request that may be sent again.
async fn tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    let context = Table::create()
        .table("change_context")
        .col(integer("id").primary_key())
        .col(text_null("who"))
        .col(text_null("reason"))
        .col(big_integer_null("into_id"))
        .check(("ck_change_context_id", Expr::col("id").eq(1)))
        .to_owned();
    let feed = Table::create()
        .table("change_feed")
        .col(integer("id").primary_key())
        .col(text("epoch"))
        .col(big_integer("kept_xact").default(0))
        .col(big_integer("kept_seq").default(0))
        .check(("ck_change_feed_id", Expr::col("id").eq(1)))
        .to_owned();
    let now = if sqlite { Expr::cust(format!("({SQLITE_NOW})")) } else { Expr::cust("CURRENT_TIMESTAMP") };
    let once = Table::create()
        .table("write_once")
        .col(text("who"))
        .col(text("key"))
        .col(text("input"))
        .col(text("answer"))
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null().default(now))
        .primary_key(Index::create().name("pk_write_once").col("who").col("key").primary())
        .to_owned();
    for table in [context, feed, once] {
        manager.create_table(table).await?;
    }
    let by_age = Index::create().name("ix_write_once_created_at").table("write_once").col("created_at").to_owned();
    manager.create_index(by_age).await?;
    let random = if sqlite {
        "lower(hex(randomblob(8)))"
    } else {
        "substr(md5(random()::text || clock_timestamp()::text), 1, 16)"
    };
    run(
        manager,
        &[
            "INSERT INTO change_context (id) VALUES (1)",
            &format!("INSERT INTO change_feed (id, epoch) VALUES (1, {random})"),
        ],
    )
    .await?;
    match sqlite {
        true => Ok(()),
        // The order of the feed; on SQLite it is that of the primary key.
        false => run(manager, &["CREATE INDEX ix_change_log_xact ON change_log (xact, seq)"]).await,
    }
}

async fn rules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    run(manager, &[LEADER]).await?;
    if manager.get_database_backend() != DbBackend::Sqlite {
        let serving = format!("ALTER TABLE member ADD CONSTRAINT ck_member_serving CHECK ({SERVING})");
        return run(manager, &[&serving]).await;
    }
    // SQLite adds no check to a table that is there.
    let serving = SERVING.replace("status", "NEW.status").replace("left_on", "NEW.left_on");
    for event in ["INSERT", "UPDATE"] {
        let trigger = format!(
            "CREATE TRIGGER member_serving_{} BEFORE {event} ON member WHEN NOT ({serving}) \
             BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: ck_member_serving'); END",
            event.to_lowercase()
        );
        run(manager, &[&trigger]).await?;
    }
    Ok(())
}
