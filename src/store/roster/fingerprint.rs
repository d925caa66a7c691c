//! The state of the register in some wards: which teams and members there are, in which versions.

use ring::digest::{Context, SHA256};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entities::{member, team};
use sea_orm::ColumnTrait;

/// Of rows that have been read: the wards, and id and version of the teams and members, each in the order of the ids.
pub(super) fn of_rows(wards: &[i64], teams: &[(i64, i32)], members: &[(i64, i32)]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for ward in wards {
        context.update(&ward.to_be_bytes());
    }
    for (kind, rows) in [(b"team", teams), (b"memb", members)] {
        context.update(kind);
        for (id, version) in rows {
            context.update(&id.to_be_bytes());
            context.update(&version.to_be_bytes());
        }
    }
    finish(context)
}

/// The same, as the register is now.
pub(super) async fn now(database: &impl ConnectionTrait, wards: &[i64]) -> Result<[u8; 32], DbErr> {
    let teams: Vec<(i64, i32)> = team::Entity::find()
        .select_only()
        .columns([team::Column::Id, team::Column::Version])
        .filter(team::Column::WardId.is_in(wards.iter().copied()))
        .order_by_asc(team::Column::Id)
        .into_tuple()
        .all(database)
        .await?;
    let members: Vec<(i64, i32)> = member::Entity::find()
        .select_only()
        .columns([member::Column::Id, member::Column::Version])
        .filter(member::Column::WardId.is_in(wards.iter().copied()))
        .order_by_asc(member::Column::Id)
        .into_tuple()
        .all(database)
        .await?;
    Ok(of_rows(wards, &teams, &members))
}

/// What names a plan: what it is made from.
pub(super) fn token(fingerprint: &[u8; 32], file: &[u8; 32], options: &str) -> String {
    const SHOWN: usize = 16;
    let mut context = Context::new(&SHA256);
    context.update(fingerprint);
    context.update(file);
    context.update(options.as_bytes());
    finish(context)[..SHOWN].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn finish(context: Context) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
