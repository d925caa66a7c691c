//! The walk through what a document selects: what stands below a field counts as often as the field may be there.

use async_graphql::{
    Positioned, Value,
    parser::types::{Directive, ExecutableDocument, Field as Selected, Selection, SelectionSet},
};
use serde_json::{Map, Value as Json};

use super::{
    super::{history::HISTORY, node::shapes, plan::Shape},
    Dearest, Estimate,
    asked::{Asked, Variables},
    step::{Of, step},
};

/// A field of the answer: all selections of one name, merged.
struct Merged<'a> {
    key: &'a str,
    field: &'a Selected,
    below: Vec<&'a SelectionSet>,
}

/// A walk through a document.
pub(super) struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: Variables<'a>,
    path: Vec<&'a str>,
    /// Whether it is below a field that is asked as of a day: no index knows the order of a list then.
    past: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(document: &'a ExecutableDocument, variables: &'a Map<String, Json>) -> Self {
        Self { document, variables: Variables(variables), path: Vec::new(), past: false }
    }

    /// What is selected of so many objects.
    pub(super) fn object(&mut self, of: Of, below: &[&'a SelectionSet], times: u64) -> Estimate {
        match of {
            Of::Nothing => Estimate::default(),
            Of::Choice(others) => self.any(others.iter().map(|(_, other)| other()), below, times),
            Of::Node => self.any(shapes(), below, times),
            Of::Object(shape) => self.fields(of, self.merged(below, |condition| shape.is(condition), None), times),
            of => self.fields(of, self.merged(below, |_| true, None), times),
        }
    }

    /// What is selected of an object that has one of several types: the most that it may come to. Of an interface itself
    /// nothing but a history is selected that leads to nodes, so only that counts, and what is asked of just this type.
    fn any(
        &mut self,
        shapes: impl Iterator<Item = &'static Shape>,
        below: &[&'a SelectionSet],
        times: u64,
    ) -> Estimate {
        let mut most = Estimate::default();
        for shape in shapes {
            let fields = self.merged(below, |condition| shape.is(condition), Some(shape.name));
            let estimate = self.fields(Of::Object(shape), fields, times);
            if (estimate.price(), estimate.nodes) > (most.price(), most.nodes) {
                most = estimate;
            }
        }
        most
    }

    fn fields(&mut self, of: Of, fields: Vec<Merged<'a>>, times: u64) -> Estimate {
        let mut all = Estimate::default();
        let (read_by, rows) = of.rows();
        if fields.iter().any(|merged| read_by.contains(&merged.field.name.node.as_str())) {
            all.add(self.own(times.saturating_mul(rows)));
        }
        for Merged { key, field, below } in fields {
            let asked = Asked { field, variables: self.variables };
            let Some(step) = step(of, asked) else { continue };
            if matches!(of, Of::Root) {
                self.past = asked.argument("asOf").is_some();
            }
            self.path.push(key);
            let times = times.saturating_mul(step.times);
            if step.nodes {
                all.add(self.own(times));
            }
            all.scans += u64::from(step.scan || self.past && matches!(step.of, Of::Connection(..)));
            all.add(self.object(step.of, &below, times));
            self.path.pop();
        }
        all
    }

    /// The nodes of the field where the walk is, without those below it.
    fn own(&self, nodes: u64) -> Estimate {
        Estimate { nodes, scans: 0, dearest: Some(Dearest { path: self.path.join("."), nodes }) }
    }

    /// The fields that are selected of an object, where `is` says which types it has; if `only` is given, those alone that
    /// are asked of objects of just this type, and histories.
    fn merged(&self, below: &[&'a SelectionSet], is: impl Fn(&str) -> bool, only: Option<&str>) -> Vec<Merged<'a>> {
        let mut fields: Vec<Merged<'a>> = Vec::new();
        let mut unread: Vec<(&'a SelectionSet, bool)> = below.iter().rev().map(|set| (*set, only.is_none())).collect();
        // A chain of fragments is as long as the document: nothing here recurses.
        while let Some((set, asked)) = unread.pop() {
            for Positioned { node: selection, .. } in &set.items {
                let (directives, condition, below) = match selection {
                    Selection::Field(field) => (&field.node.directives, None, &field.node.selection_set.node),
                    Selection::InlineFragment(fragment) => {
                        let condition = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                        (&fragment.node.directives, condition, &fragment.node.selection_set.node)
                    }
                    Selection::FragmentSpread(spread) => {
                        // One that is not defined is refused later.
                        let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) else {
                            continue;
                        };
                        let condition = Some(&fragment.node.type_condition.node.on.node);
                        (&spread.node.directives, condition, &fragment.node.selection_set.node)
                    }
                };
                if self.is_left_out(directives) || !condition.is_none_or(|condition| is(condition)) {
                    continue;
                }
                let asked = asked || condition.is_some_and(|condition| Some(condition.as_str()) == only);
                match selection {
                    Selection::Field(field) if asked || field.node.name.node == HISTORY => {
                        merge(&mut fields, &field.node)
                    }
                    Selection::Field(_) => {}
                    _ => unread.push((below, asked)),
                }
            }
        }
        fields
    }

    fn is_left_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|Positioned { node: directive, .. }| {
            let condition = directive.get_argument("if").map(|condition| condition.node.clone());
            let condition =
                condition.and_then(|condition| condition.into_const_with(|name| self.variables.get(&name)).ok());
            match directive.name.node.as_str() {
                "skip" => condition == Some(Value::Boolean(true)),
                "include" => condition == Some(Value::Boolean(false)),
                _ => false,
            }
        })
    }
}

/// Adds a field, or merges it with the one of the same name.
fn merge<'a>(fields: &mut Vec<Merged<'a>>, field: &'a Selected) {
    let (key, below) = (field.response_key().node.as_str(), &field.selection_set.node);
    match fields.iter_mut().find(|present| present.key == key) {
        Some(present) => present.below.push(below),
        None => fields.push(Merged { key, field, below: vec![below] }),
    }
}
