//! Keeping the register: what writers may change, what they are told, and what is left of a change that is refused.

mod history;
mod rules;
mod together;
mod units;
mod who;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    support::{Engine, TestApp, full_database, on_both_engines},
    visibility::roles::Role,
};

on_both_engines!(
    a_row_is_created_changed_and_deleted,
    every_type_can_be_created_changed_and_deleted,
    what_is_wrong_is_told_and_nothing_is_written,
    a_version_that_is_not_the_present_one_is_a_conflict,
    the_same_request_is_carried_out_once,
    an_input_is_the_same_however_it_is_written,
    many_rows_are_written_all_or_one_by_one,
    a_deletion_takes_no_more_than_it_may,
    redaction_takes_names_out_of_the_history_too,
    history_tells_who_changed_what,
    references_and_choices_are_told_in_words,
    a_key_may_be_used_anew_after_a_day,
    mutations_are_neither_kept_nor_sent_as_tables,
);

/// An id of a row of the demo.
async fn id(app: &TestApp, query: &str, pointer: &str) -> String {
    app.data(query).await.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

async fn team(app: &TestApp) -> String {
    id(app, r#"{ ward(code: "31510") { teams(first: 1) { nodes { id } } } }"#, "/ward/teams/nodes/0/id").await
}

async fn ward(app: &TestApp, code: &str) -> String {
    id(app, &format!(r#"{{ ward(code: "{code}") {{ id }} }}"#), "/ward/id").await
}

/// Everything that a writer may have changed.
async fn everything(app: &TestApp) -> Value {
    let fields = "totalCount nodes { id version updatedAt }";
    app.data(&format!("{{ teams(last: 200) {{ {fields} }} members(last: 200) {{ {fields} }} festivals(last: 200) {{ {fields} }} awards(last: 200) {{ {fields} }} datasets {{ {fields} }} }}")).await
}

const ERRORS: &str = "userErrors { code message path presentVersion }";

async fn a_row_is_created_changed_and_deleted(engine: Engine) {
    let app = TestApp::full(engine).await;
    let ward = ward(&app, "31510").await;
    let created = app
        .data(&format!(
            r#"mutation {{ teamCreate(input: {{ wardId: "{ward}", code: "99", name: "  Tổ   bảo vệ  99 ", locality: "Khu vực 99", establishedOn: "2026-01-02" }}) {{ team {{ id code name status establishedOn version ward {{ code }} city {{ code }} dataset {{ slug synthetic }} }} {ERRORS} }} }}"#
        ))
        .await;
    let team = &created["teamCreate"]["team"];
    assert_eq!(
        team.as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "id")
            .map(|(_, value)| value.clone())
            .collect::<Value>(),
        json!(["99", "Tổ bảo vệ 99", "ACTIVE", "2026-01-02", 1, { "code": "31510" }, { "code": "92" }, { "slug": "entered", "synthetic": false }])
    );
    let id = team["id"].as_str().unwrap();
    let changed = app
        .data(&format!(
            r#"mutation {{ teamUpdate(input: {{ id: "{id}", expectedVersion: 1, establishedOn: null, status: DISSOLVED }}) {{ team {{ name status establishedOn version }} {ERRORS} }} }}"#
        ))
        .await;
    assert_eq!(
        changed["teamUpdate"],
        json!({ "team": { "name": "Tổ bảo vệ 99", "status": "DISSOLVED", "establishedOn": null, "version": 2 }, "userErrors": [] })
    );
    let deleted = app
        .data(&format!(r#"mutation {{ teamDelete(input: {{ rows: [{{ id: "{id}", expectedVersion: 2 }}] }}) {{ deletedIds {ERRORS} }} }}"#))
        .await;
    assert_eq!(deleted["teamDelete"], json!({ "deletedIds": [id], "userErrors": [] }));
    assert_eq!(app.data(&format!(r#"{{ node(id: "{id}") {{ id }} }}"#)).await["node"], Value::Null);
}

/// Each type with values for a new row; `$NAME` is the id of a row of that type.
const NEW: [(&str, &str, &str); 14] = [
    (
        "city",
        r#"code: "99", name: "Tỉnh Thử", kind: PROVINCE, latitude: 10.5, longitude: 105.5"#,
        r#"name: "Tỉnh Thử nghiệm""#,
    ),
    (
        "ward",
        r#"cityId: "$city", code: "99999", name: "Phường Thử", kind: WARD, latitude: 10.5, longitude: 105.5"#,
        "areaKm2: 2.5",
    ),
    ("dataset", r#"slug: "thu", title: "Thử", description: "Thử", synthetic: true"#, r#"title: "Thử nghiệm""#),
    ("source", r#"slug: "nguon-thu", title: "Nguồn thử", language: "vi", published: "2026-05""#, r#"author: "Ai đó""#),
    ("organisation", r#"slug: "co-quan-thu", name: "Công an thử", kind: POLICE, cityId: "$city""#, "cityId: null"),
    ("team", r#"wardId: "$ward", code: "99", name: "Tổ 99", locality: "Khu vực 99""#, r#"locality: "Khu vực 100""#),
    (
        "member",
        r#"teamId: "$team", fullName: "Lê Văn Thử", gender: MALE, phone: "0912345678", birthDate: "1990-01-31""#,
        r#"role: DEPUTY, phone: null"#,
    ),
    (
        "festival",
        r#"slug: "ngay-hoi-thu", kind: FESTIVAL, editionYear: 2026, heldOn: "2026-08-19", title: "Ngày hội thử", wardId: "$ward""#,
        r#"venue: "Nhà văn hóa""#,
    ),
    (
        "festivalGuest",
        r#"festivalId: "$festival", sourceId: "$source", name: "Trần Văn Khách", title: "Giám đốc", role: SPEAKER"#,
        "role: HOST",
    ),
    (
        "award",
        r#"festivalId: "$festival", kind: GIFT, title: "Quà", recipientKind: COLLECTIVE, teamId: "$team""#,
        "recipientCount: 3",
    ),
    (
        "movementModel",
        r#"slug: "mo-hinh-thu", name: "Camera an ninh", cityId: "$city", sourceId: "$source", topic: SURVEILLANCE_CAMERA"#,
        "topic: null",
    ),
    ("designation", r#"title: "Điển hình tiên tiến", year: 2026, sourceId: "$source", wardId: "$ward""#, "year: 2025"),
    ("indicator", r#"code: "THU", nameVi: "Thử", nameEn: "Trial", unit: "người""#, r#"unit: "tổ""#),
    (
        "observation",
        r#"indicatorId: "$indicator", sourceId: "$source", value: 12.5, qualifier: MORE_THAN, asOf: "2026-05-01", wardId: "$ward""#,
        "qualifier: EXACT",
    ),
];

async fn every_type_can_be_created_changed_and_deleted(engine: Engine) {
    let app = TestApp::full(engine).await;
    let mut made: Vec<(&str, String)> = Vec::new();
    let place = |text: &str, made: &[(&str, String)]| {
        made.iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(&format!("\"${name}\""), &format!("\"{id}\"")))
    };
    for (field, new, _) in NEW {
        let new = place(new, &made);
        let reply = app
            .data(&format!("mutation {{ {field}Create(input: {{ {new} }}) {{ {field} {{ id version }} {ERRORS} }} }}"))
            .await;
        let payload = &reply[format!("{field}Create")];
        assert_eq!(payload["userErrors"], json!([]), "{field}");
        assert_eq!(payload[field]["version"], 1, "{field}");
        made.push((field, payload[field]["id"].as_str().unwrap().to_owned()));
    }
    for ((field, _, change), (_, id)) in NEW.iter().zip(&made) {
        let reply = app
            .data(&format!(r#"mutation {{ {field}Update(input: {{ id: "{id}", expectedVersion: 1, {change} }}) {{ {field} {{ version }} {ERRORS} }} }}"#))
            .await;
        assert_eq!(reply[format!("{field}Update")], json!({ *field: { "version": 2 }, "userErrors": [] }), "{field}");
    }
    // What others refer to goes last; until then it does not go at all.
    let delete = async |field: &str, id: &str| {
        let reply = app
            .data(&format!(r#"mutation {{ {field}Delete(input: {{ rows: [{{ id: "{id}", expectedVersion: 2 }}] }}) {{ deletedIds {ERRORS} }} }}"#))
            .await;
        reply[format!("{field}Delete")].clone()
    };
    let in_use = delete("city", &made[0].1).await;
    assert_eq!(in_use["userErrors"][0]["code"], "IN_USE", "{in_use:#}");
    assert!(in_use["userErrors"][0]["message"].as_str().unwrap().contains("1 of ward"), "{in_use:#}");
    for (field, id) in made.iter().rev() {
        assert_eq!(delete(field, id).await, json!({ "deletedIds": [id], "userErrors": [] }), "{field}");
    }
}

async fn what_is_wrong_is_told_and_nothing_is_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (team, ward) = (team(&app).await, ward(&app, "31510").await);
    let before = everything(&app).await;
    let leader = "The team has a leader already (tổ trưởng): one at a time. Make that one a member first.";
    let member = |more: &str| format!(r#"memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử" {more} }})"#);
    let long = "x".repeat(2_001);
    for (field, path, code, message) in [
        (member(", role: LEADER"), "role", "RULE", leader),
        (
            member(r#", joinedOn: "2020-02-01", leftOn: "2020-01-31", status: LEFT"#),
            "leftOn",
            "RULE",
            "The last day of service lies before the first (ngày thôi tham gia trước ngày tham gia).",
        ),
        (
            member(r#", leftOn: "2020-01-31""#),
            "leftOn",
            "RULE",
            "Who serves has no last day of service: set `status` to LEFT, or `leftOn` to null.",
        ),
        (
            member(r#", birthDate: "2020-02-30""#),
            "birthDate",
            "INVALID",
            "`birthDate` is \"2020-02-30\", which is no day such as 2025-07-01.",
        ),
        (format!(r#"memberCreate(input: {{ teamId: "{ward}", fullName: "Lê Văn Thử" }})"#), "teamId", "NOT_FOUND", ""),
        (
            r#"memberCreate(input: { teamId: "dGVhbTo5OTk5OTk5", fullName: "Lê Văn Thử" })"#.to_owned(),
            "teamId",
            "NOT_FOUND",
            "There is no team with this id.",
        ),
        (
            format!(r#"memberCreate(input: {{ teamId: "{team}", fullName: " " }})"#),
            "fullName",
            "INVALID",
            "`fullName` is empty.",
        ),
        (
            format!(r#"memberCreate(input: {{ teamId: "{team}", fullName: "{long}" }})"#),
            "fullName",
            "INVALID",
            "`fullName` has 2001 characters, and at most 2000 are kept.",
        ),
        (
            format!(r#"teamCreate(input: {{ wardId: "{ward}", code: "01", name: "x", locality: "x" }})"#),
            "code",
            "TAKEN",
            "Another team has this code already.",
        ),
        (
            r#"indicatorCreate(input: { code: "TEAMS", nameVi: "x", nameEn: "x", unit: "x" })"#.to_owned(),
            "code",
            "TAKEN",
            "Another indicator has this code already.",
        ),
        (
            r#"memberUpdate(input: { id: "bWVtYmVyOjE", expectedVersion: 1, fullName: null })"#.to_owned(),
            "fullName",
            "REQUIRED",
            "`fullName` is never null. Leave it out to keep what it is.",
        ),
        (
            r#"memberUpdate(input: { id: "bWVtYmVyOjk5OTk5OTk", expectedVersion: 1, fullName: "A" })"#.to_owned(),
            "",
            "NOT_FOUND",
            "There is no member with this id.",
        ),
    ] {
        let reply = app.query(&format!("mutation {{ it: {field} {{ {ERRORS} }} }}")).await;
        let error = &reply.json()["data"]["it"]["userErrors"][0];
        let expected_path = if path.is_empty() { json!(["input"]) } else { json!(["input", path]) };
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &expected_path), "{field}: {:#}", reply.json());
        if !message.is_empty() {
            assert_eq!(error["message"], message, "{field}");
        }
    }
    assert_eq!(everything(&app).await, before);
}

async fn a_version_that_is_not_the_present_one_is_a_conflict(engine: Engine) {
    let app = TestApp::full(engine).await;
    let update = |version: i32, name: &str| {
        format!(
            r#"mutation {{ teamUpdate(input: {{ id: "dGVhbTox", expectedVersion: {version}, name: "{name}" }}) {{ team {{ name version }} {ERRORS} }} }}"#
        )
    };
    assert_eq!(app.data(&update(1, "A")).await["teamUpdate"]["team"], json!({ "name": "A", "version": 2 }));
    let conflict = app.data(&update(1, "B")).await["teamUpdate"].clone();
    let message = "It was changed meanwhile: `expectedVersion` is 1, and its present version is 2. Read it again, and change that.";
    let error = json!({ "code": "CONFLICT", "message": message, "path": ["input"], "presentVersion": 2 });
    assert_eq!(conflict, json!({ "team": null, "userErrors": [error] }));
    // Of all who change the same version at once, one does.
    let at_once = (0..8).map(|number| {
        let (app, update) = (&app, update(2, &format!("Tổ {number}")));
        async move { app.data(&update).await["teamUpdate"]["team"].is_object() }
    });
    let won = join_all(at_once).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

async fn the_same_request_is_carried_out_once(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let create = |name: &str, key: &str| {
        format!(
            r#"mutation {{ memberCreate(input: {{ teamId: "{team}", fullName: "{name}", idempotencyKey: "{key}" }}) {{ member {{ id fullName }} {ERRORS} }} }}"#
        )
    };
    let first = app.data(&create("Lê Văn Thử", "a")).await;
    let count =
        async || app.data("{ members(first: 0) { totalCount } }").await["members"]["totalCount"].as_i64().unwrap();
    let there = count().await;
    let (again, new) = (create("Lê Văn Thử", "a"), create("Lê Văn Cùng", "c"));
    for reply in join_all((0..8).map(|_| app.query(&again))).await {
        assert_eq!(reply.json()["data"], first);
    }
    assert_eq!(count().await, there);
    let other = app.data(&create("Lê Văn Khác", "a")).await;
    assert_eq!(other["memberCreate"]["userErrors"][0]["code"], "KEY_REUSED");
    // What was refused was not carried out: it may be mended under the same key.
    assert_eq!(app.data(&create(" ", "b")).await["memberCreate"]["userErrors"][0]["code"], "INVALID");
    assert!(app.data(&create("Lê Văn Mới", "b")).await["memberCreate"]["member"].is_object());
    // At once, and for the first time.
    let ids: BTreeSet<String> = join_all((0..8).map(|_| app.query(&new)))
        .await
        .iter()
        .map(|reply| reply.json()["data"]["memberCreate"]["member"]["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(count().await, there + 2);
    let long = app.query(&create("A", &"k".repeat(101))).await;
    assert_eq!(
        (long.code(), long.message()),
        ("BAD_USER_INPUT".to_owned(), "`idempotencyKey` has 1 to 100 characters.".to_owned())
    );
}

async fn an_input_is_the_same_however_it_is_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let create = async |rows: &str| {
        let query = format!(
            r#"mutation {{ membersCreate(input: {{ {rows} }}) {{ results {{ member {{ id }} userErrors {{ code }} }} }} }}"#
        );
        app.data(&query).await["membersCreate"]["results"][0].clone()
    };
    let composed = format!(r#"rows: [{{ teamId: "{team}", fullName: "L\u00ea Th\u1eed" }}], idempotencyKey: "k""#);
    let decomposed =
        format!(r#"idempotencyKey: "k", rows: [{{ fullName: "Le\u0302 Thu\u031b\u0309", teamId: "{team}" }}]"#);
    let first = create(&composed).await;
    assert!(first["member"]["id"].is_string(), "{first:#}");
    assert_eq!(create(&decomposed).await, first);
    assert_eq!(create(&composed.replace("Th", "T")).await["userErrors"][0]["code"], "KEY_REUSED");
}

async fn many_rows_are_written_all_or_one_by_one(engine: Engine) {
    let app = TestApp::full(engine).await;
    let ward = ward(&app, "31510").await;
    let row = |code: &str| json!({ "wardId": ward, "code": code, "name": "Tổ", "locality": "Khu vực" });
    let query = "mutation($rows: [TeamCreateRow!]!, $mode: BulkMode) { teamsCreate(input: { rows: $rows, mode: $mode }) { written results { index team { code } userErrors { code path } } } }";
    let rows = json!([row("90"), row("01"), row("91"), row("90")]);
    let before = everything(&app).await;
    let all =
        app.query_with(query, json!({ "rows": rows, "mode": "ATOMIC" })).await.json()["data"]["teamsCreate"].clone();
    let codes = |reply: &Value| {
        reply["results"].as_array().unwrap().iter().map(|row| row["userErrors"][0]["code"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(all["written"], 0);
    assert_eq!(codes(&all), [json!("NOT_DONE"), json!("TAKEN"), json!("NOT_DONE"), json!("TAKEN")]);
    assert_eq!(everything(&app).await, before);
    let each =
        app.query_with(query, json!({ "rows": rows, "mode": "PER_ROW" })).await.json()["data"]["teamsCreate"].clone();
    assert_eq!(each["written"], 2);
    assert_eq!(codes(&each), [Value::Null, json!("TAKEN"), Value::Null, json!("TAKEN")]);
    assert_eq!(each["results"][3]["userErrors"][0]["path"], json!(["input", "rows", "3", "code"]));
    let many: Vec<Value> = (0..251).map(|number| row(&format!("x{number}"))).collect();
    let reply = app.query_with(query, json!({ "rows": many })).await;
    assert_eq!(
        (reply.code(), reply.message()),
        ("LIMIT_EXCEEDED".to_owned(), "There are 251 rows, and at most 250 are allowed.".to_owned())
    );
    let most =
        app.query_with(query, json!({ "rows": &many[..250] })).await.json()["data"]["teamsCreate"]["written"].clone();
    assert_eq!(most, 250);
}

async fn a_deletion_takes_no_more_than_it_may(engine: Engine) {
    let app = TestApp::full(engine).await;
    let festival = app.data("{ festivals(first: 1, filter: { awards: { count: { gt: 2 } }, hosts: { some: {} } }) { nodes { id version awards { totalCount } guests { totalCount } hosts { totalCount } sources { totalCount } } } }").await;
    let festival = &festival["festivals"]["nodes"][0];
    let parts: i64 = ["awards", "guests", "hosts", "sources"]
        .iter()
        .map(|part| festival[part]["totalCount"].as_i64().unwrap())
        .sum();
    let delete = |at_most: i64| {
        format!(
            "mutation {{ festivalDelete(input: {{ rows: [{{ id: {}, expectedVersion: {} }}], atMost: {at_most} }}) {{ deletedIds {ERRORS} }} }}",
            festival["id"], festival["version"]
        )
    };
    let before = everything(&app).await;
    let refused = app.data(&delete(parts)).await["festivalDelete"].clone();
    assert_eq!(refused["userErrors"][0]["code"], "AT_MOST");
    let message =
        format!("{} rows would go, the row itself and what is part of it, and `atMost` allows {parts}.", parts + 1);
    assert_eq!(refused["userErrors"][0]["message"], message);
    assert_eq!(everything(&app).await, before);
    assert_eq!(app.data(&delete(parts + 1)).await["festivalDelete"]["deletedIds"], json!([festival["id"]]));
}

async fn redaction_takes_names_out_of_the_history_too(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let created = app.data(&format!(r#"mutation {{ memberCreate(input: {{ teamId: "{team}", fullName: "Quách Thị Mất Tên", phone: "0912345678" }}) {{ member {{ id }} }} }}"#)).await;
    let id = created["memberCreate"]["member"]["id"].as_str().unwrap();
    app.data(&format!(
        r#"mutation {{ memberUpdate(input: {{ id: "{id}", expectedVersion: 1, role: DEPUTY }}) {{ {ERRORS} }} }}"#
    ))
    .await;
    let history = async || {
        app.data(&format!(
            r#"{{ history(id: "{id}") {{ entries {{ operation changes {{ field before after isPersonal }} }} }} }}"#
        ))
        .await["history"]["entries"]
            .clone()
    };
    assert!(history().await.to_string().contains("Quách Thị Mất Tên"));
    let redacted = app.data(&format!(r#"mutation {{ memberRedact(input: {{ rows: [{{ id: "{id}", expectedVersion: 2 }}] }}) {{ written results {{ member {{ fullName phone }} userErrors {{ code }} }} }} }}"#)).await;
    assert_eq!(
        redacted["memberRedact"],
        json!({ "written": 1, "results": [{ "member": { "fullName": "Đã xóa thông tin", "phone": null }, "userErrors": [] }] })
    );
    let told = history().await;
    assert!(!told.to_string().contains("Quách"), "{told:#}");
    assert_eq!(told[0]["operation"], "REDACTED");
    let log = sea_orm::Statement::from_string(
        app.store.engine(),
        "SELECT COALESCE(MAX(before), '') FROM change_log WHERE before LIKE '%Quách%'",
    );
    let left: String = sea_orm::ConnectionTrait::query_one_raw(app.store.writer(), log)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap();
    assert_eq!(left, "");
}

async fn history_tells_who_changed_what(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "thư ký", "registry:write,members:read", &[]);
    let reader = Role::making(&url, "reader", "members:read", &[]);
    let app = TestApp::guarded(&url).await;
    let member = "bWVtYmVyOjE";
    let team_before = clerk
        .data(&app, &format!(r#"{{ node(id: "{member}") {{ ... on Member {{ fullName team {{ id }} }} }} }}"#))
        .await;
    let (name, from) = (&team_before["node"]["fullName"], &team_before["node"]["team"]["id"]);
    clerk.data(&app, &format!(r#"mutation {{ memberUpdate(input: {{ id: "{member}", expectedVersion: 1, fullName: "Tên Mới", teamId: "dGVhbTo5", role: MEMBER, phone: "0912345678" }}) {{ {ERRORS} }} }}"#)).await;
    let ask = format!(
        r#"{{ history(id: "{member}") {{ older entries {{ operation version changedBy changes {{ field before after isPersonal }} }} }} }}"#
    );
    let history = clerk.data(&app, &ask).await["history"].clone();
    let entries = history["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{history:#}");
    let newest = &entries[0];
    assert_eq!(
        (&newest["operation"], &newest["version"], &newest["changedBy"]),
        (&json!("CHANGED"), &json!(2), &json!("key:thư ký"))
    );
    let changes = newest["changes"].as_array().unwrap();
    let of = |field: &str| changes.iter().find(|change| change["field"] == field).cloned().unwrap_or_default();
    assert_eq!(of("fullName"), json!({ "field": "fullName", "before": name, "after": "Tên Mới", "isPersonal": false }));
    assert_eq!((&of("team")["before"], &of("team")["after"]), (from, &json!("dGVhbTo5")));
    assert_eq!(of("phone"), json!({ "field": "phone", "before": null, "after": null, "isPersonal": true }));
    assert_eq!(entries[1]["operation"], "CREATED");
    assert_eq!(entries[1]["changedBy"], Value::Null);
    assert_eq!(reader.ask(&app, &ask).await.code(), "FORBIDDEN");
    // Of what is gone, too, page by page.
    let team = clerk.data(&app, r#"mutation { teamCreate(input: { wardId: "d2FyZDox", code: "99", name: "A", locality: "A" }) { team { id } } }"#).await;
    let team = team["teamCreate"]["team"]["id"].as_str().unwrap();
    clerk.data(&app, &format!(r#"mutation {{ teamUpdate(input: {{ id: "{team}", expectedVersion: 1, name: "B" }}) {{ {ERRORS} }} teamDelete(input: {{ rows: [{{ id: "{team}", expectedVersion: 2 }}] }}) {{ {ERRORS} }} }}"#)).await;
    let mut told = Vec::new();
    let mut before = "null".to_owned();
    loop {
        let page = clerk.data(&app, &format!(r#"{{ history(id: "{team}", first: 1, before: {before}) {{ older entries {{ operation changes {{ field before after }} }} }} }}"#)).await["history"].clone();
        told.extend(page["entries"].as_array().unwrap().iter().map(|entry| {
            (
                entry["operation"].clone(),
                entry["changes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|change| change["field"] == "name")
                    .cloned()
                    .unwrap_or_default(),
            )
        }));
        before = page["older"].to_string();
        if page["older"].is_null() {
            break;
        }
    }
    let name = |before: Value, after: Value| json!({ "field": "name", "before": before, "after": after });
    assert_eq!(
        told,
        [
            (json!("DELETED"), name(json!("B"), Value::Null)),
            (json!("CHANGED"), name(json!("A"), json!("B"))),
            (json!("CREATED"), name(Value::Null, json!("A"))),
        ]
    );
}

async fn mutations_are_neither_kept_nor_sent_as_tables(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::caching(&url).await;
    let create = r#"mutation { teamsCreate(input: { rows: [{ wardId: "d2FyZDox", code: "99", name: "A", locality: "A" }] }) { written results { userErrors { code } } } }"#;
    assert_eq!(app.data(create).await["teamsCreate"]["written"], 1);
    assert_eq!(app.data(create).await["teamsCreate"]["results"][0]["userErrors"][0]["code"], "TAKEN");
    let body = json!({ "query": create.replace("99", "98") }).to_string();
    let request =
        axum::http::Request::post("/graphql").header("content-type", "application/json").header("accept", "text/csv");
    let reply = app.send(request.body(axum::body::Body::from(body)).unwrap()).await;
    assert_eq!(reply.code(), "NOT_A_TABLE");
    assert_eq!(app.data(&create.replace("99", "98")).await["teamsCreate"]["written"], 1);
}

async fn references_and_choices_are_told_in_words(engine: Engine) {
    let app = TestApp::full(engine).await;
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let nowhere = antq::ids::NodeId::encode("festival", 999_999);
    for (field, code, message) in [
        (
            format!(
                r#"awardCreate(input: {{ festivalId: "{nowhere}", kind: GIFT, title: "Quà", recipientKind: MIXED }})"#
            ),
            "NOT_FOUND",
            "There is no festival with this id.",
        ),
        (
            format!(r#"designationCreate(input: {{ title: "Danh hiệu", year: 2026, sourceId: "{source}" }})"#),
            "RULE",
            "A title has one holder: exactly one of `wardId`, `formerWardId` and `organisationId`.",
        ),
    ] {
        let error =
            app.data(&format!("mutation {{ it: {field} {{ {ERRORS} }} }}")).await["it"]["userErrors"][0].clone();
        assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(message)), "{field}");
    }
}

async fn a_key_may_be_used_anew_after_a_day(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let create = |name: &str| {
        format!(
            r#"mutation {{ memberCreate(input: {{ teamId: "{team}", fullName: "{name}", idempotencyKey: "k" }}) {{ {ERRORS} }} }}"#
        )
    };
    let code = async |name: &str| app.data(&create(name)).await["memberCreate"]["userErrors"][0]["code"].clone();
    assert_eq!(code("Lê Văn Một").await, Value::Null);
    let age = async |hours: i64| {
        let ago = chrono::Utc::now() - chrono::TimeDelta::hours(hours);
        let ago = ago.format("%Y-%m-%dT%H:%M:%S%.3f+00:00");
        let sql = format!("UPDATE write_once SET created_at = '{ago}'");
        sea_orm::ConnectionTrait::execute_unprepared(app.store.writer(), &sql).await.unwrap();
    };
    age(23).await;
    assert_eq!(code("Lê Văn Hai").await, "KEY_REUSED");
    age(25).await;
    assert_eq!(code("Lê Văn Hai").await, Value::Null);
}
