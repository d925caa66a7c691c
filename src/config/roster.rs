//! The options of `antq import` and `antq template`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Compares a roster with the register, names every problem, and writes it if there is none and you agree.
    Roster(RosterArgs),
}

/// Options of `antq import roster`.
#[derive(Debug, Args)]
pub struct RosterArgs {
    /// The roster: a workbook of Excel (.xlsx) or a CSV file.
    pub file: PathBuf,
    /// The ward that it is about, by its code or name; lines that name no ward are about it. Without it each line names its ward.
    #[arg(long, env = "ANTQ_ROSTER_WARD", value_name = "WARD")]
    pub ward: Option<String>,
    /// Shows what would be written, and writes nothing.
    #[arg(long, env = "ANTQ_ROSTER_DRY_RUN")]
    pub dry_run: bool,
    /// Members who serve in a team of the file, and are not in it, have left.
    #[arg(long, env = "ANTQ_ROSTER_RETIRE_MISSING")]
    pub retire_missing: bool,
    /// Writes without asking.
    #[arg(long, env = "ANTQ_ROSTER_YES", conflicts_with = "dry_run")]
    pub yes: bool,
    /// Writes the plan that a dry run showed under this name, without asking, if it is still the same.
    #[arg(long, env = "ANTQ_ROSTER_PLAN", value_name = "PLAN", conflicts_with_all = ["dry_run", "yes"])]
    pub plan: Option<String>,
    /// The data set of whatever is added, which is made if there is none. Without it members belong to that of their team, and new teams to "roster".
    #[arg(long, env = "ANTQ_ROSTER_DATASET", value_name = "SLUG")]
    pub dataset: Option<String>,
}

/// What there are templates of.
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// A workbook for a roster, with drop-downs and instructions in Vietnamese.
    Roster(TemplateArgs),
}

/// Options of `antq template roster`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// Where it is written: a name that ends in .xlsx.
    #[arg(default_value = "roster.xlsx")]
    pub file: PathBuf,
    /// The ward whose teams may be chosen in it, by its code or name.
    #[arg(long, env = "ANTQ_TEMPLATE_WARD", value_name = "WARD")]
    pub ward: Option<String>,
    /// Writes over a file that is there.
    #[arg(long, env = "ANTQ_TEMPLATE_FORCE")]
    pub force: bool,
}
