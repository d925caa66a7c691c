//! Encryption by TLS: the certificate and its key, read from files, and read again while the server runs.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

/// What is spoken over it, the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate with its key, and the files that they are from. Clones share them.
#[derive(Clone)]
pub struct Tls(Arc<Files>);

struct Files {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why files are not a certificate and its key, in one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or has not what it should have.
    #[error("{} has no {what} in PEM: {cause}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// Each is what it should be, but they do not go together.
    #[error("the certificate in {} and the key in {} cannot be used: {cause}", certificate.display(), key.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        cause: rustls::Error,
    },
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tls").field(&self.0.certificate).finish()
    }
}

impl Tls {
    /// Reads a certificate, with those that lead from it to its authority, and its key, both in PEM.
    ///
    /// # Errors
    /// Which file is wrong, and why.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = RwLock::new(read(certificate, key)?);
        Ok(Self(Arc::new(Files { certificate: certificate.to_owned(), key: key.to_owned(), config })))
    }

    /// Reads both files again, for the connections to come.
    ///
    /// # Errors
    /// Which file is wrong, and why. Then nothing changes.
    pub fn read_again(&self) -> Result<(), TlsError> {
        let config = read(&self.0.certificate, &self.0.key)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Reads both files again whenever the process gets SIGHUP, until it ends. If they are wrong then, the log says so.
    ///
    /// # Errors
    /// The signal cannot be waited for.
    pub(super) fn renew_on_hangup(&self) -> io::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        let tls = self.clone();
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                match tls.read_again() {
                    Ok(()) => tracing::info!("the certificate and its key were read again"),
                    Err(error) => tracing::error!(%error, "the certificate stays the one of before"),
                }
            }
        });
        Ok(())
    }

    /// What shakes hands with a client.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone().into()
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |file: &Path, what, cause: pem::Error| {
        let cause = match cause {
            pem::Error::NoItemsFound => "there is none".to_owned(),
            pem::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        TlsError::File { file: file.to_owned(), what, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
    let chain = chain.map_err(|cause| wrong(certificate, "certificate", cause))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|cause| wrong(key, "private key", cause))?;
    // TLS 1.2 and 1.3.
    let config =
        ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret));
    let mut config = config.map_err(|cause| {
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        TlsError::Pair { certificate, key, cause }
    })?;
    config.alpn_protocols = PROTOCOLS.map(Vec::from).to_vec();
    Ok(Arc::new(config))
}
