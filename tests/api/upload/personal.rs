//! A roster's personal data: they are compared with the register's for who may see those, for a stated purpose, and never
//! without an entry in the log; for everyone else names alone are compared.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{errors, fixed, for_phu_loi, imported, importing, planted, request};
use crate::{
    support::{Engine, Reply, TestApp, full_database, on_both_engines},
    visibility::roles::Role,
};

on_both_engines!(
    nobody_finds_personal_data_out_by_a_dry_run,
    names_alone_are_compared_without_a_scope,
    what_cannot_be_noted_is_not_told,
    personal_data_are_told_to_who_may_see_them,
);

const PURPOSE: (&str, &str) = ("x-purpose", "test");

/// Somebody of the ward, with everything that the register knows.
async fn somebody(url: &str) -> Value {
    let query = "{ ward(code: \"31510\") { members(first: 1) { nodes { \
        fullName gender birthDate phone nationalId team { code } } } } }";
    TestApp::over(url).await.data(query).await["ward"]["members"]["nodes"][0].take()
}

/// A list of one: that person, with this in one more column.
fn list(person: &Value, heading: &str, value: &str) -> String {
    let (name, team) = (person["fullName"].as_str().unwrap(), person["team"]["code"].as_str().unwrap());
    format!("Họ và tên;Mã tổ;Chức danh;{heading}\n{name};{team};Tổ viên;{value}\n")
}

async fn sent(app: &TestApp, headers: &[(&str, &str)], csv: &str) -> Reply {
    app.send_as_is(request(headers, importing(&for_phu_loi(), "roster.csv", csv.as_bytes()))).await
}

/// What is noted of who has a key.
async fn log(url: &str) -> Vec<Value> {
    let query = "{ accessLog(first: 200) { nodes { who purpose fields memberCount } } }";
    let entries = TestApp::over(url).await.data(query).await["accessLog"]["nodes"].take();
    let entries = entries.as_array().unwrap().iter();
    entries.filter(|entry| entry["who"].as_str().unwrap().starts_with("key:")).cloned().collect()
}

async fn nobody_finds_personal_data_out_by_a_dry_run(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let person = somebody(&url).await;
    let clerk = Role::making(&url, "clerk", "registry:write,members:read", &[]);
    let officer = Role::making(&url, "officer", "registry:write,members:personal", &[]);
    for (heading, right, wrong) in values(&person) {
        let (right, wrong) = (list(&person, heading, &right), list(&person, heading, wrong));
        for file in [&right, &wrong] {
            let reply = sent(&app, &[("x-api-key", clerk.key().unwrap()), PURPOSE], file).await;
            let json = reply.json();
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (200, "FORBIDDEN"), "{heading}: {json:#}");
            assert_eq!(json["errors"][0]["extensions"]["scope"], "members:personal");
            assert_eq!(json["data"], json!({ "rosterImport": null }));
            let reply = sent(&app, &[("x-api-key", officer.key().unwrap())], file).await;
            assert_eq!(reply.code(), "PURPOSE_REQUIRED", "{heading}: {}", reply.text());
            assert_eq!(reply.json()["data"], json!({ "rosterImport": null }));
        }
        assert_eq!(log(&url).await.len(), 0);
    }
    // Whoever may is told, and each time that is noted, whatever the plan says.
    for (number, (heading, right, wrong)) in values(&person).into_iter().enumerate() {
        for (time, value) in [right.as_str(), wrong].into_iter().enumerate() {
            let headers = [("x-api-key", officer.key().unwrap()), PURPOSE];
            let reply = sent(&app, &headers, &list(&person, heading, value)).await;
            assert!(reply.json()["data"]["rosterImport"]["plan"]["token"].is_string(), "{}", reply.text());
            let entries = log(&url).await;
            assert_eq!(entries.len(), 2 * number + time + 1, "{entries:#?}");
            let fields = entries[0]["fields"].as_str().unwrap();
            let asked = "filter:Member.birthDate filter:Member.nationalId filter:Member.phone";
            assert!(fields.ends_with(asked), "{fields}");
            assert_eq!((&entries[0]["who"], &entries[0]["purpose"]), (&json!("key:officer"), &json!("test")));
        }
    }
}

/// Each column, with what the register has and with something else.
fn values(person: &Value) -> [(&'static str, String, &'static str); 3] {
    let text = |name: &str| person[name].as_str().unwrap().to_owned();
    [
        ("Ngày sinh", text("birthDate"), "1971-02-03"),
        ("Số điện thoại", text("phone"), "01990000001"),
        ("Số định danh cá nhân", text("nationalId"), "000175999999"),
    ]
}

async fn names_alone_are_compared_without_a_scope(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let person = somebody(&url).await;
    let clerk = Role::making(&url, "clerk", "registry:write,members:read", &[]);
    let headers = [("x-api-key", clerk.key().unwrap())];
    let plan = async |file: String| {
        let json = sent(&app, &headers, &file).await.json();
        assert!(json.get("errors").is_none(), "{json:#}");
        json["data"]["rosterImport"]["plan"].clone()
    };
    // The column may be there, if nothing stands in it; and what is none is no more than that.
    for (heading, value, wrong) in [("Giới tính", "", 0), ("Ngày sinh", "", 0), ("Ngày sinh", "1980", 1)] {
        let plan = plan(list(&person, heading, value)).await;
        let met = plan["changed"].as_i64().unwrap() + plan["unchanged"].as_i64().unwrap();
        assert_eq!((met, &plan["added"], &plan["errors"]), (1, &json!(0), &json!(wrong)), "{heading}: {plan:#}");
    }
    // An identity number tells a man from a woman: what the register's tells is not told.
    for gender in ["Nam", "Nữ"] {
        let plan = plan(list(&person, "Giới tính", gender)).await;
        assert_eq!((&plan["errors"], &plan["warnings"]), (&json!(0), &json!(0)), "{gender}: {plan:#}");
    }
    assert_eq!(log(&url).await.len(), 0);
}

async fn what_cannot_be_noted_is_not_told(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let person = somebody(&url).await;
    let officer = Role::making(&url, "officer", "registry:write,members:personal", &[]);
    app.store.writer().execute_unprepared("ALTER TABLE access_log RENAME TO access_log_gone").await.unwrap();
    let headers = [("x-api-key", officer.key().unwrap()), PURPOSE];
    let reply = sent(&app, &headers, &list(&person, "Số điện thoại", person["phone"].as_str().unwrap())).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["data"]), (500, &Value::Null), "{}", reply.text());
    assert!(!reply.text().contains("unchanged"), "{}", reply.text());
    assert_eq!(sent(&app, &headers, &list(&person, "Giới tính", "")).await.status, 200);
}

async fn personal_data_are_told_to_who_may_see_them(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let clerk = Role::making(&url, "clerk", "registry:write,members:read", &[]);
    let officer = Role::making(&url, "officer", "registry:write,members:personal", &[]);
    const TYPED: [&str; 3] = ["30/02/1980", "091234567", "000084900005"];
    // What is no date and no number is not compared, and left out for who may not see such data.
    let file = format!(
        "Họ và tên;Mã tổ;Giới tính;Ngày sinh;Số điện thoại;CCCD\nTrần Văn Mới;01;Nữ;{};{};0{}\n",
        TYPED[0], TYPED[1], TYPED[2]
    );
    let text = sent(&app, &[("x-api-key", clerk.key().unwrap())], &file).await.text();
    assert!(TYPED.iter().all(|typed| !text.contains(typed)) && !text.contains("1980"), "{text}");
    assert!(text.contains("BIRTH_DATE") && text.contains("PHONE") && text.contains("NATIONAL_ID"), "{text}");
    assert_eq!(log(&url).await.len(), 0);
    let headers = [("x-api-key", officer.key().unwrap()), PURPOSE];
    let answer = imported(&app, &headers, &for_phu_loi(), &planted()).await;
    assert_eq!(errors(&answer["plan"]).len(), 10);
    let text = answer.to_string();
    assert!(TYPED.iter().all(|typed| text.contains(typed)), "{text}");
    let text = imported(&app, &headers, &for_phu_loi(), &fixed()).await.to_string();
    assert!(text.contains("01990000101") && text.contains("01990000102"), "{text}");
    // Two members, whose numbers were shown.
    let fields = "Member.phone filter:Member.birthDate filter:Member.nationalId filter:Member.phone";
    let expected = json!({ "who": "key:officer", "purpose": "test", "fields": fields, "memberCount": 2 });
    assert_eq!(log(&url).await[0], expected);
}
