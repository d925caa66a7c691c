//! `changes`: what is written to the register, as it comes.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{App, Asker, Caller, Line, Operation, PAUSE, Refused, Said, Stop, is_away, refused};
use crate::{
    api::{ChangeEvent, EVENT_CHANGES, Followed},
    server::{
        bill::Bill,
        body::Answer,
        cache::Origin,
        graphql::written,
        hub::{self, Follower},
    },
    store::changes::{Change, Token},
};

/// Changes that are looked through at once.
const LOOKED_AT: usize = 1_000;

/// Tells the changes that a subscription asks for, each in its order and once, until some were missed.
pub(super) async fn follow<T: Clone>(
    app: &Arc<App>,
    operation: &Operation,
    caller: &Caller,
    asker: Asker,
    after: Option<String>,
    line: &Line<T>,
) -> Result<(), Stop> {
    let question = operation.question();
    let followed = app.api.follow(question, &asker.viewer, &app.store).await;
    let mut followed = followed.map_err(|response| refused(*response, &caller.id))?;
    if let Some(after) = after {
        followed = followed.from(&after).map_err(|error| refused_position(error.message()))?;
    }
    // What could never be paid is refused now.
    drop(Bill::open(app, &asker.payer, app.api.estimate(question))?);
    let begun = timeout(app.settings.timeout, app.hub.follow(followed.after.clone())).await;
    let (follower, at) = begun.map_err(|_| Refused::slow(app.settings.timeout))?;
    line.say(Said::Begun).await?;
    let mut telling = Telling { app, operation, caller, at, followed, line };
    telling.tell(follower).await
}

/// One subscription.
struct Telling<'a, T> {
    app: &'a Arc<App>,
    operation: &'a Operation,
    caller: &'a Caller,
    followed: Followed,
    /// The position behind what was told; that of the begin, at first.
    at: Token,
    line: &'a Line<T>,
}

impl<T: Clone> Telling<'_, T> {
    async fn tell(&mut self, mut follower: Follower) -> Result<(), Stop> {
        loop {
            let check = self.app.settings.live.check;
            match timeout(check, follower.next(LOOKED_AT)).await {
                // Nothing has come: is it still somebody who may be told?
                Err(_) => drop(self.caller.still(self.app).await?),
                Ok(Ok(hub::Followed::Gap)) => return self.event(ChangeEvent::gap(&self.at), None).await,
                Ok(Ok(hub::Followed::Changes(changes))) => self.changes(changes).await?,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the changes could not be read");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Tells those of some changes that are asked for.
    async fn changes(&mut self, changes: Vec<Change>) -> Result<(), Stop> {
        let Some(last) = changes.last().map(|change| change.token.clone()) else { return Ok(()) };
        let sight = self.caller.still(self.app).await?.viewer.sight();
        let wanted: Vec<_> = changes.into_iter().filter_map(|change| self.followed.told(change, &sight)).collect();
        let mut wanted = wanted.into_iter().peekable();
        while wanted.peek().is_some() {
            let part: Vec<_> = wanted.by_ref().take(EVENT_CHANGES).collect();
            // Behind the last of these that is told comes the rest of what was looked at.
            let token = match (wanted.peek(), part.last()) {
                (Some(_), Some(last)) => last.token.clone(),
                _ => last.clone(),
            };
            self.event(ChangeEvent::of(part, &token), Some(&token)).await?;
            self.at = token;
        }
        self.at = last;
        Ok(())
    }

    /// Tells an event, as soon as it can be paid for.
    async fn event(&self, event: ChangeEvent, token: Option<&Token>) -> Result<(), Stop> {
        let answer = loop {
            let asker = self.caller.still(self.app).await?;
            match self.answered(event.clone(), &asker).await {
                Ok(answer) if is_away(&answer) => sleep(PAUSE).await,
                Ok(answer) => break answer,
                Err(refused) => match refused.again_after() {
                    Some(seconds) => sleep(Duration::from_secs(seconds)).await,
                    None => return Err(refused.into()),
                },
            }
        };
        match answer.was_run() {
            true => self.line.say(Said::Next(answer.body().clone(), token.map(Token::to_string))).await,
            false => Err(super::not_run(answer.body()).into()),
        }
    }

    /// An event as it is asked for by somebody, who pays for it.
    async fn answered(&self, event: ChangeEvent, asker: &Asker) -> Result<Answer, Refused> {
        let (app, question) = (self.app, self.operation.question());
        let bill = Bill::open(app, &asker.payer, app.api.estimate_event(question, &event).into())?;
        let made = async {
            let _turn = app.turns.take().await?;
            let balance = app.budgets.state(&asker.payer);
            let answered = app.api.event(question, event, &asker.viewer, balance, &app.store, bill.meter()).await;
            written(app, question, &asker.viewer, &asker.id, answered).await
        };
        let answer = timeout(app.settings.timeout, made).await.map_err(|_| {
            bill.keep();
            Refused::slow(app.settings.timeout)
        })??;
        bill.settle(Origin::Off);
        Ok(answer)
    }
}

fn refused_position(message: String) -> Refused {
    Refused::document(crate::error::Code::BadUserInput, message)
}
