//! What the rows of a group have in common: values of their own, periods, and rows that they lead to.

use std::{borrow::Cow, marker::PhantomData};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::Field as Selected, registry::Registry, resolver_utils::resolve_container,
};

use super::object;
use crate::{
    api::{
        node::resolve_row,
        object::Record,
        plan::{Column, Field, Other, Shape},
    },
    domain::{Date, Datum, Kind},
    store::{GroupKey, Period, Step, Unit},
};

/// Something that rows are grouped by.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name among what rows are grouped by: `FORMER_CITY`.
    pub name: String,
    /// Its name among what a group has in common: `formerCity`.
    pub field: String,
    /// What it is, for people.
    pub description: String,
    /// What it is, for the store.
    pub key: GroupKey,
    of: Of,
}

/// The type of a key.
#[derive(Clone, Copy, Debug)]
enum Of {
    Value(Column),
    Day,
    Row(Other),
}

/// All that the rows of a type are grouped by, times in a zone so many minutes east of UTC.
pub fn keys(shape: &'static Shape, offset: i32) -> Vec<Key> {
    let mut keys = Keys { offset, keys: Vec::new() };
    keys.of(shape);
    keys.keys
}

/// The type of the row that a key is, if it is one.
pub fn row_behind(shape: &'static Shape, field: &str) -> Option<&'static Shape> {
    let key = keys(shape, 0).into_iter().find(|key| key.field == field)?;
    match key.of {
        Of::Row(other) => Some(other()),
        Of::Value(_) | Of::Day => None,
    }
}

struct Keys {
    offset: i32,
    keys: Vec<Key>,
}

impl Keys {
    /// Those of a row itself, and of the rows that it names.
    fn of(&mut self, shape: &'static Shape) {
        for (name, (field, description)) in &shape.fields {
            match *field {
                Field::Column(column) => self.column(column, &[], name, description),
                Field::Choice(others) => {
                    for (column, other) in others {
                        self.row(column, *other, &[], &joined(name, other().name), description);
                    }
                }
                _ => {}
            }
        }
        // What a row repeats of those above it is asked of the row itself.
        let near: Vec<&str> = parents(shape).map(|(_, step, _)| step.table.name).collect();
        for (name, step, other) in parents(shape) {
            self.row(step.key, other, &[], name, shape.fields[name].1);
            if step.table.name != "dataset" {
                self.beyond(other(), step, name, &near);
            }
        }
    }

    /// Those of a row that another one names, but for what that one names itself.
    fn beyond(&mut self, shape: &'static Shape, step: Step, prefix: &str, near: &[&str]) {
        let path = [step];
        for (name, (field, description)) in &shape.fields {
            match *field {
                Field::Column(column) if is_closed(&column) => {
                    self.column(column, &path, &joined(prefix, name), description);
                }
                _ => {}
            }
        }
        for (name, step, other) in parents(shape) {
            if step.table.name != "dataset" && !near.contains(&step.table.name) {
                self.row(step.key, other, &path, &joined(prefix, name), shape.fields[name].1);
            }
        }
    }

    fn column(&mut self, column: Column, path: &[Step], field: &str, description: &str) {
        if column.name == "version" || column.kind == Kind::Number {
            return;
        }
        if !matches!(column.kind, Kind::Date | Kind::Moment) {
            self.add(column.name, column.kind, path, field, description, Of::Value(column), None);
            return;
        }
        let offset = (column.kind == Kind::Moment).then_some(self.offset);
        for (unit, name, text) in UNITS {
            let description = format!("{text} {}", description.trim());
            let period = Some(Period { unit, offset });
            self.add(column.name, Kind::Date, path, &joined(field, name), &description, Of::Day, period);
        }
    }

    fn row(&mut self, column: &'static str, other: Other, path: &[Step], field: &str, description: &str) {
        self.add(column, Kind::Integer, path, field, description, Of::Row(other), None);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a key")]
    fn add(
        &mut self,
        column: &'static str,
        kind: Kind,
        path: &[Step],
        field: &str,
        description: &str,
        of: Of,
        period: Option<Period>,
    ) {
        let names = match of {
            Of::Row(other) => Some(other().table),
            _ => None,
        };
        self.keys.push(Key {
            name: screaming(field),
            field: field.to_owned(),
            description: description.trim().to_owned(),
            key: GroupKey { path: path.to_vec(), column, kind, period, names },
            of,
        });
    }
}

/// The periods that a time falls into.
const UNITS: [(Unit, &str, &str); 5] = [
    (Unit::Year, "year", "By year, named by its first day (theo năm)."),
    (Unit::Quarter, "quarter", "By quarter, named by its first day (theo quý)."),
    (Unit::Month, "month", "By month, named by its first day (theo tháng)."),
    (Unit::Week, "week", "By week, named by its Monday (theo tuần)."),
    (Unit::Day, "day", "By day (theo ngày)."),
];

/// The rows that a row names: the field, the way to it, and its type.
fn parents(shape: &'static Shape) -> impl Iterator<Item = (&'static str, Step, Other)> {
    shape.fields.iter().filter_map(|(name, (field, _))| match *field {
        Field::One(key, other) => Some((name.as_str(), Step { key, table: other().table, nullable: false }, other)),
        Field::Maybe(key, other) => Some((name.as_str(), Step { key, table: other().table, nullable: true }, other)),
        _ => None,
    })
}

/// Whether a column has a closed list of values.
fn is_closed(column: &Column) -> bool {
    column.kind == Kind::Text && !column.is_free_text
}

fn joined(prefix: &str, name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    format!("{prefix}{}{rest}", first.to_ascii_uppercase())
}

/// `formerCity` as the values of an enum are written: `FORMER_CITY`.
fn screaming(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

/// What the rows of one group have in common.
#[derive(Debug)]
pub struct GroupKeys<T> {
    /// What there is.
    pub keys: std::sync::Arc<Vec<Key>>,
    /// What it is here.
    pub values: Vec<Option<Datum>>,
    /// Of which type the rows are.
    pub of: PhantomData<fn() -> T>,
}

impl<T: Record> OutputType for GroupKeys<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}GroupKey", T::shape().name).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let shape = T::shape();
        let description = format!(
            "What the rows of type `{}` in a group have in common: what was grouped by, and null for everything else (khóa nhóm).",
            shape.name
        );
        object(registry, &Self::type_name(), &description, |registry| {
            let field = |key: Key| {
                let of = match key.of {
                    Of::Value(column) => (column.input)(registry).trim_end_matches('!').to_owned(),
                    Of::Day => "Date".to_owned(),
                    Of::Row(other) => other().name.to_owned(),
                };
                (key.field, of, key.description)
            };
            keys(shape, 0).into_iter().map(field).collect()
        });
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Selected>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: Record> ContainerType for GroupKeys<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        let Some(index) = self.keys.iter().position(|key| key.field == name) else {
            // Not grouped by, or no field at all: validation has seen to that.
            return Ok(Some(Value::Null));
        };
        let Some(datum) = &self.values[index] else { return Ok(Some(Value::Null)) };
        let value = match (self.keys[index].of, datum) {
            (Of::Row(other), Datum::Integer(id)) => {
                return resolve_row(ctx, other().table.name, *id).await.map(Some);
            }
            (_, Datum::Text(text)) => Value::from(text.as_str()),
            (Of::Value(column), Datum::Integer(number)) if column.kind == Kind::Boolean => Value::from(*number != 0),
            (_, Datum::Integer(number)) => Value::from(*number),
            (_, Datum::Date(day)) => async_graphql::ScalarType::to_value(&Date(*day)),
            _ => Value::Null,
        };
        Ok(Some(value))
    }
}
