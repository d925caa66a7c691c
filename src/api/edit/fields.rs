//! Which columns of a type's rows writers write, and under which names.

use crate::{
    api::input::filter::uncapitalised,
    api::plan::{Column, Field, Other, Personal, Shape, camel_case},
    domain::Kind,
    store::{TableInfo, edit::Reference},
};

/// Columns that the register knows itself: what a row repeats of those above it.
const DERIVED: [(&str, &[&str]); 2] = [("team", &["city_id"]), ("member", &["ward_id", "city_id", "former_city_id"])];

/// Columns that a new row has though its writer does not say it: what they are then, or nothing where the store says it, and how
/// that is told.
const DEFAULTS: [(&str, &str, Option<&str>, &str); 9] = [
    ("team", "status", Some("ACTIVE"), "`ACTIVE` if it is left out."),
    ("member", "status", Some("ACTIVE"), "`ACTIVE` if it is left out."),
    ("member", "role", Some("MEMBER"), "`MEMBER` if it is left out."),
    ("award", "ordinal", None, "The next one if it is left out."),
    ("award", "dataset_id", None, ENTERED),
    ("team", "dataset_id", None, ENTERED),
    ("member", "dataset_id", None, ENTERED),
    ("festival", "dataset_id", None, ENTERED),
    ("festival", "city_id", None, "That of the ward if it is left out."),
];
const ENTERED: &str = "The data set `entered` if it is left out.";

/// A column that writers write.
#[derive(Clone, Debug)]
pub(super) struct Writable {
    /// What it is called in an input.
    pub(super) name: String,
    pub(super) column: &'static str,
    pub(super) holds: Holds,
    /// Whether it may be null.
    pub(super) nullable: bool,
    /// Whether a new row has it though nobody says it.
    pub(super) is_known: bool,
    pub(super) description: String,
}

/// What is written in a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    /// A value.
    Value(Column),
    /// The number of a row of this type.
    Row(Other),
    /// A value that is sealed.
    Sealed(Personal),
}

impl Holds {
    /// Whether it is a text that is no closed list of values.
    pub(super) fn is_free_text(self) -> bool {
        matches!(self, Self::Value(column) if column.is_free_text && column.kind == Kind::Text)
    }
}

/// The columns that writers write of a type's rows, in the order of the schema.
pub(super) fn writable(shape: &'static Shape) -> Vec<Writable> {
    let mut all = Vec::new();
    for (name, (field, description)) in &shape.fields {
        let mut add = |column: &'static str, holds, nullable: bool, description: String| {
            let table = shape.table.name;
            let derived = DERIVED.iter().any(|(of, columns)| *of == table && columns.contains(&column));
            if !derived && !["version", "updated_at"].contains(&column) {
                let is_known = default(shape.table, column).is_some();
                all.push(Writable { name: camel_case(column), column, holds, nullable, is_known, description });
            }
        };
        let text = description.trim();
        match *field {
            Field::Column(column) => add(column.name, Holds::Value(column), column.nullable, text.to_owned()),
            Field::Personal(personal) => {
                let text = text.split(" Personal data:").next().unwrap_or(text);
                add(personal.column, Holds::Sealed(personal), true, format!("{text} It is kept sealed."));
            }
            Field::One(key, other) => add(key, Holds::Row(other), false, format!("By its id: {}", uncapitalised(text))),
            Field::Maybe(key, other) => {
                add(key, Holds::Row(other), true, format!("By its id: {}", uncapitalised(text)))
            }
            Field::Choice(others) => {
                for (key, other) in others {
                    let text = format!(
                        "The id of `{name}`, if it is of this type; exactly one of these is given: {}",
                        uncapitalised(text)
                    );
                    add(key, Holds::Row(*other), true, text);
                }
            }
            Field::Id | Field::Many(..) | Field::Through(..) => {}
        }
    }
    all
}

/// What a column of a new row is if its writer does not say it, where that is known; `None` within, if the store says what.
pub(super) fn default(table: &TableInfo, column: &str) -> Option<Option<&'static str>> {
    known(table, column).map(|(value, _)| value)
}

/// The same, with how it is told.
pub(super) fn known(table: &TableInfo, column: &str) -> Option<(Option<&'static str>, &'static str)> {
    let found = DEFAULTS.iter().find(|(of, known, ..)| *of == table.name && *known == column);
    found.map(|(_, _, value, told)| (*value, *told))
}

/// Every column of any type's rows that may name a row of this table.
pub(super) fn references(shapes: impl Iterator<Item = &'static Shape>, table: &TableInfo) -> Vec<Reference> {
    let mut all = Vec::new();
    for shape in shapes {
        let mut add = |column, other: Other| {
            if other().table == table {
                all.push(Reference { table: shape.table.name, column });
            }
        };
        for (field, _) in shape.fields.values() {
            match field {
                Field::One(key, other) | Field::Maybe(key, other) => add(key, *other),
                Field::Choice(others) => others.iter().for_each(|(key, other)| add(key, *other)),
                _ => {}
            }
        }
    }
    all
}
