//! What values may be, and what of a row must agree.

use antq::{
    domain::Datum,
    entities::city,
    store::{
        Table,
        edit::{Edit, Failure, insert},
    },
};
use serde_json::{Value, json};

use super::{ERRORS, everything, id, team, ward};
use crate::{
    support::{Engine, TestApp, full_database, on_both_engines},
    visibility::roles::{Role, WARD},
};

on_both_engines!(
    what_is_of_a_ward_is_of_its_city,
    what_is_of_a_ward_goes_along_with_it,
    values_are_what_they_are_said_to_be,
    figures_can_be_added_up,
    a_column_that_is_never_null_is_told,
    the_values_of_a_person_agree,
    nobody_learns_of_personal_data_by_writing,
    nobody_serves_in_a_team_that_is_dissolved,
    what_a_row_says_of_others_agrees,
    what_is_missing_is_named,
);

/// The code, path and message of the first error of a mutation; null if there is none.
async fn refused(app: &TestApp, field: &str) -> (Value, Value, Value) {
    told(&app.data(&format!("mutation {{ it: {field} {{ {ERRORS} }} }}")).await["it"])
}

fn told(payload: &Value) -> (Value, Value, Value) {
    let error = &payload["userErrors"][0];
    (error["code"].clone(), error["path"][1].clone(), error["message"].clone())
}

fn error(code: &str, field: &str, message: &str) -> (Value, Value, Value) {
    (json!(code), json!(field), json!(message))
}

const NONE: (Value, Value, Value) = (Value::Null, Value::Null, Value::Null);

async fn city(app: &TestApp, code: &str) -> String {
    id(app, &format!(r#"{{ city(code: "{code}") {{ id }} }}"#), "/city/id").await
}

async fn what_is_of_a_ward_is_of_its_city(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let (here, there, elsewhere) = (ward(&open, WARD).await, city(&open, "01").await, ward(&open, "00004").await);
    let first = |list: &str| {
        format!(r#"{{ {list}(first: 1, filter: {{ ward: {{ code: {{ eq: "{WARD}" }} }} }}) {{ nodes {{ id }} }} }}"#)
    };
    let festival = id(&open, &first("festivals"), "/festivals/nodes/0/id").await;
    let organisation = id(&open, &first("organisations"), "/organisations/nodes/0/id").await;
    let before = everything(&open).await;
    let moved = format!(r#"festivalUpdate(input: {{ id: "{festival}", expectedVersion: 1, cityId: "{there}" }})"#);
    let left = "It is of a ward in another city. Give `wardId` with it, null if it is of no ward.";
    let other = "The ward lies in another city than the one that is given.";
    let by_clerk = clerk.data(&app, &format!("mutation {{ it: {moved} {{ {ERRORS} }} }}")).await;
    assert_eq!(told(&by_clerk["it"]), error("RULE", "cityId", left));
    let update = |fields: &str| {
        format!(r#"organisationUpdate(input: {{ id: "{organisation}", expectedVersion: 1, {fields} }})"#)
    };
    let create = |place: &str| {
        format!(
            r#"festivalCreate(input: {{ slug: "thu", kind: FESTIVAL, editionYear: 2026, heldOn: "2026-08-19", title: "Thử" {place} }})"#
        )
    };
    let missing = "`cityId` is missing. Give it, or `wardId`: a festival is of a city.";
    for (field, expected) in [
        (moved, error("RULE", "cityId", left)),
        (update(&format!(r#"cityId: "{there}""#)), error("RULE", "cityId", left)),
        (update("cityId: null"), error("RULE", "cityId", left)),
        (update(&format!(r#"cityId: "{there}", wardId: "{here}""#)), error("RULE", "wardId", other)),
        (
            format!(
                r#"organisationCreate(input: {{ slug: "thu", name: "Thử", kind: POLICE, cityId: "{there}", wardId: "{here}" }})"#
            ),
            error("RULE", "wardId", other),
        ),
        (create(""), error("REQUIRED", "cityId", missing)),
        (create(", wardId: null"), error("REQUIRED", "cityId", missing)),
        (create(&format!(r#", cityId: "{there}", wardId: "{here}""#)), error("RULE", "wardId", other)),
    ] {
        assert_eq!(refused(&open, &field).await, expected, "{field}");
    }
    assert_eq!(everything(&open).await, before);
    // With the ward, or without one, it moves.
    let told = open
        .data(&format!(
            r#"mutation {{ organisationUpdate(input: {{ id: "{organisation}", expectedVersion: 1, wardId: "{elsewhere}" }}) {{ organisation {{ city {{ code }} }} }} festivalUpdate(input: {{ id: "{festival}", expectedVersion: 1, wardId: null, cityId: "{there}" }}) {{ festival {{ city {{ code }} }} }} }}"#
        ))
        .await;
    assert_eq!(told["organisationUpdate"]["organisation"]["city"]["code"], "01");
    assert_eq!(told["festivalUpdate"]["festival"]["city"]["code"], "01");
}

async fn what_is_of_a_ward_goes_along_with_it(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (here, there, into) = (ward(&app, WARD).await, city(&app, "01").await, ward(&app, "00004").await);
    let moved = |version: i64, city: &str| {
        format!(r#"wardUpdate(input: {{ id: "{here}", expectedVersion: {version}, cityId: "{city}" }})"#)
    };
    let before = everything(&app).await;
    assert_eq!(refused(&app, &moved(1, &city(&app, "92").await)).await, NONE);
    assert_eq!(everything(&app).await, before, "it is there already");
    assert_eq!(refused(&app, &moved(2, &there)).await, NONE);
    let filter = |city: &str| {
        format!(r#"filter: {{ ward: {{ code: {{ eq: "{WARD}" }} }}, city: {{ code: {{ eq: "{city}" }} }} }}"#)
    };
    for list in ["festivals", "organisations", "teams", "members"] {
        let (new, old) = (filter("01"), filter("92"));
        let counted = format!("{{ new: {list}({new}) {{ totalCount }} old: {list}({old}) {{ totalCount }} }}");
        let counted = app.data(&counted).await;
        assert!(counted["new"]["totalCount"].as_i64() > Some(0), "{list}");
        assert_eq!(counted["old"]["totalCount"], 0, "{list}");
    }
    // So it does when wards of two cities become one.
    let create = format!(
        r#"mutation {{ wardCreate(input: {{ cityId: "{}", code: "99999", name: "Phường Thử", kind: WARD, latitude: 10, longitude: 105 }}) {{ ward {{ id }} }} }}"#,
        city(&app, "92").await
    );
    let from = app.data(&create).await["wardCreate"]["ward"]["id"].clone();
    let create = format!(
        r#"mutation {{ organisationCreate(input: {{ slug: "thu", name: "Thử", kind: POLICE, wardId: {from} }}) {{ organisation {{ id city {{ code }} }} }} }}"#
    );
    let organisation = app.data(&create).await["organisationCreate"]["organisation"].clone();
    assert_eq!(organisation["city"]["code"], "92");
    let merge = format!(
        r#"wardsMerge(input: {{ into: {{ id: "{into}", expectedVersion: 1 }}, from: [{{ id: {from}, expectedVersion: 1 }}] }})"#
    );
    assert_eq!(refused(&app, &merge).await, NONE);
    let find = format!(
        "{{ node(id: {}) {{ ... on Organisation {{ city {{ code }} ward {{ code }} }} }} }}",
        organisation["id"]
    );
    assert_eq!(app.data(&find).await["node"], json!({ "city": { "code": "01" }, "ward": { "code": "00004" } }));
}

async fn values_are_what_they_are_said_to_be(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (place, of) = (ward(&app, WARD).await, city(&app, "92").await);
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let festival = id(&app, "{ festivals(first: 1) { nodes { id } } }", "/festivals/nodes/0/id").await;
    let indicator = id(&app, "{ indicators(first: 1) { nodes { id } } }", "/indicators/nodes/0/id").await;
    let before = everything(&app).await;
    let new_city = |code: &str, latitude: &str, longitude: &str| {
        format!(
            r#"cityCreate(input: {{ code: "{code}", name: "Tỉnh Thử", kind: PROVINCE, latitude: {latitude}, longitude: {longitude} }})"#
        )
    };
    let new_ward = |code: &str, area: &str| {
        format!(
            r#"wardCreate(input: {{ cityId: "{of}", code: "{code}", name: "Thử", kind: WARD, latitude: 1, longitude: 1, areaKm2: {area} }})"#
        )
    };
    let dataset = |slug: &str| {
        format!(r#"datasetCreate(input: {{ slug: "{slug}", title: "T", description: "T", synthetic: true }})"#)
    };
    let language =
        |language: &str| format!(r#"sourceCreate(input: {{ slug: "thu", title: "T", language: "{language}" }})"#);
    let long = "x".repeat(200);
    let (slug, short) = ("of the letters a–z, digits and hyphens", "has 200 characters, and at most");
    for (field, path, expected) in [
        (new_city("９６", "1", "1"), "code", r#"is "９６", and must be 2 digits"#),
        (new_city("99", "1e300", "1"), "latitude", "is 1e+300, and must be from -90 to 90"),
        (new_city("99", "1", "-180.5"), "longitude", "is -180.5, and must be from -180 to 180"),
        (new_ward("1", "1"), "code", r#"is "1", and must be 5 digits"#),
        (new_ward("abc", "1"), "code", r#"is "abc", and must be 5 digits"#),
        (new_ward("99999", "-5"), "areaKm2", "is -5, and must be from 0 to 1000000"),
        (dataset("Đ ệ /?#"), "slug", &format!(r#"is "Đ ệ /?#", and must be {slug}"#)),
        (dataset("a\u{200b}b"), "slug", &format!("is \"a\u{200b}b\", and must be {slug}")),
        (dataset(&long), "slug", &format!("{short} 100 are kept")),
        (language("Tiếng Việt"), "language", r#"is "Tiếng Việt", and must be the code of a language, such as `vi`"#),
        (
            format!(r#"teamCreate(input: {{ wardId: "{place}", code: "{long}", name: "T", locality: "T" }})"#),
            "code",
            &format!("{short} 20 are kept"),
        ),
        (
            r#"indicatorCreate(input: { code: "thử", nameVi: "x", nameEn: "x", unit: "x" })"#.to_owned(),
            "code",
            r#"is "thử", and must be of the letters A–Z, digits and underscores"#,
        ),
        (
            format!(
                r#"movementModelCreate(input: {{ slug: "thu", name: "T", cityId: "{of}", sourceId: "{source}", yearsRunning: -4 }})"#
            ),
            "yearsRunning",
            "is -4, and must be from 0 to 500",
        ),
        (
            format!(r#"festivalUpdate(input: {{ id: "{festival}", expectedVersion: 1, editionYear: -5 }})"#),
            "editionYear",
            "is -5, and must be from 1900 to 2100",
        ),
        (
            format!(r#"designationCreate(input: {{ title: "T", year: -1, sourceId: "{source}", wardId: "{place}" }})"#),
            "year",
            "is -1, and must be from 1900 to 2100",
        ),
        (
            format!(
                r#"awardCreate(input: {{ festivalId: "{festival}", ordinal: -3, kind: GIFT, title: "T", recipientKind: MIXED }})"#
            ),
            "ordinal",
            "is -3, and must be from 1 to 10000",
        ),
        (
            format!(
                r#"observationCreate(input: {{ indicatorId: "{indicator}", sourceId: "{source}", value: 1e308, qualifier: EXACT, asOf: "2026-05-01", wardId: "{place}" }})"#
            ),
            "value",
            "is 1e+308, and must be from -1000000000 to 1000000000",
        ),
    ] {
        let message = format!("`{path}` {expected}.");
        assert_eq!(refused(&app, &field).await, error("INVALID", path, &message), "{field}");
    }
    assert_eq!(everything(&app).await, before);
}

async fn figures_can_be_added_up(engine: Engine) {
    let app = TestApp::full(engine).await;
    let place = ward(&app, WARD).await;
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let indicator = id(&app, "{ indicators(first: 1) { nodes { id } } }", "/indicators/nodes/0/id").await;
    let row = json!({ "indicatorId": indicator, "sourceId": source, "value": 1e9, "qualifier": "EXACT", "asOf": "2026-05-01", "wardId": place, "scope": "greatest" });
    let rows = json!({ "rows": vec![row; 250] });
    let create = "mutation($rows: [ObservationCreateRow!]!) { observationsCreate(input: { rows: $rows }) { written } }";
    for _ in 0..4 {
        assert_eq!(app.query_with(create, rows.clone()).await.json()["data"]["observationsCreate"]["written"], 250);
    }
    let sums = app
        .data(
            r#"{ observations(filter: { scope: { eq: "greatest" } }) { aggregate { value { sum avg } } } cities { aggregate { latitude { sum } } } }"#,
        )
        .await;
    assert_eq!(
        sums["observations"]["aggregate"]["value"],
        json!({ "sum": 1_000_000_000_000_i64, "avg": 1_000_000_000 })
    );
    assert!(sums["cities"]["aggregate"]["latitude"]["sum"].is_number());
}

async fn a_column_that_is_never_null_is_told(engine: Engine) {
    let app = TestApp::full(engine).await;
    let edit = Edit::begin(&app.store, "test").await.unwrap();
    let cells = vec![("code", Some(Datum::Text("99".to_owned()))), ("kind", Some(Datum::Text("CITY".to_owned())))];
    let Err(Failure::Refused(why)) = insert(edit.transaction(), city::Entity::info(), cells, None).await else {
        panic!("it was not refused")
    };
    assert_eq!((why.column, why.message.as_str()), (Some("name"), "The name is missing."));
    edit.abandon().await.unwrap();
}

async fn the_values_of_a_person_agree(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = team(&app).await;
    let create = |more: &str| format!(r#"memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử", {more} }})"#);
    let today = antq::domain::today();
    let future = |field: &str| format!("`{field}` is 2099-01-01, which is in the future: today is {today}.");
    let born = "The person would have joined before birth.";
    let young = "Members are at least 18 years old (từ đủ 18 tuổi), and this would be 5. That is on the day of joining (ngày tham gia).";
    for (more, expected) in [
        (r#"joinedOn: "2099-01-01""#, error("INVALID", "joinedOn", &future("joinedOn"))),
        (r#"status: LEFT, leftOn: "2099-01-01""#, error("INVALID", "leftOn", &future("leftOn"))),
        (r#"birthDate: "2000-01-01", joinedOn: "1990-01-01""#, error("RULE", "joinedOn", born)),
        (r#"birthDate: "2000-01-01", joinedOn: "2005-06-01""#, error("RULE", "joinedOn", young)),
        (r#"birthDate: "1990-01-31", gender: MALE, nationalId: "000090123456""#, NONE),
        (
            r#"nationalId: "000 090 123 456""#,
            error("TAKEN", "nationalId", "Another member has this identity number (số định danh cá nhân)."),
        ),
    ] {
        assert_eq!(refused(&app, &create(more)).await, expected, "{more}");
    }
    let find = r#"{ members(first: 1, filter: { nationalId: { eq: "000090123456" } }) { nodes { id } } }"#;
    let member = id(&app, find, "/members/nodes/0/id").await;
    let update = |version: i64, more: &str| {
        format!(r#"memberUpdate(input: {{ id: "{member}", expectedVersion: {version}, {more} }})"#)
    };
    let kept = "The identity number (số định danh cá nhân) does not agree with gender and date of birth.";
    let of_age = "It does not agree with the date of birth (ngày sinh) that is kept: members are of age.";
    for (more, expected) in [
        ("gender: FEMALE", error("RULE", "gender", kept)),
        (r#"birthDate: "1991-01-31""#, error("RULE", "birthDate", kept)),
        (r#"nationalId: "000190123456""#, error("RULE", "nationalId", kept)),
        (r#"joinedOn: "1995-01-31""#, error("RULE", "joinedOn", of_age)),
        // All that must agree at once, and the same again.
        (r#"gender: FEMALE, birthDate: "1991-01-31", nationalId: "000191123456", joinedOn: "2010-01-01""#, NONE),
    ] {
        assert_eq!(refused(&app, &update(1, more)).await, expected, "{more}");
    }
    assert_eq!(refused(&app, &update(2, r#"nationalId: "000191123456""#)).await, NONE);
}

/// Who may not see personal data is told of what they sent and may see, and of nothing else.
async fn nobody_learns_of_personal_data_by_writing(engine: Engine) {
    let url = full_database(engine).await;
    let clerk = Role::making(&url, "clerk of a ward", "registry:write,members:read", &["--ward", WARD]);
    let keeper =
        Role::making(&url, "keeper of a ward", "registry:write,members:read,members:personal", &["--ward", "31120"]);
    let (app, open) = (TestApp::guarded(&url).await, TestApp::over(&url).await);
    let (here, there) = (
        team(&open).await,
        id(&open, r#"{ ward(code: "31120") { teams(first: 1) { nodes { id } } } }"#, "/ward/teams/nodes/0/id").await,
    );
    let create = |team: &str| {
        format!(
            r#"mutation {{ it: memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử", gender: MALE, birthDate: "1990-01-31", nationalId: "000090123456" }}) {{ member {{ id }} {ERRORS} }} }}"#
        )
    };
    let made = clerk.data(&app, &create(&here)).await;
    assert_eq!(told(&made["it"]), NONE);
    assert_eq!(told(&clerk.data(&app, &create(&here)).await["it"]), NONE, "a number that is there already");
    assert_eq!(told(&keeper.data(&app, &create(&there)).await["it"]), NONE, "one of a member of another ward");
    assert_eq!(told(&keeper.data(&app, &create(&there)).await["it"]).0, "TAKEN");
    let update = async |version: i64, more: &str| {
        let update = format!(
            "mutation {{ it: memberUpdate(input: {{ id: {}, expectedVersion: {version}, {more} }}) {{ {ERRORS} }} }}",
            made["it"]["member"]["id"]
        );
        told(&clerk.data(&app, &update).await["it"])
    };
    assert_eq!(update(1, "gender: FEMALE").await, NONE);
    assert_eq!(update(2, r#"joinedOn: "1995-01-31""#).await, NONE);
    let gender = "The 4th digit of this identity number is that of a man (nam), and the gender (giới tính) is another.";
    assert_eq!(update(3, r#"nationalId: "000090123456""#).await, error("RULE", "nationalId", gender));
    assert_eq!(
        update(3, r#"birthDate: "1996-01-31""#).await,
        error("RULE", "birthDate", "The person would have joined before birth.")
    );
}

async fn nobody_serves_in_a_team_that_is_dissolved(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (serving, place) = (team(&app).await, ward(&app, WARD).await);
    let made = app.data(&format!(r#"mutation {{ teamCreate(input: {{ wardId: "{place}", code: "99", name: "T", locality: "T", status: DISSOLVED }}) {{ team {{ id }} }} }}"#)).await;
    let dissolved = made["teamCreate"]["team"]["id"].as_str().unwrap();
    let find = format!(
        r#"{{ node(id: "{serving}") {{ ... on Team {{ members(first: 1, filter: {{ status: {{ eq: ACTIVE }}, role: {{ eq: MEMBER }} }}) {{ nodes {{ id }} }} }} }} }}"#
    );
    let member = id(&app, &find, "/node/members/nodes/0/id").await;
    let create =
        |more: &str| format!(r#"memberCreate(input: {{ teamId: "{dissolved}", fullName: "Lê Văn Thử" {more} }})"#);
    let nobody = "The team has been dissolved (đã giải thể): nobody serves in it.";
    let first = "A team that has been dissolved (đã giải thể) has no serving members (đang tham gia). Move them to another team, or set their `status` to LEFT, first.";
    for (field, expected) in [
        (
            format!(r#"teamUpdate(input: {{ id: "{serving}", expectedVersion: 1, status: DISSOLVED }})"#),
            error("RULE", "status", first),
        ),
        (
            format!(
                r#"teamsMerge(input: {{ into: {{ id: "{dissolved}", expectedVersion: 1 }}, from: [{{ id: "{serving}", expectedVersion: 1 }}] }})"#
            ),
            error("RULE", "into", first),
        ),
        (create(""), error("RULE", "teamId", nobody)),
        (
            format!(r#"memberUpdate(input: {{ id: "{member}", expectedVersion: 1, teamId: "{dissolved}" }})"#),
            error("RULE", "teamId", nobody),
        ),
        // Who has left may be remembered in it.
        (create(", status: LEFT"), NONE),
    ] {
        assert_eq!(refused(&app, &field).await, expected, "{field}");
    }
}

async fn what_a_row_says_of_others_agrees(engine: Engine) {
    let app = TestApp::full(engine).await;
    let place = ward(&app, WARD).await;
    let source = id(&app, "{ sources(first: 1) { nodes { id } } }", "/sources/nodes/0/id").await;
    let indicator = id(&app, "{ indicators(first: 1) { nodes { id } } }", "/indicators/nodes/0/id").await;
    let festival = id(&app, "{ festivals(first: 1) { nodes { id } } }", "/festivals/nodes/0/id").await;
    let teams = app.data(&format!(r#"{{ ward(code: "{WARD}") {{ teams(first: 2) {{ nodes {{ id members(first: 1) {{ nodes {{ id }} }} }} }} }} }}"#)).await;
    let teams = &teams["ward"]["teams"]["nodes"];
    let (one, other, member) = (&teams[0]["id"], &teams[1]["id"], &teams[0]["members"]["nodes"][0]["id"]);
    let award = |team: &Value| {
        format!(
            r#"awardCreate(input: {{ festivalId: "{festival}", kind: GIFT, title: "Quà", recipientKind: INDIVIDUAL, teamId: {team}, memberId: {member} }})"#
        )
    };
    let figure = |start: &str, end: &str| {
        format!(
            r#"observationCreate(input: {{ indicatorId: "{indicator}", sourceId: "{source}", value: 1, qualifier: EXACT, periodStart: "{start}", asOf: "{end}", wardId: "{place}" }})"#
        )
    };
    let guest = format!(
        r#"festivalGuestCreate(input: {{ festivalId: "{}", sourceId: "{source}", name: "Ai", title: "Ai", role: HOST }})"#,
        antq::ids::NodeId::encode("festival", 999_999)
    );
    let period = "The period begins on 2026-01-01, and ends before that, on 2025-12-31.";
    for (field, expected) in [
        (award(other), error("RULE", "memberId", "The member is of another team than the award.")),
        (award(one), NONE),
        (figure("2026-01-01", "2025-12-31"), error("RULE", "periodStart", period)),
        (figure("2025-12-31", "2025-12-31"), NONE),
        (guest, error("NOT_FOUND", "festivalId", "There is no festival with this id.")),
    ] {
        assert_eq!(refused(&app, &field).await, expected, "{field}");
    }
}

async fn what_is_missing_is_named(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (team, place) = (team(&app).await, ward(&app, WARD).await);
    let member = format!(r#"memberCreate(input: {{ teamId: "{team}", fullName: "Lê Văn Thử", role: null }})"#);
    let festival = format!(
        r#"festivalCreate(input: {{ slug: "thu", kind: FESTIVAL, editionYear: 2026, heldOn: "2026-08-19", title: "Thử", wardId: "{place}", cityId: null }})"#
    );
    let (role, of_ward) = (
        "`role` is never null. `MEMBER` if it is left out.",
        "`cityId` is never null. That of the ward if it is left out.",
    );
    assert_eq!(refused(&app, &member).await, error("REQUIRED", "role", role));
    assert_eq!(refused(&app, &festival).await, error("REQUIRED", "cityId", of_ward));
    for (field, message) in [
        (
            format!(r#"teamsMerge(input: {{ into: {{ id: "{team}", expectedVersion: 1 }}, from: [] }})"#),
            "`from` is empty.",
        ),
        (
            format!(
                r#"teamSplit(input: {{ id: "{team}", expectedVersion: 1, code: "98", name: "T", locality: "T", memberIds: [] }})"#
            ),
            "`memberIds` is empty.",
        ),
        (
            format!(
                r#"wardSplit(input: {{ id: "{place}", expectedVersion: 1, code: "99998", name: "T", kind: WARD, latitude: 1, longitude: 1, teamIds: [] }})"#
            ),
            "`teamIds` is empty.",
        ),
        ("memberDelete(input: { rows: [] })".to_owned(), "`rows` is empty."),
    ] {
        let reply = app.query(&format!("mutation {{ it: {field} {{ {ERRORS} }} }}")).await;
        assert_eq!((reply.code().as_str(), reply.message().as_str()), ("BAD_USER_INPUT", message), "{field}");
    }
}
