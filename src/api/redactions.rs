//! What an answer leaves out because of who asks, told once for each field, whatever rows there are.

use std::collections::BTreeMap;

use async_graphql::parser::types::{Selection, SelectionSet};
use serde::Serialize;

use super::{
    node::{shape_named, shapes},
    object::Record,
    plan::{Asked, Entrance, Field, Shape},
    query::Query,
    types::Member,
};
use crate::{
    auth::Scope,
    store::{Sight, TableInfo},
};

/// A field of which something is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redaction {
    /// What the schema calls it: `Member.phone`.
    pub field: String,
    /// The scope that shows it.
    pub scope: &'static str,
    /// What is left out, for people.
    pub message: &'static str,
}

/// What is left out of an answer.
#[derive(Clone, Debug, Default)]
pub struct Redactions {
    /// Each field once, in the order of their names.
    pub notices: Vec<Redaction>,
    /// Whether personal data are asked for.
    pub personal: bool,
}

const PERSONAL: &str = "Personal data: null.";
const HIDDEN: &str = "These rows may not be seen: there are none here.";
const FEW: &str = "People are not counted as of a day, where they are fewer than 5, or where other counts would tell how many they are: null then.";

impl Redactions {
    /// What is left out of the answer to what is asked.
    pub fn of(asked: Asked<'_>, sight: &Sight) -> Self {
        let mut walk = Walk { asked, sight, found: BTreeMap::new(), personal: false };
        walk.set(&asked.operation.selection_set.node, At::Root);
        let notice = |(field, (scope, message)): (String, (Scope, &'static str))| Redaction {
            field,
            scope: scope.as_str(),
            message,
        };
        Self { notices: walk.found.into_iter().map(notice).collect(), personal: walk.personal }
    }
}

/// What fields are selected of.
#[derive(Clone)]
enum At {
    Root,
    Object(&'static Shape),
    /// The list of this name, and the type of its rows.
    List(String, &'static Shape),
    Edges(&'static Shape),
    /// Something that only a fragment says the type of.
    Unknown,
}

struct Walk<'a> {
    asked: Asked<'a>,
    sight: &'a Sight,
    found: BTreeMap<String, (Scope, &'static str)>,
    personal: bool,
}

impl Walk<'_> {
    fn set(&mut self, set: &SelectionSet, at: At) {
        for selection in &set.items {
            let (directives, condition, below) = match &selection.node {
                Selection::Field(field) => (&field.node.directives, None, &field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    (&fragment.node.directives, condition, &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.asked.document.fragments.get(&spread.node.fragment_name.node);
                    let Some(fragment) = fragment else { continue };
                    let condition = &fragment.node.type_condition.node.on.node;
                    (&spread.node.directives, Some(condition), &fragment.node.selection_set.node)
                }
            };
            if !self.asked.includes(directives) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    if let Some(below_at) = self.field(field.node.name.node.as_str(), &at) {
                        self.set(below, below_at);
                    }
                }
                _ => {
                    if let Some(at) = self.narrowed(&at, condition.map(|name| name.as_str())) {
                        self.set(below, at);
                    }
                }
            }
        }
    }

    /// What a fragment's fields are selected of; nothing where they may not be seen, or are of another type.
    fn narrowed(&mut self, at: &At, condition: Option<&str>) -> Option<At> {
        match (at, condition.and_then(shape_named)) {
            (At::Object(shape), Some(named)) if shape.name != named.name => None,
            (At::Unknown, Some(named)) if self.is_hidden(named.name.to_owned(), named.table) => None,
            (At::Unknown, Some(named)) => Some(At::Object(named)),
            _ => Some(at.clone()),
        }
    }

    /// What is selected below a field; nothing where that may not be seen.
    fn field(&mut self, name: &str, at: &At) -> Option<At> {
        match at {
            At::Root => Some(match Query::entrances().get(name) {
                Some(Entrance::List(shape)) => At::List(format!("Query.{name}"), shape()),
                Some(Entrance::Key(_, _, shape)) => At::Object(shape()),
                None => At::Unknown,
            }),
            At::Object(shape) => self.of_object(name, shape),
            At::List(list, shape) => match name {
                "totalCount" | "aggregate" if self.sight.hides(shape.table) => {
                    let message = if shape.table.name == "member" { FEW } else { HIDDEN };
                    self.note(format!("{list}.{name}"), shape.table, message);
                    None
                }
                "nodes" | "edges" | "pageInfo" if self.is_hidden(list.clone(), shape.table) => None,
                "nodes" => Some(At::Object(shape)),
                "edges" => Some(At::Edges(shape)),
                _ => Some(At::Unknown),
            },
            At::Edges(shape) if name == "node" => Some(At::Object(shape)),
            At::Edges(_) => Some(At::Unknown),
            At::Unknown => Some(self.of_unknown(name)),
        }
    }

    /// Of something whose type is not known here only the name tells what a field leads to: it means the same wherever it
    /// leads to rows that not everyone may see.
    fn of_unknown(&mut self, name: &str) -> At {
        for shape in shapes() {
            match shape.fields.get(name).map(|(field, _)| *field) {
                Some(Field::Personal(_)) => {
                    self.of_object(name, shape);
                }
                Some(Field::Many(_, other)) if other().table.is_guarded() => {
                    return At::List(other().name.to_owned(), other());
                }
                Some(Field::One(_, other) | Field::Maybe(_, other)) if other().table.is_guarded() => {
                    self.is_hidden(other().name.to_owned(), other().table);
                    return At::Object(other());
                }
                _ => {}
            }
        }
        At::Unknown
    }

    fn of_object(&mut self, name: &str, shape: &'static Shape) -> Option<At> {
        let coordinate = || format!("{}.{name}", shape.name);
        match shape.fields.get(name).map(|(field, _)| *field) {
            Some(Field::Personal(personal)) => {
                self.personal = true;
                if !self.sight.personal {
                    self.found.insert(personal.coordinate.to_owned(), (Scope::MembersPersonal, PERSONAL));
                }
                None
            }
            Some(Field::One(_, other) | Field::Maybe(_, other)) => {
                (!self.is_hidden(coordinate(), other().table)).then(|| At::Object(other()))
            }
            Some(Field::Many(_, other)) => Some(At::List(coordinate(), other())),
            _ => {
                if (shape.name, name) == ("Observation", "counted") && self.sight.hides(Member::shape().table) {
                    self.note(coordinate(), Member::shape().table, FEW);
                }
                Some(At::Unknown)
            }
        }
    }

    /// Whether a table's rows may not be seen, which is then noted of the field that leads to them.
    fn is_hidden(&mut self, field: String, table: &'static TableInfo) -> bool {
        let hidden = self.sight.hides(table);
        if hidden {
            self.note(field, table, HIDDEN);
        }
        hidden
    }

    fn note(&mut self, field: String, table: &'static TableInfo, message: &'static str) {
        self.found.insert(field, (Scope::to_see(table), message));
    }
}
