//! What one request reads with: every load of a level in one statement.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_graphql::dataloader::Loader;
use chrono::{NaiveDate, Utc};
use futures_util::future::try_join_all;
use sea_orm::{
    DbBackend, DbErr, EntityTrait, FromQueryResult, IdenStatic, ModelTrait, QueryResult, Statement, Value,
    sea_query::SelectStatement,
};

use super::{
    Event, Store,
    disclosed::Disclosed,
    filter::Predicate,
    lease::Lease,
    meter::Meter,
    order::Order,
    page::{Page, Position, Slice},
    past::Past,
    select::{self, PARENT, TOTAL, Values, order_label},
    sight::{Sight, View},
    table::{Keyed, KeyedWithin, Relation, Scope, Table},
    wanted::Wanted,
};
use crate::{
    domain::{Datum, Kind, Ordered},
    error::Error,
    secrets::Purpose,
};

/// The most values that one answer may have: a field of an object is one, and so is every row read for it. Loads of the same
/// row are one, so that a small document may ask for far more than it reads: a city's wards' city's wards …
pub const MAX_VALUES: u64 = 500_000;

/// The reading side of one request. Never shared between requests: what may be seen depends on who asks. Its clones are of the
/// same request.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Store,
    sight: Sight,
    /// What the tables were, where they are read as of a day.
    past: Option<Past>,
    /// The connection that the request reads with, once it has read.
    lease: Arc<tokio::sync::Mutex<Option<Lease>>>,
    values_left: Arc<AtomicU64>,
    tables: Tables,
    disclosed: Disclosed,
    meter: Meter,
}

/// The tables that a request has read, those included in which it found nothing.
#[derive(Clone, Debug, Default)]
pub struct Tables(Arc<Mutex<BTreeSet<&'static str>>>);

impl Tables {
    /// Their names.
    pub fn names(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reader {
    /// A reader for one request, of whoever sees this.
    pub fn new(store: Store, sight: Sight) -> Self {
        Self::metered(store, sight, Meter::default())
    }

    /// The same, which counts on a meter that others look at.
    pub fn metered(store: Store, sight: Sight, meter: Meter) -> Self {
        Self {
            store,
            sight,
            past: None,
            lease: Arc::default(),
            values_left: Arc::new(AtomicU64::new(MAX_VALUES)),
            tables: Tables::default(),
            disclosed: Disclosed::default(),
            meter,
        }
    }

    /// The same, which notes the personal data that it shows beside those that others have shown.
    pub fn disclosing(self, disclosed: Disclosed) -> Self {
        Self { disclosed, ..self }
    }

    /// The same, which reads what the tables were.
    pub(super) fn in_the_past(self, past: Past, sight: Sight) -> Self {
        Self { past: Some(past), sight, ..self }
    }

    /// The database that it reads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What it counts on.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The personal data that it has opened and will open.
    pub fn disclosed(&self) -> Disclosed {
        self.disclosed.clone()
    }

    /// Opens a personal value of a row, and notes that it was seen; nothing for who may not see it.
    ///
    /// # Errors
    /// One that these secrets do not open.
    pub fn open(&self, field: &'static str, purpose: Purpose, row: i64, sealed: &str) -> Result<Option<String>, Error> {
        if !self.sight.personal {
            return Ok(None);
        }
        let value = self.store.secrets().open(purpose, sealed).map_err(Error::internal)?;
        self.disclosed.note(field, row);
        Ok(Some(value))
    }

    /// Notes that a personal value of a row is shown, which was opened elsewhere.
    pub fn showed(&self, field: &'static str, row: i64) {
        self.disclosed.note(field, row);
    }

    /// What it has read and will read.
    pub fn tables(&self) -> Tables {
        self.tables.clone()
    }

    pub(super) fn engine(&self) -> DbBackend {
        self.store.engine()
    }

    /// What may be seen.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    pub(super) fn view(&self) -> View<'_> {
        View { engine: self.engine(), sight: &self.sight, secrets: self.store.secrets() }
    }

    /// Notes the tables that a page depends on, and what its filter asks of.
    pub(super) fn reads_page(&self, page: &Page) {
        self.reads(&page.tables());
        self.asks(page.filter.as_deref());
    }

    /// Notes the personal data that a filter asks of: by each request, though its statement may have been kept.
    pub(super) fn asks(&self, filter: Option<&Predicate>) {
        if let Some(filter) = filter {
            filter.sealed(&mut |field| self.disclosed.note_asked(field));
        }
    }

    /// Notes that the answer depends on these tables.
    pub(super) fn reads(&self, tables: &[&'static str]) {
        self.tables.0.lock().unwrap_or_else(PoisonError::into_inner).extend(tables);
    }

    /// Charges values to the answer: those of its objects before they are made, rows once they are read.
    ///
    /// # Errors
    /// [`Error::TooManyValues`] when it would have more than [`MAX_VALUES`].
    pub fn charge(&self, values: u64) -> Result<(), Error> {
        let charge = |left: u64| left.checked_sub(values);
        match self.values_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, charge) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::TooManyValues { max: MAX_VALUES }),
        }
    }

    /// Makes a statement of a query.
    pub(super) fn statement(&self, query: &SelectStatement) -> Statement {
        self.ready(select::statement(self.engine(), query))
    }

    /// A statement as it is sent, which is shown to who watches.
    pub(super) fn ready(&self, statement: Statement) -> Statement {
        let statement = match &self.past {
            Some(past) => past.of(self.engine(), statement),
            None => statement,
        };
        self.store.observed(Event::Sent(&statement.sql));
        statement
    }

    /// Runs a statement, and charges its rows.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<QueryResult>, Error> {
        let rows = self.sent(statement).await?;
        self.received(rows.len())?;
        Ok(rows)
    }

    /// The rows of a statement, once those sent before have come: a request has one connection, however much it asks, and
    /// none is kept from other requests.
    pub(super) async fn sent(&self, statement: Statement) -> Result<Vec<QueryResult>, Error> {
        let mut lease = self.lease.lock().await;
        let lease = match &mut *lease {
            Some(lease) => lease,
            none => none.insert(self.store.lease().await?),
        };
        Ok(lease.rows(statement).await?)
    }

    /// Charges rows, and shows their number to who watches.
    pub(super) fn received(&self, rows: usize) -> Result<(), Error> {
        self.store.observed(Event::Read(rows));
        self.meter.read(rows as u64);
        self.charge(rows as u64)
    }

    async fn models<E: Table>(&self, statement: Statement) -> Result<Vec<(QueryResult, Arc<E::Model>)>, Error> {
        let rows = self.rows(statement).await?;
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

/// Counts what a filter keeps of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Total(pub Scope, pub Option<Arc<Predicate>>);

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

impl<E: Table> Loader<In<E, Listing>> for Reader {
    type Value = Arc<Slice<E>>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, Listing>]) -> Result<HashMap<In<E, Listing>, Self::Value>, Error> {
        let lists: Vec<_> = grouped(keys.iter().map(|key| (&key.key.page, key.key.scope)))
            .into_iter()
            .flat_map(|(page, scopes)| {
                scopes.of_at_most(MAX_VALUES as usize / (page.rows as usize + 1)).map(move |part| (page, part))
            })
            .collect();
        // All are made before the first is sent, so that their order is the same each time.
        let made = lists.iter().map(|(page, scopes)| self.statement(&self.page_of::<E>(page, scopes)));
        let sent: Vec<_> = made
            .zip(&lists)
            .map(|(statement, (page, scopes))| self.pages::<E>(statement, scopes, &page.order))
            .collect();
        let read: Vec<_> = try_join_all(sent).await?;
        let mut slices = HashMap::with_capacity(keys.len());
        for ((page, _), of_page) in lists.iter().zip(read) {
            for (scope, rows) in of_page {
                slices.insert(In::new(Listing { scope, page: (*page).clone() }), slice(rows, page));
            }
        }
        Ok(slices)
    }
}

impl<E: Table> Loader<In<E, Total>> for Reader {
    /// Nothing where it is not told to who asks.
    type Value = Option<i64>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, Total>]) -> Result<HashMap<In<E, Total>, Self::Value>, Error> {
        let lists = grouped(keys.iter().map(|key| (&key.key.1, key.key.0)));
        if self.only_counts(E::info()) {
            return self.totals_of_people(&lists).await;
        }
        let made = lists.iter().map(|(filter, scopes)| self.statement(&self.count_of::<E>(scopes, filter.as_deref())));
        let sent: Vec<_> = made.zip(&lists).map(|(statement, (_, scopes))| self.counts(statement, scopes)).collect();
        let counted: Vec<_> = try_join_all(sent).await?;
        // A parent without rows is in no group.
        let mut totals: HashMap<_, _> = keys.iter().map(|key| (key.clone(), Some(0))).collect();
        for ((filter, _), counted) in lists.iter().zip(counted) {
            let total = |(scope, total)| (In::new(Total(scope, (*filter).clone())), Some(total));
            totals.extend(counted.into_iter().map(total));
        }
        Ok(totals)
    }
}

/// Lists by the filter that they have in common.
type Lists<'a> = [(&'a Option<Arc<Predicate>>, Scopes)];

impl Reader {
    async fn totals_of_people<E: Table>(&self, lists: &Lists<'_>) -> Result<HashMap<In<E, Total>, Option<i64>>, Error> {
        let mut totals = HashMap::new();
        for (filter, scopes) in lists {
            let of = match scopes {
                Scopes::All => None,
                Scopes::Of(relation, parents) => Some((*relation, parents.as_slice())),
            };
            for (parent, total) in self.people(of).await? {
                let scope = match (of, parent) {
                    (Some((relation, _)), Some(parent)) => Scope::Of(relation, parent),
                    _ => Scope::All,
                };
                // Who only counts people has no filter.
                totals.insert(In::new(Total(scope, (*filter).clone())), total.filter(|_| filter.is_none()));
            }
        }
        Ok(totals)
    }
}

impl Reader {
    /// Every column of a table, which the answer then depends on.
    fn all<E: Table>(&self) -> Wanted {
        self.reads(&[E::info().name]);
        Wanted::all(E::info())
    }

    fn page_of<E: Table>(&self, page: &Page, scopes: &Scopes) -> SelectStatement {
        let mut all = self.all::<E>();
        all.in_order(&page.order);
        self.reads_page(page);
        match scopes {
            Scopes::All => select::page_of_all(self.view(), &all, page),
            Scopes::Of(relation, parents) => {
                self.reads(relation.tables());
                select::page_of_each(self.view(), &all, relation, select::Parents::Ids(parents), page)
            }
        }
    }

    fn count_of<E: Table>(&self, scopes: &Scopes, filter: Option<&Predicate>) -> SelectStatement {
        let (view, table) = (self.view(), E::info());
        match scopes {
            Scopes::All => {
                self.counts_rows(table, None, filter);
                select::count_of_all(view, table, filter)
            }
            Scopes::Of(relation, parents) => {
                self.counts_rows(table, Some(relation), filter);
                select::count_by_parent(view, table, relation, Some(parents), filter)
            }
        }
    }

    /// The rows of the same page of several lists.
    async fn pages<E: Table>(
        &self,
        statement: Statement,
        scopes: &Scopes,
        order: &Order,
    ) -> Result<Vec<Rows<E>>, Error> {
        let read = self.models::<E>(statement).await?;
        match scopes {
            Scopes::All => {
                let placed = read.into_iter().map(|(columns, row)| Ok((position::<E>(&columns, &row, order)?, row)));
                Ok(vec![(Scope::All, placed.collect::<Result<_, Error>>()?)])
            }
            Scopes::Of(relation, parents) => {
                let mut of_parent: HashMap<i64, Vec<_>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
                for (columns, row) in read {
                    let placed = (position::<E>(&columns, &row, order)?, row);
                    of_parent.entry(columns.try_get("", PARENT)?).or_default().push(placed);
                }
                Ok(of_parent.into_iter().map(|(parent, rows)| (Scope::Of(relation, parent), rows)).collect())
            }
        }
    }

    /// The lengths of several lists.
    async fn counts(&self, statement: Statement, scopes: &Scopes) -> Result<Vec<(Scope, i64)>, Error> {
        let count = |row: QueryResult| {
            let scope = match scopes {
                Scopes::All => Scope::All,
                Scopes::Of(relation, _) => Scope::Of(relation, row.try_get("", PARENT)?),
            };
            Ok((scope, row.try_get("", TOTAL)?))
        };
        self.rows(statement).await?.into_iter().map(count).collect()
    }
}

/// What was read of one list, in the page's direction.
type Rows<E> = (Scope, Vec<(Position, Arc<<E as EntityTrait>::Model>)>);

/// Where a row stands in its list.
fn position<E: Table>(columns: &QueryResult, row: &E::Model, order: &Order) -> Result<Position, Error> {
    let terms = order.terms().iter().enumerate();
    let values = terms.map(|(index, term)| datum(columns, &order_label(index), term.kind()));
    Ok(Position::new(values.collect::<Result<_, DbErr>>()?, E::id(row)))
}

/// The value of a column, or none for null.
pub(super) fn datum(row: &QueryResult, column: &str, kind: Kind) -> Result<Option<Datum>, DbErr> {
    Ok(match kind {
        Kind::Text => row.try_get::<Option<String>>("", column)?.map(Datum::Text),
        Kind::Integer => match row.try_get::<Option<i64>>("", column) {
            Ok(number) => number.map(Datum::Integer),
            // PostgreSQL's smaller numbers are no larger ones to the driver.
            Err(_) => row.try_get::<Option<i32>>("", column)?.map(|number| Datum::Integer(number.into())),
        },
        Kind::Boolean => row.try_get::<Option<bool>>("", column)?.map(Datum::Boolean),
        Kind::Date => row.try_get::<Option<NaiveDate>>("", column)?.map(Datum::Date),
        Kind::Moment => row.try_get::<Option<chrono::DateTime<Utc>>>("", column)?.map(Datum::Moment),
        Kind::Number => row.try_get::<Option<f64>>("", column)?.map(|number| Datum::Number(Ordered(number))),
    })
}

/// Lists that one statement can read: all rows, or the rows of several parents in one relation.
pub(super) enum Scopes {
    All,
    Of(&'static Relation, Vec<i64>),
}

impl Scopes {
    /// What leads to the rows.
    pub(super) fn relation(&self) -> Option<&'static Relation> {
        match self {
            Self::All => None,
            Self::Of(relation, _) => Some(relation),
        }
    }

    /// The same, in parts of at most so many parents.
    fn of_at_most(self, parents: usize) -> impl Iterator<Item = Self> {
        match self {
            Self::All => vec![Self::All],
            Self::Of(relation, all) => all.chunks(parents).map(|part| Self::Of(relation, part.to_vec())).collect(),
        }
        .into_iter()
    }
}

/// Sorts what is wanted by the statement that reads it, one for each page (or other wish) and relation, in an order that
/// is the same each time: the loader hands over its keys in any.
pub(super) fn grouped<W: Ord>(keys: impl Iterator<Item = (W, Scope)>) -> Vec<(W, Scopes)> {
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

/// Puts the rows that were read in the order of their list, cuts the one beyond the page, and turns a page from the back
/// round.
fn slice<E: Table>(mut rows: Vec<(Position, Arc<E::Model>)>, page: &Page) -> Arc<Slice<E>> {
    rows.sort_by(|(one, _), (other, _)| one.compare(other, &page.order));
    if page.backward {
        rows.reverse();
    }
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
