//! A field as it is asked for, with the variables as they are given.

use std::convert::Infallible;

use async_graphql::{Name, Value, parser::types::Field};
use serde_json::{Map, Value as Json};

/// The variables of an operation.
#[derive(Clone, Copy)]
pub(super) struct Variables<'a>(pub(super) &'a Map<String, Json>);

impl Variables<'_> {
    /// As much of one as matters here.
    pub(super) fn get(self, name: &Name) -> Result<Value, Infallible> {
        Ok(match self.0.get(name.as_str()) {
            // The lists of an input have rows.
            Some(Json::Object(fields)) => {
                let rows = |(name, value): (&String, &Json)| (Name::new(name), matters(value));
                Value::Object(fields.iter().filter(|(_, value)| value.is_array()).map(rows).collect())
            }
            value => matters(value.unwrap_or(&Json::Null)),
        })
    }
}

fn matters(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Number(number.clone()),
        Json::Array(values) => Value::List(vec![Value::Null; values.len()]),
        Json::Bool(truth) => Value::Boolean(*truth),
        // That it is there.
        Json::String(_) | Json::Object(_) => Value::Boolean(true),
    }
}

/// A field and its arguments.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) field: &'a Field,
    pub(super) variables: Variables<'a>,
}

impl<'a> Asked<'a> {
    /// What it is called in the schema.
    pub(super) fn name(self) -> &'a str {
        self.field.name.node.as_str()
    }

    /// Whether something is selected of it.
    pub(super) fn has_selection(self) -> bool {
        !self.field.selection_set.node.items.is_empty()
    }

    /// An argument's value; none if it is absent or null.
    pub(super) fn argument(self, name: &str) -> Option<Value> {
        let value = self.field.get_argument(name)?.node.clone().into_const_with(|name| self.variables.get(&name));
        value.ok().filter(|value| *value != Value::Null)
    }

    /// An argument that is a whole number; none if it is absent, or something else.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        match self.argument(name)? {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }
}
