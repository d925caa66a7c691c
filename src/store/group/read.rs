//! Groups as they are read: a load of a request, as pages and counts are.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use futures_util::future::try_join_all;
use sea_orm::{DbErr, QueryResult};

use super::{
    super::{
        Reader,
        fetch::counted_tables,
        filter::Predicate,
        listing::{Scopes, grouped},
        lookup::In,
        reader::datum,
        select::{PARENT, TOTAL},
        table::{Scope, Table},
    },
    GROUPS, Grouping, KEYS, PLACE, STATS, VERSION, sql,
};
use crate::{
    domain::{Datum, Kind},
    error::Error,
};

/// What is said of the groups of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Groups {
    /// Which list.
    pub scope: Scope,
    /// Which of its rows.
    pub filter: Option<Arc<Predicate>>,
    /// Which groups.
    pub grouping: Arc<Grouping>,
}

/// The groups of a list.
#[derive(Clone, Debug, Default)]
pub struct GroupsRead {
    /// Those asked for, in their order.
    pub groups: Vec<Group>,
    /// The others as one, if they are asked for and there are any.
    pub others: Option<Group>,
    /// How many there are in all.
    pub total: i64,
    /// The version of the data, if it is asked for and there are rows: the sum of those of all tables that were read.
    pub version: Option<i64>,
}

/// A group of rows.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What they have in common.
    pub keys: Vec<Option<Datum>>,
    /// How many they are.
    pub count: i64,
    /// What else is said of them, as the grouping asks.
    pub stats: Vec<Option<Datum>>,
    /// Its place among the groups.
    place: i64,
}

impl Group {
    /// A group without rows.
    pub fn empty(keys: Vec<Option<Datum>>, stats: Vec<Option<Datum>>) -> Self {
        Self { keys, stats, ..Self::default() }
    }
}

impl<E: Table> Loader<In<E, Groups>> for Reader {
    type Value = Arc<GroupsRead>;
    type Error = Error;

    async fn load(&self, keys: &[In<E, Groups>]) -> Result<HashMap<In<E, Groups>, Self::Value>, Error> {
        let lists = grouped(keys.iter().map(|In { key, .. }| ((&key.filter, &key.grouping), key.scope)));
        let made = lists.iter().map(|((filter, grouping), scopes)| {
            let mut tables = counted_tables(E::info(), scopes.relation(), filter.as_deref());
            tables.extend(grouping.tables());
            let tables: Vec<_> = tables.into_iter().collect();
            self.reads(&tables);
            self.asks(filter.as_deref());
            self.statement(&sql::groups(self.view(), E::info(), scopes, filter.as_deref(), grouping, &tables))
        });
        let sent: Vec<_> = made.map(|statement| self.rows(statement)).collect();
        let read: Vec<_> = try_join_all(sent).await?;
        // A list without rows has no groups.
        let mut all: HashMap<_, GroupsRead> = keys.iter().map(|key| (key.clone(), GroupsRead::default())).collect();
        for (((filter, grouping), scopes), rows) in lists.iter().zip(read) {
            for row in rows {
                let scope = match scopes {
                    Scopes::All => Scope::All,
                    Scopes::Of(relation, _) => Scope::Of(relation, row.try_get("", PARENT)?),
                };
                let key = Groups { scope, filter: (*filter).clone(), grouping: (*grouping).clone() };
                all.entry(In::new(key)).or_default().add(&row, grouping)?;
            }
        }
        let sorted = |(key, mut groups): (_, GroupsRead)| {
            groups.groups.sort_by_key(|group| group.place);
            (key, Arc::new(groups))
        };
        Ok(all.into_iter().map(sorted).collect())
    }
}

impl GroupsRead {
    fn add(&mut self, row: &QueryResult, grouping: &Grouping) -> Result<(), DbErr> {
        let keys = grouping.by.iter().zip(KEYS).map(|(key, name)| {
            // SQLite's periods are texts, and its truths numbers.
            let kind = if key.kind == Kind::Boolean { Kind::Integer } else { key.kind };
            datum(row, name, kind)
        });
        let stats = grouping.stats.iter().zip(STATS).map(|(stat, name)| datum(row, name, stat.kind()));
        let mut group = Group {
            keys: keys.collect::<Result<_, _>>()?,
            count: row.try_get("", TOTAL)?,
            stats: stats.collect::<Result<_, _>>()?,
            place: 0,
        };
        if !grouping.by.is_empty() {
            group.place = row.try_get("", PLACE)?;
            self.total = row.try_get("", GROUPS)?;
        }
        if grouping.version {
            self.version = row.try_get("", VERSION)?;
        }
        match group.place > i64::from(grouping.first) {
            true => self.others = Some(group),
            false => self.groups.push(group),
        }
        Ok(())
    }
}
