//! Commands that find no room: one line, nothing written, and done as soon as there is room.

use crate::{
    crash::states::{State, remove, starts, what},
    roster::{PHU_LOI, large},
    support::{Engine, antq, served::program_within},
};

/// Blocks of 512 bytes that a file may have: none; until the midst of what is written; nearly to its end.
const ROOM: [u64; 4] = [0, 400, 2_000, 6_000];

#[tokio::test]
async fn a_command_without_room_writes_nothing_and_says_so() {
    let member = antq::ids::NodeId::encode("member", 7);
    let file = large();
    let cases: [(State, &[&str]); 7] = [
        (State::Nothing, &["migrate"]),
        (State::Older, &["migrate"]),
        (State::Tables, &["load"]),
        (State::Loaded, &["demo"]),
        (State::Full, &["members", "redact", &member]),
        (State::Loaded, &["keys", "create", "--name", "new"]),
        (State::Full, &["import", "roster", &file, "--ward", PHU_LOI, "--retire-missing", "--yes"]),
    ];
    for (state, arguments) in cases {
        let mut refused = 0;
        for room in ROOM {
            let url = state.database(Engine::Sqlite).await;
            // An older database is not looked at before it is migrated.
            let before = if arguments == ["migrate"] { None } else { Some(what(&url).await) };
            let output = program_within(room).args(arguments).args(["--database-url", &url]).output().unwrap();
            if !output.status.success() {
                let said = String::from_utf8(output.stderr).unwrap();
                let last = said.lines().last().unwrap();
                assert_eq!(output.status.code(), Some(1), "{arguments:?} with {room}: {said}");
                assert!(
                    last.starts_with("antq: ") && last.contains("cannot be written"),
                    "{arguments:?} with {room}: {said}"
                );
                // An import says what it would write before it does.
                let shown = String::from_utf8(output.stdout).unwrap();
                let plan = arguments[0] == "import" && shown.contains("  members added");
                assert!(plan || shown.is_empty(), "{arguments:?} with {room}: {shown}");
                refused += 1;
                if let Some(before) = before {
                    assert!(what(&url).await == before, "{arguments:?} with {room}");
                }
                let output = antq(&[arguments, &["--database-url", &url]].concat());
                assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
            starts(&url).await;
            remove(&url).await;
        }
        assert!(refused > 0, "{arguments:?} had room each time");
    }
    std::fs::remove_file(file).unwrap();
}
