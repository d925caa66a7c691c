//! Writers at the same moment: of those who have read the same version one is served, and nobody is lost between two others.

use std::time::Duration;

use antq::store::write::begin;
use futures_util::future::{join, join_all};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::{ERRORS, id, team};
use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(
    of_those_who_have_read_a_version_one_changes_it,
    teams_that_are_merged_crosswise_lose_nobody,
    members_come_while_their_team_goes,
    rows_in_another_order_are_waited_for,
    who_writes_by_sql_is_waited_for,
);

/// Sends fields of mutations at once: what each is refused with, or nothing.
async fn at_once(app: &TestApp, fields: &[String]) -> Vec<Option<String>> {
    let send = async |field: &String| {
        let data = app.data(&format!("mutation {{ it: {field} }}")).await;
        let code = data.pointer("/it/userErrors/0/code").or_else(|| data.pointer("/it/results/0/userErrors/0/code"));
        code.and_then(Value::as_str).map(str::to_owned)
    };
    join_all(fields.iter().map(send)).await
}

/// How many are done, and how many are refused with these codes.
fn counts(codes: &[Option<String>]) -> (usize, usize, usize) {
    let count = |of: Option<&str>| codes.iter().filter(|code| code.as_deref() == of).count();
    (count(None), count(Some("CONFLICT")), count(Some("NOT_FOUND")))
}

async fn member(app: &TestApp, team: &str) -> String {
    let create = format!(
        r#"mutation {{ memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử" }}) {{ member {{ id }} }} }}"#
    );
    id(app, &create, "/memberCreate/member/id").await
}

async fn people(app: &TestApp) -> i64 {
    app.data("{ members(first: 0) { totalCount } }").await["members"]["totalCount"].as_i64().unwrap()
}

async fn of_those_who_have_read_a_version_one_changes_it(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let festival = id(&app, "{ festivals(last: 1) { nodes { id } } }", "/festivals/nodes/0/id").await;
    let organisations = app.data("{ organisations(first: 6) { nodes { id } } }").await;
    let hosts = organisations["organisations"]["nodes"].as_array().unwrap().iter().map(|organisation| {
        format!(
            r#"festivalHostsUpdate(input: {{ id: "{festival}", expectedVersion: 1, ids: [{}] }}) {{ {ERRORS} }}"#,
            organisation["id"]
        )
    });
    assert_eq!(counts(&at_once(&app, &hosts.collect::<Vec<_>>()).await), (1, 5, 0));
    let kept = app
        .data(&format!(r#"{{ node(id: "{festival}") {{ ... on Festival {{ version hosts {{ totalCount }} }} }} }}"#))
        .await;
    assert_eq!(kept["node"], json!({ "version": 2, "hosts": { "totalCount": 1 } }));

    let delete = |member: &str| {
        format!(r#"memberDelete(input: {{ rows: [{{ id: "{member}", expectedVersion: 1 }}] }}) {{ {ERRORS} }}"#)
    };
    let gone = delete(&member(&app, &team).await);
    assert_eq!(counts(&at_once(&app, &vec![gone; 5]).await), (1, 0, 4));

    let both = member(&app, &team).await;
    let update = format!(
        r#"memberUpdate(input: {{ id: "{both}", expectedVersion: 1, fullName: "Lê Văn Khác" }}) {{ {ERRORS} }}"#
    );
    let (done, conflicts, missing) = counts(&at_once(&app, &[vec![update; 3], vec![delete(&both); 3]].concat()).await);
    assert_eq!((done, conflicts + missing), (1, 5));

    let member = member(&app, &team).await;
    let redact = format!(
        r#"memberRedact(input: {{ rows: [{{ id: "{member}", expectedVersion: 1 }}] }}) {{ results {{ userErrors {{ code }} }} }}"#
    );
    assert_eq!(counts(&at_once(&app, &vec![redact; 5]).await), (1, 4, 0));
}

/// The field that puts one team into another, as they were read.
fn merge(into: &Value, from: &Value) -> String {
    format!(
        "teamsMerge(input: {{ into: {{ id: {}, expectedVersion: {} }}, from: [{{ id: {}, expectedVersion: {} }}] }}) {{ {ERRORS} }}",
        into["id"], into["version"], from["id"], from["version"]
    )
}

async fn teams(app: &TestApp) -> Vec<Value> {
    let teams = app.data(r#"{ ward(code: "31510") { teams(first: 3) { nodes { id version } } } }"#).await;
    teams["ward"]["teams"]["nodes"].as_array().unwrap().clone()
}

async fn teams_that_are_merged_crosswise_lose_nobody(engine: Engine) {
    let app = TestApp::full(engine).await;
    let before = people(&app).await;
    let [a, b, c] = &teams(&app).await[..] else { panic!("three teams") };
    assert_eq!(counts(&at_once(&app, &[merge(a, b), merge(c, b)]).await), (1, 0, 1));
    let [a, b, _] = &teams(&app).await[..] else { panic!("three teams") };
    let (done, conflicts, missing) = counts(&at_once(&app, &[merge(a, b), merge(b, a)]).await);
    assert_eq!((done, conflicts + missing), (1, 1));
    assert_eq!(people(&app).await, before);
}

async fn members_come_while_their_team_goes(engine: Engine) {
    let app = TestApp::full(engine).await;
    let before = people(&app).await;
    let [into, from, _] = &teams(&app).await[..] else { panic!("three teams") };
    let create = format!(
        r#"membersCreate(input: {{ rows: [{}] }}) {{ results {{ userErrors {{ code }} }} }}"#,
        format!(r#"{{ teamId: {}, fullName: "Lê Văn Thử" }}, "#, from["id"]).repeat(20)
    );
    let codes = at_once(&app, &[vec![create; 3], vec![merge(into, from)]].concat()).await;
    let (done, conflicts, missing) = counts(&codes);
    assert_eq!((codes[3].as_deref(), conflicts, done + missing), (None, 0, 4), "{codes:?}");
    assert_eq!(people(&app).await, before + 20 * (done as i64 - 1));
}

async fn rows_in_another_order_are_waited_for(engine: Engine) {
    let app = TestApp::full(engine).await;
    let members = app.data("{ members(first: 40) { nodes { id } } }").await["members"]["nodes"].clone();
    let mut rows: Vec<String> = members
        .as_array()
        .unwrap()
        .iter()
        .map(|member| format!(r#"{{ id: {}, expectedVersion: 1, fullName: "Lê Văn Thử" }}"#, member["id"]))
        .collect();
    let update = |rows: &[String]| {
        format!("membersUpdate(input: {{ rows: [{}] }}) {{ results {{ userErrors {{ code }} }} }}", rows.join(", "))
    };
    let forth = update(&rows);
    rows.reverse();
    assert_eq!(counts(&at_once(&app, &[forth, update(&rows)]).await), (1, 1, 0));
}

async fn who_writes_by_sql_is_waited_for(engine: Engine) {
    let app = TestApp::full(engine).await;
    let festival = antq::ids::NodeId::encode("festival", 1);
    let hosts =
        [format!(r#"festivalHostsUpdate(input: {{ id: "{festival}", expectedVersion: 1, ids: [] }}) {{ {ERRORS} }}"#)];
    let other = begin(app.store.writer()).await.unwrap();
    other.execute_unprepared("UPDATE festival SET venue = 'Nhà văn hóa' WHERE id = 1").await.unwrap();
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let is_waiting = async || {
        // On SQLite who waits has no connection yet.
        if engine == Engine::Sqlite {
            return true;
        }
        let asked = Statement::from_string(DbBackend::Postgres, waiting);
        let counted = app.store.reader().query_one_raw(asked).await.unwrap().unwrap();
        counted.try_get_by_index::<i64>(0).unwrap() > 0
    };
    let commit = async {
        while !is_waiting().await {}
        other.commit().await.unwrap();
    };
    let both = join(at_once(&app, &hosts), commit);
    let (codes, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    assert_eq!(counts(&codes), (0, 1, 0));
}
