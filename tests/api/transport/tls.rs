//! TLS: by a server process with files of its own, which change while it runs.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use antq::server::{Times, Tls, Transport};
use axum::http::Request;
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{PATIENT, Server, answer, ask, ended, head_of, patiently, send};
use crate::support::{Engine, full_database, unique};

/// A certificate for `localhost` and its key, in files.
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    fn new() -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let pair = Self { certificate: folder.join(unique("cert.pem")), key: folder.join(unique("key.pem")) };
        pair.renew();
        pair
    }

    /// Puts another certificate and its key into the files.
    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&self.certificate, made.cert.pem()).unwrap();
        std::fs::write(&self.key, made.signing_key.serialize_pem()).unwrap();
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).unwrap()
    }
}

/// Connects as a client that trusts this certificate only.
async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![protocol.into()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    patiently(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

/// A server process that ends with its test.
struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStderr>>,
    address: SocketAddr,
}

impl Process {
    async fn new(pair: &Pair) -> Self {
        let url = full_database(Engine::Sqlite).await;
        let mut child = Command::new(env!("CARGO_BIN_EXE_antq"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", &url])
            .args([Path::new("--tls-cert"), &pair.certificate, Path::new("--tls-key"), &pair.key])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split("https://").nth(1).unwrap_or_else(|| panic!("{first}"));
        let address = address.split('/').next().unwrap().parse().unwrap();
        Self { child, lines, address }
    }

    fn signal(&self, name: &str) {
        let told = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Waits for a line of the log.
    fn says(&mut self, text: &str) {
        assert!(self.lines.by_ref().any(|line| line.unwrap().contains(text)), "{text}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_speaks_tls_and_reads_new_files_when_told_to() {
    let pair = Pair::new();
    let mut process = Process::new(&pair).await;
    let first = pair.certificate();

    for version in [&TLS12, &TLS13] {
        let mut stream = connect(process.address, &first, version, "http/1.1").await.unwrap();
        let (head, body) = ask(&mut stream, "/healthz").await;
        assert!(head.contains("strict-transport-security: max-age=31536000\r\n"), "{head}");
        assert_eq!(body, "ok\n");
        let stream = connect(process.address, &first, version, "h2").await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let (answer, _) =
            client.send_request(Request::get("https://localhost/readyz").body(()).unwrap(), true).unwrap();
        let answer = patiently(answer).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["strict-transport-security"]),
            (200, &"max-age=31536000".parse().unwrap())
        );
    }

    // A connection of before goes on with its certificate; the next ones have the new one.
    let mut old = connect(process.address, &first, &TLS13, "http/1.1").await.unwrap();
    ask(&mut old, "/healthz").await;
    pair.renew();
    let second = pair.certificate();
    process.signal("-HUP");
    process.says("were read again");
    assert!(connect(process.address, &first, &TLS13, "http/1.1").await.is_err());
    let mut new = connect(process.address, &second, &TLS13, "http/1.1").await.unwrap();
    for stream in [&mut old, &mut new] {
        assert_eq!(ask(stream, "/healthz").await.1, "ok\n");
    }

    // Wrong files change nothing.
    std::fs::write(&pair.key, "nothing").unwrap();
    process.signal("-HUP");
    process.says("stays the one of before");
    assert!(connect(process.address, &second, &TLS13, "http/1.1").await.is_ok());

    process.signal("-TERM");
    process.says("Stopped.");
    assert!(process.child.wait().unwrap().success());
}

#[tokio::test]
async fn files_that_do_not_go_together_are_refused() {
    let (pair, other) = (Pair::new(), Pair::new());
    let missing = Path::new("/no/such/file.pem");
    let cases = [
        (missing, &*pair.key, "/no/such/file.pem has no certificate"),
        (&*pair.certificate, missing, "/no/such/file.pem has no private key"),
        (&*pair.key, &*pair.key, "has no certificate in PEM: there is none"),
        (&*pair.certificate, &*pair.certificate, "has no private key in PEM: there is none"),
        (&*pair.certificate, &*other.key, "cannot be used"),
    ];
    for (certificate, key, says) in cases {
        let error = Tls::read(certificate, key).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert!(Tls::read(&pair.certificate, &pair.key).is_ok());
}

#[tokio::test]
async fn whoever_does_not_shake_hands_is_cut_off() {
    let pair = Pair::new();
    let tls = Some(Tls::read(&pair.certificate, &pair.key).unwrap());
    let times = Times { head: Duration::from_millis(300), ..PATIENT };
    let server = Server::new(Transport { tls, times, ..Transport::default() }).await;
    let (mut silent, mut plain) = (server.connect().await, server.connect().await);
    send(&mut plain, &head_of("/")).await;
    ended(&mut plain).await;
    assert_eq!(ended(&mut silent).await, 0);
    // A hand that is shaken is no request yet.
    let mut shaken = connect(server.address, &pair.certificate(), &TLS13, "http/1.1").await.unwrap();
    assert_eq!(ended(&mut shaken).await, 0);
    let mut stream = connect(server.address, &pair.certificate(), &TLS13, "http/1.1").await.unwrap();
    send(&mut stream, &head_of("/who")).await;
    assert_eq!(answer(&mut stream).await.1, "127.0.0.1 HTTP/1.1");
    drop(stream);
    server.stops().await;
}
