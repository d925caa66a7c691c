//! The command line: every option is also an environment variable, and `--help` documents both.

mod backup;
mod forget;
mod keys;
mod members;
mod roster;

use std::{net::SocketAddr, path::PathBuf};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use backup::{BackupArgs, RestoreArgs};
pub use forget::{ForgetArgs, ForgetCommand};
pub use keys::{CreateArgs, Ends, KeysCommand, ListArgs, RevokeArgs, RotateArgs};
pub use members::{MembersCommand, RedactArgs};
pub use roster::{ImportCommand, RosterArgs, TemplateArgs, TemplateCommand};

use crate::{
    auth::{Scope, Scopes},
    budget::MAX_POINTS,
    demo::Scale,
    server::{CorsOrigin, LiveSettings, MAX_BATCH, Statuses},
};

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
    /// The secrets that keys are hashed and personal data sealed by: what `antq secret` prints, a newer one in front of older ones, divided by commas.
    #[arg(
        long,
        global = true,
        env = "ANTQ_SECRETS",
        value_name = "NAME:SECRET",
        hide_env_values = true,
        conflicts_with = "secrets_file"
    )]
    pub secrets: Option<String>,
    /// A file with the secrets, in place of the secrets themselves.
    #[arg(long, global = true, env = "ANTQ_SECRETS_FILE", value_name = "FILE")]
    pub secrets_file: Option<PathBuf>,
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
    /// Makes, lists, revokes and replaces API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Takes away who members are.
    #[command(subcommand)]
    Members(MembersCommand),
    /// Takes away what the logs say of the time before a day. Nothing else ever shortens them.
    #[command(subcommand)]
    Forget(ForgetCommand),
    /// Copies the database (SQLite) to a file, checked and of one moment, while others write.
    Backup(BackupArgs),
    /// Puts a backup in the place of the database (SQLite), which is kept under another name. Nobody may have it open.
    Restore(RestoreArgs),
    /// Takes what clerks keep in files.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Makes files for clerks to fill.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Prints a new secret, for ANTQ_SECRETS.
    Secret(SecretArgs),
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
    /// Megabytes that an answer may have, tables apart.
    #[arg(long, env = "ANTQ_RESPONSE_MEGABYTES", value_name = "MEGABYTES", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub response_megabytes: u32,
    /// Points a minute that an address may spend from which somebody asks without a key; 0 is without end.
    #[arg(long, env = "ANTQ_BUDGET_ANONYMOUS", value_name = "POINTS", default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_POINTS)))]
    pub budget_anonymous: u32,
    /// Points a minute that each key, and each member of the staff, may spend; 0 is without end.
    #[arg(long, env = "ANTQ_BUDGET_KEY", value_name = "POINTS", default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_POINTS)))]
    pub budget_key: u32,
    /// Requests that may wait for their turn to be answered; more are told to come again.
    #[arg(long, env = "ANTQ_MAX_WAITING", value_name = "REQUESTS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub max_waiting: u32,
    /// Connections at once; one more takes the place of the one that has been idle for the longest.
    #[arg(long, env = "ANTQ_MAX_CONNECTIONS", value_name = "CONNECTIONS", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// WebSockets and event streams at once, three quarters of the connections at most; 0 serves none.
    #[arg(long, env = "ANTQ_MAX_STREAMS", value_name = "STREAMS", default_value_t = LiveSettings::DEFAULT.streams, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub max_streams: u32,
    /// WebSockets and event streams at once from one address.
    #[arg(long, env = "ANTQ_MAX_STREAMS_PER_ADDRESS", value_name = "STREAMS", default_value_t = LiveSettings::DEFAULT.streams_per_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_streams_per_address: u32,
    /// The certificate to serve by TLS with, and those that lead to its authority (PEM). Read again on SIGHUP.
    #[arg(long, env = "ANTQ_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM). Read again on SIGHUP.
    #[arg(long, env = "ANTQ_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Take the last address in X-Forwarded-For for the client's. Only for a server that nobody but its proxy can reach.
    #[arg(long, env = "ANTQ_TRUST_FORWARDED")]
    pub trust_forwarded: bool,
    /// Scopes that everyone has, without a key: for a network where everyone may see who the members are.
    #[arg(long, env = "ANTQ_ANONYMOUS_SCOPES", value_name = "SCOPE", default_value = "", hide_default_value = true, value_parser = scopes)]
    pub anonymous_scopes: Scopes,
    /// Whose tokens are taken.
    #[command(flatten)]
    pub oidc: OidcArgs,
    /// How answers are offered over HTTP.
    #[command(flatten)]
    pub http: HttpArgs,
}

/// Options of `antq serve` about HTTP.
#[derive(Debug, Args)]
pub struct HttpArgs {
    /// Which text of GraphQL over HTTP statuses are by: as the audits of graphql-http test them, or the draft of 2026 (422 for what cannot be run, 294 for data with errors).
    #[arg(long, env = "ANTQ_HTTP_DRAFT", value_name = "DRAFT", default_value = "audited")]
    pub http_draft: HttpDraft,
    /// An origin whose pages may read answers (CORS), such as https://example.org; * is all of them. May be given several times, in the variable divided by commas.
    #[arg(long = "cors-origin", env = "ANTQ_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origins: Vec<CorsOrigin>,
    /// Operations that may come in one request, as an array; 0 answers no arrays.
    #[arg(long, env = "ANTQ_BATCH", value_name = "OPERATIONS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_BATCH)))]
    pub batch: u32,
    /// Documents that requests may name in place of sending them: a folder of .graphql files, or a manifest in JSON.
    #[arg(long, env = "ANTQ_TRUSTED_DOCUMENTS", value_name = "PATH")]
    pub trusted_documents: Option<PathBuf>,
    /// Answers no documents but those.
    #[arg(long, env = "ANTQ_TRUSTED_ONLY", value_parser = clap::builder::BoolishValueParser::new())]
    pub trusted_only: bool,
    /// Seconds for which caches may serve a public answer to a GET before they ask whether it is still true.
    #[arg(long, env = "ANTQ_CACHE_MAX_AGE", value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    pub cache_max_age: u32,
}

/// Options of `antq serve` for tokens of staff.
#[derive(Debug, Args)]
pub struct OidcArgs {
    /// The issuer of staff's tokens (OpenID Connect), as its tokens name it (iss); without one, only API keys are taken.
    #[arg(long, env = "ANTQ_OIDC_ISSUER", value_name = "URL", requires = "oidc_audience")]
    pub oidc_issuer: Option<String>,
    /// What such tokens must name as the service that they are for (aud).
    #[arg(long, env = "ANTQ_OIDC_AUDIENCE", value_name = "NAME", requires = "oidc_issuer")]
    pub oidc_audience: Option<String>,
    /// The claim of such tokens that holds their scopes, or the way to it: realm_access.roles.
    #[arg(long, env = "ANTQ_OIDC_SCOPES_CLAIM", value_name = "CLAIM", default_value = "scope")]
    pub oidc_scopes_claim: String,
    /// Where the issuer's keys are; the issuer is asked for that otherwise.
    #[arg(long, env = "ANTQ_OIDC_JWKS_URL", value_name = "URL", requires = "oidc_issuer")]
    pub oidc_jwks_url: Option<String>,
}

/// Options of `antq secret`.
#[derive(Debug, Args)]
pub struct SecretArgs {
    /// What the secret is called: 1 to 16 letters and digits, another name than that of any other secret. Today's date if it is left out.
    pub name: Option<String>,
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

/// Several, divided by commas; none if there is nothing.
fn scopes(names: &str) -> Result<Scopes, String> {
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(scope).collect()
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    Scope::named(name).ok_or_else(|| format!("there is no such scope; there are {known}"))
}

/// By which text of GraphQL over HTTP answers have their statuses.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HttpDraft {
    /// As the audits of graphql-http test them.
    Audited,
    /// The draft of 2026.
    #[value(name = "2026")]
    Of2026,
}

impl From<HttpDraft> for Statuses {
    fn from(draft: HttpDraft) -> Self {
        match draft {
            HttpDraft::Audited => Self::Audited,
            HttpDraft::Of2026 => Self::Draft2026,
        }
    }
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
        fn check(command: &clap::Command) -> usize {
            for option in command.get_opts() {
                assert!(option.get_env().is_some(), "--{} has none", option.get_id());
            }
            command.get_opts().count() + command.get_subcommands().map(check).sum::<usize>()
        }
        assert!(check(&Cli::command()) > 20);
    }
}
