//! Takes away who a member is, when the law or the member wants it: the row stays, so that every count stays what it was. What
//! its history says of it goes too, and of a member whose row is gone that is all there is.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IdenStatic, QueryFilter,
    Statement, sea_query::Expr,
};

use super::{
    Store,
    edit::{Edit, Reason},
};
use crate::entities::member::{Column, Entity};

/// What members are called then.
pub const NAME: &str = "Đã xóa thông tin";

/// What is taken away beside the name.
const TAKEN: [Column; 6] =
    [Column::Gender, Column::BirthDate, Column::Phone, Column::PhoneHash, Column::NationalId, Column::NationalIdHash];

/// Takes away the names, genders and personal data of the members with these numbers, of all or of none, in the name of `who`.
/// The numbers of those that there are not.
///
/// # Errors
/// The database's own.
pub async fn redact(store: &Store, who: &str, members: &[i64]) -> Result<Vec<i64>, DbErr> {
    let edit = Edit::begin(store, who).await?;
    edit.because(Some(Reason::Redact)).await?;
    let mut missing = Vec::new();
    for member in members {
        if !one(edit.transaction(), *member).await? {
            missing.push(*member);
        }
    }
    match missing.is_empty() {
        true => edit.commit().await?,
        false => edit.abandon().await?,
    }
    Ok(missing)
}

/// Does so of one member; whether there is one, or was.
pub(super) async fn one(transaction: &DatabaseTransaction, member: i64) -> Result<bool, DbErr> {
    let mut update = Entity::update_many().col_expr(Column::FullName, Expr::value(NAME));
    for column in TAKEN {
        update = update.col_expr(column, Expr::value(Option::<String>::None));
    }
    let is_there = update.filter(Column::Id.eq(member)).exec(transaction).await?.rows_affected > 0;
    let taken = TAKEN.iter().map(|column| (column.as_str().to_owned(), serde_json::Value::Null));
    let mut taken: serde_json::Map<_, _> = taken.collect();
    taken.insert(Column::FullName.as_str().to_owned(), NAME.into());
    let taken = serde_json::Value::Object(taken).to_string();
    let engine = transaction.get_database_backend();
    let sql = match engine {
        // A null in a patch would take the key away; that it is null, a missing key says as well.
        DbBackend::Sqlite => {
            "UPDATE change_log SET before = json_patch(before, $1) WHERE table_name = 'member' AND row_id = $2 AND before IS NOT NULL"
        }
        _ => {
            "UPDATE change_log SET before = (before::jsonb || $1::jsonb)::text WHERE table_name = 'member' AND row_id = $2 AND before IS NOT NULL"
        }
    };
    let forgotten = Statement::from_sql_and_values(engine, sql, [taken.into(), member.into()]);
    let is_known = transaction.execute_raw(forgotten).await?.rows_affected() > 0;
    if is_known && !is_there {
        tell(transaction, member).await?;
    }
    if engine == DbBackend::Sqlite {
        forget_samples(transaction).await?;
    }
    Ok(is_there || is_known)
}

/// Tells of the redaction of a member whose row is gone, as the triggers of the table would: who saw it last may have a copy.
/// The entry is of a row that is not there and was not (`before` is nothing), so that none appears as of a day before it.
async fn tell(transaction: &DatabaseTransaction, member: i64) -> Result<(), DbErr> {
    let engine = transaction.get_database_backend();
    let who = match engine {
        DbBackend::Sqlite => "(SELECT who FROM change_context)",
        _ => "antq_context('who')",
    };
    let entry = format!(
        "INSERT INTO change_log (table_name, row_id, operation, row_version, was_ward_id, was_city_id, who, reason) \
         SELECT table_name, row_id, 'DELETE', row_version, COALESCE(ward_id, was_ward_id), COALESCE(city_id, was_city_id), \
         {who}, 'REDACT' FROM change_log WHERE table_name = 'member' AND row_id = $1 ORDER BY seq DESC LIMIT 1"
    );
    transaction.execute_raw(Statement::from_sql_and_values(engine, entry, [member.into()])).await?;
    let raise = "UPDATE table_version SET version = version + 1 WHERE table_name = 'member'";
    transaction.execute_unprepared(raise).await?;
    match engine {
        DbBackend::Sqlite => Ok(()),
        _ => transaction.execute_unprepared("SELECT pg_notify('antq_changes', '')").await.map(drop),
    }
}

/// Names and numbers that `ANALYZE` took from the indexes of the members, as examples to plan by. The next one takes others.
const SAMPLES: &str = "DELETE FROM sqlite_stat4 WHERE idx IN \
    ('ix_member_full_name_order', 'ix_member_phone_hash', 'ix_member_national_id_hash')";

/// Takes them away, if there are any.
async fn forget_samples(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    let are_there = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat4'";
    let are_there = Statement::from_string(DbBackend::Sqlite, are_there);
    match transaction.query_one_raw(are_there).await? {
        Some(_) => transaction.execute_unprepared(SAMPLES).await.map(drop),
        None => Ok(()),
    }
}
