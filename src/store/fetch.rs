//! Reading rows as cells: for answers that are written from a plan.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use sea_orm::{DbBackend, Statement, sea_query::SelectStatement};

use super::{
    Cells, Reader, Wanted,
    cells::Packed,
    filter::Predicate,
    order::Order,
    page::{Page, Position},
    reader::MAX_VALUES,
    select::{self, Parents, Values},
    table::{Relation, TableInfo},
};
use crate::{error::Error, secrets::Purpose};

/// Which rows of a table are read.
#[derive(Clone, Copy, Debug)]
pub enum Pick<'a> {
    /// One page of all rows.
    Page(&'a Page),
    /// The same page of each parent's rows.
    PageOfEach(&'static Relation, &'a [i64], &'a Page),
    /// One page of the rows of the one parent with this value in a column, and what is wanted of that parent.
    PageOf(&'static Relation, &'a Wanted, &'static str, Values<'a>, &'a Page),
    /// The rows with these ids or texts in a column.
    Where(&'static str, Values<'a>),
}

/// Rows that were read.
#[derive(Debug)]
pub struct Rows {
    cells: Arc<Cells>,
    /// The rows' ids.
    ids: Vec<i64>,
    /// The rows of each parent's page; all rows under none where there are no parents.
    pages: HashMap<Option<i64>, PageRows>,
    /// How many cells of a row stand before the wanted columns.
    before: usize,
}

/// The rows of one page, in the order of its list.
#[derive(Debug, Default)]
pub struct PageRows {
    /// Which rows they are among those read.
    pub rows: Vec<usize>,
    /// Whether there are more on the side that was cut.
    pub more: bool,
}

impl Rows {
    /// The values.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Where a wanted column stands among the values.
    pub fn place(&self, column: usize) -> usize {
        column + self.before
    }

    /// The row whose value of a column is this text.
    pub fn with_text(&self, column: usize, text: &str) -> Option<usize> {
        (0..self.ids.len()).find(|row| self.cells.text(*row, self.place(column)).is_some_and(|value| value == text))
    }

    /// The row with this id.
    pub fn with_id(&self, id: i64) -> Option<usize> {
        self.ids.iter().position(|present| *present == id)
    }

    /// The cursor of a row.
    pub fn cursor(&self, table: &TableInfo, order: &Order, row: usize) -> String {
        self.position(order, row).encode(table, order)
    }

    /// Where a row stands in its list. As [`Wanted::page`] has them: the id is first, and then what the list is ordered by.
    pub fn position(&self, order: &Order, row: usize) -> Position {
        let terms = order.terms().iter().enumerate();
        let values = terms.map(|(index, term)| self.cells.datum(row, self.place(index + 1), term.kind()));
        Position::new(values.collect(), self.ids[row])
    }

    /// The one parent that came along with the rows of its page, or nothing if there is no such parent.
    pub fn parent(&self) -> Self {
        // Without such a parent there is not even a row of nulls.
        let id = if self.cells.is_empty() { None } else { self.cells.number(0, 0) };
        let ids: Vec<i64> = id.into_iter().collect();
        let page = PageRows { rows: (0..ids.len()).collect(), more: false };
        Self { cells: self.cells.clone(), ids, pages: HashMap::from([(None, page)]), before: 0 }
    }

    /// The rows of a parent's page, or of the only one; none if it is empty.
    pub fn page(&self, parent: Option<i64>) -> Option<&PageRows> {
        self.pages.get(&parent)
    }

    /// The values of a wanted column that holds whole numbers, in all pages.
    pub fn numbers(&self, column: usize) -> impl Iterator<Item = i64> {
        let rows = self.pages.values().flat_map(|page| &page.rows);
        rows.filter_map(move |row| self.number(*row, column))
    }

    /// The value of a wanted column that holds whole numbers, or none for null.
    pub fn number(&self, row: usize, column: usize) -> Option<i64> {
        // The id is asked for many times, and stands first.
        if column == 0 { Some(self.ids[row]) } else { self.cells.number(row, self.place(column)) }
    }

    /// Nothing, for no parents.
    pub fn none() -> Self {
        Self { cells: Arc::new(Cells::Postgres(Vec::new())), ids: Vec::new(), pages: HashMap::new(), before: 1 }
    }
}

/// The statement that reads rows, ready to be sent.
#[derive(Debug)]
pub struct Fetch {
    statement: Statement,
    /// The cells of a row that stand before the wanted columns, the parent's id first among them.
    before: usize,
    /// The page that its rows are of, if they are of one.
    page: Option<Page>,
}

/// A statement that was made once, kept for the next time that its plan is run: only the parents are others then.
#[derive(Debug, Default)]
pub struct Kept(OnceLock<(Statement, Option<usize>)>);

impl Kept {
    /// Stands for the parents; no row has this id.
    const PARENTS: [i64; 1] = [i64::MIN];

    /// The statement for these parents. `make` is given others to make it with.
    fn of(&self, engine: DbBackend, parents: &[i64], make: impl FnOnce(&[i64]) -> SelectStatement) -> Statement {
        let (statement, place) = self.0.get_or_init(|| {
            let statement = select::statement(engine, &make(&Self::PARENTS));
            let parents = Values::Ids(&Self::PARENTS).bound(engine);
            let place =
                statement.values.as_ref().and_then(|values| values.0.iter().position(|value| *value == parents));
            (statement, place)
        });
        let mut statement = statement.clone();
        if let (Some(values), Some(place)) = (&mut statement.values, place) {
            values.0[*place] = Values::Ids(parents).bound(engine);
        }
        statement
    }
}

impl Reader {
    /// Makes the statement that reads what is wanted of some rows, or takes the one that was kept; `kept` is for one such
    /// question, its parents apart. `wanted` begins as [`Wanted::page`] does, or as [`Wanted::rows`] where there is no page.
    ///
    /// # Errors
    /// [`Error::TooManyValues`] when it might read more than an answer may have.
    pub fn fetch(&self, wanted: &Wanted, pick: Pick<'_>, kept: &Kept) -> Result<Fetch, Error> {
        let (engine, view) = (self.engine(), self.view());
        let parents = match pick {
            Pick::PageOfEach(relation, parents, page) => {
                self.reads_page(page);
                if parents.len() as u64 * u64::from(page.rows + 1) > MAX_VALUES {
                    return Err(Error::TooManyValues { max: MAX_VALUES });
                }
                self.reads(relation.tables());
                parents
            }
            Pick::PageOf(relation, row, .., page) => {
                self.reads_page(page);
                self.reads(relation.tables());
                self.wants(row);
                &[]
            }
            Pick::Page(page) => {
                self.reads_page(page);
                &[]
            }
            Pick::Where(..) => &[],
        };
        let statement = kept.of(engine, parents, |parents| match pick {
            Pick::Page(page) => select::page_of_all(view, wanted, page),
            Pick::PageOfEach(relation, _, page) => {
                select::page_of_each(view, wanted, relation, Parents::Ids(parents), page)
            }
            Pick::PageOf(relation, row, column, values, page) => {
                select::page_of_each(view, wanted, relation, Parents::Row(row, column, values), page)
            }
            Pick::Where(column, values) => select::by_column(view, wanted, column, values),
        });
        let statement = self.ready(statement);
        self.wants(wanted);
        let (before, page) = match pick {
            Pick::Page(page) => (0, Some(page)),
            Pick::PageOfEach(_, _, page) => (1, Some(page)),
            Pick::PageOf(_, row, .., page) => (row.columns.len(), Some(page)),
            Pick::Where(..) => (0, None),
        };
        Ok(Fetch { statement, before, page: page.cloned() })
    }

    /// Notes the tables that are read for it.
    fn wants(&self, wanted: &Wanted) {
        self.reads(&[wanted.table.name]);
        wanted.joins.iter().for_each(|join| self.reads(&[join.table.name]));
        for (table, relation, filter) in wanted.counts() {
            self.counts_rows(table, Some(relation), filter);
        }
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// The database's, and [`Error::TooManyValues`].
    pub async fn fetched(&self, fetch: Fetch) -> Result<Rows, Error> {
        let cells = Arc::new(self.cells(fetch.statement).await?);
        let mut pages: HashMap<Option<i64>, PageRows> = HashMap::new();
        let mut ids = Vec::with_capacity(cells.len());
        for row in 0..cells.len() {
            // A parent without rows has nulls for them, and is alone then.
            let Some(id) = cells.number(row, fetch.before) else { continue };
            let parent = if fetch.before > 0 { cells.number(row, 0) } else { None };
            pages.entry(parent).or_default().rows.push(row);
            ids.push(id);
        }
        let mut rows = Rows { cells, ids, pages, before: fetch.before };
        if let Some(page) = &fetch.page {
            rows.cut(page);
        }
        Ok(rows)
    }

    /// The personal value that is sealed in the first of two wanted columns, if there is one and it may be seen; the second
    /// has the id of the row that it is of.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn personal(
        &self,
        rows: &Rows,
        row: usize,
        (column, id): (usize, usize),
        purpose: Purpose,
        field: &'static str,
    ) -> Result<Option<String>, Error> {
        match (rows.cells.text(row, rows.place(column)), rows.number(row, id)) {
            (Some(sealed), Some(id)) => self.open(field, purpose, id, &sealed),
            _ => Ok(None),
        }
    }

    /// Notes the tables that a count depends on, and what its filter asks of.
    pub(super) fn counts_rows(
        &self,
        table: &'static TableInfo,
        relation: Option<&'static Relation>,
        filter: Option<&Predicate>,
    ) {
        self.reads(&counted_tables(table, relation, filter).into_iter().collect::<Vec<_>>());
        self.asks(filter);
    }

    /// Makes the statement that counts the rows of each parent, or all rows, that a filter keeps; likewise.
    pub fn count(
        &self,
        table: &'static TableInfo,
        of: Option<(&'static Relation, &[i64])>,
        filter: Option<&Predicate>,
        kept: &Kept,
    ) -> Statement {
        let (engine, view) = (self.engine(), self.view());
        let parents = of.map(|(_, parents)| parents);
        let statement = kept.of(engine, parents.unwrap_or_default(), |parents| {
            let (query, parent) = match of {
                None => (select::count_of_all(view, table, filter), None),
                Some((relation, _)) => {
                    (select::count_by_parent(view, table, relation, Some(parents), filter), Some(select::PARENT))
                }
            };
            select::cells(engine, query, parent.into_iter().chain([select::TOTAL]))
        });
        let statement = self.ready(statement);
        self.counts_rows(table, of.map(|(relation, _)| relation), filter);
        statement
    }

    /// Counts. A parent without rows is absent.
    ///
    /// # Errors
    /// The database's.
    pub async fn counted(&self, count: Statement, parents: bool) -> Result<HashMap<Option<i64>, Option<i64>>, Error> {
        let cells = self.cells(count).await?;
        let number = |row, column| cells.number(row, column).ok_or_else(|| Error::internal("a count is no number"));
        let count = |row| match parents {
            true => Ok((Some(number(row, 0)?), Some(number(row, 1)?))),
            false => Ok((None, Some(number(row, 0)?))),
        };
        (0..cells.len()).map(count).collect()
    }

    /// The rows of a statement, charged.
    pub(super) async fn cells(&self, statement: Statement) -> Result<Cells, Error> {
        let rows = self.sent(statement).await?;
        let cells = match self.engine() {
            DbBackend::Sqlite => {
                let text = rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
                Cells::Sqlite(
                    Packed::parse(text.unwrap_or_default()).ok_or_else(|| Error::internal("rows that are no JSON"))?,
                )
            }
            _ => Cells::Postgres(rows),
        };
        self.received(cells.len())?;
        Ok(cells)
    }
}

/// The tables that a count depends on.
pub(super) fn counted_tables(
    table: &'static TableInfo,
    relation: Option<&'static Relation>,
    filter: Option<&Predicate>,
) -> BTreeSet<&'static str> {
    let mut tables = BTreeSet::from([table.name]);
    tables.extend(relation.iter().flat_map(|relation| relation.tables()));
    filter.iter().for_each(|filter| filter.tables(&mut tables));
    tables
}

impl Rows {
    /// Puts each page's rows in the order of their list, and cuts the one that was read beyond the page. They mostly are in
    /// order already: each page comes from an index.
    fn cut(&mut self, page: &Page) {
        let mut pages = std::mem::take(&mut self.pages);
        for PageRows { rows, more } in pages.values_mut() {
            self.sort(rows, page);
            *more = rows.len() > page.rows as usize;
            rows.truncate(page.rows as usize);
            if page.backward {
                rows.reverse();
            }
        }
        self.pages = pages;
    }

    /// In the direction in which the page was read.
    fn sort(&self, rows: &mut [usize], page: &Page) {
        let order = &page.order;
        if order.terms().is_empty() {
            // The ids alone, which need no position made.
            let id = |row: &usize| if page.backward { -self.ids[*row] } else { self.ids[*row] };
            if !rows.is_sorted_by_key(id) {
                rows.sort_unstable_by_key(id);
            }
            return;
        }
        let mut placed: Vec<(Position, usize)> = rows.iter().map(|row| (self.position(order, *row), *row)).collect();
        let compare = |(one, _): &(Position, usize), (other, _): &(Position, usize)| {
            let compared = one.compare(other, order);
            if page.backward { compared.reverse() } else { compared }
        };
        if !placed.is_sorted_by(|one, other| compare(one, other).is_le()) {
            placed.sort_by(compare);
            rows.iter_mut().zip(placed).for_each(|(row, (_, placed))| *row = placed);
        }
    }
}
