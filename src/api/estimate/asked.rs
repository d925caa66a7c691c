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
            None | Some(Json::Null) => Value::Null,
            Some(Json::Number(number)) => Value::Number(number.clone()),
            Some(Json::Array(values)) => Value::List(vec![Value::Null; values.len()]),
            Some(Json::Bool(truth)) => Value::Boolean(*truth),
            // That it is there.
            Some(Json::String(_) | Json::Object(_)) => Value::Boolean(true),
        })
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
