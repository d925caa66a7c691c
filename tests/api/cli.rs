//! The program as a person runs it: commands that end, exit codes, and one clear line when something is wrong.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Output, Stdio},
};

use sea_orm::ConnectionTrait;

use crate::support::{Engine, antq, empty_database, full_database};

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

    let cases: &[(&[&str], i32, &str)] = &[
        (&["serve", "--nonsense"], 2, "--nonsense"),
        (&["conquer"], 2, "conquer"),
        (&["demo", "--scale", "village"], 2, "village"),
        (&["serve", "--listen", "here"], 2, "here"),
        (&["serve", "--http-draft", "2027"], 2, "2027"),
        (&["serve", "--batch", "21"], 2, "21"),
        (&["serve", "--cors-origin", "example.org"], 2, "an origin is"),
        (&["serve", "--cors-origin", "*,https://example.org"], 1, "* is every origin"),
        (&["serve", "--trusted-only"], 1, "needs --trusted-documents"),
        (&["serve", "--trusted-documents", &folder], 1, "cannot read"),
        (&["serve", "--trusted-documents", "Cargo.toml"], 1, "is not JSON"),
        (&["serve", "--tls-cert", "cert.pem"], 2, "--tls-key"),
        (&["serve", "--tls-key", "key.pem"], 2, "--tls-cert"),
        (&["serve", "--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem"], 1, "/no/cert.pem has no certificate"),
        (&["serve", "--database-url", "mysql://x/y"], 1, "must begin with sqlite:// or postgres://"),
        (&["serve", "--database-url", "sqlite:///no/such/file.db"], 1, "there is no database at /no/such/file.db"),
        (&["serve", "--database-url", "postgres://127.0.0.1:1/x"], 1, "cannot be reached"),
        (&["serve", "--database-url", &newer], 1, "newer than this program"),
        (&["load", "--database-url", &old], 1, "older than this program"),
        (&["serve", "--database-url", &full, "--listen", &taken], 1, "cannot listen on"),
        (&["load", "--database-url", &full, "--data", &folder], 1, "cities.csv"),
        (&["keys", "create"], 2, "--name"),
        (&["keys", "create", "--name", " x"], 2, "no space at its ends"),
        (&["keys", "create", "--name", "x", "--scope", "members:write"], 2, "members:read"),
        (&["keys", "create", "--name", "x", "--expires", "soon"], 2, "P90D"),
        (&["keys", "create", "--name", "x", "--expires", "2020-01-01", "--database-url", &full], 1, "in time to come"),
        (&["keys", "create", "--name", "x", "--ward", "99999", "--database-url", &full], 1, "no ward with the code"),
        (&["keys", "create", "--name", "x", "--city", "xx", "--database-url", &full], 1, "no city with the code"),
        (&["keys", "revoke", "nobody", "--database-url", &full], 1, "no key \"nobody\""),
        (&["keys", "rotate", "nobody", "--database-url", &full], 1, "no key \"nobody\""),
        (&["keys", "rotate", "nobody", "--grace", "a week"], 2, "P7D"),
        (&["secret", "no name"], 1, "letters and digits"),
        (&["keys", "list", "--secrets", "nonsense", "--database-url", &full], 1, "as `antq secret` prints it"),
        (&["serve", "--oidc-issuer", "https://id.example"], 2, "--oidc-audience"),
        (
            &["serve", "--database-url", &full, "--oidc-issuer", "http://id.example", "--oidc-audience", "antq"],
            1,
            "must begin with https://",
        ),
        (&["keys", "list", "--secrets-file", &folder], 2, "cannot be used with"),
    ];
    for &(arguments, code, says) in cases {
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
    for name in [
        "ANTQ_LISTEN",
        "ANTQ_DATABASE_URL",
        "ANTQ_REQUEST_TIMEOUT",
        "ANTQ_CORS_ORIGIN",
        "ANTQ_LOG",
        "ANTQ_SECRETS_FILE",
    ] {
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

/// Secrets are made, kept in a file and read from there; without them no key is made.
#[tokio::test]
async fn secrets_are_given_by_a_file() {
    let url = full_database(Engine::Sqlite).await;
    let [first, second] = [(); 2].map(|()| String::from_utf8(antq(&["secret"]).stdout).unwrap());
    assert_ne!(first, second);
    let named = String::from_utf8(antq(&["secret", "next"]).stdout).unwrap();
    assert!(named.starts_with("next:") && named.trim().len() == "next:".len() + 43, "{named}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{named}{first}")).unwrap();
    let create = |name: &str, secrets: Option<&std::path::Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_antq"));
        command.env_remove("ANTQ_SECRETS").args(["keys", "create", "--name", name, "--database-url", &url]);
        if let Some(file) = secrets {
            command.env("ANTQ_SECRETS_FILE", file);
        }
        command.output().unwrap()
    };
    let none = create("a", None);
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("there is no secret"), "{}", stderr(&none));
    let made = create("a", Some(file.path()));
    assert!(made.status.success() && !stderr(&made).contains("WARN"), "{}", stderr(&made));
    let mode = |mode| std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(mode));
    mode(0o644).unwrap();
    let seen = create("b", Some(file.path()));
    assert!(seen.status.success() && stderr(&seen).contains("everybody on this machine"), "{}", stderr(&seen));
    std::fs::write(file.path(), "").unwrap();
    assert!(stderr(&create("c", Some(file.path()))).contains("there is no secret"));
}

/// A key is shown once, on standard output and alone; what is listed is never the key.
#[tokio::test]
async fn keys_are_made_listed_replaced_and_revoked() {
    for engine in crate::support::ENGINES {
        let url = full_database(engine).await;
        let run = |arguments: &[&str]| {
            let output = antq(&[arguments, &["--database-url", &url]].concat());
            let said = stderr(&output);
            assert!(output.status.success(), "{arguments:?}: {said}");
            (String::from_utf8(output.stdout).unwrap(), said)
        };
        let (key, said) = run(&[
            "keys",
            "create",
            "--name",
            "Sở Nội vụ",
            "--scope",
            "members:personal,registry:write",
            "--ward",
            "31120",
            "31510",
            "--city",
            "01",
            "--expires",
            "2099-12-31",
        ]);
        assert!(key.starts_with("antq_") && key.lines().count() == 1 && key.trim().len() == 48, "{key}");
        assert_eq!(
            said,
            "The key \"Sở Nội vụ\" may do members:read members:personal registry:write, in city 01, ward 31120 31510, \
             until 2099-12-31T17:00:00.000Z. It is shown this once only.\n"
        );
        run(&["keys", "create", "--name", "open"]);
        let taken = antq(&["keys", "create", "--name", "open", "--database-url", &url]);
        assert!(!taken.status.success() && stderr(&taken).contains("there is a key \"open\" already"));
        let (new, said) = run(&["keys", "rotate", "open", "--grace", "P7D"]);
        assert!(new.starts_with("antq_") && said.contains("the old one is good until 20"), "{said}");
        let (table, _) = run(&["keys", "list"]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[0].starts_with("NAME       SCOPES "), "{table}");
        assert!(lines[1].contains("city 01, ward 31120 31510") && lines[1].ends_with("  -"), "{table}");
        for secret in [&key, &new] {
            assert!(!table.contains(&secret.trim()[5..15]), "{table}");
        }
        run(&["keys", "revoke", "open"]);
        let (list, _) = run(&["keys", "list", "--json"]);
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list[0]["wards"], serde_json::json!(["31120", "31510"]));
        assert_eq!((&list[1]["scopes"], &list[1]["wards"]), (&serde_json::json!([]), &serde_json::Value::Null));
        let revoked = |index: usize| list[index]["revokedAt"].as_str().unwrap().to_owned();
        assert_eq!(revoked(1), revoked(2), "the one that was to end later too");
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
