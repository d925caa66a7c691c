//! Selections of one name that mean different fields, wherever in a document they stand.
//!
//! The library looks at those side by side. But one may stand in a fragment of the object's own type, or below a field that is
//! selected in two places: then it resolves both, and what an answer has, and costs, is an accident.
//! (GraphQL, 5.3.2, Field Selection Merging: <https://spec.graphql.org/September2025/#sec-Field-Selection-Merging>.)

use std::{collections::HashMap, rc::Rc};

use async_graphql::{
    Positioned, ServerError,
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
};

use super::node::shapes;

/// What a selection was decided to be of: at a place of several types, one of them. An object is of one type, so selections that
/// are decided differently never meet.
type Decisions<'a> = Option<Rc<Decision<'a>>>;

struct Decision<'a> {
    place: usize,
    of: &'a str,
    before: Decisions<'a>,
}

/// A field that is selected at a place.
struct Selected<'a> {
    field: &'a Positioned<Field>,
    decisions: Decisions<'a>,
}

/// A place in the answer: the place that it is in, and its name there.
type Place<'a> = (usize, &'a str);

/// The first two selections of a document that conflict, as the library says it of others.
///
/// The guard ([`crate::limits`]) has bounded how many there are, in all and at one place.
pub(super) fn conflict(document: &ExecutableDocument) -> Option<ServerError> {
    document.operations.iter().find_map(|(_, operation)| of(document, &operation.node.selection_set.node))
}

fn of<'a>(document: &'a ExecutableDocument, selections: &'a SelectionSet) -> Option<ServerError> {
    /// The place of the operation itself; others are numbered from 1 as they are met.
    const ROOT: usize = 0;
    let mut places: HashMap<Place<'a>, (usize, Vec<Selected<'a>>)> = HashMap::new();
    let mut unread: Vec<(&SelectionSet, usize, Decisions<'a>)> = vec![(selections, ROOT, None)];
    while let Some((set, place, decisions)) = unread.pop() {
        for item in &set.items {
            let (condition, below) = match &item.node {
                Selection::Field(field) => {
                    let number = places.len() + 1;
                    let key = (place, field.node.response_key().node.as_str());
                    let (number, selected) = places.entry(key).or_insert_with(|| (number, Vec::new()));
                    let new = Selected { field, decisions: decisions.clone() };
                    if let Some(error) = selected.iter().find_map(|other| conflicting(other, &new)) {
                        return Some(error);
                    }
                    selected.push(new);
                    unread.push((&field.node.selection_set.node, *number, decisions.clone()));
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    (condition, &fragment.node.selection_set.node)
                }
                // One that is not defined was refused before.
                Selection::FragmentSpread(spread) => match document.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => {
                        (Some(&fragment.node.type_condition.node.on.node), &fragment.node.selection_set.node)
                    }
                    None => continue,
                },
            };
            let of = condition.map(|name| name.as_str()).filter(|name| shapes().any(|shape| shape.name == *name));
            let decisions = match of {
                Some(of) => Some(Rc::new(Decision { place, of, before: decisions.clone() })),
                None => decisions.clone(),
            };
            unread.push((below, place, decisions));
        }
    }
    None
}

fn conflicting(one: &Selected<'_>, other: &Selected<'_>) -> Option<ServerError> {
    let (first, second) = (&one.field.node, &other.field.node);
    let because = if first.name.node != second.name.node {
        format!("\"{}\" and \"{}\" are different fields", first.name.node, second.name.node)
    } else if !same_arguments(first, second) {
        "they have differing arguments".to_owned()
    } else {
        return None;
    };
    if never_meet(&one.decisions, &other.decisions) {
        return None;
    }
    let message = format!(
        "Fields \"{}\" conflict because {because}. Use different aliases on the fields to fetch both if this was intentional.",
        first.response_key().node
    );
    let mut error = ServerError::new(message, Some(one.field.pos));
    error.locations.push(other.field.pos);
    error.locations.sort_unstable();
    Some(error)
}

/// Whether two selections of a field say the same of it, in whatever order.
fn same_arguments(one: &Field, other: &Field) -> bool {
    one.arguments.len() == other.arguments.len()
        && one
            .arguments
            .iter()
            .all(|(name, value)| other.get_argument(&name.node).is_some_and(|other| other.node == value.node))
}

/// Whether two selections are decided to be of different types somewhere.
fn never_meet(one: &Decisions<'_>, other: &Decisions<'_>) -> bool {
    all(one).any(|first| all(other).any(|second| first.place == second.place && first.of != second.of))
}

fn all<'d, 'a>(decisions: &'d Decisions<'a>) -> impl Iterator<Item = &'d Decision<'a>> {
    std::iter::successors(decisions.as_deref(), |decision| decision.before.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_that_may_meet_mean_the_same() {
        let conflicting = [
            ("{ a: x a: y }", "\"a\""),
            ("{ x(a: 1) x(a: 2) }", "\"x\""),
            ("{ x(a: 1) x }", "\"x\""),
            // In fragments of the same object, on either side.
            ("{ city { ... on City { x: wards } x: name } }", "\"x\""),
            ("{ city { x: name ... { x: wards } } }", "\"x\""),
            ("{ city { ...F ...G } } fragment F on City { x: wards } fragment G on City { x: name }", "\"x\""),
            // Below a field that is selected twice.
            ("{ ... on Query { city { x: wards } } city { x: name } }", "\"x\""),
            (
                "{ ...F ...G } fragment F on Query { city { wards(first: 200) { a } } } fragment G on Query { city { wards(first: 0) { a } } }",
                "\"wards\"",
            ),
            // Of an interface, and of one of its types.
            ("{ node { ... on Node { x: id } ... on City { x: wards } } }", "\"x\""),
            ("{ node { ... on City { x: id } ... on City { x: code } ... on Ward { x: name } } }", "\"x\""),
            ("{ node { ... on City { y { x: id } } ... on Ward { y { x: id } } y { x: code } } }", "\"x\""),
        ];
        for (text, name) in conflicting {
            let document = async_graphql::parser::parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let error = conflict(&document).unwrap_or_else(|| panic!("{text}: no conflict"));
            assert!(error.message.starts_with(&format!("Fields {name} conflict")), "{text}: {}", error.message);
            assert_eq!(error.locations.len(), 2, "{text}");
        }
    }

    #[test]
    fn others_may_differ() {
        let free = [
            "{ x(a: 1, b: $c) x(b: $c, a: 1) { y } }",
            "{ a: x b: x(a: 1) }",
            "{ node { ... on City { x: wards(first: 1) { y } } ... on Ward { x: teams { z: y } } } }",
            "{ node { ... on City { y { x: id } } ... on Ward { y { x: code } } } }",
            "query A { x: a } query B { x: b }",
            "{ a { x: b } c { x: d } }",
        ];
        for text in free {
            let document = async_graphql::parser::parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(conflict(&document).is_none(), "{text}");
        }
    }
}
