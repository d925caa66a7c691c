//! Writing exactly what a plan says, in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    prelude::DateTimeUtc,
};

use super::{
    DATASET, RosterError, fingerprint,
    plan::{Added, Changed, NewTeam, Plan, TeamKey},
};
use crate::{
    domain::{Date, MemberRole, MemberStatus, TeamStatus},
    entities::{dataset, former_ward, former_ward_successor, member, team},
    roster::{Column, Line},
    secrets::{Purpose, SecretError, Secrets},
    store::{
        Store,
        edit::Edit,
        write::{insert_rows, next_id},
    },
};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Teams that were added.
    pub teams: usize,
    /// Members that were added.
    pub added: usize,
    /// Members that were changed.
    pub changed: usize,
    /// Members that have left.
    pub retired: usize,
}

/// Rows in one statement that retires.
const AT_ONCE: usize = 1_000;

/// Writes a plan in the name of `who`, if the register is as it was when the plan was made: all of it or nothing. `progress` is told of members as
/// they are written.
///
/// # Errors
/// [`RosterError::Problems`] and [`RosterError::Moved`]; what cannot be sealed, and the database's own.
pub async fn commit(
    store: &Store,
    who: &str,
    plan: &Plan,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Committed, RosterError> {
    if plan.problems.errors() > 0 {
        return Err(RosterError::Problems(plan.problems.errors()));
    }
    let edit = Edit::begin(store, who).await?;
    let transaction = edit.transaction();
    let wards: Vec<i64> = plan.wards.iter().map(|ward| ward.id).collect();
    still(transaction).await?;
    if fingerprint::now(transaction, &wards).await? != plan.fingerprint {
        return Err(RosterError::Moved);
    }
    let mut writing = Writing::begin(transaction, store.secrets(), plan).await?;
    writing.add_teams().await?;
    writing.make_room().await?;
    writing.add_members(progress).await?;
    for changed in &plan.changed {
        writing.change(changed).await?;
        progress(1);
    }
    writing.retire(progress).await?;
    edit.commit().await?;
    let (added, changed, retired) = (plan.added.len(), plan.changed.len(), plan.retired());
    Ok(Committed { teams: plan.teams.len(), added, changed, retired })
}

/// Lets nobody else write teams and members until the transaction ends. On SQLite it is the only writer anyway.
async fn still(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    match transaction.get_database_backend() {
        DbBackend::Sqlite => Ok(()),
        _ => transaction.execute_unprepared("LOCK TABLE team, member IN SHARE ROW EXCLUSIVE MODE").await.map(drop),
    }
}

/// Where a team is, and whose.
#[derive(Clone, Copy)]
struct Site {
    team_id: i64,
    ward_id: i64,
    city_id: i64,
    former_city_id: Option<i64>,
    dataset_id: i64,
}

/// A plan that is being written.
struct Writing<'a> {
    transaction: &'a DatabaseTransaction,
    secrets: &'a Secrets,
    plan: &'a Plan,
    /// The data set that was named.
    dataset: Option<i64>,
    sites: HashMap<TeamKey, Site>,
    /// Members who are changed already.
    done: HashSet<i64>,
}

impl<'a> Writing<'a> {
    async fn begin(
        transaction: &'a DatabaseTransaction,
        secrets: &'a Secrets,
        plan: &'a Plan,
    ) -> Result<Self, RosterError> {
        let dataset = match &plan.dataset {
            Some(slug) => Some(dataset_of(transaction, slug).await?),
            None => None,
        };
        let wards = plan.wards.iter().map(|ward| ward.id);
        let teams = team::Entity::find().filter(team::Column::WardId.is_in(wards)).all(transaction).await?;
        let sites = teams.into_iter().map(|team| (TeamKey::Known(team.id), Site::of(&team))).collect();
        Ok(Self { transaction, secrets, plan, dataset, sites, done: HashSet::new() })
    }

    async fn add_teams(&mut self) -> Result<(), RosterError> {
        if self.plan.teams.is_empty() {
            return Ok(());
        }
        let dataset_id = match self.dataset {
            Some(dataset) => dataset,
            None => dataset_of(self.transaction, DATASET).await?,
        };
        let first = next_id::<team::Entity>(self.transaction).await?;
        let mut rows = Vec::with_capacity(self.plan.teams.len());
        for (id, (index, team)) in (first..).zip(self.plan.teams.iter().enumerate()) {
            let row = self.team(id, team, dataset_id).await?;
            self.sites.insert(TeamKey::New(index), Site::of(&row));
            rows.push(row);
        }
        insert_rows::<team::Entity>(self.transaction, rows).await?;
        Ok(())
    }

    async fn team(&self, id: i64, team: &NewTeam, dataset_id: i64) -> Result<team::Model, DbErr> {
        let ward = &self.plan.wards[team.ward];
        Ok(team::Model {
            id,
            ward_id: ward.id,
            city_id: ward.city_id,
            former_city_id: former_city(self.transaction, ward.id).await?,
            dataset_id,
            code: team.label.code.clone(),
            name: team.label.name.clone(),
            locality: team.locality.clone(),
            status: TeamStatus::Active,
            established_on: None,
            version: 1,
            updated_at: DateTimeUtc::UNIX_EPOCH,
        })
    }

    fn site(&self, key: TeamKey) -> Result<Site, RosterError> {
        // The register is as it was, so that all its teams are there.
        self.sites.get(&key).copied().ok_or(RosterError::Moved)
    }

    /// A team has one leader at every moment: those who lead theirs no longer step down before others take their place.
    async fn make_room(&mut self) -> Result<(), RosterError> {
        let plan = self.plan;
        let retired = plan.absent.iter().filter(|absent| plan.retires && absent.led);
        self.set(&retired.map(|absent| absent.member).collect::<Vec<_>>(), left()).await?;
        let steps_down = || plan.changed.iter().filter(|changed| changed.steps_down());
        // Who will lead another team leads none until that one has lost its leader, too.
        let between = steps_down().filter(|changed| changed.leads()).map(|changed| changed.member);
        let member = member::ActiveModel { role: Set(MemberRole::Member), ..Default::default() };
        self.set(&between.collect::<Vec<_>>(), member).await?;
        for changed in steps_down().filter(|changed| !changed.leads()) {
            self.change(changed).await?;
            self.done.insert(changed.member);
        }
        Ok(())
    }

    /// Gives the same values to many members.
    async fn set(&self, members: &[i64], values: member::ActiveModel) -> Result<(), DbErr> {
        for some in members.chunks(AT_ONCE) {
            member::Entity::update_many()
                .set(values.clone())
                .filter(member::Column::Id.is_in(some.iter().copied()))
                .exec(self.transaction)
                .await?;
        }
        Ok(())
    }

    async fn add_members(&self, progress: &mut (dyn FnMut(usize) + Send)) -> Result<(), RosterError> {
        if self.plan.added.is_empty() {
            return Ok(());
        }
        let mut id = next_id::<member::Entity>(self.transaction).await?;
        for some in self.plan.added.chunks(AT_ONCE) {
            let mut rows = Vec::with_capacity(some.len());
            for added in some {
                rows.push(self.member(id, added)?);
                id += 1;
            }
            insert_rows::<member::Entity>(self.transaction, rows).await?;
            progress(some.len());
        }
        Ok(())
    }

    fn member(&self, id: i64, Added { line, key, .. }: &Added) -> Result<member::Model, RosterError> {
        let site = self.site(*key)?;
        let sealed = Sealed::of(self.secrets, line)?;
        Ok(member::Model {
            id,
            team_id: site.team_id,
            ward_id: site.ward_id,
            city_id: site.city_id,
            former_city_id: site.former_city_id,
            dataset_id: self.dataset.unwrap_or(site.dataset_id),
            full_name: line.full_name.clone(),
            role: line.role.unwrap_or(MemberRole::Member),
            gender: line.gender,
            birth_date: sealed.birth_date,
            phone: sealed.phone,
            phone_hash: sealed.phone_hash,
            national_id: sealed.national_id,
            national_id_hash: sealed.national_id_hash,
            status: line.status.unwrap_or(MemberStatus::Active),
            joined_on: line.joined_on.map(Date),
            left_on: line.left_on.map(Date),
            version: 1,
            updated_at: DateTimeUtc::UNIX_EPOCH,
        })
    }

    async fn change(&self, changed: &Changed) -> Result<(), RosterError> {
        if self.done.contains(&changed.member) {
            return Ok(());
        }
        let mut row = self.changed_row(changed)?;
        if changed.steps_down() && changed.leads() {
            row.role = Set(MemberRole::Leader);
        }
        member::Entity::update_many()
            .set(row)
            .filter(member::Column::Id.eq(changed.member))
            .exec(self.transaction)
            .await?;
        Ok(())
    }

    fn changed_row(&self, Changed { line, changes, key, .. }: &Changed) -> Result<member::ActiveModel, RosterError> {
        let sealed = Sealed::of(self.secrets, line)?;
        let site = self.site(*key)?;
        let mut row = member::ActiveModel::default();
        for change in changes {
            match change.column {
                Column::TeamCode => {
                    row.team_id = Set(site.team_id);
                    row.ward_id = Set(site.ward_id);
                    row.city_id = Set(site.city_id);
                    row.former_city_id = Set(site.former_city_id);
                }
                Column::FullName => row.full_name = Set(line.full_name.clone()),
                Column::Gender => row.gender = Set(line.gender),
                Column::BirthDate => row.birth_date = Set(sealed.birth_date.clone()),
                Column::Role => row.role = line.role.map_or(NotSet, Set),
                Column::Phone => {
                    row.phone = Set(sealed.phone.clone());
                    row.phone_hash = Set(sealed.phone_hash.clone());
                }
                Column::NationalId => {
                    row.national_id = Set(sealed.national_id.clone());
                    row.national_id_hash = Set(sealed.national_id_hash.clone());
                }
                Column::Status => row.status = line.status.map_or(NotSet, Set),
                Column::JoinedOn => row.joined_on = Set(line.joined_on.map(Date)),
                Column::LeftOn => row.left_on = Set(line.left_on.map(Date)),
                Column::Ward | Column::TeamName | Column::Locality => {}
            }
        }
        Ok(row)
    }

    /// Those who led a team have left already.
    async fn retire(&self, progress: &mut (dyn FnMut(usize) + Send)) -> Result<(), DbErr> {
        let retired = self.plan.absent.iter().filter(|absent| self.plan.retires && !absent.led);
        self.set(&retired.map(|absent| absent.member).collect::<Vec<_>>(), left()).await?;
        progress(self.plan.retired());
        Ok(())
    }
}

/// Who is retired. The day of leaving is not known, and none is made up.
fn left() -> member::ActiveModel {
    member::ActiveModel { status: Set(MemberStatus::Left), ..Default::default() }
}

impl Site {
    fn of(team: &team::Model) -> Self {
        let team::Model { id, ward_id, city_id, former_city_id, dataset_id, .. } = *team;
        Self { team_id: id, ward_id, city_id, former_city_id, dataset_id }
    }
}

/// Personal data as they are kept.
struct Sealed {
    birth_date: Option<String>,
    phone: Option<String>,
    phone_hash: Option<String>,
    national_id: Option<String>,
    national_id_hash: Option<String>,
}

impl Sealed {
    fn of(secrets: &Secrets, line: &Line) -> Result<Self, SecretError> {
        let seal = |purpose, value: Option<&str>| value.map(|value| secrets.seal(purpose, value)).transpose();
        let hash = |purpose, value: Option<&str>| secrets.hashes(purpose, value?).into_iter().next();
        let born = line.birth_date.as_ref().map(NaiveDate::to_string);
        Ok(Self {
            birth_date: seal(Purpose::BirthDate, born.as_deref())?,
            phone: seal(Purpose::Phone, line.phone.as_deref())?,
            phone_hash: hash(Purpose::Phone, line.phone.as_deref()),
            national_id: seal(Purpose::NationalId, line.national_id.as_deref())?,
            national_id_hash: hash(Purpose::NationalId, line.national_id.as_deref()),
        })
    }
}

/// The data set with a slug, which is made if there is none.
async fn dataset_of(transaction: &DatabaseTransaction, slug: &str) -> Result<i64, DbErr> {
    if let Some(row) = dataset::Entity::find().filter(dataset::Column::Slug.eq(slug)).one(transaction).await? {
        return Ok(row.id);
    }
    let id = next_id::<dataset::Entity>(transaction).await?;
    let row = dataset::Model {
        id,
        slug: slug.to_owned(),
        title: format!("Roster \"{slug}\" (danh sách thành viên)"),
        description: "Teams and members as wards report them in their rosters (danh sách do các phường, xã lập)."
            .to_owned(),
        synthetic: false,
        version: 1,
        updated_at: DateTimeUtc::UNIX_EPOCH,
    };
    insert_rows::<dataset::Entity>(transaction, vec![row]).await?;
    Ok(id)
}

/// The former city that a ward, or most of what it was made of, was in.
async fn former_city(transaction: &DatabaseTransaction, ward: i64) -> Result<Option<i64>, DbErr> {
    let cities: Vec<i64> = former_ward::Entity::find()
        .select_only()
        .column(former_ward::Column::FormerCityId)
        .filter(
            former_ward::Column::Id.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column(former_ward_successor::Column::FormerWardId)
                    .from(former_ward_successor::Entity)
                    .and_where(former_ward_successor::Column::WardId.eq(ward))
                    .take(),
            ),
        )
        .into_tuple()
        .all(transaction)
        .await?;
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for city in cities {
        *counts.entry(city).or_default() += 1;
    }
    Ok(counts.into_iter().max_by_key(|(city, wards)| (*wards, -city)).map(|(city, _)| city))
}
