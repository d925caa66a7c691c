//! The program as a person runs it: commands that end, exit codes, and one clear line when something is wrong.

use std::process::{Command, Output};

use sea_orm::ConnectionTrait;

use crate::support::{Engine, empty_database, full_database};

fn antq(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_antq")).args(arguments).env_remove("ANTQ_DATABASE_URL").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn what_is_wrong_is_one_line_and_a_failure() {
    let newer = full_database(Engine::Sqlite).await;
    let store = antq::store::Store::connect(&newer).await.unwrap();
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)";
    store.writer().execute_unprepared(future).await.unwrap();
    store.close().await;
    let old = empty_database(Engine::Sqlite).await;
    assert!(antq::store::Store::connect_or_create(&old).await.is_ok());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let _holds_the_port = std::net::TcpListener::bind(&taken);
    let full = full_database(Engine::Sqlite).await;
    let folder = format!("{}/no-such-folder", env!("CARGO_TARGET_TMPDIR"));

    let cases: [(&[&str], i32, &str); 10] = [
        (&["serve", "--nonsense"], 2, "--nonsense"),
        (&["conquer"], 2, "conquer"),
        (&["demo", "--scale", "village"], 2, "village"),
        (&["serve", "--listen", "here"], 2, "here"),
        (&["serve", "--database-url", "mysql://x/y"], 1, "must begin with sqlite:// or postgres://"),
        (&["serve", "--database-url", "sqlite:///no/such/file.db"], 1, "there is no database at /no/such/file.db"),
        (&["serve", "--database-url", "postgres://127.0.0.1:1/x"], 1, "cannot be reached"),
        (&["serve", "--database-url", &newer], 1, "newer than this program"),
        (&["load", "--database-url", &old], 1, "older than this program"),
        (&["load", "--database-url", &full, "--data", &folder], 1, "cities.csv"),
    ];
    for (arguments, code, says) in cases {
        let output = antq(arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
        let lines = text.lines().filter(|line| !line.ends_with('…')).count();
        assert_eq!(lines, 1, "{arguments:?}: {text}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_version_and_the_help_are_answers() {
    let version = antq(&["--version"]);
    assert_eq!(String::from_utf8(version.stdout).unwrap(), format!("antq {}\n", env!("CARGO_PKG_VERSION")));
    let help = antq(&["serve", "--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    for name in ["ANTQ_LISTEN", "ANTQ_DATABASE_URL", "ANTQ_REQUEST_TIMEOUT", "ANTQ_LOG"] {
        assert!(text.contains(name), "{text}");
    }
    let schema = antq(&["schema"]);
    assert_eq!(String::from_utf8(schema.stdout).unwrap(), antq::api::sdl());
}

/// From nothing to a database that answers, by the commands alone.
#[tokio::test]
async fn a_database_is_made_by_three_commands() {
    for engine in crate::support::ENGINES {
        let url = empty_database(engine).await;
        for arguments in
            [&["migrate"][..], &["load"], &["demo", "--scale", "cantho"], &["migrate"], &["load"], &["demo"]]
        {
            let output = antq(&[arguments, &["--database-url", &url]].concat());
            assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        }
        let app = crate::support::TestApp::over(&url).await;
        assert_eq!(app.data("{ members { totalCount } }").await["members"]["totalCount"], 6_784);
    }
}
