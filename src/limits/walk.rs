//! What a document asks for once its fragments are in place, without putting them in place.
//!
//! Each operation and fragment is read once ([`Definition`]), and each fragment's [`Cost`] is computed once, after those
//! of the fragments it spreads. Nothing here recurses: a chain of fragments is as long as the document, not as deep as
//! its brackets.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::{DocumentLimits, Refusal, within};

/// Where a selection stands, and with how many fields above it.
#[derive(Clone, Copy)]
enum Place {
    Root,
    Data(usize),
    Introspection(usize),
}

impl Place {
    /// The place of what the field `name` selects, if the field stands here.
    fn under(self, name: &str) -> Self {
        match self {
            Self::Root if matches!(name, "__schema" | "__type") => Self::Introspection(1),
            Self::Root => Self::Data(1),
            Self::Data(above) => Self::Data(above + 1),
            Self::Introspection(above) => Self::Introspection(above + 1),
        }
    }
}

/// What an operation or a fragment comes to.
#[derive(Clone, Copy, Default)]
struct Cost {
    selections: u64,
    root_fields: u64,
    depth: usize,
    introspection_depth: usize,
}

impl Cost {
    fn add_field(&mut self, place: Place, name: &str) {
        self.root_fields += u64::from(matches!(place, Place::Root));
        self.reach(place.under(name), 0);
    }

    fn add_fragment(&mut self, place: Place, fragment: Self) {
        self.selections = self.selections.saturating_add(fragment.selections);
        match place {
            Place::Root => {
                self.root_fields = self.root_fields.saturating_add(fragment.root_fields);
                self.depth = self.depth.max(fragment.depth);
                self.introspection_depth = self.introspection_depth.max(fragment.introspection_depth);
            }
            // Not at the root, the fragment's `__schema` is a field like others.
            nested => self.reach(nested, fragment.depth.max(fragment.introspection_depth)),
        }
    }

    /// Notes fields `below` a place.
    fn reach(&mut self, place: Place, below: usize) {
        match place {
            Place::Root => {}
            Place::Data(above) => self.depth = self.depth.max(above + below),
            Place::Introspection(above) => self.introspection_depth = self.introspection_depth.max(above + below),
        }
    }

    /// The larger of each number.
    fn max(self, other: Self) -> Self {
        Self {
            selections: self.selections.max(other.selections),
            root_fields: self.root_fields.max(other.root_fields),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
        }
    }
}

/// An operation or a fragment as it is written.
#[derive(Default)]
struct Definition<'a> {
    /// What it comes to without the fragments it spreads.
    own: Cost,
    spreads: Vec<(&'a str, Place)>,
    aliases: usize,
    directives: usize,
}

impl<'a> Definition<'a> {
    fn read(selections: &'a SelectionSet, directives: usize) -> Self {
        let mut definition = Self { directives, ..Self::default() };
        let mut unread = vec![(selections, Place::Root)];
        while let Some((set, place)) = unread.pop() {
            for item in &set.items {
                unread.extend(definition.add(&item.node, place));
            }
        }
        definition
    }

    /// Counts one selection, and gives what it selects in turn.
    fn add(&mut self, selection: &'a Selection, place: Place) -> Option<(&'a SelectionSet, Place)> {
        self.own.selections += 1;
        self.directives += selection.directives().len();
        match selection {
            Selection::Field(field) => {
                let field = &field.node;
                self.aliases += usize::from(field.alias.is_some());
                self.own.add_field(place, &field.name.node);
                Some((&field.selection_set.node, place.under(&field.name.node)))
            }
            Selection::InlineFragment(fragment) => Some((&fragment.node.selection_set.node, place)),
            Selection::FragmentSpread(spread) => {
                self.spreads.push((&spread.node.fragment_name.node, place));
                None
            }
        }
    }

    /// What it comes to, given what its fragments come to. Fragments without a cost are not defined, and add nothing.
    fn cost(&self, fragments: &HashMap<&str, Option<Cost>>) -> Cost {
        let mut cost = self.own;
        for (name, place) in &self.spreads {
            if let Some(Some(fragment)) = fragments.get(name) {
                cost.add_fragment(*place, *fragment);
            }
        }
        cost
    }
}

/// Checks what can only be counted in a parsed document.
pub(super) fn check(document: &ExecutableDocument, limits: &DocumentLimits) -> Result<(), Refusal> {
    let operations = operations(document);
    let fragments = fragments(document);
    let written = || operations.iter().chain(fragments.iter().map(|(_, fragment)| fragment));
    let aliases: usize = written().map(|definition| definition.aliases).sum();
    let directives: usize = written().map(|definition| definition.directives).sum();
    within("operations", limits.operations as u64, operations.len() as u64)?;
    within("aliases", limits.aliases as u64, aliases as u64)?;
    within("directives", limits.directives as u64, directives as u64)?;

    let costs = costs(&fragments)?;
    let largest = operations.iter().map(|operation| operation.cost(&costs)).fold(Cost::default(), Cost::max);
    // A fragment's selections are limited even where nothing spreads it: validation reads it all the same. Its depth is
    // not, as only where it is spread tells data from introspection.
    let fragment = costs.values().flatten().map(|cost| cost.selections).max().unwrap_or(0);
    within("selections", limits.selections, largest.selections.max(fragment))?;
    within("rootFields", limits.root_fields as u64, largest.root_fields)?;
    within("depth", limits.depth as u64, largest.depth as u64)?;
    within("introspectionDepth", limits.introspection_depth as u64, largest.introspection_depth as u64)
}

/// The document's operations, read.
fn operations(document: &ExecutableDocument) -> Vec<Definition<'_>> {
    let mut operations = Vec::new();
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let on_variables: usize =
            operation.variable_definitions.iter().map(|variable| variable.node.directives.len()).sum();
        let directives = operation.directives.len() + on_variables;
        operations.push(Definition::read(&operation.selection_set.node, directives));
    }
    operations
}

/// The document's fragments, read, in the order in which they are written: the parser's map has a random one, and the
/// fragment named in a refusal should not change from one request to the next.
fn fragments(document: &ExecutableDocument) -> Vec<(&str, Definition<'_>)> {
    let mut fragments: Vec<_> = document.fragments.iter().collect();
    fragments.sort_unstable_by_key(|(_, fragment)| fragment.pos);
    let read = fragments.into_iter().map(|(name, fragment)| {
        let fragment = &fragment.node;
        (name.as_str(), Definition::read(&fragment.selection_set.node, fragment.directives.len()))
    });
    read.collect()
}

/// What each fragment comes to, or the cycle that has no sum.
///
/// Goes from each fragment down its spreads and computes a fragment when all that it spreads is computed. `None` marks
/// the fragments on the way down: to meet one again is to be in a cycle.
fn costs<'a>(fragments: &[(&'a str, Definition<'a>)]) -> Result<HashMap<&'a str, Option<Cost>>, Refusal> {
    let definitions: HashMap<&str, &Definition<'a>> = fragments.iter().map(|(name, read)| (*name, read)).collect();
    let mut costs = HashMap::with_capacity(fragments.len());
    for (name, definition) in fragments {
        if costs.contains_key(name) {
            continue;
        }
        costs.insert(*name, None);
        let mut path = vec![(*name, definition, definition.spreads.iter())];
        while let Some((name, definition, spreads)) = path.last_mut() {
            let Some((spread, _)) = spreads.next() else {
                costs.insert(name, Some(definition.cost(&costs)));
                path.pop();
                continue;
            };
            match (costs.get(spread), definitions.get(spread)) {
                (Some(None), _) => return Err(Refusal::FragmentCycle { name: (*spread).to_owned() }),
                (None, Some(definition)) => {
                    costs.insert(spread, None);
                    path.push((spread, *definition, definition.spreads.iter()));
                }
                (Some(Some(_)), _) | (None, None) => {}
            }
        }
    }
    Ok(costs)
}
