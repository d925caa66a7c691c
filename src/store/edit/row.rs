//! Adding and changing one row of any table.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, Statement,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{Failure, Refused, constraint::explained, place};
use crate::{
    domain::Datum,
    store::{Places, TableInfo, select::value},
};

/// Columns with what is written in them; nothing is null.
pub type Cells = Vec<(&'static str, Option<Datum>)>;

/// The row that is changed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its table.
    pub table: &'static TableInfo,
    /// Its number.
    pub row: i64,
    /// The version that it must have, if that is said.
    pub expected: Option<i32>,
}

/// Adds a row; its number. `within` are the places that the writer is limited to.
///
/// # Errors
/// A rule that it breaks, and the database's own.
pub async fn insert(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    mut cells: Cells,
    within: Option<&Places>,
) -> Result<i64, Failure> {
    place::complete(transaction, table, &mut cells, None).await?;
    place::permit_there(&cells, within)?;
    let engine = transaction.get_database_backend();
    let mut query = Query::insert();
    query.into_table(table.name).columns(cells.iter().map(|(column, _)| *column));
    query.values_panic(cells.iter().map(|(_, datum)| expression(engine, datum.as_ref())));
    query.returning_col("id");
    let inserted = transaction.query_one_raw(engine.build(&query)).await.map_err(|error| explained(table, error))?;
    let row = inserted.ok_or(DbErr::RecordNotInserted)?.try_get("", "id")?;
    place::permit(transaction, table, row, within).await?;
    Ok(row)
}

/// Changes a row, if it has the version that it must have.
///
/// # Errors
/// It is not there, or has another version; a rule that it would break; the database's own.
pub async fn update(
    transaction: &DatabaseTransaction,
    target: Target,
    mut cells: Cells,
    within: Option<&Places>,
) -> Result<(), Failure> {
    let Target { table, row, .. } = target;
    hold(transaction, target, within).await?;
    if cells.is_empty() {
        return Ok(());
    }
    place::complete(transaction, table, &mut cells, Some(row)).await?;
    place::permit_there(&cells, within)?;
    let engine = transaction.get_database_backend();
    let mut query = Query::update();
    query.table(table.name).and_where(Expr::col("id").eq(row));
    for (column, datum) in &cells {
        query.value(*column, expression(engine, datum.as_ref()));
    }
    let updated = transaction.execute_raw(engine.build(&query)).await.map_err(|error| explained(table, error))?;
    if updated.rows_affected() == 0 {
        return Err(Refused::missing(table.name).into());
    }
    place::follow(transaction, table, row, &cells).await?;
    place::permit(transaction, table, row, within).await
}

/// Whether a row is there for the writer, entrusted to it, and in the version that is expected. Until the transaction ends nobody
/// else changes it, who writes by straight SQL neither.
pub(super) async fn hold(
    transaction: &DatabaseTransaction,
    target: Target,
    within: Option<&Places>,
) -> Result<(), Failure> {
    let Target { table, row, expected } = target;
    let engine = transaction.get_database_backend();
    let mut query = Query::select();
    query.column("version").from(table.name).and_where(Expr::col("id").eq(row)).lock_exclusive();
    let found = transaction.query_one_raw(engine.build(&query)).await?;
    let present: i32 = found.ok_or_else(|| Refused::missing(table.name))?.try_get("", "version")?;
    // What the version is, those are told who may see the row.
    place::permit_here(transaction, table, row, within).await?;
    match expected {
        Some(expected) if expected != present => Err(Refused::conflict(expected, present).into()),
        _ => Ok(()),
    }
}

/// Raises the version of a row that stays as it is while what hangs on it changes: who has read it has read that too.
pub(super) async fn touch(transaction: &DatabaseTransaction, target: Target) -> Result<(), DbErr> {
    let sql = format!("UPDATE {} SET version = version WHERE id = $1", target.table.name);
    let engine = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(engine, sql, [target.row.into()])).await.map(drop)
}

fn expression(engine: sea_orm::DbBackend, datum: Option<&Datum>) -> Expr {
    match datum {
        Some(datum) => Expr::val(value(engine, datum)),
        None => Expr::cust("NULL"),
    }
}
