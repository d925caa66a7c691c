//! What was invented, as rows of the database.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    prelude::DateTimeUtc,
};

use super::{
    Invented,
    festivals::{InventedAward, InventedFestival, Recipient},
    roster::{InventedTeam, WardSite},
};
use crate::{
    domain::{Date, FestivalKind, MemberStatus, RecipientKind, TeamStatus},
    entities::{award, city, dataset, festival, former_city, former_ward, former_ward_successor, member, team, ward},
    secrets::{Purpose, SecretError, Secrets},
    store::write::{insert_rows, next_id},
};

/// Rows are written once so many members are waiting: enough for full statements, little to hold in memory.
const MEMBERS_AT_ONCE: usize = 10_000;

/// Adds the data set that invented rows belong to.
pub(super) async fn add_dataset(
    transaction: &DatabaseTransaction,
    slug: &str,
    description: String,
) -> Result<i64, DbErr> {
    let id = next_id::<dataset::Entity>(transaction).await?;
    let row = dataset::Model {
        id,
        slug: slug.to_owned(),
        title: "Demo roster, invented (danh sách minh họa, giả lập)".to_owned(),
        description,
        synthetic: true,
        version: 1,
        updated_at: DateTimeUtc::UNIX_EPOCH,
    };
    insert_rows::<dataset::Entity>(transaction, vec![row]).await?;
    Ok(id)
}

/// The wards, with the former city that each was in, in the order of their ids.
pub(super) async fn wards(transaction: &DatabaseTransaction) -> Result<Vec<WardSite>, DbErr> {
    let cities = city::Entity::find().all(transaction).await?;
    let codes: HashMap<i64, String> = cities.into_iter().map(|city| (city.id, city.code)).collect();
    let cities = former_city::Entity::find().all(transaction).await?;
    let former_codes: HashMap<i64, String> = cities.into_iter().map(|city| (city.id, city.code)).collect();
    let former = former_cities(transaction).await?;
    let site = |ward: ward::Model| {
        let former_city_id = former.get(&ward.id).copied();
        WardSite {
            id: ward.id,
            city_id: ward.city_id,
            former_city_id,
            city_code: codes[&ward.city_id].clone(),
            former_city_code: former_city_id.map(|id| former_codes[&id].clone()),
            code: ward.code,
            name: ward.name,
            kind: ward.kind,
        }
    };
    let wards = ward::Entity::find().order_by_asc(ward::Column::Id).all(transaction).await?;
    Ok(wards.into_iter().map(site).collect())
}

/// The former city that each ward's predecessors were in; that of most of them where they were in several.
async fn former_cities(transaction: &DatabaseTransaction) -> Result<HashMap<i64, i64>, DbErr> {
    let former_wards = former_ward::Entity::find().all(transaction).await?;
    let city_of: HashMap<i64, i64> = former_wards.into_iter().map(|ward| (ward.id, ward.former_city_id)).collect();
    let mut counts: HashMap<i64, HashMap<i64, usize>> = HashMap::new();
    for pair in former_ward_successor::Entity::find().all(transaction).await? {
        *counts.entry(pair.ward_id).or_default().entry(city_of[&pair.former_ward_id]).or_default() += 1;
    }
    let most = |cities: HashMap<i64, usize>| cities.into_iter().max_by_key(|(city, wards)| (*wards, -city));
    Ok(counts.into_iter().filter_map(|(ward, cities)| Some((ward, most(cities)?.0))).collect())
}

/// A festival of a ward that really was held.
#[derive(FromQueryResult)]
struct Held {
    ward_id: Option<i64>,
    edition_year: i32,
}

/// Rows that wait to be written, and the ids that the next ones get.
pub(super) struct Rows {
    dataset_id: i64,
    secrets: Secrets,
    next_team: i64,
    next_member: i64,
    next_festival: i64,
    next_award: i64,
    published: HashMap<i64, Vec<i32>>,
    teams: Vec<team::Model>,
    members: Vec<member::Model>,
    festivals: Vec<festival::Model>,
    awards: Vec<award::Model>,
    invented: Invented,
}

impl Rows {
    /// `secrets` seal the personal data of those who are invented; without any they have none.
    pub(super) async fn begin(
        transaction: &DatabaseTransaction,
        dataset_id: i64,
        secrets: Secrets,
    ) -> Result<Self, DbErr> {
        let held: Vec<Held> = festival::Entity::find()
            .select_only()
            .columns([festival::Column::WardId, festival::Column::EditionYear])
            .filter(festival::Column::DatasetId.ne(dataset_id))
            .into_model()
            .all(transaction)
            .await?;
        let mut published: HashMap<i64, Vec<i32>> = HashMap::new();
        for festival in held {
            if let Some(ward) = festival.ward_id {
                published.entry(ward).or_default().push(festival.edition_year);
            }
        }
        Ok(Self {
            dataset_id,
            secrets,
            next_team: next_id::<team::Entity>(transaction).await?,
            next_member: next_id::<member::Entity>(transaction).await?,
            next_festival: next_id::<festival::Entity>(transaction).await?,
            next_award: next_id::<award::Entity>(transaction).await?,
            published,
            teams: Vec::new(),
            members: Vec::new(),
            festivals: Vec::new(),
            awards: Vec::new(),
            invented: Invented::default(),
        })
    }

    /// The years in which a ward's festival is a published fact: none is invented beside it.
    pub(super) fn published_years(&self, ward: i64) -> &[i32] {
        self.published.get(&ward).map_or(&[], Vec::as_slice)
    }

    /// Takes in what was invented for one ward.
    ///
    /// # Errors
    /// The system has no random numbers to seal with.
    pub(super) fn add(
        &mut self,
        ward: &WardSite,
        teams: &[InventedTeam],
        festivals: &[InventedFestival],
    ) -> Result<(), SecretError> {
        let (first_team, first_member) = (self.next_team, self.next_member);
        let mut members_before = Vec::with_capacity(teams.len());
        for team in teams {
            members_before.push(self.next_member - first_member);
            self.add_team(ward, team)?;
        }
        for festival in festivals {
            self.add_festival(ward, festival, |recipient| match recipient {
                Recipient::Team { index } => (Some(first_team + row(index)), None),
                Recipient::Member { team_index, member_index } => {
                    (None, Some(first_member + members_before[team_index] + row(member_index)))
                }
                Recipient::Collective { .. } | Recipient::Household { .. } => (None, None),
            });
        }
        Ok(())
    }

    fn sealed(&self, purpose: Purpose, value: &str) -> Result<Option<String>, SecretError> {
        (!self.secrets.is_empty()).then(|| self.secrets.seal(purpose, value)).transpose()
    }

    fn hash(&self, purpose: Purpose, value: &str) -> Option<String> {
        self.secrets.hashes(purpose, value).into_iter().next()
    }

    fn add_team(&mut self, ward: &WardSite, team: &InventedTeam) -> Result<(), SecretError> {
        let team_id = take(&mut self.next_team);
        self.teams.push(team::Model {
            id: team_id,
            ward_id: ward.id,
            city_id: ward.city_id,
            former_city_id: ward.former_city_id,
            dataset_id: self.dataset_id,
            code: team.code.clone(),
            name: team.name.clone(),
            locality: team.locality.clone(),
            status: TeamStatus::Active,
            established_on: Some(Date(team.established_on)),
            version: 1,
            updated_at: DateTimeUtc::UNIX_EPOCH,
        });
        for member in &team.members {
            let row = member::Model {
                id: take(&mut self.next_member),
                team_id,
                ward_id: ward.id,
                city_id: ward.city_id,
                former_city_id: ward.former_city_id,
                dataset_id: self.dataset_id,
                full_name: member.full_name.clone(),
                role: member.role,
                gender: Some(member.gender),
                birth_date: self.sealed(Purpose::BirthDate, &member.birth_date.to_string())?,
                phone: self.sealed(Purpose::Phone, &member.phone)?,
                phone_hash: self.hash(Purpose::Phone, &member.phone),
                national_id: self.sealed(Purpose::NationalId, &member.national_id)?,
                national_id_hash: self.hash(Purpose::NationalId, &member.national_id),
                status: MemberStatus::Active,
                joined_on: Some(Date(member.joined_on)),
                left_on: None,
                version: 1,
                updated_at: DateTimeUtc::UNIX_EPOCH,
            };
            self.members.push(row);
        }
        self.invented.teams += 1;
        self.invented.members += team.members.len();
        Ok(())
    }

    fn add_festival(
        &mut self,
        ward: &WardSite,
        festival: &InventedFestival,
        honoured: impl Fn(Recipient) -> (Option<i64>, Option<i64>),
    ) {
        let festival_id = take(&mut self.next_festival);
        self.festivals.push(festival::Model {
            id: festival_id,
            city_id: ward.city_id,
            ward_id: Some(ward.id),
            venue_organisation_id: None,
            host_former_district_id: None,
            dataset_id: self.dataset_id,
            slug: festival.slug.clone(),
            kind: FestivalKind::Festival,
            edition_year: festival.edition_year,
            held_on: Date(festival.held_on),
            title: festival.title.clone(),
            venue: Some(festival.venue.clone()),
            version: 1,
            updated_at: DateTimeUtc::UNIX_EPOCH,
        });
        for award in &festival.awards {
            let id = take(&mut self.next_award);
            let row = self.award(id, festival_id, award, honoured(award.recipient));
            self.awards.push(row);
        }
        self.invented.festivals += 1;
        self.invented.awards += festival.awards.len();
    }

    fn award(
        &self,
        id: i64,
        festival_id: i64,
        award: &InventedAward,
        (team_id, member_id): (Option<i64>, Option<i64>),
    ) -> award::Model {
        let (recipient_kind, count) = match award.recipient {
            Recipient::Team { .. } => (RecipientKind::Collective, 1),
            Recipient::Member { .. } => (RecipientKind::Individual, 1),
            Recipient::Collective { count } => (RecipientKind::Collective, count),
            Recipient::Household { count } => (RecipientKind::Household, count),
        };
        award::Model {
            id,
            festival_id,
            // No real body is said to have given what was never given.
            grantor_id: None,
            team_id,
            member_id,
            source_id: None,
            dataset_id: self.dataset_id,
            ordinal: award.ordinal,
            kind: award.kind,
            title: award.title.to_owned(),
            recipient_kind,
            recipient_count: Some(count),
            recipient_description: Some(award.description.clone()),
            version: 1,
            updated_at: DateTimeUtc::UNIX_EPOCH,
        }
    }

    /// Writes what waits, if it is much.
    pub(super) async fn write_when_full(&mut self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        if self.members.len() >= MEMBERS_AT_ONCE { self.write(transaction).await } else { Ok(()) }
    }

    /// Writes what waits: teams before the members and awards that name them.
    pub(super) async fn write(&mut self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        insert_rows::<team::Entity>(transaction, std::mem::take(&mut self.teams)).await?;
        insert_rows::<member::Entity>(transaction, std::mem::take(&mut self.members)).await?;
        insert_rows::<festival::Entity>(transaction, std::mem::take(&mut self.festivals)).await?;
        insert_rows::<award::Entity>(transaction, std::mem::take(&mut self.awards)).await
    }

    /// What was invented so far.
    pub(super) fn invented(&self) -> Invented {
        self.invented
    }
}

/// The next id, and one further.
fn take(next: &mut i64) -> i64 {
    let id = *next;
    *next += 1;
    id
}

/// An index, as a distance between ids.
fn row(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
