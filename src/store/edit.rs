//! Changing the register: one transaction, in somebody's name. What is changed in it is there as a whole or not at all, and the
//! log says who changed it.

mod constraint;
mod delete;
mod links;
mod merge;
mod once;
mod place;
mod redact;
mod refused;
mod row;
mod rules;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait, Value};
use tokio::sync::OwnedMutexGuard;

use super::{Store, write::begin};

pub use delete::{Reference, delete};
pub use links::relink;
pub use merge::{merge_teams, merge_wards, split_team, split_ward};
pub use once::{Claim, KEPT_FOR, Once};
pub use place::sees;
pub use redact::redact;
pub use refused::{Failure, Refused};
pub use row::{Cells, Target, insert, update};
pub use rules::keeps;

/// Any number, the same for every instance: who holds this lock of PostgreSQL changes the register. One does at a time, as on
/// SQLite: those who write a table wait for each other anyway (each raises its version), but in the midst of what they do,
/// where one may wait for another who waits for it.
const POSTGRES_LOCK: i64 = 7_092_650_139;

/// A transaction that changes the register. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Edit {
    transaction: DatabaseTransaction,
    _turn: OwnedMutexGuard<()>,
}

/// Why rows are changed, where the change alone does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They go into another row.
    Merge(i64),
    /// Who they are is taken away.
    Redact,
}

impl Edit {
    /// Begins one in the name of `who`, once those that others have begun are at their end.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin(store: &Store, who: &str) -> Result<Self, DbErr> {
        let turn = store.turn().await;
        let edit = Self { transaction: begin(store.writer()).await?, _turn: turn };
        // Other processes have their turns, too.
        if store.engine() == DbBackend::Postgres {
            let wait = format!("SELECT pg_advisory_xact_lock({POSTGRES_LOCK})");
            edit.transaction.execute_unprepared(&wait).await?;
        }
        edit.say("who", Some(who.to_owned())).await?;
        Ok(edit)
    }

    /// Where its statements are sent.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// A part of it that can be undone by itself: drop it, or commit it.
    ///
    /// # Errors
    /// The database's own.
    pub async fn step(&self) -> Result<DatabaseTransaction, DbErr> {
        self.transaction.begin().await
    }

    /// Says why what follows is changed; nothing, that it is an ordinary change.
    ///
    /// # Errors
    /// The database's own.
    pub async fn because(&self, reason: Option<Reason>) -> Result<(), DbErr> {
        let (name, into) = match reason {
            None => (None, None),
            Some(Reason::Merge(into)) => (Some("MERGE".to_owned()), Some(into)),
            Some(Reason::Redact) => (Some("REDACT".to_owned()), None),
        };
        self.say("reason", name).await?;
        self.say("into", into.map(|into| into.to_string())).await
    }

    /// Makes it true for everybody.
    ///
    /// # Errors
    /// The database's own; nothing is changed then, unless the connection was lost before the answer came.
    pub async fn commit(self) -> Result<(), DbErr> {
        if self.transaction.get_database_backend() == DbBackend::Sqlite {
            // What others write is not ours.
            let forget = "UPDATE change_context SET who = NULL, reason = NULL, into_id = NULL";
            self.transaction.execute_unprepared(forget).await?;
        }
        self.transaction.commit().await
    }

    /// Undoes it.
    ///
    /// # Errors
    /// The database's own; nothing is changed in any case.
    pub async fn abandon(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }

    /// Tells the triggers something of this transaction.
    async fn say(&self, what: &str, value: Option<String>) -> Result<(), DbErr> {
        let engine = self.transaction.get_database_backend();
        let statement = match engine {
            DbBackend::Sqlite => {
                let column = if what == "into" { "into_id" } else { what };
                let sql = format!("UPDATE change_context SET {column} = ?1");
                Statement::from_sql_and_values(engine, sql, [Value::from(value)])
            }
            _ => {
                let sql = format!("SELECT set_config('antq.{what}', $1, true)");
                Statement::from_sql_and_values(engine, sql, [Value::from(value.unwrap_or_default())])
            }
        };
        self.transaction.execute_raw(statement).await.map(drop)
    }
}
