//! What a plan knows of the schema: each type as a table of its fields, made by `object!` and `query!` beside the resolvers.

use async_graphql::{InputType, Value, indexmap::IndexMap, registry::Registry};

use crate::{
    domain::{Datum, Kind, Stored},
    error::shown,
    secrets::Purpose,
    store::{Relation, TableInfo},
};

/// A type of the schema, and how each of its fields is come by.
#[derive(Debug)]
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// Its interfaces and unions, but for `Node`, which every type is.
    pub is: &'static [&'static str],
    /// The table behind it.
    pub table: &'static TableInfo,
    /// Its fields by name, each with its description. One that is not here is not planned.
    pub fields: IndexMap<String, (Field, &'static str)>,
}

/// Another type's shape: types refer to each other in circles.
pub type Other = fn() -> &'static Shape;

/// How a field is come by.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// The id of the object.
    Id,
    /// A column of the row.
    Column(Column),
    /// Personal data.
    Personal(Personal),
    /// The row that a column names, never null.
    One(&'static str, Other),
    /// The row that a column names, if it names one.
    Maybe(&'static str, Other),
    /// The row that the first of these columns names that is not null.
    Choice(&'static [(&'static str, Other)]),
    /// The rows that a relation leads to.
    Many(&'static Relation, Other),
    /// A field, by its name, of the rows that a relation leads to: asked for in filters, of any of them, and not shown.
    Through(&'static Relation, Other, &'static str),
}

/// A column with sealed personal data: shown to who may see it, for a purpose, and noted when it is.
#[derive(Clone, Copy, Debug)]
pub struct Personal {
    /// Its name.
    pub column: &'static str,
    /// The kind of the values in it.
    pub kind: Kind,
    /// What the schema calls the field: `Member.phone`.
    pub coordinate: &'static str,
    /// What the log calls it where members are looked for by it: `filter:Member.phone`.
    pub asked: &'static str,
    /// What they are sealed for.
    pub purpose: Purpose,
    /// The column with the keyed hashes of the values, if they can be found.
    pub hash: Option<&'static str>,
}

/// A column, as far as it is shown and asked for.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// Whether it may have none.
    pub nullable: bool,
    /// Whether it is a text that is no closed list of values and no date.
    pub is_free_text: bool,
    /// Makes the type of what clients compare with; its name.
    pub input: fn(&mut Registry) -> String,
    /// Reads what a client compares with; the error says what is wrong with it.
    pub given: fn(Value) -> Result<Datum, String>,
}

impl Column {
    /// A column with values of the type `V`.
    pub fn of<V: Stored>(name: &'static str) -> Self {
        Self {
            name,
            kind: V::KIND,
            nullable: V::NULLABLE,
            is_free_text: V::Given::type_name() == String::type_name(),
            input: V::Given::create_type_info,
            given: |value| {
                let shown = shown(&value.to_string());
                let given = V::Given::parse(Some(value));
                given
                    .map(V::datum)
                    .map_err(|_| format!("is {shown}, which is not of the type `{}`", V::Given::type_name()))
            },
        }
    }
}

/// How a field of the root is come by.
#[derive(Clone, Copy, Debug)]
pub enum Entrance {
    /// All rows.
    List(Other),
    /// The row with the text of an argument in a column.
    Key(&'static str, &'static str, Other),
}

impl Shape {
    /// The units that a unit of administration belongs to, each by the column that names it.
    pub fn above(&self) -> impl Iterator<Item = (&'static str, &'static TableInfo)> {
        self.fields.values().filter_map(|(field, _)| match *field {
            Field::One(key, other) if other().table.is_place => Some((key, other().table)),
            _ => None,
        })
    }

    /// Whether objects of the type are of the type `condition`.
    pub fn is(&self, condition: &str) -> bool {
        condition == self.name || condition == "Node" || self.is.contains(&condition)
    }
}

/// What the field for a column is called in the schema as a whole: `Member.phone`. It is kept for good, as shapes are.
pub fn coordinate(of: &str, column: &str) -> &'static str {
    format!("{of}.{}", camel_case(column)).leak()
}

/// `area_km2` as the schema writes it: `areaKm2`.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        text.push_str(&first.to_ascii_uppercase());
        text.push_str(rest);
    }
    text
}
