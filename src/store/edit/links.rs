//! Which rows a row leads to by way of a table of pairs.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};

use super::{
    Failure, Refused, Target,
    constraint::explained,
    row::{hold, touch},
};
use crate::store::{Places, Relation};

/// Makes a row lead to these and to no others.
///
/// # Errors
/// It is not there, or has another version; one of the others is not there; the database's own.
pub async fn relink(
    transaction: &DatabaseTransaction,
    target: Target,
    relation: &'static Relation,
    others: &[i64],
    within: Option<&Places>,
) -> Result<(), Failure> {
    let Relation::Pairs { table, parent, row, .. } = relation else {
        return Err(Refused::missing(target.table.name).into());
    };
    hold(transaction, target, within).await?;
    let run = async |sql: String, values: Vec<Value>| {
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
        transaction.execute_raw(statement).await
    };
    run(format!("DELETE FROM {table} WHERE {parent} = $1"), vec![target.row.into()]).await?;
    for (index, other) in others.iter().enumerate() {
        let add = format!("INSERT INTO {table} ({parent}, {row}) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        let added = run(add, vec![target.row.into(), (*other).into()]).await;
        added.map_err(|error| explained(target.table, error).at("ids").nth(index))?;
    }
    Ok(touch(transaction, target).await?)
}
