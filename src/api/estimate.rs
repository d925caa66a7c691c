//! What an operation may come to, before anything runs: from the document, the types of the schema, and the variables.
//!
//! A page counts as if it were full, and multiplies all that is asked of its rows. Fragments are read where they are spread:
//! the guard ([`crate::limits`]) has bounded what that comes to, so that this takes some thousands of steps at most. It needs
//! no validation: what is no field of the schema comes to nothing, and is refused later.

mod asked;
mod step;
mod walk;

use async_graphql::parser::types::OperationType;

use super::{Question, subscription::EVENT_CHANGES};
use step::Of;
use walk::Walk;

/// The most nodes that one operation may ask for. Pages of a register are far from full: of the largest city's wards, teams
/// and members, asked for in pages of 100, 1,040,404 nodes are asked for and some 9,000 are there. Twice as many is room for
/// that, and no more than four times as many as the values that an answer may have at all.
pub const MAX_NODES: u64 = 2_000_000;

/// Nodes that a point pays for.
pub const NODES_A_POINT: u64 = 100;
/// Points for a field that may have the database go through a whole list.
pub const SCAN_POINTS: u64 = 10;

/// What a request costs, in points: one, and those for its nodes and scans.
pub fn price(nodes: u64, scans: u64) -> u64 {
    1 + nodes / NODES_A_POINT + scans * SCAN_POINTS
}

/// What an operation may come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Nodes of the answer: each row of a page that is read, each object that is looked up or that another one names, each
    /// change of a history, and each group.
    pub nodes: u64,
    /// Fields that may have the database go through a whole list: searches, statistics, groups, lists with a filter or an
    /// order or of the past, and counts of all rows of a type.
    pub scans: u64,
    /// The field with the most nodes of its own.
    pub dearest: Option<Dearest>,
}

/// A field that nodes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dearest {
    /// The way to it in the answer: `city.wards.nodes.teams`.
    pub path: String,
    /// How many they may be, those below them not counted.
    pub nodes: u64,
}

impl Estimate {
    /// What a question may come to.
    pub(super) fn of(question: Question<'_>) -> Self {
        Self::with_event(question, EVENT_CHANGES)
    }

    /// The same, where a subscription is told of so many changes.
    pub(super) fn with_event(question: Question<'_>, changes: usize) -> Self {
        let Some(operation) = question.document.operation(question.operation_name) else { return Self::default() };
        let root = match operation.ty {
            OperationType::Query => Of::Root,
            OperationType::Mutation => Of::Writing,
            OperationType::Subscription => Of::Events(changes as u64),
        };
        let mut walk = Walk::new(question.document.parsed(), question.variables);
        walk.object(root, &[&operation.selection_set.node], 1)
    }

    /// What it may cost, in points.
    pub fn price(&self) -> u64 {
        price(self.nodes, self.scans)
    }

    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.scans += other.scans;
        if other.own() > self.own() {
            self.dearest = other.dearest;
        }
    }

    /// The nodes of its dearest field.
    fn own(&self) -> u64 {
        self.dearest.as_ref().map_or(0, |dearest| dearest.nodes)
    }
}

#[cfg(test)]
mod tests;
