//! API keys: made, found by their hash, ended, and when they were last used. The keys themselves are nowhere; what a scope
//! is, the store does not know.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, NotSet, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{Event, Places, Store, write::begin};
use crate::entities::{api_key, api_key_place, api_key_use, city, ward};

/// The tables that decide what a key may do.
pub const TABLES: [&str; 2] = ["api_key", "api_key_place"];

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The number of its row.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// The names of its scopes, divided by spaces.
    pub scopes: String,
    /// The places that it is limited to; all if there is nothing.
    pub places: Option<Places>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is good for nothing, if that is so.
    pub expires_at: Option<DateTime<Utc>>,
    /// From when on it is revoked: later than now where another one takes its place by and by.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is to be called: no other that is not revoked may have the name.
    pub name: String,
    /// Its keyed hash.
    pub hash: String,
    /// The names of its scopes, divided by spaces.
    pub scopes: String,
    /// The places that it is limited to; all if there is nothing.
    pub places: Option<Places>,
    /// From when on it is good for nothing, if that is to be.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key with what people want to know of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The key.
    pub key: Key,
    /// The codes of the cities that it is limited to.
    pub cities: Vec<String>,
    /// The codes of the wards that it is limited to.
    pub wards: Vec<String>,
    /// When it was last used, to the minute, if it ever was.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Why a key was not made, replaced or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Another one has the name.
    #[error("there is a key \"{0}\" already: rotate it, or revoke it first")]
    Taken(String),
    /// There is none that is not revoked.
    #[error("there is no key \"{0}\" that is not revoked")]
    Missing(String),
    /// It has ended by itself, and one with its rights would end at once.
    #[error("the key \"{0}\" has expired: say by --expires how long the new one is to be good")]
    Expired(String),
    /// The database's own.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The key with one of these hashes.
///
/// # Errors
/// The database's own.
pub async fn by_hash(store: &Store, hashes: &[String]) -> Result<Option<Key>, DbErr> {
    let query = api_key::Entity::find().filter(api_key::Column::Hash.is_in(hashes));
    let Some(row) = observed::<api_key::Entity>(store, query).await?.pop() else { return Ok(None) };
    let query = api_key_place::Entity::find().filter(api_key_place::Column::ApiKeyId.eq(row.id));
    let places = observed::<api_key_place::Entity>(store, query).await?;
    Ok(Some(key(row, &places)))
}

/// The rows of a query that a request sends.
async fn observed<E: EntityTrait>(store: &Store, query: sea_orm::Select<E>) -> Result<Vec<E::Model>, DbErr>
where
    E::Model: FromQueryResult,
{
    let statement = query.build(store.engine());
    store.observed(Event::Sent(&statement.sql));
    E::Model::find_by_statement(statement).all(store.reader()).await
}

fn key(row: api_key::Model, places: &[api_key_place::Model]) -> Key {
    let ids = |id: fn(&api_key_place::Model) -> Option<i64>| {
        let mut ids: Vec<i64> = places.iter().filter(|place| place.api_key_id == row.id).filter_map(id).collect();
        ids.sort_unstable();
        ids
    };
    let (cities, wards) = (ids(|place| place.city_id), ids(|place| place.ward_id));
    let limited = !cities.is_empty() || !wards.is_empty();
    Key {
        id: row.id,
        name: row.name,
        scopes: row.scopes,
        places: limited.then_some(Places { cities, wards }),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }
}

/// Makes a key.
///
/// # Errors
/// [`KeyError::Taken`] and the database's own.
pub async fn create(store: &Store, new: NewKey, now: DateTime<Utc>) -> Result<(), KeyError> {
    let transaction = begin(store.writer()).await?;
    if live(&transaction, &new.name).await?.is_some() {
        return Err(KeyError::Taken(new.name));
    }
    insert(&transaction, new, now).await?;
    Ok(transaction.commit().await?)
}

/// Puts a new key of the same name and rights in the place of one, which ends at `ends`. The new one expires as the old one
/// does, unless another moment is given.
///
/// # Errors
/// [`KeyError::Missing`], [`KeyError::Expired`] and the database's own.
pub async fn rotate(
    store: &Store,
    name: &str,
    hash: String,
    expires_at: Option<DateTime<Utc>>,
    ends: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Key, KeyError> {
    let transaction = begin(store.writer()).await?;
    let old = live(&transaction, name).await?.ok_or_else(|| KeyError::Missing(name.to_owned()))?;
    let expires_at = expires_at.or(old.expires_at);
    if expires_at.is_some_and(|at| at <= now) {
        return Err(KeyError::Expired(name.to_owned()));
    }
    // Of two who do this at the same time, one finds nothing to end.
    if end(&transaction, api_key::Column::Id.eq(old.id), ends).await? == 0 {
        return Err(KeyError::Missing(name.to_owned()));
    }
    let new =
        NewKey { name: old.name.clone(), hash, scopes: old.scopes.clone(), places: old.places.clone(), expires_at };
    insert(&transaction, new, now).await?;
    transaction.commit().await?;
    Ok(Key { expires_at, ..old })
}

/// Ends the keys of a name at once, those too that were to end later; says how many.
///
/// # Errors
/// [`KeyError::Missing`] and the database's own.
pub async fn revoke(store: &Store, name: &str, now: DateTime<Utc>) -> Result<u64, KeyError> {
    let ended = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(now))
        .filter(api_key::Column::Name.eq(name))
        .filter(api_key::Column::RevokedAt.is_null().or(api_key::Column::RevokedAt.gt(now)))
        .exec(store.writer())
        .await?
        .rows_affected;
    match ended {
        0 => Err(KeyError::Missing(name.to_owned())),
        ended => Ok(ended),
    }
}

/// All keys that there ever were, in the order of their making.
///
/// # Errors
/// The database's own.
pub async fn list(store: &Store) -> Result<Vec<Listed>, DbErr> {
    let database = store.reader();
    let keys = api_key::Entity::find().order_by_asc(api_key::Column::Id).all(database).await?;
    let places = api_key_place::Entity::find().order_by_asc(api_key_place::Column::Id).all(database).await?;
    let uses = api_key_use::Entity::find().all(database).await?;
    let ids = |id: fn(&api_key_place::Model) -> Option<i64>| places.iter().filter_map(id).collect::<Vec<_>>();
    let cities = city::Entity::find().filter(city::Column::Id.is_in(ids(|place| place.city_id))).all(database).await?;
    let wards = ward::Entity::find().filter(ward::Column::Id.is_in(ids(|place| place.ward_id))).all(database).await?;
    let listed = |row: api_key::Model| {
        let key = key(row, &places);
        let within = key.places.clone().unwrap_or_default();
        Listed {
            cities: cities
                .iter()
                .filter(|city| within.cities.contains(&city.id))
                .map(|city| city.code.clone())
                .collect(),
            wards: wards.iter().filter(|ward| within.wards.contains(&ward.id)).map(|ward| ward.code.clone()).collect(),
            last_used_at: uses.iter().find(|last| last.api_key_id == key.id).map(|last| last.last_used_at),
            key,
        }
    };
    Ok(keys.into_iter().map(listed).collect())
}

/// Notes when keys were last used.
///
/// # Errors
/// The database's own.
pub async fn note_uses(store: &Store, uses: impl IntoIterator<Item = (i64, DateTime<Utc>)>) -> Result<(), DbErr> {
    let rows = uses.into_iter().map(|(id, at)| api_key_use::ActiveModel { api_key_id: Set(id), last_used_at: Set(at) });
    let newer = OnConflict::column(api_key_use::Column::ApiKeyId)
        .update_column(api_key_use::Column::LastUsedAt)
        // Another process may have noted a later one.
        .action_and_where(
            Expr::col(("excluded", api_key_use::Column::LastUsedAt))
                .gt(Expr::col((api_key_use::Entity, api_key_use::Column::LastUsedAt))),
        )
        .to_owned();
    api_key_use::Entity::insert_many(rows).on_conflict(newer).exec_without_returning(store.writer()).await.map(drop)
}

/// The key of a name that is not revoked.
async fn live(transaction: &DatabaseTransaction, name: &str) -> Result<Option<Key>, DbErr> {
    let row = api_key::Entity::find()
        .filter(api_key::Column::Name.eq(name))
        .filter(api_key::Column::RevokedAt.is_null())
        .one(transaction)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let places =
        api_key_place::Entity::find().filter(api_key_place::Column::ApiKeyId.eq(row.id)).all(transaction).await?;
    Ok(Some(key(row, &places)))
}

/// Ends the key that a condition is true of, if it is not ended; says how many were.
async fn end(
    transaction: &DatabaseTransaction,
    of: impl sea_orm::sea_query::IntoCondition,
    at: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let update = api_key::Entity::update_many().col_expr(api_key::Column::RevokedAt, Expr::value(at));
    let ended = update.filter(of).filter(api_key::Column::RevokedAt.is_null()).exec(transaction).await?;
    Ok(ended.rows_affected)
}

async fn insert(transaction: &DatabaseTransaction, new: NewKey, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = api_key::ActiveModel {
        id: NotSet,
        name: Set(new.name),
        hash: Set(new.hash),
        scopes: Set(new.scopes),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        version: NotSet,
        updated_at: NotSet,
    };
    let row = row.insert(transaction).await?;
    let Places { cities, wards } = new.places.unwrap_or_default();
    let cities = cities.into_iter().map(|id| (Some(id), None));
    let places = cities.chain(wards.into_iter().map(|id| (None, Some(id)))).map(|(city_id, ward_id)| {
        api_key_place::ActiveModel {
            id: NotSet,
            api_key_id: Set(row.id),
            city_id: Set(city_id),
            ward_id: Set(ward_id),
            version: NotSet,
            updated_at: NotSet,
        }
    });
    let places: Vec<_> = places.collect();
    if !places.is_empty() {
        api_key_place::Entity::insert_many(places).exec_without_returning(transaction).await?;
    }
    Ok(())
}
