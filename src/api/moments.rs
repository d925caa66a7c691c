//! Fields of the root that are asked as of a day, each with loads of its own.
//!
//! A request reads the present, unless a field of its root has the argument `asOf`: whatever is below that is read as it stood
//! then. The loads of a day are the same request's as the others: one connection, one bill.

use std::sync::{Mutex, OnceLock, PoisonError};

use async_graphql::{Context, QueryPathSegment};
use chrono::NaiveDate;

use super::{context::Loads, drive::Queue};
use crate::{
    domain::Date,
    error::Error,
    store::{KnownPast, Reader},
};

/// The loads of a request, those of the days among them that it asks for.
pub struct Moments {
    queue: Queue,
    present: Loads,
    /// The days that were asked for so far.
    past: Past,
    /// Which fields of the root are of which day, by their names in the answer.
    fields: Mutex<Vec<(String, NaiveDate)>>,
}

/// The loads of a day, and those of the days that were asked for after it. They stay where they are: resolvers hold on to them.
type Past = OnceLock<Box<Day>>;

struct Day {
    day: NaiveDate,
    loads: Loads,
    next: Past,
}

impl Moments {
    /// The loads of a request, which [`super::drive::drive`] with this queue sends.
    pub fn new(queue: Queue, reader: Reader) -> Self {
        Self { present: queue.loads(reader), queue, past: Past::new(), fields: Mutex::default() }
    }

    /// The loads for a field.
    pub fn of(&self, ctx: &Context<'_>) -> &Loads {
        if self.past.get().is_none() {
            return &self.present;
        }
        let fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
        let day = fields.iter().find(|(name, _)| Some(name.as_str()) == root(ctx)).map(|(_, day)| *day);
        day.and_then(|day| self.days().find(|known| known.day == day)).map_or(&self.present, |known| &known.loads)
    }

    fn days(&self) -> impl Iterator<Item = &Day> {
        std::iter::successors(self.past.get(), |day| day.next.get()).map(Box::as_ref)
    }

    /// Adds the loads of a day, if they are not there.
    fn add(&self, day: NaiveDate, reader: Reader) {
        let mut place = &self.past;
        loop {
            let known =
                place.get_or_init(|| Box::new(Day { day, loads: self.queue.loads(reader.clone()), next: Past::new() }));
            if known.day == day {
                return;
            }
            place = &known.next;
        }
    }
}

/// Has a field of the root, and whatever is below it, read as of the end of a day, if one is given.
///
/// # Errors
/// Those of [`Reader::as_of`]; the database's.
pub async fn as_of(ctx: &Context<'_>, day: Option<Date>) -> Result<(), Error> {
    let Some(Date(day)) = day else { return Ok(()) };
    let moments = ctx.data_unchecked::<Moments>();
    // A load: the execution waits for loads alone, with a connection of its own in hand it would wait for itself.
    let known = moments.present.load_one(KnownPast).await?;
    let known = known.ok_or_else(|| Error::internal("the past was not looked up"))?;
    moments.add(day, moments.present.loader().as_of(day, known)?);
    let field = root(ctx).unwrap_or_default().to_owned();
    moments.fields.lock().unwrap_or_else(PoisonError::into_inner).push((field, day));
    Ok(())
}

/// The name in the answer of the field of the root that a field is below, or is itself.
fn root<'a>(ctx: &'a Context<'_>) -> Option<&'a str> {
    let mut path = ctx.path_node.as_ref()?;
    while let Some(parent) = path.parent {
        path = parent;
    }
    match path.segment {
        QueryPathSegment::Name(name) => Some(name),
        QueryPathSegment::Index(_) => None,
    }
}
