//! The options of `antq backup` and `antq restore`.

use std::path::PathBuf;

use clap::Args;

/// Options of `antq backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write. It appears once it is whole and checked.
    pub file: PathBuf,
    /// Writes over a file that is there.
    #[arg(long, env = "ANTQ_BACKUP_FORCE")]
    pub force: bool,
}

/// Options of `antq restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup. It stays as it is.
    pub file: PathBuf,
}
