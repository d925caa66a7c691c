//! What a field leads to, and how many of it there may be.

use std::{collections::HashMap, sync::LazyLock};

use async_graphql::Value;

use super::{
    super::{
        changes::{DEFAULT_CHANGES, MAX_CHANGES},
        edit::input::MAX_WRITES,
        group::{DEFAULT_GROUPS, row_behind},
        history::{DEFAULT_HISTORY, HISTORY, MAX_HISTORY},
        input::filter::uncapitalised,
        mutation::Mutation,
        node::MAX_IDS,
        object::Record,
        plan::{Entrance, Field, Other, Shape},
        query::Query,
        resolve::MAX_CANDIDATES,
        types::{City, FormerCity, FormerDistrict, FormerWard, Observation, SERIES, Team, Ward},
    },
    asked::Asked,
};
use crate::{
    roster,
    store::{DEFAULT_ROWS, MAX_ROWS, place::MAX_PLACES},
};

/// What selections are made of.
#[derive(Clone, Copy)]
pub(super) enum Of {
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
    pub(super) fn rows(self) -> (&'static [&'static str], u64) {
        match self {
            Self::Connection(_, page, _) => (&["nodes", "edges", "pageInfo"], page),
            Self::Groups(_, groups) => (&["nodes"], groups),
            Self::Found(hits) => (&["hits"], hits),
            _ => (&[], 0),
        }
    }
}

/// What a field leads to.
pub(super) struct Step {
    /// How many of it there may be.
    pub(super) times: u64,
    /// Whether they are nodes.
    pub(super) nodes: bool,
    /// Whether the database may have to go through a whole list for it.
    pub(super) scan: bool,
    pub(super) of: Of,
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

/// What a field of these objects leads to; nothing if that has no nodes, and nothing is gone through for it.
pub(super) fn step(of: Of, asked: Asked<'_>) -> Option<Step> {
    let name = asked.name();
    match of {
        Of::Root => root(asked),
        Of::Events(changes) => (name == "changes").then(|| Step::to(Of::Event(changes))),
        Of::Event(changes) => (name == "changes").then(|| Step::nodes(changes, Of::Changed)),
        Of::Changes => (name == "changes").then(|| Step::to(Of::Changed)),
        Of::Changed => (name == "node").then(|| Step::nodes(1, Of::Node)),
        Of::Writing => writing(asked),
        Of::Written(_) if name == "results" => Some(Step::to(of)),
        Of::Written(shape) => {
            let is_row = uncapitalised(shape.name) == name || name.strip_prefix("new") == Some(shape.name);
            is_row.then(|| Step::to(Of::Object(shape)))
        }
        Of::Object(shape) => field(shape, asked),
        Of::Connection(shape, page, whole) => match name {
            "nodes" => Some(Step::rows(page, Of::Object(shape))),
            "edges" => Some(Step::rows(page, Of::Edge(shape))),
            "totalCount" if whole => Some(Step::scan(Of::Nothing)),
            "aggregate" => Some(Step::scan(Of::Nothing)),
            "groupBy" => {
                let groups = asked.number("first").map_or(DEFAULT_GROUPS.into(), bounded);
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

fn root(asked: Asked<'_>) -> Option<Step> {
    match asked.name() {
        "node" => Some(Step::nodes(1, Of::Node)),
        "nodes" => {
            let ids = match asked.argument("ids") {
                Some(Value::List(ids)) => ids.len(),
                // One alone stands for a list of one.
                ids => usize::from(ids.is_some()),
            };
            Some(Step::nodes(ids.min(MAX_IDS) as u64, Of::Node))
        }
        "me" => Some(Step::to(Of::Viewer)),
        "team" => Some(Step::nodes(1, Of::Object(Team::shape()))),
        "search" => Some(Step::scan(Of::Found(page(asked)))),
        "changes" => Some(Step::nodes(changes(asked), Of::Changes)),
        HISTORY => Some(history(asked)),
        "resolvePlace" => Some(Step::scan(Of::Resolution)),
        // The whole schema is gone through.
        "__schema" | "__type" => Some(Step::scan(Of::Nothing)),
        name => match Query::entrances().get(name)? {
            Entrance::List(other) => Some(list(other(), true, asked)),
            Entrance::Key(_, _, other) => Some(Step::nodes(1, Of::Object(other()))),
        },
    }
}

/// Each change of a page is a node, whatever is selected of it; without a token there are none.
fn changes(asked: Asked<'_>) -> u64 {
    let most = asked.number("first").unwrap_or(DEFAULT_CHANGES.into());
    match asked.argument("after") {
        Some(_) => u64::try_from(most).unwrap_or(0).min(MAX_CHANGES.into()),
        None => 0,
    }
}

/// Each row that is written is a node of the answer, and has to be looked for.
fn writing(asked: Asked<'_>) -> Option<Step> {
    static WRITES: LazyLock<HashMap<String, Other>> = LazyLock::new(Mutation::writes);
    if asked.name() == "rosterImport" {
        // As many as a file may have: it is read before it is known.
        return Some(Step { scan: true, ..Step::nodes(roster::MAX_ROWS as u64, Of::Nothing) });
    }
    let rows = match asked.argument("input") {
        Some(Value::Object(input)) => match input.get("rows") {
            Some(Value::List(rows)) => rows.len().clamp(1, MAX_WRITES),
            _ => 1,
        },
        _ => 1,
    };
    let of = WRITES.get(asked.name()).map_or(Of::Nothing, |shape| Of::Written(shape()));
    Some(Step { scan: true, ..Step::nodes(rows as u64, of) })
}

fn field(shape: &'static Shape, asked: Asked<'_>) -> Option<Step> {
    let name = asked.name();
    match shape.fields.get(name).map(|(field, _)| *field) {
        Some(Field::One(_, other) | Field::Maybe(_, other)) => Some(Step::nodes(1, Of::Object(other()))),
        Some(Field::Choice(others)) => Some(Step::nodes(1, Of::Choice(others))),
        Some(Field::Many(_, other)) => Some(list(other(), false, asked)),
        Some(Field::Id | Field::Column(_) | Field::Personal(..) | Field::Through(..)) => None,
        None if name == HISTORY => Some(history(asked)),
        // The figures of one place, and their order, are looked for.
        None if name == SERIES => Some(Step { scan: true, ..list(Observation::shape(), false, asked) }),
        // What is no column and no relation is computed.
        None if asked.has_selection() => Some(Step::scan(Of::Nothing)),
        None => None,
    }
}

fn list(shape: &'static Shape, whole: bool, asked: Asked<'_>) -> Step {
    let given = |name| asked.argument(name).is_some();
    let scan = given("filter") || given("orderBy");
    Step { scan, ..Step::to(Of::Connection(shape, page(asked), whole)) }
}

/// Each change of a row is a node. An index has them.
fn history(asked: Asked<'_>) -> Step {
    let changes = asked.number("first").map_or(DEFAULT_HISTORY.into(), bounded);
    Step::nodes(changes.min(MAX_HISTORY.into()), Of::Nothing)
}

/// The rows of a page. What is no size of a page is refused later.
fn page(asked: Asked<'_>) -> u64 {
    let rows = asked.number("first").or_else(|| asked.number("last"));
    rows.map_or(DEFAULT_ROWS.into(), bounded)
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
