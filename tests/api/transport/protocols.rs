//! HTTP/1.1 and HTTP/2 on one port, who asks, and the end of the server.

use antq::server::Transport;
use axum::http::{Request, Version};
use tokio::io::AsyncWriteExt;

use super::{News, PATIENT, Server, answer, ask, ended, head_of, patiently, send};

async fn body(mut body: h2::RecvStream) -> String {
    let mut bytes = Vec::new();
    while let Some(piece) = patiently(body.data()).await {
        let piece = piece.unwrap();
        body.flow_control().release_capacity(piece.len()).unwrap();
        bytes.extend(piece);
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn both_protocols_are_spoken_on_one_port() {
    let server = Server::with_times(PATIENT).await;
    let mut stream = server.connect().await;
    assert_eq!(ask(&mut stream, "/who").await.1, "127.0.0.1 HTTP/1.1");
    let (client, connection) = h2::client::handshake(server.connect().await).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    // At the same time.
    let asked: Vec<_> =
        (0..20).map(|_| client.send_request(Request::get("http://x/who").body(()).unwrap(), true).unwrap().0).collect();
    for answer in asked {
        let answer = patiently(answer).await.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
        assert_eq!(body(answer.into_body()).await, "127.0.0.1 HTTP/2.0");
    }
    drop((stream, client));
    server.stops().await;
}

#[tokio::test]
async fn a_body_goes_there_and_back_in_one_piece() {
    let server = Server::with_times(PATIENT).await;
    // Below, at and above a piece, and many of them.
    for length in [0, 1, 16_383, 16_384, 16_385, 32_768, 1_000_000] {
        let text = "abcdefghijk".repeat(length / 11 + 1)[..length].to_owned();
        let (mut read, mut write) = tokio::io::split(server.connect().await);
        let sent = text.clone();
        let sending = tokio::spawn(async move {
            let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
            write.write_all((head + &sent).as_bytes()).await.unwrap();
            write
        });
        assert!(answer(&mut read).await.1 == text, "{length}");
        drop(sending.await.unwrap());

        let (client, connection) = h2::client::handshake(server.connect().await).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let (answer, mut sending) = client.send_request(Request::post("http://x/").body(()).unwrap(), false).unwrap();
        sending.send_data(text.clone().into(), true).unwrap();
        assert!(body(patiently(answer).await.unwrap().into_body()).await == text, "{length}");
    }
    server.stops().await;
}

#[tokio::test]
async fn a_proxy_says_who_asks_if_it_is_trusted() {
    for (trust_forwarded, address) in [(false, "127.0.0.1"), (true, "203.0.113.7")] {
        let server = Server::new(Transport { trust_forwarded, times: PATIENT, ..Transport::default() }).await;
        let mut stream = server.connect().await;
        send(&mut stream, "GET /who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1, 203.0.113.7\r\n\r\n").await;
        assert_eq!(answer(&mut stream).await.1, format!("{address} HTTP/1.1"));
        drop(stream);
        server.stops().await;
    }
}

/// A head that is too large is refused in the middle, and the next one is not.
#[tokio::test]
async fn a_head_has_a_largest_size() {
    let server = Server::with_times(PATIENT).await;
    let mut large = server.connect().await;
    let address = format!("/?{}", "x".repeat(60_000));
    assert_eq!(ask(&mut large, &address).await.1, "here");
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "x".repeat(131_072));
    let _ = large.write_all(head.as_bytes()).await;
    ended(&mut large).await;
    let mut stream = server.connect().await;
    assert_eq!(ask(&mut stream, "/").await.1, "here");
    drop(stream);
    server.stops().await;
}

#[tokio::test]
async fn what_is_under_way_is_finished_when_the_server_is_told_to_stop() {
    let mut server = Server::with_times(PATIENT).await;
    let (silent, mut idle, mut busy) = (server.connect().await, server.connect().await, server.connect().await);
    ask(&mut idle, "/").await;
    send(&mut busy, &head_of("/wait")).await;
    server.hears(News::Came).await;
    let (client, connection) = h2::client::handshake(server.connect().await).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = || Request::get("http://x/wait").body(()).unwrap();
    let (under_way, _) = client.send_request(request(), true).unwrap();
    server.hears(News::Came).await;

    drop(server.stop);
    // Whoever has nothing under way is gone, and nobody new is let in, while the others still wait.
    ended(&mut idle).await;
    let refused = async { while tokio::net::TcpStream::connect(server.address).await.is_ok() {} };
    patiently(refused).await;
    server.gate.add_permits(2);
    assert_eq!(answer(&mut busy).await.1, "waited");
    assert_eq!(ended(&mut busy).await, 0);
    assert_eq!(body(patiently(under_way).await.unwrap().into_body()).await, "waited");
    drop((client, silent));
    patiently(connection).await.unwrap().unwrap();
    patiently(server.task).await.unwrap();
}
