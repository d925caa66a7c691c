//! What each command of the program does.

use std::{fmt, io::Write, time::Duration};

use crate::{
    api,
    config::{Cli, Command, DemoArgs, LoadArgs, SchemaArgs, ServeArgs},
    contract,
    demo::demo,
    domain::today,
    load::{Files, load},
    server::{self, Settings},
    store::{
        Store,
        schema::{SchemaState, migrate, state},
        write::analyse,
    },
};

/// Why a command failed, in one line for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        // One line, whatever a library made of it.
        Self(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Runs a command to its end.
///
/// # Errors
/// One line that says what went wrong.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(args) => serve(&cli.database_url, &args).await,
        Command::Migrate => migrate_command(&cli.database_url).await,
        Command::Load(args) => load_command(&cli.database_url, args).await,
        Command::Demo(args) => demo_command(&cli.database_url, &args).await,
        Command::Schema(args) => schema_command(&args),
    }
}

async fn serve(url: &str, args: &ServeArgs) -> Result<(), Failure> {
    let timeout = Duration::from_secs(args.request_timeout);
    let store = current(Store::connect_to_serve(url, timeout).await?).await?;
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failure(format!("cannot listen on {}: {error}", args.listen)))?;
    say(&format!("ANTQ Graph is on http://{0}/graphql, GraphiQL on http://{0}/graphiql", listener.local_addr()?));
    let cache_bytes = args.cache_megabytes * 1_048_576;
    server::serve(listener, store, Settings { timeout, planned: true, cache_bytes, table_rows: args.table_rows })
        .await?;
    say("Stopped.");
    Ok(())
}

async fn migrate_command(url: &str) -> Result<(), Failure> {
    let store = Store::connect_or_create(url).await?;
    match state(&store).await? {
        SchemaState::Current => say("The database is up to date."),
        SchemaState::Behind(missing) => {
            migrate(&store).await?;
            say(&format!("The database is up to date: {missing} migrations were run."));
        }
        SchemaState::Ahead(name) => return Err(newer(&name)),
    }
    store.close().await;
    Ok(())
}

async fn load_command(url: &str, args: LoadArgs) -> Result<(), Failure> {
    let store = current(Store::connect(url).await?).await?;
    let written = load(&store, &args.data.map_or(Files::BuiltIn, Files::Folder)).await?;
    if written.added + written.changed > 0 {
        analyse(&store).await?;
    }
    say(&format!("{} rows added, {} changed, {} as they were.", written.added, written.changed, written.unchanged));
    store.close().await;
    Ok(())
}

async fn demo_command(url: &str, args: &DemoArgs) -> Result<(), Failure> {
    let store = current(Store::connect(url).await?).await?;
    match demo(&store, args.scale, args.seed).await? {
        Some(invented) => {
            analyse(&store).await?;
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
