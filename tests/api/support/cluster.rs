//! A PostgreSQL of a test's own, which can be stopped, killed and started again.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// A server that runs, with one database at least.
pub struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// A new one, as it is without options: what was acknowledged is on the disk.
    pub fn new() -> Self {
        let made = script().arg("make").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let cluster = Self { folder: String::from_utf8(made.stdout).unwrap().trim().into() };
        cluster.start();
        cluster
    }

    /// The address of a database of this name.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://antq@localhost/{database}?host={}", self.folder.display())
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        self.run("start");
    }

    /// Ends it with all its connections.
    pub fn stop(&self) {
        self.run("stop");
    }

    /// Kills it.
    pub fn kill(&self) {
        self.run("kill");
    }

    fn run(&self, what: &str) {
        // What it starts goes on, and must not hold what it would be read by.
        let (out, err) = (Stdio::null(), Stdio::inherit());
        assert!(script().arg(what).arg(&self.folder).stdout(out).stderr(err).status().unwrap().success(), "{what}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = script().arg("remove").arg(&self.folder).status();
    }
}

fn script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster.sh"))
}
