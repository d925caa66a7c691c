//! Syntax errors in plain words: the parser's own are drawn over several lines and name its grammar's rules.

use async_graphql::parser::{Error, Pos};

use super::{
    Refusal,
    scan::{Kind, Token, Tokens},
};

/// The parser's own limit on selections inside selections, reached only where [`super::DocumentLimits`] allow more.
const PARSER_NESTING: u64 = 64;

/// The most characters of the text that a message repeats.
const SHOWN: usize = 40;

/// The refusal of a string that never ends.
pub(super) fn unterminated(text: &str, token: Token) -> Refusal {
    let what = if text[token.start..].starts_with("\"\"\"") { "block string" } else { "string" };
    refuse(position(text, token.start), format!("This {what} has no end."))
}

/// The refusal of what the parser did not accept.
pub(super) fn refusal(text: &str, error: &Error) -> Refusal {
    let at = error.positions().next().unwrap_or(Pos { line: 1, column: 1 });
    let message = match error {
        Error::Syntax { message, .. } => return unexpected(text, offset(text, at), message),
        Error::RecursionLimitExceeded => {
            return Refusal::Limit { name: "documentNesting", limit: PARSER_NESTING, actual: PARSER_NESTING + 1 };
        }
        Error::MultipleOperations { .. } => "An operation without a name must be the only one in its document.".into(),
        Error::OperationDuplicated { operation, .. } => {
            format!("There are two operations with the name \"{operation}\".")
        }
        Error::FragmentDuplicated { fragment, .. } => format!("There are two fragments with the name \"{fragment}\"."),
        Error::MissingOperation => "The document has no operation.".into(),
        other => format!("The document cannot be read: {other}."),
    };
    refuse(at, message)
}

/// The refusal of the token at `offset`, or of the next one.
fn unexpected(text: &str, offset: usize, cause: &str) -> Refusal {
    let expected = expected(cause);
    let Some(token) = Tokens::of(text).find(|token| token.end > offset) else {
        return refuse(position(text, text.len()), format!("Unexpected end of the document{expected}."));
    };
    let shown = shown(&text[token.start..]);
    let message = match token.kind {
        // A whole string is always a value, and one that no value could be made of has a bad escape.
        Kind::String if expected.contains("value") => format!("The string {shown} has an escape that is not allowed."),
        Kind::Number if cause.starts_with("invalid number") => format!("The number {shown} is out of range."),
        _ => format!("Unexpected {shown}{expected}."),
    };
    refuse(position(text, token.start), message)
}

/// What the parser says it expected, in plain words and ready to be appended. Empty if it does not say.
fn expected(cause: &str) -> String {
    let last_line = cause.lines().last().unwrap_or_default();
    let Some(rules) = last_line.trim_start().strip_prefix("= expected ") else {
        return String::new();
    };
    let words: Vec<_> = rules.split_inclusive([' ', ',']).map(plain).collect();
    format!(", expected {}", words.concat())
}

/// One word of the parser's list of rules. Words that are no rule (`or`) stay.
fn plain(word: &str) -> String {
    let rule = word.trim_end_matches([' ', ',']);
    let plain = match rule {
        "EOI" => "the end of the document",
        "executable_definition" => "an operation or a fragment",
        "selection_set" => "\"{\"",
        "selection" => "a field or a spread",
        "name" => "a name",
        "alias" => "an alias",
        "arguments" => "\"(\"",
        "argument" => "an argument",
        "directive" => "a directive",
        "variable_definitions" => "\"(\"",
        "variable_definition" | "variable" => "a variable",
        "type_" => "a type",
        "type_condition" => "\"on\" and a type",
        "default_value" => "\"=\"",
        "value" | "const_value" => "a value",
        "object_field" | "const_object_field" => "a field of an object",
        other => other,
    };
    format!("{plain}{}", &word[rule.len()..])
}

/// The token that `rest` begins with, quoted and cut to one short line.
fn shown(rest: &str) -> String {
    let Some(token) = Tokens::of(rest).next() else {
        return String::new();
    };
    // The letters after a number are part of what a reader sees as wrong.
    let after = &rest[token.end..];
    let more = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
    let whole = &rest[..token.end + if token.kind == Kind::Number { more } else { 0 }];
    let mut short: String = whole.chars().take_while(|c| !matches!(c, '\n' | '\r')).take(SHOWN).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    let short = short.replace(char::is_control, "\u{fffd}");
    if token.kind == Kind::String { short } else { format!("\"{short}\"") }
}

/// The byte at a line and column, as the parser counts them.
fn offset(text: &str, at: Pos) -> usize {
    let line: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    let column = text[line..].char_indices().nth(at.column - 1);
    column.map_or(text.len(), |(column, _)| line + column)
}

/// The line and column of a byte, counted as validation counts them.
fn position(text: &str, offset: usize) -> Pos {
    let before = &text[..offset];
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    Pos { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
}

fn refuse(at: Pos, message: String) -> Refusal {
    Refusal::Syntax { message, line: at.line, column: at.column }
}
