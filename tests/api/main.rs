//! Every test that needs a database, in one binary: on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod invariants;
mod live;
mod support;
mod writes;

mod asking;
mod backup;
mod budget;
mod cache;
mod cli;
mod contract;
mod crash;
mod demo;
mod errors;
mod events;
mod explain;
mod faults;
mod feed;
mod forget;
mod http;
mod keys;
mod limits;
mod load;
mod migrations;
mod mutations;
mod paging;
mod past;
mod queries;
mod roster;
mod schema;
mod socket;
mod statements;
mod tables;
mod tokens;
mod transport;
mod upload;
mod values;
mod visibility;
