//! More connections than there may be.

use antq::server::Transport;

use super::{News, PATIENT, Server, answer, ask, ended, head_of, patiently, send};

async fn server(max_connections: u32) -> Server {
    Server::new(Transport { max_connections, times: PATIENT, ..Transport::default() }).await
}

#[tokio::test]
async fn the_connection_that_was_idle_the_longest_makes_room() {
    let server = server(3).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect().await;
        ask(&mut stream, "/").await;
        streams.push(stream);
    }
    // As many as may be: all are served. The second one has been idle for the longest then.
    for index in [1, 0, 2] {
        assert_eq!(ask(&mut streams[index], "/").await.1, "here");
    }
    let mut fourth = server.connect().await;
    assert_eq!(ask(&mut fourth, "/").await.1, "here");
    assert_eq!(ended(&mut streams[1]).await, 0);
    for index in [0, 2] {
        assert_eq!(ask(&mut streams[index], "/").await.1, "here");
    }
    drop((streams, fourth));
    server.stops().await;
}

#[tokio::test]
async fn many_idle_connections_keep_nobody_out() {
    let server = server(20).await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(server.connect().await);
    }
    let mut client = server.connect().await;
    assert_eq!(ask(&mut client, "/").await.1, "here");
    let mut left = 0;
    for stream in &mut idle {
        // Those that are still there are answered; the others are not.
        let asked = tokio::io::AsyncWriteExt::write_all(stream, head_of("/").as_bytes()).await;
        left += usize::from(asked.is_ok() && ended_or_answered(stream).await);
    }
    assert!(left < 20, "{left}");
    drop((idle, client));
    server.stops().await;
}

async fn ended_or_answered(stream: &mut tokio::net::TcpStream) -> bool {
    let mut first = [0];
    matches!(patiently(tokio::io::AsyncReadExt::read(stream, &mut first)).await, Ok(1))
}

/// Nobody is sent away in the middle of an answer: who comes too late waits for the first that is over.
#[tokio::test]
async fn a_connection_whose_answer_is_made_stays() {
    let mut server = server(2).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    for stream in [&mut first, &mut second] {
        send(stream, &head_of("/wait")).await;
        server.hears(News::Came).await;
    }
    let mut third = server.connect().await;
    send(&mut third, &head_of("/")).await;
    server.gate.add_permits(1);
    // One of the two has its answer, and then makes room for the third.
    assert_eq!(answer(&mut third).await.1, "here");
    server.hears(News::Gone).await;
    server.gate.add_permits(1);
    assert_eq!(answer(&mut first).await.1, "waited");
    assert_eq!(answer(&mut second).await.1, "waited");
    server.hears(News::Gone).await;
    drop((first, second, third));
    server.stops().await;
}

#[tokio::test]
async fn a_connection_whose_request_does_not_come_makes_room() {
    let server = server(1).await;
    let mut slow = server.connect().await;
    send(&mut slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx").await;
    let mut quick = server.connect().await;
    assert_eq!(ask(&mut quick, "/").await.1, "here");
    assert_eq!(ended(&mut slow).await, 0);
    drop(quick);
    server.stops().await;
}
