//! Who has been shown which personal data: one entry for each answer, written before the answer leaves.

use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};

use super::{Shown, Store, table::table};
use crate::{
    entities::access_log::{ActiveModel, Entity},
    ids::NodeId,
};

table!(access_log, newest first by UpdatedAt);

/// Who was shown personal data, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// By what they are known.
    pub who: &'a str,
    /// What they say it is for.
    pub purpose: &'a str,
    /// A hash of the operation that they sent.
    pub operation: &'a str,
    /// What they are shown.
    pub shown: &'a Shown,
}

/// Writes an entry. Whoever answers waits for it: what is not in the log is not shown.
///
/// # Errors
/// The database's own.
pub async fn append(store: &Store, access: Access<'_>) -> Result<(), DbErr> {
    let Access { who, purpose, operation, shown } = access;
    let members: Vec<String> = shown.members.iter().map(|row| NodeId::encode("member", *row)).collect();
    let entry = ActiveModel {
        who: Set(who.to_owned()),
        purpose: Set(purpose.to_owned()),
        operation: Set(operation.to_owned()),
        fields: Set(shown.fields.iter().copied().collect::<Vec<_>>().join(" ")),
        member_count: Set(i32::try_from(members.len()).unwrap_or(i32::MAX)),
        members: Set(members.join(" ")),
        ..Default::default()
    };
    Entity::insert(entry).exec_without_returning(store.writer()).await?;
    Ok(())
}
