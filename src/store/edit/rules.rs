//! Rules about a row as a whole that the database does not keep: they are looked at once it is written, as it stands then, and
//! before that is for good. It is held against what its writer changed only, and nobody is told what they may not see.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::{Failure, Refused, place::shows};
use crate::{
    domain::{
        MemberStatus,
        RefusalCode::{Rule, Taken},
        TeamStatus, people,
    },
    entities::{award, member, observation, team},
    secrets::{Purpose, Secrets},
    store::{Sight, TableInfo},
};

/// Who wrote, and which columns.
struct Written<'a> {
    columns: &'a [&'static str],
    sight: &'a Sight,
    secrets: &'a Secrets,
}

/// Whether a row keeps the rules that are about the columns that were written.
///
/// # Errors
/// A rule that it breaks; the database's own.
pub async fn keeps(
    transaction: &DatabaseTransaction,
    (table, row): (&'static TableInfo, i64),
    columns: &[&'static str],
    sight: &Sight,
    secrets: &Secrets,
) -> Result<(), Failure> {
    let written = Written { columns, sight, secrets };
    match table.name {
        "member" => written.member(transaction, row).await,
        "team" if written.any(&["status", "into"]) => written.team(transaction, row).await,
        "award" if written.any(&["team_id", "member_id"]) => written.award(transaction, row).await,
        "observation" if written.any(&["period_start", "as_of"]) => written.observation(transaction, row).await,
        _ => Ok(()),
    }
}

impl Written<'_> {
    fn any(&self, columns: &[&str]) -> bool {
        columns.iter().any(|column| self.columns.contains(column))
    }

    /// That it breaks a rule, at the first of these columns that was written.
    fn broken(&self, columns: &[&'static str], message: impl Into<String>) -> Failure {
        let at = columns.iter().copied().find(|column| self.columns.contains(column));
        Refused { column: at, ..Refused::new(Rule, message) }.into()
    }

    async fn member(&self, transaction: &DatabaseTransaction, row: i64) -> Result<(), Failure> {
        let of_person = ["birth_date", "joined_on", "national_id", "gender"];
        let (of_person, of_team) = (self.any(&of_person), self.any(&["team_id", "status"]));
        if !of_person && !of_team {
            return Ok(());
        }
        let Some(member) = member::Entity::find_by_id(row).one(transaction).await? else { return Ok(()) };
        if of_person {
            self.person(transaction, &member).await?;
        }
        if of_team && member.status == MemberStatus::Active {
            // Kept as it is until this is done: others may be dissolving it.
            let team = team::Entity::find_by_id(member.team_id).lock_shared().one(transaction).await?;
            if team.is_some_and(|team| team.status == TeamStatus::Dissolved) {
                let message = "The team has been dissolved (đã giải thể): nobody serves in it.";
                return Err(self.broken(&["team_id", "status"], message));
            }
        }
        Ok(())
    }

    /// Whether the values of a person agree. Those that are sealed are opened if the writer sent them, or may see them.
    async fn person(&self, transaction: &DatabaseTransaction, member: &member::Model) -> Result<(), Failure> {
        let known = |column, purpose, sealed: &Option<String>| match sealed {
            Some(sealed) if self.sight.personal || self.any(&[column]) => self.secrets.open(purpose, sealed).ok(),
            _ => None,
        };
        let born = known("birth_date", Purpose::BirthDate, &member.birth_date);
        let born: Option<NaiveDate> = born.and_then(|born| born.parse().ok());
        let number = known("national_id", Purpose::NationalId, &member.national_id);
        if let (Some(born), Some(joined)) = (born, &member.joined_on)
            && self.any(&["birth_date", "joined_on"])
            && let Err(why) = people::joined_on(born, joined.0)
        {
            let kept = "It does not agree with the date of birth (ngày sinh) that is kept: members are of age.";
            let why = if self.any(&["birth_date"]) { why } else { kept.to_owned() };
            return Err(self.broken(&["joined_on", "birth_date"], why));
        }
        if let Some(number) = &number
            && self.any(&["national_id", "birth_date", "gender"])
            && let Err(why) = people::national_id(number, member.gender, born)
        {
            // What is kept is not told: it is shown to whoever asks for it, and that is noted.
            let kept = "The identity number (số định danh cá nhân) does not agree with gender and date of birth.";
            let sent = self.any(&["national_id"]) && (born.is_none() || self.any(&["birth_date"]));
            let why = if sent { why.to_string() } else { kept.to_owned() };
            return Err(self.broken(&["national_id", "birth_date", "gender"], why));
        }
        match number {
            Some(number) if self.sight.personal && self.any(&["national_id"]) => {
                self.is_nobody_elses(transaction, member.id, &number).await
            }
            _ => Ok(()),
        }
    }

    /// Whether nobody else has an identity number, among those whom the writer may see with their personal data.
    async fn is_nobody_elses(&self, transaction: &DatabaseTransaction, row: i64, number: &str) -> Result<(), Failure> {
        let same = member::Column::NationalIdHash.is_in(self.secrets.hashes(Purpose::NationalId, number));
        let others = member::Entity::find().filter(same).filter(member::Column::Id.ne(row)).all(transaction).await?;
        match others.iter().any(|other| shows(self.sight, other.ward_id, other.city_id)) {
            true => Err(Refused::new(Taken, "Another member has this identity number (số định danh cá nhân).")
                .at("national_id")
                .into()),
            false => Ok(()),
        }
    }

    async fn team(&self, transaction: &DatabaseTransaction, row: i64) -> Result<(), Failure> {
        let team = team::Entity::find_by_id(row).one(transaction).await?;
        if team.is_none_or(|team| team.status != TeamStatus::Dissolved) {
            return Ok(());
        }
        let members = member::Entity::find().filter(member::Column::TeamId.eq(row));
        match members.filter(member::Column::Status.eq(MemberStatus::Active)).limit(1).one(transaction).await? {
            Some(_) => {
                let message = "A team that has been dissolved (đã giải thể) has no serving members (đang tham gia). Move them to another team, or set their `status` to LEFT, first.";
                Err(self.broken(&["status", "into"], message))
            }
            None => Ok(()),
        }
    }

    async fn award(&self, transaction: &DatabaseTransaction, row: i64) -> Result<(), Failure> {
        let Some(award) = award::Entity::find_by_id(row).one(transaction).await? else { return Ok(()) };
        let (Some(team), Some(member)) = (award.team_id, award.member_id) else { return Ok(()) };
        let member = member::Entity::find_by_id(member).one(transaction).await?;
        // Of which team somebody is, is told to who may see them.
        match member.filter(|member| shows(self.sight, member.ward_id, member.city_id)) {
            Some(member) if member.team_id != team => {
                Err(self.broken(&["member_id", "team_id"], "The member is of another team than the award."))
            }
            _ => Ok(()),
        }
    }

    async fn observation(&self, transaction: &DatabaseTransaction, row: i64) -> Result<(), Failure> {
        let Some(figure) = observation::Entity::find_by_id(row).one(transaction).await? else { return Ok(()) };
        match figure.period_start.filter(|start| *start > figure.as_of) {
            Some(start) => {
                let message = format!("The period begins on {}, and ends before that, on {}.", start.0, figure.as_of.0);
                Err(self.broken(&["period_start", "as_of"], message))
            }
            None => Ok(()),
        }
    }
}
