//! Tokens of staff, by an issuer of the test's own on this machine: who is believed, who is not and why, and what becomes of
//! keys that change while the service runs.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use antq::{
    auth::{Expected, Issuer, IssuerSettings},
    store::Store,
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{Engine, Reply, SECRETS, TestApp, full_database, guarded, on_both_engines};

on_both_engines!(a_token_says_who_one_is_and_what_one_may, places_of_tokens_are_those_of_the_register);

/// A key for these tests alone. Making one of this kind is the one thing that ring does not do.
const RSA: &[u8] = include_bytes!("tokens/rsa.der");

/// What an issuer signs with.
enum Signer {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::from_der(RSA).unwrap()))
    }

    fn p256() -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap())
    }

    fn ed25519() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// The public key, as an issuer publishes it.
    fn jwk(&self, id: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                let (n, e) = (text(&public.n), text(&public.e));
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": n, "e": e })
            }
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": text(pair.public_key().as_ref()) })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with these claims, under the id of a key.
    fn token(&self, id: &str, claims: &Value) -> String {
        let message = message(&json!({ "alg": self.algorithm(), "kid": id, "typ": "JWT" }), claims);
        signed(&message, &self.sign(message.as_bytes()))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

fn signed(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An issuer: what it publishes, and how often that was fetched. It is gone while there is nothing.
#[derive(Clone)]
struct Fake {
    url: String,
    keys: Arc<Mutex<Option<Value>>>,
    fetched: Arc<AtomicUsize>,
}

impl Fake {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, keys: Arc::default(), fetched: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(Self::discovery))
            .route("/keys", get(Self::published))
            .with_state(fake.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        fake
    }

    async fn discovery(State(fake): State<Self>) -> String {
        json!({ "issuer": fake.url, "jwks_uri": format!("{}/keys", fake.url) }).to_string()
    }

    async fn published(State(fake): State<Self>) -> Result<String, StatusCode> {
        fake.fetched.fetch_add(1, Ordering::SeqCst);
        fake.keys.lock().unwrap().as_ref().map(Value::to_string).ok_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn publish(&self, keys: &[(&str, &Signer)]) {
        let keys: Vec<Value> = keys.iter().map(|(id, signer)| signer.jwk(id)).collect();
        *self.keys.lock().unwrap() = Some(json!({ "keys": keys }));
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }

    /// The service that takes its tokens, and fetches its keys that often at most.
    async fn app(&self, engine: Engine, at_most_every: Duration) -> TestApp {
        let store = Store::connect(&full_database(engine).await).await.unwrap();
        let (audience, scopes_claim) = ("antq".to_owned(), "scope".to_owned());
        let expected = Expected { issuer: self.url.clone(), audience, scopes_claim };
        let issuer = Issuer::new(IssuerSettings { expected, keys_url: None, at_most_every }).unwrap();
        TestApp::trusting(store.with_secrets(SECRETS.parse().unwrap()), guarded(), Some(issuer))
    }

    /// Claims of a token that is good.
    fn claims(&self) -> Value {
        json!({ "iss": self.url, "aud": ["other", "antq"], "sub": "cb-7", "exp": now() + 600, "scope": "openid antq:members:read" })
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

async fn with_token(app: &TestApp, token: &str) -> Reply {
    app.query_as(
        &[("authorization", &format!("Bearer {token}"))],
        "{ me { kind name scopes wards { code } expiresAt } }",
    )
    .await
}

/// The reason of a 401.
async fn reason(app: &TestApp, token: &str) -> String {
    let reply = with_token(app, token).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        "{}",
        reply.text()
    );
    // Plain letters, whatever the token says.
    let challenge = reply.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.starts_with("Bearer realm=\"antq\", error=\"invalid_token\""), "{challenge}");
    reply.message()
}

const NEVER: Duration = Duration::from_secs(3_600);

async fn a_token_says_who_one_is_and_what_one_may(engine: Engine) {
    let fake = Fake::new().await;
    let signers = [("1", Signer::rsa()), ("2", Signer::p256()), ("3", Signer::ed25519())];
    fake.publish(&signers.each_ref().map(|(id, signer)| (*id, signer)));
    let app = fake.app(engine, NEVER).await;
    let mut claims = fake.claims();
    claims["antq_wards"] = json!(["31510"]);
    for (id, signer) in &signers {
        let reply = with_token(&app, &signer.token(id, &claims)).await;
        let me = &reply.json()["data"]["me"];
        assert_eq!(
            (&me["kind"], &me["name"], &me["scopes"], &me["wards"]),
            (&json!("STAFF"), &json!("cb-7"), &json!(["MEMBERS_READ"]), &json!([{ "code": "31510" }])),
            "{}",
            reply.text()
        );
        assert!(me["expiresAt"].is_string());
    }
    assert_eq!(fake.fetched(), 1, "once for all");
}

async fn places_of_tokens_are_those_of_the_register(engine: Engine) {
    let fake = Fake::new().await;
    let signer = Signer::ed25519();
    fake.publish(&[("1", &signer)]);
    let app = fake.app(engine, NEVER).await;
    let with = |name: &str, value: Value| {
        let mut claims = fake.claims();
        claims[name] = value;
        signer.token("1", &claims)
    };
    let many: Vec<String> = (0..201).map(|number| format!("{number:05}")).collect();
    for (name, value, says) in [
        ("antq_wards", json!(["31510", "99999"]), "no ward with the code"),
        ("antq_cities", json!("9\u{0}"), "no city with the code"),
        ("antq_wards", json!(many), "at most 200"),
        ("antq_wards", json!({}), "`antq_wards`"),
    ] {
        let reason = reason(&app, &with(name, value)).await;
        assert!(reason.contains(says), "{name}: {reason}");
    }
    let token = with("antq_wards", json!(["31510"]));
    assert_eq!(with_token(&app, &token).await.json()["data"]["me"]["wards"], json!([{ "code": "31510" }]));
    // Codes are used again: whose one is now is asked of the register each time that it has changed.
    app.store.writer().execute_unprepared("UPDATE ward SET code = '31511' WHERE code = '31510'").await.unwrap();
    assert!(reason(&app, &token).await.contains("no ward with the code"));
    let none = with_token(&app, &with("antq_wards", json!([]))).await;
    assert_eq!(none.json()["data"]["me"]["wards"], json!([]), "no place at all, and not all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_good_token_is_refused_with_the_reason() {
    let fake = Fake::new().await;
    let (rsa, p256, ed25519) = (Signer::rsa(), Signer::p256(), Signer::ed25519());
    fake.publish(&[("1", &rsa), ("2", &p256)]);
    let app = fake.app(Engine::Sqlite, NEVER).await;
    assert_eq!(with_token(&app, &rsa.token("1", &fake.claims())).await.status, StatusCode::OK);
    let with = |name: &str, value: Value| {
        let mut claims = fake.claims();
        claims[name] = value;
        rsa.token("1", &claims)
    };
    for (token, says) in [
        (with("exp", json!(now() - 61)), "The token expired at 20"),
        (with("exp", Value::Null), "claim `exp`"),
        (with("nbf", json!(now() + 600)), "The token is good from 20"),
        (with("aud", json!("other")), "another audience"),
        (with("iss", json!("https://elsewhere.example")), "another issuer"),
        (with("sub", Value::Null), "claim `sub`"),
        (rsa.token("9", &fake.claims()), "key id (kid) is not known"),
        (ed25519.token("1", &fake.claims()), "algorithm is not allowed"),
        (rsa.token("2", &fake.claims()), "algorithm is not allowed"),
        (p256.token("1", &fake.claims()), "algorithm is not allowed"),
        ("a.b.c".to_owned(), "neither an API key nor a signed token"),
        ("e30.e30.".to_owned(), "neither an API key nor a signed token"),
    ] {
        let reason = reason(&app, &token).await;
        assert!(reason.contains(says), "{says}: {reason}");
    }
    // What was signed is changed, or the signature is another one.
    let good = rsa.token("1", &fake.claims());
    let [signature, other] =
        [&good, &with("sub", json!("cb-8"))].map(|token| token.rsplit('.').next().unwrap().to_owned());
    let swapped = good.replace(&signature, &other);
    let header = |algorithm: &str| json!({ "alg": algorithm, "kid": "1" });
    let short = signed(&message(&header("RS256"), &fake.claims()), &[0; 10]);
    for token in [swapped, short] {
        assert_eq!(reason(&app, &token).await, "The token's signature is wrong.");
    }
    let other = Signer::p256();
    assert_eq!(reason(&app, &other.token("2", &fake.claims())).await, "The token's signature is wrong.");
}

/// The two attacks that made such tokens notorious: no signature at all, and the public key taken for a shared secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_does_not_choose_how_it_is_checked() {
    let fake = Fake::new().await;
    let rsa = Signer::rsa();
    fake.publish(&[("1", &rsa)]);
    let app = fake.app(Engine::Sqlite, NEVER).await;
    let Signer::Rsa(pair) = &rsa else { unreachable!() };
    let public = [
        pair.public_key().as_ref().to_vec(),
        rsa.jwk("1").to_string().into_bytes(),
        rsa.jwk("1")["n"].to_string().into_bytes(),
    ];
    for id in [json!("1"), Value::Null] {
        for algorithm in ["none", "None", "", "RS512", "PS256", "HS256"] {
            let message = message(&json!({ "alg": algorithm, "kid": id }), &fake.claims());
            let mut signatures = vec![Vec::new(), rsa.sign(message.as_bytes())];
            let secrets = public.iter().map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, bytes));
            signatures.extend(secrets.map(|secret| hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()));
            for signature in signatures {
                let reason = reason(&app, &signed(&message, &signature)).await;
                assert!(reason.starts_with("The token's algorithm is not allowed"), "{algorithm}: {reason}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_the_issuer_changes_are_fetched_and_outlive_it() {
    let fake = Fake::new().await;
    let (old, new) = (Signer::ed25519(), Signer::p256());
    // It cannot be reached when the service starts: nobody is let in, and nobody is taken for anonymous.
    let app = fake.app(Engine::Sqlite, Duration::ZERO).await;
    let reply = with_token(&app, &old.token("1", &fake.claims())).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"));
    fake.publish(&[("1", &old)]);
    assert_eq!(with_token(&app, &old.token("1", &fake.claims())).await.status, StatusCode::OK);
    // A new key is taken at once, and the old one that is withdrawn is gone.
    fake.publish(&[("2", &new)]);
    assert_eq!(with_token(&app, &new.token("2", &fake.claims())).await.status, StatusCode::OK);
    assert!(reason(&app, &old.token("1", &fake.claims())).await.contains("key id (kid) is not known"));
    // It is away, or publishes nonsense: the keys stay.
    for published in [None, Some(json!({ "keys": [] })), Some(json!("nonsense"))] {
        *fake.keys.lock().unwrap() = published;
        assert!(reason(&app, &old.token("1", &fake.claims())).await.contains("key id (kid) is not known"));
        assert_eq!(with_token(&app, &new.token("2", &fake.claims())).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_key_ids_do_not_make_the_service_a_hammer() {
    let fake = Fake::new().await;
    let signer = Signer::ed25519();
    fake.publish(&[("1", &signer)]);
    let app = fake.app(Engine::Sqlite, NEVER).await;
    for id in 2..20 {
        reason(&app, &signer.token(&id.to_string(), &fake.claims())).await;
    }
    assert_eq!(fake.fetched(), 1);
}

/// Another issuer behind the same address is not this one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_is_the_one_that_it_says() {
    let fake = Fake::new().await;
    let signer = Signer::ed25519();
    fake.publish(&[("1", &signer)]);
    let issuer = format!("{}/", fake.url);
    let claims = json!({ "iss": issuer, "aud": "antq", "sub": "cb-7", "exp": now() + 600 });
    let app = async |keys_url: Option<String>| {
        let store = Store::connect(&full_database(Engine::Sqlite).await).await.unwrap();
        let expected =
            Expected { issuer: issuer.clone(), audience: "antq".to_owned(), scopes_claim: "scope".to_owned() };
        let settings = IssuerSettings { expected, keys_url, at_most_every: Duration::ZERO };
        TestApp::trusting(store, guarded(), Some(Issuer::new(settings).unwrap()))
    };
    let discovered = app(None).await;
    let reply = with_token(&discovered, &signer.token("1", &claims)).await;
    assert_eq!((reply.status, fake.fetched()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    let told = app(Some(format!("{}/keys", fake.url))).await;
    assert_eq!(with_token(&told, &signer.token("1", &claims)).await.status, StatusCode::OK);
}
