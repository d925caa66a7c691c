//! What each command of the program does.

mod backup;
mod forget;
mod import;
mod keys;
mod members;
mod template;

use std::{fmt, io::Write, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use sea_orm::DbErr;

use crate::{
    api,
    auth::{Expected, Issuer, IssuerError, IssuerSettings},
    budget::{Now, Rates},
    config::{Cli, Command, DemoArgs, HttpArgs, LoadArgs, OidcArgs, SchemaArgs, SecretArgs, ServeArgs},
    contract,
    demo::demo,
    domain::today,
    error::{Outage, said},
    limits::DocumentLimits,
    load::{Files, load},
    secrets::Secrets,
    server::{
        self, App, CorsOrigin, HttpSettings, LiveSettings, Settings, Tls, Transport, TrustedDocuments, descriptors,
    },
    store::{
        Store,
        schema::{SchemaState, migrate, state},
        write::analyse,
    },
};

/// By what the history knows who writes from the terminal.
const BY: &str = "command line";

/// Why a command failed, in one line for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut causes =
            std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |error| error.source());
        let database = causes.find_map(|error| error.downcast_ref::<DbErr>());
        match database.and_then(|error| Outage::of(error).map(|outage| (outage, said(error)))) {
            Some((Outage::Unwritable | Outage::Crossed, said)) => {
                Self(format!("the database cannot be written, and nothing was: {said}"))
            }
            Some((Outage::Away, said)) => Self(format!("the database cannot be reached: {said}")),
            // One line, whatever a library made of it.
            None => Self(error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// One line that says what went wrong.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    // What needs no secrets, and of the database at most its file.
    let command = match cli.command {
        Command::Schema(args) => return schema_command(&args),
        Command::Secret(args) => return secret(&args),
        Command::Backup(args) => return backup::backup(&cli.database_url, args).await,
        Command::Restore(args) => return backup::restore(&cli.database_url, args).await,
        command => command,
    };
    let database = Database { url: cli.database_url, secrets: secrets(cli.secrets, cli.secrets_file.as_deref())? };
    match command {
        Command::Serve(args) => serve(&database, &args).await,
        Command::Migrate => migrate_command(&database).await,
        Command::Load(args) => load_command(&database, args).await,
        Command::Demo(args) => demo_command(&database, &args).await,
        Command::Keys(command) => {
            let store = database.current().await?;
            keys::keys(&store, command).await?;
            store.close().await;
            Ok(())
        }
        Command::Members(command) => {
            let store = database.current().await?;
            members::members(&store, command).await?;
            store.close().await;
            Ok(())
        }
        Command::Forget(command) => {
            let store = database.current().await?;
            forget::forget(&store, &command).await?;
            store.close().await;
            Ok(())
        }
        Command::Import(command) => {
            let store = database.current().await?;
            import::import(&store, command).await?;
            store.close().await;
            Ok(())
        }
        Command::Template(command) => template::template(&database, command).await,
        // Done already.
        Command::Schema(_) | Command::Secret(_) | Command::Backup(_) | Command::Restore(_) => Ok(()),
    }
}

/// The database that a command is about.
struct Database {
    url: String,
    secrets: Secrets,
}

impl Database {
    /// The database, if its tables are those of this program.
    async fn current(&self) -> Result<Store, Failure> {
        current(Store::connect(&self.url).await?.with_secrets(self.secrets.clone())).await
    }
}

/// The secrets that are given, themselves or in a file; none if they are not.
fn secrets(given: Option<String>, file: Option<&Path>) -> Result<Secrets, Failure> {
    let text = match (given, file) {
        (Some(text), _) => text,
        (None, Some(file)) => secrets_of(file)?,
        (None, None) => return Ok(Secrets::default()),
    };
    let secrets: Secrets = text.parse()?;
    match secrets.is_empty() {
        true => Err(Failure("there is no secret where one is said to be; `antq secret` prints one".to_owned())),
        false => Ok(secrets),
    }
}

fn secrets_of(file: &Path) -> Result<String, Failure> {
    let failed = |error| Failure(format!("the secrets in {} cannot be read: {error}", file.display()));
    let mode = std::fs::metadata(file).map_err(failed)?.permissions().mode();
    if mode & 0o007 != 0 {
        tracing::warn!(file = %file.display(), "everybody on this machine can read the secrets; `chmod o= FILE` ends that");
    }
    std::fs::read_to_string(file).map_err(failed)
}

fn secret(args: &SecretArgs) -> Result<(), Failure> {
    let name = args.name.clone().unwrap_or_else(|| today().format("%Y%m%d").to_string());
    let secret = Secrets::generate(&name)?;
    // A name that nothing could read again is refused here.
    secret
        .parse::<Secrets>()
        .map_err(|_| Failure(format!("\"{name}\" is not a name of 1 to 16 letters and digits")))?;
    Ok(writeln!(std::io::stdout(), "{secret}")?)
}

async fn serve(database: &Database, args: &ServeArgs) -> Result<(), Failure> {
    let mut settings = Settings { http: http_settings(&args.http).await?, ..settings(args) };
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::read(certificate, key)?),
        _ => None,
    };
    let store = Store::connect_to_serve(&database.url, settings.timeout).await?.with_secrets(database.secrets.clone());
    let store = current(store).await?;
    let issuer = issuer(&args.oidc).transpose()?;
    let listener =
        server::bind(args.listen).map_err(|error| Failure(format!("cannot listen on {}: {error}", args.listen)))?;
    let max_connections = descriptors::connections(args.max_connections);
    if max_connections < args.max_connections {
        say(&format!(
            "There are file descriptors for {max_connections} connections only; `ulimit -Hn` allows no more."
        ));
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    let here = format!("{scheme}://{}", listener.local_addr()?);
    say(&format!("ANTQ Graph is on {here}/graphql, GraphiQL on {here}/graphiql"));
    if database.secrets.is_empty() {
        tracing::info!("no secrets are given, so that no API key is known");
    }
    // Requests are to find a connection, however many streams there are.
    settings.live.streams = settings.live.streams.min(max_connections - max_connections / 4);
    let transport = Transport { tls, max_connections, trust_forwarded: args.trust_forwarded, ..Transport::default() };
    server::serve(listener, App::new(store, settings, issuer), transport).await?;
    say("Stopped.");
    Ok(())
}

/// What the options of `antq serve` come to.
pub fn settings(args: &ServeArgs) -> Settings {
    const MEGABYTE: u32 = 1_048_576;
    Settings {
        timeout: Duration::from_secs(args.request_timeout),
        planned: true,
        cache_bytes: args.cache_megabytes * u64::from(MEGABYTE),
        table_rows: args.table_rows,
        max_waiting: args.max_waiting,
        response_bytes: (args.response_megabytes * MEGABYTE) as usize,
        anonymous: args.anonymous_scopes,
        http: HttpSettings::DEFAULT,
        budgets: Rates { anonymous: args.budget_anonymous, key: args.budget_key, clock: Now::system },
        live: LiveSettings {
            streams: args.max_streams,
            streams_per_address: args.max_streams_per_address,
            ..LiveSettings::DEFAULT
        },
    }
}

async fn http_settings(args: &HttpArgs) -> Result<HttpSettings, Failure> {
    if args.trusted_only && args.trusted_documents.is_none() {
        return Err(Failure("--trusted-only needs --trusted-documents: without them nothing would be answered".into()));
    }
    if args.cors_origins.len() > 1 && args.cors_origins.iter().any(CorsOrigin::is_any) {
        return Err(Failure("--cors-origin * is every origin: give no other beside it".into()));
    }
    let trusted = match &args.trusted_documents {
        Some(path) => Some(TrustedDocuments::read(path, &DocumentLimits::default()).await?),
        None => None,
    };
    Ok(HttpSettings {
        statuses: args.http_draft.into(),
        origins: args.cors_origins.clone(),
        batch: args.batch as usize,
        trusted,
        trusted_only: args.trusted_only,
        cache_max_age: args.cache_max_age,
    })
}

/// How often the keys of the issuer are fetched at most, whatever key ids come.
const KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// The issuer of tokens, if there is one.
fn issuer(args: &OidcArgs) -> Option<Result<Issuer, IssuerError>> {
    let expected = Expected {
        issuer: args.oidc_issuer.clone()?,
        audience: args.oidc_audience.clone()?,
        scopes_claim: args.oidc_scopes_claim.clone(),
    };
    let keys_url = args.oidc_jwks_url.clone();
    Some(Issuer::new(IssuerSettings { expected, keys_url, at_most_every: KEYS_AT_MOST_EVERY }))
}

async fn migrate_command(database: &Database) -> Result<(), Failure> {
    let store = Store::connect_or_create(&database.url).await?.with_secrets(database.secrets.clone());
    match state(&store).await? {
        SchemaState::Current => say("The database is up to date."),
        SchemaState::Behind(_) => {
            let run = migrate(&store).await?;
            say(&format!("The database is up to date: {run} migrations were run."));
        }
        SchemaState::Ahead(name) => return Err(newer(&name)),
    }
    store.close().await;
    Ok(())
}

async fn load_command(database: &Database, args: LoadArgs) -> Result<(), Failure> {
    let store = database.current().await?;
    let written = load(&store, &args.data.map_or(Files::BuiltIn, Files::Folder)).await?;
    if written.added + written.changed > 0 {
        count(&store).await;
    }
    say(&format!("{} rows added, {} changed, {} as they were.", written.added, written.changed, written.unchanged));
    store.close().await;
    Ok(())
}

async fn demo_command(database: &Database, args: &DemoArgs) -> Result<(), Failure> {
    let store = database.current().await?;
    match demo(&store, args.scale, args.seed).await? {
        Some(invented) => {
            count(&store).await;
            say(&format!(
                "Invented {} teams, {} members, {} festivals and {} awards.",
                invented.teams, invented.members, invented.festivals, invented.awards
            ));
        }
        None => say("This demo is there already."),
    }
    store.close().await;
    Ok(())
}

/// Lets the database count its rows. What was written is written, whether that succeeds or not.
async fn count(store: &Store) {
    if let Err(error) = analyse(store).await {
        tracing::warn!(cause = said(&error), "the rows were not counted, so that some answers may take longer");
    }
}

fn schema_command(args: &SchemaArgs) -> Result<(), Failure> {
    let schema = api::sdl();
    let mut out = std::io::stdout();
    let Some(path) = &args.against else { return Ok(out.write_all(schema.as_bytes())?) };
    let file = path.display();
    let released = std::fs::read_to_string(path).map_err(|error| Failure(format!("cannot read {file}: {error}")))?;
    let today = args.today.unwrap_or_else(today);
    let changes = contract::changes(&released, &schema, today)
        .map_err(|error| Failure(format!("{file} is not a schema: {}", Failure::from(error))))?;
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    match changes.iter().filter(|change| change.weight.is_forbidden()).count() {
        0 => {
            say(&format!("The schema keeps the contract with those who know {file}."));
            Ok(())
        }
        forbidden => {
            Err(Failure(format!("the schema breaks the contract with those who know {file}: {forbidden} changes")))
        }
    }
}

/// The database, if its tables are those of this program.
async fn current(store: Store) -> Result<Store, Failure> {
    match state(&store).await? {
        SchemaState::Current => Ok(store),
        SchemaState::Behind(missing) => {
            Err(Failure(format!("the database is older than this program by {missing} migrations; run `antq migrate`")))
        }
        SchemaState::Ahead(name) => Err(newer(&name)),
    }
}

fn newer(migration: &str) -> Failure {
    Failure(format!(
        "the database is newer than this program: it has the migration {migration}, which antq {} does not know",
        env!("CARGO_PKG_VERSION")
    ))
}

/// A line for the person at the terminal. Standard output is for results.
fn say(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}
