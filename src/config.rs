//! The command line: every option is also an environment variable, and `--help` documents both.

use std::{net::SocketAddr, path::PathBuf};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::demo::Scale;

/// The register of the movement “toàn dân bảo vệ an ninh Tổ quốc” as a GraphQL API.
#[derive(Debug, Parser)]
#[command(name = "antq", version, max_term_width = 100)]
pub struct Cli {
    /// The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(
        long,
        global = true,
        env = "ANTQ_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://antq.db",
        hide_env_values = true
    )]
    pub database_url: String,
    /// How much is logged to standard error.
    #[arg(long, global = true, env = "ANTQ_LOG", value_name = "LEVEL", default_value = "info")]
    pub log: LogLevel,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the API, GraphiQL and the health checks over HTTP.
    Serve(ServeArgs),
    /// Creates the tables, or brings those of an older version up to date.
    Migrate,
    /// Loads the reference data and the published facts. As often as you like: what is there already is left alone.
    Load(LoadArgs),
    /// Invents a roster and festivals for demonstration, in place of those invented before.
    Demo(DemoArgs),
    /// Prints the schema in GraphQL's schema definition language, or how it differs from another one.
    Schema(SchemaArgs),
}

/// Options of `antq serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, env = "ANTQ_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Seconds that one request may take.
    #[arg(long, env = "ANTQ_REQUEST_TIMEOUT", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub request_timeout: u64,
    /// Megabytes of memory for answers that are kept and served again while they are true; 0 keeps none.
    #[arg(long, env = "ANTQ_CACHE_MEGABYTES", value_name = "MEGABYTES", default_value_t = 64, value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    pub cache_megabytes: u64,
    /// Rows that a table (CSV, NDJSON, XLSX) may have.
    #[arg(long, env = "ANTQ_TABLE_ROWS", value_name = "ROWS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub table_rows: u32,
}

/// Options of `antq load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// A folder with CSV files to load in place of those built in.
    #[arg(long, env = "ANTQ_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// Options of `antq demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How much to invent: cantho (1,888 teams, 6,784 members), nation (84,721 teams, 300,688 members), or how many times the nation, such as 0.1 or 10, at most 20.
    #[arg(long, env = "ANTQ_DEMO_SCALE", default_value = "cantho")]
    pub scale: Scale,
    /// The same seed invents the same roster, on every machine and engine.
    #[arg(long, env = "ANTQ_DEMO_SEED", default_value_t = 2025)]
    pub seed: u64,
}

/// Options of `antq schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// A schema that was released: prints what breaks the contract with those who know it, and fails if anything does.
    #[arg(long, env = "ANTQ_SCHEMA_AGAINST", value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// The day that the days of deprecations are compared with, in place of today in Vietnam.
    #[arg(long, env = "ANTQ_TODAY", value_name = "YYYY-MM-DD")]
    pub today: Option<NaiveDate>,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogLevel {
    /// Only what went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And one line a request.
    Info,
    /// And details for developers.
    Debug,
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_an_environment_variable() {
        let cli = Cli::command();
        let options = cli.get_subcommands().chain([&cli]).flat_map(clap::Command::get_opts);
        for option in options {
            assert!(option.get_env().is_some(), "--{} has none", option.get_id());
        }
    }
}
