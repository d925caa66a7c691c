//! How often an operation selects the same field of its answer.
//!
//! async-graphql resolves a field as often as it is selected, for each row, and merges the results afterwards. A place in
//! the answer is a path of response keys, and selections of one place may be written in one set, in several fragments, or
//! under parents that are repeated themselves; all these are resolved, so all these count.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

/// The fragments of a document by their names.
type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The most selections that any one place in the answer of any one operation has.
///
/// Puts the fragments in place, so what they come to must have been limited before, and cycles refused.
pub(super) fn most(document: &ExecutableDocument) -> u64 {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    operations.map(|selections| most_of(selections, &document.fragments)).max().unwrap_or(0)
}

fn most_of<'a>(selections: &'a SelectionSet, fragments: &'a Fragments) -> u64 {
    /// The place of an operation itself; others are numbered from 1 as they are met.
    const ROOT: usize = 0;
    // A place is known by the place that it is in and its key, and comes with the number of its selections.
    let mut places: HashMap<(usize, &str), (usize, u64)> = HashMap::new();
    let mut unread = vec![(selections, ROOT)];
    while let Some((set, place)) = unread.pop() {
        for item in &set.items {
            let next = match &item.node {
                Selection::Field(field) => {
                    let new = places.len() + 1;
                    let (under, times) = places.entry((place, &field.node.response_key().node)).or_insert((new, 0));
                    *times += 1;
                    Some((&field.node.selection_set.node, *under))
                }
                Selection::InlineFragment(fragment) => Some((&fragment.node.selection_set.node, place)),
                // One that is not defined has nothing to count.
                Selection::FragmentSpread(spread) => fragments
                    .get(&spread.node.fragment_name.node)
                    .map(|fragment| (&fragment.node.selection_set.node, place)),
            };
            unread.extend(next.filter(|(set, _)| !set.items.is_empty()));
        }
    }
    places.into_values().map(|(_, times)| times).max().unwrap_or(0)
}
