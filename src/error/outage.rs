//! What is the matter with the database itself, whatever it is asked: it passes, and then everything goes on as before.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// How the database fails for the time being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// It does not answer, or ended the connection.
    Away,
    /// It can be read, and not written: no room, a file that is read-only, somebody else who writes for too long. Whatever was
    /// to be written was not.
    Unwritable,
    /// Somebody else wrote the same at the same moment, so that the one would have waited for the other for ever. Whatever was
    /// to be written was not.
    Crossed,
}

impl Outage {
    /// What is the matter with the database, if it is the database that this error is about and not what it was asked.
    pub fn of(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => Self::of_driver(cause),
            DbErr::ConnectionAcquire(_) => Some(Self::Away),
            _ => None,
        }
    }

    /// The same, of an error of the driver.
    pub fn of_driver(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Some(Self::Away)
            }
            sqlx::Error::Database(error) => {
                let code = error.code()?;
                match error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                    Some(_) => Self::of_postgres(&code),
                    None => Self::of_sqlite(code.parse().ok()?),
                }
            }
            _ => None,
        }
    }

    /// <https://www.sqlite.org/rescode.html>
    pub fn of_sqlite(code: i32) -> Option<Self> {
        const BUSY: i32 = 5;
        const LOCKED: i32 = 6;
        const READONLY: i32 = 8;
        const IOERR: i32 = 10;
        const FULL: i32 = 13;
        const CANTOPEN: i32 = 14;
        /// `SQLITE_IOERR_READ` and `SQLITE_IOERR_SHORT_READ`: what is there cannot be read. Other such errors are of writing.
        const UNREAD: [i32; 2] = [266, 522];
        match code & 0xff {
            BUSY | LOCKED | READONLY | FULL => Some(Self::Unwritable),
            IOERR if !UNREAD.contains(&code) => Some(Self::Unwritable),
            IOERR | CANTOPEN => Some(Self::Away),
            _ => None,
        }
    }

    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_postgres(code: &str) -> Option<Self> {
        match code {
            // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, too_many_connections.
            "57P01" | "57P02" | "57P03" | "57P05" | "53300" => Some(Self::Away),
            // read_only_sql_transaction, lock_not_available, disk_full, out_of_memory.
            "25006" | "55P03" | "53100" | "53200" => Some(Self::Unwritable),
            // serialization_failure, deadlock_detected.
            "40001" | "40P01" => Some(Self::Crossed),
            // Connections; what else undid a transaction.
            _ if code.starts_with("08") => Some(Self::Away),
            _ if code.starts_with("40") => Some(Self::Unwritable),
            _ => None,
        }
    }

    /// What clients are told.
    pub fn message(self) -> &'static str {
        match self {
            Self::Away => "The database cannot be reached at the moment. Send the request again in a few seconds.",
            Self::Unwritable => {
                "The database cannot be written at the moment, and nothing was. What only reads is answered; send this again later."
            }
            Self::Crossed => {
                "Somebody else wrote the same rows at the same moment, and nothing of this was written. Send it again."
            }
        }
    }
}

/// What the database says of an error, on one line, without what libraries wrap around it.
pub fn said(error: &DbErr) -> String {
    let late = match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(cause)) => matches!(**cause, sqlx::Error::PoolTimedOut),
        _ => false,
    };
    if late {
        return "it does not answer in time".to_owned();
    }
    let text = error.to_string();
    let text = text.rsplit("Error: ").next().unwrap_or(&text);
    let text = text.strip_prefix("error returned from database: ").unwrap_or(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        // Full, disk I/O while writing, read-only, busy, busy in a snapshot; corrupt, a constraint, no such table.
        let unwritable = [13, 778, 8, 1032, 5, 517];
        let wrong = [11, 26, 19, 2067, 1];
        assert!(unwritable.map(Outage::of_sqlite).iter().all(|outage| *outage == Some(Outage::Unwritable)));
        assert!(wrong.map(Outage::of_sqlite).iter().all(Option::is_none));
        assert_eq!([14, 266].map(Outage::of_sqlite), [Some(Outage::Away); 2]);
        assert_eq!(["57P01", "08006", "53300"].map(Outage::of_postgres), [Some(Outage::Away); 3]);
        assert_eq!(["53100", "25006", "40003"].map(Outage::of_postgres), [Some(Outage::Unwritable); 3]);
        assert_eq!(["40P01", "40001"].map(Outage::of_postgres), [Some(Outage::Crossed); 2]);
        assert_eq!(["23505", "42P01", "57014"].map(Outage::of_postgres), [None; 3]);
    }

    #[test]
    fn only_what_the_driver_says_is_an_outage() {
        assert_eq!(Outage::of(&DbErr::Custom("disk full".to_owned())), None);
        assert_eq!(Outage::of_driver(&sqlx::Error::PoolTimedOut), Some(Outage::Away));
        assert_eq!(Outage::of_driver(&sqlx::Error::RowNotFound), None);
    }
}
