//! Every test that needs a database, in one binary: on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod asking;
mod budget;
mod cache;
mod cli;
mod contract;
mod demo;
mod errors;
mod explain;
mod http;
mod keys;
mod limits;
mod load;
mod migrations;
mod paging;
mod queries;
mod roster;
mod schema;
mod statements;
mod tables;
mod tokens;
mod transport;
mod values;
mod visibility;
