//! What one request reads with: every load of a level in one statement.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{NaiveDate, Utc};
use sea_orm::{DbBackend, DbErr, FromQueryResult, QueryResult, Statement, sea_query::SelectStatement};

use super::{
    Event, Store,
    disclosed::Disclosed,
    filter::Predicate,
    lease::Lease,
    meter::Meter,
    page::Page,
    past::Past,
    select,
    sight::{Sight, View},
    table::Table,
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

    /// Notes that members are looked for by a personal value, which is compared elsewhere.
    pub fn asked(&self, field: &'static str) {
        self.disclosed.note_asked(field);
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

    /// Every column of a table, which the answer then depends on.
    pub(super) fn all<E: Table>(&self) -> Wanted {
        self.reads(&[E::info().name]);
        Wanted::all(E::info())
    }

    /// Runs a statement; its rows, and what they are in their table.
    pub(super) async fn models<E: Table>(
        &self,
        statement: Statement,
    ) -> Result<Vec<(QueryResult, Arc<E::Model>)>, Error> {
        let rows = self.rows(statement).await?;
        rows.into_iter()
            .map(|row| {
                let model = E::Model::from_query_result(&row, "")?;
                Ok((row, Arc::new(model)))
            })
            .collect()
    }
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
