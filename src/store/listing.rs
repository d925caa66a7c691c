//! Pages of lists, and how many rows lists have: those of many parents in one statement.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use futures_util::future::try_join_all;
use sea_orm::{DbErr, EntityTrait, QueryResult, Statement, sea_query::SelectStatement};

use super::{
    MAX_VALUES, Reader,
    filter::Predicate,
    lookup::{In, sorted},
    order::Order,
    page::{Page, Position, Slice},
    reader::datum,
    select::{self, PARENT, TOTAL, order_label},
    table::{Relation, Scope, Table},
};
use crate::error::Error;

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
