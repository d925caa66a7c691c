//! Everyone who may ask, and what each of them may see.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::{Reply, TestApp, antq};

/// The ward whose members some keys may see, and none else's.
pub const WARD: &str = "31510";

/// Which members a role may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    None,
    OfTheWard,
    All,
}

/// Somebody who asks.
pub struct Role {
    pub name: &'static str,
    pub members: Members,
    pub personal: bool,
    pub admin: bool,
    /// Whether they might see personal data, had they said what for.
    pub silent: bool,
    key: Option<String>,
    purpose: bool,
}

/// A value that some may not see, of a member.
struct Secret {
    of_the_ward: bool,
    value: String,
}

/// What members are called, and their personal data.
pub struct Secrets {
    /// Names and ids.
    members: Vec<Secret>,
    /// Birth dates, telephone and identity numbers.
    personal: Vec<Secret>,
}

impl Role {
    /// All of them: their keys are made by the program.
    pub fn all(url: &str) -> Vec<Self> {
        let role = |name, scopes: &str, ward: bool, purpose| {
            let ward: &[&str] = if ward { &["--ward", WARD] } else { &[] };
            let has = |scope| scopes.contains(scope) || scopes == "admin";
            Self {
                name,
                members: match (has("members"), ward) {
                    (false, _) => Members::None,
                    (true, []) => Members::All,
                    (true, _) => Members::OfTheWard,
                },
                personal: has("members:personal") && purpose,
                admin: scopes == "admin",
                silent: has("members:personal") && !purpose,
                key: (!name.starts_with("anonymous")).then(|| create(url, name, scopes, ward)),
                purpose,
            }
        };
        vec![
            role("anonymous", "", false, false),
            role("anonymous with a purpose", "", false, true),
            role("a key without scopes", "", false, true),
            role("a ward's key without scopes", "", true, true),
            role("a key that writes", "registry:write", false, true),
            role("members", "members:read", false, true),
            role("a ward's members", "members:read", true, true),
            role("personal without a purpose", "members:personal", false, false),
            role("personal", "members:personal", false, true),
            role("a ward's personal", "members:personal", true, true),
            role("an administrator without a purpose", "admin", false, false),
            role("an administrator", "admin", false, true),
        ]
    }

    /// Somebody who sends nothing.
    pub fn anonymous() -> Self {
        let (members, name) = (Members::None, "anonymous");
        Self { name, members, personal: false, admin: false, silent: false, key: None, purpose: false }
    }

    /// Somebody with a key of their own, made for these scopes and with these further options.
    pub fn making(url: &str, name: &'static str, scopes: &str, options: &[&str]) -> Self {
        let key = Some(create(url, name, scopes, options));
        Self { name, key, purpose: true, ..Self::anonymous() }
    }

    /// Its key, if it has one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The role of this name.
    pub fn named<'a>(roles: &'a [Self], name: &str) -> &'a Self {
        roles.iter().find(|role| role.name == name).unwrap()
    }

    /// Sends a query with variables as this role, for JSON or for something else.
    pub async fn ask_for(&self, app: &TestApp, accept: &str, query: &str, variables: &Value) -> Reply {
        app.send_as_is(self.request(accept, query, variables)).await
    }

    /// The status of what such a query is answered with, and the body or how it broke off.
    pub async fn begin(&self, app: &TestApp, accept: &str, query: &str) -> (StatusCode, Result<Vec<u8>, axum::Error>) {
        app.begin(self.request(accept, query, &json!({}))).await
    }

    fn request(&self, accept: &str, query: &str, variables: &Value) -> Request<Body> {
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, accept);
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key);
        }
        if self.purpose {
            request = request.header("x-purpose", "test");
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        request.body(Body::from(body)).unwrap()
    }

    /// Sends a query as this role.
    pub async fn ask(&self, app: &TestApp, query: &str) -> Reply {
        self.ask_for(app, "application/graphql-response+json", query, &json!({})).await
    }

    /// The data of a query that must succeed.
    pub async fn data(&self, app: &TestApp, query: &str) -> Value {
        let reply = self.ask(app, query).await;
        let mut json = reply.json();
        assert!(json.get("errors").is_none(), "{}: {query}\n{json:#}", self.name);
        json["data"].take()
    }

    /// Whether a member may be seen.
    fn sees(&self, of_the_ward: bool) -> bool {
        match self.members {
            Members::None => false,
            Members::OfTheWard => of_the_ward,
            Members::All => true,
        }
    }
}

/// Makes a key, as a person makes it.
fn create(url: &str, name: &str, scopes: &str, ward: &[&str]) -> String {
    let scopes: &[&str] = if scopes.is_empty() { &[] } else { &["--scope", scopes] };
    let output = antq(&[&["keys", "create", "--name", name, "--database-url", url], scopes, ward].concat());
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Secrets {
    /// Read through the API by who may see everything. Names are made different first, so that one is one member's.
    pub async fn of(app: &TestApp, admin: &Role) -> Self {
        let writer = app.store.writer();
        let statement = "UPDATE member SET full_name = full_name || ' ' || id";
        writer.execute_raw(Statement::from_string(writer.get_database_backend(), statement)).await.unwrap();
        let mut secrets = Self { members: Vec::new(), personal: Vec::new() };
        let mut after = Value::Null;
        loop {
            let query = format!(
                "{{ members(first: 200, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} \
                 nodes {{ id fullName phone nationalId ward {{ code }} }} }} }}"
            );
            let page = admin.data(app, &query).await["members"].take();
            for member in page["nodes"].as_array().unwrap() {
                let of_the_ward = member["ward"]["code"] == WARD;
                let secret =
                    |field: &str| member[field].as_str().map(|value| Secret { of_the_ward, value: value.to_owned() });
                secrets.members.extend(["id", "fullName"].into_iter().filter_map(secret));
                secrets.personal.extend(["phone", "nationalId"].into_iter().filter_map(secret));
            }
            if page["pageInfo"]["hasNextPage"] == false {
                return secrets;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// What a role must not be told.
    pub fn from(&self, role: &Role) -> BTreeSet<&str> {
        let told = |secret: &Secret, personal: bool| role.sees(secret.of_the_ward) && (role.personal || !personal);
        let all = || {
            self.members.iter().map(|secret| (secret, false)).chain(self.personal.iter().map(|secret| (secret, true)))
        };
        let hidden =
            all().filter(|(secret, personal)| !told(secret, *personal)).map(|(secret, _)| secret.value.as_str());
        let mut hidden: BTreeSet<&str> = hidden.collect();
        // Two members may have one telephone.
        for (secret, _) in all().filter(|(secret, personal)| told(secret, *personal)) {
            hidden.remove(secret.value.as_str());
        }
        hidden
    }
}
