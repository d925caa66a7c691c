//! Whoever may not see members cannot find out about them by asking: every filter, order, group and statistic of the schema
//! that looks at one is refused, and so is what looks at personal data.

use serde_json::{Value, json};

use super::{
    roles::{Members, Role},
    schema::Offered,
};
use crate::support::{Engine, TestApp, full_database, on_both_engines};

on_both_engines!(
    what_looks_at_members_is_refused_to_who_may_not_see_them,
    personal_data_are_found_by_who_may_see_them,
    a_cursor_shows_nothing_to_who_may_not_see,
);

async fn what_looks_at_members_is_refused_to_who_may_not_see_them(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let offered = Offered::of(&app).await;
    let questions = questions(&offered);
    assert!(questions.len() > 60, "{} questions", questions.len());
    for role in Role::all(&url) {
        for (query, variables) in &questions {
            let reply = role.ask_for(&app, "application/graphql-response+json", query, variables).await.json();
            let told = format!("{}: {query} {variables}\n{reply:#}", role.name);
            // Whom a row names is told to nobody who may not see them all.
            let is_named = query.contains("aggregate { member {")
                || query.contains("having: { member:")
                || query.contains("[MEMBER]");
            if role.members == Members::None || role.members == Members::OfTheWard && is_named {
                let error = &reply["errors"][0];
                assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{told}");
                assert_eq!(error["extensions"]["scope"], "members:read", "{told}");
            } else {
                assert!(reply.get("errors").is_none(), "{told}");
            }
        }
    }
}

/// Each way to ask of members, from each list from which there is one.
fn questions(offered: &Offered) -> Vec<(String, Value)> {
    let mut questions = Vec::new();
    let leader = || json!({ "role": { "eq": "LEADER" } });
    // Members are in the log by their ids alone, and it is another scope that shows it.
    for (of, list) in offered.lists().filter(|(of, _)| *of != "AccessLogEntry") {
        let mut by_filter = |filter: Value| {
            let query = format!("query($f: {of}Filter) {{ {list}(filter: $f) {{ totalCount }} }}");
            questions.push((query, json!({ "f": filter })));
        };
        let filters = offered.inputs.get(&format!("{of}Filter")).unwrap();
        for (field, input) in filters {
            match (offered.asks_of(input), input.ends_with("ListFilter")) {
                (Some("Member"), true) => {
                    for asked in [json!({ "some": {} }), json!({ "every": leader() }), json!({ "none": leader() })] {
                        by_filter(json!({ field: asked }));
                    }
                    by_filter(json!({ field: { "count": { "gt": 3 } } }));
                    by_filter(json!({ "not": { "or": [{ "and": [{ field: { "some": leader() } }] }] } }));
                }
                (Some("Member"), false) => by_filter(json!({ field: leader() })),
                (Some(next), many) => {
                    // One step further on.
                    for (below, input) in &offered.inputs[&format!("{next}Filter")] {
                        let asked = match (offered.asks_of(input), input.ends_with("ListFilter")) {
                            (Some("Member"), true) => json!({ below: { "some": leader() } }),
                            (Some("Member"), false) => json!({ below: leader() }),
                            _ => continue,
                        };
                        by_filter(json!({ field: if many { json!({ "some": asked }) } else { asked } }));
                    }
                }
                (None, _) => {}
            }
        }
        if of == "Member" {
            let all = filters.iter().filter(|(_, input)| !input.starts_with("Personal"));
            for (field, input) in all.filter(|(_, input)| offered.inputs[input.as_str()].contains_key("isNull")) {
                questions.push((
                    format!("{{ members(filter: {{ {field}: {{ isNull: true }} }}) {{ totalCount }} }} # {input}"),
                    json!({}),
                ));
            }
        }
        for (field, input) in &offered.inputs[&format!("{of}Order")] {
            if field == "memberCount" {
                questions.push((
                    format!("{{ {list}(first: 1, orderBy: [{{ {field}: {{}} }}]) {{ nodes {{ id }} }} }}"),
                    json!({}),
                ));
            } else if input == "MemberOrder" || offered.inputs[input].contains_key("memberCount") {
                let below = if input == "MemberOrder" { "fullName" } else { "memberCount" };
                questions.push((
                    format!(
                        "{{ {list}(first: 1, orderBy: [{{ {field}: {{ {below}: {{}} }} }}]) {{ nodes {{ id }} }} }}"
                    ),
                    json!({}),
                ));
            }
        }
        for by in &offered.enums[&format!("{of}GroupBy")] {
            if by == "MEMBER" || of == "Member" {
                questions.push((format!("{{ {list} {{ groupBy(by: [{by}]) {{ totalCount }} }} }}"), json!({})));
            }
        }
        for field in &offered.types[&format!("{of}Aggregate")] {
            let is_said =
                field.name == "member" || field.name == "memberCount" || of == "Member" && field.of.ends_with("Stats");
            if is_said {
                let said = &offered.types[&field.of][0].name;
                questions.push((format!("{{ {list} {{ aggregate {{ {} {{ {said} }} }} }} }}", field.name), json!({})));
                let having = format!("having: {{ {}: {{ {said}: {{ gt: 1 }} }} }}", field.name);
                if field.of != "DateStats" && field.of != "DateTimeStats" {
                    let by = &offered.enums[&format!("{of}GroupBy")][0];
                    questions.push((
                        format!("{{ {list} {{ groupBy(by: [{by}], {having}) {{ totalCount }} }} }}"),
                        json!({}),
                    ));
                }
            }
        }
    }
    questions
}

async fn personal_data_are_found_by_who_may_see_them(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let admin = Role::named(&roles, "an administrator");
    let somebody =
        "{ members(first: 1, filter: { ward: { code: { ne: \"31510\" } } }) { nodes { id phone nationalId } } }";
    let somebody = admin.data(&app, somebody).await["members"]["nodes"][0].take();
    for field in ["phone", "nationalId"] {
        let value = &somebody[field];
        for asked in [format!("eq: {value}"), format!("in: [{value}]")] {
            for around in
                ["members(filter: {})", "awards(filter: { member: {} })", "teams(filter: { members: { some: {} } })"]
            {
                let filter = format!("{{ {field}: {{ {asked} }} }}");
                let query = format!("{{ {} {{ totalCount }} }}", around.replacen("{}", &filter, 1));
                for role in &roles {
                    let reply = role.ask(&app, &query).await;
                    let told = format!("{}: {query} {}", role.name, reply.text());
                    let json = reply.json();
                    let total = json["data"].as_object().and_then(|data| data.values().next()?["totalCount"].as_i64());
                    match (role.members, role.personal) {
                        (Members::None, _) => {
                            assert_eq!(json["errors"][0]["extensions"]["scope"], "members:read", "{told}")
                        }
                        (_, false) => {
                            assert_eq!(json["errors"][0]["extensions"]["scope"], "members:personal", "{told}")
                        }
                        (Members::OfTheWard, true) => assert_eq!(total, Some(0), "{told}"),
                        (Members::All, true) if around.starts_with("members") => assert_eq!(total, Some(1), "{told}"),
                        (Members::All, true) => assert!(total.is_some(), "{told}"),
                    }
                }
            }
        }
    }
}

async fn a_cursor_shows_nothing_to_who_may_not_see(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let list = "members(first: 3, orderBy: [{ fullName: {} }])";
    let page = Role::named(&roles, "members")
        .data(&app, &format!("{{ {list} {{ edges {{ cursor node {{ id fullName }} }} }} }}"))
        .await;
    let edges = page["members"]["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 3);
    for edge in edges {
        let cursor = edge["cursor"].as_str().unwrap();
        let query = format!("{{ members(first: 1, after: \"{cursor}\") {{ nodes {{ id fullName }} }} }}");
        for role in roles.iter().filter(|role| role.members == Members::None) {
            let reply = role.ask(&app, &query).await.json();
            // It is of another order, or there is nothing behind it.
            assert!(reply["data"]["members"].is_null() || reply["data"]["members"]["nodes"] == json!([]), "{reply}");
        }
        let id = edge["node"]["id"].as_str().unwrap();
        for role in roles.iter().filter(|role| role.members == Members::None) {
            let query = format!("{{ node(id: \"{id}\") {{ id }} nodes(ids: [\"{id}\"]) {{ id }} }}");
            let data = role.data(&app, &query).await;
            assert_eq!(data, json!({ "node": null, "nodes": [null] }), "{}", role.name);
        }
    }
}
