//! What every row tells of what became of it: what the history at the root does, for all rows of a list at once.

use std::time::Duration;

use axum::http::header;
use serde_json::{Value, json};

use super::{ERRORS, id, team};
use crate::{
    support::{Engine, Reply, TestApp, full_database, on_both_engines},
    visibility::roles::{Role, WARD},
};

on_both_engines!(
    every_row_tells_what_the_root_tells,
    a_history_is_read_page_by_page,
    rows_and_histories_come_together_with_plans_and_without,
    the_histories_of_a_level_are_one_statement,
    what_rows_were_is_as_much_as_an_answer_may_have,
    only_writers_read_histories,
    a_history_is_kept_for_nobody,
    a_place_tells_what_happened_there,
    what_is_hidden_has_no_history,
    who_was_honoured_is_told_to_who_may_see_members,
    a_history_is_no_column_of_a_table,
    what_is_no_page_of_a_history_is_told,
);

const PAGE: &str = "older entries { operation version changedAt changedBy changes { field before after isPersonal } }";

async fn every_row_tells_what_the_root_tells(engine: Engine) {
    let app = TestApp::full(engine).await;
    // Something for the access log.
    app.query_as(&[("x-purpose", "test")], "{ members(first: 1) { nodes { phone } } }").await;
    let (types, mut ids, mut told) = (app.types().await, Vec::new(), Vec::new());
    for list in types["Query"].iter().filter(|field| field.of.ends_with("Connection")) {
        let name = &list.name;
        let page = format!("{{ {name}(first: 3) {{ nodes {{ id history(first: 5) {{ {PAGE} }} }} }} }}");
        let data = app.data(&page).await;
        let rows = data[name]["nodes"].as_array().unwrap();
        assert!(!rows.is_empty(), "{name}");
        for row in rows {
            let root = app.data(&format!("{{ history(id: {}, first: 5) {{ {PAGE} }} }}", row["id"])).await;
            assert_eq!(row["history"], root["history"], "{name}");
            let first = row["history"]["entries"].as_array().unwrap().last().map(|entry| &entry["operation"]);
            match name.as_str() {
                // It is written once, and not watched.
                "accessLog" => assert_eq!(row["history"], json!({ "older": null, "entries": [] })),
                _ => assert_eq!(first, Some(&json!("CREATED")), "{name}: {row:#}"),
            }
        }
        ids.push(rows[0]["id"].clone());
        told.push(rows[0].clone());
    }
    assert_eq!(told.len(), 17);
    // And by the interface.
    let nodes = format!("{{ nodes(ids: {}) {{ id history(first: 5) {{ {PAGE} }} }} }}", json!(ids));
    assert_eq!(app.data(&nodes).await["nodes"], json!(told));
}

/// Whoever changes a team's name to each of these, one after the other.
async fn renamed(app: &TestApp, team: &str, names: &[&str]) {
    for name in names {
        let version = app.data(&format!(r#"{{ node(id: "{team}") {{ ... on Team {{ version }} }} }}"#)).await;
        let version = &version["node"]["version"];
        let update = format!(
            r#"mutation {{ teamUpdate(input: {{ id: "{team}", expectedVersion: {version}, name: "{name}" }}) {{ team {{ history(first: 1) {{ entries {{ changes {{ field after }} }} }} }} {ERRORS} }} }}"#
        );
        // What is answered to a writer has the change in it.
        let answer = app.data(&update).await["teamUpdate"].clone();
        assert_eq!(answer["userErrors"], json!([]));
        assert_eq!(answer["team"]["history"]["entries"], json!([{ "changes": [{ "field": "name", "after": name }] }]));
    }
}

async fn a_history_is_read_page_by_page(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let token = app.data("{ changes { token } }").await["changes"]["token"].clone();
    let name = id(&app, &format!(r#"{{ node(id: "{team}") {{ ... on Team {{ name }} }} }}"#), "/node/name").await;
    renamed(&app, &team, &["A", "B", "C"]).await;
    let (mut names, mut before) = (Vec::new(), Value::Null);
    for pages in 1.. {
        let ask = format!(r#"{{ node(id: "{team}") {{ history(first: 2, before: {before}) {{ {PAGE} }} }} }}"#);
        let page = app.data(&ask).await["node"]["history"].take();
        for entry in page["entries"].as_array().unwrap() {
            let changes = entry["changes"].as_array().unwrap();
            let change = changes.iter().find(|change| change["field"] == "name").unwrap();
            names.push((change["before"].clone(), change["after"].clone()));
        }
        // The same page of rows to which nothing happened since then, and of what happened before.
        if !page["older"].is_null() {
            let older = &page["older"];
            let list = format!("{{ teams(first: 9) {{ nodes {{ id history(before: {older}) {{ {PAGE} }} }} }} }}");
            for row in app.data(&list).await["teams"]["nodes"].as_array().unwrap() {
                let ask = format!("{{ history(id: {}, before: {older}) {{ {PAGE} }} }}", row["id"]);
                assert_eq!(row["history"], app.data(&ask).await["history"]);
            }
        }
        before = page["older"].clone();
        if before.is_null() {
            assert_eq!(pages, 3, "two full pages, and none");
            break;
        }
    }
    let change = |before: Value, after: &str| (before, json!(after));
    let told = [change(json!("B"), "C"), change(json!("A"), "B"), change(json!(name), "A"), change(Value::Null, &name)];
    assert_eq!(names, told);
    // Whoever keeps a copy may ask for it too.
    let feed = format!(
        "{{ changes(after: {token}) {{ changes {{ node {{ id history(first: 1) {{ entries {{ version }} }} }} }} }} }}"
    );
    // On PostgreSQL a change is told when no older transaction runs on the server, of other databases neither.
    let all = async {
        loop {
            let changes = app.data(&feed).await["changes"]["changes"].take();
            if changes.as_array().unwrap().len() >= 3 {
                return changes;
            }
        }
    };
    let changes = tokio::time::timeout(Duration::from_secs(60), all).await.expect("the changes were not told");
    for change in changes.as_array().unwrap() {
        assert_eq!(change["node"], json!({ "id": team, "history": { "entries": [{ "version": 4 }] } }));
    }
}

/// A document with a history is left to ordinary execution: what else it asks for comes as it would without.
async fn rows_and_histories_come_together_with_plans_and_without(engine: Engine) {
    let url = full_database(engine).await;
    let query = |history: &str| {
        format!(
            r#"{{ ward(code: "{WARD}") {{ name teams(first: 4) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ id code {history} ward {{ name }} members(first: 2) {{ nodes {{ role fullName }} }} }} }} }} wards(last: 2) {{ nodes {{ name }} }} }}"#
        )
    };
    for planned in [true, false] {
        let app = TestApp::answering(&url, planned).await;
        let mut with = app.data(&query("history(first: 1) { entries { operation } }")).await;
        for team in with["ward"]["teams"]["nodes"].as_array_mut().unwrap() {
            let history = team.as_object_mut().unwrap().remove("history");
            assert_eq!(history, Some(json!({ "entries": [{ "operation": "CREATED" }] })));
        }
        assert_eq!(with, app.data(&query("")).await);
    }
}

async fn the_histories_of_a_level_are_one_statement(engine: Engine) {
    let app = TestApp::full(engine).await;
    let mut texts = Vec::new();
    for (teams, first) in [(1, 1), (2, 20), (50, 3), (200, 100)] {
        app.data(&format!(
            "{{ teams(first: {teams}) {{ nodes {{ history(first: {first}) {{ older entries {{ version }} }} \
             members(first: 3) {{ nodes {{ history(first: {first}) {{ entries {{ version }} }} }} }} }} }} }}"
        ))
        .await;
        texts.push(app.statements());
    }
    assert_eq!(texts[0].len(), 4, "teams and members, and the histories of each: {:#?}", texts[0]);
    for other in &texts[1..] {
        assert_eq!(&texts[0], other);
    }
    // No more is read of each than was asked for.
    let team = team(&app).await;
    renamed(&app, &team, &["A", "B", "C"]).await;
    app.rows_read();
    app.data("{ teams(first: 200) { nodes { history(first: 1) { entries { version } } } } }").await;
    assert_eq!(app.rows_read(), 201 + 200);
    // Of each type one.
    let data = app.data("{ teams(first: 5) { nodes { id } } wards(first: 5) { nodes { id } } }").await;
    let ids: Vec<&Value> = ["teams", "wards"]
        .iter()
        .flat_map(|list| data[list]["nodes"].as_array().unwrap())
        .map(|row| &row["id"])
        .collect();
    app.statements();
    app.data(&format!("{{ nodes(ids: {}) {{ id history {{ older }} }} }}", json!(ids))).await;
    assert_eq!(app.statements().len(), 4);
}

/// What a row was is read with all its columns: four times of each member is more than an answer may have, and once is not.
async fn what_rows_were_is_as_much_as_an_answer_may_have(engine: Engine) {
    let app = TestApp::full(engine).await;
    let query = |histories: &str| {
        format!(
            "{{ city(code: \"92\") {{ wards(first: 103) {{ nodes {{ teams(first: 30) {{ nodes {{ \
             members(first: 10) {{ nodes {{ {histories} }} }} }} }} }} }} }} }}"
        )
    };
    let histories: Vec<String> =
        (1..=4).map(|first| format!("of{first}: history(first: {first}) {{ older }}")).collect();
    app.data(&query(&histories[0])).await;
    let reply = app.query(&query(&histories.join(" "))).await;
    let error = &reply.json()["errors"][0]["extensions"];
    assert_eq!((&error["code"], &error["name"]), (&json!("LIMIT_EXCEEDED"), &json!("values")), "{error}");
}

const OF_TEAMS: &str = "{ teams(first: 2) { nodes { id history { entries { version } } } } }";

fn is_refused(reply: &Reply) -> bool {
    let error = &reply.json()["errors"][0];
    let refused = reply.code() == "FORBIDDEN";
    if refused {
        assert!(error["message"].as_str().unwrap().contains("`history`"), "{error}");
        assert_eq!(error["path"], json!(["teams", "nodes", 0, "history"]));
        assert!(!reply.text().contains("entries"), "{}", reply.text());
    }
    refused
}

async fn only_writers_read_histories(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let (mut refused, mut told) = (0, 0);
    for role in &Role::all(&url) {
        let reply = role.ask(&app, OF_TEAMS).await;
        match is_refused(&reply) {
            true => refused += 1,
            false => {
                assert!(role.admin || role.name == "a key that writes", "{}", role.name);
                assert_eq!(reply.json()["data"]["teams"]["nodes"][1]["history"]["entries"], json!([{ "version": 1 }]));
                told += 1;
            }
        }
    }
    assert_eq!((refused, told), (9, 3));
}

/// Two who see the same rows, and of whom one may read histories: neither gets what was made for the other.
async fn a_history_is_kept_for_nobody(engine: Engine) {
    let url = full_database(engine).await;
    let roles = Role::all(&url);
    let app = TestApp::guarded_and_caching(&url).await;
    let (writer, reader) = (Role::named(&roles, "a key that writes"), Role::named(&roles, "a key without scopes"));
    for _ in 0..2 {
        for (role, may) in [(writer, true), (reader, false)] {
            let reply = role.ask(&app, OF_TEAMS).await;
            assert_eq!(is_refused(&reply), !may, "{}: {}", role.name, reply.text());
            assert_eq!(reply.headers["cache-status"], "antq; fwd=miss", "{}", role.name);
            assert_eq!(reply.headers.get(header::ETAG), None, "{}", role.name);
        }
    }
}

/// Of a member who comes and goes, the place tells as of one who is new, and of one who is gone: nothing of what happened
/// elsewhere, and neither how much that was.
async fn a_place_tells_what_happened_there(engine: Engine) {
    let url = full_database(engine).await;
    let open = TestApp::over(&url).await;
    let app = TestApp::guarded(&url).await;
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let here = team(&open).await;
    let from =
        r#"{ ward(code: "31120") { teams(first: 1) { nodes { id members(first: 1) { nodes { id fullName } } } } } }"#;
    let elsewhere = open.data(from).await["ward"]["teams"]["nodes"][0].take();
    let (there, member) = (elsewhere["id"].as_str().unwrap(), elsewhere["members"]["nodes"][0]["id"].as_str().unwrap());
    let names =
        [("Tên Ngoài", there), ("Tên Vào", &here), ("Tên Trong", &here), ("Tên Bí Mật", there), ("Tên Xa", there)];
    for (version, (name, team)) in (1..).zip(names) {
        let update = format!(
            r#"mutation {{ memberUpdate(input: {{ id: "{member}", expectedVersion: {version}, fullName: "{name}", teamId: "{team}", role: MEMBER }}) {{ {ERRORS} }} }}"#
        );
        assert_eq!(open.data(&update).await["memberUpdate"]["userErrors"], json!([]));
    }
    let ask = |arguments: &str| format!(r#"{{ history(id: "{member}"{arguments}) {{ {PAGE} }} }}"#);
    let whole = clerk.data(&app, &ask("")).await["history"].take();
    let told: Vec<Value> = whole["entries"].as_array().unwrap().clone();
    let of = |entry: &Value, field: &str| {
        let change = entry["changes"].as_array().unwrap().iter().find(|change| change["field"] == field);
        change.map_or(Value::Null, |change| json!([change["before"], change["after"]]))
    };
    let said: Vec<Value> = told
        .iter()
        .map(|entry| json!([entry["operation"], entry["version"], of(entry, "fullName"), of(entry, "team")]))
        .collect();
    let expected = json!([
        ["DELETED", 5, ["Tên Trong", null], [here, null]],
        ["CHANGED", 4, ["Tên Vào", "Tên Trong"], null],
        ["CREATED", 3, [null, "Tên Vào"], [null, here]],
    ]);
    assert_eq!(json!(said), expected);
    assert_eq!(whole["older"], Value::Null);
    let other_names = ["Ngoài", "Bí Mật", "Xa", elsewhere["members"]["nodes"][0]["fullName"].as_str().unwrap()];
    for hidden in other_names {
        assert!(!whole.to_string().contains(hidden), "{hidden}: {whole:#}");
    }
    assert!(!whole.to_string().contains(&json!(there).to_string()), "{there}: {whole:#}");
    // Page by page it is the same: no page is spent on what is hidden.
    let (mut paged, mut before) = (Vec::new(), Value::Null);
    for pages in 1.. {
        let page = clerk.data(&app, &ask(&format!(", first: 1, before: {before}"))).await["history"].take();
        paged.extend(page["entries"].as_array().unwrap().clone());
        before = page["older"].clone();
        if before.is_null() {
            assert_eq!(pages, 4, "three full pages, and none");
            break;
        }
    }
    assert_eq!(paged, told);
    let all = open.data(&ask("")).await["history"].take();
    assert_eq!(all["entries"].as_array().unwrap().len(), 6);
}

/// Nothing tells a member who may not be seen from one whom there is not.
async fn what_is_hidden_has_no_history(engine: Engine) {
    let url = full_database(engine).await;
    let roles = Role::all(&url);
    let (open, app) = (TestApp::over(&url).await, TestApp::guarded(&url).await);
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let from = r#"{ ward(code: "31120") { teams(first: 1) { nodes { members(first: 1) { nodes { id } } } } } }"#;
    let there = id(&open, from, "/ward/teams/nodes/0/members/nodes/0/id").await;
    let nowhere = antq::ids::NodeId::encode("member", 999_999);
    let update = format!(
        r#"mutation {{ memberUpdate(input: {{ id: "{there}", expectedVersion: 1, role: DEPUTY }}) {{ {ERRORS} }} }}"#
    );
    assert_eq!(open.data(&update).await["memberUpdate"]["userErrors"], json!([]));
    for role in [&clerk, Role::named(&roles, "a key that writes")] {
        for member in [&there, &nowhere] {
            for arguments in ["first: 1", "first: 2", r#"first: 1, before: "999999999""#] {
                let ask = format!(r#"{{ history(id: "{member}", {arguments}) {{ {PAGE} }} }}"#);
                let told = role.data(&app, &ask).await["history"].take();
                assert_eq!(told, json!({ "older": null, "entries": [] }), "{} {member} {arguments}", role.name);
            }
        }
    }
}

async fn who_was_honoured_is_told_to_who_may_see_members(engine: Engine) {
    let url = full_database(engine).await;
    let roles = Role::all(&url);
    let (open, app) = (TestApp::over(&url).await, TestApp::guarded(&url).await);
    let festival = id(&open, "{ festivals(first: 1) { nodes { id } } }", "/festivals/nodes/0/id").await;
    let member = "bWVtYmVyOjE";
    let create = format!(
        r#"mutation {{ awardCreate(input: {{ festivalId: "{festival}", kind: GIFT, title: "Quà", recipientKind: INDIVIDUAL, memberId: "{member}" }}) {{ award {{ id }} {ERRORS} }} }}"#
    );
    let award = open.data(&create).await["awardCreate"]["award"]["id"].clone();
    let limited = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let all = Role::making(&url, "clerk", "registry:write,members:read", &[]);
    let ask = format!(
        "{{ node(id: {award}) {{ history {{ entries {{ changes {{ field before after isPersonal }} }} }} }} }}"
    );
    for (role, told) in [
        (&all, json!(member)),
        (Role::named(&roles, "an administrator"), json!(member)),
        (&limited, Value::Null),
        (Role::named(&roles, "a key that writes"), Value::Null),
    ] {
        let data = role.data(&app, &ask).await;
        let changes = data["node"]["history"]["entries"][0]["changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["field"] == "member").unwrap();
        let is_personal = told.is_null();
        let expected = json!({ "field": "member", "before": null, "after": told, "isPersonal": is_personal });
        assert_eq!(change, &expected, "{}", role.name);
    }
}

async fn a_history_is_no_column_of_a_table(engine: Engine) {
    let app = TestApp::full(engine).await;
    for accept in
        ["text/csv", "application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]
    {
        let reply = Role::anonymous().ask_for(&app, accept, OF_TEAMS, &json!({})).await;
        assert_eq!(reply.code(), "NOT_A_TABLE", "{accept}: {}", reply.text());
        assert_eq!(reply.message(), "`history` cannot stand in a table. Leave it out, or ask for JSON.");
    }
}

async fn what_is_no_page_of_a_history_is_told(engine: Engine) {
    let app = TestApp::full(engine).await;
    let cases = [
        ("first: 0", "PAGE_SIZE_EXCEEDED"),
        ("first: 101", "PAGE_SIZE_EXCEEDED"),
        (r#"before: "x""#, "INVALID_CURSOR"),
        (r#"before: "0""#, "INVALID_CURSOR"),
        (r#"before: "-7""#, "INVALID_CURSOR"),
    ];
    for (arguments, code) in cases {
        let reply =
            app.query(&format!("{{ teams(first: 1) {{ nodes {{ history({arguments}) {{ older }} }} }} }}")).await;
        assert_eq!(reply.code(), code, "{arguments}: {}", reply.text());
    }
    app.data(r#"{ teams(first: 1) { nodes { history(first: 100, before: "1") { older } } } }"#).await;
}
