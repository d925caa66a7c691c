//! Which status and which media type tell what became of a request. Decided here and nowhere else.

use axum::http::{HeaderValue, StatusCode};

/// By which text of GraphQL over HTTP an answer has its status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statuses {
    /// As the audits of `graphql-http` want them: 400 for whatever is not run, 200 for whatever has data.
    #[default]
    Audited,
    /// As the draft of 2026 has them: 422 for what can be read and not run, 294 for data with errors, and the same under
    /// `application/json`.
    Draft2026,
}

/// The media types that an answer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the document was run.
    Graphql,
    /// `application/json`: the older way, where by the audits a document that is not run is a 200 too.
    Json,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was run: data, and no errors.
    Whole,
    /// It was run: errors too, and data, be they null.
    Partial,
    /// The text of its document is not GraphQL.
    Unparsed,
    /// The document, or its variables, cannot be run.
    Invalid,
    /// The request can be read, and is none of GraphQL over HTTP.
    Malformed,
    /// What HTTP itself has a status for.
    Http(StatusCode),
}

/// How answers are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// The media type that the client takes.
    pub(super) media: Media,
    /// Where the status comes from.
    pub(super) statuses: Statuses,
}

impl Manner {
    /// For answers that do not depend on what a client says: 404, and what comes of a panic.
    pub(super) const PLAIN: Self = Self { media: Media::Json, statuses: Statuses::Audited };

    /// The status.
    pub(super) fn status(self, outcome: Outcome) -> StatusCode {
        match self.statuses {
            Statuses::Audited => self.audited(outcome),
            Statuses::Draft2026 => drafted(outcome),
        }
    }

    fn audited(self, outcome: Outcome) -> StatusCode {
        match outcome {
            Outcome::Whole | Outcome::Partial => StatusCode::OK,
            Outcome::Unparsed | Outcome::Invalid if self.media == Media::Json => StatusCode::OK,
            Outcome::Unparsed | Outcome::Invalid | Outcome::Malformed => StatusCode::BAD_REQUEST,
            Outcome::Http(status) => status,
        }
    }

    /// The media type of an answer with this status.
    pub(super) fn content_type(self, status: StatusCode) -> HeaderValue {
        // The draft: what fails says that it is an answer of GraphQL and not of some server on the way.
        let named = self.statuses == Statuses::Draft2026 && !status.is_success();
        HeaderValue::from_static(match self.media {
            Media::Json if !named => "application/json; charset=utf-8",
            _ => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// The section "Status Codes" of the draft.
fn drafted(outcome: Outcome) -> StatusCode {
    /// "Partial Success", which the draft defines and HTTP does not know.
    const PARTIAL_SUCCESS: u16 = 294;
    match outcome {
        Outcome::Whole => StatusCode::OK,
        Outcome::Partial => StatusCode::from_u16(PARTIAL_SUCCESS).unwrap_or(StatusCode::OK),
        Outcome::Unparsed => StatusCode::BAD_REQUEST,
        Outcome::Invalid | Outcome::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
        Outcome::Http(status) => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_its_status() {
        let cases = [
            (Outcome::Whole, [200, 200, 200, 200]),
            (Outcome::Partial, [200, 200, 294, 294]),
            (Outcome::Unparsed, [400, 200, 400, 400]),
            (Outcome::Invalid, [400, 200, 422, 422]),
            (Outcome::Malformed, [400, 400, 422, 422]),
            (Outcome::Http(StatusCode::PAYLOAD_TOO_LARGE), [413, 413, 413, 413]),
        ];
        let manners = [
            (Media::Graphql, Statuses::Audited),
            (Media::Json, Statuses::Audited),
            (Media::Graphql, Statuses::Draft2026),
            (Media::Json, Statuses::Draft2026),
        ];
        for (outcome, expected) in cases {
            let statuses = manners.map(|(media, statuses)| Manner { media, statuses }.status(outcome).as_u16());
            assert_eq!(statuses, expected, "{outcome:?}");
        }
    }

    #[test]
    fn what_fails_by_the_draft_says_that_it_is_graphql() {
        let named = |media, statuses, status: u16| {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            let content_type = Manner { media, statuses }.content_type(status);
            content_type == "application/graphql-response+json; charset=utf-8"
        };
        assert!(!named(Media::Json, Statuses::Audited, 400));
        assert!(!named(Media::Json, Statuses::Draft2026, 200));
        assert!(!named(Media::Json, Statuses::Draft2026, 294));
        assert!(named(Media::Json, Statuses::Draft2026, 422));
        assert!(named(Media::Graphql, Statuses::Audited, 200));
    }
}
