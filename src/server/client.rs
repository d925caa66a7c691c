//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, request::Parts},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// On a request that came through a proxy of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forwarded;

/// The address of the client: the other end of the connection or, where a proxy is trusted, the last address in
/// `X-Forwarded-For`, which is the one that the proxy has written itself. A request that came by no connection is ours.
pub fn client_address(parts: &Parts) -> IpAddr {
    let extensions = &parts.extensions;
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let forwarded = extensions.get::<Forwarded>().and_then(|Forwarded| forwarded(&parts.headers));
    // An IPv4 address in IPv6 is the same address.
    forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_canonical()
}

/// The last address of the header, with a port or without.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(X_FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|last| last.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};

    use super::*;

    fn address(peer: Option<&str>, trusted: bool, headers: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
        if let Some(peer) = peer.and_then(|peer| peer.parse::<SocketAddr>().ok()) {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        if trusted {
            request.extensions_mut().insert(Forwarded);
        }
        for value in headers {
            if let Ok(value) = value.parse() {
                request.headers_mut().append(X_FORWARDED_FOR, value);
            }
        }
        client_address(&request.into_parts().0).to_string()
    }

    #[test]
    fn a_client_is_the_other_end_unless_a_proxy_is_trusted() {
        let proxy = Some("10.0.0.1:4711");
        let cases: [(Option<&str>, bool, &[&str], &str); 12] = [
            (None, false, &[], "127.0.0.1"),
            (proxy, false, &[], "10.0.0.1"),
            (proxy, false, &["203.0.113.7"], "10.0.0.1"),
            (proxy, true, &[], "10.0.0.1"),
            (proxy, true, &["203.0.113.7"], "203.0.113.7"),
            (proxy, true, &["192.0.2.1, 203.0.113.7"], "203.0.113.7"),
            (proxy, true, &["192.0.2.1", "203.0.113.7:1234"], "203.0.113.7"),
            (proxy, true, &["2001:db8::1"], "2001:db8::1"),
            (proxy, true, &["[2001:db8::1]:443"], "2001:db8::1"),
            (proxy, true, &["[2001:db8::1]"], "2001:db8::1"),
            (proxy, true, &["203.0.113.7, nonsense"], "10.0.0.1"),
            (Some("[::ffff:203.0.113.7]:1"), false, &[], "203.0.113.7"),
        ];
        for (peer, trusted, headers, expected) in cases {
            assert_eq!(address(peer, trusted, headers), expected, "{peer:?} {trusted} {headers:?}");
        }
    }
}
