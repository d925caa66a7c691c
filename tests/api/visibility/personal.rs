//! Personal data: sealed where they are stored, shown for a stated purpose, and never without an entry in the log.

use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::roles::Role;
use crate::support::{Engine, TestApp, antq, full_database, on_both_engines};

on_both_engines!(
    each_answer_with_personal_data_is_noted,
    what_cannot_be_noted_is_not_shown,
    nobody_is_given_what_another_one_was_shown,
    personal_data_are_sealed_where_they_are_stored,
    no_message_repeats_what_was_asked_for,
    a_notice_comes_wherever_a_field_stands,
    a_member_is_redacted_and_counted_as_before,
    to_look_for_members_by_personal_data_is_noted_each_time,
);

const LOG: &str = "{ accessLog(first: 200) { totalCount nodes { who purpose operation fields members memberCount } } }";
const PHONES: &str = "{ members(first: 3) { nodes { id phone birthDate } } }";

async fn log(app: &TestApp, admin: &Role) -> Vec<Value> {
    let mut data = admin.data(app, LOG).await;
    let entries = data["accessLog"]["nodes"].take();
    assert_eq!(data["accessLog"]["totalCount"], entries.as_array().unwrap().len());
    entries.as_array().unwrap().clone()
}

async fn each_answer_with_personal_data_is_noted(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let (admin, personal) = (Role::named(&roles, "an administrator"), Role::named(&roles, "personal"));
    // What shows none is not noted, whoever asks.
    for role in &roles {
        let asked = if role.silent { "{ members(first: 3) { nodes { id fullName } } }" } else { PHONES };
        if !role.personal {
            role.data(&app, asked).await;
        }
    }
    personal.data(&app, "{ members(first: 3) { totalCount nodes { fullName } } }").await;
    assert_eq!(log(&app, admin).await, Vec::<Value>::new());
    // One entry an answer, with everything that it showed.
    let shown = personal.data(&app, PHONES).await;
    let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
    let members: Vec<String> = shown["members"]["nodes"].as_array().unwrap().iter().map(id).collect();
    let entry = json!({
        "who": "key:personal", "purpose": "test", "fields": "Member.birthDate Member.phone", "members": members.join(" "),
        "memberCount": 3, "operation": hash(PHONES),
    });
    assert_eq!(log(&app, admin).await, [entry]);
    // To look for members by such data is to learn of them, even where there are none.
    personal.data(&app, "{ members(filter: { nationalId: { eq: \"000\" } }) { totalCount nodes { id } } }").await;
    let entries = log(&app, admin).await;
    assert_eq!((&entries[0]["fields"], &entries[0]["memberCount"]), (&json!("filter:Member.nationalId"), &json!(0)));
    // Tables, too: with each page of them; and what is the same in each row, with the first.
    let somebody = id(&shown["members"]["nodes"][0]);
    let table = format!(
        "{{ node(id: \"{somebody}\") {{ ... on Member {{ phone team {{ members {{ nodes {{ id }} }} }} }} }} }}"
    );
    personal.ask_for(&app, "text/csv", &table, &json!({})).await;
    let entries = log(&app, admin).await;
    assert_eq!(entries.len(), 3);
    assert_eq!((&entries[0]["fields"], &entries[0]["members"]), (&json!("Member.phone"), &json!(somebody)));
    let ward = Role::named(&roles, "a ward's personal");
    let table = "{ members { nodes { nationalId ward { code } } } }";
    let rows = ward.ask_for(&app, "text/csv", table, &json!({})).await.text().lines().count() - 1;
    let entries = log(&app, admin).await;
    let new = &entries[..entries.len() - 3];
    let noted: i64 = new.iter().map(|entry| entry["memberCount"].as_i64().unwrap()).sum();
    assert!(rows > 10 && noted == rows as i64, "{noted} members of {rows} were noted");
    assert!(new.iter().all(|entry| entry["who"] == "key:a ward's personal" && entry["operation"] == hash(table)));
}

fn hash(document: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, document.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn what_cannot_be_noted_is_not_shown(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let personal = Role::named(&roles, "personal");
    let phone = personal.data(&app, PHONES).await["members"]["nodes"][0]["phone"].as_str().unwrap().to_owned();
    app.store.writer().execute_unprepared("ALTER TABLE access_log RENAME TO access_log_gone").await.unwrap();
    for accept in ["application/graphql-response+json", "text/csv", "application/x-ndjson"] {
        // A table has begun by then, and is broken off.
        let (status, body) = personal.begin(&app, accept, PHONES).await;
        let whole = body.map_or_else(|_| String::new(), |body| String::from_utf8(body).unwrap());
        assert!(!whole.contains(&phone), "{accept}: {whole}");
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR || whole.is_empty(), "{accept}: {status} {whole}");
    }
    personal.data(&app, "{ members(first: 3) { nodes { fullName } } }").await;
}

async fn nobody_is_given_what_another_one_was_shown(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded_and_caching(&url).await;
    let roles = Role::all(&url);
    for _ in 0..2 {
        for role in &roles {
            let reply = role.ask(&app, PHONES).await.json();
            let phones = reply["data"]["members"]["nodes"]
                .as_array()
                .map_or(0, |nodes| nodes.iter().filter(|node| node["phone"].is_string()).count());
            assert_eq!(phones, if role.personal { 3 } else { 0 }, "{}: {reply}", role.name);
            let me = role.data(&app, "{ me { name } }").await;
            let name = (!role.name.starts_with("anonymous")).then_some(role.name);
            assert_eq!(me["me"]["name"].as_str(), name);
        }
    }
    // Each of the answers that showed something was noted, the same ones the second time too.
    let readers = roles.iter().filter(|role| role.personal).count();
    assert_eq!(log(&app, Role::named(&roles, "an administrator")).await.len(), 2 * readers);
}

async fn personal_data_are_sealed_where_they_are_stored(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let query = "{ members(first: 200) { nodes { phone nationalId birthDate } } }";
    let shown = Role::named(&roles, "personal").data(&app, query).await;
    let shown = shown["members"]["nodes"].as_array().unwrap();
    let reader = app.store.reader();
    let mut stored = String::new();
    for column in ["phone", "national_id", "birth_date", "phone_hash", "national_id_hash"] {
        let sql = format!("SELECT {column} AS stored FROM member WHERE {column} IS NOT NULL");
        let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.unwrap();
        assert!(rows.len() > 1_000, "{column}");
        for row in rows {
            stored += &format!("{}\n", row.try_get::<String>("", "stored").unwrap());
        }
    }
    for member in shown {
        for value in member.as_object().unwrap().values().filter_map(Value::as_str) {
            assert!(!stored.contains(value), "{value}");
        }
    }
    assert!(shown.iter().filter(|member| member["phone"].is_string()).count() > 100);
    // The same value is not stored as the same twice: nobody can tell who has the same birthday.
    let sealed: Vec<&str> = stored.lines().collect();
    let different: std::collections::BTreeSet<&&str> = sealed.iter().collect();
    assert_eq!(sealed.len(), different.len());
}

async fn no_message_repeats_what_was_asked_for(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    for role in Role::all(&url) {
        for query in [
            "{ members(filter: { phone: { eq: \"0999888777\" } }) { nodes { id } } }",
            "{ members(filter: { nationalId: { in: [\"000999888777\"] } }) { nodes { id } } }",
            "{ members(filter: { phone: { startsWith: \"0999\" } }) { nodes { id } } }",
            "{ members(orderBy: [{ phone: {} }]) { nodes { id } } }",
            "{ members { groupBy(by: [PHONE]) { totalCount } } }",
        ] {
            let reply = role.ask(&app, query).await.text();
            assert!(!reply.contains("999888777"), "{}: {reply}", role.name);
        }
    }
}

async fn a_notice_comes_wherever_a_field_stands(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let phones = "members(first: 1) { totalCount nodes { phone } }";
    for around in [
        "{ wards { groupBy(by: [CITY]) { nodes { key { city { … } } } } } }",
        "{ teams(first: 1) { nodes { ward { … } } } }",
        "{ resolvePlace(text: \"Ninh Kiều\") { candidates { place { ... on Ward { … } } } } }",
        "{ search(query: \"ninh kiều\", types: [WARD]) { hits { node { ...W } } } } fragment W on Ward { … }",
    ] {
        let query = around.replace('…', phones);
        for role in &roles {
            let reply = role.ask(&app, &query).await;
            if role.silent {
                assert_eq!(reply.code(), "PURPOSE_REQUIRED", "{}: {query} {}", role.name, reply.text());
                continue;
            }
            let json = reply.json();
            assert!(json.get("errors").is_none(), "{}: {query} {json:#}", role.name);
            let notices = json["extensions"]["redactions"].as_array().cloned().unwrap_or_default();
            let is_told = |scope: &str| notices.iter().any(|notice| notice["scope"] == scope);
            assert_eq!(
                is_told("members:read"),
                role.members == super::roles::Members::None,
                "{}: {query} {json:#}",
                role.name
            );
            assert_eq!(
                is_told("members:personal"),
                !role.personal && role.members != super::roles::Members::None,
                "{}: {query} {json:#}",
                role.name
            );
        }
    }
}

async fn a_member_is_redacted_and_counted_as_before(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let admin = Role::named(&roles, "an administrator");
    let filter = "filter: { gender: { isNull: false }, awards: { count: { gt: 0 } } }";
    let all = format!(
        "{{ members(first: 2, {filter}) {{ nodes {{ id fullName gender phone nationalId birthDate version }} }} }}"
    );
    let before = admin.data(&app, &all).await["members"]["nodes"].take();
    let ids: Vec<&str> = before.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let counts =
        "{ members { totalCount groupBy(by: [WARD, ROLE, STATUS]) { nodes { count } } } awards { totalCount } }";
    let counted = admin.data(&app, counts).await;
    let run = |ids: &[&str]| antq(&[&["members", "redact", "--database-url", &url], ids].concat());
    // All or none.
    let missing = antq::ids::NodeId::encode("member", 99_999_999);
    for (wrong, why) in [(missing.as_str(), "there is no member"), ("bWVtYmVyO", "is not the id of a member")] {
        let output = run(&[ids[0], wrong]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(why));
    }
    assert_eq!(admin.data(&app, &all).await["members"]["nodes"], before);
    assert!(run(&ids).status.success());
    let ids = serde_json::to_string(&ids).unwrap();
    let after = admin
        .data(&app, &format!("{{ nodes(ids: {ids}) {{ ... on Member {{ fullName gender phone nationalId birthDate version awards {{ totalCount }} }} }} }}"))
        .await;
    for (member, before) in after["nodes"].as_array().unwrap().iter().zip(before.as_array().unwrap()) {
        assert_eq!(member["fullName"], antq::store::redact::NAME);
        assert!(["gender", "phone", "nationalId", "birthDate"].iter().all(|field| member[field].is_null()), "{member}");
        assert!(
            member["awards"]["totalCount"].as_i64() > Some(0)
                && member["version"].as_i64() > before["version"].as_i64()
        );
        let phone = &before["phone"];
        let found = format!("{{ members(filter: {{ phone: {{ eq: {phone} }} }}) {{ totalCount }} }}");
        assert!(phone.is_string() && admin.data(&app, &found).await["members"]["totalCount"] == 0);
        let name = &before["fullName"];
        let found = format!("{{ search(query: {name}, types: [MEMBER], first: 50) {{ hits {{ node {{ id }} }} }} }}");
        assert!(!admin.data(&app, &found).await.to_string().contains(before["id"].as_str().unwrap()));
    }
    assert_eq!(admin.data(&app, counts).await, counted);
}

async fn to_look_for_members_by_personal_data_is_noted_each_time(engine: Engine) {
    let url = full_database(engine).await;
    let apps = [TestApp::guarded(&url).await, TestApp::guarded_and_caching(&url).await];
    let roles = Role::all(&url);
    let (admin, personal) = (Role::named(&roles, "an administrator"), Role::named(&roles, "personal"));
    let found = "filter: { phone: { in: [\"0123\"] } }";
    let queries = [
        format!("{{ members(first: 1, {found}) {{ nodes {{ fullName }} }} }}"),
        format!("{{ members({found}) {{ totalCount }} }}"),
        format!("{{ members({found}) {{ groupBy(by: [ROLE]) {{ totalCount }} }} }}"),
        format!("{{ members({found}) {{ aggregate {{ count }} }} }}"),
        format!(
            "{{ teams(first: 2) {{ nodes {{ members(first: 1, {found}) {{ totalCount nodes {{ fullName }} }} }} }} }}"
        ),
        format!(
            "{{ awards(first: 2, filter: {{ member: {{ {} }} }}) {{ nodes {{ title }} }} }}",
            &found[10..found.len() - 2]
        ),
        format!(
            "{{ node(id: \"bWVtYmVyOjE\") {{ ... on Member {{ team {{ members({found}) {{ totalCount }} }} }} }} }}"
        ),
    ];
    let mut asked = 0;
    for app in &apps {
        for query in &queries {
            // A plan, its statements and its answer might be kept: what is noted is not what was made, but what was asked.
            for _ in 0..3 {
                personal.data(app, query).await;
                asked += 1;
                let entries = log(app, admin).await;
                assert_eq!(entries.len(), asked, "{query}");
                assert_eq!(entries[0]["fields"], "filter:Member.phone");
            }
        }
    }
}
