//! A limit as clients are told of it.

use crate::error::Code;

/// A limit in force: what `serviceConfig` and the documentation say of it.
#[derive(Clone, Copy, Debug)]
pub struct ListedLimit {
    /// Its public name, as in `extensions.name` of the error.
    pub name: &'static str,
    /// The most that passes; nothing where there is no end to it.
    pub value: Option<u64>,
    /// What it is counted in.
    pub unit: &'static str,
    /// What is limited, in plain words, with the Vietnamese term in brackets.
    pub description: &'static str,
    /// The code of the error that refuses what is more.
    pub code: Code,
    /// The status of that answer, under `application/graphql-response+json` and `application/json` where they differ.
    pub status: &'static str,
}
