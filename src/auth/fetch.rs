//! Documents of an issuer, by HTTPS; by plain HTTP from this machine only, for a key that somebody else can change on its way
//! proves nothing.

use std::{fmt, io, time::Duration};

use axum::{
    body::Bytes,
    http::{Request, Uri, header, uri::Scheme},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// How long a document may take, from the look-up of the host's name to its last byte.
const WITHIN: Duration = Duration::from_secs(5);
/// The largest document.
const MAX_BYTES: usize = 262_144;

/// Gets documents.
pub(super) struct Fetcher {
    plain: Client<HttpConnector, Empty<Bytes>>,
    secure: io::Result<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

impl Fetcher {
    /// One that trusts whom this machine trusts.
    pub(super) fn new() -> Self {
        let client = Client::builder(TokioExecutor::new());
        let secure = HttpsConnectorBuilder::new().with_native_roots();
        let secure = secure.map(|trusting| client.build(trusting.https_only().enable_http1().build()));
        Self { plain: client.build(HttpConnector::new()), secure }
    }

    /// Whether it can fetch anything from this address.
    ///
    /// # Errors
    /// The machine has no certificates to trust by, and the address needs them.
    pub(super) fn can_fetch(&self, address: &Uri) -> Result<(), String> {
        match &self.secure {
            Err(error) if address.scheme() == Some(&Scheme::HTTPS) => {
                Err(format!("this machine has no certificates to trust {address} by: {error}"))
            }
            _ => Ok(()),
        }
    }

    /// The JSON at an address. Redirections are not followed.
    ///
    /// # Errors
    /// Why there is none, for the log.
    pub(super) async fn json(&self, address: &Uri) -> Result<Value, String> {
        match tokio::time::timeout(WITHIN, self.get(address)).await {
            Ok(document) => document.map_err(|cause| format!("{address}: {cause}")),
            Err(_) => Err(format!("{address}: it took longer than {} s", WITHIN.as_secs())),
        }
    }

    async fn get(&self, address: &Uri) -> Result<Value, String> {
        self.can_fetch(address)?;
        let request = Request::get(address).header(header::ACCEPT, "application/json").body(Empty::new());
        let request = request.map_err(told)?;
        let response = match &self.secure {
            Ok(secure) if address.scheme() == Some(&Scheme::HTTPS) => secure.request(request).await,
            _ => self.plain.request(request).await,
        };
        let response = response.map_err(|error| causes(&error))?;
        if !response.status().is_success() {
            return Err(format!("the answer is {}", response.status()));
        }
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await.map_err(told)?;
        serde_json::from_slice(&body.to_bytes()).map_err(told)
    }
}

fn told(error: impl fmt::Display) -> String {
    error.to_string()
}

/// An error with what caused it, which the client's own text leaves out.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Reads an address that keys may be fetched from.
///
/// # Errors
/// What is no address of HTTPS, nor of HTTP on this machine.
pub(super) fn address(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| format!("{text} is not a URL"))?;
    let here = |host: &str| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(uri),
        (Some("http"), Some(host)) if here(host) => Ok(uri),
        _ => Err(format!("{text} must begin with https:// (http:// only for this machine)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_by_https_or_from_this_machine() {
        for good in ["https://id.example/a", "http://127.0.0.1:9/x", "http://[::1]:9/x", "http://localhost/x"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["http://id.example/a", "http://127.0.0.1.example/", "ftp://x/", "id.example", "/a", ""] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
