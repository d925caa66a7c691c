//! The form of an answer, by `?format=` in the URL or by `Accept`.

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};

use super::{
    answer::{Refused, is_utf8},
    status::Media,
};
use crate::error::{Code, shown};

/// What an answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON, as GraphQL over HTTP has it.
    Json(Media),
    /// The rows of the query's one list.
    Table(Format),
    /// One answer after the other, as events (`text/event-stream`).
    Events,
}

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-separated values (RFC 4180), with a byte order mark for Excel if that is asked for.
    Csv {
        /// Whether it begins with one.
        bom: bool,
    },
    /// A JSON object a line.
    Ndjson,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// How the names of such files end.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Csv { .. } => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl Form {
    /// The one that a request asks for: by `?format=`, otherwise by `Accept`.
    ///
    /// # Errors
    /// A format or a `bom` that is none, and an `Accept` that takes nothing there is.
    pub(super) fn of(request: &Request) -> Result<Self, Refused> {
        let (mut format, mut bom) = (None, false);
        for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("format", value) => format = Some(value.to_owned()),
                ("bom", "true" | "false") => bom = value == "true",
                ("bom", other) => {
                    return Err(Refused::bad(format!("`bom` is \"{}\", and may be `true` or `false`.", shown(other))));
                }
                _ => {}
            }
        }
        let accepted = Self::accepted(request.headers(), bom);
        match (format.as_deref(), accepted) {
            (Some("csv"), _) => Ok(Self::Table(Format::Csv { bom })),
            (Some("ndjson"), _) => Ok(Self::Table(Format::Ndjson)),
            (Some("xlsx"), _) => Ok(Self::Table(Format::Xlsx)),
            (Some("json"), Some(json @ Self::Json(_))) => Ok(json),
            (Some("json"), _) => Ok(Self::Json(Media::Json)),
            (Some(other), _) => {
                let message =
                    format!("`format` is \"{}\", and may be `json`, `csv`, `ndjson` or `xlsx`.", shown(other));
                Err(Refused::bad(message))
            }
            (None, Some(form)) => Ok(form),
            (None, None) => Err(Refused::new(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, NOT_ACCEPTABLE)),
        }
    }

    /// The one that the client takes, by its `Accept`; the older JSON where it does not say. `None` when it takes none.
    fn accepted(headers: &HeaderMap, bom: bool) -> Option<Self> {
        let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if values.peek().is_none() {
            return Some(Self::Json(Media::Json));
        }
        let mut best: Option<(f32, Self)> = None;
        for range in values.flat_map(|value| value.split(',')) {
            let (form, quality) = Self::of_range(range, bom);
            if let Some(form) = form.filter(|_| quality > 0.0 && best.is_none_or(|(other, _)| quality > other)) {
                best = Some((quality, form));
            }
        }
        best.map(|(_, form)| form)
    }

    fn of_range(range: &str, bom: bool) -> (Option<Self>, f32) {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Some(Self::Json(Media::Graphql)),
            "application/json" | "application/*" | "*/*" => Some(Self::Json(Media::Json)),
            "text/csv" | "text/*" => Some(Self::Table(Format::Csv { bom })),
            "text/event-stream" => Some(Self::Events),
            "application/x-ndjson" => Some(Self::Table(Format::Ndjson)),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Self::Table(Format::Xlsx)),
            _ => None,
        };
        let mut quality = 1.0;
        for parameter in parts {
            match parameter.split_once('=') {
                Some(("q", value)) => quality = value.parse().unwrap_or(0.0),
                Some((name, value)) if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return (None, 0.0),
                _ => {}
            }
        }
        (form, quality)
    }
}

const NOT_ACCEPTABLE: &str = "Answers are `application/graphql-response+json` or `application/json`, and those with one list \
    `text/csv`, `application/x-ndjson` or `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet` too; in UTF-8. \
    Subscriptions are `text/event-stream`.";
