//! `antq backup` and `antq restore`: SQLite only. PostgreSQL has its own, which the messages name.

use std::time::Instant;

use chrono::Utc;
use rusqlite::version;

use super::{Failure, say};
use crate::{
    config::{BackupArgs, RestoreArgs},
    progress::Progress,
    store::{
        backup::{self, Contents, Step},
        sqlite_file,
    },
};

/// What is said to who runs PostgreSQL.
const DUMP: &str = "`antq backup` copies an SQLite file, and this database is PostgreSQL, which has its own: \
                    `pg_dump --format=custom --file=FILE URL`, or base backups and the archived log for any moment; see docs/OPERATIONS.md";
/// The same, the other way.
const UNDUMP: &str = "`antq restore` replaces an SQLite file, and this database is PostgreSQL, which has its own: \
                      `pg_restore --exit-on-error --single-transaction --dbname=URL FILE` into an empty database; see docs/OPERATIONS.md";

/// Runs `antq backup`.
pub(super) async fn backup(url: &str, args: BackupArgs) -> Result<(), Failure> {
    let database = sqlite_file(url)?.ok_or_else(|| Failure(DUMP.to_owned()))?;
    let began = Instant::now();
    let file = args.file.clone();
    let copied = tokio::task::spawn_blocking(move || {
        let mut teller = Teller::default();
        backup::backup(&database, &args.file, args.force, |step| teller.tell(step))
    });
    let contents = copied.await??;
    say(&format!(
        "{} is whole and checked: {}, in {:.1} s.",
        file.display(),
        described(&contents),
        began.elapsed().as_secs_f64()
    ));
    say(&made_of(&contents));
    say(
        "The secrets (ANTQ_SECRETS) are not in it: keep them elsewhere. Without them nobody can read the personal data in it, and no key is known.",
    );
    Ok(())
}

/// Runs `antq restore`.
pub(super) async fn restore(url: &str, args: RestoreArgs) -> Result<(), Failure> {
    let database = sqlite_file(url)?.ok_or_else(|| Failure(UNDUMP.to_owned()))?;
    let began = Instant::now();
    let place = database.clone();
    let restored = tokio::task::spawn_blocking(move || {
        let mut teller = Teller::default();
        backup::restore(&args.file, &database, Utc::now(), |step| teller.tell(step))
    });
    let restored = restored.await??;
    let contents = &restored.contents;
    say(&format!(
        "{} is restored: {}, in {:.1} s.",
        place.display(),
        described(contents),
        began.elapsed().as_secs_f64()
    ));
    if let Some(before) = restored.before {
        say(&format!("What was there before is {}.", before.display()));
    }
    if contents.missing > 0 {
        say(&format!("It is older than this program by {} migrations: run `antq migrate` next.", contents.missing));
    }
    Ok(())
}

fn described(contents: &Contents) -> String {
    const MEBIBYTE: f64 = 1_048_576.0;
    let mebibytes = contents.bytes as f64 / MEBIBYTE;
    let tables: Vec<String> = contents.tables.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    format!("{mebibytes:.1} MiB, {} rows ({})", contents.rows(), tables.join(", "))
}

/// Which versions made it.
fn made_of(contents: &Contents) -> String {
    let behind = match contents.missing {
        0 => String::new(),
        missing => format!(", which is older than this program by {missing} migrations"),
    };
    format!(
        "Its tables are of {}{behind}; copied by antq {} with SQLite {}.",
        contents.migration,
        env!("CARGO_PKG_VERSION"),
        version()
    )
}

/// Shows how far it has come.
#[derive(Default)]
struct Teller {
    copying: Option<Progress>,
    copied: u64,
}

impl Teller {
    fn tell(&mut self, step: Step) {
        match step {
            Step::Copied { pages, of } => {
                let progress = self.copying.get_or_insert_with(|| Progress::start("Copying the database", of));
                progress.advance(pages.saturating_sub(self.copied));
                self.copied = pages;
            }
            Step::Checking => {
                if let Some(progress) = self.copying.take() {
                    progress.finish();
                }
                say("Checking the copy …");
            }
        }
    }
}
