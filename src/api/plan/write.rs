//! Writing an answer from what was read.

use serde::Serialize;

use super::{EdgeOutput, InfoOutput, Key, List, ListOutput, Object, Output, Plan, Root, Total, run::Brought};
use crate::{
    error::Error,
    ids::NodeId,
    store::{Reader, Rows},
};

/// The whole answer, as JSON of at most so many bytes.
pub(super) fn write(plan: &Plan, brought: &[Brought], reader: &Reader, most: usize) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { brought, reader, out: Vec::with_capacity(4_096), most, nodes: 0 };
    writer.out.extend_from_slice(br#"{"data":"#);
    writer.braced(&plan.fields, |writer, field| match field {
        Root::Typename => writer.json("Query"),
        Root::List(list) => writer.list(list, None),
        Root::Key(read, column, text, object) => {
            let row = writer.rows(*read)?.with_text(*column, text);
            writer.named(object, *read, row.ok_or_else(|| Error::internal("nothing has the key"))?)
        }
        Root::Node(read, id, object) => writer.node(*read, *id, object),
        Root::Nodes(ids, objects) => writer.bracketed(ids, |writer, (object, id)| {
            let (read, object) = &objects[*object];
            writer.node(*read, *id, object)
        }),
    })?;
    writer.out.push(b'}');
    writer.measure()?;
    reader.meter().answered(writer.nodes);
    Ok(writer.out)
}

struct Writer<'a> {
    brought: &'a [Brought],
    reader: &'a Reader,
    out: Vec<u8>,
    /// The most bytes of it.
    most: usize,
    /// The nodes that were written.
    nodes: u64,
}

impl<'a> Writer<'a> {
    /// Refuses an answer that is too large already.
    fn measure(&self) -> Result<(), Error> {
        if self.out.len() > self.most { Err(Error::ResponseBytes { max: self.most }) } else { Ok(()) }
    }

    fn rows(&self, read: usize) -> Result<&'a Rows, Error> {
        self.brought[read].rows()
    }

    /// Writes an object: each field's name, and its value by `each`.
    fn braced<F>(
        &mut self,
        fields: &[(Key, F)],
        mut each: impl FnMut(&mut Self, &F) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(b'{');
        for (index, (key, field)) in fields.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(key.as_bytes());
            each(self, field)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes an array, each element by `each`.
    fn bracketed<E>(
        &mut self,
        elements: &[E],
        mut each: impl FnMut(&mut Self, &E) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(b'[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            each(self, element)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn json(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        serde_json::to_writer(&mut self.out, value).map_err(Error::internal)
    }

    /// Writes the row with an id, or null.
    fn node(&mut self, read: usize, id: i64, object: &Object) -> Result<(), Error> {
        match self.rows(read)?.with_id(id) {
            Some(row) => self.named(object, read, row),
            None => self.json(&()),
        }
    }

    /// Writes an object that is a node by itself, and not by its page.
    fn named(&mut self, object: &Object, read: usize, row: usize) -> Result<(), Error> {
        self.nodes += 1;
        self.object(object, read, row)
    }

    fn object(&mut self, object: &Object, read: usize, row: usize) -> Result<(), Error> {
        self.braced(&object.fields, |writer, field| writer.field(field, read, row))
    }

    fn field(&mut self, field: &Output, read: usize, row: usize) -> Result<(), Error> {
        let rows = self.rows(read)?;
        let cells = rows.cells();
        match field {
            Output::Typename(name) => self.json(name),
            Output::Id(table, column) => {
                let id = rows.number(row, *column).unwrap_or_default();
                let id = NodeId::encode(table, id);
                self.json(&id)
            }
            Output::Column(column, kind) => cells.write(row, rows.place(*column), *kind, &mut self.out),
            Output::Personal(None) => self.json(&()),
            Output::Personal(Some((column, personal, id))) => {
                // Days too are texts in an answer.
                let value = self.reader.personal(rows, row, (*column, *id), personal.purpose, personal.coordinate)?;
                self.json(&value)
            }
            Output::One(object) => self.named(object, read, row),
            Output::Maybe(present, object) => match cells.is_null(row, rows.place(*present)) {
                true => self.json(&()),
                false => self.named(object, read, row),
            },
            Output::Choice(objects) => {
                let mut objects = objects.iter();
                let chosen = objects.find(|(present, _)| !cells.is_null(row, rows.place(*present)));
                let (_, object) = chosen.ok_or_else(|| Error::internal("none of the objects is there"))?;
                self.named(object, read, row)
            }
            Output::List(list) => self.list(list, Some((read, row))),
        }
    }

    /// Writes a connection, of a row if it is a row's.
    fn list(&mut self, list: &List, of: Option<(usize, usize)>) -> Result<(), Error> {
        let parent = match (list.parent, of) {
            (Some(column), Some((read, row))) => self.rows(read)?.number(row, column),
            _ => None,
        };
        if let Some(read) = list.rows {
            self.nodes += self.rows(read)?.page(parent).map_or(0, |page| page.rows.len() as u64);
        }
        self.braced(&list.fields, |writer, field| writer.list_field(list, field, parent, of))
    }

    fn list_field(
        &mut self,
        list: &List,
        field: &ListOutput,
        parent: Option<i64>,
        of: Option<(usize, usize)>,
    ) -> Result<(), Error> {
        match field {
            ListOutput::Typename(name) => self.json(name),
            ListOutput::Nodes(object) => {
                self.page(list, parent, object.width, |writer, read, row| writer.object(object, read, row))
            }
            ListOutput::Edges(fields, width) => self.page(list, parent, *width, |writer, read, row| {
                writer.braced(fields, |writer, field| writer.edge_field(list, field, read, row))
            }),
            ListOutput::PageInfo(fields) => {
                self.braced(fields, |writer, field| writer.page_info_field(list, *field, parent))
            }
            ListOutput::Total(total) => {
                let total = match (*total, of) {
                    // A parent without rows is in no group.
                    (Total::Read(read), _) => self.brought[read].totals()?.get(&parent).copied().unwrap_or(Some(0)),
                    (Total::Column(column), Some((read, row))) => self.rows(read)?.number(row, column),
                    (Total::Column(_), None) => Some(0),
                };
                let total = total.map(i32::try_from).transpose().map_err(Error::internal)?;
                self.json(&total)
            }
        }
    }

    /// Writes the rows of a page, each of so many values.
    fn page(
        &mut self,
        list: &List,
        parent: Option<i64>,
        width: u64,
        mut each: impl FnMut(&mut Self, usize, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let read = list.rows.ok_or_else(|| Error::internal("a list was not read"))?;
        let brought = self.brought;
        let rows = brought[read].rows()?.page(parent).map(|page| page.rows.as_slice()).unwrap_or_default();
        self.reader.charge(rows.len() as u64 * width)?;
        self.bracketed(rows, |writer, row| {
            writer.measure()?;
            each(writer, read, *row)
        })
    }

    fn edge_field(&mut self, list: &List, field: &EdgeOutput, read: usize, row: usize) -> Result<(), Error> {
        match field {
            EdgeOutput::Typename(name) => self.json(name),
            EdgeOutput::Cursor => {
                let cursor = self.rows(read)?.cursor(list.table, &list.page.order, row);
                self.json(&cursor)
            }
            EdgeOutput::Node(object) => self.object(object, read, row),
        }
    }

    fn page_info_field(&mut self, list: &List, field: InfoOutput, parent: Option<i64>) -> Result<(), Error> {
        let read = list.rows.ok_or_else(|| Error::internal("a list was not read"))?;
        let read = self.brought[read].rows()?;
        let (rows, more) = read.page(parent).map_or((&[][..], false), |page| (&page.rows, page.more));
        let cursor = |row: Option<&usize>| row.map(|row| read.cursor(list.table, &list.page.order, *row));
        let backward = list.page.backward;
        match field {
            InfoOutput::Typename => self.json("PageInfo"),
            InfoOutput::HasNext => self.json(&if backward { list.page.before.is_some() } else { more }),
            InfoOutput::HasPrevious => self.json(&if backward { more } else { list.page.after.is_some() }),
            InfoOutput::Start => self.json(&cursor(rows.first())),
            InfoOutput::End => self.json(&cursor(rows.last())),
        }
    }
}
