//! Pages of every kind, and walks through them, the same on both engines and in both ways.

use serde_json::Value;

use super::Quartet;

/// Pages of every kind, alone and below others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_every_kind() {
    let quartet = Quartet::new().await;
    let info = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let queries = [
        "{ wards(first: 0) { nodes { name } INFO } }",
        "{ wards(last: 0) { nodes { name } INFO } }",
        "{ festivals(first: 0) { edges { cursor } INFO } }",
        "{ festivals(last: 0) { edges { cursor node { slug } } INFO } }",
        "{ city(code: \"92\") { wards(first: 0) { nodes { name teams { nodes { name } } } INFO } } }",
        "{ city(code: \"92\") { wards(last: 3) { nodes { name teams(last: 2) { nodes { name \
         members(last: 1) { nodes { fullName } INFO } } INFO } } INFO } } }",
        "{ cities(last: 5) { nodes { name festivals(last: 2) { edges { cursor node { slug heldOn } } INFO } } } }",
        "{ cities(last: 5) { nodes { name festivals(first: 2) { edges { cursor node { slug heldOn } } INFO } \
         teams(last: 0) { INFO } } } }",
        // Two pages of one list, and one page by two names.
        "{ city(code: \"92\") { name a: wards(first: 2) { nodes { name } } b: wards(first: 5) { nodes { code } \
         INFO } c: wards(last: 2) { nodes { kind } } d: wards(first: 2) { nodes { kind teams(first: 1) { nodes { \
         name } } } } } }",
        "{ city(code: \"92\") { wards(first: 3) { nodes { a: teams(first: 2) { nodes { name } } b: teams(first: \
         2) { nodes { code members(first: 1) { nodes { fullName } } } } c: teams(last: 1) { nodes { name } INFO } \
         } } } }",
        // One list, selected twice.
        "{ wards(first: 2) { nodes { name } } wards(first: 2) { nodes { code teams(first: 2) { nodes { name } } } \
         } }",
        "{ city(code: \"92\") { wards(first: 2) { nodes { name teams(first: 2) { nodes { name } } } nodes { code \
         teams(first: 2) { nodes { code } } } edges { node { kind } } edges { cursor node { name } } INFO } } }",
        "{ ...A ...B } fragment A on Query { city(code: \"92\") { wards(first: 2) { nodes { name } } } } fragment \
         B on Query { city(code: \"92\") { wards(first: 2) { nodes { code } totalCount } } }",
        // Rows that several others name.
        "{ teams(first: 20) { nodes { name ward { name city { name } } city { code wards(first: 1) { nodes { name \
         } } } } } }",
        "{ members(first: 20) { nodes { team { ward { name teams(first: 2) { nodes { name } } } } ward { code \
         teams(first: 2) { nodes { code } } } } } }",
        "{ wards(first: 3) { nodes { city { name wards(first: 2) { nodes { name city { code } } } } } } \
         cities(first: 2) { nodes { wards(first: 2) { nodes { code } } } } }",
        "{ a: city(code: \"92\") { name } b: city(code: \"92\") { wards(first: 1) { nodes { name } } } c: \
         city(code: \"01\") { wards(first: 1) { nodes { name } } } }",
        "{ observations(first: 60) { nodes { place { __typename ... on City { wards(first: 1) { nodes { name } } \
         } ... on Ward { teams(first: 1) { nodes { name } } } ... on Node { id } } indicator { observations(last: \
         1) { nodes { id } } } } } }",
        "{ festivals(first: 30) { nodes { slug hosts { nodes { name } INFO } sources(last: 1) { nodes { slug } \
         INFO } ward { name festivals(last: 2) { nodes { slug } } } } } }",
        "{ formerCities(first: 100) { nodes { wards(first: 2) { nodes { name } INFO } } } wards(first: 30) { \
         nodes { formerCities { nodes { name } INFO } designations { nodes { title } INFO } } } }",
    ];
    for query in queries {
        quartet.data(&query.replace("INFO", info)).await;
    }
}

/// A list of many equal days, newest first, walked below a parent from both ends: every row once, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_lead_through_equal_days_both_ways() {
    let quartet = Quartet::new().await;
    quartet.run("UPDATE festival SET held_on = '2020-01-01' WHERE id % 4 < 2").await;
    quartet.run("UPDATE festival SET held_on = '0001-01-01' WHERE id % 9 = 2").await;
    quartet.run("UPDATE festival SET held_on = '9999-12-31' WHERE id % 9 = 3").await;
    let mut expected: Vec<(String, String)> = Vec::new();
    for (backward, size) in [(false, 3), (true, 3), (false, 40), (true, 7)] {
        let (count, from, more, next) = match backward {
            false => ("first", "after", "hasNextPage", "endCursor"),
            true => ("last", "before", "hasPreviousPage", "startCursor"),
        };
        let (mut rows, mut position) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "{{ dataset(slug: \"demo\") {{ festivals({count}: {size}{position}) {{ nodes {{ heldOn id }} \
                 pageInfo {{ {more} {next} }} }} }} }}"
            );
            let data = quartet.data(&query).await;
            let page = &data["dataset"]["festivals"];
            let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
            let nodes = page["nodes"].as_array().unwrap().iter();
            let mut of_page: Vec<_> = nodes.map(|row| (text(row, "heldOn"), text(row, "id"))).collect();
            if backward {
                of_page.reverse();
            }
            rows.extend(of_page);
            if page["pageInfo"][more] == false {
                break;
            }
            position = format!(", {from}: \"{}\"", text(&page["pageInfo"], next));
        }
        if backward {
            rows.reverse();
        }
        assert!(rows.len() > 50, "only {} rows", rows.len());
        assert!(rows.is_sorted_by(|one, other| one.0 >= other.0), "{rows:?}");
        if expected.is_empty() {
            expected = rows;
        } else {
            assert_eq!(rows, expected, "{count}: {size}");
        }
    }
}
