//! Commands that find no room: one line, nothing written, and done as soon as there is room.

use crate::{
    crash::states::{State, remove, starts, what},
    support::{Engine, antq, served::program_within},
};

/// Blocks of 512 bytes that a file may have: none; until the midst of what is written; nearly to its end.
const ROOM: [u64; 4] = [0, 400, 2_000, 6_000];

#[tokio::test]
async fn a_command_without_room_writes_nothing_and_says_so() {
    let member = antq::ids::NodeId::encode("member", 7);
    let cases: [(State, &[&str]); 6] = [
        (State::Nothing, &["migrate"]),
        (State::Older, &["migrate"]),
        (State::Tables, &["load"]),
        (State::Loaded, &["demo"]),
        (State::Full, &["members", "redact", &member]),
        (State::Loaded, &["keys", "create", "--name", "new"]),
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
                assert!(output.stdout.is_empty(), "{arguments:?} with {room}");
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
}
