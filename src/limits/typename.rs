//! `__typename`, which async-graphql answers on every type but does not validate.
//!
//! Its validation passes over fields with this name: over arguments and selections that they cannot have, and over their
//! directives, be they unknown, repeated or wrong; and a variable that only they use is unused to it. Executing, it does
//! heed `@skip` and `@include` there. So the first are refused here, and the directives put where validation looks.

use std::mem;

use async_graphql::{
    Pos, Positioned,
    parser::types::{DocumentOperations, ExecutableDocument, Field, InlineFragment, Selection, SelectionSet},
};

use super::Refusal;

/// A mistake, and where it is.
type Mistake = (Pos, String);

/// Refuses each `__typename` with arguments or selections, and moves the directives of others to inline fragments without
/// a type condition: `a: __typename @skip(if: $b)` becomes `... @skip(if: $b) { a: __typename }`, which means the same.
pub(super) fn check(document: &mut ExecutableDocument) -> Result<(), Refusal> {
    let mut first: Option<Mistake> = None;
    let mut unread = selection_sets(document);
    while let Some(set) = unread.pop() {
        for item in &mut set.items {
            if let Selection::Field(field) = &item.node
                && field.node.name.node == "__typename"
            {
                // The first in the text, not of those met: the parser's maps have a random order.
                first = [first, mistake(field)].into_iter().flatten().min();
                wrap(item);
                continue;
            }
            match &mut item.node {
                Selection::Field(field) => unread.push(&mut field.node.selection_set.node),
                Selection::InlineFragment(fragment) => unread.push(&mut fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    match first {
        Some((at, message)) => Err(Refusal::Invalid { message, line: at.line, column: at.column }),
        None => Ok(()),
    }
}

/// The selections of the operations and fragments.
fn selection_sets(document: &mut ExecutableDocument) -> Vec<&mut SelectionSet> {
    let mut sets: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![&mut operation.node.selection_set.node],
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().map(|operation| &mut operation.node.selection_set.node).collect()
        }
    };
    sets.extend(document.fragments.values_mut().map(|fragment| &mut fragment.node.selection_set.node));
    sets
}

fn mistake(typename: &Positioned<Field>) -> Option<Mistake> {
    if let Some((name, _)) = typename.node.arguments.first() {
        return Some((name.pos, format!("Unknown argument \"{}\" on field \"__typename\".", name.node)));
    }
    if !typename.node.selection_set.node.items.is_empty() {
        let message = "Field \"__typename\" must not have a selection since type \"String\" has no subfields";
        return Some((typename.pos, message.to_owned()));
    }
    None
}

/// Moves the selection's directives, if it has any, to an inline fragment around it.
fn wrap(selection: &mut Positioned<Selection>) {
    let directives = mem::take(selection.node.directives_mut());
    if directives.is_empty() {
        return;
    }
    let items = vec![selection.clone()];
    let fragment = InlineFragment {
        type_condition: None,
        directives,
        selection_set: Positioned::new(SelectionSet { items }, selection.pos),
    };
    selection.node = Selection::InlineFragment(Positioned::new(fragment, selection.pos));
}
