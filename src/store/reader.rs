//! What one request reads with: every load of a level in one statement.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_graphql::dataloader::Loader;
use futures_util::future::try_join_all;
use sea_orm::{
    ConnectionTrait, FromQueryResult, IdenStatic, ModelTrait, QueryResult, Value, sea_query::SelectStatement,
};

use super::{
    Store,
    page::{Page, Slice},
    select::{self, PARENT, Values},
    table::{Keyed, KeyedWithin, Relation, Scope, Table},
};
use crate::error::Error;

/// The most objects that one answer may have. Loads of the same row are one, so that a small document may ask for far more
/// objects than it reads rows: a city's wards' city's wards …
pub const MAX_OBJECTS: u64 = 100_000;

/// The reading side of one request. Never shared between requests: what may be seen depends on who asks.
#[derive(Debug)]
pub struct Reader {
    store: Store,
    objects_left: AtomicU64,
}

impl Reader {
    /// A reader for one request.
    pub fn new(store: Store) -> Self {
        Self { store, objects_left: AtomicU64::new(MAX_OBJECTS) }
    }

    /// Charges objects to the answer, before they are made.
    ///
    /// # Errors
    /// [`Error::TooManyObjects`] when it would have more than [`MAX_OBJECTS`].
    pub fn charge(&self, objects: u64) -> Result<(), Error> {
        let charge = |left: u64| left.checked_sub(objects);
        match self.objects_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, charge) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::TooManyObjects { max: MAX_OBJECTS }),
        }
    }

    /// Runs one statement.
    async fn rows(&self, query: SelectStatement) -> Result<Vec<QueryResult>, Error> {
        let statement = self.store.engine().build(&query);
        self.store.observed(&statement.sql);
        Ok(self.store.reader().query_all_raw(statement).await?)
    }

    async fn models<E: Table>(&self, query: SelectStatement) -> Result<Vec<(QueryResult, Arc<E::Model>)>, Error> {
        let rows = self.rows(query).await?;
        rows.into_iter()
            .map(|row| {
                let model = E::Model::from_query_result(&row, "")?;
                Ok((row, Arc::new(model)))
            })
            .collect()
    }
}

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

/// Reads one page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listing {
    /// Which list.
    pub scope: Scope,
    /// Which page of it.
    pub page: Page,
}

/// Counts a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Total(pub Scope);

impl<E: Table> Loader<In<E, RowId>> for Reader {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, RowId>]) -> Result<HashMap<In<E, RowId>, Self::Value>, Error> {
        let ids = sorted(keys.iter().map(|key| key.key.0));
        let query = select::by_column::<E>(self.store.engine(), "id", Values::Ids(&ids));
        let rows = self.models::<E>(query).await?;
        Ok(rows.into_iter().map(|(_, row)| (In::new(RowId(E::id(&row))), row)).collect())
    }
}

impl<E: Keyed> Loader<In<E, RowKey>> for Reader {
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, RowKey>]) -> Result<HashMap<In<E, RowKey>, Self::Value>, Error> {
        let texts = sorted(keys.iter().map(|key| key.key.0.clone()));
        let engine = self.store.engine();
        let query = select::by_column::<E>(engine, E::KEY.as_str(), Values::Keys(&texts));
        let rows = self.models::<E>(query).await?;
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
        let query = select::by_parts::<E>(self.store.engine(), &parents, &texts);
        let rows = self.models::<E>(query).await?;
        // Every parent with every code was asked for; the loader takes those that were meant.
        let keyed = rows.into_iter().filter_map(|(_, row)| match (row.get(E::PARENT), row.get(E::KEY)) {
            (Value::BigInt(Some(parent)), Value::String(Some(key))) => Some((In::new(RowPart { parent, key }), row)),
            _ => None,
        });
        Ok(keyed.collect())
    }
}

impl<E: Table> Loader<In<E, Listing>> for Reader {
    type Value = Arc<Slice<E>>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, Listing>]) -> Result<HashMap<In<E, Listing>, Self::Value>, Error> {
        let lists = grouped(keys.iter().map(|key| (&key.key.page, key.key.scope)));
        // All at once: a level waits for its slowest statement, not for their sum.
        let read = try_join_all(lists.iter().map(|(page, scopes)| self.pages::<E>(page, scopes))).await?;
        let mut slices = HashMap::with_capacity(keys.len());
        for ((page, _), of_page) in lists.iter().zip(read) {
            for (scope, slice) in of_page {
                slices.insert(In::new(Listing { scope, page: (*page).clone() }), slice);
            }
        }
        Ok(slices)
    }
}

impl<E: Table> Loader<In<E, Total>> for Reader {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[In<E, Total>]) -> Result<HashMap<In<E, Total>, i64>, Error> {
        let lists = grouped(keys.iter().map(|key| ((), key.key.0)));
        let counted = try_join_all(lists.iter().map(|((), scopes)| self.counts::<E>(scopes))).await?;
        // A parent without rows is in no group.
        let mut totals: HashMap<_, _> = keys.iter().map(|key| (key.clone(), 0)).collect();
        totals.extend(counted.into_iter().flatten().map(|(scope, total)| (In::new(Total(scope)), total)));
        Ok(totals)
    }
}

impl Reader {
    /// The lengths of several lists that one statement can count.
    async fn counts<E: Table>(&self, scopes: &Scopes) -> Result<Vec<(Scope, i64)>, Error> {
        let (query, relation) = match scopes {
            Scopes::All => (select::count_of_all::<E>(), None),
            Scopes::Of(relation, parents) => {
                (select::count_of_each::<E>(self.store.engine(), relation, parents), Some(*relation))
            }
        };
        let count = |row: QueryResult| {
            let scope = match relation {
                Some(relation) => Scope::Of(relation, row.try_get("", PARENT)?),
                None => Scope::All,
            };
            Ok((scope, row.try_get("", "total")?))
        };
        self.rows(query).await?.into_iter().map(count).collect()
    }

    /// The same page of several lists that one statement can read.
    async fn pages<E: Table>(&self, page: &Page, scopes: &Scopes) -> Result<Vec<(Scope, Arc<Slice<E>>)>, Error> {
        match scopes {
            Scopes::All => {
                let rows = self.models::<E>(select::page_of_all::<E>(page)).await?;
                Ok(vec![(Scope::All, slice(rows.into_iter().map(|(_, row)| row).collect(), page))])
            }
            Scopes::Of(relation, parents) => {
                let engine = self.store.engine();
                let mut of_parent: HashMap<i64, Vec<_>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
                let mut query = select::page_of_each::<E>(engine, relation, parents, page);
                // Many parents times a large page may be more than an answer may have: no more is read than that.
                let most = self.objects_left.load(Ordering::Relaxed) + parents.len() as u64;
                query.limit(most + 1);
                let rows = self.models::<E>(query).await?;
                if rows.len() as u64 > most {
                    return Err(Error::TooManyObjects { max: MAX_OBJECTS });
                }
                for (columns, row) in rows {
                    of_parent.entry(columns.try_get("", PARENT)?).or_default().push(row);
                }
                let slices =
                    of_parent.into_iter().map(|(parent, rows)| (Scope::Of(relation, parent), slice(rows, page)));
                Ok(slices.collect())
            }
        }
    }
}

/// Lists that one statement can read: all rows, or the rows of several parents in one relation.
enum Scopes {
    All,
    Of(&'static Relation, Vec<i64>),
}

/// Sorts what is wanted by the statement that reads it, one for each page (or other wish) and relation, in an order that
/// is the same each time: the loader hands over its keys in any.
fn grouped<W: Ord>(keys: impl Iterator<Item = (W, Scope)>) -> Vec<(W, Scopes)> {
    let mut groups: BTreeMap<(W, Option<&'static Relation>), Vec<i64>> = BTreeMap::new();
    for (wish, scope) in keys {
        match scope {
            Scope::All => {
                groups.entry((wish, None)).or_default();
            }
            Scope::Of(relation, parent) => groups.entry((wish, Some(relation))).or_default().push(parent),
        }
    }
    let scopes = |relation: Option<&'static Relation>, parents: Vec<i64>| match relation {
        None => Scopes::All,
        Some(relation) => Scopes::Of(relation, sorted(parents.into_iter())),
    };
    groups.into_iter().map(|((wish, relation), parents)| (wish, scopes(relation, parents))).collect()
}

/// Cuts the row that was read beyond the page, and turns a page from the back round.
fn slice<E: Table>(mut rows: Vec<Arc<E::Model>>, page: &Page) -> Arc<Slice<E>> {
    let more = rows.len() > page.rows as usize;
    rows.truncate(page.rows as usize);
    if page.backward {
        rows.reverse();
    }
    Arc::new(Slice { rows, more })
}

/// In ascending order, so that the same wishes are the same statement with the same values.
fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values
}
