//! What is fuzzed of this module: see [`crate::fuzzing`].

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use async_graphql::{
    Value,
    parser::types::{DocumentOperations, Selection},
};
use futures_util::FutureExt;
use serde_json::Map;

use super::{
    Api, Documents, Query, Question,
    input::{filter, order},
    plan::{Asked, Entrance, Plan, Shape},
};
use crate::{
    error::Error,
    fuzzing::{base64, is_told},
    limits::{self, DocumentLimits},
    store::{DEFAULT_ROWS, Order, Page, Position, Predicate, Sight, fuzzing::page_statements},
};

/// The types that have lists of their own, in the order of their lists' names.
static TYPES: LazyLock<Vec<&'static Shape>> = LazyLock::new(|| {
    let entrances: BTreeMap<_, _> = Query::entrances().iter().collect();
    let list = |entrance: &Entrance| match entrance {
        Entrance::List(shape) => Some(shape()),
        Entrance::Key(..) => None,
    };
    entrances.into_values().filter_map(list).collect()
});

static API: LazyLock<Api> = LazyLock::new(Api::default);

/// See [`crate::fuzzing::cursor`]: what is read as a position is written as the same one.
pub(crate) fn cursor(order: &str, cursor: &str) {
    let order = value(order).and_then(terms).unwrap_or_default();
    for shape in TYPES.iter() {
        let order = match order::read(shape, &order, &Sight::all()) {
            Ok(terms) if !terms.is_empty() => Order::new(terms),
            _ => Order::of_table(shape.table),
        };
        for cursor in [cursor.to_owned(), base64(cursor)] {
            match Position::decode(shape.table, &order, &cursor) {
                Ok(position) => {
                    let again = position.encode(shape.table, &order);
                    assert_eq!(Position::decode(shape.table, &order, &again).as_ref(), Ok(&position), "{again}");
                    page(shape, order.clone(), Some(position), None);
                }
                Err(reason) => is_told(reason),
            }
        }
    }
}

/// See [`crate::fuzzing::filter`]: what is read becomes a statement, for both engines.
pub(crate) fn filter(text: &str) {
    let Some(value) = value(text) else { return };
    for shape in TYPES.iter() {
        match &value {
            Value::List(orders) => match order::read(shape, orders, &Sight::all()) {
                Ok(terms) => page(shape, Order::new(terms), None, None),
                Err(error) => is_refused(&error),
            },
            filter => match filter::read(shape, filter, &Sight::all()) {
                Ok(predicate) => page(shape, Order::of_table(shape.table), None, Some(predicate)),
                Err(error) => is_refused(&error),
            },
        }
    }
}

/// See [`crate::fuzzing::plan`]: what the guard passes is validated, and what is valid is planned or not.
pub(crate) fn plan(text: &str) {
    let documents = Documents::new(0);
    let Ok(document) = documents.parse(text.to_owned(), &DocumentLimits::default()) else { return };
    let Some(operation) = document.operation(None) else { return };
    let variables = Map::new();
    let question = Question { document: &document, operation_name: None, variables: &variables, file: None };
    // Nothing that it does can wait for anything.
    let Some(Ok(())) = API.check(question).now_or_never() else { return };
    let asked = Asked { document: document.parsed(), operation, variables: &variables };
    let _ = Plan::of(asked, &Sight::all());
    if let Err(Some(error)) = Plan::of_table(asked, &Sight::all()) {
        is_refused(&error);
    }
}

/// A value as JSON has it, or else as a document does.
fn value(text: &str) -> Option<Value> {
    if let Ok(json) = serde_json::from_str(text) {
        return Value::from_json(json).ok();
    }
    let document = limits::parse(&format!("{{ a(b: {text}) }}"), &DocumentLimits::default()).ok()?;
    let DocumentOperations::Single(operation) = document.operations else { return None };
    let Selection::Field(field) = &operation.node.selection_set.node.items.first()?.node else { return None };
    let (_, value) = field.node.arguments.first()?;
    value.node.clone().into_const()
}

fn terms(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::List(terms) => Some(terms),
        _ => None,
    }
}

fn page(shape: &Shape, order: Order, after: Option<Position>, filter: Option<Predicate>) {
    let (order, filter) = (Arc::new(order), filter.map(Arc::new));
    page_statements(shape.table, &Page { rows: DEFAULT_ROWS, backward: false, after, before: None, filter, order });
}

fn is_refused(error: &Error) {
    assert!(!matches!(error, Error::Internal(_)), "{error:?}");
    is_told(&error.message());
}
