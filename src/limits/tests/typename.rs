use async_graphql::{EmptyMutation, EmptySubscription, Object, Pos, Request, Response, Schema, value};

use super::*;

struct Query;

#[Object]
impl Query {
    async fn city(&self) -> City {
        City
    }
}

struct City;

#[Object]
impl City {
    async fn code(&self) -> i32 {
        79
    }
}

/// Guards the query and runs it, with the variable `b` set if it has one.
async fn run(query: &str) -> Response {
    let document = parse(query, &DocumentLimits::default()).expect(query);
    let mut request = Request::new(query).variables(async_graphql::Variables::from_value(value!({ "b": true })));
    request.set_parsed_query(document);
    Schema::new(Query, EmptyMutation, EmptySubscription).execute(request).await
}

#[tokio::test]
async fn typename_is_answered_as_its_directives_say() {
    for (query, data) in [
        (
            "{__typename city{__typename a:__typename}}",
            value!({"__typename": "Query", "city": {"__typename": "City", "a": "City"}}),
        ),
        ("query($b:Boolean!){city{code __typename @skip(if:$b)}}", value!({"city": {"code": 79}})),
        ("query($b:Boolean!){city{__typename @skip(if:$b)}}", value!({"city": {}})),
        ("query($b:Boolean!){city{a:__typename @include(if:$b) code}}", value!({"city": {"a": "City", "code": 79}})),
        ("{__typename @include(if:true) @skip(if:true) city{code}}", value!({"city": {"code": 79}})),
        ("{... @skip(if:false){__typename @include(if:true)}}", value!({"__typename": "Query"})),
        (
            "{city{...F}} fragment F on City{a:__typename @skip(if:false) b:__typename @skip(if:true)}",
            value!({"city": {"a": "City"}}),
        ),
        (
            "query($b:Boolean!){...F} fragment F on Query{__typename @skip(if:$b) city{code}}",
            value!({"city": {"code": 79}}),
        ),
    ] {
        let response = run(query).await;
        assert_eq!((response.data, response.errors), (data, vec![]), "{query}");
    }
    let keys = run("{city{z:__typename y:__typename @skip(if:false) code x:__typename}}").await.data;
    assert_eq!(keys.to_string(), "{city: {z: \"City\", y: \"City\", code: 79, x: \"City\"}}", "in the order asked for");
}

#[tokio::test]
async fn typename_is_validated() {
    for (query, message, column) in [
        ("{__typename @aa}", "Unknown directive \"aa\"", 13),
        ("{__typename @skip(if:true) @skip(if:true)}", "Duplicate directive \"skip\"", 28),
        (
            "{__typename @skip}",
            "Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required but not provided",
            13,
        ),
        ("{__typename @skip(if:\"x\")}", "Invalid value for argument \"if\"", 19),
        ("{city{__typename @skip(if:$undefined)}}", "Variable \"$undefined\" is not defined", 24),
        ("{__typename @deprecated}", "Directive \"deprecated\" may not be used", 13),
    ] {
        let errors = run(query).await.errors;
        let found = errors.iter().find(|error| error.message.starts_with(message));
        let found = found.unwrap_or_else(|| panic!("{query}: {errors:?}"));
        assert!(found.locations.contains(&Pos { line: 1, column }), "{query}: {found:?}");
    }
}

#[test]
fn typename_has_no_arguments_and_no_fields() {
    let argument = |name: &str| format!("Unknown argument \"{name}\" on field \"__typename\".");
    let selection = "Field \"__typename\" must not have a selection since type \"String\" has no subfields".to_owned();
    for (query, message, column) in [
        ("{__typename(x:1)}", argument("x"), 13),
        ("{a{b{c:__typename(x:1, y:2) @skip}}}", argument("x"), 19),
        ("{__typename{id}}", selection.clone(), 2),
        ("{a ...{x:__typename{...Nope}}}", selection.clone(), 8),
        ("{a ...F} fragment F on T{__typename{__typename(x:1)}}", selection.clone(), 26),
        ("{__typename{id} ...F} fragment F on T{__typename{id}}", selection.clone(), 2),
        ("{...F} fragment F on T{__typename(x:1)} fragment G on T{__typename{id}}", argument("x"), 35),
        ("query A{a{b{__typename(x:1)}}} query B{__typename{id}}", argument("x"), 24),
    ] {
        let refusal = Refusal::Invalid { message, line: 1, column };
        assert_eq!(parse(query, &DocumentLimits::default()).err(), Some(refusal), "{query}");
    }
}

#[test]
fn what_has_no_directives_is_left_alone() {
    for query in ["{__typename a:__typename}", "{a @b __typename: c @d ...F @e} fragment F on T @f {g @h}"] {
        let document = parse(query, &DocumentLimits::default()).map(|document| format!("{document:?}"));
        let parsed = parse_query(query).map(|document| format!("{document:?}"));
        assert_eq!(document.ok(), parsed.ok(), "{query}");
    }
}
