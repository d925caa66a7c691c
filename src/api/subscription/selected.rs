//! Which field a subscription selects, and the query that is meant by `live`.

use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Field, OperationType, Selection};

use crate::{
    api::{Document, Question},
    error::Error,
    limits::{DocumentLimits, Refusal},
};

/// What a subscription selects.
#[derive(Clone, Debug)]
pub enum Selected {
    /// `changes`.
    Changes,
    /// `live`: this query, whose answer stands under this name.
    Live {
        /// The query.
        query: Arc<Document>,
        /// The name.
        key: String,
    },
}

const ONE_FIELD: &str =
    "A subscription selects one field, `changes` or `live`, without fragments around it, `@skip` or `@include`.";

impl Selected {
    /// What the subscription in question selects.
    ///
    /// # Errors
    /// It selects several fields, or none of them for certain; the query that is meant by `live` passes a limit.
    pub fn of(question: Question<'_>, limits: &DocumentLimits) -> Result<Self, NotSelected> {
        let document = question.document;
        let operation = document.operation(question.operation_name).ok_or_else(NotSelected::one)?;
        let field = match operation.selection_set.node.items.as_slice() {
            [only] => match &only.node {
                Selection::Field(field) if field.node.directives.is_empty() => &field.node,
                _ => return Err(NotSelected::one()),
            },
            _ => return Err(NotSelected::one()),
        };
        match field.name.node.as_str() {
            "changes" => Ok(Self::Changes),
            "live" => {
                let query = document.live(question.operation_name, limits, |parsed| meant(parsed, question, field))?;
                Ok(Self::Live { query, key: field.response_key().node.to_string() })
            }
            _ => Err(NotSelected::one()),
        }
    }
}

/// Why it cannot be told what a subscription selects.
#[derive(Debug)]
pub enum NotSelected {
    /// For a reason that stands in the document.
    Field(Error),
    /// The query passes a limit.
    Limit(Refusal),
}

impl NotSelected {
    fn one() -> Self {
        Self::Field(Error::BadInput(ONE_FIELD.to_owned()))
    }
}

impl From<Refusal> for NotSelected {
    fn from(refusal: Refusal) -> Self {
        Self::Limit(refusal)
    }
}

/// The document with the query that is meant in place of the subscription.
fn meant(document: &ExecutableDocument, question: Question<'_>, live: &Field) -> ExecutableDocument {
    let mut document = document.clone();
    let operation = match (&mut document.operations, question.operation_name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    if let Some(operation) = operation {
        operation.node.ty = OperationType::Query;
        operation.node.selection_set = live.selection_set.clone();
    }
    document
}
