//! From what a request asks for to a plan.

use async_graphql::{
    Value,
    parser::types::{Field as Selected, OperationType, SelectionSet},
};

use super::{
    EdgeOutput, InfoOutput, Key, List, ListOutput, Object, Output, Plan, Read, Root, Total, What,
    asked::{Asked, AskedField, Unplanned},
    shape::{Column, Entrance, Field, Shape},
};
use crate::{
    api::{
        input::{filter, order},
        node::{MAX_IDS, shape},
        query::Query,
    },
    domain::Kind,
    error::Error,
    ids::NodeId,
    store::{Kept, Page, PageArgs, Relation, Row, Sight, TableInfo, Wanted},
};

impl Plan {
    /// The plan of a request.
    ///
    /// # Errors
    /// [`Unplanned`] when anything that it asks for is.
    pub fn of(asked: Asked<'_>, sight: &Sight) -> Result<Self, Unplanned> {
        if asked.operation.ty != OperationType::Query {
            return Err(Unplanned);
        }
        let as_of = asked.as_of()?;
        let sight = &Sight { as_of, ..sight.clone() };
        let mut planner = Planner { asked, sight, reads: Vec::new(), page: Page::try_new, refused: None };
        let fields = planner.fields()?;
        planner.couple();
        Ok(Self { reads: planner.reads, fields, as_of })
    }

    /// The plan of a query that is to be answered as a table: its list has as many rows as are asked for, and nothing comes
    /// along with anything, so that the list can be read by itself.
    ///
    /// # Errors
    /// What is wrong with the query, or nothing where only ordinary execution can say it.
    pub fn of_table(asked: Asked<'_>, sight: &Sight) -> Result<Self, Option<Error>> {
        let as_of = asked.as_of().map_err(|Unplanned| None)?;
        let sight = &Sight { as_of, ..sight.clone() };
        let mut planner = Planner { asked, sight, reads: Vec::new(), page: Page::of_table, refused: None };
        match planner.fields() {
            Ok(fields) => Ok(Self { reads: planner.reads, fields, as_of }),
            Err(Unplanned) => Err(planner.refused),
        }
    }
}

struct Planner<'a> {
    asked: Asked<'a>,
    sight: &'a Sight,
    reads: Vec<Read>,
    /// Reads a page from its arguments.
    page: fn(&TableInfo, PageArgs) -> Result<Page, Error>,
    /// Why it is not planned, where that is known.
    refused: Option<Error>,
}

/// A row that is read: by which read, and which of the rows joined there.
#[derive(Clone, Copy)]
struct Place {
    read: usize,
    row: Row,
}

impl<'a> Planner<'a> {
    fn fields(&mut self) -> Result<Vec<(Key, Root)>, Unplanned> {
        let selected = &self.asked.operation.selection_set.node;
        let fields = self.asked.fields(&[selected], &|name| name == "Query")?;
        fields.iter().map(|field| Ok((key(field), self.root(field)?))).collect()
    }

    /// Notes why there is no plan.
    fn refuse(&mut self, error: Error) -> Unplanned {
        self.refused = Some(error);
        Unplanned
    }

    fn root(&mut self, asked: &AskedField<'a>) -> Result<Root, Unplanned> {
        match asked.field.name.node.as_str() {
            "__typename" => Ok(Root::Typename),
            "node" => self.node(asked),
            "nodes" => self.nodes(asked),
            name => match Query::entrances().get(name).ok_or_else(|| self.refuse(Error::no_columns(asked.key)))? {
                Entrance::List(shape) => Ok(Root::List(self.list(shape(), None, asked)?)),
                Entrance::Key(argument, column, shape) => self.key(argument, column, shape(), asked),
            },
        }
    }

    fn node(&mut self, asked: &AskedField<'a>) -> Result<Root, Unplanned> {
        let id = self.asked.text(asked.field, "id", "ID")?.ok_or(Unplanned)?;
        let (place, shape, id) = self.row(&id)?;
        Ok(Root::Node(place.read, id, self.object(shape, place, &asked.below)?))
    }

    fn nodes(&mut self, asked: &AskedField<'a>) -> Result<Root, Unplanned> {
        let ids = self.asked.ids(asked.field, "ids")?;
        if ids.len() > MAX_IDS {
            return Err(Unplanned);
        }
        let mut objects: Vec<(usize, Object)> = Vec::new();
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let (place, shape, id) = self.row(&id)?;
            let present = objects.iter().position(|(read, _)| *read == place.read);
            rows.push((present.unwrap_or(objects.len()), id));
            if present.is_none() {
                objects.push((place.read, self.object(shape, place, &asked.below)?));
            }
        }
        Ok(Root::Nodes(rows, objects))
    }

    /// The read of the row that an id names, its type, and its number.
    fn row(&mut self, id: &str) -> Result<(Place, &'static Shape, i64), Unplanned> {
        let id = NodeId::decode(id).map_err(|error| self.refuse(error))?;
        let shape = shape(&id.table).ok_or(Unplanned)?;
        let same = |what: &What| matches!(what, What::Ids { wanted, .. } if wanted.table.name == shape.table.name);
        let read = self.read(0, None, same, || What::Ids { wanted: Wanted::rows(shape.table), ids: Vec::new() });
        if let What::Ids { ids, .. } = &mut self.reads[read].what
            && !ids.contains(&id.row)
        {
            ids.push(id.row);
        }
        Ok((Place { read, row: Row::Own }, shape, id.row))
    }

    fn key(
        &mut self,
        argument: &str,
        column: &'static str,
        shape: &'static Shape,
        asked: &AskedField<'a>,
    ) -> Result<Root, Unplanned> {
        let text = self.asked.text(asked.field, argument, "String")?.ok_or(Unplanned)?;
        if text.contains('\0') {
            return Err(Unplanned);
        }
        let same = |what: &What| matches!(what, What::Keys { wanted, .. } if wanted.table.name == shape.table.name);
        let keys = Vec::new();
        let read = self.read(0, None, same, || What::Keys { wanted: Wanted::rows(shape.table), column, keys });
        if let What::Keys { keys, .. } = &mut self.reads[read].what
            && !keys.contains(&text)
        {
            keys.push(text.clone());
        }
        let place = Place { read, row: Row::Own };
        let key = self.column(place, column, Kind::Text)?;
        Ok(Root::Key(read, key, text, self.object(shape, place, &asked.below)?))
    }

    /// What to write of a row.
    fn object(&mut self, shape: &'static Shape, place: Place, below: &[&'a SelectionSet]) -> Result<Object, Unplanned> {
        let asked = self.asked.fields(below, &|name| shape.is(name))?;
        let mut fields = Vec::with_capacity(asked.len());
        let mut width = 0;
        for field in &asked {
            let output = self.field(shape, place, field)?;
            // Ordinary execution comes by a field as often as it is selected.
            width += field.below.len() as u64;
            width += match &output {
                Output::One(object) | Output::Maybe(_, object) => object.width,
                Output::Choice(objects) => objects.iter().map(|(_, object)| object.width).max().unwrap_or_default(),
                Output::List(list) => list.fields.len() as u64,
                _ => 0,
            };
            fields.push((key(field), output));
        }
        Ok(Object { fields, width: width.max(1) })
    }

    fn field(&mut self, shape: &'static Shape, place: Place, asked: &AskedField<'a>) -> Result<Output, Unplanned> {
        let name = asked.field.name.node.as_str();
        if name == "__typename" {
            return Ok(Output::Typename(shape.name));
        }
        match shape.fields.get(name).ok_or_else(|| self.refuse(Error::no_columns(asked.key)))?.0 {
            Field::Id => Ok(Output::Id(shape.table.name, self.column(place, "id", Kind::Integer)?)),
            Field::Column(Column { name, kind, .. }) => Ok(Output::Column(self.column(place, name, kind)?, kind)),
            Field::Personal(_) if !self.sight.personal => Ok(Output::Personal(None)),
            Field::Personal(personal) => {
                let id = self.column(place, "id", Kind::Integer)?;
                let sealed = self.column(place, personal.column, Kind::Text)?;
                Ok(Output::Personal(Some((sealed, personal, id))))
            }
            Field::One(column, other) => {
                let row = self.join(place, column, other().table)?;
                Ok(Output::One(self.object(other(), row, &asked.below)?))
            }
            Field::Maybe(column, other) => {
                let (present, object) = self.named(place, column, other(), &asked.below)?;
                Ok(Output::Maybe(present, object))
            }
            Field::Choice(others) => {
                let objects = others.iter().map(|(column, other)| self.named(place, column, other(), &asked.below));
                Ok(Output::Choice(objects.collect::<Result<_, _>>()?))
            }
            Field::Many(relation, other) => Ok(Output::List(self.list(other(), Some((place, relation)), asked)?)),
            Field::Through(..) => Err(Unplanned),
        }
    }

    /// The row that a column names if it is not null: the column, and what to write of the row.
    fn named(
        &mut self,
        place: Place,
        column: &'static str,
        shape: &'static Shape,
        below: &[&'a SelectionSet],
    ) -> Result<(usize, Object), Unplanned> {
        let row = self.join(place, column, shape.table)?;
        // A row that may not be seen is as if it were not named.
        let present = match shape.table.is_guarded() {
            true => self.column(row, "id", Kind::Integer)?,
            false => self.column(place, column, Kind::Integer)?,
        };
        Ok((present, self.object(shape, row, below)?))
    }

    fn list(
        &mut self,
        shape: &'static Shape,
        of: Option<(Place, &'static Relation)>,
        asked: &AskedField<'a>,
    ) -> Result<List, Unplanned> {
        let table = shape.table;
        let args = self.page_args(shape, asked.field)?;
        let page = (self.page)(table, args).map_err(|error| self.refuse(error))?;
        let id = of.map(|(place, _)| self.column(place, "id", Kind::Integer)).transpose()?;
        let mut list = List { table, parent: id, page, rows: None, fields: Vec::new() };
        let connection = format!("{}Connection", shape.name);
        for field in self.asked.fields(&asked.below, &|name| name == connection)? {
            let output = match field.field.name.node.as_str() {
                "__typename" => ListOutput::Typename(connection.clone()),
                "totalCount" => ListOutput::Total(self.total(table, of, &list.page)?),
                name => {
                    let read = self.page_read(table, of, &list.page)?;
                    list.rows = Some(read);
                    self.of_page(name, shape, Place { read, row: Row::Own }, &field)?
                }
            };
            list.fields.push((key(&field), output));
        }
        Ok(list)
    }

    fn page_args(&mut self, shape: &'static Shape, field: &'a Selected) -> Result<PageArgs, Unplanned> {
        let filter = self.asked.input(field, "filter")?;
        let order = self.asked.input(field, "orderBy")?;
        let orders = match &order {
            None => &[],
            Some(Value::List(orders)) => orders.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        Ok(PageArgs {
            filter: filter
                .map(|filter| filter::read(shape, &filter, self.sight))
                .transpose()
                .map_err(|error| self.refuse(error))?,
            order: order::read(shape, orders, self.sight).map_err(|error| self.refuse(error))?,
            first: self.asked.int(field, "first")?,
            after: self.asked.text(field, "after", "String")?,
            last: self.asked.int(field, "last")?,
            before: self.asked.text(field, "before", "String")?,
        })
    }

    /// A field of a connection that its rows answer.
    fn of_page(
        &mut self,
        name: &str,
        shape: &'static Shape,
        place: Place,
        asked: &AskedField<'a>,
    ) -> Result<ListOutput, Unplanned> {
        match name {
            "nodes" => Ok(ListOutput::Nodes(self.object(shape, place, &asked.below)?)),
            "edges" => self.edges(shape, place, &asked.below),
            "pageInfo" => self.page_info(&asked.below),
            _ => Err(Unplanned),
        }
    }

    fn edges(
        &mut self,
        shape: &'static Shape,
        place: Place,
        below: &[&'a SelectionSet],
    ) -> Result<ListOutput, Unplanned> {
        let edge = format!("{}Edge", shape.name);
        let (mut fields, mut width) = (Vec::new(), 0);
        for field in self.asked.fields(below, &|name| name == edge)? {
            width += field.below.len() as u64;
            let output = match field.field.name.node.as_str() {
                "__typename" => EdgeOutput::Typename(edge.clone()),
                "cursor" => EdgeOutput::Cursor,
                "node" => {
                    let object = self.object(shape, place, &field.below)?;
                    width += object.width;
                    EdgeOutput::Node(object)
                }
                _ => return Err(Unplanned),
            };
            fields.push((key(&field), output));
        }
        Ok(ListOutput::Edges(fields, width))
    }

    fn page_info(&self, below: &[&'a SelectionSet]) -> Result<ListOutput, Unplanned> {
        let fields = self.asked.fields(below, &|name| name == "PageInfo")?;
        let fields = fields.iter().map(|field| {
            let output = match field.field.name.node.as_str() {
                "__typename" => InfoOutput::Typename,
                "hasNextPage" => InfoOutput::HasNext,
                "hasPreviousPage" => InfoOutput::HasPrevious,
                "startCursor" => InfoOutput::Start,
                "endCursor" => InfoOutput::End,
                _ => return Err(Unplanned),
            };
            Ok((key(field), output))
        });
        Ok(ListOutput::PageInfo(fields.collect::<Result<_, _>>()?))
    }

    /// The read of a page: a new one, or one of the same level that reads the same page in the same way.
    fn page_read(
        &mut self,
        table: &'static TableInfo,
        of: Option<(Place, &'static Relation)>,
        page: &Page,
    ) -> Result<usize, Unplanned> {
        let relation = of.map(|(_, relation)| relation);
        let same = |what: &What| {
            matches!(what, What::Page { wanted, relation: other, page: of }
                if wanted.table.name == table.name && *other == relation && of == page)
        };
        let (level, parent) = self.below(of)?;
        let what = || What::Page { wanted: Wanted::page(table, &page.order), relation, page: page.clone() };
        Ok(self.read(level, parent, same, what))
    }

    /// Where a list is counted: beside each row that has one, or, where many rows may name the same parent, each parent's
    /// once.
    fn total(
        &mut self,
        table: &'static TableInfo,
        of: Option<(Place, &'static Relation)>,
        page: &Page,
    ) -> Result<Total, Unplanned> {
        if let Some((Place { read, row: Row::Own }, relation)) = of
            && !self.sight.hides(table)
        {
            return Ok(Total::Column(self.wanted(read)?.count(table, relation, page.filter.clone())));
        }
        let relation = of.map(|(_, relation)| relation);
        let same = |what: &What| {
            matches!(what, What::Total { table: counted, relation: other, filter }
                if counted.name == table.name && *other == relation && *filter == page.filter)
        };
        let (level, parent) = self.below(of)?;
        Ok(Total::Read(self.read(level, parent, same, || What::Total { table, relation, filter: page.filter.clone() })))
    }

    /// The level of a read below a row, and where the ids of its parents are.
    fn below(&mut self, of: Option<(Place, &'static Relation)>) -> Result<(usize, Option<(usize, usize)>), Unplanned> {
        let Some((place, _)) = of else { return Ok((0, None)) };
        let id = self.column(place, "id", Kind::Integer)?;
        Ok((self.reads[place.read].level + 1, Some((place.read, id))))
    }

    /// Has the first list of each row that is read by itself come with it, in one statement. What is wanted of the row comes
    /// with each row of the list, so nothing that is counted may be among it.
    fn couple(&mut self) {
        for page in 0..self.reads.len() {
            // The first column is the row's own id.
            let (What::Page { relation: Some(_), .. }, [(row, 0)]) =
                (&self.reads[page].what, &*self.reads[page].parents)
            else {
                continue;
            };
            let row = *row;
            let wanted = match &mut self.reads[row] {
                Read { what: What::Ids { wanted, ids }, along: None, .. } if ids.len() == 1 => wanted,
                Read { what: What::Keys { wanted, keys, .. }, along: None, .. } if keys.len() == 1 => wanted,
                _ => continue,
            };
            if wanted.counts().next().is_none() {
                wanted.prefix = "of_";
                self.reads[row].along = Some(page);
                self.reads[page].comes_along = true;
            }
        }
    }

    fn read(
        &mut self,
        level: usize,
        parent: Option<(usize, usize)>,
        same: impl Fn(&What) -> bool,
        what: impl FnOnce() -> What,
    ) -> usize {
        let present = self.reads.iter().position(|read| read.level == level && same(&read.what));
        let index = present.unwrap_or_else(|| {
            self.reads.push(Read {
                level,
                parents: Vec::new(),
                what: what(),
                along: None,
                comes_along: false,
                statement: Kept::default(),
            });
            self.reads.len() - 1
        });
        let parents = &mut self.reads[index].parents;
        if let Some(parent) = parent
            && !parents.contains(&parent)
        {
            parents.push(parent);
        }
        index
    }

    fn wanted(&mut self, read: usize) -> Result<&mut Wanted, Unplanned> {
        match &mut self.reads[read].what {
            What::Page { wanted, .. } | What::Ids { wanted, .. } | What::Keys { wanted, .. } => Ok(wanted),
            What::Total { .. } => Err(Unplanned),
        }
    }

    fn column(&mut self, place: Place, name: &'static str, kind: Kind) -> Result<usize, Unplanned> {
        Ok(self.wanted(place.read)?.column(place.row, name, kind))
    }

    fn join(&mut self, place: Place, key: &'static str, table: &'static TableInfo) -> Result<Place, Unplanned> {
        Ok(Place { row: self.wanted(place.read)?.join(place.row, key, table), ..place })
    }
}

fn key(field: &AskedField<'_>) -> Key {
    // A name needs no escape.
    format!("\"{}\":", field.key).into()
}
