//! The parts that are measured, by the clock and by instructions alike.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::Duration,
};

use antq::{
    api::{Api, Documents, Question},
    auth::Scopes,
    budget::{MAX_POINTS, Now, Rates},
    domain::Datum,
    entities::festival,
    limits::{DocumentLimits, parse},
    server::{App, HttpSettings, LiveSettings, Settings, router},
    store::{Order, Page, PageArgs, Position, Store, Table, proof::Proofs},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use chrono::NaiveDate;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

// The allocator of the program. Its code comes with ours, so that counts do not depend on that of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

/// A database of the benches' own, gone when it is dropped.
pub struct Database(PathBuf);

impl Database {
    /// With the tables, the reference data, the published facts and the demo of Cần Thơ. The program makes it: a bench that
    /// did so itself would be compiled for a minute longer.
    pub fn make() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = Self(folder);
        let demo = ["demo", "--scale", "cantho", "--seed", "2025"];
        for arguments in [&["migrate"], &["load"], &demo[..]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_antq"));
            let output = command.args(arguments).args(["--database-url", &database.url()]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
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

/// A runtime of one thread, so that the same work takes the same steps.
pub fn runtime() -> Rc<Runtime> {
    Rc::new(Builder::new_current_thread().enable_all().build().unwrap())
}

/// Every part, over a database that [`Database::make`] made. Must be called, and what it gives dropped, within the runtime.
pub fn parts(runtime: &Rc<Runtime>, url: &str) -> Vec<Part> {
    let store = runtime.block_on(Store::connect(url)).unwrap();
    let service = |planned, cache_bytes| {
        let settings = Settings {
            timeout: Duration::from_secs(60),
            planned,
            cache_bytes,
            table_rows: 1_000_000,
            max_waiting: 256,
            anonymous: Scopes::ALL,
            http: HttpSettings::DEFAULT,
            response_bytes: 32 * 1_048_576,
            // As they are when the program serves, and never spent.
            budgets: Rates { anonymous: MAX_POINTS, key: MAX_POINTS, clock: Now::system },
            live: LiveSettings::DEFAULT,
        };
        Service { runtime: runtime.clone(), router: router(App::new(store.clone(), settings, None)) }
    };
    let (planned, ordinary, keeping) = (service(true, 0), service(false, 0), service(true, 1_048_576));
    vec![
        guard("guard: a usual document", LEVELS.to_owned()),
        guard("guard: the largest document", largest_document()),
        bomb("guard: fragments doubled 30 times"),
        known_document("documents: one that is known"),
        estimated("estimate: three levels"),
        cursor_written("cursor: written"),
        cursor_read("cursor: read"),
        proof("proof: read", runtime, &store),
        planned.answers("planned: 100 rows", ROWS),
        planned.answers("planned: three levels", LEVELS),
        planned.answers("planned: three levels, no rows", NO_ROWS),
        planned.answers_new("planned: three levels, document is new", LEVELS),
        ordinary.answers("ordinary: 100 rows", ROWS),
        ordinary.answers("ordinary: three levels", LEVELS),
        keeping.answers("kept: three levels", LEVELS),
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

/// Fragments that each spread the next one twice: put in place, they would be 2^30 selections.
fn bomb(name: &'static str) -> Part {
    let limits = DocumentLimits::default();
    let mut text = "{...f0}".to_owned();
    for level in 0..30 {
        text += &format!("fragment f{level} on Query{{...f{0}...f{0}}}", level + 1);
    }
    text += "fragment f30 on Query{__typename}";
    Part { name, work: Box::new(move || drop(black_box(parse(black_box(&text), &limits).unwrap_err()))) }
}

/// What an operation may come to. Without its variable that would be kept with the document.
fn estimated(name: &'static str) -> Part {
    let api = Api::new(true, usize::MAX, [].into());
    let text = LEVELS.replacen('{', "query($first: Int) {", 1).replacen("first: 20", "first: $first", 1);
    let document = Documents::new(1_048_576).parse(text, &DocumentLimits::default()).unwrap();
    let variables = serde_json::Map::from_iter([("first".to_owned(), 20.into())]);
    let work = move || {
        let question = Question { document: &document, operation_name: None, variables: &variables, file: None };
        drop(black_box(api.estimate(question)));
    };
    Part { name, work: Box::new(work) }
}

fn known_document(name: &'static str) -> Part {
    let limits = DocumentLimits::default();
    let documents = Documents::new(1_048_576);
    documents.parse(LEVELS.to_owned(), &limits).unwrap();
    Part { name, work: Box::new(move || drop(black_box(documents.parse(LEVELS.to_owned(), &limits).unwrap()))) }
}

/// Where a festival stands: their list has an order of its own, so that its cursors hold more than an id.
fn position() -> Position {
    let day = NaiveDate::from_ymd_opt(2022, 8, 19).unwrap();
    Position::new(vec![Some(Datum::Date(day))], 7)
}

fn cursor_written(name: &'static str) -> Part {
    let (position, order) = (position(), Order::of_table(festival::Entity::info()));
    let work = move || drop(black_box(position.encode(festival::Entity::info(), &order)));
    Part { name, work: Box::new(work) }
}

fn cursor_read(name: &'static str) -> Part {
    let order = Order::of_table(festival::Entity::info());
    let cursor = position().encode(festival::Entity::info(), &order);
    let args = PageArgs { after: Some(cursor), ..PageArgs::default() };
    Part {
        name,
        work: Box::new(move || drop(black_box(Page::try_new(festival::Entity::info(), args.clone()).unwrap()))),
    }
}

/// The versions of all tables, which prove that an answer is still true.
fn proof(name: &'static str, runtime: &Rc<Runtime>, store: &Store) -> Part {
    let (runtime, proofs) = (runtime.clone(), Proofs::new(store));
    Part { name, work: Box::new(move || drop(black_box(runtime.block_on(proofs.now()).unwrap()))) }
}

/// The service, called in process: a request passes every layer, and comes from no network.
#[derive(Clone)]
struct Service {
    runtime: Rc<Runtime>,
    router: Router,
}

impl Service {
    /// One document again and again.
    fn answers(&self, name: &'static str, text: &str) -> Part {
        let (service, body) = (self.clone(), json!({ "query": text }).to_string());
        Part { name, work: Box::new(move || service.answer(name, body.clone())) }
    }

    /// A document that was never seen, but for a comment the same each time.
    fn answers_new(&self, name: &'static str, text: &'static str) -> Part {
        let (service, mut number) = (self.clone(), 0);
        let work = move || {
            number += 1;
            service.answer(name, json!({ "query": format!("{text} # {number:09}") }).to_string());
        };
        Part { name, work: Box::new(work) }
    }

    fn answer(&self, name: &str, body: String) {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body)).unwrap();
        let bytes = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            to_bytes(response.into_body(), usize::MAX).await.unwrap()
        });
        // Errors would come first.
        assert!(bytes.starts_with(br#"{"data":{"ward"#), "{name}: {}", String::from_utf8_lossy(&bytes));
        black_box(bytes);
    }
}
