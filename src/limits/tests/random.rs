use async_graphql::Value;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::limits::scan::scan;

/// What the parser made of a document: the fewest tokens that it can have been, and the brackets around the innermost.
fn made(document: &ExecutableDocument) -> (usize, usize) {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    total(operations.chain(fragments).map(made_of_selections))
}

fn made_of_selections(set: &SelectionSet) -> (usize, usize) {
    if set.items.is_empty() {
        return (0, 0);
    }
    in_brackets(total(set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let name = (1 + 2 * usize::from(field.node.alias.is_some()), 0);
            let selections = made_of_selections(&field.node.selection_set.node);
            total([name, made_of_arguments(&field.node), selections].into_iter())
        }
        Selection::InlineFragment(fragment) => {
            let dots = (1 + 2 * usize::from(fragment.node.type_condition.is_some()), 0);
            total([dots, made_of_selections(&fragment.node.selection_set.node)].into_iter())
        }
        Selection::FragmentSpread(_) => (2, 0),
    })))
}

fn made_of_arguments(field: &Field) -> (usize, usize) {
    if field.arguments.is_empty() {
        return (0, 0);
    }
    in_brackets(total(field.arguments.iter().map(|(_, value)| {
        // async-graphql exports only the type of constant values.
        let constant = value.node.clone().into_const_with(|_| Ok::<_, ()>(Value::Null));
        let (tokens, depth) = constant.map_or((0, 0), |value| made_of_value(&value));
        (2 + tokens, depth)
    })))
}

fn made_of_value(value: &Value) -> (usize, usize) {
    match value {
        Value::List(items) => in_brackets(total(items.iter().map(made_of_value))),
        Value::Object(fields) => in_brackets(total(fields.values().map(|value| {
            let (tokens, depth) = made_of_value(value);
            (2 + tokens, depth)
        }))),
        _ => (1, 0),
    }
}

fn in_brackets((tokens, depth): (usize, usize)) -> (usize, usize) {
    (tokens + 2, depth + 1)
}

fn total(parts: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    parts.fold((0, 0), |(tokens, depth), part| (tokens + part.0, depth.max(part.1)))
}

/// Pieces of documents, among them all that the scan and the parser could read differently.
const PIECES: [&str; 54] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "{a",
    "{a:",
    "(b:",
    "...",
    "...F",
    "... on T",
    "on",
    "fragment F on T",
    "query",
    "mutation Q",
    "subscription",
    "$v",
    "$v:T",
    "=",
    ":",
    "!",
    "@d",
    "&",
    "|",
    ".",
    "-",
    "+",
    "a",
    "a:",
    "b: 1",
    "0",
    "1",
    "-1",
    "1.5",
    "1e",
    "e9",
    "true",
    "false",
    "null",
    "nullable",
    "_",
    "\"",
    "\"\"\"",
    "\\",
    "\\\"",
    "\\\"\"\"",
    "\\u00e9",
    "#",
    "\n",
    "\r",
    " ",
    ",",
    "é",
];

fn pieces(most: usize) -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..most).prop_map(|pieces| pieces.concat())
}

const FRAMES: [(&str, &str); 6] =
    [("{a(b:[", "])}"), ("{a(b:{c:", "})}"), ("{a ", "}"), ("query Q", "{a}"), ("{a}", ""), ("{a(b:\"", "\")}")];

/// Documents that are wrong in one place at most, so that many of them parse.
fn nearly_right() -> impl Strategy<Value = String> {
    let parts = (select(&FRAMES[..]), pieces(8), 1..6_usize);
    parts.prop_map(|((before, after), inside, times)| format!("{before}{}{after}", inside.repeat(times)))
}

fn check_parse(text: &str) -> Result<(), TestCaseError> {
    let limits = DocumentLimits { tokens: 40, nesting: 8, ..ROOMY };
    match parse(text, &limits) {
        Ok(document) => {
            let counted = scan(text, &limits).unwrap_or(0);
            let (tokens, depth) = made(&document);
            prop_assert!((tokens..=40).contains(&counted), "{tokens} tokens made of {counted}");
            prop_assert!(depth <= 8, "{depth} deep");
        }
        Err(Refusal::Syntax { message, line, column }) => {
            prop_assert!(line > 0 && column > 0 && line <= text.lines().count() + 1);
            prop_assert!(!message.contains(char::is_control) && message.len() < 400, "{message}");
        }
        Err(_) => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        check_parse(&text)?;
    }

    #[test]
    fn any_pieces_are_parsed_or_refused(text in pieces(60)) {
        check_parse(&text)?;
    }

    #[test]
    fn what_parses_is_no_more_than_was_counted(text in nearly_right()) {
        check_parse(&text)?;
    }
}
