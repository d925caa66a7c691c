//! ANTQ Graph: the register of Vietnam's movement "toàn dân bảo vệ an ninh Tổ quốc" (all people protect national
//! security) as a GraphQL API.
//!
//! Dependencies go one way: `server` → `api` → `store` → `entities`. A request passes the HTTP layers of [`server`], the
//! guard of [`limits`], a resolver of [`api`], and one statement a level in [`store`].

pub mod api;
pub mod auth;
pub mod budget;
pub mod commands;
pub mod config;
pub mod contract;
pub mod demo;
pub mod domain;
pub mod entities;
pub mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod ids;
pub mod limits;
pub mod load;
mod progress;
pub mod roster;
pub mod secrets;
pub mod server;
pub mod store;
pub mod text;
