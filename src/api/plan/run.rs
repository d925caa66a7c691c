//! Reading what a plan needs: level by level, one statement a read.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::{Either, try_join_all};

use super::{Plan, Read, What, write};
use crate::{
    error::Error,
    store::{Pick, Reader, Rows, Values},
};

/// What a read brought.
#[derive(Debug)]
pub(super) enum Brought {
    Rows(Rows),
    /// Nothing where a count is not told to who asks.
    Totals(HashMap<Option<i64>, Option<i64>>),
}

impl Brought {
    /// The rows of a read that reads rows.
    pub(super) fn rows(&self) -> Result<&Rows, Error> {
        match self {
            Self::Rows(rows) => Ok(rows),
            Self::Totals(_) => Err(Error::internal("a count was taken for rows")),
        }
    }

    /// The counts of a read that counts, by parent.
    pub(super) fn totals(&self) -> Result<&HashMap<Option<i64>, Option<i64>>, Error> {
        match self {
            Self::Totals(totals) => Ok(totals),
            Self::Rows(_) => Err(Error::internal("rows were taken for a count")),
        }
    }
}

impl Plan {
    /// The whole answer, as JSON of at most so many bytes.
    ///
    /// # Errors
    /// Whatever ordinary execution must answer for: a key that nothing has, an answer that is too large, the database's
    /// own. Then nothing is to be told of this one.
    pub async fn run(&self, reader: &Reader, most: usize) -> Result<Vec<u8>, Error> {
        let mut brought = self.nothing();
        self.bring(&mut brought, reader).await?;
        let brought: Vec<Brought> = brought.into_iter().flatten().collect();
        write::write(self, &brought, reader, most)
    }

    /// What was brought before anything was read.
    pub(super) fn nothing(&self) -> Vec<Option<Brought>> {
        self.reads.iter().map(|_| None).collect()
    }

    /// Reads what was not brought yet.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) async fn bring(&self, brought: &mut [Option<Brought>], reader: &Reader) -> Result<(), Error> {
        let levels = self.reads.iter().map(|read| read.level + 1).max().unwrap_or_default();
        for level in 0..levels {
            let of_level: Vec<usize> = (0..self.reads.len())
                .filter(|index| {
                    let read = &self.reads[*index];
                    read.level == level && !read.comes_along && brought[*index].is_none()
                })
                .collect();
            // All are made before the first is sent, so that their order is the same each time.
            let made = of_level.iter().map(|index| self.make(&self.reads[*index], brought, reader));
            let made: Vec<_> = made.collect::<Result<_, Error>>()?;
            let read: Vec<Brought> = try_join_all(made).await?;
            for (index, mut rows) in of_level.into_iter().zip(read) {
                if let Some(along) = self.reads[index].along {
                    let row = Brought::Rows(rows.rows()?.parent());
                    brought[along] = Some(std::mem::replace(&mut rows, row));
                }
                brought[index] = Some(rows);
            }
        }
        Ok(())
    }

    /// Makes the statement of a read, which is sent when the future is polled.
    fn make<'a>(
        &self,
        read: &Read,
        brought: &[Option<Brought>],
        reader: &'a Reader,
    ) -> Result<impl Future<Output = Result<Brought, Error>> + use<'a>, Error> {
        let parents = parents(read, brought)?;
        let fetch = |wanted, pick| reader.fetch(wanted, pick, &read.statement);
        let one = |wanted, column, values| match read.along.map(|along| &self.reads[along].what) {
            Some(What::Page { wanted: rows, relation: Some(relation), page }) => {
                fetch(rows, Pick::PageOf(relation, wanted, column, values, page))
            }
            _ => fetch(wanted, Pick::Where(column, values)),
        };
        let fetch = match &read.what {
            // Below nothing there is nothing.
            What::Page { relation: Some(_), .. } if parents.is_empty() => None,
            What::Page { wanted, relation: None, page } => Some(fetch(wanted, Pick::Page(page))?),
            What::Page { wanted, relation: Some(relation), page } => {
                Some(fetch(wanted, Pick::PageOfEach(relation, &parents, page))?)
            }
            What::Ids { wanted, ids } => Some(one(wanted, "id", Values::Ids(ids))?),
            What::Keys { wanted, column, keys } => Some(one(wanted, column, Values::Keys(keys))?),
            What::Total { table, relation, filter } => {
                if reader.only_counts(table) {
                    let relation = *relation;
                    return Ok(Either::Left(Either::Right(async move {
                        let of = relation.map(|relation| (relation, parents.as_slice()));
                        Ok(Brought::Totals(reader.people(of).await?))
                    })));
                }
                let of = relation.map(|relation| (relation, parents.as_slice()));
                let nothing = of.is_some() && parents.is_empty();
                let count =
                    (!nothing).then(|| (reader.count(table, of, filter.as_deref(), &read.statement), of.is_some()));
                return Ok(Either::Left(Either::Left(async move {
                    Ok(Brought::Totals(match count {
                        Some((count, each)) => reader.counted(count, each).await?,
                        None => HashMap::new(),
                    }))
                })));
            }
        };
        Ok(Either::Right(async move {
            Ok(Brought::Rows(match fetch {
                Some(fetch) => reader.fetched(fetch).await?,
                None => Rows::none(),
            }))
        }))
    }
}

/// The ids of the parents of a read's rows, in ascending order.
fn parents(read: &Read, brought: &[Option<Brought>]) -> Result<Vec<i64>, Error> {
    let mut ids = BTreeSet::new();
    for (parent, column) in &read.parents {
        let Some(parent) = &brought[*parent] else { return Err(Error::internal("a parent was not read")) };
        ids.extend(parent.rows()?.numbers(*column));
    }
    Ok(ids.into_iter().collect())
}
