//! A thousand sockets at once, each with a subscription, and what they take.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Mutex;

use crate::{
    live::{LIVE, Server, Socket, with},
    support::{Engine, full_database, on_both_engines},
};

on_both_engines!(a_thousand_sockets_are_told_at_once);

const SOCKETS: usize = 1_000;

/// Kilobytes of memory that this process has.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// One at a time: what they take is that of the process.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn a_thousand_sockets_are_told_at_once(engine: Engine) {
    let _alone = ALONE.lock().await;
    let server = Server::new(&full_database(engine).await, with(LIVE)).await;
    let before = memory();
    let mut sockets: Vec<Socket> = Vec::new();
    for _ in 0..SOCKETS / 50 {
        sockets.extend(join_all((0..50).map(|_| server.socket())).await);
    }
    let query = "subscription { live { teams(first: 3) { nodes { name } } } }";
    join_all(sockets.iter_mut().map(async |socket| {
        socket.subscribe("1", query).await;
        socket.answer("1").await;
    }))
    .await;
    let began = Instant::now();
    server.write("UPDATE team SET name = 'told'").await;
    let told = json!({ "name": "told" });
    let told = json!({ "data": { "live": { "teams": { "nodes": [told, told, told] } } } });
    let answers = join_all(sockets.iter_mut().map(|socket| socket.answer("1"))).await;
    assert!(answers.iter().all(|answer| *answer == told));
    let (took, each) = (began.elapsed(), memory().saturating_sub(before) / SOCKETS as u64);
    // Both ends are in this process, and other tests are.
    assert!(each < 300, "{each} KB a socket");
    assert!(took < Duration::from_secs(30), "{took:?}");
    eprintln!("{SOCKETS} sockets on {engine:?}: told after {took:?}, {each} KB each with both ends");
    drop(sockets);
    server.stops().await;
}
