//! What a line would change of a member.

use chrono::NaiveDate;

use super::{
    matching::Placed,
    plan::{Change, TeamKey},
    register::Known,
    teams::Teams,
};
use crate::{
    domain::{
        Gender, MemberStatus,
        people::{BadNationalId, national_id},
    },
    roster::{Column, Line, Problem, ProblemCode, titled},
    text::spelled,
};

/// What a line would change of a member. What it does not say stays as it is.
pub(super) fn changes(placed: &Placed<'_>, member: &Known, teams: &Teams<'_>) -> Vec<Change> {
    let Line { gender, birth_date, role, phone, national_id, status, joined_on, left_on, .. } = placed.line;
    let row = &member.row;
    let mut changes = Vec::new();
    let mut change = |column, from: Option<String>, to: Option<String>| {
        if to.is_some() && from != to {
            changes.push(Change { column, from, to });
        }
    };
    if placed.team != TeamKey::Known(row.team_id) {
        let old = teams.label(TeamKey::Known(row.team_id)).to_string();
        change(Column::TeamCode, Some(old), Some(teams.label(placed.team).to_string()));
    }
    if is_other_name(&row.full_name, &placed.line.full_name) {
        change(Column::FullName, Some(row.full_name.clone()), Some(placed.line.full_name.clone()));
    }
    change(Column::Gender, row.gender.map(titled), gender.map(titled));
    change(Column::BirthDate, member.birth_date.map(day), birth_date.map(day));
    change(Column::Role, Some(titled(row.role)), role.map(titled));
    change(Column::Phone, member.phone.clone(), phone.clone());
    change(Column::NationalId, member.national_id.clone(), national_id.clone());
    change(Column::Status, Some(titled(row.status)), status.map(titled));
    change(Column::JoinedOn, row.joined_on.map(|joined| day(joined.0)), joined_on.map(day));
    change(Column::LeftOn, row.left_on.map(|left| day(left.0)), left_on.map(day));
    // Whoever serves again has not left.
    if *status == Some(MemberStatus::Active) && left_on.is_none() && row.left_on.is_some() {
        changes.push(Change { column: Column::LeftOn, from: row.left_on.map(|left| day(left.0)), to: None });
    }
    changes
}

fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// Whether names are written otherwise: marks that are left out in the file are not left out on purpose.
fn is_other_name(known: &str, said: &str) -> bool {
    let said = spelled(said);
    let known = spelled(known);
    let folds_to_the_same = known.iter().map(AsRef::as_ref).eq(said.iter().map(AsRef::<str>::as_ref));
    known != said && (!folds_to_the_same || said.iter().any(|word| word.is_marked()))
}

/// What would be wrong with a member after the changes: values of the file that do not agree with those of the register.
pub(super) fn disagreements(line: &Line, member: &Known) -> Vec<Problem> {
    let row = &member.row;
    let mut problems = Vec::new();
    let joined_on = line.joined_on.or(row.joined_on.map(|day| day.0));
    let left_on = match line.status {
        Some(MemberStatus::Active) => line.left_on,
        _ => line.left_on.or(row.left_on.map(|day| day.0)),
    };
    if let (Some(joined), Some(left)) = (joined_on, left_on)
        && left < joined
        && (line.joined_on.is_none() || line.left_on.is_none())
    {
        let (column, other) = match line.left_on {
            Some(_) => {
                (Column::LeftOn, format!("in the register the day of joining (ngày tham gia) is {}", day(joined)))
            }
            None => {
                (Column::JoinedOn, format!("in the register the day of leaving (ngày thôi tham gia) is {}", day(left)))
            }
        };
        let message = format!("Nobody leaves before joining: {other}.");
        problems.push(Problem::new(ProblemCode::Dates, line.at(column), "", message));
    }
    problems.extend(number_of_somebody_else(line, member));
    problems
}

fn number_of_somebody_else(line: &Line, member: &Known) -> Option<Problem> {
    // What the file says of all three has been compared.
    if line.national_id.is_none() && line.gender.is_none() && line.birth_date.is_none() {
        return None;
    }
    let number = line.national_id.as_deref().or(member.national_id.as_deref())?;
    let gender: Option<Gender> = line.gender.or(member.row.gender);
    let born = line.birth_date.or(member.birth_date);
    match national_id(number, gender, born) {
        Err(bad @ (BadNationalId::Gender(_) | BadNationalId::BirthYear { .. })) => {
            let column = match bad {
                _ if line.national_id.is_some() => Column::NationalId,
                BadNationalId::Gender(_) => Column::Gender,
                _ => Column::BirthDate,
            };
            let message = format!("{bad} One of them is in the register.");
            Some(Problem::new(ProblemCode::NationalId, line.at(column), "", message))
        }
        _ => None,
    }
}
