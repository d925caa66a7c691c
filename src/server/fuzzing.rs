//! What is fuzzed of this module: see [`crate::fuzzing`].

use axum::{
    body::Body,
    http::{HeaderValue, Request, Uri, header},
};

use super::{
    accept::Form,
    answer::Refused,
    request::{GraphqlRequest, Sent},
    status::Manner,
};

/// See [`crate::fuzzing::request`]: whatever is not read is the client's fault.
pub(crate) fn request(query: &[u8], accept: &[u8], body: &[u8]) {
    is_read_or_refused(Sent::from_body(body, 20));
    let uri = Uri::try_from([b"/graphql?", query].concat());
    let (Ok(uri), Ok(accept)) = (uri, HeaderValue::from_bytes(accept)) else { return };
    let Ok(request) = Request::get(uri).header(header::ACCEPT, accept).body(Body::empty()) else { return };
    is_read_or_refused(Form::of(&request));
    is_read_or_refused(GraphqlRequest::from_url(&request.into_parts().0));
}

fn is_read_or_refused<T>(read: Result<T, Refused>) {
    if let Err(refused) = read {
        let status = refused.into_response(Manner::PLAIN).status();
        assert!(status.is_client_error(), "{status}");
    }
}
