//! Requests that are sent again: what was carried out once is not carried out twice, and its answer is given again.

use chrono::{TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Edit, Failure, Refused};
use crate::{
    domain::{Datum, RefusalCode::KeyReused},
    store::select::value,
};

/// How long an answer is kept for its key.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// A request that may be sent again.
#[derive(Clone, Copy, Debug)]
pub struct Once<'a> {
    /// Who sends it: keys are each writer's own.
    pub who: &'a str,
    /// The key that the writer gave it.
    pub key: &'a str,
    /// What tells whether it is the same request: a keyed hash, for it may have personal data in it.
    pub input: &'a str,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is new, and ours to carry out in this transaction.
    New,
    /// It was carried out, and this was the answer.
    Done(String),
}

impl Edit {
    /// Claims a request for this transaction. Another one that carries out the same at the same time is waited for.
    ///
    /// # Errors
    /// The key was used for something else; the database's own.
    pub async fn claim(&self, once: Once<'_>) -> Result<Claim, Failure> {
        let engine = self.transaction.get_database_backend();
        let old = value(engine, &Datum::Moment(Utc::now() - KEPT_FOR));
        let forget = Statement::from_sql_and_values(engine, "DELETE FROM write_once WHERE created_at < $1", [old]);
        self.transaction.execute_raw(forget).await?;
        let Once { who, key, input } = once;
        let claim = "INSERT INTO write_once (who, key, input, answer) VALUES ($1, $2, $3, '') ON CONFLICT (who, key) DO NOTHING";
        let claim = Statement::from_sql_and_values(engine, claim, [who.into(), key.into(), input.into()]);
        if self.transaction.execute_raw(claim).await?.rows_affected() == 1 {
            return Ok(Claim::New);
        }
        let find = "SELECT input, answer FROM write_once WHERE who = $1 AND key = $2";
        let find = Statement::from_sql_and_values(engine, find, [who.into(), key.into()]);
        let Some(found) = self.transaction.query_one_raw(find).await? else {
            return Err(DbErr::RecordNotFound("a request that was carried out".to_owned()).into());
        };
        match found.try_get::<String>("", "input")? == input {
            true => Ok(Claim::Done(found.try_get("", "answer")?)),
            false => {
                let message = "This `idempotencyKey` was used for another input: give each request a key of its own.";
                Err(Refused::new(KeyReused, message).into())
            }
        }
    }

    /// Keeps the answer to a request that was claimed.
    ///
    /// # Errors
    /// The database's own.
    pub async fn answered(&self, once: Once<'_>, answer: &str) -> Result<(), DbErr> {
        let engine = self.transaction.get_database_backend();
        let keep = "UPDATE write_once SET answer = $1 WHERE who = $2 AND key = $3";
        let keep = Statement::from_sql_and_values(engine, keep, [answer.into(), once.who.into(), once.key.into()]);
        self.transaction.execute_raw(keep).await.map(drop)
    }
}
