//! The change feed: whoever copies the lists and then follows it has the register, whatever happens meanwhile.

pub mod partner;

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::{
    support::{Engine, TestApp, full_database, on_both_engines},
    visibility::roles::{Role, WARD},
};
use partner::Partner;

on_both_engines!(
    every_change_is_told_in_order,
    nothing_is_skipped_that_commits_late,
    a_token_that_is_not_of_this_history_is_a_gap,
    members_are_told_of_to_those_who_see_them,
    a_page_with_its_rows_is_two_statements,
    a_copy_made_while_the_register_changes_is_the_register,
);

async fn token(app: &TestApp) -> String {
    app.data("{ changes { token hasMore changes { id } } }").await["changes"]["token"].as_str().unwrap().to_owned()
}

async fn behind(app: &TestApp, token: &str) -> Value {
    app.data(&format!(r#"{{ changes(after: "{token}") {{ token hasMore changes {{ operation type id version into node {{ id }} }} }} }}"#)).await["changes"].take()
}

/// The same, once there are so many: on PostgreSQL a change is told when no older transaction runs on the server, of other
/// databases neither.
async fn told(app: &TestApp, token: &str, changes: usize) -> Value {
    let all = async {
        loop {
            let page = behind(app, token).await;
            if page["changes"].as_array().unwrap().len() >= changes {
                return page;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), all).await.expect("the changes were not told")
}

async fn every_change_is_told_in_order(engine: Engine) {
    let app = TestApp::full(engine).await;
    let start = token(&app).await;
    assert_eq!(behind(&app, &start).await["changes"], json!([]));
    let ward = "d2FyZDox";
    let made = app.data(&format!(r#"mutation {{ teamCreate(input: {{ wardId: "{ward}", code: "99", name: "A", locality: "A" }}) {{ team {{ id }} }} }}"#)).await;
    let team = &made["teamCreate"]["team"]["id"];
    app.data(&format!("mutation {{ teamUpdate(input: {{ id: {team}, expectedVersion: 1, name: \"B\" }}) {{ userErrors {{ code }} }} }}")).await;
    app.data(&format!("mutation {{ teamDelete(input: {{ rows: [{{ id: {team}, expectedVersion: 2 }}] }}) {{ userErrors {{ code }} }} }}")).await;
    app.data(r#"mutation { memberRedact(input: { rows: [{ id: "bWVtYmVyOjE", expectedVersion: 1 }] }) { written } }"#)
        .await;
    // By straight SQL, as another program would.
    app.store.writer().execute_unprepared("DELETE FROM festival_host WHERE festival_id = 1").await.unwrap();
    let hosts = app.data("{ festivals(last: 1) { nodes { id hosts { totalCount } } } }").await;
    assert_eq!(hosts["festivals"]["nodes"][0]["hosts"]["totalCount"], 0);
    let told = told(&app, &start, 6).await;
    let changes: Vec<Value> =
        told["changes"].as_array().unwrap().iter().filter(|change| change["type"] != "Dataset").cloned().collect();
    let upsert = |of: &str, id: &Value, version: Value, there: bool| json!({ "operation": "UPSERT", "type": of, "id": id, "version": version, "into": null, "node": if there { json!({ "id": id }) } else { Value::Null } });
    let (member, festival) = (json!("bWVtYmVyOjE"), json!("ZmVzdGl2YWw6MQ"));
    let mut expected = vec![
        upsert("Team", team, json!(1), false),
        upsert("Team", team, json!(2), false),
        json!({ "operation": "DELETE", "type": "Team", "id": team, "version": 2, "into": null, "node": null }),
        json!({ "operation": "REDACT", "type": "Member", "id": member, "version": 2, "into": null, "node": { "id": member } }),
    ];
    let hosts = changes.len() - expected.len();
    assert!(hosts > 0);
    expected.extend((0..hosts).map(|_| upsert("Festival", &festival, Value::Null, true)));
    assert_eq!(changes, expected);
    // Page by page it is the same, and behind the last there is nothing.
    let mut paged = Vec::new();
    let mut at = start.clone();
    loop {
        let page = app
            .data(&format!(r#"{{ changes(after: "{at}", first: 1) {{ token hasMore changes {{ type token }} }} }}"#))
            .await["changes"]
            .take();
        paged.extend(page["changes"].as_array().unwrap().clone());
        at = page["token"].as_str().unwrap().to_owned();
        if page["hasMore"] == false {
            break;
        }
    }
    assert_eq!(paged.len(), told["changes"].as_array().unwrap().len());
    assert_eq!(behind(&app, paged.last().unwrap()["token"].as_str().unwrap()).await["changes"], json!([]));
    let teams = app.data(&format!(r#"{{ changes(after: "{start}", types: [TEAM]) {{ changes {{ type }} }} }}"#)).await;
    assert_eq!(teams["changes"]["changes"], json!([{ "type": "Team" }, { "type": "Team" }, { "type": "Team" }]));
    for (asked, code) in [
        (r#"after: "x""#, "BAD_USER_INPUT"),
        ("first: 0", "BAD_USER_INPUT"),
        ("first: -1", "BAD_USER_INPUT"),
        (&*format!(r#"after: "{start}", first: 501"#), "PAGE_SIZE_EXCEEDED"),
    ] {
        assert_eq!(app.query(&format!("{{ changes({asked}) {{ token }} }}")).await.code(), code, "{asked}");
    }
}

/// Numbers are given in the order of writing, and seen in that of committing.
async fn nothing_is_skipped_that_commits_late(engine: Engine) {
    let app = TestApp::full(engine).await;
    let start = token(&app).await;
    let write = |team: i64| format!("UPDATE team SET name = 'late' WHERE id = {team}");
    let late = app.store.writer().begin().await.unwrap();
    late.execute_unprepared(&write(1)).await.unwrap();
    if engine == Engine::Postgres {
        // Of another table: who writes to the same one waits.
        app.store.writer().execute_unprepared("UPDATE ward SET area_km2 = 1 WHERE id = 2").await.unwrap();
    }
    let meanwhile = behind(&app, &start).await;
    late.commit().await.unwrap();
    app.store.writer().execute_unprepared(&write(3)).await.unwrap();
    let mut ids: Vec<Value> =
        meanwhile["changes"].as_array().unwrap().iter().map(|change| change["id"].clone()).collect();
    let rest =
        told(&app, meanwhile["token"].as_str().unwrap(), 3 - ids.len() - usize::from(engine == Engine::Sqlite)).await;
    ids.extend(rest["changes"].as_array().unwrap().iter().map(|change| change["id"].clone()));
    let id = |team: i64| json!(antq::ids::NodeId::encode("team", team));
    let expected = match engine {
        Engine::Sqlite => vec![id(1), id(3)],
        Engine::Postgres => vec![id(1), json!(antq::ids::NodeId::encode("ward", 2)), id(3)],
    };
    assert_eq!(ids, expected);
}

async fn a_token_that_is_not_of_this_history_is_a_gap(engine: Engine) {
    let (app, other) = (TestApp::full(engine).await, TestApp::full(engine).await);
    // A copy of the same database that was put back, and went on as another history.
    // Its epoch is as docs/OPERATIONS.md has it made.
    let epoch = "UPDATE change_feed SET epoch = '0123456789abcdef0123456789abcdef'";
    other.store.writer().execute_unprepared(epoch).await.unwrap();
    let ask = |token: &str| format!(r#"{{ changes(after: "{token}") {{ token }} }}"#);
    let foreign = token(&other).await;
    other.data(&ask(&foreign)).await;
    let reply = app.query(&ask(&foreign)).await;
    assert_eq!(reply.code(), "GAP");
    assert!(reply.message().contains("Take a new token"), "{}", reply.message());
    // Entries are no longer kept.
    let old = token(&app).await;
    app.store.writer().execute_unprepared("UPDATE team SET name = 'x' WHERE id = 1").await.unwrap();
    let behind = token(&app).await;
    app.store.writer().execute_unprepared("UPDATE change_feed SET kept_xact = (SELECT MAX(xact) FROM change_log), kept_seq = (SELECT MAX(seq) FROM change_log)").await.unwrap();
    assert_eq!(app.query(&ask(&old)).await.code(), "GAP");
    app.data(&ask(&behind)).await;
}

/// What PostgreSQL takes away at once is told by no entry. What an older transaction writes afterwards is told all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncation_is_a_gap() {
    for truncated in ["festival_source", "change_log"] {
        let app = TestApp::full(Engine::Postgres).await;
        let ask = |token: &str| format!(r#"{{ changes(after: "{token}") {{ token }} }}"#);
        let old = token(&app).await;
        app.data(&ask(&old)).await;
        let older = app.store.writer().begin().await.unwrap();
        older.execute_unprepared("SELECT pg_current_xact_id()").await.unwrap();
        app.store.reader().execute_unprepared(&format!("TRUNCATE {truncated}")).await.unwrap();
        assert_eq!(app.query(&ask(&old)).await.code(), "GAP");
        let start = token(&app).await;
        older.execute_unprepared("UPDATE team SET name = 'x' WHERE id = 1").await.unwrap();
        older.commit().await.unwrap();
        let told = told(&app, &start, 1).await;
        assert_eq!(told["changes"][0]["id"], antq::ids::NodeId::encode("team", 1));
    }
}

/// The feed is read as everything else is: once, with the connection of its request, and the rows of a level together.
async fn a_page_with_its_rows_is_two_statements(engine: Engine) {
    let app = TestApp::full(engine).await;
    let start = token(&app).await;
    app.store.writer().execute_unprepared("UPDATE team SET name = 'x' WHERE id < 4").await.unwrap();
    told(&app, &start, 3).await;
    app.statements();
    let page = format!(r#"changes(after: "{start}") {{ changes {{ node {{ id ... on Team {{ name }} }} }} }}"#);
    let read = app.data(&format!("{{ {page} again: {page} }}")).await;
    assert_eq!(read["changes"], read["again"]);
    assert_eq!(read["changes"]["changes"][2]["node"]["name"], "x");
    let statements = app.statements();
    assert_eq!(statements.len(), 2, "{statements:#?}");
}

async fn members_are_told_of_to_those_who_see_them(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let (nobody, all, ward) =
        (Role::anonymous(), Role::named(&roles, "members"), Role::named(&roles, "a ward's members"));
    let start = nobody.data(&app, "{ changes { token } }").await["changes"]["token"].as_str().unwrap().to_owned();
    let of = |ward: &str| {
        format!("(SELECT MIN(team.id) FROM team JOIN ward ON ward.id = team.ward_id WHERE ward.code = '{ward}')")
    };
    let writer = app.store.writer();
    let place = |ward: &str| {
        format!(
            "team_id = {team}, ward_id = (SELECT ward_id FROM team WHERE id = {team}), city_id = (SELECT city_id FROM team WHERE id = {team})",
            team = of(ward)
        )
    };
    let member = |ward: &str| format!("(SELECT MAX(id) FROM member WHERE team_id = {})", of(ward));
    let number = |query: String| {
        let statement = sea_orm::Statement::from_string(app.store.engine(), format!("SELECT {query} AS id"));
        async { app.store.writer().query_one_raw(statement).await.unwrap().unwrap().try_get::<i64>("", "id").unwrap() }
    };
    let (here, there) = (number(member(WARD)).await, number(member("31120")).await);
    for sql in [
        format!("UPDATE member SET role = 'MEMBER', {} WHERE id = {there}", place(WARD)),
        format!("UPDATE member SET role = 'MEMBER', {} WHERE id = {here}", place("31120")),
        format!("UPDATE member SET role = 'DEPUTY' WHERE id = {here}"),
        format!("UPDATE award SET member_id = NULL WHERE member_id IN ({here}, {there})"),
        format!("DELETE FROM member WHERE id = {there}"),
    ] {
        writer.execute_unprepared(&sql).await.unwrap();
    }
    let told = async |role: &Role| {
        let ask = format!(
            r#"{{ changes(after: "{start}", types: [MEMBER]) {{ changes {{ operation id node {{ id }} }} }} }}"#
        );
        let changes = role.data(&app, &ask).await["changes"]["changes"].clone();
        changes
            .as_array()
            .unwrap()
            .iter()
            .map(|change| format!("{} {}", change["operation"].as_str().unwrap(), change["id"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let id = |row: i64| antq::ids::NodeId::encode("member", row);
    let (here, there) = (id(here), id(there));
    let all_told = async { while told(all).await.len() < 4 {} };
    tokio::time::timeout(std::time::Duration::from_secs(60), all_told).await.expect("the changes were not told");
    assert_eq!(told(&nobody).await, Vec::<String>::new());
    assert_eq!(
        told(all).await,
        [format!("UPSERT {there}"), format!("UPSERT {here}"), format!("UPSERT {here}"), format!("DELETE {there}")]
    );
    // What leaves the ward is gone for its key, and what is changed elsewhere is nothing to it.
    assert_eq!(told(ward).await, [format!("UPSERT {there}"), format!("DELETE {here}"), format!("DELETE {there}")]);
}

async fn a_copy_made_while_the_register_changes_is_the_register(engine: Engine) {
    let app = TestApp::full(engine).await;
    let seed = std::env::var("SYNC_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_126);
    let writes = std::env::var("SYNC_WRITES").ok().and_then(|writes| writes.parse().ok()).unwrap_or(400);
    let mut copy = Partner::new(&app, seed).await;
    let writers = (0..3).map(|writer| partner::write(&app, seed * 10 + writer, writes / 3));
    let all_written = futures_util::future::join_all(writers);
    tokio::pin!(all_written);
    loop {
        tokio::select! {
            biased;
            _ = &mut all_written => break,
            () = copy.step() => {}
        }
    }
    copy.finish().await;
    let register = Partner::whole(&app).await;
    let differ: Vec<_> = register.iter().filter(|(id, node)| copy.rows.get(*id) != Some(node)).take(3).collect();
    assert!(differ.is_empty(), "seed {seed}: missing or other: {differ:#?}");
    let more: Vec<_> = copy.rows.keys().filter(|id| !register.contains_key(*id)).take(3).collect();
    assert!(more.is_empty(), "seed {seed}: gone in the register: {more:?}");
    assert!(copy.crashes > 0 && copy.followed > 0, "the copy was too quick to be disturbed");
}
