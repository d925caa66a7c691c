//! API keys: who has one, what is refused and why, and that nothing of it is remembered longer than it is true.

use antq::{
    auth::{Authenticator, Scopes, Who},
    store::{Store, proof::Proofs},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::support::{Engine, Reply, SECRETS, TestApp, antq, full_database, on_both_engines};

on_both_engines!(
    a_key_says_who_one_is,
    what_is_no_good_key_is_refused_with_the_reason,
    a_key_that_was_revoked_elsewhere_is_refused_by_the_next_request,
    a_key_costs_no_statement_but_the_proof,
    a_key_that_is_replaced_ends_when_it_was_to,
    uses_are_noted_beside_the_requests,
    who_sees_the_same_is_answered_the_same_and_who_one_is_is_not_shared,
    a_credential_that_cannot_be_checked_is_nobodys,
);

const ME: &str = "{ me { kind name scopes cities { code } wards { code name } expiresAt purpose } }";

/// A database with keys, made by the program as a person makes them.
struct Keys {
    url: String,
}

impl Keys {
    async fn new(engine: Engine) -> Self {
        Self { url: full_database(engine).await }
    }

    /// Runs `antq keys …`; its standard output.
    fn run(&self, arguments: &[&str]) -> String {
        let output = antq(&[&["keys"], arguments, &["--database-url", &self.url]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes beside the service, as any other program would.
    async fn write(&self, sql: &str) {
        let other = Store::connect(&self.url).await.unwrap();
        other.writer().execute_unprepared(sql).await.unwrap();
        other.close().await;
    }
}

async fn with_key(app: &TestApp, key: &str, query: &str) -> Reply {
    app.query_as(&[("x-api-key", key)], query).await
}

/// The status, and why the credential is refused.
fn refused(reply: &Reply) -> (u16, String) {
    assert_eq!(reply.code(), "UNAUTHENTICATED", "{}", reply.text());
    assert!(reply.json().get("data").is_none());
    let challenge = reply.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
    let described = challenge.split("error_description=").nth(1).unwrap().trim_matches('"');
    assert_eq!(described, reply.message());
    assert!(challenge.starts_with("Bearer realm=\"antq\", error=\"invalid_"), "{challenge}");
    (reply.status.as_u16(), reply.message())
}

async fn a_key_says_who_one_is(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded(&keys.url).await;
    let nobody = json!({ "kind": "ANONYMOUS", "name": null, "scopes": [], "cities": null, "wards": null, "expiresAt": null, "purpose": "test" });
    assert_eq!(app.data(ME).await["me"], nobody);
    let limited = keys.run(&[
        "create",
        "--name",
        "ward 31510",
        "--scope",
        "members:personal",
        "--ward",
        "31510",
        "--expires",
        "2099-01-01",
    ]);
    let bearer = format!("Bearer {limited}");
    let both = [("authorization", bearer.as_str()), ("x-api-key", limited.as_str())];
    for headers in [&both[..1], &both[1..], &both] {
        let headers = [headers, &[("x-purpose", "tra%20c%E1%BB%A9u")]].concat();
        let me = app.query_as(&headers, ME).await.json()["data"]["me"].take();
        let expected = json!({
            "kind": "API_KEY", "name": "ward 31510", "scopes": ["MEMBERS_READ", "MEMBERS_PERSONAL"], "cities": [],
            "wards": [{ "code": "31510", "name": "Phường Phú Lợi" }], "expiresAt": "2099-01-01T17:00:00.000Z", "purpose": "tra cứu",
        });
        assert_eq!(me, expected);
    }
    let all = keys.run(&["create", "--name", "all", "--scope", "admin"]);
    let me = with_key(&app, &all, ME).await.json()["data"]["me"].take();
    assert_eq!((me["scopes"].as_array().unwrap().len(), &me["cities"]), (4, &json!(null)));
    let wrong = app.query_as(&[("x-purpose", &"x".repeat(201))], ME).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
}

async fn what_is_no_good_key_is_refused_with_the_reason(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded(&keys.url).await;
    let key = keys.run(&["create", "--name", "a", "--scope", "members:read"]);
    let other = keys.run(&["create", "--name", "b"]);
    let last = if key.ends_with('A') { 'E' } else { 'A' };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    let short = &key[..key.len() - 1];
    let unknown = "There is no such API key.";
    let bearer = |text: &str| format!("Bearer {text}");
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("x-api-key", &mistyped)], unknown),
        (&[("x-api-key", short)], unknown),
        (&[("x-api-key", "")], unknown),
        (&[("authorization", &bearer(&mistyped))], unknown),
        (&[("authorization", &bearer(&key)), ("x-api-key", &other)], "two different credentials"),
        (&[("x-api-key", &key), ("x-api-key", &key)], "several headers `X-API-Key`"),
        (&[("authorization", "Basic YTpi")], "Only `Authorization: Bearer`"),
        (&[("authorization", &bearer("abc"))], "neither an API key nor a signed token"),
        (&[("authorization", &bearer("a.b.c"))], "Tokens are not taken here"),
    ];
    for (headers, says) in cases {
        let (status, reason) = refused(&app.query_as(headers, "{ __typename }").await);
        assert_eq!(status, 401, "{headers:?}");
        assert!(reason.contains(says), "{headers:?}: {reason}");
    }
    // In JSON for older clients, where a table is wanted, and before anything else that is wrong is told.
    for (uri, accept) in
        [("/graphql?query=%7B", "application/json"), ("/graphql?query=%7B", "text/csv"), ("/graphql", "x/y")]
    {
        let request = Request::get(uri).header("x-api-key", &mistyped).header(header::ACCEPT, accept);
        assert_eq!(refused(&app.send(request.body(Body::empty()).unwrap()).await), (401, unknown.to_owned()));
    }
    assert_eq!(with_key(&app, &key, "{ __typename }").await.status, StatusCode::OK);
    keys.write("UPDATE api_key SET expires_at = '2026-01-02T03:04:05.678+00:00' WHERE name = 'a'").await;
    let expired = refused(&with_key(&app, &key, "{ __typename }").await);
    assert_eq!(expired, (401, "The API key expired at 2026-01-02T03:04:05.678Z.".to_owned()));
    // By other secrets no key is known.
    let strange = Store::connect(&keys.url).await.unwrap().with_secrets(SECRETS.replace("AA", "BB").parse().unwrap());
    let strange = TestApp::around(strange, crate::support::SETTINGS);
    assert_eq!(refused(&with_key(&strange, &other, "{ __typename }").await), (401, unknown.to_owned()));
}

async fn a_key_that_was_revoked_elsewhere_is_refused_by_the_next_request(engine: Engine) {
    let keys = Keys::new(engine).await;
    let instances = [TestApp::guarded_and_caching(&keys.url).await, TestApp::guarded_and_caching(&keys.url).await];
    let (key, other) = (keys.run(&["create", "--name", "a"]), keys.run(&["create", "--name", "b"]));
    let status = async |app: &TestApp, key: &str| with_key(app, key, "{ cities { totalCount } }").await.status.as_u16();
    for app in &instances {
        assert_eq!((status(app, &key).await, status(app, &key).await, status(app, &other).await), (200, 200, 200));
    }
    keys.run(&["revoke", "a"]);
    for app in &instances {
        let (status, reason) = refused(&with_key(app, &key, "{ cities { totalCount } }").await);
        assert!(status == 401 && reason.starts_with("The API key was revoked at 20"), "{reason}");
    }
    keys.write("UPDATE api_key SET revoked_at = created_at WHERE name = 'b'").await;
    for app in &instances {
        assert_eq!((status(app, &other).await, status(app, &key).await), (401, 401));
    }
    // What it may do is known anew too.
    let third = keys.run(&["create", "--name", "c", "--scope", "members:read"]);
    let scopes =
        async |app: &TestApp| with_key(app, &third, "{ me { scopes } }").await.json()["data"]["me"]["scopes"].take();
    assert_eq!(scopes(&instances[0]).await, json!(["MEMBERS_READ"]));
    keys.write("UPDATE api_key SET scopes = '' WHERE name = 'c'").await;
    assert_eq!(scopes(&instances[0]).await, json!([]));
}

async fn a_key_costs_no_statement_but_the_proof(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded_and_caching(&keys.url).await;
    let key = keys.run(&["create", "--name", "a", "--city", "92"]);
    let query = "{ city(code: \"92\") { name } }";
    app.query(query).await;
    app.statements();
    app.query(query).await;
    let anonymous = app.statements();
    assert_eq!(anonymous.len(), 1, "{anonymous:#?}");
    with_key(&app, &key, query).await;
    let first = app.statements();
    assert!(first.iter().filter(|statement| statement.contains("\"api_key")).count() == 2, "{first:#?}");
    assert_eq!(with_key(&app, &key, query).await.headers["cache-status"], "antq; hit");
    assert_eq!(app.statements(), anonymous);
}

async fn a_key_that_is_replaced_ends_when_it_was_to(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded_and_caching(&keys.url).await;
    let first = keys.run(&["create", "--name", "a", "--scope", "members:read", "--ward", "31510"]);
    let me = async |key: &str| {
        let reply = with_key(&app, key, "{ me { name scopes wards { code } expiresAt } }").await;
        (reply.status.as_u16(), reply.json()["data"]["me"].take())
    };
    let rights = me(&first).await;
    assert_eq!(rights.1["expiresAt"], json!(null));
    let second = keys.run(&["rotate", "a", "--grace", "P7D"]);
    assert_eq!(me(&second).await, rights, "the same rights");
    let (status, old) = me(&first).await;
    assert_eq!((status, &old["wards"]), (200, &rights.1["wards"]));
    assert!(old["expiresAt"].as_str().unwrap() > "2026", "its end is told");
    // The week is over.
    keys.write("UPDATE api_key SET revoked_at = '2026-01-02T03:04:05.678+00:00' WHERE revoked_at IS NOT NULL").await;
    let over = refused(&with_key(&app, &first, ME).await);
    assert_eq!(over, (401, "The API key was revoked at 2026-01-02T03:04:05.678Z.".to_owned()));
    let third = keys.run(&["rotate", "a", "--expires", "2099-01-01"]);
    assert_eq!(refused(&with_key(&app, &second, ME).await).0, 401, "at once");
    assert_eq!(me(&third).await.1["expiresAt"], "2099-01-01T17:00:00.000Z");
}

async fn uses_are_noted_beside_the_requests(engine: Engine) {
    let keys = Keys::new(engine).await;
    let key = keys.run(&["create", "--name", "a"]);
    let store = Store::connect(&keys.url).await.unwrap().with_secrets(SECRETS.parse().unwrap());
    let number = async |query: &str| {
        let row = store.reader().query_one_raw(Statement::from_string(store.engine(), query)).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    let uses = async || number("SELECT COUNT(*) FROM api_key_use").await;
    let versions = async || number("SELECT CAST(SUM(version) AS BIGINT) FROM table_version").await;
    let authenticator = Authenticator::new(store.clone(), Proofs::new(&store), None, Scopes::default());
    let headers = HeaderMap::from_iter([(antq::auth::API_KEY, HeaderValue::from_str(&key).unwrap())]);
    let before = versions().await;
    for expected in 0..2 {
        for _ in 0..3 {
            let known = authenticator.viewer(&headers).await.unwrap();
            assert!(matches!(&known.viewer.who, Who::Key { name, .. } if name == "a"));
        }
        assert_eq!(uses().await, expected, "no request writes");
        authenticator.close().await;
        assert_eq!(uses().await, 1);
    }
    assert_eq!(versions().await, before, "nothing that is kept falls");
    let listed: serde_json::Value = serde_json::from_str(&keys.run(&["list", "--json"])).unwrap();
    assert!(listed[0]["lastUsedAt"].as_str().unwrap() >= listed[0]["createdAt"].as_str().unwrap(), "{listed}");
}

async fn who_sees_the_same_is_answered_the_same_and_who_one_is_is_not_shared(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded_and_caching(&keys.url).await;
    let [plain, other] = ["plain", "other"].map(|name| keys.run(&["create", "--name", name]));
    let reads = keys.run(&["create", "--name", "reads", "--scope", "members:read"]);
    let cached = |reply: &Reply| reply.headers["cache-status"].to_str().unwrap().to_owned();
    let query = "{ cities { totalCount } }";
    assert_eq!(cached(&app.query(query).await), "antq; fwd=miss");
    assert_eq!(cached(&with_key(&app, &plain, query).await), "antq; hit");
    assert_eq!(cached(&with_key(&app, &reads, query).await), "antq; fwd=miss");
    assert_eq!(cached(&with_key(&app, &reads, query).await), "antq; hit");
    for _ in 0..2 {
        for (key, name) in [(&plain, "plain"), (&other, "other")] {
            let reply = with_key(&app, key, "{ me { name } }").await;
            assert_eq!(cached(&reply), "antq; fwd=miss");
            assert_eq!(reply.json()["data"]["me"]["name"], *name);
        }
    }
    // Nobody on the way keeps what is somebody's.
    let get = async |query: &str, key: Option<&str>| {
        let mut request = Request::get(format!("/graphql?query={query}"));
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let reply = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.headers[header::VARY], "accept, accept-encoding, authorization, x-api-key, x-purpose");
        (reply.headers[header::CACHE_CONTROL].to_str().unwrap().to_owned(), reply.headers.contains_key(header::ETAG))
    };
    let cities = "%7Bcities%7BtotalCount%7D%7D";
    assert_eq!(get(cities, None).await, ("public, no-cache".to_owned(), true));
    assert_eq!(get(cities, Some(&plain)).await, ("private, no-store".to_owned(), false));
    let me = "%7Bme%7Bname%7D%7D";
    assert_eq!(get(me, None).await, ("no-store".to_owned(), false));
    for key in [plain.as_str(), "antq_wrong"] {
        assert_eq!(get(me, Some(key)).await, ("private, no-store".to_owned(), false));
    }
}

async fn a_credential_that_cannot_be_checked_is_nobodys(engine: Engine) {
    let keys = Keys::new(engine).await;
    let app = TestApp::guarded(&keys.url).await;
    let key = keys.run(&["create", "--name", "a"]);
    keys.write("ALTER TABLE api_key RENAME TO away").await;
    let reply = with_key(&app, &key, "{ __typename }").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"));
    assert_eq!(reply.json()["errors"][0]["extensions"]["requestId"], reply.headers["x-request-id"].to_str().unwrap());
    assert!(!reply.text().contains("api_key"), "{}", reply.text());
    assert_eq!(app.query("{ __typename }").await.status, StatusCode::OK);
}
