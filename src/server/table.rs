//! Answers as tables: sent page by page while they are read, or, where the format does not allow that, from a file.

mod lines;
mod xlsx;

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::Arc,
    time::Instant,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use futures_util::{
    Stream,
    stream::{self, try_unfold},
};

use super::{
    App,
    accept::Format,
    answer::{Refused, instead},
    bill::charge,
    caching::VARY,
    graphql::note,
};
use crate::{
    api::{Dearest, Estimate, PAGE, Question, Row, Table, price},
    auth::Viewer,
    budget::Payer,
    error::Error,
};
use lines::Lines;
pub(super) use xlsx::MAX_TEXT;
use xlsx::Sheet;

/// How a client wants its table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// What it is written as.
    pub(super) format: Format,
    /// Whether it may be compressed on the way.
    pub(super) gzip: bool,
    /// Whether there is to be a body at all.
    pub(super) body: bool,
    /// The id of the request.
    pub(super) id: &'a str,
}

/// Answers a query as a table. What is wrong before the first row is told in JSON; what goes wrong later breaks the answer
/// off, so that no client takes it for whole.
///
/// # Errors
/// What is wrong.
pub(super) async fn answer(
    app: &Arc<App>,
    question: Question<'_>,
    viewer: Arc<Viewer>,
    wanted: Wanted<'_>,
    payer: Payer,
) -> Result<Response, Refused> {
    let scans = app.api.estimate(question).scans;
    let charge = charge(app, &payer, price(PAGE.into(), scans), None)?;
    let opened = async {
        // For its beginning only: what is under way is not broken off because others come.
        let _turn = app.turns.take().await?;
        Ok::<_, Refused>(app.api.table(question, &viewer, &app.store, most(app, wanted)).await)
    };
    let opened = tokio::time::timeout(app.settings.timeout, opened).await;
    let opened = opened.map_err(|_| Refused::slow(app.settings.timeout))??;
    charge.settle(price(opened.as_ref().map_or(0, |table| table.ready() as u64), scans));
    let table = opened.map_err(|response| instead(response.errors, wanted.id))?;
    let name = question.name().unwrap_or(table.name()).to_owned();
    let (app, id, operation) = (app.clone(), wanted.id.to_owned(), question.document.hash());
    let pages = Pages { paid: table.ready(), app, table, viewer, operation, payer, id, rows: 0, began: Instant::now() };
    let mut response = pages.response(wanted, &name).await.map_err(|failed| failed.refused(wanted.id))?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(wanted.format.content_type()));
    headers.insert(header::VARY, VARY);
    let disposition = format!("attachment; filename=\"{name}.{}\"", wanted.format.extension());
    // Names of GraphQL are letters, digits and `_`.
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// What a table may come to: as many rows as are asked for, or may be sent.
///
/// # Errors
/// What is wrong.
pub(super) async fn estimate(
    app: &App,
    question: Question<'_>,
    viewer: &Viewer,
    wanted: Wanted<'_>,
) -> Result<Estimate, Refused> {
    let rows = app.api.table_rows(question, viewer, most(app, wanted)).await;
    let nodes = rows.map_err(|response| instead(response.errors, wanted.id))?.into();
    let estimate = app.api.estimate(question);
    let dearest = estimate.dearest.clone().map(|dearest| Dearest { nodes, ..dearest });
    Ok(Estimate { nodes, scans: estimate.scans, dearest })
}

/// The most rows that a table may have.
fn most(app: &App, wanted: Wanted<'_>) -> u32 {
    match wanted.format {
        Format::Xlsx => app.settings.table_rows.min(xlsx::MAX_ROWS),
        Format::Csv { .. } | Format::Ndjson => app.settings.table_rows,
    }
}

/// Why a table comes to no end.
enum Failed {
    Error(Error),
    /// A page took longer than a request may.
    Slow(std::time::Duration),
}

impl Failed {
    fn refused(self, id: &str) -> Refused {
        match self {
            Self::Error(error) => instead(vec![error.alone()], id),
            Self::Slow(limit) => Refused::slow(limit),
        }
    }

    /// Logs why what was begun is broken off, and breaks it off.
    fn break_off(self, id: &str) -> io::Error {
        let cause = match self {
            Self::Error(error) => error.cause().map_or_else(|| error.message(), str::to_owned),
            Self::Slow(limit) => format!("a page took longer than {} s", limit.as_secs()),
        };
        tracing::warn!(id, cause, "a table was broken off");
        io::Error::other(cause)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The pages of a table that is being sent.
struct Pages {
    app: Arc<App>,
    table: Table,
    viewer: Arc<Viewer>,
    /// The hash of the document.
    operation: String,
    payer: Payer,
    id: String,
    /// Rows that were handed over.
    rows: usize,
    /// Rows that were paid.
    paid: usize,
    began: Instant,
}

impl Pages {
    /// The next rows; each page may take as long as a request, and is sent once the budget of who asks has the points.
    async fn next(&mut self) -> Result<Option<Vec<Row>>, Failed> {
        let limit = self.app.settings.timeout;
        let page = tokio::time::timeout(limit, self.table.next(&self.app.store)).await;
        let page = page.map_err(|_| Failed::Slow(limit))??;
        if let Some(shown) = page.as_ref().and_then(|page| page.shown.as_ref()) {
            note(&self.app, &self.operation, &self.viewer, shown).await?;
        }
        let page = page.map(|page| page.rows);
        match &page {
            Some(rows) => {
                self.rows += rows.len();
                let due = price(self.rows as u64, 0).saturating_sub(price(self.paid as u64, 0));
                self.app.budgets.charge_in_time(&self.payer, due).await;
                self.paid = self.paid.max(self.rows);
            }
            None => {
                let ms = self.began.elapsed().as_secs_f64() * 1e3;
                tracing::info!(rows = self.rows, ms, id = self.id, "a table was read");
            }
        }
        Ok(page)
    }

    /// The body, with the headers that belong to it.
    async fn response(self, wanted: Wanted<'_>, title: &str) -> Result<Response, Failed> {
        if !wanted.body {
            // Its length would be known only once it is made.
            return Ok(Response::new(Body::from_stream(stream::empty::<io::Result<Bytes>>())));
        }
        let (lines, head) = match wanted.format {
            Format::Csv { bom } => Lines::csv(self.table.names(), bom).map_err(Error::internal)?,
            Format::Ndjson => (Lines::ndjson(self.table.names()), Vec::new()),
            Format::Xlsx => return self.file(title).await,
        };
        Ok(self.lines(lines, head, wanted.gzip))
    }

    /// A body that reads each page when the client has taken the one before.
    fn lines(self, lines: Lines, head: Vec<u8>, gzip: bool) -> Response {
        let body = try_unfold(Some((self, Coder::new(gzip), head)), move |state| {
            let lines = lines.clone();
            async move {
                let Some((mut pages, mut coder, mut bytes)) = state else { return Ok(None) };
                let rows = pages.next().await.map_err(|failed| failed.break_off(&pages.id))?;
                let Some(rows) = rows else { return coder.end().map(|bytes| Some((bytes, None))) };
                bytes.extend(lines.write(&rows)?);
                let sent = coder.code(bytes)?;
                Ok::<_, io::Error>(Some((sent, Some((pages, coder, Vec::new())))))
            }
        });
        let mut response = Response::new(Body::from_stream(body));
        if gzip {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// A body from a file that is written first.
    async fn file(mut self, title: &str) -> Result<Response, Failed> {
        let names: Vec<String> = self.table.names().map(str::to_owned).collect();
        let title = title.to_owned();
        let mut sheet = aside(move || Sheet::new(&title, &names)).await?;
        while let Some(rows) = self.next().await? {
            sheet = aside(move || sheet.add(&rows).map(|()| sheet)).await?;
        }
        let (file, length) = aside(move || sheet.finish()).await?;
        let mut response = Response::new(Body::from_stream(chunks(file)));
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        Ok(response)
    }
}

/// Does what would keep other requests waiting where it keeps none.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Failed> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Error::internal)??)
}

/// A file, bit by bit.
fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    const CHUNK: usize = 65_536;
    try_unfold(file, async |mut file| {
        let read = move || {
            let mut bytes = vec![0; CHUNK];
            let length = file.read(&mut bytes)?;
            bytes.truncate(length);
            Ok((length > 0).then_some((Bytes::from(bytes), file)))
        };
        tokio::task::spawn_blocking(read).await?
    })
}

/// How bytes are sent.
enum Coder {
    Plain,
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Coder {
    fn new(gzip: bool) -> Self {
        match gzip {
            true => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::fast()))),
            false => Self::Plain,
        }
    }

    /// What to send of these.
    fn code(&mut self, bytes: Vec<u8>) -> io::Result<Bytes> {
        match self {
            Self::Plain => Ok(bytes.into()),
            Self::Gzip(encoder) => {
                encoder.write_all(&bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()).into())
            }
        }
    }

    /// What to send at last.
    fn end(self) -> io::Result<Bytes> {
        match self {
            Self::Plain => Ok(Bytes::new()),
            Self::Gzip(encoder) => encoder.finish().map(Bytes::from),
        }
    }
}
