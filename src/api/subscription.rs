//! What goes on being answered: the changes as they come, and any query, anew each time that its answer has changed.

mod selected;

use std::{
    option::IntoIter,
    sync::{Arc, OnceLock},
};

use async_graphql::{Context, Enum, ID, InputObject, SimpleObject, Subscription as Root};
use futures_util::stream::{self, Empty, Iter};

use super::{
    Query,
    changes::{Change, ChangeOperation, ChangeType, after_token},
};
pub use selected::{NotSelected, Selected};

use crate::{
    error::Error,
    ids::NodeId,
    store::{
        Sight,
        changes::{Change as Entry, Token},
    },
};

/// The most changes of an event.
pub const EVENT_CHANGES: usize = 100;

/// The most ids that a filter of changes has.
pub const MAX_WATCHED: usize = 200;

/// What an event tells of the feed (loại sự kiện).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeEventKind {
    /// Changes, one at least (có thay đổi).
    Changes,
    /// Changes were missed, and this subscription ends: ask the query `changes` for what comes after `token`, or read anew what you keep (bị bỏ sót).
    Gap,
}

/// Changes that came together, or that some were missed (sự kiện thay đổi).
#[derive(Clone, Debug, SimpleObject)]
pub struct ChangeEvent {
    /// What it tells (loại sự kiện).
    pub kind: ChangeEventKind,
    /// The changes in their order; none of a gap (các thay đổi).
    pub changes: Vec<Change>,
    /// The position behind these changes, or before the gap: subscribe `after` it, and nothing is missed or told twice (vị trí).
    pub token: String,
}

/// Which changes are told (điều kiện lọc thay đổi). All that is given must be so.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ChangeFilter {
    /// What was done: one of these (thao tác).
    pub operations: Option<Vec<ChangeOperation>>,
    /// To which objects: those with these ids, at most 200 (các mã định danh).
    pub ids: Option<Vec<ID>>,
}

/// What goes on being answered, over WebSockets or as events.
#[derive(Debug, Default)]
pub struct Subscription;

/// What goes on being answered (theo dõi liên tục): over a WebSocket (`graphql-transport-ws`), or as events (`text/event-stream`).
#[Root]
impl Subscription {
    /// The changes of the register as they come, up to 100 in an event (theo dõi thay đổi). What you may not see is not told.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Begin behind this position, as an event or the query `changes` gave it; with what comes from now on if it is left out (sau vị trí)."
        )]
        after: Option<String>,
        #[graphql(desc = "Only of objects of these types; of all if it is left out (các loại).")] types: Option<
            Vec<ChangeType>,
        >,
        #[graphql(desc = "Only these (điều kiện lọc).")] filter: Option<ChangeFilter>,
    ) -> Result<Iter<IntoIter<ChangeEvent>>, Error> {
        let event = match ctx.data::<Told>().ok() {
            Some(Told::Nothing(wish)) => {
                wish.set(Followed::try_new(after, types, filter)?);
                None
            }
            Some(Told::Event(event)) => Some(event.clone()),
            None => None,
        };
        Ok(stream::iter(event))
    }

    /// Any query, answered at once, and again whenever its answer has changed, at most once a second (truy vấn trực tiếp).
    async fn live(&self) -> Empty<Query> {
        // It is answered as the query that it is.
        stream::empty()
    }
}

/// What an execution of the subscription is for.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// To tell this.
    Event(ChangeEvent),
    /// To read the arguments, and put them there.
    Nothing(Wish),
}

/// Where the arguments of a subscription are put once they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish(Arc<OnceLock<Followed>>);

impl Wish {
    fn set(&self, followed: Followed) {
        // Once: a subscription has one field.
        let _ = self.0.set(followed);
    }

    /// The arguments, if they were read.
    pub(super) fn take(self) -> Option<Followed> {
        self.0.get().cloned()
    }
}

/// Which changes are followed, from where on.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The position that they come behind; now, if there is none.
    pub after: Option<Token>,
    tables: Option<Vec<&'static str>>,
    operations: Option<Vec<ChangeOperation>>,
    rows: Option<Vec<NodeId>>,
}

impl Followed {
    fn try_new(
        after: Option<String>,
        types: Option<Vec<ChangeType>>,
        filter: Option<ChangeFilter>,
    ) -> Result<Self, Error> {
        let ChangeFilter { operations, ids } = filter.unwrap_or_default();
        let rows = ids.map(|ids| match ids.len() {
            actual if actual > MAX_WATCHED => Err(Error::TooManyIds { max: MAX_WATCHED, actual }),
            _ => ids.iter().map(|id| NodeId::decode(id)).collect(),
        });
        Ok(Self {
            after: after.map(|after| after_token("after", &after)).transpose()?,
            tables: types.map(|types| types.into_iter().map(ChangeType::table).collect()),
            operations,
            rows: rows.transpose()?,
        })
    }

    /// The same, from a position on that a client was told.
    ///
    /// # Errors
    /// The text is no position.
    pub fn from(self, token: &str) -> Result<Self, Error> {
        Ok(Self { after: Some(after_token("Last-Event-ID", token)?), ..self })
    }

    /// A change as it is told to who sees this; none where it is not.
    pub fn told(&self, entry: Entry, sight: &Sight) -> Option<Entry> {
        let of = |row: &NodeId| row.table == entry.table && row.row == entry.row;
        let asked = self.tables.as_ref().is_none_or(|tables| tables.contains(&&*entry.table))
            && self.rows.as_ref().is_none_or(|rows| rows.iter().any(of));
        // What became of it for them may be something else.
        let seen = entry.seen_by(sight).filter(|_| asked)?;
        let wanted = |operations: &Vec<ChangeOperation>| operations.contains(&seen.operation.into());
        self.operations.as_ref().is_none_or(wanted).then_some(seen)
    }
}

impl ChangeEvent {
    /// Changes, in their order, and the position behind them.
    pub fn of(changes: Vec<Entry>, token: &Token) -> Self {
        let changes = changes.into_iter().map(Change::new).collect();
        Self { kind: ChangeEventKind::Changes, changes, token: token.to_string() }
    }

    /// That something was missed behind this position.
    pub fn gap(token: &Token) -> Self {
        Self { kind: ChangeEventKind::Gap, changes: Vec::new(), token: token.to_string() }
    }
}
