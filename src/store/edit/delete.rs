//! Taking rows away, with what is part of them and nothing that is not.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::{Failure, Refused, Target, constraint::explained_of_deletion, row::hold};
use crate::{
    domain::RefusalCode::{AtMost, InUse},
    store::Places,
};

/// A column that names rows of another table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The table that it is in.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

/// What goes with a row: it is nothing without it.
pub type Parts = &'static [Reference];

/// What the rows of a table are made up of.
fn parts(table: &str) -> Parts {
    const FESTIVAL: Parts = &[
        Reference { table: "festival_host", column: "festival_id" },
        Reference { table: "festival_source", column: "festival_id" },
        Reference { table: "festival_guest", column: "festival_id" },
        Reference { table: "award", column: "festival_id" },
    ];
    match table {
        "festival" => FESTIVAL,
        _ => &[],
    }
}

/// Takes a row away, with its parts. `references` are the columns that may name it; `at_most` is the most rows that may go.
///
/// # Errors
/// It is not there, or has another version; other rows name it; more rows would go; the database's own.
pub async fn delete(
    transaction: &DatabaseTransaction,
    target: Target,
    references: &[Reference],
    at_most: u32,
    within: Option<&Places>,
) -> Result<(), Failure> {
    let Target { table, row, .. } = target;
    hold(transaction, target, within).await?;
    let parts = parts(table.name);
    let mut users = Vec::new();
    for reference in references.iter().filter(|reference| !parts.contains(reference)) {
        let count = count(transaction, *reference, row).await?;
        if count > 0 {
            users.push(told(reference.table, count));
        }
    }
    if !users.is_empty() {
        let message = format!("Other rows refer to it: {}. Change or delete those first.", users.join(", "));
        return Err(Refused::new(InUse, message).into());
    }
    let mut going = 1;
    for part in parts {
        going += count(transaction, *part, row).await?;
    }
    if going > i64::from(at_most) {
        let message =
            format!("{going} rows would go, the row itself and what is part of it, and `atMost` allows {at_most}.");
        return Err(Refused::new(AtMost, message).into());
    }
    for Reference { table, column } in parts {
        run(transaction, &format!("DELETE FROM {table} WHERE {column} = $1"), row).await?;
    }
    gone(transaction, target).await
}

/// Takes a row away by itself.
pub(super) async fn gone(transaction: &DatabaseTransaction, Target { table, row, .. }: Target) -> Result<(), Failure> {
    let deleted = run(transaction, &format!("DELETE FROM {} WHERE id = $1", table.name), row).await;
    match deleted.map_err(explained_of_deletion)? {
        0 => Err(Refused::missing(table.name).into()),
        _ => Ok(()),
    }
}

/// How many rows of a table there are. Not everyone is told how many people.
fn told(table: &str, count: i64) -> String {
    match table {
        "member" => "members".to_owned(),
        table => format!("{count} of {}", table.replace('_', " ")),
    }
}

async fn count(transaction: &DatabaseTransaction, of: Reference, row: i64) -> Result<i64, DbErr> {
    let sql = format!("SELECT COUNT(*) AS count FROM {} WHERE {} = $1", of.table, of.column);
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [row.into()]);
    transaction.query_one_raw(statement).await?.map_or(Ok(0), |row| row.try_get("", "count"))
}

async fn run(transaction: &DatabaseTransaction, sql: &str, row: i64) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [row.into()]);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}
