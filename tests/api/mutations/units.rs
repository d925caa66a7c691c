//! Units that become one, or two; and what a festival leads to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ERRORS, id, ward};
use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(
    teams_that_are_merged_lose_nobody,
    a_team_is_split_with_its_own_members_only,
    wards_are_merged_and_split_with_all_that_is_theirs,
    a_ward_of_which_reports_speak_is_not_merged,
    a_festival_leads_to_what_it_is_said_to,
    a_unit_that_is_merged_or_split_is_another_one,
    which_of_several_is_wrong_is_told,
    a_ward_that_is_put_together_again_is_not_divided,
);

/// The first two teams of a ward.
async fn two_teams(app: &TestApp) -> [Value; 2] {
    let teams = app.data(r#"{ ward(code: "31510") { teams(first: 2) { nodes { id version members(first: 50) { nodes { id role } } } } } }"#).await;
    let nodes = teams["ward"]["teams"]["nodes"].as_array().unwrap();
    [nodes[0].clone(), nodes[1].clone()]
}

async fn teams_that_are_merged_lose_nobody(engine: Engine) {
    let app = TestApp::full(engine).await;
    let token = id(&app, "{ changes { token } }", "/changes/token").await;
    let count = async || {
        app.data(r#"{ ward(code: "31510") { teams { totalCount } } members(first: 0, filter: { ward: { code: { eq: "31510" } } }) { totalCount } }"#).await
    };
    let before = count().await;
    let [into, from] = two_teams(&app).await;
    let merge = |into: &Value, from: &Value| {
        format!(
            "mutation {{ teamsMerge(input: {{ into: {{ id: {}, expectedVersion: {} }}, from: [{{ id: {}, expectedVersion: {} }}] }}) {{ team {{ members(first: 50) {{ nodes {{ id role }} }} }} {ERRORS} }} }}",
            into["id"], into["version"], from["id"], from["version"]
        )
    };
    let twice = app.data(&merge(&into, &into)).await;
    assert_eq!(twice["teamsMerge"]["userErrors"][0]["code"], "INVALID");
    let elsewhere = json!({ "id": id(&app, r#"{ ward(code: "31120") { teams(first: 1) { nodes { id } } } }"#, "/ward/teams/nodes/0/id").await, "version": 1 });
    assert_eq!(app.data(&merge(&into, &elsewhere)).await["teamsMerge"]["userErrors"][0]["code"], "RULE");
    let merged = app.data(&merge(&into, &from)).await["teamsMerge"].clone();
    assert_eq!(merged["userErrors"], json!([]));
    let members = merged["team"]["members"]["nodes"].as_array().unwrap();
    let ids = |team: &Value| {
        team["members"]["nodes"].as_array().unwrap().iter().map(|member| member["id"].clone()).collect::<Vec<_>>()
    };
    let all: BTreeSet<String> = [ids(&into), ids(&from)].concat().iter().map(Value::to_string).collect();
    assert_eq!(members.iter().map(|member| member["id"].to_string()).collect::<BTreeSet<_>>(), all);
    assert_eq!(members.iter().filter(|member| member["role"] == "LEADER").count(), 1);
    let after = count().await;
    assert_eq!(after["members"], before["members"]);
    let teams = |count: &Value| count["ward"]["teams"]["totalCount"].as_i64().unwrap();
    assert_eq!(teams(&after), teams(&before) - 1);
    // The feed says which team stands for the one that is gone.
    let merged = async {
        loop {
            let told = app.data(&format!(r#"{{ changes(after: "{token}", types: [TEAM], first: 500) {{ changes {{ operation id into }} }} }}"#)).await;
            if let Some(last) = told["changes"]["changes"].as_array().unwrap().last() {
                return last.clone();
            }
        }
    };
    let merged = tokio::time::timeout(std::time::Duration::from_secs(60), merged).await.unwrap();
    assert_eq!(merged, json!({ "operation": "MERGE", "id": from["id"], "into": into["id"] }));
    let history = app.data(&format!("{{ history(id: {}) {{ entries {{ operation }} }} }}", from["id"])).await;
    assert_eq!(history["history"]["entries"][0]["operation"], "MERGED");
}

async fn a_team_is_split_with_its_own_members_only(engine: Engine) {
    let app = TestApp::full(engine).await;
    let [team, other] = two_teams(&app).await;
    let (mine, theirs) = (&team["members"]["nodes"][1]["id"], &other["members"]["nodes"][0]["id"]);
    let split = |member: &Value| {
        format!(
            "mutation {{ teamSplit(input: {{ id: {}, expectedVersion: 1, code: \"98\", name: \"Tổ 98\", locality: \"Khu vực 98\", memberIds: [{member}] }}) {{ team {{ id }} newTeam {{ code ward {{ code }} members {{ nodes {{ id }} }} }} {ERRORS} }} }}",
            team["id"]
        )
    };
    let refused = app.data(&split(theirs)).await["teamSplit"].clone();
    assert_eq!(
        (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]),
        (&json!("NOT_FOUND"), &json!(["input", "memberIds", "0"]))
    );
    assert!(
        !app.data(r#"{ ward(code: "31510") { teams(first: 50) { nodes { code } } } }"#)
            .await
            .to_string()
            .contains("\"98\"")
    );
    let done = app.data(&split(mine)).await["teamSplit"].clone();
    assert_eq!(
        done["newTeam"],
        json!({ "code": "98", "ward": { "code": "31510" }, "members": { "nodes": [{ "id": mine }] } })
    );
    assert_eq!((&done["team"]["id"], &done["userErrors"]), (&team["id"], &json!([])));
}

async fn wards_are_merged_and_split_with_all_that_is_theirs(engine: Engine) {
    let app = TestApp::full(engine).await;
    let state = async |code: &str| {
        app.data(&format!(r#"{{ ward(code: "{code}") {{ id version teams(first: 100) {{ totalCount nodes {{ code }} }} predecessors(first: 50) {{ nodes {{ id }} }} }} members(first: 0, filter: {{ ward: {{ code: {{ eq: "{code}" }} }} }}) {{ totalCount }} }}"#)).await
    };
    let number = |state: &Value, pointer: &str| state.pointer(pointer).unwrap().as_i64().unwrap();
    // Wards of which no report says anything.
    let wards = app.data(r#"{ wards(first: 2, filter: { city: { code: { eq: "92" } }, observations: { none: {} }, designations: { none: {} }, teams: { some: {} } }) { nodes { code } } }"#).await;
    let code = |index: usize| wards["wards"]["nodes"][index]["code"].as_str().unwrap().to_owned();
    let (into, from) = (state(&code(0)).await, state(&code(1)).await);
    let merge = format!(
        "mutation {{ wardsMerge(input: {{ into: {{ id: {}, expectedVersion: 1 }}, from: [{{ id: {}, expectedVersion: 1 }}] }}) {{ ward {{ code }} {ERRORS} }} }}",
        into["ward"]["id"], from["ward"]["id"]
    );
    assert_eq!(app.data(&merge).await["wardsMerge"], json!({ "ward": { "code": code(0) }, "userErrors": [] }));
    let merged = state(&code(0)).await;
    assert_eq!(number(&merged, "/ward/version"), 2);
    for pointer in ["/ward/teams/totalCount", "/members/totalCount"] {
        assert_eq!(number(&merged, pointer), number(&into, pointer) + number(&from, pointer), "{pointer}");
    }
    let codes: BTreeSet<String> =
        merged["ward"]["teams"]["nodes"].as_array().unwrap().iter().map(|team| team["code"].to_string()).collect();
    assert_eq!(codes.len() as i64, number(&merged, "/ward/teams/totalCount"));
    let former = |state: &Value| {
        state["ward"]["predecessors"]["nodes"].as_array().unwrap().iter().map(Value::to_string).collect::<BTreeSet<_>>()
    };
    assert_eq!(former(&merged), former(&into).union(&former(&from)).cloned().collect());
    assert_eq!(app.query(&format!(r#"{{ ward(code: "{}") {{ id }} }}"#, code(1))).await.code(), "NOT_FOUND");
    // And apart again.
    let team = app
        .data(&format!(r#"{{ ward(code: "{}") {{ teams(first: 1) {{ nodes {{ id }} }} }} }}"#, code(0)))
        .await["ward"]["teams"]["nodes"][0]["id"]
        .clone();
    let split = format!(
        "mutation {{ wardSplit(input: {{ id: {}, expectedVersion: {}, code: \"99998\", name: \"Phường Mới\", kind: WARD, latitude: 10, longitude: 105, teamIds: [{team}] }}) {{ newWard {{ city {{ code }} teams {{ totalCount }} predecessors {{ totalCount }} }} {ERRORS} }} }}",
        merged["ward"]["id"], merged["ward"]["version"]
    );
    let done = app.data(&split).await["wardSplit"].clone();
    assert_eq!(
        done,
        json!({ "newWard": { "city": { "code": "92" }, "teams": { "totalCount": 1 }, "predecessors": { "totalCount": former(&merged).len() } }, "userErrors": [] })
    );
    let left = state(&code(0)).await;
    assert_eq!(number(&left, "/ward/teams/totalCount"), number(&merged, "/ward/teams/totalCount") - 1);
    assert_eq!(number(&left, "/ward/version"), 3);
}

async fn a_ward_of_which_reports_speak_is_not_merged(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (into, from) = (ward(&app, "31120").await, ward(&app, "31135").await);
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let title = format!(
        r#"mutation {{ designationCreate(input: {{ title: "Điển hình", year: 2026, sourceId: "{source}", wardId: "{from}" }}) {{ {ERRORS} }} }}"#
    );
    assert_eq!(app.data(&title).await["designationCreate"]["userErrors"], json!([]));
    let merge = format!(
        r#"mutation {{ wardsMerge(input: {{ into: {{ id: "{into}", expectedVersion: 1 }}, from: [{{ id: "{from}", expectedVersion: 1 }}] }}) {{ {ERRORS} }} }}"#
    );
    let error = app.data(&merge).await["wardsMerge"]["userErrors"][0].clone();
    assert_eq!((&error["code"], &error["path"]), (&json!("IN_USE"), &json!(["input", "from", "0"])), "{error:#}");
    assert_eq!(error["message"], "A ward that would be gone has 1 titles. Change or delete those first.");
}

async fn a_festival_leads_to_what_it_is_said_to(engine: Engine) {
    let app = TestApp::full(engine).await;
    let festival = id(&app, "{ festivals(last: 1) { nodes { id } } }", "/festivals/nodes/0/id").await;
    let organisations =
        app.data("{ organisations(first: 2) { nodes { id } } }").await["organisations"]["nodes"].clone();
    let update = |field: &str, version: i64, ids: &str| {
        format!(
            r#"mutation {{ {field}(input: {{ id: "{festival}", expectedVersion: {version}, ids: [{ids}] }}) {{ festival {{ version hosts {{ nodes {{ id }} }} sources {{ totalCount }} }} {ERRORS} }} }}"#
        )
    };
    let both = format!("{}, {}", organisations[0]["id"], organisations[1]["id"]);
    let linked = app.data(&update("festivalHostsUpdate", 1, &both)).await["festivalHostsUpdate"].clone();
    assert_eq!((&linked["festival"]["hosts"]["nodes"], &linked["festival"]["version"]), (&organisations, &json!(2)));
    let none = app.data(&update("festivalSourcesUpdate", 2, "")).await["festivalSourcesUpdate"].clone();
    assert_eq!((&none["festival"]["sources"]["totalCount"], &none["userErrors"]), (&json!(0), &json!([])));
    let missing = antq::ids::NodeId::encode("organisation", 999_999);
    for (ids, code) in [(format!("\"{missing}\""), "NOT_FOUND"), (format!("\"{festival}\""), "NOT_FOUND")] {
        assert_eq!(
            app.data(&update("festivalHostsUpdate", 3, &ids)).await["festivalHostsUpdate"]["userErrors"][0]["code"],
            code
        );
    }
    let kept = app
        .data(&format!(r#"{{ node(id: "{festival}") {{ ... on Festival {{ hosts {{ nodes {{ id }} }} }} }} }}"#))
        .await;
    assert_eq!(kept["node"]["hosts"]["nodes"], organisations);
}

/// Who has read it has read who is in it.
async fn a_unit_that_is_merged_or_split_is_another_one(engine: Engine) {
    let app = TestApp::full(engine).await;
    let [into, from] = two_teams(&app).await;
    let merge = format!(
        "mutation {{ teamsMerge(input: {{ into: {{ id: {}, expectedVersion: 1 }}, from: [{{ id: {}, expectedVersion: 1 }}] }}) {{ team {{ version }} }} }}",
        into["id"], from["id"]
    );
    assert_eq!(app.data(&merge).await["teamsMerge"]["team"]["version"], 2);
    let split = format!(
        "mutation {{ teamSplit(input: {{ id: {}, expectedVersion: 2, code: \"98\", name: \"Tổ 98\", locality: \"Khu vực 98\", memberIds: [{}] }}) {{ team {{ version }} }} }}",
        into["id"], from["members"]["nodes"][0]["id"]
    );
    assert_eq!(app.data(&split).await["teamSplit"]["team"]["version"], 3);
    let history = app.data(&format!("{{ history(id: {}) {{ entries {{ operation version }} }} }}", into["id"])).await;
    let entry = |operation: &str, version: i32| json!({ "operation": operation, "version": version });
    assert_eq!(history["history"]["entries"], json!([entry("CHANGED", 3), entry("CHANGED", 2), entry("CREATED", 1)]));
}

async fn which_of_several_is_wrong_is_told(engine: Engine) {
    let app = TestApp::full(engine).await;
    let teams = app
        .data(r#"{ ward(code: "31510") { id teams(first: 3) { nodes { id members(first: 2) { nodes { id } } } } } }"#)
        .await;
    let team = |index: usize| teams["ward"]["teams"]["nodes"][index]["id"].clone();
    let member = |of: usize, index: usize| &teams["ward"]["teams"]["nodes"][of]["members"]["nodes"][index]["id"];
    let (ward, nowhere) = (&teams["ward"]["id"], json!(antq::ids::NodeId::encode("team", 999_999)));
    let merge = |into: i32, second: &Value, version: i32| {
        format!(
            "teamsMerge(input: {{ into: {{ id: {}, expectedVersion: {into} }}, from: [{{ id: {}, expectedVersion: 1 }}, {{ id: {second}, expectedVersion: {version} }}] }})",
            team(0),
            team(1)
        )
    };
    let split = |second: &Value| {
        format!(
            "teamSplit(input: {{ id: {}, expectedVersion: 1, code: \"98\", name: \"Tổ 98\", locality: \"x\", memberIds: [{}, {second}] }})",
            team(0),
            member(0, 0)
        )
    };
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let festival = antq::ids::NodeId::encode("festival", 1);
    let sources = |second: &str| {
        format!(
            r#"festivalSourcesUpdate(input: {{ id: "{festival}", expectedVersion: 1, ids: ["{source}", "{second}"] }})"#
        )
    };
    for (field, code, path) in [
        (merge(7, &team(2), 1), "CONFLICT", &["into"][..]),
        (merge(1, &team(2), 7), "CONFLICT", &["from", "1"]),
        (merge(1, &nowhere, 1), "NOT_FOUND", &["from", "1"]),
        (merge(1, ward, 1), "NOT_FOUND", &["from", "1"]),
        (merge(1, &team(1), 1), "INVALID", &["from", "1"]),
        (split(member(1, 0)), "NOT_FOUND", &["memberIds", "1"]),
        (split(ward), "NOT_FOUND", &["memberIds", "1"]),
        (split(member(0, 0)), "INVALID", &["memberIds", "1"]),
        (sources(&festival), "NOT_FOUND", &["ids", "1"]),
        (sources(&antq::ids::NodeId::encode("source", 999_999)), "NOT_FOUND", &["ids", "1"]),
    ] {
        let data = app.data(&format!("mutation {{ it: {field} {{ {ERRORS} }} }}")).await;
        let (error, path) = (&data["it"]["userErrors"][0], [&["input"], path].concat());
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(path)), "{field}: {error:#}");
        if code == "INVALID" {
            assert_eq!(error["message"], "The same row is named twice.");
        }
    }
}

async fn a_ward_that_is_put_together_again_is_not_divided(engine: Engine) {
    let app = TestApp::full(engine).await;
    let state = async |code: &str| {
        let fields = "id version teams(first: 1) { nodes { id } } predecessors(first: 50) { nodes { code isSplit } }";
        app.data(&format!(r#"{{ ward(code: "{code}") {{ {fields} }} }}"#)).await["ward"].clone()
    };
    let split = |state: &Value| {
        let predecessors = state["predecessors"]["nodes"].as_array().unwrap();
        predecessors.iter().map(|former| former["isSplit"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    let apart = async |ward: &Value, new: &str| {
        let query = format!(
            r#"mutation {{ wardSplit(input: {{ id: {}, expectedVersion: {}, code: "{new}", name: "Phường Mới", kind: WARD, latitude: 10, longitude: 105, teamIds: [{}] }}) {{ newWard {{ id }} }} }}"#,
            ward["id"], ward["version"], ward["teams"]["nodes"][0]["id"]
        );
        app.data(&query).await["wardSplit"]["newWard"]["id"].clone()
    };
    let again = async |code: &str, from: &Value| {
        let into = state(code).await;
        let query = format!(
            "mutation {{ wardsMerge(input: {{ into: {{ id: {}, expectedVersion: {} }}, from: [{{ id: {from}, expectedVersion: 1 }}] }}) {{ {ERRORS} }} }}",
            into["id"], into["version"]
        );
        assert_eq!(app.data(&query).await["wardsMerge"]["userErrors"], json!([]));
    };
    // Of the former wards that became the one some became it wholly; that of the other is one that the reform divided, though
    // it is not known what else it became.
    for (code, news) in [("31150", ["99998", "99997"]), ("31213", ["99996", "99995"])] {
        let before = state(code).await;
        assert_eq!(split(&before).contains(&false), code == "31150", "{before:#}");
        let one = apart(&before, news[0]).await;
        let other = apart(&state(code).await, news[1]).await;
        for new in [one, other] {
            assert!(!split(&state(code).await).contains(&false), "{code} is in several wards");
            again(code, &new).await;
        }
        assert_eq!(state(code).await["predecessors"], before["predecessors"]);
    }
}
