//! Bringing a table to what a file says: new rows are added, changed ones updated, equal ones left alone, so that loading
//! the same files again writes nothing.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    str::FromStr,
};

use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, ModelTrait};

use crate::store::{
    Table,
    write::{insert_pairs, insert_rows, next_id},
};

/// What loading did to the tables.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows added.
    pub added: usize,
    /// Rows changed.
    pub changed: usize,
    /// Rows that were as the file says.
    pub unchanged: usize,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// Brings the rows of `E` to `wanted`, telling them apart by `key`, and says which id each of these keys has. Rows of
/// the table that are not wanted are left alone: the register may have more than the files.
///
/// # Errors
/// The database's own.
pub async fn sync_rows<E, K>(
    transaction: &DatabaseTransaction,
    wanted: Vec<E::Model>,
    key: impl Fn(&E::Model) -> K,
    written: &mut Written,
) -> Result<HashMap<K, i64>, DbErr>
where
    E: Table,
    E::Model: IntoActiveModel<E::ActiveModel> + PartialEq + Sync,
    E::ActiveModel: Send,
    K: Hash + Eq,
{
    let mut next = next_id::<E>(transaction).await?;
    let mut ids = HashMap::new();
    let mut present: HashMap<K, E::Model> = HashMap::new();
    for row in E::find().all(transaction).await? {
        present.insert(key(&row), row);
    }
    let mut new = Vec::new();
    for mut row in wanted {
        let key = key(&row);
        match present.remove(&key) {
            Some(old) => {
                ids.insert(key, E::id(&old));
                keep_own_columns::<E>(&mut row, &old);
                if row == old {
                    written.unchanged += 1;
                } else {
                    row.into_active_model().reset_all().update(transaction).await?;
                    written.changed += 1;
                }
            }
            None => {
                row.set(column::<E>("id"), next.into());
                ids.insert(key, next);
                next += 1;
                new.push(row);
            }
        }
    }
    written.added += new.len();
    if !new.is_empty() {
        insert_rows::<E>(transaction, new).await?;
    }
    Ok(ids)
}

/// Adds the pairs of `E` that are not there yet, and removes those of `owners` that are no longer wanted. Pairs of others
/// are left alone: they are of rows that the files do not name.
///
/// # Errors
/// The database's own.
pub async fn sync_pairs<E>(
    transaction: &DatabaseTransaction,
    wanted: Vec<E::Model>,
    owners: &HashMap<String, i64>,
    owner: impl Fn(&E::Model) -> i64,
    written: &mut Written,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + PartialEq + Sync,
    E::ActiveModel: sea_orm::ActiveModelBehavior + Send,
{
    let owners: HashSet<i64> = owners.values().copied().collect();
    let mut left: HashMap<i64, Vec<E::Model>> = HashMap::new();
    for row in E::find().all(transaction).await? {
        if owners.contains(&owner(&row)) {
            left.entry(owner(&row)).or_default().push(row);
        }
    }
    let mut new = Vec::new();
    for row in wanted {
        let there = left.entry(owner(&row)).or_default();
        match there.iter().position(|other| *other == row) {
            Some(index) => {
                there.swap_remove(index);
                written.unchanged += 1;
            }
            None => new.push(row),
        }
    }
    for row in left.into_values().flatten() {
        row.into_active_model().delete(transaction).await?;
        written.changed += 1;
    }
    written.added += new.len();
    insert_pairs::<E>(transaction, new).await
}

/// What the database keeps itself is no difference.
fn keep_own_columns<E: Table>(row: &mut E::Model, old: &E::Model) {
    for name in ["id", "version", "updated_at"] {
        row.set(column::<E>(name), old.get(column::<E>(name)));
    }
}

fn column<E: EntityTrait>(name: &str) -> E::Column {
    match E::Column::from_str(name) {
        Ok(column) => column,
        Err(_) => unreachable!("every table of rows has a column `{name}`"),
    }
}
