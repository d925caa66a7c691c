//! Every test that needs a database, in one binary: on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod live;
mod support;

mod asking;
mod budget;
mod cache;
mod cli;
mod contract;
mod demo;
mod errors;
mod events;
mod explain;
mod feed;
mod http;
mod keys;
mod limits;
mod load;
mod migrations;
mod paging;
mod queries;
mod schema;
mod socket;
mod statements;
mod tables;
mod tokens;
mod transport;
mod values;
mod visibility;
mod writes;
