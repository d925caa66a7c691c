//! Every role asks for every field of every type, each in every way that leads to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    roles::{Members, Role, Secrets},
    schema::Offered,
};
use crate::support::{Engine, Field, TestApp, full_database, on_both_engines};

on_both_engines!(every_role_reads_of_every_field_what_it_may);

/// What people are asked for, wherever they are.
const MEMBER: &str = "id fullName role birthDate phone nationalId";
const PERSONAL: [&str; 3] = ["birthDate", "phone", "nationalId"];
const JSON: &str = "application/graphql-response+json";

/// A field, and how it is asked for.
struct Asked<'a> {
    of: &'a str,
    field: &'a Field,
    query: String,
    accept: &'static str,
}

async fn every_role_reads_of_every_field_what_it_may(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let admin = Role::named(&roles, "an administrator");
    let secrets = Secrets::of(&app, admin).await;
    let offered = Offered::of(&app).await;
    let questions = questions(&app, admin, &offered).await;
    assert!(questions.len() > 400, "{} questions", questions.len());
    let mut whole = BTreeMap::new();
    for (index, asked) in questions.iter().enumerate() {
        let reply = admin.ask_for(&app, asked.accept, &asked.query, &json!({})).await;
        assert_eq!(reply.status, 200, "{}\n{}", asked.query, reply.text());
        whole.insert(index, reply.text());
    }
    for role in &roles {
        let hidden = secrets.from(role);
        for (index, asked) in questions.iter().enumerate() {
            let reply = role.ask_for(&app, asked.accept, &asked.query, &json!({})).await;
            let told = format!("{}: {}\n", role.name, asked.query);
            if role.silent && asked.is_personal() {
                assert_eq!(reply.code(), "PURPOSE_REQUIRED", "{told}{}", reply.text());
                assert!(reply.json().get("data").is_none());
                continue;
            }
            assert_eq!(reply.status, 200, "{told}{}", reply.text());
            let text = reply.text();
            for word in words(&text, asked.accept) {
                assert!(!hidden.contains(word.as_str()), "{told}tells {word}");
            }
            if asked.accept != JSON {
                continue;
            }
            let json = reply.json();
            assert!(json.get("errors").is_none(), "{told}{json:#}");
            assert_eq!(
                json["extensions"]["redactions"].is_array(),
                role.is_denied(asked),
                "{told}{}",
                json["extensions"]
            );
            if !asked.is_of_people() && !asked.is_of_the_log() {
                let all: Value = serde_json::from_str(&whole[&index]).unwrap();
                assert_eq!(json["data"], all["data"], "{told}");
            }
        }
    }
    // Who may see everything has been told everything, or the above proves nothing.
    let nobody = Role::named(&roles, "anonymous");
    let told: Vec<String> =
        questions.iter().zip(whole.values()).flat_map(|(asked, text)| words(text, asked.accept)).collect();
    let hidden = secrets.from(nobody);
    let told = told.iter().filter(|word| hidden.contains(word.as_str())).count();
    assert!(told > 5_000, "{told} secrets were told to the administrator");
}

impl Asked<'_> {
    /// Whether members, or how many they are, are in the answer.
    fn is_of_people(&self) -> bool {
        self.of == "Member" || ["Member", "MemberConnection", "Counted"].contains(&self.field.of.as_str())
    }

    /// Whether personal data are selected.
    fn is_personal(&self) -> bool {
        ["Member", "MemberConnection"].contains(&self.field.of.as_str())
            || (self.of == "Member" && PERSONAL.contains(&self.field.name.as_str()))
    }

    fn is_of_the_log(&self) -> bool {
        self.of == "AccessLogEntry"
    }
}

impl Role {
    /// Whether something of an answer is left out, whatever rows there are.
    fn is_denied(&self, asked: &Asked<'_>) -> bool {
        let people = asked.of == "Member" || asked.is_personal() || asked.field.of == "Counted";
        (people && self.members == Members::None)
            || (asked.is_personal() && !self.personal)
            || (asked.is_of_the_log() && !self.admin)
    }
}

/// The texts of an answer.
fn words(text: &str, accept: &str) -> Vec<String> {
    fn of(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::String(text) => all.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| of(value, all)),
            Value::Object(fields) => fields.values().for_each(|value| of(value, all)),
            _ => {}
        }
    }
    if accept != JSON {
        return text.split([',', '\n', '\r', '"']).map(str::to_owned).collect();
    }
    let mut all = Vec::new();
    of(&serde_json::from_str(text).unwrap(), &mut all);
    all
}

/// Every field of every type of rows: in the list of all rows, of rows by their ids, and as a column of a table.
async fn questions<'a>(app: &TestApp, admin: &Role, offered: &'a Offered) -> Vec<Asked<'a>> {
    let mut questions = Vec::new();
    let lists: BTreeMap<&str, &str> = offered.lists().collect();
    for (of, fields) in &offered.types {
        // What is a row has an order; a change of the feed has not.
        if !offered.inputs.contains_key(&format!("{of}Order")) || !fields.iter().any(|field| field.name == "id") {
            continue;
        }
        let list = lists.get(of.as_str()).copied();
        let ids = serde_json::to_string(&ids(app, admin, of, list).await).unwrap();
        for field in fields {
            let Some(selected) = selected(offered, field) else { continue };
            let mut ask = |query: String, accept| questions.push(Asked { of, field, query, accept });
            ask(format!("{{ nodes(ids: {ids}) {{ ... on {of} {{ id {selected} }} }} }}"), JSON);
            let Some(list) = list else { continue };
            ask(format!("{{ {list}(first: 50) {{ nodes {{ id {selected} }} edges {{ cursor }} }} }}"), JSON);
            // A column shows a value, or an object's.
            let is_column =
                !field.of.ends_with("Connection") && field.of != "Counted" && !selected.contains("__typename");
            if is_column {
                ask(format!("{{ {list}(first: 50) {{ nodes {{ id {selected} }} }} }}"), "text/csv");
            }
        }
    }
    questions
}

/// A field with what is below it, as far as it may have people in it.
fn selected(offered: &Offered, field: &Field) -> Option<String> {
    let name = &field.name;
    // The one cannot do without a place, and is a list of figures as others are; the other is an error for who may not write.
    if ["series", "history"].contains(&name.as_str()) {
        return None;
    }
    Some(match field.of.as_str() {
        "Member" => format!("{name} {{ {MEMBER} }}"),
        "MemberConnection" => format!(
            "{name}(first: 50) {{ totalCount aggregate {{ count }} nodes {{ {MEMBER} }} edges {{ node {{ {MEMBER} }} }} pageInfo {{ hasNextPage }} }}"
        ),
        "Counted" => format!("{name} {{ value difference synthetic }}"),
        connection if connection.ends_with("Connection") => {
            format!("{name}(first: 3) {{ totalCount nodes {{ id }} }}")
        }
        of => match field.kind.as_str() {
            "SCALAR" | "ENUM" => name.clone(),
            "OBJECT" if offered.types[of].iter().any(|field| field.name == "id") => format!("{name} {{ id }}"),
            _ => format!("{name} {{ __typename }}"),
        },
    })
}

/// Some rows of a type.
async fn ids(app: &TestApp, admin: &Role, of: &str, list: Option<&str>) -> Vec<Value> {
    let query = match list {
        Some(list) => format!("{{ {list}(first: 40) {{ nodes {{ id }} }} }}"),
        None => {
            let parent = "festivals(first: 100, filter: { guests: { some: {} } })";
            assert_eq!(of, "FestivalGuest", "has no list");
            format!("{{ {parent} {{ nodes {{ guests(first: 5) {{ nodes {{ id }} }} }} }} }}")
        }
    };
    let mut data = admin.data(app, &query).await;
    let rows = data.as_object_mut().unwrap().values_mut().next().unwrap()["nodes"].take();
    let below = |row: &Value| match row.get("guests") {
        Some(guests) => guests["nodes"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect(),
        None => vec![row["id"].clone()],
    };
    rows.as_array().unwrap().iter().flat_map(below).take(40).collect()
}
