//! Clients that are slow in every way there is, against a server whose patience is short.

use std::{io::ErrorKind, time::Duration};

use antq::server::Times;
use axum::{body::Bytes, http::Request};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, split},
    net::TcpStream,
    time::{interval, sleep},
};

use super::{News, PATIENT, Server, ask, ended, head_of, send};

/// Clients of each kind.
const CLIENTS: usize = 30;
const SHORT: Duration = Duration::from_millis(300);

/// Sends what it is given letter by letter, until the connection ends.
async fn slowly(stream: TcpStream, letters: &'static str) {
    let (mut read, mut write) = split(stream);
    let mut pace = interval(Duration::from_millis(20));
    let writing = async {
        for letter in letters.bytes().cycle() {
            pace.tick().await;
            if write.write_all(&[letter]).await.is_err() {
                break;
            }
        }
        std::future::pending().await
    };
    tokio::select! {
        _ = ended(&mut read) => {}
        () = writing => {}
    }
}

/// Has a client that is not slow ask again and again while `slow` goes on.
async fn beside<T>(server: &Server, slow: impl Future<Output = T>) -> T {
    let mut stream = server.connect().await;
    let quick = async {
        loop {
            assert_eq!(ask(&mut stream, "/").await.1, "here");
            sleep(SHORT / 10).await;
        }
    };
    tokio::select! {
        result = slow => result,
        () = quick => unreachable!("it goes on for ever"),
    }
}

async fn all<T>(clients: impl IntoIterator<Item = impl Future<Output = T>>) {
    futures_util::future::join_all(clients).await;
}

async fn connections(server: &Server) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..CLIENTS {
        streams.push(server.connect().await);
    }
    streams
}

#[tokio::test]
async fn who_sends_nothing_is_cut_off() {
    let server = Server::with_times(Times { head: SHORT, ..PATIENT }).await;
    let mut silent = connections(&server).await;
    beside(&server, all(silent.iter_mut().map(ended))).await;
    server.stops().await;
}

#[tokio::test]
async fn a_head_that_comes_slowly_is_not_waited_for() {
    let server = Server::with_times(Times { head: SHORT, ..PATIENT }).await;
    let slow = connections(&server).await;
    beside(&server, all(slow.into_iter().map(|stream| slowly(stream, "GET / HTTP/1.1\r\nX: y\r\nX: ")))).await;
    server.stops().await;
}

#[tokio::test]
async fn a_later_head_is_not_waited_for_either() {
    let server = Server::with_times(Times { head: SHORT, ..PATIENT }).await;
    let mut slow = connections(&server).await;
    for stream in &mut slow {
        ask(stream, "/").await;
    }
    beside(&server, all(slow.into_iter().map(|stream| slowly(stream, "GET / HTTP/1.1\r\nX: y\r\nX: ")))).await;
    server.stops().await;
}

#[tokio::test]
async fn who_has_nothing_more_to_ask_is_cut_off() {
    let server = Server::with_times(Times { idle: SHORT, ..PATIENT }).await;
    let mut idle = connections(&server).await;
    for stream in &mut idle {
        ask(stream, "/").await;
    }
    beside(&server, all(idle.iter_mut().map(ended))).await;
    let (client, connection) = h2::client::handshake(server.connect().await).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let (answer, _) = client.send_request(Request::get("http://x/").body(()).unwrap(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    beside(&server, super::patiently(connection)).await.unwrap().unwrap();
    server.stops().await;
}

/// It has taken something, and then nothing; the server learns of it when its own buffers are full.
#[tokio::test]
async fn who_does_not_take_its_answer_is_cut_off() {
    let mut server = Server::with_times(Times { take: SHORT, ..PATIENT }).await;
    let mut slow = connections(&server).await;
    for stream in &mut slow {
        send(stream, &head_of("/endless")).await;
    }
    let mut quick = server.connect().await;
    for _ in &slow {
        assert_eq!(ask(&mut quick, "/").await.1, "here");
        server.loses(1).await;
    }
    for stream in &mut slow {
        assert_eq!(broken_off(stream).await, ErrorKind::ConnectionReset);
    }
    server.stops().await;
}

/// How a connection ends in the middle of something.
async fn broken_off(stream: &mut TcpStream) -> ErrorKind {
    let mut buffer = vec![0; 65_536];
    loop {
        match super::patiently(stream.read(&mut buffer)).await {
            Ok(0) => unreachable!("that would be an end"),
            Ok(_) => {}
            Err(error) => return error.kind(),
        }
    }
}

/// The connection is fine and pings are answered, but the window of the request stays shut.
#[tokio::test]
async fn who_leaves_its_window_shut_is_cut_off() {
    let mut server = Server::with_times(Times { take: SHORT, ..PATIENT }).await;
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(0);
    for path in ["http://x/endless", "http://x/wait"] {
        let (client, connection) = builder.handshake::<_, Bytes>(server.connect().await).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        server.gate.add_permits(1);
        let (answer, _) = client.send_request(Request::get(path).body(()).unwrap(), true).unwrap();
        // Held, so that nobody says that it is not wanted any more.
        let answer = super::patiently(answer).await.unwrap();
        assert_eq!(answer.status(), 200);
        server.loses(1).await;
        let _ = super::patiently(connection).await.unwrap();
        drop(answer);
    }
    server.stops().await;
}

/// Nobody is at the other end any more, and nothing says so.
#[tokio::test]
async fn who_does_not_answer_a_ping_is_cut_off() {
    let mut server = Server::with_times(Times { ping: SHORT, ..PATIENT }).await;
    let (client, mut connection) = h2::client::handshake(server.connect().await).await.unwrap();
    let asked = async {
        let mut client = client.ready().await.unwrap();
        let (answer, _) = client.send_request(Request::get("http://x/wait").body(()).unwrap(), true).unwrap();
        server.hears(News::Came).await;
        (client, answer)
    };
    let held = tokio::select! {
        asked = asked => asked,
        _ = &mut connection => unreachable!("a request is under way"),
    };
    // From here on nobody drives the client's side.
    server.hears(News::Gone).await;
    drop((held, connection));
    server.stops().await;
}

/// A body of which nothing more comes does not keep its place from others: see also `BODY_WITHIN`.
#[tokio::test]
async fn a_body_that_comes_slowly_does_not_harm_others() {
    let server = Server::with_times(PATIENT).await;
    let mut slow = connections(&server).await;
    for stream in &mut slow {
        send(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx").await;
    }
    let mut quick = server.connect().await;
    assert_eq!(ask(&mut quick, "/").await.1, "here");
    for stream in &mut slow {
        send(stream, &"x".repeat(999)).await;
        assert_eq!(super::answer(stream).await.1.len(), 1_000);
    }
    drop((slow, quick));
    server.stops().await;
}
