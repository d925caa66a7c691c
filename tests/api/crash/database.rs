//! PostgreSQL killed, with the program going on.

use std::{
    collections::BTreeSet,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, Database};

use super::{
    DATABASE_RUNS, chance, runs_or,
    serving::{is_there, written, written_now},
    states::{quiet, starts, succeeds, what},
};
use crate::{
    support::{
        cluster::Cluster,
        served::{self, Served},
    },
    writes::{Found, kinds},
};

/// Everything that is done to a cluster of its own, one after the other: to kill one is to kill it for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_when_the_database_is_killed() {
    let cluster = Cluster::new();
    for (name, template) in
        [("with_tables", None), ("with_data", Some("with_tables")), ("with_demo", Some("with_data"))]
    {
        create(&cluster, name, template).await;
        let command = match name {
            "with_tables" => "migrate",
            "with_data" => "load",
            _ => "demo",
        };
        succeeds(&[command, "--database-url", &cluster.url(name)]);
    }
    serving(&cluster).await;
    for (command, template) in [("migrate", None), ("load", Some("with_tables")), ("demo", Some("with_data"))] {
        a_command(&cluster, command, template).await;
    }
}

async fn create(cluster: &Cluster, name: &str, template: Option<&str>) {
    let maintenance = Database::connect(cluster.url("postgres")).await.unwrap();
    let template = template.map_or(String::new(), |template| format!(" TEMPLATE {template}"));
    maintenance.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    maintenance.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await.unwrap();
    maintenance.close().await.unwrap();
}

/// The same process goes on when the database is back.
async fn serving(cluster: &Cluster) {
    create(cluster, "served", Some("with_demo")).await;
    let url = cluster.url("served");
    let key = served::key(&url);
    let mut server = Served::start(&url);
    for kind in kinds() {
        let mut chance = chance(&format!("{} with the database killed", kind.name()));
        let numbers = AtomicUsize::new(0);
        let mut acknowledged = BTreeSet::new();
        for _ in 0..runs_or(DATABASE_RUNS) {
            let during = || {
                std::thread::sleep(Duration::from_millis(200 + chance.below(500) as u64));
                cluster.kill();
                cluster.start();
                // Somebody is answered again.
                let began = Instant::now();
                while server.get("/readyz").status != 200 {
                    assert!(began.elapsed() < Duration::from_secs(60), "it does not come back: {}", server.said());
                }
            };
            acknowledged.extend(written(&*kind, &server.address(), &key, &numbers, during));
            assert!(server.runs(), "{}", server.said());
            acknowledged.insert(written_now(&*kind, &server, &key, &numbers));
        }
        let store = antq::store::Store::connect(&url).await.unwrap();
        let last = *acknowledged.last().unwrap();
        assert_eq!(kind.found(&store, last).await, Found::Whole);
        store.close().await;
        is_there(&*kind, &url, &acknowledged, numbers.into_inner()).await;
    }
    server.stop();
    starts(&url).await;
}

/// A command whose database is killed says so, and has done all or nothing.
async fn a_command(cluster: &Cluster, command: &str, template: Option<&str>) {
    let mut chance = chance(&format!("{command} with the database killed"));
    create(cluster, "done", template).await;
    let done = cluster.url("done");
    let before = if command == "migrate" { Vec::new() } else { what(&done).await };
    let began = Instant::now();
    succeeds(&[command, "--database-url", &done]);
    let takes = began.elapsed();
    let after = what(&done).await;
    for run in 0..runs_or(DATABASE_RUNS) {
        create(cluster, "killed", template).await;
        let url = cluster.url("killed");
        let mut process = quiet(&[command, "--database-url", &url]).spawn().unwrap();
        let at = takes * (chance.below(1_000) as u32) / 1_000;
        std::thread::sleep(at);
        cluster.kill();
        let acknowledged = process.wait().unwrap().success();
        cluster.start();
        let found = starts(&url).await;
        if found != after {
            assert!(!acknowledged, "{command}, run {run}, at {at:?}: it said that it was done");
            assert!(found == before, "{command}, run {run}, at {at:?}: {found:?}");
            succeeds(&[command, "--database-url", &url]);
            assert!(what(&url).await == after, "{command}, run {run}");
        }
    }
}
