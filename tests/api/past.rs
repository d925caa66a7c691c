//! The register as it stood on a day: what is answered as of it is what was answered on it, to the letter.

use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    feed::partner::write,
    invariants::hold,
    support::{Engine, TestApp, antq, full_database, on_both_engines},
    visibility::roles::Role,
};

on_both_engines!(
    a_day_is_answered_as_it_was,
    two_days_are_compared_in_one_query,
    what_is_not_known_is_refused_in_words,
    people_are_not_counted_for_who_may_not_see_them,
    a_member_is_seen_where_it_was,
    who_was_redacted_is_so_in_the_past,
    who_was_deleted_can_be_forgotten,
    a_table_is_of_its_day,
    a_kept_answer_is_of_its_day,
    a_list_of_the_past_is_one_statement,
);

/// Everything that a day is told by; `$as_of` stands where a day is given.
const QUESTIONS: [&str; 8] = [
    "{ cities($as_of first: 50) { totalCount nodes { id code name version updatedAt formerCities { nodes { code } }
       wards(first: 120, orderBy: [{ name: { direction: ASC } }]) { totalCount nodes { code name } } } } }",
    r#"{ city(code: "92" $as_of) { wards(first: 120) { nodes { code predecessors(first: 40) { totalCount nodes { code name } }
         formerCities { nodes { code } } formerDistricts { nodes { code } } designations(first: 3) { totalCount nodes { title } } } } } }"#,
    r#"{ city(code: "92" $as_of) { wards(first: 120) { nodes { id code name latitude longitude areaKm2 version updatedAt
         teams(first: 40) { totalCount nodes { id code name locality status establishedOn version
           members(first: 12) { totalCount nodes { fullName version team { code } ward { code } } } } } } } } }"#,
    r#"{ members($as_of last: 100, orderBy: [{ fullName: { direction: DESC } }], filter: { status: { eq: ACTIVE }, ward: { name: { contains: "An" } }, team: { awards: { none: { kind: { eq: GIFT } } } } })
         { totalCount pageInfo { hasPreviousPage startCursor } edges { cursor node { id fullName role gender phone birthDate joinedOn updatedAt awards { totalCount nodes { title festival { title } } } } } } }"#,
    "{ teams($as_of first: 5, filter: { members: { count: { gte: 4 } } }) { totalCount aggregate { count }
       groupBy(by: [WARD], first: 40) { totalCount nodes { count key { ward { code name } } } } } }",
    r#"{ ward(code: "31120" $as_of) { name teams(first: 100) { nodes { code } } festivals(first: 20) { nodes { slug hosts(first: 9) { nodes { name } } awards(first: 50) { nodes { title recipientCount team { id } } } } } } }"#,
    r#"{ ward(code: "31510" $as_of) { history { older entries { operation } } teams(first: 50) { nodes { history(first: 3) { older
         entries { operation version changedAt changedBy changes { field before after } } } } } } }"#,
    r#"{ team(wardCode: "31510", code: "01" $as_of) { id name members { nodes { id fullName } } } }"#,
];

/// A question as of a day, or as of now.
fn asked(question: &str, day: Option<&str>) -> String {
    let argument = day.map_or(String::new(), |day| format!("asOf: \"{day}\""));
    question.replace("$as_of", &argument)
}

async fn answers(app: &TestApp, day: Option<&str>) -> Vec<Value> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        answers.push(app.query(&asked(question, day)).await.json());
    }
    answers
}

async fn execute(app: &TestApp, sql: &str) {
    app.store.writer().execute_unprepared(sql).await.unwrap();
}

/// The last entry of the log.
async fn last(app: &TestApp) -> i64 {
    let statement = Statement::from_string(app.store.engine(), "SELECT MAX(seq) AS last FROM change_log");
    app.store.writer().query_one_raw(statement).await.unwrap().unwrap().try_get("", "last").unwrap()
}

/// Has what the log knows begin on a day, at 05:00 in Vietnam.
async fn known_from(app: &TestApp, day: &str) {
    execute(app, &format!("UPDATE change_feed SET known_since = '{day}T00:00:00.000+00:00'")).await;
    happened(app, 0, &format!("{day}T01:00")).await;
}

/// Has everything behind an entry have happened at a moment.
async fn happened(app: &TestApp, behind: i64, at: &str) {
    execute(app, &format!("UPDATE change_log SET changed_at = '{at}:00.000+00:00' WHERE seq > {behind}")).await;
}

async fn id(app: &TestApp, query: &str, pointer: &str) -> String {
    app.data(query).await.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

/// What a mutation writes.
async fn written(app: &TestApp, mutation: &str) {
    let data = app.data(&format!("mutation {{ {mutation} }}")).await;
    for payload in data.as_object().unwrap().values() {
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    }
}

/// A ward and its version, as mutations take them.
async fn ward(app: &TestApp, code: &str) -> String {
    let ward = app.data(&format!(r#"{{ ward(code: "{code}") {{ id version }} }}"#)).await["ward"].take();
    format!("{{ id: {}, expectedVersion: {} }}", ward["id"], ward["version"])
}

async fn a_day_is_answered_as_it_was(engine: Engine) {
    let url = full_database(engine).await;
    let (app, ordinary) = (TestApp::over(&url).await, TestApp::answering(&url, false).await);
    known_from(&app, "2026-01-01").await;
    let mut days = vec![("2026-01-01".to_owned(), answers(&app, None).await)];
    for day in 2..=6 {
        let mark = last(&app).await;
        write(&app, day, 60).await;
        match day {
            2 => {
                let team =
                    app.data(r#"{ ward(code: "31510") { teams(first: 1) { nodes { id version } } } }"#).await["ward"]["teams"]["nodes"][0].take();
                let (id, version) = (&team["id"], &team["version"]);
                written(&app, &format!(r#"teamUpdate(input: {{ id: {id}, expectedVersion: {version}, name: "Tổ đổi tên", code: "77" }}) {{ userErrors {{ message }} }}"#)).await;
            }
            3 => {
                let teams = app.data(r#"{ ward(code: "31120") { teams(first: 2) { nodes { id version } } } }"#).await;
                let teams = &teams["ward"]["teams"]["nodes"];
                written(&app, &format!(
                    "teamsMerge(input: {{ into: {{ id: {}, expectedVersion: {} }}, from: [{{ id: {}, expectedVersion: {} }}] }}) {{ userErrors {{ message }} }}",
                    teams[0]["id"], teams[0]["version"], teams[1]["id"], teams[1]["version"]
                )).await;
            }
            4 => {
                let of_ward = ward(&app, "31120").await;
                let teams = app.data(r#"{ ward(code: "31120") { teams(first: 3) { nodes { id } } } }"#).await;
                let teams: Vec<String> = teams["ward"]["teams"]["nodes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|team| team["id"].to_string())
                    .collect();
                let [id, version] = of_ward[2..of_ward.len() - 2].split(", ").collect::<Vec<_>>()[..] else {
                    panic!("{of_ward}")
                };
                written(&app, &format!(
                    r#"wardSplit(input: {{ {id}, {version}, code: "99991", name: "Phường Tách", kind: WARD, latitude: 10, longitude: 105.75, teamIds: [{}] }}) {{ userErrors {{ message }} }}"#,
                    teams.join(", ")
                )).await;
            }
            5 => {
                let (into, from) = (ward(&app, "31120").await, ward(&app, "99991").await);
                written(
                    &app,
                    &format!("wardsMerge(input: {{ into: {into}, from: [{from}] }}) {{ userErrors {{ message }} }}"),
                )
                .await;
            }
            _ => {}
        }
        happened(&app, mark, &format!("2026-01-0{day}T05:00")).await;
        days.push((format!("2026-01-0{day}"), answers(&app, None).await));
    }
    assert!(days.windows(2).all(|pair| pair[0].1 != pair[1].1), "a day on which nothing changed");
    for (day, then) in &days {
        for app in [&app, &ordinary] {
            for ((question, then), now) in QUESTIONS.iter().zip(then).zip(answers(app, Some(day)).await) {
                assert_eq!(*then, now, "{day}: {question}");
            }
        }
    }
    // Days on which nothing happened are as the one before.
    assert_eq!(answers(&app, Some("2026-01-31")).await, days.last().unwrap().1);
}

async fn two_days_are_compared_in_one_query(engine: Engine) {
    let app = TestApp::full(engine).await;
    known_from(&app, "2026-01-01").await;
    let mark = last(&app).await;
    let team = id(&app, r#"{ team(wardCode: "31510", code: "01") { id } }"#, "/team/id").await;
    written(&app, &format!(r#"teamUpdate(input: {{ id: "{team}", expectedVersion: 1, name: "Tên mới" }}) {{ userErrors {{ message }} }}"#))
        .await;
    happened(&app, mark, "2026-03-01T16:59").await;
    let fields = "{ name ward { name teams(first: 1) { nodes { name } } } }";
    let query = format!(
        r#"{{ now: team(wardCode: "31510", code: "01") {fields} first: team(wardCode: "31510", code: "01", asOf: "2026-02-28") {fields}
             second: node(id: "{team}", asOf: "2026-03-01") {{ ... on Team {fields} }} same: team(wardCode: "31510", code: "01", asOf: "2026-02-28") {fields}
             serviceConfig {{ version }} }}"#
    );
    let data = app.data(&query).await;
    assert_eq!(data["now"]["name"], "Tên mới");
    assert_eq!(data["second"], data["now"]);
    assert_ne!(data["first"]["name"], "Tên mới");
    assert_eq!(data["first"]["ward"]["teams"]["nodes"][0]["name"], data["first"]["name"]);
    assert_eq!(data["same"], data["first"]);
    // The day ends where the clocks of Vietnam end it.
    happened(&app, mark, "2026-03-01T17:00").await;
    let data = app.data(&query).await;
    assert_eq!(data["second"]["name"], data["first"]["name"]);
}

async fn what_is_not_known_is_refused_in_words(engine: Engine) {
    let app = TestApp::full(engine).await;
    known_from(&app, "2026-01-05").await;
    let tomorrow = antq::domain::today().succ_opt().unwrap().to_string();
    let cases = [
        (format!(r#"{{ wards(asOf: "{tomorrow}") {{ totalCount }} }}"#), format!("`asOf` is {tomorrow}, which is still to come.")),
        (
            r#"{ teams(asOf: "2026-01-04") { totalCount } }"#.to_owned(),
            "`asOf` is 2026-01-04; how the register stood is known from 2026-01-05 on.".to_owned(),
        ),
        (
            r#"{ wards(asOf: "2026-01-05", filter: { name: { matches: "phu loi" } }) { totalCount } }"#.to_owned(),
            "`filter.name.matches` cannot be asked with `asOf`: words are found among present names only. Ask by `contains`.".to_owned(),
        ),
    ];
    for (query, message) in cases {
        let reply = app.query(&query).await;
        assert_eq!((reply.code(), reply.message()), ("BAD_USER_INPUT".to_owned(), message), "{query}");
    }
    let reply = app.query(r#"{ ward(code: "31510", asOf: "2026-02-30") { name } }"#).await;
    assert!(reply.message().contains("2026-02-30"), "{}", reply.text());
    let today = antq::domain::today();
    assert_eq!(
        app.data(&format!(r#"{{ ward(code: "31510", asOf: "{today}") {{ name }} }}"#)).await["ward"]["name"],
        "Phường Phú Lợi"
    );
}

async fn people_are_not_counted_for_who_may_not_see_them(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    known_from(&app, "2026-01-01").await;
    let count = r#"members { totalCount nodes { id } } teams { totalCount }"#;
    let reply = app
        .query(&format!(r#"{{ ward(code: "31510", asOf: "2026-01-01") {{ {count} }} members(asOf: "2026-01-01") {{ totalCount nodes {{ id }} }} }}"#))
        .await
        .json();
    assert_eq!(reply["data"]["ward"]["members"], json!({ "totalCount": null, "nodes": [] }));
    assert_eq!(reply["data"]["members"], json!({ "totalCount": null, "nodes": [] }));
    assert!(reply["data"]["ward"]["teams"]["totalCount"].as_i64() > Some(0));
    let now = app.query(&format!(r#"{{ ward(code: "31510") {{ {count} }} }}"#)).await.json();
    assert!(now["data"]["ward"]["members"]["totalCount"].as_i64() > Some(0));
    let reader = Role::making(&url, "reader", "members:read", &[]);
    let then = reader.data(&app, &format!(r#"{{ ward(code: "31510", asOf: "2026-01-01") {{ {count} }} }}"#)).await;
    assert_eq!(then["ward"]["members"]["totalCount"], now["data"]["ward"]["members"]["totalCount"]);
}

async fn a_member_is_seen_where_it_was(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    known_from(&app, "2026-01-01").await;
    let mark = last(&app).await;
    let all = Role::making(&url, "all", "members:read,registry:write", &[]);
    let here = Role::making(&url, "here", "members:read", &["--ward", "31510"]);
    let there = Role::making(&url, "there", "members:read", &["--ward", "31120"]);
    let ids = all.data(&app, r#"{ team(wardCode: "31510", code: "01") { members(first: 1, filter: { role: { eq: MEMBER } }) { nodes { id } } } other: team(wardCode: "31120", code: "01") { id } }"#).await;
    let (member, team) = (&ids["team"]["members"]["nodes"][0]["id"], &ids["other"]["id"]);
    let moved = all
        .data(
            &app,
            &format!(
                "mutation {{ memberUpdate(input: {{ id: {member}, expectedVersion: 1, teamId: {team} }}) {{ userErrors {{ message }} }} }}"
            ),
        )
        .await;
    assert_eq!(moved["memberUpdate"]["userErrors"], json!([]));
    happened(&app, mark, "2026-02-01T01:00").await;
    for (role, then, now) in [(&here, true, false), (&there, false, true)] {
        for (day, seen) in [("2026-01-15", then), ("2026-02-15", now)] {
            let node =
                role.data(&app, &format!(r#"{{ node(id: {member}, asOf: "{day}") {{ id }} }}"#)).await["node"].take();
            assert_eq!(node != Value::Null, seen, "{} {day}", role.name);
        }
    }
}

async fn who_was_redacted_is_so_in_the_past(engine: Engine) {
    let app = TestApp::full(engine).await;
    known_from(&app, "2026-01-01").await;
    let mark = last(&app).await;
    let member = id(&app, "{ members(first: 1) { nodes { id } } }", "/members/nodes/0/id").await;
    written(
        &app,
        &format!(r#"memberUpdate(input: {{ id: "{member}", expectedVersion: 1, phone: "0912345678" }}) {{ userErrors {{ message }} }}"#),
    )
    .await;
    happened(&app, mark, "2026-02-01T01:00").await;
    let redact = format!(
        r#"mutation {{ memberRedact(input: {{ rows: [{{ id: "{member}", expectedVersion: 2 }}] }}) {{ written }} }}"#
    );
    assert_eq!(app.data(&redact).await["memberRedact"]["written"], 1);
    for day in ["2026-01-15", "2026-02-15"] {
        let node = app.data(&format!(r#"{{ node(id: "{member}", asOf: "{day}") {{ ... on Member {{ fullName gender phone nationalId birthDate }} }} }}"#)).await;
        let expected = json!({ "fullName": "Đã xóa thông tin", "gender": null, "phone": null, "nationalId": null, "birthDate": null });
        assert_eq!(node["node"], expected, "{day}");
    }
}

async fn who_was_deleted_can_be_forgotten(engine: Engine) {
    let url = full_database(engine).await;
    let (app, guarded) = (TestApp::caching(&url).await, TestApp::guarded(&url).await);
    known_from(&app, "2026-01-01").await;
    let mark = last(&app).await;
    let free = r#"{ members(first: 1, filter: { ward: { code: { eq: "31510" } }, awards: { count: { eq: 0 } } }) { nodes { id } } }"#;
    let member = id(&app, free, "/members/nodes/0/id").await;
    let token = id(&app, "{ changes { token } }", "/changes/token").await;
    let delete = format!(
        r#"mutation {{ memberDelete(input: {{ rows: [{{ id: "{member}", expectedVersion: 1 }}] }}) {{ deletedIds }} }}"#
    );
    assert_eq!(app.data(&delete).await["memberDelete"]["deletedIds"], json!([member]));
    happened(&app, mark, "2026-02-01T01:00").await;
    let then = format!(r#"{{ node(id: "{member}", asOf: "2026-01-15") {{ ... on Member {{ fullName }} }} }}"#);
    assert_ne!(app.data(&then).await["node"]["fullName"], "Đã xóa thông tin");
    let between = format!(
        r#"{{ node(id: "{member}", asOf: "2026-02-15") {{ id }} members(asOf: "2026-02-15") {{ totalCount }} }}"#
    );
    let gone = app.data(&between).await;
    let output = antq(&["members", "redact", &member, "--database-url", &url]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(app.data(&then).await["node"]["fullName"], "Đã xóa thông tin");
    // It is gone as of every day since, and as of now.
    assert_eq!((&gone["node"], app.data(&between).await), (&Value::Null, gone.clone()));
    hold(&app.store).await;
    // The history says that it was done, and by whom; the feed tells those who saw the member last.
    let history = format!(
        r#"{{ history(id: "{member}", first: 2) {{ entries {{ operation changedBy changes {{ before after }} }} }} }}"#
    );
    let entries = app.data(&history).await["history"]["entries"].take();
    assert_eq!(entries[0], json!({ "operation": "REDACTED", "changedBy": "command line", "changes": [] }));
    assert_eq!(entries[1]["operation"], "DELETED");
    assert!(entries[1].to_string().contains("Đã xóa thông tin"), "{entries:#}");
    let here = Role::making(&url, "here", "members:read", &["--ward", "31510"]);
    let there = Role::making(&url, "there", "members:read", &["--ward", "31120"]);
    let feed = async |role: &Role| {
        let ask = format!(
            r#"{{ changes(after: "{token}", types: [MEMBER]) {{ changes {{ operation id version node {{ id }} }} }} }}"#
        );
        role.data(&guarded, &ask).await["changes"]["changes"].take()
    };
    let told = |operation: &str| json!({ "operation": operation, "id": member, "version": 1, "node": null });
    // On PostgreSQL an entry is told once no transaction is older that still runs.
    let all = async {
        while feed(&here).await != json!([told("DELETE"), told("REDACT")]) {
            tokio::task::yield_now().await;
        }
    };
    let all = tokio::time::timeout(std::time::Duration::from_secs(60), all).await;
    assert!(all.is_ok(), "{:#}", feed(&here).await);
    assert_eq!(feed(&there).await, json!([]));
    assert!(!antq(&["members", "redact", "bWVtYmVyOjk5OTk5OTk", "--database-url", &url]).status.success());
}

async fn a_table_is_of_its_day(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::over(&url).await;
    known_from(&app, "2026-01-01").await;
    let table = async |argument: &str| {
        let query = format!(
            r#"{{ teams({argument} first: 3000, orderBy: [{{ name: {{ direction: ASC }} }}]) {{ nodes {{ code name ward {{ name }} members {{ totalCount }} }} }} }}"#
        );
        let reply = Role::anonymous().ask_for(&app, "text/csv", &query, &json!({})).await;
        (reply.status, reply.text())
    };
    let then = table("").await;
    assert_eq!(then.0, StatusCode::OK, "{}", then.1);
    let mark = last(&app).await;
    write(&app, 7, 60).await;
    happened(&app, mark, "2026-02-01T01:00").await;
    assert_ne!(table("").await, then);
    assert_eq!(table(r#"asOf: "2026-01-31""#).await, then);
}

async fn a_kept_answer_is_of_its_day(engine: Engine) {
    let app = TestApp::caching(&full_database(engine).await).await;
    known_from(&app, "2026-01-01").await;
    let today = antq::domain::today();
    let query = format!(r#"{{ team(wardCode: "31510", code: "01", asOf: "{today}") {{ id name }} }}"#);
    let team = id(&app, &query, "/team/id").await;
    assert_eq!(app.data(&query).await, app.data(&query).await);
    written(&app, &format!(r#"teamUpdate(input: {{ id: "{team}", expectedVersion: 1, name: "Tên mới" }}) {{ userErrors {{ message }} }}"#))
        .await;
    assert_eq!(app.data(&query).await["team"]["name"], "Tên mới");
}

/// As many statements as for the present, and as many rows, but for the one that asks since when the past is known.
async fn a_list_of_the_past_is_one_statement(engine: Engine) {
    let url = full_database(engine).await;
    for app in [TestApp::over(&url).await, TestApp::answering(&url, false).await] {
        known_from(&app, "2026-01-01").await;
        let query = |argument: &str| {
            format!(
                r#"{{ wards(first: 50 {argument}) {{ nodes {{ name teams(first: 5) {{ totalCount nodes {{ name members(first: 3) {{ nodes {{ fullName }} }} }} }} }} }} }}"#
            )
        };
        app.statements();
        let now = app.data(&query("")).await;
        let (statements, rows) = (app.statements(), app.rows_read());
        assert_eq!(app.data(&query(r#"asOf: "2026-01-01""#)).await, now);
        let (of_the_past, rows_of_the_past) = (app.statements(), app.rows_read());
        assert_eq!((of_the_past.len(), rows_of_the_past), (statements.len() + 1, rows + 1));
        assert!(of_the_past[1..].iter().all(|statement| statement.starts_with("WITH end_of_day")), "{of_the_past:#?}");
    }
}

/// What PostgreSQL takes away at once is in no log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_a_truncation_nothing_is_known() {
    let app = TestApp::full(Engine::Postgres).await;
    known_from(&app, "2026-01-01").await;
    let query = r#"{ ward(code: "31510", asOf: "2026-01-01") { festivals { totalCount } } }"#;
    assert!(app.query(query).await.json().get("errors").is_none());
    execute(&app, "TRUNCATE festival_source").await;
    let today = antq::domain::today();
    let message = format!("`asOf` is 2026-01-01; how the register stood is known from {today} on.");
    assert_eq!(app.query(query).await.message(), message);
}
