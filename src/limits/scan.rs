//! One pass over a document's text, before the parser sees it.
//!
//! This pass must read tokens exactly as async-graphql's parser does, not as the specification has it: where the two
//! differ, a document can show this pass one thing and the parser another. Every oddity here is one of that parser's.

use super::{DocumentLimits, Refusal, syntax, within};

/// A piece of the text that is not white space, comma or comment.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Name,
    Number,
    String,
    /// A string or block string that never ends.
    Unterminated,
    Other,
}

/// The tokens of a text, in order.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn skip_ignored(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            let rest = &self.text[self.at..];
            self.at += match byte {
                b' ' | b'\t' | b',' | b'\n' | b'\r' => 1,
                b'#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                _ if rest.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
                _ => return,
            };
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_ignored();
        let start = self.at;
        let rest = &self.text[start..];
        let bytes = rest.as_bytes();
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => (Kind::Close, 1),
            '"' if rest.starts_with("\"\"\"") => block_string(bytes),
            '"' => string(bytes),
            '_' | 'a'..='z' | 'A'..='Z' => (Kind::Name, name_length(bytes)),
            '-' | '0'..='9' => (Kind::Number, number_length(bytes)),
            '.' if rest.starts_with("...") => (Kind::Other, 3),
            other => (Kind::Other, other.len_utf8()),
        };
        self.at += length;
        Some(Token { kind, start, end: self.at })
    }
}

/// Checks the text's bytes, tokens and nesting, and gives the number of tokens.
pub(super) fn scan(text: &str, limits: &DocumentLimits) -> Result<usize, Refusal> {
    within("documentBytes", limits.bytes as u64, text.len() as u64)?;
    let (mut tokens, mut nesting) = (0_usize, 0_usize);
    for token in Tokens::of(text) {
        tokens += values(&text[token.start..token.end]);
        within("documentTokens", limits.tokens as u64, tokens as u64)?;
        match token.kind {
            Kind::Open => nesting += 1,
            Kind::Close => nesting = nesting.saturating_sub(1),
            // Not left to the parser: it takes a `"""` without an end for two strings, the empty one and one more, and so
            // reads brackets in what is all string here.
            Kind::Unterminated => return Err(syntax::unterminated(text, token)),
            Kind::Name | Kind::Number | Kind::String | Kind::Other => {}
        }
        within("documentNesting", limits.nesting as u64, nesting as u64)?;
    }
    Ok(tokens)
}

/// The most values that the parser makes of one token: `true`, `false` and `null` end for it wherever they end, so that
/// `[truefalse]` has two.
fn values(token: &str) -> usize {
    let mut rest = token;
    let mut count = 0;
    while let Some(after) = ["true", "false", "null"].iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after;
        count += 1;
    }
    count + usize::from(!rest.is_empty())
}

fn name_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// The length of the number that `bytes` begins with, or of its sign alone. Nothing need stand between two numbers:
/// `1-1` are two, and so are `00`, as a number has no leading zeros.
fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut end = sign + if bytes.get(sign) == Some(&b'0') { 1 } else { digits(sign) };
    if end == sign {
        return sign;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(exponent) > 0 {
            end = exponent + digits(exponent);
        }
    }
    end
}

fn string(bytes: &[u8]) -> (Kind, usize) {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return (Kind::String, at + 1),
            b'\n' | b'\r' => break,
            b'\\' if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => 2,
            _ => 1,
        };
    }
    (Kind::Unterminated, at)
}

fn block_string(bytes: &[u8]) -> (Kind, usize) {
    let mut at = 3;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"\"\"\"") {
            return (Kind::String, at + 3);
        }
        at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    (Kind::Unterminated, at)
}
