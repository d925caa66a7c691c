//! A database of its own for each test, and the service over it, called in process.

pub mod cluster;
pub mod served;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use antq::{
    auth::{Issuer, Scopes},
    budget::Rates,
    demo::{Scale, demo},
    load::{Files, load},
    secrets::Secrets,
    server::{App, HttpSettings, LiveSettings, Settings, router},
    store::{Event, Store, schema::migrate, write::analyse},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::Response,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// The seed of the roster that the tests know.
pub const SEED: u64 = 2025;

/// Nothing is kept, so that every statement is seen, nothing is paid, and everyone may see everything: who may see what has
/// tests of its own.
pub const SETTINGS: Settings = Settings {
    timeout: Duration::from_secs(10),
    planned: true,
    cache_bytes: 0,
    table_rows: 1_000_000,
    max_waiting: 256,
    response_bytes: 32 * 1_048_576,
    anonymous: Scopes::ALL,
    http: HttpSettings::DEFAULT,
    budgets: Rates::UNLIMITED,
    live: LiveSettings::DEFAULT,
};

/// The same, but that everyone sees what is public, and nothing else.
pub fn guarded() -> Settings {
    Settings { anonymous: Scopes::default(), ..SETTINGS }
}

/// The secrets of every service that is tested, as the program takes them.
pub const SECRETS: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The same, read.
pub fn secrets() -> Secrets {
    SECRETS.parse().unwrap()
}

/// Runs the program, with nothing of the environment's options but the secrets.
pub fn antq(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_antq"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ANTQ_")) {
        command.env_remove(name);
    }
    command.env("ANTQ_SECRETS", SECRETS).args(arguments).output().unwrap()
}

/// What a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Both of them.
pub const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// Declares tests that run once on each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(crate::support::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(crate::support::Engine::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both_engines;

static SQLITE_TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A name that no other test, process or earlier run has.
pub fn unique(what: &str) -> String {
    format!("antq_test_{}_{}_{what}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// The URL of a database that is empty.
pub async fn empty_database(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite://{}", folder().join(unique("empty.db")).display()),
        Engine::Postgres => create_postgres(&unique("empty"), None).await,
    }
}

/// The URL of a database with the tables, the reference data, the published facts and the demo of Cần Thơ.
pub async fn full_database(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => {
            let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
            let copy = folder().join(unique("full.db"));
            std::fs::copy(template, &copy).unwrap();
            format!("sqlite://{}", copy.display())
        }
        Engine::Postgres => {
            let template = POSTGRES_TEMPLATE.get_or_init(postgres_template).await;
            create_postgres(&unique("full"), Some(template)).await
        }
    }
}

async fn sqlite_template() -> PathBuf {
    let path = folder().join(unique("template.db"));
    fill(&format!("sqlite://{}", path.display())).await;
    path
}

async fn postgres_template() -> String {
    sweep_postgres().await;
    let name = unique("template");
    let url = create_postgres(&name, None).await;
    fill(&url).await;
    name
}

async fn fill(url: &str) {
    let store = Store::connect_or_create(url).await.unwrap().with_secrets(secrets());
    migrate(&store).await.unwrap();
    load(&store, &Files::BuiltIn).await.unwrap();
    demo(&store, Scale::CanTho, SEED).await.unwrap();
    analyse(&store).await.unwrap();
    // Closed, so that SQLite's file is whole and PostgreSQL lets it be copied.
    store.close().await;
}

/// Where databases of tests are.
pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("databases-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn postgres_server() -> String {
    std::env::var("ANTQ_TEST_DATABASE_URL").expect(
        "ANTQ_TEST_DATABASE_URL is not set: `make test` starts a throw-away PostgreSQL and sets it, \
         or set it to a server where databases may be created",
    )
}

async fn maintenance() -> DatabaseConnection {
    Database::connect(postgres_server()).await.unwrap()
}

async fn create_postgres(name: &str, template: Option<&str>) -> String {
    let database = maintenance().await;
    let template = template.map_or(String::new(), |template| format!(" TEMPLATE {template}"));
    database.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await.unwrap();
    database.close().await.unwrap();
    let server = postgres_server();
    let (address, options) = server.split_once('?').map_or((server.as_str(), None), |(a, o)| (a, Some(o)));
    let (server, _) = address.rsplit_once('/').unwrap();
    options.map_or(format!("{server}/{name}"), |options| format!("{server}/{name}?{options}"))
}

/// Drops a database that nobody uses any more, where there would be hundreds.
pub async fn drop_postgres(url: &str) {
    let name =
        url.rsplit('/').find_map(|part| part.split('?').next().filter(|name| name.starts_with("antq_test_"))).unwrap();
    let database = maintenance().await;
    database.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    database.close().await.unwrap();
}

/// Drops what earlier runs left behind on a server that outlives them.
async fn sweep_postgres() {
    let database = maintenance().await;
    let left = "SELECT datname FROM pg_database WHERE datname LIKE 'antq\\_test\\_%'";
    let left = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, left);
    for row in database.query_all_raw(left).await.unwrap() {
        let name: String = row.try_get("", "datname").unwrap();
        if !name.starts_with(&format!("antq_test_{}_", std::process::id())) {
            // In use by another run: it sweeps for itself.
            let _ = database.execute_unprepared(&format!("DROP DATABASE {name}")).await;
        }
    }
}

/// The query files, in the order of their names.
pub fn query_files() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "graphql") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The request of a query file, with the variables and the operation that its comments name, and these extensions.
pub fn request_of(text: &str, extensions: Value) -> Value {
    let mut request = json!({ "query": text, "extensions": extensions });
    for line in text.lines() {
        if let Some(variables) = line.strip_prefix("# variables: ") {
            request["variables"] = serde_json::from_str::<Value>(variables).unwrap();
        }
        if let Some(name) = line.strip_prefix("# operation: ") {
            request["operationName"] = name.trim().into();
        }
    }
    request
}

/// The service over a database of its own.
pub struct TestApp {
    pub store: Store,
    router: Router,
    statements: Arc<Mutex<Vec<String>>>,
    rows_read: Arc<AtomicUsize>,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A field of the schema.
pub struct Field {
    pub name: String,
    /// The kind of its type, such as `SCALAR`, and the name of it.
    pub kind: String,
    pub of: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
    }

    /// The text of the first error.
    pub fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or("none").to_owned()
    }
}

fn say_what_for(request: &mut Request<Body>) {
    request.headers_mut().entry("x-purpose").or_insert(HeaderValue::from_static("test"));
}

impl TestApp {
    /// Over the demo of Cần Thơ.
    pub async fn full(engine: Engine) -> Self {
        Self::over(&full_database(engine).await).await
    }

    pub async fn over(url: &str) -> Self {
        Self::with(url, SETTINGS).await
    }

    /// Answers from plans, or by ordinary execution only.
    pub async fn answering(url: &str, planned: bool) -> Self {
        Self::with(url, Settings { planned, ..SETTINGS }).await
    }

    /// Keeps answers, and proves them.
    pub async fn caching(url: &str) -> Self {
        Self::with(url, Settings { cache_bytes: 16 * 1_048_576, ..SETTINGS }).await
    }

    /// Offers this over HTTP, over the demo of Cần Thơ.
    pub async fn offering(engine: Engine, http: HttpSettings) -> Self {
        Self::with(&full_database(engine).await, Settings { http, ..SETTINGS }).await
    }

    /// Charges those who ask.
    pub async fn paying(url: &str, budgets: Rates) -> Self {
        Self::with(url, Settings { budgets, ..SETTINGS }).await
    }

    /// Shows everyone what is public, and nothing else.
    pub async fn guarded(url: &str) -> Self {
        Self::with(url, guarded()).await
    }

    /// The same, and keeps answers.
    pub async fn guarded_and_caching(url: &str) -> Self {
        Self::with(url, Settings { cache_bytes: 16 * 1_048_576, ..guarded() }).await
    }

    async fn with(url: &str, settings: Settings) -> Self {
        let mut store = Store::connect(url).await.unwrap().with_secrets(secrets());
        let (statements, rows_read) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (seen, read) = (statements.clone(), rows_read.clone());
        store.observe(move |event| match event {
            Event::Sent(statement) => seen.lock().unwrap().push(statement.to_owned()),
            Event::Read(rows) => drop(read.fetch_add(rows, Ordering::Relaxed)),
        });
        Self { statements, rows_read, ..Self::around(store, settings) }
    }

    /// Around a store of the test's own, which nothing is recorded of.
    pub fn around(store: Store, settings: Settings) -> Self {
        Self::trusting(store, settings, None)
    }

    /// The same, that takes the tokens of an issuer.
    pub fn trusting(store: Store, settings: Settings, issuer: Option<Issuer>) -> Self {
        let router = router(App::new(store.clone(), settings, issuer));
        Self { store, router, statements: Arc::default(), rows_read: Arc::default() }
    }

    /// The statements since the last call.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements.lock().unwrap())
    }

    /// The rows read since the last call.
    pub fn rows_read(&self) -> usize {
        self.rows_read.swap(0, Ordering::Relaxed)
    }

    /// Sends a request, which says what for unless it does already.
    pub async fn send(&self, mut request: Request<Body>) -> Reply {
        say_what_for(&mut request);
        self.send_as_is(request).await
    }

    /// Sends a request as it is.
    pub async fn send_as_is(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request as it is; its answer goes on.
    pub async fn open(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Gets what is at an address: the status, and the body or how it broke off.
    pub async fn begun(&self, uri: &str) -> (StatusCode, Result<Vec<u8>, axum::Error>) {
        let mut request = Request::get(uri).body(Body::empty()).unwrap();
        say_what_for(&mut request);
        self.begin(request).await
    }

    /// Sends a request as it is: the status, and the body or how it broke off.
    pub async fn begin(&self, request: Request<Body>) -> (StatusCode, Result<Vec<u8>, axum::Error>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.map(Into::into))
    }

    /// Sends a body as it is, as JSON.
    pub async fn post(&self, body: impl Into<Body>) -> Reply {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Sends a query with headers.
    pub async fn query_as(&self, headers: &[(&str, &str)], query: &str) -> Reply {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(json!({ "query": query }).to_string())).unwrap()).await
    }

    /// Sends a query.
    pub async fn query(&self, query: &str) -> Reply {
        self.query_with(query, json!({})).await
    }

    /// Sends a query with variables.
    pub async fn query_with(&self, query: &str, variables: Value) -> Reply {
        self.post(json!({ "query": query, "variables": variables }).to_string()).await
    }

    /// Sends a query with this `Prefer`.
    pub async fn preferring(&self, prefer: &str, query: &str) -> Reply {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json")
            .header("prefer", prefer);
        self.send(request.body(Body::from(json!({ "query": query }).to_string())).unwrap()).await
    }

    /// Sends a query file, with the variables and the operation that its comments name.
    pub async fn query_file(&self, text: &str) -> Reply {
        self.post(request_of(text, json!({})).to_string()).await
    }

    /// The fields of each type of the schema that has any.
    pub async fn types(&self) -> BTreeMap<String, Vec<Field>> {
        let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let data = self.data(&format!("{{ __schema {{ types {{ name fields {{ name type {{ {of} }} }} }} }} }}")).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let field = |field: &Value| {
            let mut inner = &field["type"];
            while !inner["ofType"].is_null() {
                inner = &inner["ofType"];
            }
            Field { name: text(&field["name"]), kind: text(&inner["kind"]), of: text(&inner["name"]) }
        };
        let types = data["__schema"]["types"].as_array().unwrap().iter();
        let types =
            types.filter_map(|of| Some((text(&of["name"]), of["fields"].as_array()?.iter().map(field).collect())));
        types.collect()
    }

    /// The data of a query that must succeed.
    pub async fn data(&self, query: &str) -> Value {
        let reply = self.query(query).await;
        let mut json = reply.json();
        assert!(json.get("errors").is_none(), "{query}\n{json:#}");
        json["data"].take()
    }
}
