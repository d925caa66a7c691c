mod ways;

use serde_json::{Map, Value as Json};

use super::*;
use crate::{api::Documents, limits::DocumentLimits};

fn estimate(text: &str, variables: &Json) -> Estimate {
    let documents = Documents::new(1_048_576);
    let document = documents.parse(text.to_owned(), &DocumentLimits::default());
    let document = document.unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    let none = Map::new();
    let variables = variables.as_object().unwrap_or(&none);
    Estimate::of(Question { document: &document, operation_name: None, variables, file: None })
}

/// A query, its nodes and scans, and the way to the field with the most nodes.
type Case = (&'static str, u64, u64, &'static str);

const CASES: [Case; 43] = [
    ("{ __typename }", 0, 0, ""),
    ("{ city(code: \"92\") { name } }", 1, 0, "city"),
    ("{ wards { nodes { name } } }", 20, 0, "wards"),
    ("{ wards(first: 7) { nodes { name } } }", 7, 0, "wards"),
    ("{ wards(last: 7) { edges { cursor } } }", 7, 0, "wards"),
    ("{ wards(first: null) { nodes { name } pageInfo { endCursor } totalCount } }", 20, 1, "wards"),
    ("{ wards(first: 7) { edges { node { name } } nodes { name } pageInfo { endCursor } } }", 7, 0, "wards"),
    ("{ wards(first: 7) { pageInfo { endCursor } } }", 7, 0, "wards"),
    ("{ wards(first: 7) { edges { node { city { name } } } nodes { city { name } } } }", 21, 0, "wards"),
    ("{ wards { totalCount } }", 0, 1, ""),
    ("{ city(code: \"92\") { wards { totalCount } } }", 1, 0, "city"),
    // What is no page is refused later; here it is the largest one, or none.
    ("{ wards(first: 1000000) { nodes { name } } }", 200, 0, "wards"),
    ("{ wards(first: -1) { nodes { name } } }", 0, 0, ""),
    // Pages multiply, and rows that rows name are nodes.
    ("{ wards(first: 10) { nodes { city { name } teams(first: 5) { nodes { name } } } } }", 70, 0, "wards.nodes.teams"),
    (
        "{ city(code: \"92\") { w: wards(first: 2) { nodes { t: teams(first: 3) { nodes { name } } } } } }",
        9,
        0,
        "city.w.nodes.t",
    ),
    // Selections of one field are one.
    ("{ wards(first: 10) { nodes { name } } wards(first: 10) { nodes { code city { name } } } }", 20, 0, "wards"),
    (
        "{ ...A ...B } fragment A on Query { wards(first: 9) { ...C } } fragment B on Query { wards(first: 9) { ...C } } fragment C on WardConnection { nodes { name } }",
        9,
        0,
        "wards",
    ),
    ("{ a: wards(first: 9) { nodes { name } } b: wards(first: 9) { nodes { name } } }", 18, 0, "a"),
    // What is left out is not there; what a variable leaves open may be.
    ("{ wards @skip(if: true) { nodes { name } } cities(first: 3) @include(if: false) { nodes { name } } }", 0, 0, ""),
    (
        "{ wards { ... @include(if: false) { nodes { name } } ... @skip(if: false) { nodes { name } } } }",
        20,
        0,
        "wards",
    ),
    // Of an object of several types the most.
    (
        "{ node(id: \"x\") { id ... on City { wards(first: 50) { nodes { name } } } ... on Ward { teams(first: 9) { nodes { name } } } } }",
        51,
        0,
        "node.wards",
    ),
    (
        "{ observations(first: 2) { nodes { place { name ... on Place { ... on City { wards(first: 5) { nodes { name } } } } } } } }",
        14,
        0,
        "observations.nodes.place.wards",
    ),
    ("{ node(id: \"x\") { wards { nodes { name } } } }", 1, 0, "node"),
    (
        "{ nodes(ids: [\"a\", \"b\", \"c\"]) { ... on Team { members(first: 4) { nodes { fullName } } } } }",
        15,
        0,
        "nodes.members",
    ),
    ("{ team(wardCode: \"31120\", code: \"01\") { members { nodes { fullName } } } }", 21, 0, "team.members"),
    ("{ search(query: \"an\", first: 30) { hits { text node { ... on Ward { city { name } } } } } }", 60, 1, "search"),
    (
        "{ resolvePlace(text: \"an hoa\") { candidates { place { name } present { name } } } }",
        420,
        1,
        "resolvePlace.candidates.present",
    ),
    // Statistics, groups, filters and orders may go through a whole list.
    (
        "{ wards(filter: {}, first: 3) { nodes { name } } cities(orderBy: [], first: 3) { nodes { name } } }",
        6,
        2,
        "wards",
    ),
    (
        "{ teams { aggregate { count } groupBy(by: [WARD], first: 8) { nodes { key { ward { city { name } } status } count } others { count } } } }",
        25,
        2,
        "teams.groupBy",
    ),
    // So do all lists of the past, and no others.
    (
        "{ ward(code: \"31510\", asOf: \"2026-12-31\") { teams(first: 2) { nodes { members(first: 3) { nodes { id } } } } } wards(first: 4) { nodes { teams(first: 5) { nodes { id } } } } }",
        33,
        2,
        "wards.nodes.teams",
    ),
    ("{ observations(first: 4) { nodes { counted { value } } } }", 4, 1, "observations"),
    ("{ __schema { types { name } } __type(name: \"City\") { name } }", 0, 2, ""),
    // Each change of a row is a node, of whatever type the row is.
    ("{ history(id: \"x\", first: 5) { older } }", 5, 0, "history"),
    ("{ wards(first: 10) { nodes { history { entries { version } } } } }", 210, 0, "wards.nodes.history"),
    ("{ node(id: \"x\") { id history(first: 1000) { older } ... on Team { name } } }", 101, 0, "node.history"),
    (
        "{ observations(first: 2) { nodes { place { name ... on Node { history(first: 7) { older } } } } } }",
        18,
        0,
        "observations.nodes.place.history",
    ),
    // What is computed from a row is a list, too, and so are the places of a key.
    (
        "{ indicator(code: \"TEAMS\") { series(place: \"x\", first: 7) { nodes { value indicator { series(place: \"x\") { nodes { value } } } } } } }",
        155,
        2,
        "indicator.series.nodes.indicator.series",
    ),
    ("{ me { kind wards { name teams(first: 3) { nodes { name } } } } }", 800, 0, "me.wards.teams"),
    // Each change of a page, and what it became; a page begins somewhere.
    (
        "{ changes(after: \"x\", first: 500) { changes { node { ... on Team { ward { name } } } } } }",
        1500,
        0,
        "changes",
    ),
    ("{ changes(after: \"x\") { token } again: changes(after: \"x\", first: 9000) { hasMore } }", 600, 0, "again"),
    ("{ changes { token } }", 0, 0, ""),
    (
        "mutation { teamsCreate(input: { rows: [{}, {}, {}] }) { results { team { members(first: 5) { nodes { id } } } } } }",
        18,
        1,
        "teamsCreate.results.team.members",
    ),
    // What the schema does not know comes to nothing.
    ("{ nothing { nodes { name } } wards(first: 5) { nodes { nothing { nodes { x } } } } ...Nothing }", 5, 1, "wards"),
];

#[test]
fn pages_multiply_and_are_told_by_their_way() {
    for (text, nodes, scans, path) in CASES {
        let estimate = estimate(text, &Json::Null);
        let found = estimate.dearest.as_ref().map_or("", |dearest| &dearest.path);
        assert_eq!((estimate.nodes, estimate.scans, found), (nodes, scans, path), "{text}");
    }
}

#[test]
fn variables_are_taken_as_given() {
    let text = "query($n: Int, $ids: [ID!], $if: Boolean, $where: WardFilter) { wards(first: $n, filter: $where) { nodes { name } } \
                nodes(ids: $ids) { id } cities(first: 3) @include(if: $if) { nodes { name } } }";
    let cases = [
        (serde_json::json!({}), 23, 0),
        (serde_json::json!({ "n": 5, "ids": ["a", "b"], "if": false }), 7, 0),
        (serde_json::json!({ "n": null, "if": true, "where": null }), 23, 0),
        (serde_json::json!({ "n": 100_000, "ids": vec!["x"; 1_000], "if": 3, "where": {} }), 403, 1),
        (serde_json::json!({ "n": "many", "ids": "a", "where": { "code": { "eq": "1" } } }), 24, 1),
    ];
    for (variables, nodes, scans) in cases {
        let estimate = estimate(text, &variables);
        assert_eq!((estimate.nodes, estimate.scans), (nodes, scans), "{variables}");
    }
}

/// The rows of a bulk write count wherever they are given.
#[test]
fn rows_that_are_written_are_counted_in_variables() {
    let selected = "{ results { team { ward { name } } } }";
    let inline = format!("mutation($r: [TeamCreateRow!]!) {{ teamsCreate(input: {{ rows: $r }}) {selected} }}");
    let whole = format!("mutation($i: TeamBulkCreateInput!) {{ teamsCreate(input: $i) {selected} }}");
    let rows = serde_json::json!([{ "code": "1" }, { "code": "2" }, { "code": "3" }]);
    let one = estimate(&inline, &serde_json::json!({ "r": rows }));
    let other = estimate(&whole, &serde_json::json!({ "i": { "rows": rows, "mode": "ATOMIC" } }));
    assert_eq!((one.nodes, other.nodes), (6, 6));
}

#[test]
fn a_price_is_one_and_what_nodes_and_scans_come_to() {
    let cases = [(0, 0, 1), (99, 0, 1), (100, 0, 2), (1_040_404, 0, 10_405), (0, 1, 11), (250, 2, 23)];
    for (nodes, scans, points) in cases {
        assert_eq!(price(nodes, scans), points);
    }
}

/// Numbers that no computer holds: the deepest document of the largest pages.
#[test]
fn what_is_beyond_counting_is_refused_all_the_same() {
    let mut text = String::from("name");
    for _ in 0..4 {
        text = format!("wards(first: 200) {{ nodes {{ city {{ {text} }} }} }}");
    }
    let estimate = estimate(&format!("{{ city(code: \"92\") {{ {text} }} }}"), &Json::Null);
    assert!(estimate.nodes > 200_u64.pow(4));
}
