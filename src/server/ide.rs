//! GraphiQL, built by `make web` and embedded: no request leaves for another host.

#[cfg(feature = "ide")]
pub(super) use within::{file, page};
#[cfg(not(feature = "ide"))]
pub(super) use without::{file, page};

#[cfg(feature = "ide")]
mod within {
    use axum::{
        body::Body,
        extract::Path,
        http::{HeaderMap, HeaderValue, StatusCode, header},
        response::{IntoResponse, Response},
    };
    use rust_embed::RustEmbed;

    use crate::{error::Code, server::answer::plain_error};

    /// What `vite build` wrote, each text file with a smaller one in brotli beside it.
    #[derive(RustEmbed)]
    #[folder = "web/dist"]
    struct Files;

    /// Only our own scripts and our own server; the editor's workers are made from blobs, and it sets styles in place.
    const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; \
        style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// The page.
    pub(crate) async fn page(headers: HeaderMap) -> Response {
        serve("index.html", &headers)
    }

    /// Its scripts, styles and fonts.
    pub(crate) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
        serve(&path, &headers)
    }

    fn serve(path: &str, request: &HeaderMap) -> Response {
        let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let brotli = accepted.split(',').any(|coding| coding.trim() == "br");
        let small = brotli.then(|| Files::get(&format!("{path}.br"))).flatten();
        let encoded = small.is_some();
        let Some(found) = small.or_else(|| Files::get(path)) else {
            return plain_error(StatusCode::NOT_FOUND, Code::NotFound, "There is no such file.");
        };
        let mut response = Body::from(found.data.into_owned()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The names of assets change with their content; the page that names them must be asked for anew.
        let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        if encoded {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }

    fn content_type(path: &str) -> &'static str {
        match path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "ttf" => "font/ttf",
            "woff2" => "font/woff2",
            "md" | "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

#[cfg(not(feature = "ide"))]
mod without {
    use axum::{http::StatusCode, response::Response};

    use crate::{error::Code, server::answer::plain_error};

    const MISSING: &str = "This build has no GraphiQL: `make serve` builds one that has. The API is at /graphql.";

    /// Says what is missing.
    pub(crate) async fn page() -> Response {
        plain_error(StatusCode::NOT_FOUND, Code::NotFound, MISSING)
    }

    /// Says what is missing.
    pub(crate) async fn file() -> Response {
        page().await
    }
}
