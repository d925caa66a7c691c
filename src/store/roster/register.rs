//! What the register has in the wards of a roster.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{RosterError, fingerprint, plan::TeamLabel};
use crate::{
    domain::{MemberRole, MemberStatus},
    entities::{member, team},
    secrets::{Purpose, SecretError, Secrets},
    store::{Store, redact},
    text::words,
};

/// The teams and members of some wards.
pub(super) struct Register {
    /// The teams, in the order of their ids.
    pub(super) teams: Vec<team::Model>,
    /// The members, in the order of their ids.
    pub(super) members: Vec<Known>,
    /// The teams that somebody leads who is told apart from nobody any more.
    pub(super) led_by_nobody: Vec<i64>,
    /// Its state.
    pub(super) fingerprint: [u8; 32],
    /// The places of the teams, by their ids.
    team_of: HashMap<i64, usize>,
}

/// A member of the register, with what is sealed opened if it may be compared.
pub(super) struct Known {
    pub(super) row: member::Model,
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) phone: Option<String>,
    pub(super) national_id: Option<String>,
    /// The name as it is compared.
    pub(super) folded: String,
}

/// A name as it is compared: without marks, capitals and the spaces between its words.
pub(super) fn folded(name: &str) -> String {
    words(name).join(" ")
}

impl Register {
    /// Reads the teams and members of wards, which are given in the order of their ids. `by_names_alone` leaves personal data
    /// sealed, as if there were none.
    ///
    /// # Errors
    /// The database's own, and personal data that cannot be opened.
    pub(super) async fn read(store: &Store, wards: &[i64], by_names_alone: bool) -> Result<Self, RosterError> {
        let teams = team::Entity::find()
            .filter(team::Column::WardId.is_in(wards.iter().copied()))
            .order_by_asc(team::Column::Id)
            .all(store.reader())
            .await?;
        let members = members(store, wards).await?;
        let version_of_team = |team: &team::Model| (team.id, team.version);
        let version_of_member = |member: &member::Model| (member.id, member.version);
        let fingerprint = fingerprint::of_rows(
            wards,
            &teams.iter().map(version_of_team).collect::<Vec<_>>(),
            &members.iter().map(version_of_member).collect::<Vec<_>>(),
        );
        let leads = |member: &&member::Model| is_leader(member) && member.full_name == redact::NAME;
        let led_by_nobody = members.iter().filter(leads).map(|member| member.team_id).collect();
        let members = members
            .into_iter()
            // Who they are has been taken away: nobody is the same person.
            .filter(|member| member.full_name != redact::NAME)
            .map(|member| match by_names_alone {
                true => Ok(Known::sealed(member)),
                false => Known::open(member, store.secrets()),
            })
            .collect::<Result<_, _>>()?;
        let team_of = teams.iter().enumerate().map(|(index, team)| (team.id, index)).collect();
        Ok(Self { teams, members, led_by_nobody, fingerprint, team_of })
    }

    /// A team by its id.
    pub(super) fn team(&self, id: i64) -> Option<&team::Model> {
        self.team_of.get(&id).and_then(|index| self.teams.get(*index))
    }

    /// What people know a team by.
    pub(super) fn label(&self, id: i64) -> TeamLabel {
        let label = |team: &team::Model| TeamLabel { code: team.code.clone(), name: team.name.clone() };
        self.team(id).map_or_else(|| TeamLabel { code: String::new(), name: String::new() }, label)
    }
}

fn is_leader(member: &member::Model) -> bool {
    member.role == MemberRole::Leader && member.status == MemberStatus::Active
}

async fn members(store: &Store, wards: &[i64]) -> Result<Vec<member::Model>, DbErr> {
    member::Entity::find()
        .filter(member::Column::WardId.is_in(wards.iter().copied()))
        .order_by_asc(member::Column::Id)
        .all(store.reader())
        .await
}

impl Known {
    /// Whether the member leads the team.
    pub(super) fn leads(&self) -> bool {
        is_leader(&self.row)
    }

    fn sealed(row: member::Model) -> Self {
        Self { birth_date: None, phone: None, national_id: None, folded: folded(&row.full_name), row }
    }

    fn open(row: member::Model, secrets: &Secrets) -> Result<Self, SecretError> {
        let open = |purpose, sealed: &Option<String>| {
            sealed.as_deref().map(|sealed| secrets.open(purpose, sealed)).transpose()
        };
        let birth_date = open(Purpose::BirthDate, &row.birth_date)?;
        Ok(Self {
            birth_date: birth_date.and_then(|day| day.parse().ok()),
            phone: open(Purpose::Phone, &row.phone)?,
            national_id: open(Purpose::NationalId, &row.national_id)?,
            ..Self::sealed(row)
        })
    }
}
