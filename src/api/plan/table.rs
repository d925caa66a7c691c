//! A query's list as a table, read page by page: the same statement again, each time behind the last row.

use super::{
    Plan, Root, Total, What,
    columns::{Axis, Column, Source, Way},
    run::Brought,
};
use crate::{
    domain::{Datum, Kind},
    error::{Error, shown},
    ids::NodeId,
    store::{self, ALL_ROWS, Disclosed, Kept, Position, Reader, Rows, Shown, Sight, Store},
};

/// Rows that are read at once: enough that a statement is worth its way, and few enough that many tables can be read side
/// by side.
pub const PAGE: u32 = 2_000;

/// A row of a table: a value, or none, for each column.
pub type Row = Vec<Option<Datum>>;

/// Some rows of a table, in their order.
#[derive(Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The personal data in them.
    pub shown: Option<Shown>,
}

/// A table, as far as it was read.
#[derive(Debug)]
pub struct Table {
    plan: Plan,
    sight: Sight,
    columns: Vec<Column>,
    axis: Axis,
    brought: Vec<Option<Brought>>,
    /// By column, what is the same in each row.
    fixed: Row,
    /// The row whose list it is.
    parent: Option<i64>,
    next: Next,
    /// Rows that may still come, of as many as were asked for or may be sent.
    left: u32,
    /// The most rows that may be sent, if all are asked for.
    max: Option<u32>,
    /// The personal data that were opened for rows that were not handed over yet.
    disclosed: Disclosed,
}

/// What comes next.
#[derive(Debug)]
enum Next {
    /// The page that was read.
    Page,
    /// One that is still to be read.
    Behind(Position),
    /// More rows than may be sent.
    TooMuch,
    Nothing,
}

impl Table {
    /// Begins a table of at most `max` rows: reads its first page, and counts its rows if there are more.
    ///
    /// # Errors
    /// A query that is no table, a key that nothing has, [`Error::TableSize`], the database's.
    pub async fn open(plan: Plan, store: &Store, sight: Sight, max: u32) -> Result<Self, Error> {
        let (columns, axis) = plan.columns()?;
        let (fixed, brought) = (vec![None; columns.len()], plan.nothing());
        let mut table = Self {
            plan,
            sight,
            columns,
            axis,
            brought,
            fixed,
            parent: None,
            next: Next::Page,
            left: 0,
            max: None,
            disclosed: Disclosed::default(),
        };
        let asked = table.page()?.rows;
        if asked != ALL_ROWS && asked > max {
            return Err(Error::TableSize { max, actual: Some(asked.into()) });
        }
        table.left = asked.min(max);
        table.max = (asked == ALL_ROWS).then_some(max);
        let reader = table.reader(store).await?;
        table.read(None, &reader).await?;
        table.fix(&reader)?;
        if table.max.is_some() && table.rows()?.1 {
            table.count(max, &reader).await?;
        }
        Ok(table)
    }

    /// The most rows of the table that a plan gives, where `max` is the most that a table may have.
    ///
    /// # Errors
    /// A query that is no table, and [`Error::TableSize`].
    pub fn rows_asked(plan: &Plan, max: u32) -> Result<u32, Error> {
        let (_, axis) = plan.columns()?;
        match &plan.reads[axis.read].what {
            What::Page { page, .. } if page.rows == ALL_ROWS => Ok(max),
            What::Page { page, .. } if page.rows > max => Err(Error::TableSize { max, actual: Some(page.rows.into()) }),
            What::Page { page, .. } => Ok(page.rows),
            _ => Err(Error::internal("a table's rows are no page")),
        }
    }

    /// The names of its columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// How many rows were read and not handed over yet.
    pub fn ready(&self) -> usize {
        match &self.next {
            Next::Page => self.rows().map_or(0, |(rows, _)| rows.len()),
            Next::Behind(_) | Next::TooMuch | Next::Nothing => 0,
        }
    }

    /// What its list is called in the query.
    pub fn name(&self) -> &str {
        self.axis.path.rsplit('.').next().unwrap_or_default()
    }

    /// The next rows, or none behind the last.
    ///
    /// # Errors
    /// [`Error::TableSize`] where there are more rows than may be sent, which was not known at the beginning; the
    /// database's.
    pub async fn next(&mut self, store: &Store) -> Result<Option<Page>, Error> {
        let reader = &self.reader(store).await?;
        match &self.next {
            Next::Page => {}
            Next::Behind(position) => {
                let position = position.clone();
                self.read(Some(position), reader).await?;
            }
            Next::TooMuch => return Err(Error::TableSize { max: self.max.unwrap_or_default(), actual: None }),
            Next::Nothing => return Ok(None),
        }
        let (rows, more) = self.rows()?;
        let written = rows.iter().map(|row| self.row(*row, reader)).collect::<Result<_, _>>()?;
        let (count, last) = (rows.len(), rows.last().copied());
        self.left -= u32::try_from(count).map_err(Error::internal)?;
        self.next = match last {
            Some(last) if more && self.left > 0 => {
                let order = &self.page()?.order;
                Next::Behind(self.brought(self.axis.read)?.rows()?.position(order, last))
            }
            _ if more && self.max.is_some() => Next::TooMuch,
            _ => Next::Nothing,
        };
        Ok(Some(Page { rows: written, shown: self.disclosed.take() }))
    }

    /// A reader that notes what it shows beside what was shown before.
    async fn reader(&self, store: &Store) -> Result<Reader, Error> {
        let reader = Reader::new(store.clone(), self.sight.clone()).disclosing(self.disclosed.clone());
        match self.plan.as_of {
            Some(day) => reader.as_of(day, reader.known().await?),
            None => Ok(reader),
        }
    }

    /// Reads a page, and what depends on it; everything else stays.
    async fn read(&mut self, behind: Option<Position>, reader: &Reader) -> Result<(), Error> {
        let rows = self.left.min(PAGE);
        let read = &mut self.plan.reads[self.axis.read];
        if let What::Page { page, .. } = &mut read.what {
            page.rows = rows;
            page.after = behind.or(page.after.take());
        }
        // It was made for the page before.
        read.statement = Kept::default();
        self.forget(self.axis.read);
        self.plan.bring(&mut self.brought, reader).await
    }

    /// Drops what a read brought, and what was read below it.
    fn forget(&mut self, read: usize) {
        self.brought[read] = None;
        for below in 0..self.plan.reads.len() {
            if self.plan.reads[below].parents.iter().any(|(parent, _)| *parent == read) {
                self.forget(below);
            }
        }
    }

    fn page(&self) -> Result<&store::Page, Error> {
        match &self.plan.reads[self.axis.read].what {
            What::Page { page, .. } => Ok(page),
            _ => Err(Error::internal("a table's rows are no page")),
        }
    }

    fn brought(&self, read: usize) -> Result<&Brought, Error> {
        self.brought[read].as_ref().ok_or_else(|| Error::internal("a read was left out"))
    }

    /// Which rows the page has, and whether there are more.
    fn rows(&self) -> Result<(&[usize], bool), Error> {
        let page = self.brought(self.axis.read)?.rows()?.page(self.parent);
        Ok(page.map_or((&[], false), |page| (page.rows.as_slice(), page.more)))
    }

    /// Refuses a table that is known to be too large.
    async fn count(&self, max: u32, reader: &Reader) -> Result<(), Error> {
        let What::Page { wanted, relation, page } = &self.plan.reads[self.axis.read].what else { return Ok(()) };
        if page.after.is_some() || page.before.is_some() {
            // What lies between cursors is not counted: if it is too much, that is seen on the way.
            return Ok(());
        }
        let parents: Vec<i64> = self.parent.into_iter().collect();
        let of = relation.map(|relation| (relation, parents.as_slice()));
        let count = reader.count(wanted.table, of, page.filter.as_deref(), &Kept::default());
        let counted = reader.counted(count, of.is_some()).await?;
        let rows = counted.get(&self.parent).copied().flatten().unwrap_or_default().unsigned_abs();
        if rows > u64::from(max) { Err(Error::TableSize { max, actual: Some(rows) }) } else { Ok(()) }
    }

    /// Finds what is the same in each row, and the row whose list it is.
    fn fix(&mut self, reader: &Reader) -> Result<(), Error> {
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(root) = column.root
                && let Some(row) = self.above(root)?
            {
                self.fixed[index] = self.value(column, row, reader)?;
            }
        }
        if let Some((read, column)) = self.axis.parent
            && let Some(row) = self.above(self.axis.root)?
        {
            self.parent = self.brought(read)?.rows()?.number(row, column);
        }
        Ok(())
    }

    /// The row of a field of the root; none where it is null.
    fn above(&self, root: usize) -> Result<Option<usize>, Error> {
        match &self.plan.fields[root].1 {
            Root::Key(read, column, text, _) => {
                let row = self.brought(*read)?.rows()?.with_text(*column, text);
                row.map(Some).ok_or_else(|| self.missing(*read, text))
            }
            Root::Node(read, id, _) => Ok(self.brought(*read)?.rows()?.with_id(*id)),
            // A list's own fields are no row's.
            Root::Typename | Root::List(_) | Root::Nodes(..) => Ok(Some(0)),
        }
    }

    fn missing(&self, read: usize, text: &str) -> Error {
        match &self.plan.reads[read].what {
            What::Keys { wanted, column, .. } => Error::no_row(wanted.table.name, column, text),
            _ => Error::internal(format!("nothing has the key {}", shown(text))),
        }
    }

    fn row(&self, row: usize, reader: &Reader) -> Result<Row, Error> {
        let columns = self.columns.iter().zip(&self.fixed);
        let cell = |(column, fixed): (&Column, &Option<Datum>)| match column.root {
            Some(_) => Ok(fixed.clone()),
            None => self.value(column, row, reader),
        };
        columns.map(cell).collect()
    }

    /// The value of a column, or none.
    fn value(&self, column: &Column, row: usize, reader: &Reader) -> Result<Option<Datum>, Error> {
        for Way { read, unless, source } in &column.ways {
            let brought = self.brought(*read)?;
            if unless.is_empty() {
                return self.datum(*source, brought, row, reader);
            }
            let rows = brought.rows()?;
            let is = |(column, there): &(usize, bool)| rows.cells().is_null(row, rows.place(*column)) != *there;
            if unless.iter().all(is) {
                return self.datum(*source, brought, row, reader);
            }
        }
        Ok(None)
    }

    fn datum(&self, source: Source, brought: &Brought, row: usize, reader: &Reader) -> Result<Option<Datum>, Error> {
        let of = |column, kind| -> Result<Option<Datum>, Error> {
            let rows = brought.rows()?;
            Ok(rows.cells().datum(row, rows.place(column), kind))
        };
        let number = |column| -> Result<Option<i64>, Error> { Ok(brought.rows()?.number(row, column)) };
        match source {
            Source::Name(name) => Ok(Some(Datum::Text(name.to_owned()))),
            Source::Id(table, column) => Ok(number(column)?.map(|id| Datum::Text(NodeId::encode(table, id)))),
            Source::Column(column, kind) => of(column, kind),
            Source::Personal(None) => Ok(None),
            Source::Personal(Some((column, personal, id))) => {
                let rows = brought.rows()?;
                let text = reader.personal(rows, row, (column, id), personal.purpose, personal.coordinate)?;
                text.map(|text| opened(text, personal.kind)).transpose()
            }
            Source::Total(Total::Column(column), _) => Ok(number(column)?.map(Datum::Integer)),
            Source::Total(Total::Read(read), parent) => {
                let parent = parent.map(number).transpose()?.flatten();
                let total = self.brought(read)?.totals()?.get(&parent).copied();
                // A parent without rows is in no group.
                Ok(total.unwrap_or(Some(0)).map(Datum::Integer))
            }
            Source::Cursor => {
                let rows: &Rows = brought.rows()?;
                let What::Page { wanted, page, .. } = &self.plan.reads[self.axis.read].what else { return Ok(None) };
                Ok(Some(Datum::Text(rows.cursor(wanted.table, &page.order, row))))
            }
        }
    }
}

/// What was sealed as a text, as a value of its kind.
fn opened(text: String, kind: Kind) -> Result<Datum, Error> {
    match kind {
        Kind::Date => text.parse().map(Datum::Date).map_err(|_| Error::internal("a sealed day cannot be read")),
        _ => Ok(Datum::Text(text)),
    }
}
