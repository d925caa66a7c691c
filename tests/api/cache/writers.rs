//! While two other processes write by straight SQL, no answer lacks a write that was committed before it was asked for.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

use super::cached;
use crate::support::{Engine, TestApp, full_database, on_both_engines, unique};

on_both_engines!(no_answer_is_older_than_its_request);

/// Answers to be checked on each engine.
const CHECKED: u64 = 100_000;
/// Requests under way at a time.
const READERS: u64 = 16;
const WRITERS: u64 = 2;
/// Wards that each writer gives a title to, one after the other. The first wards have none before.
const WARDS: u64 = 1_500;
/// Names what a writer is given: the database, its number and its log.
const GIVEN: &str = "ANTQ_TEST_WRITER";

/// How far a writer has come: the step that it has begun, and the one that it has committed. A page of the file, which
/// both processes see at once.
struct Log(File);

impl Log {
    fn open(path: &Path) -> Self {
        Self(File::options().create(true).read(true).write(true).truncate(false).open(path).unwrap())
    }

    fn begin(&self, step: u64) {
        self.0.write_all_at(&step.to_ne_bytes(), 0).unwrap();
    }

    fn commit(&self, step: u64) {
        self.0.write_all_at(&step.to_ne_bytes(), 8).unwrap();
    }

    fn begun(&self) -> u64 {
        self.read(0)
    }

    fn committed(&self) -> u64 {
        self.read(8)
    }

    fn read(&self, offset: u64) -> u64 {
        let mut step = [0; 8];
        self.0.read_exact_at(&mut step, offset).unwrap();
        u64::from_ne_bytes(step)
    }
}

/// What a step writes. Steps take turns, so that each table is left alone for a while.
#[derive(Clone, Copy, Debug)]
enum Write {
    /// The step's number becomes the name of a team.
    Name,
    /// A ward, the next one, gets its first title: a list that was empty is not any more.
    Title(u64),
    /// There is a data set that was not found before.
    Dataset,
}

impl Write {
    fn of(step: u64) -> Self {
        match step % 3 {
            1 if step / 3 < WARDS => Self::Title(step / 3),
            2 => Self::Dataset,
            _ => Self::Name,
        }
    }

    fn sql(writer: u64, step: u64) -> String {
        match Self::of(step) {
            Self::Name => format!(
                "UPDATE team SET name = '{step}' WHERE id = (SELECT id FROM team ORDER BY id LIMIT 1 OFFSET {writer})"
            ),
            Self::Title(ward) => format!(
                "INSERT INTO designation (ward_id, source_id, title, year) SELECT id, (SELECT min(id) FROM source), \
                 'Title', 2026 FROM ward ORDER BY id LIMIT 1 OFFSET {}",
                writer * WARDS + ward
            ),
            Self::Dataset => format!(
                "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('{}', 'Step', '', false)",
                slug(writer, step)
            ),
        }
    }
}

fn slug(writer: u64, step: u64) -> String {
    format!("writer-{writer}-step-{step}")
}

/// Not a test: what the other processes run.
#[tokio::test]
#[ignore = "the writer of no_answer_is_older_than_its_request"]
async fn writer() {
    let Ok(given) = std::env::var(GIVEN) else { return };
    let [writer, log, url] = given.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let (writer, log) = (writer.parse().unwrap(), Log::open(Path::new(log)));
    let database = Database::connect(url).await.unwrap();
    if url.starts_with("sqlite") {
        // The disk is not what is tested.
        database.execute_unprepared("PRAGMA synchronous = OFF").await.unwrap();
    }
    for step in 1.. {
        log.begin(step);
        // SQLite is told at the beginning that there will be writes: it looks into its indexes of words before it locks.
        let transaction = antq::store::write::begin(&database).await.unwrap();
        transaction.execute_unprepared(&Write::sql(writer, step)).await.unwrap();
        if step % 4 == 0 {
            // Written, and not there yet.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        transaction.commit().await.unwrap();
        log.commit(step);
        tokio::time::sleep(Duration::from_millis(step % 7 * 5)).await;
    }
}

/// A writer in a process of its own, which ends with this.
struct Writer {
    process: Child,
    log: Log,
    path: PathBuf,
}

impl Writer {
    fn start(number: u64, url: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique("writer"));
        let log = Log::open(&path);
        log.begin(0);
        log.commit(0);
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cache::writers::writer", "--ignored"])
            .env(GIVEN, format!("{number} {} {url}", path.display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, log, path }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // It has ended by itself, otherwise.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn no_answer_is_older_than_its_request(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::caching(&url).await;
    let wards = ward_codes(&app).await;
    let writers = (0..WRITERS).map(|number| Writer::start(number, &url)).collect();
    let (test, started) = (Arc::new(Test { app, wards, writers }), Instant::now());
    let readers: Vec<_> = (0..READERS).map(|reader| tokio::spawn(test.clone().read(reader))).collect();
    let mut hits = 0;
    for reader in readers {
        hits += reader.await.unwrap();
    }
    let mut writers = Arc::into_inner(test).unwrap().writers;
    let steps: Vec<u64> = writers.iter().map(|writer| writer.log.committed()).collect();
    eprintln!("{engine:?}: {CHECKED} answers, {hits} hits, {steps:?} writes, {:?}", started.elapsed());
    let ended = writers.iter_mut().any(|writer| writer.process.try_wait().unwrap().is_some());
    assert!(!ended && steps.iter().all(|steps| *steps > 100), "{steps:?}");
    assert!(hits > CHECKED / 10 && CHECKED - hits > CHECKED / 100, "{hits} hits");
}

async fn ward_codes(app: &TestApp) -> Vec<String> {
    let wards = Statement::from_string(app.store.engine(), "SELECT code FROM ward ORDER BY id");
    let rows = app.store.reader().query_all_raw(wards).await.unwrap();
    rows.iter().map(|row| row.try_get("", "code").unwrap()).collect()
}

struct Test {
    app: TestApp,
    wards: Vec<String>,
    writers: Vec<Writer>,
}

impl Test {
    /// Asks one question after the other, each checked against what was committed before it and begun after it; how many
    /// were hits.
    async fn read(self: Arc<Self>, reader: u64) -> u64 {
        let mut hits = 0;
        for turn in reader..reader + CHECKED / READERS {
            let writer = turn % WRITERS;
            let log = &self.writers[writer as usize].log;
            let committed = log.committed();
            let question = Question::new(turn / WRITERS, committed);
            let (query, variables) = question.text(writer, &self.wards);
            let reply = self.app.query_with(query, variables).await;
            let begun = log.begun();
            hits += u64::from(cached(&reply) == "hit");
            question.check(writer, &reply.json(), committed, begun).unwrap_or_else(|| {
                panic!(
                    "{question:?} of writer {writer}: {committed} committed before, {begun} begun after: {}",
                    reply.text()
                )
            });
        }
        hits
    }
}

/// What is asked: whether a step has been taken, or what the teams are named.
#[derive(Clone, Copy, Debug)]
enum Question {
    Step(u64),
    Names,
}

impl Question {
    /// About the steps that were taken last and those that are next: what is not there yet is kept too.
    fn new(turn: u64, committed: u64) -> Self {
        let step = (committed + 3).saturating_sub(turn / 4 % 6);
        match Write::of(step) {
            Write::Title(_) | Write::Dataset if turn % 4 < 3 => Self::Step(step),
            _ => Self::Names,
        }
    }

    fn text(self, writer: u64, wards: &[String]) -> (&'static str, Value) {
        match self {
            Self::Names => ("{ teams(first: 2) { nodes { name } } }", json!({})),
            Self::Step(step) => match Write::of(step) {
                Write::Title(ward) => {
                    let code = &wards[(writer * WARDS + ward) as usize];
                    (
                        "query($code: String!) { ward(code: $code) { designations { totalCount } } }",
                        json!({ "code": code }),
                    )
                }
                _ => {
                    ("query($slug: String!) { dataset(slug: $slug) { title } }", json!({ "slug": slug(writer, step) }))
                }
            },
        }
    }

    /// Nothing when the answer lacks what was committed, has what was not begun, or is none.
    fn check(self, writer: u64, answer: &Value, committed: u64, begun: u64) -> Option<()> {
        let right = match self {
            Self::Names => {
                let name = answer["data"]["teams"]["nodes"][writer as usize]["name"].as_str()?;
                // Before the first such step a team has the name that it was given.
                let last = (1..=committed).rev().find(|step| matches!(Write::of(*step), Write::Name));
                last.is_none_or(|last| name.parse().is_ok_and(|step: u64| (last..=begun).contains(&step)))
            }
            Self::Step(step) => {
                let there = match Write::of(step) {
                    Write::Title(_) => answer["data"]["ward"]["designations"]["totalCount"].as_u64()? > 0,
                    _ if answer["errors"][0]["extensions"]["code"] == "NOT_FOUND" => false,
                    _ => answer["data"]["dataset"]["title"].as_str()? == "Step",
                };
                if there { step <= begun } else { step > committed }
            }
        };
        right.then_some(())
    }
}
