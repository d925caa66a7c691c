//! What a plan knows of the schema: each type as a table of its fields, made by `object!` and `query!` beside the resolvers.

use std::collections::HashMap;

use crate::{
    domain::Kind,
    error::Error,
    store::{Page, PageArgs, Relation, TableInfo},
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
    /// Reads a page of its lists from its arguments.
    pub page: fn(&PageArgs) -> Result<Page, Error>,
    /// Its fields by name. One that is not here is not planned.
    pub fields: HashMap<String, Field>,
}

/// Another type's shape: types refer to each other in circles.
pub type Other = fn() -> &'static Shape;

/// How a field is come by.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// The id of the object.
    Id,
    /// A column of the row.
    Column(&'static str, Kind),
    /// A column that is shown for rows of synthetic data sets only.
    Personal(&'static str, Kind),
    /// The row that a column names, never null.
    One(&'static str, Other),
    /// The row that a column names, if it names one.
    Maybe(&'static str, Other),
    /// The row that the first of these columns names that is not null.
    Choice(&'static [(&'static str, Other)]),
    /// The rows that a relation leads to.
    Many(&'static Relation, Other),
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
    /// Whether objects of the type are of the type `condition`.
    pub fn is(&self, condition: &str) -> bool {
        condition == self.name || condition == "Node" || self.is.contains(&condition)
    }
}

/// Fields by the names that the schema has for those of the code.
pub fn named<F>(fields: impl IntoIterator<Item = (&'static str, F)>) -> HashMap<String, F> {
    fields.into_iter().map(|(name, field)| (camel_case(name), field)).collect()
}

/// `area_km2` as the schema writes it: `areaKm2`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        text.push_str(&first.to_ascii_uppercase());
        text.push_str(rest);
    }
    text
}
