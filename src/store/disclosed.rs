//! The personal data that a request has been shown: which fields, and of whom.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What was shown so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Disclosed(Arc<Mutex<Shown>>);

/// Fields and members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The fields, as the schema calls them: `Member.phone`; `filter:Member.phone` where members were looked for by it.
    pub fields: BTreeSet<&'static str>,
    /// The members, by the ids of their rows.
    pub members: BTreeSet<i64>,
}

impl Disclosed {
    /// Notes that a field of a member was shown.
    pub(super) fn note(&self, field: &'static str, member: i64) {
        let mut shown = self.shown();
        shown.fields.insert(field);
        shown.members.insert(member);
    }

    /// Notes that members were looked for by a field.
    pub(super) fn note_asked(&self, field: &'static str) {
        self.shown().fields.insert(field);
    }

    /// What was shown since the last call; nothing if nothing was.
    pub fn take(&self) -> Option<Shown> {
        Some(std::mem::take(&mut *self.shown())).filter(|shown| !shown.fields.is_empty())
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
