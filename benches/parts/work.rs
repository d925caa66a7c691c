//! The parts that are measured, by the clock and by instructions alike.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use antq::{
    api::{Answered, Api, Documents, Question},
    demo::{Scale, demo},
    entities::festival,
    limits::{DocumentLimits, parse},
    load::{Files, load},
    server::{App, Settings, router},
    store::{Page, PageArgs, Position, Store, Table, proof::Proofs, schema::migrate, write::analyse},
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use sea_orm::EntityTrait;
use serde_json::{Map, json};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

// The allocator of the program. Its code comes with ours, so that counts do not depend on that of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The seed of the roster.
const SEED: u64 = 2025;

/// A list: 100 rows of columns.
const ROWS: &str = "{ wards(first: 100) { nodes { code name kind latitude longitude areaKm2 updatedAt } } }";

/// Three levels of lists, and a row that another one names.
const LEVELS: &str = r#"{
  ward(code: "31120") {
    name
    city { name }
    teams(first: 20) { nodes { code name members(first: 10) { nodes { fullName role } } } }
  }
}"#;

/// The same levels with no row to write: what is left is the plan, and statements that find nothing.
const NO_ROWS: &str = r#"{
  wards(first: 0) {
    nodes {
      name
      city { name }
      teams(first: 20) { nodes { code name members(first: 10) { nodes { fullName role } } } }
    }
  }
}"#;

/// A part: its name, and what it does each time.
pub struct Part {
    pub name: &'static str,
    pub work: Box<dyn FnMut()>,
}

/// A runtime of one thread, so that the same work takes the same steps.
pub fn runtime() -> Rc<Runtime> {
    Rc::new(Builder::new_current_thread().enable_all().build().unwrap())
}

/// A database of the benches' own, gone when it is dropped.
pub struct Database(PathBuf);

impl Database {
    /// With the tables, the reference data, the published facts and the demo of Cần Thơ.
    pub fn make(runtime: &Runtime) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = Self(folder);
        runtime.block_on(async {
            let store = Store::connect_or_create(&database.url()).await.unwrap();
            migrate(&store).await.unwrap();
            load(&store, &Files::BuiltIn).await.unwrap();
            demo(&store, Scale::CanTho, SEED).await.unwrap();
            analyse(&store).await.unwrap();
            store.close().await;
        });
        database
    }

    pub fn url(&self) -> String {
        format!("sqlite://{}", self.beside("parts.db").display())
    }

    /// A file in the same folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every part, over a database that [`Database::make`] made.
pub fn parts(runtime: &Rc<Runtime>, url: &str) -> Vec<Part> {
    let store = runtime.block_on(Store::connect(url)).unwrap();
    vec![
        guard("guard: a usual document", LEVELS.to_owned()),
        guard("guard: the largest document", largest_document()),
        known_document("documents: one that is known"),
        cursor_written("cursor: written", runtime, &store),
        cursor_read("cursor: read", runtime, &store),
        answer("answer: planned, no rows", runtime, &store, NO_ROWS, true),
        answer("answer: planned, 100 rows", runtime, &store, ROWS, true),
        answer("answer: planned, three levels", runtime, &store, LEVELS, true),
        answer("answer: ordinary, 100 rows", runtime, &store, ROWS, false),
        answer("answer: ordinary, three levels", runtime, &store, LEVELS, false),
        proof("proof: read", runtime, &store),
        request("request: three levels, made", runtime, &store, 0),
        request("request: three levels, kept", runtime, &store, 1_048_576),
    ]
}

fn guard(name: &'static str, text: String) -> Part {
    let limits = DocumentLimits::default();
    Part { name, work: Box::new(move || drop(black_box(parse(black_box(&text), &limits).unwrap()))) }
}

/// As many bytes, tokens and selections as a document may have, but for what one more field would add.
fn largest_document() -> String {
    let limits = DocumentLimits::default();
    let fields = limits.selections as usize - 1;
    // A field is one token, and its argument five: as many of them as there are tokens left.
    let arguments = (limits.tokens - fields - 5) / 5;
    let fields = (0..fields).map(|n| format!("field_{n:08}{}", if n < arguments { "(n:1)" } else { "" }));
    let text = format!("{{ root {{ {} }} }}", fields.collect::<Vec<_>>().join(" "));
    let padding = limits.bytes - text.len();
    text + &" ".repeat(padding)
}

fn known_document(name: &'static str) -> Part {
    let limits = DocumentLimits::default();
    let documents = Documents::new(1_048_576);
    documents.parse(LEVELS.to_owned(), &limits).unwrap();
    Part { name, work: Box::new(move || drop(black_box(documents.parse(LEVELS.to_owned(), &limits).unwrap()))) }
}

/// A festival: their list has an order of its own, so that its cursors hold more than an id.
fn festival(runtime: &Runtime, store: &Store) -> festival::Model {
    runtime.block_on(festival::Entity::find().one(store.reader())).unwrap().unwrap()
}

fn cursor_written(name: &'static str, runtime: &Runtime, store: &Store) -> Part {
    let row = festival(runtime, store);
    let work = move || drop(black_box(Position::of::<festival::Entity>(&row).encode(festival::Entity::info())));
    Part { name, work: Box::new(work) }
}

fn cursor_read(name: &'static str, runtime: &Runtime, store: &Store) -> Part {
    let row = festival(runtime, store);
    let cursor = Position::of::<festival::Entity>(&row).encode(festival::Entity::info());
    let args = PageArgs { after: Some(cursor), ..PageArgs::default() };
    Part { name, work: Box::new(move || drop(black_box(Page::try_new::<festival::Entity>(&args).unwrap()))) }
}

/// From a document that is known to the bytes of its answer.
fn answer(name: &'static str, runtime: &Rc<Runtime>, store: &Store, text: &str, planned: bool) -> Part {
    let (runtime, store, api) = (runtime.clone(), store.clone(), Api::new(planned));
    let document = Documents::new(1_048_576).parse(text.to_owned(), &DocumentLimits::default()).unwrap();
    let variables = Map::new();
    let work = move || {
        let question = Question { document: &document, operation_name: None, variables: &variables };
        let (answered, _) = runtime.block_on(api.answer(question, &store));
        let bytes = match answered {
            Answered::Json(bytes) if planned => bytes,
            Answered::Response(response) if !planned && response.is_ok() => serde_json::to_vec(&response).unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        black_box(bytes);
    };
    Part { name, work: Box::new(work) }
}

/// The versions of all tables, which prove that an answer is still true.
fn proof(name: &'static str, runtime: &Rc<Runtime>, store: &Store) -> Part {
    let runtime = runtime.clone();
    let proofs = {
        let _within = runtime.enter();
        Proofs::new(store)
    };
    Part { name, work: Box::new(move || drop(black_box(runtime.block_on(proofs.now()).unwrap()))) }
}

/// A whole request, with every layer that it passes; its answer made anew, or kept from the first time.
fn request(name: &'static str, runtime: &Rc<Runtime>, store: &Store, cache_bytes: u64) -> Part {
    let settings = Settings { timeout: Duration::from_secs(60), planned: true, cache_bytes };
    let runtime = runtime.clone();
    let router = {
        let _within = runtime.enter();
        router(App::new(store.clone(), settings))
    };
    let body = json!({ "query": LEVELS }).to_string();
    let work = move || {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body.clone())).unwrap();
        let bytes = runtime.block_on(async {
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            to_bytes(response.into_body(), usize::MAX).await.unwrap()
        });
        assert!(bytes.starts_with(br#"{"data":{"ward""#), "{name}");
        black_box(bytes);
    };
    Part { name, work: Box::new(work) }
}
