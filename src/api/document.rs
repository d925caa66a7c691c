//! Documents: parsed once and kept, for clients send the same ones again and again.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use chrono::NaiveDate;
use quick_cache::{Weighter, sync::Cache};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::{estimate::Estimate, plan::Plan};
use crate::{
    domain::today,
    limits::{self, DocumentLimits, Refusal},
    store::Sight,
};

/// A document within the limits.
#[derive(Debug)]
pub struct Document {
    text: String,
    parsed: ExecutableDocument,
    /// Whether it was found valid. What depends on the values of variables is checked each time.
    valid: AtomicBool,
    /// The plans of the operations and variables that were asked for lately, those without one included.
    plans: Mutex<VecDeque<(PlanKey, Option<Arc<Plan>>)>>,
    /// What operations without variables come to: the same each time. There are no more of them than a document may have.
    estimates: Mutex<Vec<(Option<String>, Arc<Estimate>)>>,
    /// The queries that its subscriptions mean by `live`. There are no more of them than a document may have operations.
    live: Mutex<Vec<(Option<String>, Arc<Document>)>>,
}

/// An operation's name, its variables as JSON, the day (a filter may reckon back from it), and what may be seen.
type PlanKey = (Option<String>, String, NaiveDate, Sight);

/// Plans that are kept with a document.
const PLANS: usize = 4;
/// Bytes of variables above which a plan is not kept: nothing else bounds them.
const VARIABLES: usize = 512;

impl Document {
    /// The document of this text, if it is within `limits`.
    ///
    /// # Errors
    /// Those of [`limits::parse`].
    pub fn parse(text: String, limits: &DocumentLimits) -> Result<Self, Refusal> {
        let parsed = limits::parse(&text, limits)?;
        Ok(Self::new(text, parsed))
    }

    fn new(text: String, parsed: ExecutableDocument) -> Self {
        let valid = AtomicBool::new(false);
        Self { text, parsed, valid, plans: Mutex::default(), estimates: Mutex::default(), live: Mutex::default() }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of its text, in hexadecimal.
    pub fn hash(&self) -> String {
        let hash = digest(&SHA256, self.text.as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the text says.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// The name of the only operation, if there is only one and it has a name.
    pub fn only_name(&self) -> Option<&str> {
        let mut names = self.parsed.operations.iter().map(|(name, _)| name);
        names.next().filter(|_| names.next().is_none()).flatten().map(|name| name.as_str())
    }

    /// The operation of this name, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(&operation.node),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => {
                operations.get(name).map(|operation| &operation.node)
            }
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.values();
                all.next().filter(|_| all.next().is_none()).map(|operation| &operation.node)
            }
        }
    }

    /// The plan for an operation and its variables, made if it is not there.
    pub(super) fn plan(
        &self,
        operation: Option<&str>,
        variables: &Map<String, Value>,
        sight: &Sight,
        make: impl FnOnce() -> Option<Plan>,
    ) -> Option<Arc<Plan>> {
        let key = (operation.map(str::to_owned), Value::from(variables.clone()).to_string(), today(), sight.clone());
        if let Some((_, plan)) = self.plans().iter().find(|(present, _)| *present == key) {
            return plan.clone();
        }
        let plan = make().map(Arc::new);
        if key.1.len() <= VARIABLES {
            let mut plans = self.plans();
            plans.truncate(PLANS - 1);
            plans.push_front((key, plan.clone()));
        }
        plan
    }

    /// What an operation comes to, made if it is not there.
    pub(super) fn estimate(&self, name: Option<&str>, make: impl FnOnce() -> Estimate) -> Arc<Estimate> {
        let operation = self.operation(name);
        if operation.is_none_or(|operation| !operation.variable_definitions.is_empty()) {
            return Arc::new(make());
        }
        let mut estimates = self.estimates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, estimate)) = estimates.iter().find(|(present, _)| present.as_deref() == name) {
            return estimate.clone();
        }
        let estimate = Arc::new(make());
        estimates.push((name.map(str::to_owned), estimate.clone()));
        estimate
    }

    /// The document in which the subscription of this name is the query that it means, made if it is not there. It has the
    /// same text: what is kept or noted under that means the same.
    ///
    /// # Errors
    /// The query passes a limit.
    pub(super) fn live(
        &self,
        name: Option<&str>,
        limits: &DocumentLimits,
        make: impl FnOnce(&ExecutableDocument) -> ExecutableDocument,
    ) -> Result<Arc<Self>, Refusal> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, document)) = live.iter().find(|(present, _)| present.as_deref() == name) {
            return Ok(document.clone());
        }
        let parsed = make(&self.parsed);
        limits::check(&parsed, limits)?;
        let document = Arc::new(Self::new(self.text.clone(), parsed));
        live.push((name.map(str::to_owned), document.clone()));
        Ok(document)
    }

    fn plans(&self) -> MutexGuard<'_, VecDeque<(PlanKey, Option<Arc<Plan>>)>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    pub(super) fn set_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }
}

/// The documents that were asked for lately.
#[derive(Clone, Debug)]
pub struct Documents(Arc<Cache<String, Arc<Document>, Bytes>>);

/// What a document takes in memory, by its text: parsed, some twenty times as much, and each plan some ten times.
#[derive(Clone, Debug)]
struct Bytes;

impl Bytes {
    const EACH: u64 = 60;
}

impl Weighter<String, Arc<Document>> for Bytes {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        (text.len() as u64 + 100) * Self::EACH
    }
}

impl Documents {
    /// Room for documents of so many bytes in memory.
    pub fn new(bytes: u64) -> Self {
        const USUAL: u64 = 1_000;
        Self(Arc::new(Cache::with_weighter((bytes / USUAL / Bytes::EACH) as usize, bytes, Bytes)))
    }

    /// The document of this text: kept from the last time, or parsed if it is within `limits`.
    ///
    /// # Errors
    /// Those of [`limits::parse`].
    pub fn parse(&self, text: String, limits: &DocumentLimits) -> Result<Arc<Document>, Refusal> {
        if let Some(known) = self.0.get(&text) {
            return Ok(known);
        }
        let document = Arc::new(Document::parse(text.clone(), limits)?);
        self.0.insert(text, document.clone());
        Ok(document)
    }
}
