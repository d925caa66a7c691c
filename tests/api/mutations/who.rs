//! Who may write, where, and what they learn by it.

use serde_json::{Value, json};

use super::{ERRORS, everything, id, team, ward};
use crate::{
    support::{Engine, TestApp, full_database, on_both_engines},
    visibility::roles::{Role, WARD},
};

on_both_engines!(
    only_writers_write,
    a_writer_stays_within_its_places,
    nobody_learns_of_members_by_writing,
    members_elsewhere_are_as_if_not_there,
    a_leader_elsewhere_is_told_to_nobody,
);

async fn only_writers_write(engine: Engine) {
    let url = full_database(engine).await;
    let roles = Role::all(&url);
    let app = TestApp::guarded(&url).await;
    let open = TestApp::over(&url).await;
    let team = team(&open).await;
    let before = everything(&open).await;
    let create =
        format!(r#"mutation {{ memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử" }}) {{ {ERRORS} }} }}"#);
    for role in &roles {
        let reply = role.ask(&app, &create).await;
        if role.admin {
            assert_eq!(reply.json()["data"]["memberCreate"]["userErrors"], json!([]), "{}", role.name);
            continue;
        }
        assert_eq!(reply.code(), "FORBIDDEN", "{}", role.name);
    }
    let after = everything(&open).await;
    assert_eq!(before["teams"], after["teams"]);
    let count = |all: &Value| all["members"]["totalCount"].as_i64().unwrap();
    let admins = roles.iter().filter(|role| role.admin).count() as i64;
    assert_eq!(count(&after), count(&before) + admins);
}

async fn a_writer_stays_within_its_places(engine: Engine) {
    let url = full_database(engine).await;
    let role = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let app = TestApp::guarded(&url).await;
    let open = TestApp::over(&url).await;
    let (here, there) = (ward(&open, WARD).await, ward(&open, "31120").await);
    let mine = team(&open).await;
    let theirs =
        id(&open, r#"{ ward(code: "31120") { teams(first: 1) { nodes { id } } } }"#, "/ward/teams/nodes/0/id").await;
    let before = everything(&open).await;
    for refused in [
        format!(r#"teamCreate(input: {{ wardId: "{there}", code: "99", name: "x", locality: "x" }})"#),
        format!(r#"teamUpdate(input: {{ id: "{theirs}", expectedVersion: 1, name: "x" }})"#),
        format!(r#"teamUpdate(input: {{ id: "{mine}", expectedVersion: 1, wardId: "{there}", code: "Z9" }})"#),
        // What may be seen is told of as far as it may: the version is another one.
        format!(r#"teamUpdate(input: {{ id: "{theirs}", expectedVersion: 7, name: "x" }})"#),
        format!(r#"memberCreate(input: {{ teamId: "{theirs}", fullName: "x" }})"#),
        format!(r#"teamDelete(input: {{ rows: [{{ id: "{theirs}", expectedVersion: 1 }}] }})"#),
        r#"cityCreate(input: { code: "99", name: "x", kind: CITY, latitude: 1, longitude: 1 })"#.to_owned(),
        format!(r#"wardUpdate(input: {{ id: "{here}", expectedVersion: 1, name: "x" }})"#),
    ] {
        let data = role.data(&app, &format!("mutation {{ it: {refused} {{ {ERRORS} }} }}")).await;
        assert_eq!(data["it"]["userErrors"][0]["code"], "FORBIDDEN", "{refused}: {data:#}");
    }
    assert_eq!(everything(&open).await, before);
    let data = role.data(&app, &format!(r#"mutation {{ memberCreate(input: {{ teamId: "{mine}", fullName: "Lê Văn Thử" }}) {{ member {{ fullName }} {ERRORS} }} }}"#)).await;
    assert_eq!(data["memberCreate"], json!({ "member": { "fullName": "Lê Văn Thử" }, "userErrors": [] }));
}

/// Who may not see a member can neither name it nor learn how many there are.
async fn nobody_learns_of_members_by_writing(engine: Engine) {
    let url = full_database(engine).await;
    let blind = Role::making(&url, "writes and sees nobody", "registry:write", &[]);
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let member = async |ward: &str| {
        id(
            &open,
            &format!(
                r#"{{ members(first: 1, filter: {{ ward: {{ code: {{ eq: "{ward}" }} }} }}) {{ nodes {{ id }} }} }}"#
            ),
            "/members/nodes/0/id",
        )
        .await
    };
    let (here, there, nowhere) =
        (member(WARD).await, member("31120").await, antq::ids::NodeId::encode("member", 999_999));
    let place = ward(&open, WARD).await;
    let festival = format!(
        r#"mutation {{ festivalCreate(input: {{ slug: "ngay-hoi-thu", kind: FESTIVAL, editionYear: 2026, heldOn: "2026-08-19", title: "Thử", wardId: "{place}" }}) {{ festival {{ id }} }} }}"#
    );
    let festival = clerk.data(&app, &festival).await["festivalCreate"]["festival"]["id"].clone();
    let award = |member: &str| {
        format!(
            r#"mutation {{ it: awardCreate(input: {{ festivalId: {festival}, kind: GIFT, title: "Quà", recipientKind: INDIVIDUAL, memberId: "{member}" }}) {{ {ERRORS} }} }}"#
        )
    };
    let missing = json!([{ "code": "NOT_FOUND", "message": "There is no member with this id.", "path": ["input", "memberId"], "presentVersion": null }]);
    for (role, member, told) in [
        (&blind, &here, &missing),
        (&blind, &nowhere, &missing),
        (&clerk, &there, &missing),
        (&clerk, &nowhere, &missing),
        (&clerk, &here, &json!([])),
    ] {
        assert_eq!(&role.data(&app, &award(member)).await["it"]["userErrors"], told, "{} {member}", role.name);
    }
    let team = team(&open).await;
    let delete = format!(
        r#"mutation {{ teamDelete(input: {{ rows: [{{ id: "{team}", expectedVersion: 1 }}] }}) {{ {ERRORS} }} }}"#
    );
    let told = blind.data(&app, &delete).await["teamDelete"]["userErrors"][0]["message"].clone();
    assert_eq!(told, "Other rows refer to it: members. Change or delete those first.");
    let merge = r#"mutation { teamsMerge(input: { into: { id: "dGVhbTox", expectedVersion: 1 }, from: [{ id: "dGVhbToy", expectedVersion: 1 }] }) { userErrors { code } } }"#;
    assert_eq!(blind.ask(&app, merge).await.code(), "FORBIDDEN", "it moves members");
}

/// Neither that there is a member elsewhere is told, nor which version it has.
async fn members_elsewhere_are_as_if_not_there(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let there = r#"{ members(first: 1, filter: { ward: { code: { eq: "31120" } } }) { nodes { id } } }"#;
    let there = id(&open, there, "/members/nodes/0/id").await;
    let before = everything(&open).await;
    let told = async |member: &str, version: i32| {
        let row = format!(r#"id: "{member}", expectedVersion: {version}"#);
        let query = format!(
            r#"mutation {{
                update: memberUpdate(input: {{ {row}, fullName: "Lê Văn Thử" }}) {{ {ERRORS} }}
                delete: memberDelete(input: {{ rows: [{{ {row} }}] }}) {{ {ERRORS} }}
                redact: memberRedact(input: {{ rows: [{{ {row} }}] }}) {{ results {{ {ERRORS} }} }}
            }}"#
        );
        clerk.data(&app, &query).await
    };
    let missing = told(&antq::ids::NodeId::encode("member", 999_999), 1).await;
    assert_eq!(missing["update"]["userErrors"][0]["code"], "NOT_FOUND", "{missing:#}");
    assert_eq!(told(&there, 1).await, missing);
    assert_eq!(told(&there, 7).await, missing);
    assert_eq!(everything(&open).await, before);
}

async fn a_leader_elsewhere_is_told_to_nobody(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let leader = async |ward: &str| {
        let filter =
            format!(r#"ward: {{ code: {{ eq: "{ward}" }} }}, role: {{ eq: LEADER }}, status: {{ eq: ACTIVE }}"#);
        let query = format!("{{ members(first: 1, filter: {{ {filter} }}) {{ nodes {{ id team {{ id }} }} }} }}");
        open.data(&query).await["members"]["nodes"][0].clone()
    };
    let (mine, led) = (leader(WARD).await, leader("31120").await["team"]["id"].clone());
    let there = ward(&open, "31120").await;
    let team = format!(
        r#"mutation {{ teamCreate(input: {{ wardId: "{there}", code: "99", name: "Tổ 99", locality: "x" }}) {{ team {{ id }} }} }}"#
    );
    let leaderless = open.data(&team).await["teamCreate"]["team"]["id"].clone();
    for team in [led, leaderless] {
        for refused in [
            format!(r#"memberCreate(input: {{ teamId: {team}, fullName: "Lê Văn Thử", role: LEADER }})"#),
            format!(r#"memberUpdate(input: {{ id: {}, expectedVersion: 1, teamId: {team} }})"#, mine["id"]),
        ] {
            let data = clerk.data(&app, &format!("mutation {{ it: {refused} {{ {ERRORS} }} }}")).await;
            assert_eq!(data["it"]["userErrors"][0]["code"], "FORBIDDEN", "{refused}: {data:#}");
        }
    }
}
