//! SQLite: a disk that is full, files that may only be read, somebody else who writes.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use antq::store::{Store, write::begin};
use sea_orm::ConnectionTrait;

use super::{is_made, is_unavailable, send};
use crate::{
    crash::states::{file, starts},
    support::{
        Engine, TestApp, full_database,
        served::{self, Served, program_within},
        unique,
    },
    writes::{Found, kinds},
};

/// Blocks of 512 bytes: more than any file here has.
const PLENTY: u64 = 1_000_000_000;

/// As often as it happens; the same process each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_disk_is_full_reads_and_writes_again_when_it_is_not() {
    let url = full_database(Engine::Sqlite).await;
    let key = served::key(&url);
    let mut server = Served::by(program_within(PLENTY), &url);
    let read = serde_json::json!({ "query": "{ cities(first: 3) { totalCount nodes { name } } }" });
    let mut number = 0;
    for kind in kinds() {
        for room in [0, 1, 4_096, 5_000] {
            let log = fs::metadata(file(&url).unwrap().with_extension("db-wal")).map_or(0, |log| log.len());
            is_made(&server, &*kind, &key, number);
            server.limit_files(Some(if room == 0 { 0 } else { log + room }));
            // Until there is no room, there is.
            let failed = (number + 1..number + 400).find(|number| {
                let answer = send(&server, &*kind, &key, *number);
                if answer.status == 200 && kind.acknowledged(&answer.json()) {
                    return false;
                }
                is_unavailable(&*kind, answer.status, &answer.json());
                true
            });
            let failed = failed.expect("there is no room in the end");
            let answer = server.post(&[], &read);
            assert_eq!(answer.json()["data"]["cities"]["totalCount"], 34, "{answer:?}");
            server.limit_files(None);
            is_made(&server, &*kind, &key, failed + 1);
            let store = Store::connect(&url).await.unwrap();
            for made in number..failed {
                assert_eq!(kind.found(&store, made).await, Found::Whole, "{made}");
            }
            assert_eq!(kind.found(&store, failed).await, Found::Nothing);
            assert_eq!(kind.found(&store, failed + 1).await, Found::Whole);
            store.close().await;
            number = failed + 2;
        }
    }
    assert!(server.runs());
    server.stop();
    starts(&url).await;
}

/// The database itself says that it is full, as it does when there is no more space on the device.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_has_no_more_pages_is_unavailable_and_then_is_not() {
    let app = TestApp::full(Engine::Sqlite).await;
    let pages =
        app.store.writer().query_one_raw(sea_orm::Statement::from_string(app.store.engine(), "PRAGMA page_count"));
    let pages: i64 = pages.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    // Of the one connection that writes.
    let most = async |pages: i64| {
        app.store.writer().execute_unprepared(&format!("PRAGMA max_page_count = {pages}")).await.unwrap();
    };
    for kind in kinds() {
        most(pages).await;
        let mut number = 0;
        let reply = loop {
            let reply = super::postgres::sent(&app, &*kind, number).await;
            if !kind.acknowledged(&reply.json()) || number == 10_000 {
                break reply;
            }
            number += 1;
        };
        assert_eq!(reply.status, kind.refused_with(), "{}", reply.text());
        if reply.status == 503 {
            assert_eq!(reply.headers["retry-after"], "2");
        }
        is_unavailable(&*kind, reply.status.as_u16(), &reply.json());
        assert_eq!(kind.found(&app.store, number).await, Found::Nothing);
        app.data("{ cities(first: 1) { totalCount } }").await;
        most(1_000_000).await;
        let reply = super::postgres::sent(&app, &*kind, number + 1).await;
        assert!(kind.acknowledged(&reply.json()), "{}", reply.text());
        assert_eq!(kind.found(&app.store, number + 1).await, Found::Whole);
    }
}

/// Root may write whatever is read-only, so that as root another user does this.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_read_only_are_written_again_when_they_are_not() {
    let folder = Shared::new();
    let url = full_database(Engine::Sqlite).await;
    served::key(&url);
    let database = folder.take(&file(&url).unwrap());
    let url = format!("sqlite://{}", database.display());
    // From the start.
    folder.mode(&database, 0o444);
    let output = folder.run(Path::new(env!("CARGO_BIN_EXE_antq")), &["serve", "--database-url", &url]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("antq: the database /") && said.contains("cannot be written: it, its folder"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    folder.mode(&database, 0o644);
    // While it is open.
    let name = concat!(module_path!(), "::while_it_is_open").split_once("::").unwrap().1;
    let this = std::env::current_exe().unwrap();
    let output = folder.run_with(&this, &["--exact", name, "--ignored"], &[("ANTQ_TEST_READ_ONLY", &url)]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let store = Store::connect(&url).await.unwrap();
    for kind in kinds() {
        let found = [0, 1, 2].map(|number| kind.found(&store, number));
        assert_eq!(futures_util::future::join_all(found).await, [Found::Whole, Found::Nothing, Found::Whole]);
    }
    store.close().await;
}

/// Run by another test, as a user to whom read-only files are so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by files_that_are_read_only_are_written_again_when_they_are_not"]
async fn while_it_is_open() {
    let url = std::env::var("ANTQ_TEST_READ_ONLY").unwrap();
    let app = TestApp::over(&url).await;
    let mode = |mode| {
        let database = file(&url).unwrap();
        for end in ["", "-wal", "-shm"] {
            fs::set_permissions(format!("{}{end}", database.display()), Permissions::from_mode(mode)).unwrap();
        }
    };
    for kind in kinds() {
        // A connection that is open goes on to write; one that is opened then does not.
        assert!(kind.acknowledged(&super::postgres::sent(&app, &*kind, 0).await.json()));
        mode(0o444);
        app.store.writer().get_sqlite_connection_pool().acquire().await.unwrap().close().await.unwrap();
        for _ in 0..2 {
            let reply = super::postgres::sent(&app, &*kind, 1).await;
            is_unavailable(&*kind, reply.status.as_u16(), &reply.json());
            app.data("{ cities(first: 1) { totalCount } }").await;
        }
        mode(0o644);
        let reply = super::postgres::sent(&app, &*kind, 2).await;
        assert!(kind.acknowledged(&reply.json()), "{}", reply.text());
    }
}

/// Somebody who writes for longer than others wait for him.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_somebody_else_writes_is_unavailable_and_then_is_not() {
    let app = TestApp::full(Engine::Sqlite).await;
    let url = format!(
        "sqlite://{}",
        app.store.writer().get_sqlite_connection_pool().connect_options().get_filename().display()
    );
    let other = Store::connect(&url).await.unwrap();
    for kind in kinds() {
        let long = begin(other.writer()).await.unwrap();
        let reply = super::postgres::sent(&app, &*kind, 0).await;
        is_unavailable(&*kind, reply.status.as_u16(), &reply.json());
        long.rollback().await.unwrap();
        let reply = super::postgres::sent(&app, &*kind, 1).await;
        assert!(kind.acknowledged(&reply.json()), "{}", reply.text());
    }
    other.close().await;
}

/// A folder where an ordinary user works: root may write whatever is read-only, so that as root another one runs the program.
struct Shared {
    folder: tempfile::TempDir,
    user: Option<u32>,
}

/// Whom nothing belongs to.
const NOBODY: u32 = 65_534;

impl Shared {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix(&unique("shared")).tempdir().unwrap();
        let user = rustix::process::geteuid().is_root().then_some(NOBODY);
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::chown(folder.path(), user, user).unwrap();
        Self { folder, user }
    }

    /// A copy of a file, which belongs to that user.
    fn take(&self, file: &Path) -> PathBuf {
        let copy = self.folder.path().join(file.file_name().unwrap());
        fs::copy(file, &copy).unwrap();
        std::os::unix::fs::chown(&copy, self.user, self.user).unwrap();
        copy
    }

    fn mode(&self, file: &Path, mode: u32) {
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        self.run_with(program, arguments, &[])
    }

    /// What becomes of a program that this user runs.
    fn run_with(&self, program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        // It may lie where nobody else comes to.
        let copy = self.take(program);
        let mut command = Command::new(&copy);
        command.env_clear().env("ANTQ_SECRETS", crate::support::SECRETS).envs(variables.iter().copied());
        command.args(arguments).current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let output = command.output().unwrap();
        fs::remove_file(copy).unwrap();
        output
    }
}
