//! The columns of a table: what is selected of a row and of the rows that it names, and beside them what stands above and
//! next to the list, which is the same in each row.

use super::{EdgeOutput, Key, List, ListOutput, Object, Output, Personal, Plan, Root, Total};
use crate::{domain::Kind, error::Error};

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// The field of the root that has it, if it is the same in each row.
    pub root: Option<usize>,
    /// Where its value is: for each type that a row may have, the way there.
    pub ways: Vec<Way>,
}

/// Where a column's value is.
#[derive(Debug)]
pub(super) struct Way {
    /// The read that has it.
    pub read: usize,
    /// Columns of that read's rows which must be null, or must not, for the value to be there.
    pub unless: Vec<(usize, bool)>,
    pub source: Source,
}

/// What a value is made from. Columns are meant by their place among those wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The name of a type.
    Name(&'static str),
    /// The id of a row of this table.
    Id(&'static str, usize),
    Column(usize, Kind),
    /// A sealed value, and the column with the id of the row that it is of; nothing where it may not be seen.
    Personal(Option<(usize, Personal, usize)>),
    /// How many rows a list has; the column with the id of the row whose list it is.
    Total(Total, Option<usize>),
    /// Where the row stands in its list.
    Cursor,
}

/// The list whose rows are those of a table: its row axis.
#[derive(Debug)]
pub(super) struct Axis {
    /// The way to it, as the answer in JSON would have it.
    pub path: String,
    /// The field of the root that it is in.
    pub root: usize,
    /// The read that has its rows.
    pub read: usize,
    /// The column with the id of the row whose list it is.
    pub parent: Option<(usize, usize)>,
}

impl Plan {
    /// The columns and the row axis of a table.
    ///
    /// # Errors
    /// [`Error::SecondList`], and [`Error::NotATable`] where there is no list, two columns of one name, or something that
    /// no column can show.
    pub(super) fn columns(&self) -> Result<(Vec<Column>, Axis), Error> {
        let mut layout = Layout::default();
        for (index, (key, root)) in self.fields.iter().enumerate() {
            layout.root(index, text(key), root);
        }
        let mut axes = layout.axes.into_iter();
        match (axes.next(), axes.next()) {
            (Some(axis), None) => match layout.problem {
                Some(problem) => Err(Error::NotATable(problem)),
                None => Ok((layout.columns, axis)),
            },
            (Some(first), Some(second)) => Err(Error::SecondList { first: first.path, second: second.path }),
            (None, _) => Err(Error::NotATable(
                "A table has the rows of a list, and the query asks for none. Ask for a list with its `nodes`."
                    .to_owned(),
            )),
        }
    }
}

/// A field's name as the client has it.
fn text(key: &Key) -> &str {
    key.trim_matches(['"', ':'])
}

#[derive(Default)]
struct Layout {
    columns: Vec<Column>,
    axes: Vec<Axis>,
    /// The first thing that no column can show.
    problem: Option<String>,
}

/// The object whose fields become columns.
#[derive(Clone, Default)]
struct At {
    read: usize,
    /// The field of the root that it is in.
    root: usize,
    /// Whether it is the same in each row.
    fixed: bool,
    /// What the names of its columns begin with.
    prefix: String,
    /// The way to it, with a dot behind.
    path: String,
    unless: Vec<(usize, bool)>,
    /// Columns from here on may be those of another type that the row may have.
    shared: Option<usize>,
}

impl At {
    fn within(&self, key: &str) -> Self {
        Self { prefix: format!("{}{key}.", self.prefix), path: format!("{}{key}.", self.path), ..self.clone() }
    }
}

impl Layout {
    fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    fn root(&mut self, root: usize, key: &str, field: &Root) {
        let at = At { root, fixed: true, ..At::default() };
        match field {
            Root::Typename => self.column(&at, key, Source::Name("Query")),
            Root::List(list) => self.list(&at, key, list),
            Root::Key(read, _, _, object) | Root::Node(read, _, object) => {
                self.object(&At { read: *read, ..at.within(key) }, object);
            }
            Root::Nodes(..) => self
                .refuse(format!("`{key}` cannot stand in a table. Ask for a list with `filter: {{id: {{in: […]}}}}`.")),
        }
    }

    fn object(&mut self, at: &At, object: &Object) {
        for (key, field) in &object.fields {
            self.field(at, text(key), field);
        }
    }

    fn field(&mut self, at: &At, key: &str, field: &Output) {
        match field {
            Output::Typename(name) => self.column(at, key, Source::Name(name)),
            Output::Id(table, column) => self.column(at, key, Source::Id(table, *column)),
            Output::Column(column, kind) => self.column(at, key, Source::Column(*column, *kind)),
            Output::Personal(personal) => self.column(at, key, Source::Personal(*personal)),
            Output::One(object) => self.object(&at.within(key), object),
            Output::Maybe(present, object) => {
                let mut at = at.within(key);
                at.unless.push((*present, true));
                self.object(&at, object);
            }
            Output::Choice(objects) => {
                let mut at = at.within(key);
                at.shared.get_or_insert(self.columns.len());
                for (present, object) in objects {
                    let mut chosen = at.clone();
                    chosen.unless.push((*present, true));
                    self.object(&chosen, object);
                    // The first one that is there is the one.
                    at.unless.push((*present, false));
                }
            }
            Output::List(list) => self.list(at, key, list),
        }
    }

    fn list(&mut self, at: &At, key: &str, list: &List) {
        let has_rows = |field: &ListOutput| matches!(field, ListOutput::Nodes(_) | ListOutput::Edges(..));
        let rows = list.rows.filter(|_| list.fields.iter().any(|(_, field)| has_rows(field)));
        let beside = at.within(key);
        if let Some(read) = rows {
            let path = beside.path.trim_end_matches('.').to_owned();
            self.axes.push(Axis { path, root: at.root, read, parent: list.parent.map(|column| (at.read, column)) });
        }
        for (key, field) in &list.fields {
            let key = text(key);
            let row = At { read: rows.unwrap_or_default(), path: format!("{}{key}.", beside.path), ..At::default() };
            match field {
                ListOutput::Typename(_) => {}
                ListOutput::Total(total) => self.column(&beside, key, Source::Total(*total, list.parent)),
                ListOutput::Nodes(object) => self.object(&row, object),
                ListOutput::Edges(fields, _) => self.edges(&row, fields),
                ListOutput::PageInfo(_) => {
                    let path = format!("{}{key}", beside.path);
                    self.refuse(format!("`{path}` describes a page, and a table has none. Leave it out."));
                }
            }
        }
    }

    fn edges(&mut self, at: &At, fields: &[(Key, EdgeOutput)]) {
        for (key, field) in fields {
            match field {
                EdgeOutput::Typename(_) => {}
                EdgeOutput::Cursor => self.column(at, text(key), Source::Cursor),
                EdgeOutput::Node(object) => {
                    self.object(&At { path: format!("{}{}.", at.path, text(key)), ..at.clone() }, object);
                }
            }
        }
    }

    fn column(&mut self, at: &At, key: &str, source: Source) {
        let name = format!("{}{key}", at.prefix);
        let way = Way { read: at.read, unless: at.unless.clone(), source };
        match self.columns.iter().position(|column| column.name == name) {
            None => self.columns.push(Column { name, root: at.fixed.then_some(at.root), ways: vec![way] }),
            Some(index) if at.shared.is_some_and(|shared| index >= shared) => self.columns[index].ways.push(way),
            Some(_) => self.refuse(format!("Two columns would be called `{name}`. Give one of the fields an alias.")),
        }
    }
}
