//! Single rows, looked up by their ids and codes.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use sea_orm::{IdenStatic, ModelTrait, Value};

use super::{
    Reader,
    select::{self, Values},
    table::{Keyed, KeyedWithin, Table},
};
use crate::error::Error;

/// A key that is looked up in the table `E`.
#[derive(Debug)]
pub struct In<E, K> {
    /// What is looked up.
    pub key: K,
    table: PhantomData<fn() -> E>,
}

impl<E, K> In<E, K> {
    /// `key`, to be looked up in `E`.
    pub fn new(key: K) -> Self {
        Self { key, table: PhantomData }
    }
}

// Derived, these would ask the same of `E`, which is only a name here.
impl<E, K: Clone> Clone for In<E, K> {
    fn clone(&self) -> Self {
        Self::new(self.key.clone())
    }
}
impl<E, K: PartialEq> PartialEq for In<E, K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E, K: Eq> Eq for In<E, K> {}
impl<E, K: Hash> Hash for In<E, K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// Looks up one row by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowId(pub i64);

/// Looks up one row by its code or slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowKey(pub String);

/// Looks up one row by its code within its parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowPart {
    /// The parent's id.
    pub parent: i64,
    /// The row's code.
    pub key: String,
}

impl<E: Table> Loader<In<E, RowId>> for Reader {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, RowId>]) -> Result<HashMap<In<E, RowId>, Self::Value>, Error> {
        let ids = sorted(keys.iter().map(|key| key.key.0));
        let query = select::by_column(self.view(), &self.all::<E>(), "id", Values::Ids(&ids));
        let rows = self.models::<E>(self.statement(&query)).await?;
        Ok(rows.into_iter().map(|(_, row)| (In::new(RowId(E::id(&row))), row)).collect())
    }
}

impl<E: Keyed> Loader<In<E, RowKey>> for Reader {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, RowKey>]) -> Result<HashMap<In<E, RowKey>, Self::Value>, Error> {
        let texts = sorted(keys.iter().map(|key| key.key.0.clone()));
        let query = select::by_column(self.view(), &self.all::<E>(), E::KEY.as_str(), Values::Keys(&texts));
        let rows = self.models::<E>(self.statement(&query)).await?;
        let keyed = rows.into_iter().filter_map(|(_, row)| match row.get(E::KEY) {
            Value::String(Some(text)) => Some((In::new(RowKey(text)), row)),
            _ => None,
        });
        Ok(keyed.collect())
    }
}

impl<E: KeyedWithin> Loader<In<E, RowPart>> for Reader {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, RowPart>]) -> Result<HashMap<In<E, RowPart>, Self::Value>, Error> {
        let parents = sorted(keys.iter().map(|key| key.key.parent));
        let texts = sorted(keys.iter().map(|key| key.key.key.clone()));
        self.reads(&[E::info().name]);
        let query = select::by_parts::<E>(self.view(), &parents, &texts);
        let rows = self.models::<E>(self.statement(&query)).await?;
        // Every parent with every code was asked for; the loader takes those that were meant.
        let keyed = rows.into_iter().filter_map(|(_, row)| match (row.get(E::PARENT), row.get(E::KEY)) {
            (Value::BigInt(Some(parent)), Value::String(Some(key))) => Some((In::new(RowPart { parent, key }), row)),
            _ => None,
        });
        Ok(keyed.collect())
    }
}

/// In ascending order, so that the same wishes are the same statement with the same values.
pub(super) fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values
}
