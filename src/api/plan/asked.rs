//! What a request asks for: its selections with fragments, `@skip` and `@include` resolved, and its arguments with their
//! variables.

use async_graphql::{
    Name, Positioned, ScalarType, Value,
    parser::types::{
        Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use crate::domain::Date;

/// Something that a plan does not know, or that only ordinary execution can answer for.
#[derive(Clone, Copy, Debug)]
pub struct Unplanned;

/// A valid document, one of its operations, and the operation's variables with their defaults.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The document.
    pub document: &'a ExecutableDocument,
    /// The operation.
    pub operation: &'a OperationDefinition,
    /// The variables.
    pub variables: &'a Map<String, Json>,
}

/// A field of the answer: all selections of one name, merged.
#[derive(Debug)]
pub struct AskedField<'a> {
    /// Its name in the answer.
    pub key: &'a str,
    /// The first of them; the others have the same name and arguments.
    pub field: &'a Field,
    /// The selections below each of them.
    pub below: Vec<&'a SelectionSet>,
}

impl<'a> Asked<'a> {
    /// Whether it changes nothing.
    pub fn is_query(&self) -> bool {
        self.operation.ty == OperationType::Query
    }

    /// The day that all fields of the root are asked of, or none where all are asked as of now.
    pub fn as_of(&self) -> Result<Option<NaiveDate>, Unplanned> {
        let mut days = Vec::new();
        for asked in self.fields(&[&self.operation.selection_set.node], &|name| name == "Query")? {
            if asked.field.name.node != "__typename" {
                let day = self.text(asked.field, "asOf", "Date")?.map(|text| Date::parse(Value::String(text)));
                days.push(day.transpose().map_err(|_| Unplanned)?.map(|Date(day)| day));
            }
        }
        days.dedup();
        match days[..] {
            [] => Ok(None),
            [day] => Ok(day),
            _ => Err(Unplanned),
        }
    }

    /// The fields that are selected of an object, in the order of the answer; `is` says which types the object has.
    pub fn fields(
        &self,
        sets: &[&'a SelectionSet],
        is: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<AskedField<'a>>, Unplanned> {
        let mut fields = Vec::new();
        for set in sets {
            self.collect(set, is, &mut fields)?;
        }
        Ok(fields)
    }

    fn collect(
        &self,
        set: &'a SelectionSet,
        is: &dyn Fn(&str) -> bool,
        fields: &mut Vec<AskedField<'a>>,
    ) -> Result<(), Unplanned> {
        for Positioned { node: selection, .. } in &set.items {
            let (directives, below, applies) = match selection {
                Selection::Field(field) => (&field.node.directives, &field.node.selection_set, true),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let applies = condition.is_none_or(|condition| is(&condition.node.on.node));
                    (&fragment.node.directives, &fragment.node.selection_set, applies)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node).ok_or(Unplanned)?;
                    let applies = is(&fragment.node.type_condition.node.on.node);
                    (&spread.node.directives, &fragment.node.selection_set, applies)
                }
            };
            if !self.is_included(directives)? {
                // What is left out is checked all the same, each time: it may fail by the values of its variables.
                if uses_variables(selection) || uses_variables_below(&below.node) {
                    return Err(Unplanned);
                }
                continue;
            }
            match selection {
                Selection::Field(field) => add(fields, &field.node),
                _ if applies => self.collect(&below.node, is, fields)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether what has these directives is not left out, as far as that can be told.
    pub fn includes(&self, directives: &[Positioned<Directive>]) -> bool {
        self.is_included(directives).unwrap_or(true)
    }

    fn is_included(&self, directives: &[Positioned<Directive>]) -> Result<bool, Unplanned> {
        for Positioned { node: directive, .. } in directives {
            let condition = directive.get_argument("if").ok_or(Unplanned)?.node.clone();
            let Value::Boolean(condition) = condition.into_const_with(|name| self.variable(&name, "Boolean"))? else {
                return Err(Unplanned);
            };
            match directive.name.node.as_str() {
                "skip" if condition => return Ok(false),
                "include" if !condition => return Ok(false),
                "skip" | "include" => {}
                _ => return Err(Unplanned),
            }
        }
        Ok(true)
    }

    /// An argument that takes a whole number; none when it is absent or null.
    pub fn int(&self, field: &'a Field, name: &str) -> Result<Option<i32>, Unplanned> {
        match self.argument(field, name, "Int")? {
            Value::Null => Ok(None),
            Value::Number(number) => {
                number.as_i64().and_then(|number| i32::try_from(number).ok()).map(Some).ok_or(Unplanned)
            }
            _ => Err(Unplanned),
        }
    }

    /// An argument that takes a text of the type `of`; none when it is absent or null.
    pub fn text(&self, field: &'a Field, name: &str, of: &str) -> Result<Option<String>, Unplanned> {
        match self.argument(field, name, of)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(Unplanned),
        }
    }

    /// An argument that takes a list of ids.
    pub fn ids(&self, field: &'a Field, name: &str) -> Result<Vec<String>, Unplanned> {
        let Value::List(ids) = self.argument(field, name, "[ID!]")? else { return Err(Unplanned) };
        let text = |id| if let Value::String(text) = id { Ok(text) } else { Err(Unplanned) };
        ids.into_iter().map(text).collect()
    }

    /// An argument that takes an input object or a list of them; none when it is absent or null. Whoever reads it is as strict
    /// with what is in it as ordinary execution, so that variables of any type may stand there.
    pub fn input(&self, field: &'a Field, name: &str) -> Result<Option<Value>, Unplanned> {
        let Some(value) = field.get_argument(name) else { return Ok(None) };
        let value = value.node.clone().into_const_with(|name| self.value(&name))?;
        Ok(Some(value).filter(|value| *value != Value::Null))
    }

    fn argument(&self, field: &'a Field, name: &str, of: &str) -> Result<Value, Unplanned> {
        match field.get_argument(name) {
            None => Ok(Value::Null),
            Some(value) => value.node.clone().into_const_with(|name| self.variable(&name, of)),
        }
    }

    /// A variable's value. A variable of another type than the place takes, which the library lets pass, is not for a plan.
    fn variable(&self, name: &Name, of: &str) -> Result<Value, Unplanned> {
        let mut definitions = self.operation.variable_definitions.iter();
        let definition = definitions.find(|definition| definition.node.name.node == *name).ok_or(Unplanned)?;
        if definition.node.var_type.node.base.to_string() != of {
            return Err(Unplanned);
        }
        self.value(name)
    }

    fn value(&self, name: &Name) -> Result<Value, Unplanned> {
        Value::from_json(self.variables.get(name.as_str()).cloned().unwrap_or_default()).map_err(|_| Unplanned)
    }
}

/// Adds a field, or merges it with the one of the same name in the answer: what conflicts was refused before.
fn add<'a>(fields: &mut Vec<AskedField<'a>>, field: &'a Field) {
    let key = field.response_key().node.as_str();
    let below = &field.selection_set.node;
    match fields.iter_mut().find(|present| present.key == key) {
        Some(present) => present.below.push(below),
        None => fields.push(AskedField { key, field, below: vec![below] }),
    }
}

fn uses_variables_below(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| uses_variables(&item.node))
}

fn uses_variables(selection: &Selection) -> bool {
    match selection {
        Selection::Field(field) => {
            let arguments = field.node.arguments.iter().map(|(_, value)| &value.node);
            arguments.clone().any(|value| value.clone().into_const().is_none())
                || uses_variables_below(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => uses_variables_below(&fragment.node.selection_set.node),
        // Its own fragment was looked into by whoever left it out.
        Selection::FragmentSpread(_) => false,
    }
}
