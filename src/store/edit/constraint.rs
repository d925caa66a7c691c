//! The rules that the database keeps, in words: whoever writes, and whatever was looked at before, they hold; this says which
//! of them a statement would have broken.

use sea_orm::{DbErr, RuntimeErr, sqlx};

use super::{Failure, Refused};
use crate::{
    domain::RefusalCode::{InUse, NotFound, Required, Rule, Taken},
    store::TableInfo,
};

/// Rules that say more than which columns they are about.
const RULES: [(&str, &str, &str); 6] = [
    (
        "uq_member_leader",
        "role",
        "The team has a leader already (tổ trưởng): one at a time. Make that one a member first.",
    ),
    (
        "ck_member_dates",
        "left_on",
        "The last day of service lies before the first (ngày thôi tham gia trước ngày tham gia).",
    ),
    (
        "ck_member_serving",
        "left_on",
        "Who serves has no last day of service: set `status` to LEFT, or `leftOn` to null.",
    ),
    (
        "ck_award_recipient_count",
        "recipient_count",
        "`recipientCount` is a number above 0, or null where it is unknown.",
    ),
    (
        "ck_designation_one_holder",
        "ward_id",
        "A title has one holder: exactly one of `wardId`, `formerWardId` and `organisationId`.",
    ),
    (
        "ck_observation_one_place",
        "city_id",
        "A figure is of one place: exactly one of `cityId`, `wardId`, `formerCityId`, `formerDistrictId` and `formerWardId`.",
    ),
];

/// What a statement that would have written a row of a table, and failed, means to who sent it.
pub(super) fn explained(table: &'static TableInfo, error: DbErr) -> Failure {
    match broken(&error) {
        Some(Broken::Named(name)) => named(table, &name).map_or(Failure::Database(error), Failure::Refused),
        Some(Broken::Reference) => Refused::new(NotFound, "It refers to a row that is not there.").into(),
        Some(Broken::Missing(name)) => {
            let column = table.columns.iter().copied().find(|column| *column == name);
            let message = format!("The {} is missing.", name.trim_end_matches("_id").replace('_', " "));
            Refused { column, ..Refused::new(Required, message) }.into()
        }
        None => Failure::Database(error),
    }
}

/// The same of a statement that would have taken a row away.
pub(super) fn explained_of_deletion(error: DbErr) -> Failure {
    match broken(&error) {
        Some(_) => Refused::new(InUse, "Other rows refer to it. Change or delete those first.").into(),
        None => Failure::Database(error),
    }
}

enum Broken {
    /// A rule with a name.
    Named(String),
    /// A reference: SQLite does not say which.
    Reference,
    /// That a column is never null.
    Missing(String),
}

fn broken(error: &DbErr) -> Option<Broken> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return None;
    };
    let sqlx::Error::Database(cause) = cause.as_ref() else { return None };
    if let Some(name) = cause.constraint() {
        return Some(match cause.is_foreign_key_violation() {
            true => Broken::Reference,
            false => Broken::Named(name.to_owned()),
        });
    }
    let message = cause.message();
    if cause.kind() == sqlx::error::ErrorKind::NotNullViolation {
        // PostgreSQL has the name of the column apart; SQLite says `festival.city_id`.
        let apart = cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|cause| cause.column());
        let column = apart.or_else(|| message.rsplit_once('.').map(|(_, column)| column))?;
        return Some(Broken::Missing(column.to_owned()));
    }
    if message.contains("FOREIGN KEY constraint failed") {
        return Some(Broken::Reference);
    }
    if let Some((_, name)) = message.split_once("CHECK constraint failed: ") {
        return Some(Broken::Named(name.trim().to_owned()));
    }
    // SQLite names the columns of an index: `team.ward_id, team.code`.
    let (_, columns) = message.split_once("UNIQUE constraint failed: ")?;
    let mut name = String::from("uq");
    for (index, column) in columns.split(',').enumerate() {
        let (table, column) = column.trim().split_once('.')?;
        if index == 0 {
            name += &format!("_{table}");
        }
        name += &format!("_{column}");
    }
    Some(Broken::Named(if name == "uq_member_team_id" { "uq_member_leader".to_owned() } else { name }))
}

/// A rule by its name: one that is written down above, or one that its name tells of, as the migrations name them.
fn named(table: &'static TableInfo, name: &str) -> Option<Refused> {
    let column = |of: &str| table.columns.iter().copied().find(|column| *column == of);
    if let Some((_, of, message)) = RULES.iter().find(|(rule, ..)| *rule == name) {
        return Some(Refused { column: column(of), ..Refused::new(Rule, *message) });
    }
    if let Some(columns) = name.strip_prefix("uq_").and_then(|rest| rest.strip_prefix(table.name)) {
        // The last of several is the one that tells rows apart.
        let last = table.columns.iter().copied().filter(|column| columns.ends_with(&format!("_{column}")));
        let last = last.max_by_key(|column| column.len())?;
        let message = format!("Another {} has this {} already.", table.name.replace('_', " "), last.replace('_', " "));
        return Some(Refused::new(Taken, message).at(last));
    }
    let of = name
        .strip_prefix("ck_")
        .and_then(|rest| rest.strip_prefix(table.name))
        .map(|rest| rest.trim_start_matches('_'))?;
    Some(Refused { column: column(of), ..Refused::new(Rule, format!("It breaks the rule `{name}` of the register.")) })
}
