//! The options of `antq members`.

use clap::{Args, Subcommand};

/// What can be done about members.
#[derive(Debug, Subcommand)]
pub enum MembersCommand {
    /// Takes away for good who members are: name, gender and personal data. They stay where they are, and are counted.
    Redact(RedactArgs),
}

/// Options of `antq members redact`.
#[derive(Debug, Args)]
pub struct RedactArgs {
    /// The ids of the members, as the API gives them.
    #[arg(required = true)]
    pub ids: Vec<String>,
}
