//! What a document asks for once its fragments are in place, without putting them in place.
//!
//! Each operation and fragment is read once ([`Definition`]), and each fragment's [`Cost`] is computed once, after those
//! of the fragments it spreads. Nothing here recurses: a chain of fragments is as long as the document, not as deep as
//! its brackets.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::{DocumentLimits, Refusal, within};

/// The fields of introspection that list types, or lead to one type for each of what they list.
const LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// Where a selection stands in an operation or a fragment.
#[derive(Clone, Copy)]
struct Place {
    area: Area,
    /// Fields above it.
    above: usize,
    /// Those of them that are named in [`LISTS`].
    lists: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Area {
    Root,
    Data,
    Introspection,
}

impl Place {
    const ROOT: Self = Self { area: Area::Root, above: 0, lists: 0 };

    /// The place of what the field `name` selects, if the field stands here.
    fn under(self, name: &str) -> Self {
        let area = match self.area {
            Area::Root if matches!(name, "__schema" | "__type") => Area::Introspection,
            Area::Root => Area::Data,
            below => below,
        };
        Self { area, above: self.above + 1, lists: self.lists + usize::from(LISTS.contains(&name)) }
    }
}

/// What an operation or a fragment comes to.
#[derive(Clone, Copy, Default)]
struct Cost {
    selections: u64,
    root_fields: u64,
    depth: usize,
    introspection_depth: usize,
    introspection_lists: usize,
    introspection_selections: u64,
    /// Fields named in [`LISTS`] on one path, introspection or not: what a fragment adds where it is spread in
    /// introspection.
    lists: usize,
}

impl Cost {
    /// Adds a selection, whatever it is.
    fn add_selection(&mut self, place: Place) {
        self.selections += 1;
        self.introspection_selections += u64::from(place.area == Area::Introspection);
    }

    /// Adds what makes a selection the field `name`.
    fn add_field(&mut self, place: Place, name: &str) {
        let under = place.under(name);
        if place.area == Area::Root {
            self.root_fields += 1;
            self.introspection_selections += u64::from(under.area == Area::Introspection);
        }
        self.reach(under, 0, 0);
    }

    fn add_fragment(&mut self, place: Place, fragment: Self) {
        self.selections = self.selections.saturating_add(fragment.selections);
        let introspection = match place.area {
            Area::Root => fragment.introspection_selections,
            Area::Data => 0,
            Area::Introspection => fragment.selections,
        };
        self.introspection_selections = self.introspection_selections.saturating_add(introspection);
        if place.area == Area::Root {
            self.root_fields = self.root_fields.saturating_add(fragment.root_fields);
            self.deepen(fragment);
        } else {
            // Not at the root, the fragment's `__schema` is a field like others.
            self.reach(place, fragment.depth.max(fragment.introspection_depth), fragment.lists);
        }
    }

    /// Notes a path that goes on below a place: by so many `fields`, and so many `lists` among them.
    fn reach(&mut self, place: Place, fields: usize, lists: usize) {
        let (depth, lists) = (place.above + fields, place.lists + lists);
        let path = match place.area {
            Area::Root | Area::Data => Self { depth, lists, ..Self::default() },
            Area::Introspection => {
                Self { introspection_depth: depth, introspection_lists: lists, lists, ..Self::default() }
            }
        };
        self.deepen(path);
    }

    /// The larger of each number that is of one path.
    fn deepen(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.lists = self.lists.max(other.lists);
    }

    /// The larger of each number.
    fn max(mut self, other: Self) -> Self {
        self.deepen(other);
        self.selections = self.selections.max(other.selections);
        self.root_fields = self.root_fields.max(other.root_fields);
        self.introspection_selections = self.introspection_selections.max(other.introspection_selections);
        self
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
        let mut unread = vec![(selections, Place::ROOT)];
        while let Some((set, place)) = unread.pop() {
            for item in &set.items {
                unread.extend(definition.add(&item.node, place));
            }
        }
        definition
    }

    /// Counts one selection, and gives what it selects in turn.
    fn add(&mut self, selection: &'a Selection, place: Place) -> Option<(&'a SelectionSet, Place)> {
        self.own.add_selection(place);
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
    within("introspectionDepth", limits.introspection_depth as u64, largest.introspection_depth as u64)?;
    within("introspectionLists", limits.introspection_lists as u64, largest.introspection_lists as u64)?;
    within("introspectionSelections", limits.introspection_selections, largest.introspection_selections)
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
