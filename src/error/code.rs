//! The closed list of codes, and what clients are told of each: the table of `docs/CONTRACT.md` is written from it.

/// Declares the codes: what each means in its doc comment, its text, the statuses that it comes with, and a message as an example.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal, $status:literal, $example:literal;)+) => {
        /// The `extensions.code` of an error: a closed list, documented in `docs/CONTRACT.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[doc = $meaning])+ $name,)+ }

        impl Code {
            /// All of them, in the order in which they are documented.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means, in one or two sentences.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }

            /// The statuses that it comes with: where two stand around a stroke, the second is that of `application/json`.
            pub fn status(self) -> &'static str {
                match self { $(Self::$name => $status,)+ }
            }

            /// A message that it comes with.
            pub fn example(self) -> &'static str {
                match self { $(Self::$name => $example,)+ }
            }
        }
    };
}

codes! {
    /// The HTTP request is not one that GraphQL over HTTP allows.
    BadRequest = "BAD_REQUEST", "400, 405, 406, 415",
        "Batches are not answered: send one operation a request.";
    /// The document is not GraphQL.
    ParseFailed = "GRAPHQL_PARSE_FAILED", "400 / 200",
        "Unexpected end of the document, expected a field or a spread.";
    /// The document does not fit the schema, or its variables do not.
    ValidationFailed = "GRAPHQL_VALIDATION_FAILED", "400 / 200",
        "Unknown field \"nam\" on type \"City\". Did you mean \"name\"?";
    /// The document has no such operation, or several and none was named.
    OperationResolutionFailure = "OPERATION_RESOLUTION_FAILURE", "400 / 200",
        "The document has 2 operations: `operationName` must say which one to run.";
    /// No document is kept under this id or hash.
    PersistedNotFound = "PERSISTED_QUERY_NOT_FOUND", "400 / 200",
        "PersistedQueryNotFound";
    /// Only trusted documents are answered, and this is none.
    NotTrusted = "DOCUMENT_NOT_TRUSTED", "403",
        "Only trusted documents are answered here, and this is none of them: whoever runs the server chooses them.";
    /// An argument's value cannot be used.
    BadUserInput = "BAD_USER_INPUT", "200",
        "\"nonsense\" is not an id that this API gave.";
    /// `first` or `last` is above the maximum.
    PageSizeExceeded = "PAGE_SIZE_EXCEEDED", "200",
        "`first` is 201, and a page has at most 200 rows.";
    /// A cursor that this list did not give.
    InvalidCursor = "INVALID_CURSOR", "200",
        "`after` is not a cursor of this list: it is of another list.";
    /// The change feed has no token like this any more: it is too old, or of a history that was put back.
    Gap = "GAP", "200",
        "The changes behind this token are no longer kept. Take a new token by `changes` without `after`, copy the lists anew, and go on from that token.";
    /// Nothing has this key; or nothing is at this address.
    NotFound = "NOT_FOUND", "200, of a table 404; 404",
        "There is no ward with the code \"00000\".";
    /// A table is asked for, and the query has two lists.
    CsvAmbiguous = "CSV_AMBIGUOUS", "400",
        "A table has the rows of one list, and there are two: `wards` and `wards.nodes.teams`. Ask for one of them, or count the other by its `totalCount`.";
    /// A table is asked for, and the query has no list, two columns of one name, or a field that no column can show.
    NotATable = "NOT_A_TABLE", "400",
        "Two columns would be called `city.name`. Give one of the fields an alias.";
    /// The request is larger than a limit: the body; the document, or the answer's values; ids, filters, orders; a table's rows.
    LimitExceeded = "LIMIT_EXCEEDED", "413; 400 / 200; 200; 400",
        "The answer would have more than 500000 values. Ask for smaller pages, or for fewer levels at once.";
    /// The credential is none, or is not good: unknown, ended or revoked. `WWW-Authenticate` says so too.
    Unauthenticated = "UNAUTHENTICATED", "401",
        "The API key was revoked at 2026-11-25T10:00:00.000Z.";
    /// It needs a scope that the caller has not: `extensions.scope`.
    Forbidden = "FORBIDDEN", "200, of a table or a file 403",
        "`filter.members` needs a key with the scope `members:read`.";
    /// Personal data are asked for, and the header `X-Purpose` does not say what for.
    PurposeRequired = "PURPOSE_REQUIRED", "400 / 200",
        "Personal data are asked for: say what for in the header `X-Purpose`.";
    /// The budget of whoever asks is spent for now; `Retry-After` says how many seconds to wait.
    RateLimited = "RATE_LIMITED", "429",
        "The request may cost 105 points, and 20 of 3000 a minute are left. Try again in 2 s.";
    /// The request took longer than the time limit; or its body did not arrive.
    RequestTimeout = "REQUEST_TIMEOUT", "504; 408",
        "The request took longer than the 10 s that it may.";
    /// The server has more to do than it can: send it again after `Retry-After`.
    Overloaded = "OVERLOADED", "503",
        "The server is busy: 256 requests wait for their turn already, and no more may. Send it again in a second.";
    /// The database cannot be reached, or cannot be written, for the time being; or a credential cannot be checked. Send it again, later each time.
    Unavailable = "UNAVAILABLE", "200; 503",
        "The database cannot be written at the moment, and nothing was. What only reads is answered; send this again later.";
    /// Our fault. `extensions.requestId` is the id to tell us: the log has the cause under it.
    Internal = "INTERNAL_SERVER_ERROR", "200; 500",
        "Internal error. The request id of this answer leads to the cause in the server's log.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_closed_and_says_something_of_each() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} twice");
            assert!(text.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'_'), "{text}");
            for said in [code.meaning(), code.status(), code.example()] {
                assert!(!said.is_empty() && said.trim() == said && !said.contains(['\n', '|']), "{text}: {said}");
            }
            assert!(code.meaning().ends_with('.'), "{text}");
        }
    }
}
