//! Takes away who a member is, when the law or the member wants it: the row stays, so that every count stays what it was.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Store, write::begin};
use crate::entities::member::{Column, Entity};

/// What members are called then.
pub const NAME: &str = "Đã xóa thông tin";

/// What is taken away beside the name.
const TAKEN: [Column; 6] =
    [Column::Gender, Column::BirthDate, Column::Phone, Column::PhoneHash, Column::NationalId, Column::NationalIdHash];

/// Takes away the names, genders and personal data of the members with these numbers, of all or of none. The numbers of
/// those that there are not.
///
/// # Errors
/// The database's own.
pub async fn redact(store: &Store, members: &[i64]) -> Result<Vec<i64>, DbErr> {
    let transaction = begin(store.writer()).await?;
    let mut missing = Vec::new();
    for member in members {
        let mut update = Entity::update_many().col_expr(Column::FullName, Expr::value(NAME));
        for column in TAKEN {
            update = update.col_expr(column, Expr::value(Option::<String>::None));
        }
        if update.filter(Column::Id.eq(*member)).exec(&transaction).await?.rows_affected == 0 {
            missing.push(*member);
        }
    }
    match missing.is_empty() {
        true => transaction.commit().await?,
        false => transaction.rollback().await?,
    }
    Ok(missing)
}
