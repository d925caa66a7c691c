//! What an operation may come to, before anything runs: from the document, the types of the schema, and the variables.
//!
//! A page counts as if it were full, and multiplies all that is asked of its rows. Fragments are read where they are spread:
//! the guard ([`crate::limits`]) has bounded what that comes to, so that this takes some thousands of steps at most. It needs
//! no validation: what is no field of the schema comes to nothing, and is refused later.

use std::{collections::HashMap, convert::Infallible, sync::LazyLock};

use async_graphql::{
    Name, Positioned, Value,
    parser::types::{Directive, ExecutableDocument, Field as Selected, OperationType, Selection, SelectionSet},
};
use serde_json::{Map, Value as Json};

use super::{
    Question,
    edit::input::MAX_WRITES,
    group::{DEFAULT_GROUPS, row_behind},
    history::{DEFAULT_HISTORY, HISTORY, MAX_HISTORY},
    input::filter::uncapitalised,
    mutation::Mutation,
    node::{MAX_IDS, shapes},
    object::Record,
    plan::{Entrance, Field, Other, Shape},
    query::Query,
    resolve::MAX_CANDIDATES,
    subscription::EVENT_CHANGES,
    types::{City, FormerCity, FormerDistrict, FormerWard, Observation, SERIES, Team, Ward},
};
use crate::{
    roster,
    store::{DEFAULT_ROWS, MAX_ROWS, place::MAX_PLACES},
};

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
        let mut walk =
            Walk { document: question.document.parsed(), variables: question.variables, path: Vec::new(), past: false };
        let root = match operation.ty {
            OperationType::Query => Of::Root,
            OperationType::Mutation => Of::Writing,
            OperationType::Subscription => Of::Events(changes as u64),
        };
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

/// What selections are made of.
#[derive(Clone, Copy)]
enum Of {
    Root,
    /// The root of subscriptions, which tells of so many changes at once.
    Events(u64),
    /// An event with so many changes.
    Event(u64),
    /// A page of the change feed.
    Changes,
    /// An entry of it.
    Changed,
    /// The entrance for writers.
    Writing,
    /// What became of rows of this type that were written.
    Written(&'static Shape),
    Object(&'static Shape),
    /// An object of one of these types.
    Choice(&'static [(&'static str, Other)]),
    /// An object of any type.
    Node,
    /// A list, the rows of its page, and whether it is of all rows there are.
    Connection(&'static Shape, u64, bool),
    Edge(&'static Shape),
    Groups(&'static Shape, u64),
    Group(&'static Shape),
    GroupKey(&'static Shape),
    /// The result of a search with so many hits.
    Found(u64),
    Hit,
    Resolution,
    Candidate,
    /// Who asks.
    Viewer,
    /// Something without nodes.
    Nothing,
}

impl Of {
    /// The rows that are read if one of these fields is asked for.
    fn rows(self) -> (&'static [&'static str], u64) {
        match self {
            Self::Connection(_, page, _) => (&["nodes", "edges", "pageInfo"], page),
            Self::Groups(_, groups) => (&["nodes"], groups),
            Self::Found(hits) => (&["hits"], hits),
            _ => (&[], 0),
        }
    }
}

/// What a field leads to.
struct Step {
    /// How many of it there may be.
    times: u64,
    /// Whether they are nodes.
    nodes: bool,
    /// Whether the database may have to go through a whole list for it.
    scan: bool,
    of: Of,
}

impl Step {
    /// Something that is no node itself.
    fn to(of: Of) -> Self {
        Self { times: 1, nodes: false, scan: false, of }
    }

    /// Nodes by themselves, and not as rows of a list.
    fn nodes(times: u64, of: Of) -> Self {
        Self { nodes: true, ..Self::rows(times, of) }
    }

    /// Something of each row.
    fn rows(times: u64, of: Of) -> Self {
        Self { times, ..Self::to(of) }
    }

    fn scan(of: Of) -> Self {
        Self { scan: true, ..Self::to(of) }
    }
}

/// A field of the answer: all selections of one name, merged.
struct Merged<'a> {
    key: &'a str,
    field: &'a Selected,
    below: Vec<&'a SelectionSet>,
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Json>,
    path: Vec<&'a str>,
    /// Whether it is below a field that is asked as of a day: no index knows the order of a list then.
    past: bool,
}

impl<'a> Walk<'a> {
    /// What is selected of so many objects.
    fn object(&mut self, of: Of, below: &[&'a SelectionSet], times: u64) -> Estimate {
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
            let Some(step) = self.step(of, field) else { continue };
            if matches!(of, Of::Root) {
                self.past = self.argument(field, "asOf").is_some();
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
            let condition = condition.and_then(|condition| condition.into_const_with(|name| self.variable(&name)).ok());
            match directive.name.node.as_str() {
                "skip" => condition == Some(Value::Boolean(true)),
                "include" => condition == Some(Value::Boolean(false)),
                _ => false,
            }
        })
    }

    fn step(&self, of: Of, field: &Selected) -> Option<Step> {
        let name = field.name.node.as_str();
        match of {
            Of::Root => self.root(name, field),
            Of::Events(changes) => (name == "changes").then(|| Step::to(Of::Event(changes))),
            Of::Event(changes) => (name == "changes").then(|| Step::nodes(changes, Of::Changed)),
            Of::Changes => (name == "changes").then(|| Step::to(Of::Changed)),
            Of::Changed => (name == "node").then(|| Step::nodes(1, Of::Node)),
            Of::Writing => self.writing(name, field),
            Of::Written(_) if name == "results" => Some(Step::to(of)),
            Of::Written(shape) => {
                let is_row = uncapitalised(shape.name) == name || name.strip_prefix("new") == Some(shape.name);
                is_row.then(|| Step::to(Of::Object(shape)))
            }
            Of::Object(shape) => self.field(shape, name, field),
            Of::Connection(shape, page, whole) => match name {
                "nodes" => Some(Step::rows(page, Of::Object(shape))),
                "edges" => Some(Step::rows(page, Of::Edge(shape))),
                "totalCount" if whole => Some(Step::scan(Of::Nothing)),
                "aggregate" => Some(Step::scan(Of::Nothing)),
                "groupBy" => {
                    let groups = self.number(field, "first").map_or(DEFAULT_GROUPS.into(), bounded);
                    Some(Step::scan(Of::Groups(shape, groups)))
                }
                _ => None,
            },
            Of::Edge(shape) => (name == "node").then(|| Step::to(Of::Object(shape))),
            Of::Groups(shape, groups) => match name {
                "nodes" => Some(Step::rows(groups, Of::Group(shape))),
                "others" => Some(Step::nodes(1, Of::Nothing)),
                _ => None,
            },
            Of::Group(shape) => (name == "key").then(|| Step::to(Of::GroupKey(shape))),
            Of::GroupKey(shape) => Some(Step::nodes(1, Of::Object(row_behind(shape, name)?))),
            Of::Found(hits) => (name == "hits").then(|| Step::rows(hits, Of::Hit)),
            Of::Hit => (name == "node").then(|| Step::to(Of::Node)),
            Of::Resolution => (name == "candidates").then(|| Step::nodes(MAX_CANDIDATES as u64, Of::Candidate)),
            Of::Candidate => match name {
                "place" => Some(Step::to(Of::Choice(PLACES))),
                "present" => Some(Step::nodes(DEFAULT_ROWS.into(), Of::Choice(PLACES))),
                _ => None,
            },
            // As many as a credential may be limited to.
            Of::Viewer => match name {
                "cities" => Some(Step::nodes(MAX_PLACES as u64, Of::Object(City::shape()))),
                "wards" => Some(Step::nodes(MAX_PLACES as u64, Of::Object(Ward::shape()))),
                _ => None,
            },
            Of::Choice(_) | Of::Node | Of::Nothing => None,
        }
    }

    fn root(&self, name: &str, field: &Selected) -> Option<Step> {
        match name {
            "node" => Some(Step::nodes(1, Of::Node)),
            "nodes" => {
                let ids = match self.argument(field, "ids") {
                    Some(Value::List(ids)) => ids.len(),
                    // One alone stands for a list of one.
                    ids => usize::from(ids.is_some()),
                };
                Some(Step::nodes(ids.min(MAX_IDS) as u64, Of::Node))
            }
            "me" => Some(Step::to(Of::Viewer)),
            "team" => Some(Step::nodes(1, Of::Object(Team::shape()))),
            "search" => Some(Step::scan(Of::Found(self.page(field)))),
            "changes" => Some(Step::rows(self.number(field, "first").map_or(100, bounded), Of::Changes)),
            HISTORY => Some(self.history(field)),
            "resolvePlace" => Some(Step::scan(Of::Resolution)),
            // The whole schema is gone through.
            "__schema" | "__type" => Some(Step::scan(Of::Nothing)),
            name => match Query::entrances().get(name)? {
                Entrance::List(other) => Some(self.list(other(), field, true)),
                Entrance::Key(_, _, other) => Some(Step::nodes(1, Of::Object(other()))),
            },
        }
    }

    /// Each row that is written is a node of the answer, and has to be looked for.
    fn writing(&self, name: &str, field: &Selected) -> Option<Step> {
        static WRITES: LazyLock<HashMap<String, Other>> = LazyLock::new(Mutation::writes);
        if name == "rosterImport" {
            // As many as a file may have: it is read before it is known.
            return Some(Step { scan: true, ..Step::nodes(roster::MAX_ROWS as u64, Of::Nothing) });
        }
        let rows = match self.argument(field, "input") {
            Some(Value::Object(input)) => match input.get("rows") {
                Some(Value::List(rows)) => rows.len().clamp(1, MAX_WRITES),
                _ => 1,
            },
            _ => 1,
        };
        let of = WRITES.get(name).map_or(Of::Nothing, |shape| Of::Written(shape()));
        Some(Step { scan: true, ..Step::nodes(rows as u64, of) })
    }

    fn field(&self, shape: &'static Shape, name: &str, field: &Selected) -> Option<Step> {
        match shape.fields.get(name).map(|(field, _)| *field) {
            Some(Field::One(_, other) | Field::Maybe(_, other)) => Some(Step::nodes(1, Of::Object(other()))),
            Some(Field::Choice(others)) => Some(Step::nodes(1, Of::Choice(others))),
            Some(Field::Many(_, other)) => Some(self.list(other(), field, false)),
            Some(Field::Id | Field::Column(_) | Field::Personal(..) | Field::Through(..)) => None,
            None if name == HISTORY => Some(self.history(field)),
            // The figures of one place, and their order, are looked for.
            None if name == SERIES => Some(Step { scan: true, ..self.list(Observation::shape(), field, false) }),
            // What is no column and no relation is computed.
            None if !field.selection_set.node.items.is_empty() => Some(Step::scan(Of::Nothing)),
            None => None,
        }
    }

    fn list(&self, shape: &'static Shape, field: &Selected, whole: bool) -> Step {
        let given = |name| self.argument(field, name).is_some();
        let scan = given("filter") || given("orderBy");
        Step { scan, ..Step::to(Of::Connection(shape, self.page(field), whole)) }
    }

    /// Each change of a row is a node. An index has them.
    fn history(&self, field: &Selected) -> Step {
        let changes = self.number(field, "first").map_or(DEFAULT_HISTORY.into(), bounded);
        Step::nodes(changes.min(MAX_HISTORY.into()), Of::Nothing)
    }

    /// The rows of a page. What is no size of a page is refused later.
    fn page(&self, field: &Selected) -> u64 {
        let rows = self.number(field, "first").or_else(|| self.number(field, "last"));
        rows.map_or(DEFAULT_ROWS.into(), bounded)
    }

    fn number(&self, field: &Selected, name: &str) -> Option<i64> {
        match self.argument(field, name)? {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// An argument's value; none if it is absent or null.
    fn argument(&self, field: &Selected, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone().into_const_with(|name| self.variable(&name));
        value.ok().filter(|value| *value != Value::Null)
    }

    /// As much of a variable as matters here.
    fn variable(&self, name: &Name) -> Result<Value, Infallible> {
        Ok(match self.variables.get(name.as_str()) {
            None | Some(Json::Null) => Value::Null,
            Some(Json::Number(number)) => Value::Number(number.clone()),
            Some(Json::Array(values)) => Value::List(vec![Value::Null; values.len()]),
            Some(Json::Bool(truth)) => Value::Boolean(*truth),
            // That it is there.
            Some(Json::String(_) | Json::Object(_)) => Value::Boolean(true),
        })
    }
}

/// The types of places.
const PLACES: &[(&str, Other)] = &[
    ("city", City::shape),
    ("ward", Ward::shape),
    ("former_city", FormerCity::shape),
    ("former_district", FormerDistrict::shape),
    ("former_ward", FormerWard::shape),
];

/// The rows of a page that has any.
fn bounded(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0).min(MAX_ROWS.into())
}

/// Adds a field, or merges it with the one of the same name.
fn merge<'a>(fields: &mut Vec<Merged<'a>>, field: &'a Selected) {
    let (key, below) = (field.response_key().node.as_str(), &field.selection_set.node);
    match fields.iter_mut().find(|present| present.key == key) {
        Some(present) => present.below.push(below),
        None => fields.push(Merged { key, field, below: vec![below] }),
    }
}

#[cfg(test)]
mod tests;
