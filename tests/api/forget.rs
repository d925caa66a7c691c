//! What the logs say of the time before a day is taken away, and everybody whom it concerns is told so.

use chrono::{NaiveDate, TimeDelta};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::{
    backup::{made, name},
    feed::partner::Random,
    support::{Engine, TestApp, antq, full_database, on_both_engines},
};

on_both_engines!(
    changes_before_a_day_are_taken_away,
    what_was_broken_off_goes_on,
    accesses_before_a_day_are_taken_away,
    the_last_days_are_kept,
);

async fn execute(app: &TestApp, sql: &str) {
    app.store.writer().execute_unprepared(sql).await.unwrap();
}

async fn count(app: &TestApp, table: &str) -> i64 {
    let statement = Statement::from_string(app.store.engine(), format!("SELECT COUNT(*) AS rows_there FROM {table}"));
    app.store.reader().query_one_raw(statement).await.unwrap().unwrap().try_get("", "rows_there").unwrap()
}

fn days_ago(days: i64) -> NaiveDate {
    antq::domain::today() - TimeDelta::days(days)
}

/// The last word of the command, which ends well.
fn forgets(url: &str, what: &str, before: NaiveDate) -> String {
    let output = antq(&["forget", what, "--before", &before.to_string(), "--database-url", url]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    said.trim().to_owned()
}

/// Has whatever was changed so far have happened on a day, at seven o'clock in Vietnam.
async fn all_was_on(app: &TestApp, day: NaiveDate) {
    execute(app, &format!("UPDATE change_log SET changed_at = '{day}T00:00:00.000+00:00'")).await;
}

async fn token(app: &TestApp) -> String {
    app.data("{ changes { token } }").await["changes"]["token"].as_str().unwrap().to_owned()
}

async fn changes_before_a_day_are_taken_away(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::caching(&url).await;
    let old = token(&app).await;
    execute(&app, "UPDATE team SET name = 'Tên cũ' WHERE id IN (1, 2)").await;
    all_was_on(&app, days_ago(30)).await;
    execute(&app, &format!("UPDATE change_feed SET known_since = '{}T00:00:00.000+00:00'", days_ago(40))).await;
    let since = token(&app).await;
    execute(&app, "UPDATE team SET name = 'Tên mới' WHERE id = 2").await;
    let before = count(&app, "change_log").await;
    assert!(before > 10_000, "{before} fit into one part");
    let as_of = |day| format!(r#"{{ teams(first: 2, asOf: "{day}") {{ nodes {{ name }} }} }}"#);
    let (known, unknown) = (as_of(days_ago(21)), as_of(days_ago(22)));
    let then = app.data(&known).await;
    assert_eq!(app.data(&unknown).await, then);

    let said = forgets(&url, "changes", days_ago(20));
    let gone = before - 1;
    assert_eq!(said, format!("Taken away for good: what was changed before {} (changes: {gone}).", days_ago(20)));
    assert_eq!(count(&app, "change_log").await, 1);
    // The day before ends where what is known begins. The other answer was kept, and holds no more.
    assert_eq!(app.data(&known).await, then);
    let refused = format!("`asOf` is {}; how the register stood is known from {} on.", days_ago(22), days_ago(21));
    assert_eq!(app.query(&unknown).await.message(), refused);
    // Who follows from before it must begin anew; who stood behind it goes on.
    assert_eq!(app.query(&format!(r#"{{ changes(after: "{old}") {{ token }} }}"#)).await.code(), "GAP");
    let read = async || app.data(&format!(r#"{{ changes(after: "{since}") {{ changes {{ id operation }} }} }}"#)).await;
    let team = antq::ids::NodeId::encode("team", 2);
    // On PostgreSQL an entry is told once no transaction is older that still runs.
    let told = async {
        while read().await["changes"]["changes"] != json!([{ "id": team, "operation": "UPSERT" }]) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), told).await.expect("the change was not told");
    let history = async |row| {
        let id = antq::ids::NodeId::encode("team", row);
        app.data(&format!(
            r#"{{ node(id: "{id}") {{ history {{ entries {{ changes {{ field before after }} }} }} }} }}"#
        ))
        .await["node"]["history"]["entries"]
            .take()
    };
    assert_eq!(history(1).await, json!([]));
    assert_eq!(history(2).await.as_array().unwrap().len(), 1, "{}", history(2).await);

    assert!(forgets(&url, "changes", days_ago(20)).ends_with("(changes: 0)."));
}

/// What is unknown already is taken away when it is said again.
async fn what_was_broken_off_goes_on(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::over(&url).await;
    all_was_on(&app, days_ago(30)).await;
    let before = count(&app, "change_log").await;
    let marked = format!(
        "UPDATE change_feed SET known_since = '{}T00:00:00.000+00:00', kept_xact = (SELECT MAX(xact) FROM change_log), \
         kept_seq = (SELECT MAX(seq) FROM change_log)",
        days_ago(10)
    );
    execute(&app, &marked).await;
    let start = token(&app).await;
    assert!(forgets(&url, "changes", days_ago(10)).ends_with(&format!("(changes: {before}).")));
    assert_eq!(count(&app, "change_log").await, 0);
    // Numbers go on where they were.
    app.data(&format!(r#"{{ changes(after: "{start}") {{ token }} }}"#)).await;
}

async fn accesses_before_a_day_are_taken_away(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::over(&url).await;
    for (who, days) in [("old", 21), ("last of those", 20), ("first that is kept", 19), ("new", 0)] {
        // The last moments of a day, in Vietnam.
        let at = format!("{}T16:59:59.999+00:00", days_ago(days));
        execute(
            &app,
            &format!(
                "INSERT INTO access_log (who, purpose, operation, fields, members, member_count, updated_at) \
             VALUES ('{who}', 'x', 'x', 'Member.phone', 'x', 1, '{at}')"
            ),
        )
        .await;
    }
    let said = forgets(&url, "accesses", days_ago(19));
    assert_eq!(said, format!("Taken away for good: who was shown personal data before {} (entries: 2).", days_ago(19)));
    let left = app.data("{ accessLog { nodes { who } } }").await;
    assert_eq!(left["accessLog"]["nodes"], json!([{ "who": "new" }, { "who": "first that is kept" }]));
    assert!(count(&app, "change_log").await > 0);
}

async fn the_last_days_are_kept(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::over(&url).await;
    let before = count(&app, "change_log").await;
    for (day, message) in [
        (
            days_ago(6),
            format!(
                "antq: --before is {}; the last 7 days are kept, so that it can be {} at the latest\n",
                days_ago(6),
                days_ago(7)
            ),
        ),
        (NaiveDate::MIN, format!("antq: --before is {}, which no log goes back to\n", NaiveDate::MIN)),
    ] {
        // Joined, as a year before our era begins with a sign.
        let output = antq(&["forget", "changes", &format!("--before={day}"), "--database-url", &url]);
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(1), message));
    }
    assert_eq!(count(&app, "change_log").await, before);
    assert!(forgets(&url, "changes", days_ago(7)).ends_with("(changes: 0)."));
}

/// Members whom a test gives names that nobody has.
const NAMED: u64 = 60;

/// Gives members all over the register new names, and has a plan made by examples of them; the numbers of the members, and what
/// they are called in the table and in the index of its order.
async fn named(app: &TestApp) -> (Vec<i64>, Vec<String>) {
    let mut random = Random::new(7);
    let (mut members, mut names) = (Vec::new(), Vec::new());
    for number in 0..NAMED {
        let name: String = (0..12).map(|_| char::from(b"bghklmnpqrstvx"[random.below(14) as usize])).collect();
        let member = i64::try_from(number * 100 + 1).unwrap();
        execute(app, &format!("UPDATE member SET full_name = '{name}' WHERE id = {member}")).await;
        let order = format!("SELECT full_name_order AS text FROM member WHERE id = {member}");
        let order = Statement::from_string(app.store.engine(), order);
        let order: String =
            app.store.reader().query_one_raw(order).await.unwrap().unwrap().try_get("", "text").unwrap();
        // An index over words leaves out the letters that a word has in common with the one before it.
        names.extend([&name[3..], order.split('\u{1}').next().unwrap()].map(str::to_owned));
        members.push(member);
    }
    execute(app, "ANALYZE").await;
    (members, names)
}

/// Those of some texts that are in a new backup, anywhere in the file.
fn left(url: &str, texts: &[String]) -> Vec<String> {
    let backup = name();
    made(url, &backup);
    let bytes = std::fs::read(&backup).unwrap();
    let bytes = String::from_utf8_lossy(&bytes);
    texts.iter().filter(|text| bytes.contains(text.as_str())).cloned().collect()
}

/// On SQLite, whose file is copied page by page. What may stay in rare cases docs/OPERATIONS.md tells.
#[tokio::test]
async fn who_was_redacted_is_nowhere_in_a_backup() {
    let url = full_database(Engine::Sqlite).await;
    let app = TestApp::over(&url).await;
    let (members, names) = named(&app).await;
    // Half of them are gone, and known to the log only.
    execute(&app, "UPDATE member SET role = 'MEMBER' WHERE id % 200 = 1").await;
    execute(&app, "DELETE FROM award WHERE member_id % 200 = 1").await;
    execute(&app, "DELETE FROM member WHERE id % 200 = 1").await;
    assert_eq!(left(&url, &names), names);
    let ids: Vec<String> = members.iter().map(|member| antq::ids::NodeId::encode("member", *member)).collect();
    let mut arguments = vec!["members", "redact", "--database-url", &url];
    arguments.extend(ids.iter().map(String::as_str));
    let output = antq(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(left(&url, &names), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_forgotten_is_nowhere_in_a_backup() {
    let url = full_database(Engine::Sqlite).await;
    let app = TestApp::over(&url).await;
    let (_, names) = named(&app).await;
    execute(&app, "UPDATE member SET full_name = 'Nguyễn Văn An' WHERE id % 100 = 1").await;
    execute(&app, "ANALYZE").await;
    all_was_on(&app, days_ago(30)).await;
    assert_eq!(left(&url, &names), names, "the log has what they were");
    forgets(&url, "changes", days_ago(20));
    assert_eq!(left(&url, &names), Vec::<String>::new());
}
