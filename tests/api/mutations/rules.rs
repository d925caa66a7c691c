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

use super::{ERRORS, everything, id, ward};
use crate::{
    support::{Engine, TestApp, full_database, on_both_engines},
    visibility::roles::{Role, WARD},
};

on_both_engines!(
    what_is_of_a_ward_is_of_its_city,
    what_is_of_a_ward_goes_along_with_it,
    a_column_that_is_never_null_is_told,
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
    let moved = format!(r#"wardUpdate(input: {{ id: "{here}", expectedVersion: 1, cityId: "{there}" }})"#);
    assert_eq!(refused(&app, &moved).await, NONE);
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

/// Who may not see personal data is told of what they sent and may see, and of nothing else.
