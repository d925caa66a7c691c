//! Who may see what: every role against every field, list, filter, order, group, table and search; counts of people that
//! tell of nobody; personal data and the log of who has seen them.

mod fields;
mod laws;
mod oracles;
mod personal;
pub mod roles;
mod schema;
mod suppression;
