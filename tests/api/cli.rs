//! The program as a person runs it: commands that end, exit codes, and one clear line when something is wrong.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Output, Stdio},
};

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
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let full = full_database(Engine::Sqlite).await;
    let folder = format!("{}/no-such-folder", env!("CARGO_TARGET_TMPDIR"));

    let cases: [(&[&str], i32, &str); 11] = [
        (&["serve", "--nonsense"], 2, "--nonsense"),
        (&["conquer"], 2, "conquer"),
        (&["demo", "--scale", "village"], 2, "village"),
        (&["serve", "--listen", "here"], 2, "here"),
        (&["serve", "--database-url", "mysql://x/y"], 1, "must begin with sqlite:// or postgres://"),
        (&["serve", "--database-url", "sqlite:///no/such/file.db"], 1, "there is no database at /no/such/file.db"),
        (&["serve", "--database-url", "postgres://127.0.0.1:1/x"], 1, "cannot be reached"),
        (&["serve", "--database-url", &newer], 1, "newer than this program"),
        (&["load", "--database-url", &old], 1, "older than this program"),
        (&["serve", "--database-url", &full, "--listen", &taken], 1, "cannot listen on"),
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

/// The schema that a client was written for says what has become of it.
#[test]
fn a_schema_is_compared_with_one_that_was_released() {
    let file = |name: &str, text: &str| {
        let path = format!("{}/{}", env!("CARGO_TARGET_TMPDIR"), crate::support::unique(name));
        std::fs::write(&path, text).unwrap();
        path
    };
    let sdl = antq::api::sdl();
    let (same, none) = (file("same.graphql", &sdl), file("none.graphql", "type"));
    let deprecated = "type Retired {\n\tid: ID!\n}\ntype Query {\n\tretired: Retired @deprecated(reason: \"Removal on 2026-06-30.\")\n";
    let retired = file("retired.graphql", &sdl.replacen("type Query {\n", deprecated, 1));
    let lines = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();

    let output = antq(&["schema", "--against", &same]);
    assert_eq!((output.status.code(), lines(&output).as_str()), (Some(0), ""), "{}", stderr(&output));
    assert!(stderr(&output).contains("keeps the contract"), "{}", stderr(&output));

    for (today, code) in [("2026-06-29", 1), ("2026-06-30", 0), ("2026-07-01", 0)] {
        let output = antq(&["schema", "--against", &retired, "--today", today]);
        assert_eq!(output.status.code(), Some(code), "{today}: {}", stderr(&output));
        let said = "breaking: `Query.retired` is gone.\nbreaking: `Retired` is gone.\n";
        assert_eq!(lines(&output), if code == 1 { said } else { "" }, "{today}");
        assert_eq!(stderr(&output).contains("breaks the contract"), code == 1, "{today}: {}", stderr(&output));
    }

    for (path, says) in [("/no/such/file", "cannot read /no/such/file"), (&none, "is not a schema")] {
        let output = antq(&["schema", "--against", path]);
        assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(1), 1), "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
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

/// A server that runs, found by the line it prints; stopped as a supervisor stops it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_when_it_is_told_to() {
    for engine in crate::support::ENGINES {
        let url = full_database(engine).await;
        let mut server = Command::new(env!("CARGO_BIN_EXE_antq"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", &url])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();

        // A connection that is kept open does not keep the server up.
        let mut connection = TcpStream::connect(&address).unwrap();
        connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = [0; 15];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");

        let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert!(server.wait().unwrap().success());
        assert_eq!(lines.last().unwrap().unwrap(), "Stopped.");
        assert!(TcpStream::connect(&address).is_err());
    }
}
