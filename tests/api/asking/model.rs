//! The register as the tests know it: every row, read once by plain lists, and what the schema says may be asked of it.

use std::collections::BTreeMap;

use antq::ids::NodeId;
use serde_json::Value;

use super::reference::{self, Place};
use crate::support::TestApp;

/// A row, by its type and its index among the rows of that type.
pub type Link = (usize, usize);

/// A value of a row.
#[derive(Debug, PartialEq)]
pub enum Cell {
    Null,
    /// A text in Vietnamese, its place in the alphabet's order and its words.
    Text(String, Place, Vec<String>),
    /// A code, a value of a list, a day or a moment: it goes by its letters.
    Plain(String),
    Number(f64),
    Boolean(bool),
    /// A row that it names.
    One(Link),
    /// The rows that it leads to, in the order of their list.
    Many(Vec<Link>),
}

pub struct Row {
    pub id: i64,
    pub node: String,
    pub cells: Vec<Cell>,
}

/// What may be asked of a field.
#[derive(Debug)]
pub enum Kind {
    /// A value: by these operators; whether it is a number or a boolean, or a text.
    Value(Vec<String>),
    /// The row that it names.
    One,
    /// One of several types, by the names that the filter has for them.
    Choice(Vec<(String, usize)>),
    /// The rows that it leads to.
    Many,
}

pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// The type of the rows that it leads to.
    pub of: Option<usize>,
}

pub struct Type {
    pub name: String,
    /// The list of all rows, if there is one at the root.
    pub list: Option<String>,
    pub fields: Vec<Field>,
    /// What it may be ordered by.
    pub orders: Vec<String>,
    pub rows: Vec<Row>,
}

pub struct Register(pub Vec<Type>);

impl Type {
    /// Whether its rows are units of administration.
    pub fn is_place(&self) -> bool {
        ["City", "Ward", "FormerCity", "FormerDistrict", "FormerWard"].contains(&self.name.as_str())
    }

    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// The fields of each input type, by their names, each with the name and the kind of its type.
type Inputs = BTreeMap<String, Vec<(String, String, String)>>;

async fn inputs(app: &TestApp) -> Inputs {
    let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
    let data = app.data(&format!("{{ __schema {{ types {{ name inputFields {{ name type {{ {of} }} }} }} }} }}")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let field = |field: &Value| {
        let mut inner = &field["type"];
        while !inner["ofType"].is_null() {
            inner = &inner["ofType"];
        }
        (text(&field["name"]), text(&inner["name"]), text(&inner["kind"]))
    };
    let types = data["__schema"]["types"].as_array().unwrap().iter();
    types
        .filter_map(|of| Some((text(&of["name"]), of["inputFields"].as_array()?.iter().map(field).collect())))
        .collect()
}

impl Register {
    /// Reads all rows.
    pub async fn read(app: &TestApp) -> Self {
        let (types, inputs) = (app.types().await, inputs(app).await);
        // The access log grows by being asked.
        let is_row = |(name, fields): &(&String, &Vec<crate::support::Field>)| {
            *name != "AccessLogEntry"
                // What is a row has an order; a change of the feed has not.
                && inputs.contains_key(&format!("{name}Order"))
                && inputs.contains_key(&format!("{name}Filter"))
                && fields.iter().any(|field| field.name == "id")
        };
        let names: Vec<String> = types.iter().filter(is_row).map(|(name, _)| name.clone()).collect();
        let number = |name: &str| names.iter().position(|present| present == name).unwrap();
        let mut read = Vec::new();
        for name in &names {
            let filter = &inputs[&format!("{name}Filter")];
            // `and` and its like apart: and what can be asked for and is not shown, such as a former name.
            let is_shown = |field: &str| types[name].iter().any(|shown| shown.name == field);
            // What is sealed is found by nothing but what it is equal to.
            let fields = filter.iter().filter(|(field, of, _)| is_shown(field) && of != "PersonalFilter");
            let fields = fields.map(|(field, of, _)| {
                let below = &inputs[of];
                let (kind, of) = if let Some(of) = of.strip_suffix("ListFilter") {
                    (Kind::Many, Some(number(of)))
                } else if names.contains(&of.trim_end_matches("Filter").to_owned()) {
                    (Kind::One, Some(number(of.trim_end_matches("Filter"))))
                } else if below.iter().all(|(_, of, _)| names.contains(&of.trim_end_matches("Filter").to_owned())) {
                    let choice = |(name, of, _): &(String, String, String)| {
                        (name.clone(), number(of.trim_end_matches("Filter")))
                    };
                    (Kind::Choice(below.iter().map(choice).collect()), None)
                } else {
                    (Kind::Value(below.iter().map(|(operator, ..)| operator.clone()).collect()), None)
                };
                Field { name: field.clone(), kind, of }
            });
            let list = types["Query"].iter().find(|list| list.of == format!("{name}Connection"));
            read.push(Type {
                name: name.clone(),
                list: list.map(|list| list.name.clone()),
                fields: fields.collect(),
                orders: inputs[&format!("{name}Order")].iter().map(|(order, ..)| order.clone()).collect(),
                rows: Vec::new(),
            });
        }
        let mut register = Self(read);
        register.read_rows(app).await;
        register
    }

    async fn read_rows(&mut self, app: &TestApp) {
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for of in &mut self.0 {
            let all = all_rows(app, of).await;
            // A page shows a list as a whole, or its field is not asked for.
            let cut = |field: &Field| {
                matches!(field.kind, Kind::Many)
                    && all.iter().any(|row| row[&field.name]["pageInfo"]["hasNextPage"] == true)
            };
            of.fields.retain(|field| !cut(field));
            rows.push(all);
        }
        let mut links: BTreeMap<String, Link> = BTreeMap::new();
        for (number, all) in rows.iter_mut().enumerate() {
            let id = |row: &Value| NodeId::decode(row["id"].as_str().unwrap()).unwrap().row;
            all.sort_by_key(id);
            for (index, row) in all.iter().enumerate() {
                links.insert(row["id"].as_str().unwrap().to_owned(), (number, index));
            }
        }
        for (of, all) in self.0.iter_mut().zip(rows) {
            of.rows = all.into_iter().map(|row| made(&of.fields, row, &links)).collect();
        }
    }
}

fn made(fields: &[Field], row: Value, links: &BTreeMap<String, Link>) -> Row {
    let link = |row: &Value| links[row["id"].as_str().unwrap()];
    let cell = |field: &Field| match (&field.kind, &row[&field.name]) {
        (_, Value::Null) => Cell::Null,
        (Kind::One | Kind::Choice(_), row) => Cell::One(link(row)),
        (Kind::Many, list) => Cell::Many(list["nodes"].as_array().unwrap().iter().map(link).collect()),
        (Kind::Value(_), Value::Number(number)) => Cell::Number(number.as_f64().unwrap()),
        (Kind::Value(_), Value::Bool(value)) => Cell::Boolean(*value),
        (Kind::Value(operators), Value::String(text)) if operators.iter().any(|name| name == "matches") => {
            Cell::Text(text.clone(), reference::place(text), reference::words(text))
        }
        (Kind::Value(_), text) => Cell::Plain(text.as_str().unwrap().to_owned()),
    };
    let node = row["id"].as_str().unwrap().to_owned();
    Row { id: NodeId::decode(&node).unwrap().row, cells: fields.iter().map(cell).collect(), node }
}

/// Every row of a type, with all its values and the ids of what it leads to.
async fn all_rows(app: &TestApp, of: &Type) -> Vec<Value> {
    let selected = |field: &Field| match field.kind {
        Kind::Value(_) => field.name.clone(),
        Kind::One => format!("{} {{ id }}", field.name),
        Kind::Choice(_) => format!("{} {{ ... on Node {{ id }} }}", field.name),
        Kind::Many => format!("{}(first: 200) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }}", field.name),
    };
    let selected: Vec<String> = of.fields.iter().map(selected).collect();
    let selected = selected.join(" ");
    let mut rows = Vec::new();
    let Some(list) = &of.list else {
        // Guests have no list at the root.
        let data = app.data("{ festivals(first: 200, filter: { guests: { some: {} } }) { nodes { guests(first: 200) { nodes { id } } } } }").await;
        let guests = data["festivals"]["nodes"].as_array().unwrap().iter();
        let ids: Vec<&Value> =
            guests.flat_map(|row| row["guests"]["nodes"].as_array().unwrap()).map(|row| &row["id"]).collect();
        let ids = serde_json::to_string(&ids).unwrap();
        let mut data = app.data(&format!("{{ nodes(ids: {ids}) {{ ... on {} {{ {selected} }} }} }}", of.name)).await;
        rows.append(data["nodes"].as_array_mut().unwrap());
        return rows;
    };
    let mut after = String::new();
    loop {
        let page = format!(
            "{{ {list}(first: 200 {after}) {{ nodes {{ {selected} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let mut data = app.data(&page).await;
        let page = &mut data[list];
        rows.append(page["nodes"].as_array_mut().unwrap());
        if page["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}
