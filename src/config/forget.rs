//! The options of `antq forget`.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

/// What can be forgotten.
#[derive(Debug, Subcommand)]
pub enum ForgetCommand {
    /// The changes of the register before a day: histories begin there then, and so does `asOf`; who follows the feed from before it must copy anew.
    Changes(ForgetArgs),
    /// Who was shown personal data before a day.
    Accesses(ForgetArgs),
}

/// Options of `antq forget`.
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The first day that is kept, such as 2026-01-01; at least the last 7 days are.
    #[arg(long, env = "ANTQ_FORGET_BEFORE", value_name = "DATE")]
    pub before: NaiveDate,
}
