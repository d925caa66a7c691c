//! Rosters that come as files with a mutation: the plan, the writing of just that plan, and who may do so.

mod forms;
mod personal;

use antq::store::Store;
use axum::{
    body::Body,
    http::{Request, header},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    support::{Engine, Reply, TestApp, full_database, on_both_engines},
    visibility::roles::Role,
};

on_both_engines!(
    every_planted_mistake_is_named_and_nothing_is_written,
    a_roster_is_planned_and_then_written_once,
    only_the_plan_that_was_seen_is_written,
    a_key_writes_the_rosters_of_its_places_only,
    only_who_may_write_sends_a_file,
);

/// The ward that the samples are about.
const PHU_LOI: &str = "31510";

const IMPORT: &str = "mutation($input: RosterImportInput!) { rosterImport(input: $input) { \
    plan { token wardCodes notRead added changed unchanged absent retired newTeams errors warnings \
    changes { action fullName team sheet row values { column from to isPersonal } } \
    problems { code severity sheet row column value message suggestion } } \
    written { added changed retired newTeams } userErrors { code message path presentVersion } } }";

/// What divides the parts of the forms here.
const BOUNDARY: &str = "aA1-:-Zz9";

/// One part of a form, with these headers.
fn part(headers: &str, content: &[u8]) -> Vec<u8> {
    [format!("--{BOUNDARY}\r\n{headers}\r\n\r\n").as_bytes(), content, b"\r\n"].concat()
}

fn named(name: &str, content: &str) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), content.as_bytes())
}

fn file(name: &str, file_name: &str, content: &[u8]) -> Vec<u8> {
    let disposition = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"");
    part(&format!("{disposition}\r\nContent-Type: application/octet-stream"), content)
}

/// Parts, with the end behind them.
fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat()
}

/// An operation as a part.
fn operation(query: &str, variables: &Value) -> Vec<u8> {
    named("operations", &json!({ "query": query, "variables": variables }).to_string())
}

const MAP: &str = r#"{"0":["variables.input.file"]}"#;

/// A request to import a file.
fn importing(input: &Value, file_name: &str, content: &[u8]) -> Vec<u8> {
    let mut input = input.clone();
    input["file"] = Value::Null;
    form(&[operation(IMPORT, &json!({ "input": input })), named("map", MAP), file("0", file_name, content)])
}

/// A form as it is sent, with these headers.
fn request(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary=\"{BOUNDARY}\""))
        .header(header::ACCEPT, "application/graphql-response+json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// The header of who needs no credential.
const PREFLIGHT: (&str, &str) = ("graphql-require-preflight", "1");

/// What is answered to a roster that is sent with these headers, for a stated purpose.
async fn imported(app: &TestApp, headers: &[(&str, &str)], input: &Value, content: &[u8]) -> Value {
    let reply = app.send(request(headers, importing(input, "roster.xlsx", content))).await;
    let mut json = reply.json();
    assert!(json.get("errors").is_none(), "{json:#}");
    json["data"]["rosterImport"].take()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/data/samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn planted() -> Vec<u8> {
    sample("roster-phu-loi.xlsx")
}

fn fixed() -> Vec<u8> {
    sample("roster-phu-loi-fixed.xlsx")
}

fn for_phu_loi() -> Value {
    json!({ "wardCode": PHU_LOI })
}

fn writing(plan: &Value) -> Value {
    json!({ "wardCode": PHU_LOI, "plan": plan["token"] })
}

/// The last change of the register: as long as it is the same, nothing was written.
async fn last_change(store: &Store) -> String {
    let sql = "SELECT CAST(MAX(seq) AS TEXT) AS last FROM change_log";
    let row = store.reader().query_one_raw(Statement::from_string(store.engine(), sql)).await.unwrap().unwrap();
    row.try_get::<Option<String>>("", "last").unwrap().unwrap_or_default()
}

async fn members(app: &TestApp) -> i64 {
    let data = app.data(&format!("{{ ward(code: \"{PHU_LOI}\") {{ members {{ totalCount }} }} }}")).await;
    data["ward"]["members"]["totalCount"].as_i64().unwrap()
}

/// The cells and codes of what must be solved first.
fn errors(plan: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |problem: &Value| (format!("{}{}", text(&problem["column"]), problem["row"]), text(&problem["code"]));
    let problems = plan["problems"].as_array().unwrap().iter().filter(|problem| problem["severity"] == "ERROR");
    problems.map(of).collect()
}

async fn every_planted_mistake_is_named_and_nothing_is_written(engine: Engine) {
    const PLANTED: [(&str, &str); 10] = [
        ("A9", "WARD_OTHER"),
        ("M36", "DATES"),
        ("G59", "BIRTH_DATE"),
        ("F60", "GENDER"),
        ("H61", "ROLE"),
        ("I62", "PHONE"),
        ("J63", "NATIONAL_ID"),
        ("B64", "TEAM_UNKNOWN"),
        ("H65", "LEADERS"),
        ("E66", "DUPLICATE"),
    ];
    let app = TestApp::full(engine).await;
    let before = last_change(&app.store).await;
    let answer = imported(&app, &[PREFLIGHT], &for_phu_loi(), &planted()).await;
    let plan = &answer["plan"];
    let expected = PLANTED.map(|(cell, code)| (cell.to_owned(), code.to_owned()));
    assert_eq!(errors(plan), expected, "{plan:#}");
    assert_eq!((&plan["errors"], &plan["warnings"]), (&json!(10), &json!(1)));
    assert_eq!((&plan["wardCodes"], &plan["notRead"]), (&json!([PHU_LOI]), &json!(["Hướng dẫn"])));
    assert_eq!((&answer["written"], &answer["userErrors"]), (&Value::Null, &json!([])));
    let of = |code: &str| plan["problems"].as_array().unwrap().iter().find(|problem| problem["code"] == code).unwrap();
    let gender = json!({
        "code": "GENDER", "severity": "ERROR", "sheet": "Danh sách", "row": 60, "column": "F", "value": "Nma",
        "message": "\"Giới tính\" is one of Nam, Nữ.", "suggestion": "\"Nam\"",
    });
    assert_eq!(*of("GENDER"), gender);
    // It is just this plan, and it has problems.
    let refused = imported(&app, &[PREFLIGHT], &writing(plan), &planted()).await;
    let message = "There are 10 problems to be solved first.";
    let error = json!({ "code": "INVALID", "message": message, "path": ["input", "file"], "presentVersion": null });
    assert_eq!((&refused["userErrors"], &refused["written"]), (&json!([error]), &Value::Null));
    assert_eq!(refused["plan"], *plan);
    assert_eq!(last_change(&app.store).await, before);
}

async fn a_roster_is_planned_and_then_written_once(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "clerk", "registry:write,members:personal", &["--ward", PHU_LOI]);
    let key = [("x-api-key", clerk.key().unwrap())];
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let (before, changes) = (members(&open).await, last_change(&app.store).await);
    let planned = imported(&app, &key, &for_phu_loi(), &fixed()).await;
    let plan = &planned["plan"];
    let counts = |plan: &Value| {
        ["added", "changed", "unchanged", "absent", "retired", "newTeams", "errors"]
            .map(|name| plan[name].as_i64().unwrap())
    };
    assert_eq!(counts(plan), [7, 3, before - 3, 0, 0, 0, 0]);
    assert_eq!((&planned["written"], &planned["userErrors"]), (&Value::Null, &json!([])));
    let actions = |action: &str| {
        plan["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| change["action"] == action)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!((actions("ADD").len(), actions("CHANGE").len()), (7, 3));
    assert_eq!(
        (&actions("ADD")[2]["fullName"], &actions("ADD")[2]["sheet"]),
        (&json!("Thạch Sơn"), &json!("Danh sách"))
    );
    let left: Vec<Value> =
        actions("CHANGE").iter().flat_map(|change| change["values"].as_array().unwrap().clone()).collect();
    let day = json!({ "column": "Ngày thôi tham gia", "from": null, "to": "15/11/2026", "isPersonal": false });
    assert!(left.contains(&day), "{left:#?}");
    assert_eq!((members(&open).await, last_change(&app.store).await), (before, changes));

    let done = imported(&app, &key, &writing(plan), &fixed()).await;
    let written = json!({ "added": 7, "changed": 3, "retired": 0, "newTeams": 0 });
    assert_eq!((&done["written"], &done["userErrors"]), (&written, &json!([])));
    assert_eq!(members(&open).await, before + 7);
    let query = "{ members(filter: { fullName: { eq: \"Thạch Sơn\" } }) { nodes { id birthDate } } }";
    let newest = open.data(query).await["members"]["nodes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(newest["birthDate"], "1988-04-17");
    let history = format!("{{ history(id: {}) {{ entries {{ operation changedBy }} }} }}", newest["id"]);
    let entries = open.data(&history).await["history"]["entries"].clone();
    assert_eq!(entries, json!([{ "operation": "CREATED", "changedBy": "key:clerk" }]));

    // The same once more is another plan; it would write nothing, and that is what it writes.
    let changes = last_change(&app.store).await;
    let again = imported(&app, &key, &writing(plan), &fixed()).await;
    assert_eq!((&again["written"], &again["userErrors"][0]["code"]), (&Value::Null, &json!("CONFLICT")));
    assert_eq!(counts(&again["plan"]), [0, 0, before + 7, 0, 0, 0, 0]);
    let nothing = imported(&app, &key, &writing(&again["plan"]), &fixed()).await;
    assert_eq!(nothing["written"], json!({ "added": 0, "changed": 0, "retired": 0, "newTeams": 0 }));
    assert_eq!(last_change(&app.store).await, changes);
}

async fn only_the_plan_that_was_seen_is_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let plan = imported(&app, &[PREFLIGHT], &for_phu_loi(), &fixed()).await["plan"].take();
    let before = last_change(&app.store).await;
    let refused = async |input: Value, content: &[u8], path: &str, code: &str, said: &str| {
        let before = last_change(&app.store).await;
        let answer = imported(&app, &[PREFLIGHT], &input, content).await;
        let error = &answer["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["input", path])), "{error:#}");
        assert!(error["message"].as_str().unwrap().contains(said), "{error:#}");
        assert_eq!(answer["written"], Value::Null);
        assert_eq!(last_change(&app.store).await, before);
    };
    // Another name, another file, another input.
    let name = plan["token"].as_str().unwrap();
    let other = json!({ "wardCode": PHU_LOI, "plan": "0123456789abcdef0123456789abcdef" });
    refused(other, &fixed(), "plan", "CONFLICT", name).await;
    refused(writing(&plan), &planted(), "plan", "CONFLICT", "have changed").await;
    let mut retiring = writing(&plan);
    retiring["retireMissing"] = json!(true);
    refused(retiring, &fixed(), "plan", "CONFLICT", "have changed").await;
    // What cannot be read, and a ward that is none.
    refused(writing(&plan), b"%PDF-1.7", "file", "INVALID", "The file is a PDF").await;
    refused(writing(&plan), b"", "file", "INVALID", "The file is empty.").await;
    let nowhere = json!({ "wardCode": "Phường Không Đâu" });
    refused(nowhere, &fixed(), "wardCode", "INVALID", "There is no ward \"Phường Không Đâu\".").await;
    assert_eq!(last_change(&app.store).await, before);
    // The register moves.
    let team = "{ ward(code: \"31510\") { teams(first: 1) { nodes { id version } } } }";
    let team = app.data(team).await["ward"]["teams"]["nodes"][0].take();
    let change =
        format!("input: {{ id: {}, expectedVersion: {}, locality: \"ấp Khác\" }}", team["id"], team["version"]);
    app.data(&format!("mutation {{ teamUpdate({change}) {{ team {{ version }} }} }}")).await;
    refused(writing(&plan), &fixed(), "plan", "CONFLICT", "the register have changed").await;
}

async fn a_key_writes_the_rosters_of_its_places_only(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let other = Role::making(&url, "clerk elsewhere", "registry:write,members:personal", &["--ward", "31120"]);
    let key = [("x-api-key", other.key().unwrap())];
    let before = last_change(&app.store).await;
    for input in [for_phu_loi(), json!({ "wardCode": PHU_LOI, "retireMissing": true })] {
        let answer = imported(&app, &key, &input, &fixed()).await;
        let plan = &answer["plan"];
        let problems = plan["problems"].as_array().unwrap();
        let lines = problems.len() as i64;
        assert!(lines > 50 && problems.iter().all(|problem| problem["code"] == "WARD_OTHER"), "{plan:#}");
        // Nobody of the ward is told of.
        let [added, changed, unchanged, absent] = ["added", "changed", "unchanged", "absent"].map(|name| &plan[name]);
        assert_eq!((added, changed, unchanged, absent), (&json!(0), &json!(0), &json!(0), &json!(0)));
        let mut writing = input.clone();
        writing["plan"] = plan["token"].clone();
        let refused = imported(&app, &key, &writing, &fixed()).await;
        assert_eq!((&refused["written"], &refused["userErrors"][0]["code"]), (&Value::Null, &json!("INVALID")));
    }
    assert_eq!(last_change(&app.store).await, before);
}

async fn only_who_may_write_sends_a_file(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let before = last_change(&app.store).await;
    for role in &roles {
        let headers: Vec<_> = role.key().map(|key| ("x-api-key", key)).into_iter().chain([PREFLIGHT]).collect();
        let reply: Reply = app.send(request(&headers, importing(&for_phu_loi(), "a.xlsx", &fixed()))).await;
        let json = reply.json();
        let scope = &json["errors"][0]["extensions"]["scope"];
        match role.name {
            // They write, and see nobody.
            "a key that writes" => {
                assert_eq!((reply.status.as_u16(), scope), (200, &json!("members:read")), "{json:#}");
                assert_eq!(json["data"], json!({ "rosterImport": null }));
            }
            _ if role.admin => assert_eq!(json["data"]["rosterImport"]["plan"]["added"], 7, "{}: {json:#}", role.name),
            _ => {
                assert_eq!((reply.status.as_u16(), scope), (403, &json!("registry:write")), "{}: {json:#}", role.name);
                assert_eq!(reply.code(), "FORBIDDEN");
            }
        }
    }
    assert_eq!(last_change(&app.store).await, before);
}
