//! Merging and splitting units, as the reforms of administration do it: nothing that hangs on a unit is lost, and what was one
//! of several is one row afterwards, for which the feed says which it stands for.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement, Value};

use super::{
    Cells, Edit, Failure, Reason, Refused, Target, delete, insert,
    row::{hold, touch},
};
use crate::{
    domain::{
        Datum,
        RefusalCode::{InUse, Invalid, NotFound, Rule},
    },
    store::Places,
};

/// Puts teams of one ward together: members and awards go to the first, and the others are gone. Where that has a leader, those
/// of the others become members; otherwise the leader of the first that has one leads on.
///
/// # Errors
/// A team that is not there, or not in that ward; the database's own.
pub async fn merge_teams(edit: &Edit, into: Target, from: &[Target], within: Option<&Places>) -> Result<(), Failure> {
    let transaction = edit.transaction();
    known(transaction, into, from, within).await?;
    let ward = number(transaction, "SELECT ward_id AS number FROM team WHERE id = $1", into.row).await?;
    for (index, team) in from.iter().enumerate() {
        if number(transaction, "SELECT ward_id AS number FROM team WHERE id = $1", team.row).await? != ward {
            return Err(Refused::new(Rule, "The teams are of different wards. Move them to one ward first.")
                .at("from")
                .nth(index)
                .into());
        }
        let led = "SELECT COUNT(*) AS number FROM member WHERE team_id = $1 AND role = 'LEADER' AND status = 'ACTIVE'";
        if number(transaction, led, into.row).await? > Some(0) {
            let demote =
                "UPDATE member SET role = 'MEMBER' WHERE team_id = $1 AND role = 'LEADER' AND status = 'ACTIVE'";
            run(transaction, demote, &[team.row]).await?;
        }
        let places = "ward_id = (SELECT ward_id FROM team WHERE id = $1), city_id = (SELECT city_id FROM team WHERE id = $1), \
                      former_city_id = (SELECT former_city_id FROM team WHERE id = $1)";
        let ids = [into.row, team.row];
        run(transaction, &format!("UPDATE member SET team_id = $1, {places} WHERE team_id = $2"), &ids).await?;
        run(transaction, "UPDATE award SET team_id = $1 WHERE team_id = $2", &ids).await?;
        gone(edit, *team, into.row).await.map_err(|failure| failure.at("from").nth(index))?;
    }
    Ok(())
}

/// Makes a new team of some members of one, in the same ward; its number.
///
/// # Errors
/// The team is not there; a member is not of it; its code is taken; the database's own.
pub async fn split_team(
    edit: &Edit,
    team: Target,
    mut new: Cells,
    members: &[i64],
    within: Option<&Places>,
) -> Result<i64, Failure> {
    let transaction = edit.transaction();
    hold(transaction, team, within).await?;
    touch(transaction, team).await?;
    once(members, "member_ids")?;
    for (column, sql) in [
        ("ward_id", "SELECT ward_id AS number FROM team WHERE id = $1"),
        ("former_city_id", "SELECT former_city_id AS number FROM team WHERE id = $1"),
        ("dataset_id", "SELECT dataset_id AS number FROM team WHERE id = $1"),
    ] {
        new.push((column, number(transaction, sql, team.row).await?.map(Datum::Integer)));
    }
    let id = insert(transaction, team.table, new, within).await?;
    for (index, member) in members.iter().enumerate() {
        let moved = "UPDATE member SET team_id = $1 WHERE id = $2 AND team_id = $3";
        if run(transaction, moved, &[id, *member, team.row]).await? == 0 {
            let message = "A member is not of the team that is split.";
            return Err(Refused::new(NotFound, message).at("member_ids").nth(index).into());
        }
    }
    Ok(id)
}

/// Puts wards together: teams, festivals and organisations go to the first, the former wards that became the others become the
/// first, and the others are gone. A team whose code the first has already gets the next number that is free there.
///
/// # Errors
/// A ward that is not there; one of which reports say something, or which keys are limited to; the database's own.
pub async fn merge_wards(edit: &Edit, into: Target, from: &[Target], within: Option<&Places>) -> Result<(), Failure> {
    let transaction = edit.transaction();
    known(transaction, into, from, within).await?;
    for (index, ward) in from.iter().enumerate() {
        said_of(transaction, ward.row).await.map_err(|failure| failure.at("from").nth(index))?;
        let ids = [into.row, ward.row];
        move_teams(transaction, &ids).await?;
        made_whole(transaction, &ids).await?;
        for sql in [
            "UPDATE festival SET ward_id = $1, city_id = (SELECT city_id FROM ward WHERE id = $1) WHERE ward_id = $2",
            "UPDATE organisation SET ward_id = $1, city_id = (SELECT city_id FROM ward WHERE id = $1) WHERE ward_id = $2",
            "DELETE FROM former_ward_successor WHERE ward_id = $2 AND former_ward_id IN (SELECT former_ward_id FROM former_ward_successor WHERE ward_id = $1)",
            "UPDATE former_ward_successor SET ward_id = $1 WHERE ward_id = $2",
        ] {
            run(transaction, sql, &ids).await?;
        }
        gone(edit, *ward, into.row).await.map_err(|failure| failure.at("from").nth(index))?;
    }
    Ok(())
}

/// Makes a new ward of some teams of one, in the same city; its number.
///
/// # Errors
/// A team that is not there, or not of the ward; the database's own.
pub async fn split_ward(
    edit: &Edit,
    ward: Target,
    mut new: Cells,
    teams: &[i64],
    within: Option<&Places>,
) -> Result<i64, Failure> {
    let transaction = edit.transaction();
    hold(transaction, ward, within).await?;
    touch(transaction, ward).await?;
    once(teams, "team_ids")?;
    let city = number(transaction, "SELECT city_id AS number FROM ward WHERE id = $1", ward.row).await?;
    new.push(("city_id", city.map(Datum::Integer)));
    let id = insert(transaction, ward.table, new, within).await?;
    for (index, team) in teams.iter().enumerate() {
        let moved = "UPDATE team SET ward_id = $1, city_id = (SELECT city_id FROM ward WHERE id = $1) WHERE id = $2 AND ward_id = $3";
        if run(transaction, moved, &[id, *team, ward.row]).await? == 0 {
            let message = "A team is not of the ward that is split.";
            return Err(Refused::new(NotFound, message).at("team_ids").nth(index).into());
        }
    }
    // Who lived in a former ward that became this one may live in either now.
    let successors = "INSERT INTO former_ward_successor (former_ward_id, ward_id) SELECT former_ward_id, $1 FROM former_ward_successor WHERE ward_id = $2";
    run(transaction, successors, &[id, ward.row]).await?;
    let split = "UPDATE former_ward SET is_split = $1 WHERE NOT is_split AND id IN (SELECT former_ward_id FROM former_ward_successor WHERE ward_id = $2)";
    execute(transaction, split, vec![true.into(), ward.row.into()]).await?;
    Ok(id)
}

/// Whether all of them are there as they were read, and entrusted to the writer. The one that stays is another one from here on.
async fn known(
    transaction: &DatabaseTransaction,
    into: Target,
    from: &[Target],
    within: Option<&Places>,
) -> Result<(), Failure> {
    hold(transaction, into, within).await.map_err(|failure| failure.at("into"))?;
    for (index, target) in from.iter().enumerate() {
        let twice = |other: &Target| other.row == target.row;
        if twice(&into) || from[..index].iter().any(twice) {
            return Err(named_twice("from", index));
        }
        hold(transaction, *target, within).await.map_err(|failure| failure.at("from").nth(index))?;
    }
    Ok(touch(transaction, into).await?)
}

/// Whether each is named once.
fn once(parts: &[i64], column: &'static str) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    match parts.iter().position(|part| !seen.insert(part)) {
        Some(index) => Err(named_twice(column, index)),
        None => Ok(()),
    }
}

fn named_twice(column: &'static str, index: usize) -> Failure {
    Refused::new(Invalid, "The same row is named twice.").at(column).nth(index).into()
}

/// What reports say of a ward stays said of it, and a key that is limited to it is not given another one: with either it stays.
async fn said_of(transaction: &DatabaseTransaction, ward: i64) -> Result<(), Failure> {
    for (table, what) in [
        ("observation", "published figures"),
        ("designation", "titles"),
        ("api_key_place", "keys that are limited to it"),
    ] {
        let count = format!("SELECT COUNT(*) AS number FROM {table} WHERE ward_id = $1");
        if let Some(count @ 1..) = number(transaction, &count, ward).await? {
            let message = format!("A ward that would be gone has {count} {what}. Change or delete those first.");
            return Err(Refused::new(InUse, message).into());
        }
    }
    Ok(())
}

/// Moves the teams of the second ward to the first, each under a code that is free there.
async fn move_teams(transaction: &DatabaseTransaction, [into, from]: &[i64; 2]) -> Result<(), Failure> {
    let taken: Vec<(i64, String)> = codes(transaction, *into).await?;
    let mut taken: Vec<String> = taken.into_iter().map(|(_, code)| code).collect();
    for (team, code) in codes(transaction, *from).await? {
        let free = if taken.contains(&code) { next_code(&taken) } else { code };
        let moved =
            "UPDATE team SET ward_id = $1, city_id = (SELECT city_id FROM ward WHERE id = $1), code = $2 WHERE id = $3";
        execute(transaction, moved, vec![(*into).into(), free.clone().into(), team.into()]).await?;
        taken.push(free);
    }
    Ok(())
}

/// The former wards that were split by [`split_ward`], and are all in two wards that become one, are split no more. Those that
/// the reform itself divided stay so: the log has no time when they were not.
async fn made_whole(transaction: &DatabaseTransaction, wards: &[i64; 2]) -> Result<(), DbErr> {
    let was_whole = match transaction.get_database_backend() {
        DbBackend::Sqlite => "json_extract(before, '$.is_split') = 0",
        _ => "before::jsonb ->> 'is_split' = 'false'",
    };
    let sql = format!(
        "UPDATE former_ward SET is_split = FALSE WHERE is_split \
         AND id IN (SELECT former_ward_id FROM former_ward_successor WHERE ward_id = $1) \
         AND id IN (SELECT former_ward_id FROM former_ward_successor WHERE ward_id = $2) \
         AND (SELECT COUNT(*) FROM former_ward_successor WHERE former_ward_id = former_ward.id) = 2 \
         AND EXISTS (SELECT 1 FROM change_log WHERE table_name = 'former_ward' AND row_id = former_ward.id AND {was_whole})"
    );
    run(transaction, &sql, wards).await.map(drop)
}

/// The number behind the highest one, with two digits at least.
fn next_code(taken: &[String]) -> String {
    let highest = taken.iter().filter_map(|code| code.parse::<u32>().ok()).max().unwrap_or_default();
    format!("{:02}", highest.saturating_add(1))
}

async fn codes(transaction: &DatabaseTransaction, ward: i64) -> Result<Vec<(i64, String)>, DbErr> {
    let sql = "SELECT id, code FROM team WHERE ward_id = $1 ORDER BY code, id";
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [ward.into()]);
    let team = |row: &QueryResult| Ok((row.try_get("", "id")?, row.try_get("", "code")?));
    transaction.query_all_raw(statement).await?.iter().map(team).collect()
}

/// Takes a row away for which another one stands.
async fn gone(edit: &Edit, target: Target, into: i64) -> Result<(), Failure> {
    edit.because(Some(Reason::Merge(into))).await?;
    delete::gone(edit.transaction(), target).await?;
    Ok(edit.because(None).await?)
}

async fn number(transaction: &DatabaseTransaction, sql: &str, row: i64) -> Result<Option<i64>, DbErr> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [row.into()]);
    transaction.query_one_raw(statement).await?.map_or(Ok(None), |row| row.try_get("", "number"))
}

async fn run(transaction: &DatabaseTransaction, sql: &str, numbers: &[i64]) -> Result<u64, DbErr> {
    execute(transaction, sql, numbers.iter().map(|number| (*number).into()).collect()).await
}

async fn execute(transaction: &DatabaseTransaction, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::next_code;

    #[test]
    fn the_next_code_is_behind_the_highest_number() {
        let next = |codes: &[&str]| next_code(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
        assert_eq!(next(&[]), "01");
        assert_eq!(next(&["01", "07", "KV 3"]), "08");
        assert_eq!(next(&["99"]), "100");
    }
}
