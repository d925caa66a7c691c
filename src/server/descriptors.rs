//! File descriptors, of which each connection takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything else: the database's connections, and the temporary files of tables.
const OTHERS: u64 = 100;
/// Connections that are taken however few descriptors there are.
const LEAST: u64 = 16;

/// How many of so many connections there are descriptors for. A process may allow itself more than it was started with, up to a
/// limit that it was given, and does so here.
pub fn connections(wanted: u32) -> u32 {
    let needed = u64::from(wanted) + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        let current = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
        // If that is refused, there are as many as before.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
    within(wanted, getrlimit(Resource::Nofile).current)
}

fn within(wanted: u32, descriptors: Option<u64>) -> u32 {
    let room = descriptors.map_or(u64::MAX, |descriptors| descriptors.saturating_sub(OTHERS).max(LEAST));
    u32::try_from(room).unwrap_or(u32::MAX).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        let cases = [
            (2_000, None, 2_000),
            (2_000, Some(2_101), 2_000),
            (2_000, Some(2_100), 2_000),
            (2_000, Some(2_099), 1_999),
            (2_000, Some(116), 16),
            (2_000, Some(20), 16),
            (5, Some(20), 5),
        ];
        for (wanted, descriptors, connections) in cases {
            assert_eq!(within(wanted, descriptors), connections, "{wanted} {descriptors:?}");
        }
        assert!(super::connections(1) == 1);
    }
}
