//! TLS before an index, with HTTP/2 for who asks for it, and what can go wrong with both.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::index::IndexServer;

/// A certificate for `localhost` that signed itself, and its key.
pub struct Certificate {
    folder: tempfile::TempDir,
}

impl Certificate {
    /// One that holds for a century; `None` where there is no `openssl` program.
    pub fn valid() -> Option<Self> {
        Self::made("20200101000000Z", "21200101000000Z")
    }

    /// One that held for a year, long ago; `None` where there is no `openssl` program.
    pub fn expired() -> Option<Self> {
        Self::made("20200101000000Z", "20210101000000Z")
    }

    fn made(from: &str, to: &str) -> Option<Self> {
        Command::new("openssl").arg("version").stdout(Stdio::null()).status().ok()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = "[ca]\ndefault_ca = here\n\
             [here]\ndatabase = issued\nnew_certs_dir = .\nrand_serial = yes\n\
             default_md = sha256\npolicy = any\nx509_extensions = names\n\
             [any]\ncommonName = supplied\n\
             [names]\nsubjectAltName = DNS:localhost\n";
        for (name, text) in [("authority", authority), ("issued", "")] {
            std::fs::write(folder.path().join(name), text).expect("the folder takes files");
        }
        let openssl = |arguments: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.args(arguments).current_dir(folder.path()).stderr(Stdio::null());
            assert!(openssl.status().is_ok_and(|status| status.success()), "{openssl:?}");
        };
        let wanted = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"];
        openssl(&[&wanted[..], &["-keyout", "key.pem", "-out", "wanted"]].concat());
        let signed = ["ca", "-batch", "-config", "authority", "-selfsign", "-notext"];
        let files = ["-keyfile", "key.pem", "-in", "wanted", "-out", "cert.pem"];
        openssl(&[&signed[..], &files, &["-startdate", from, "-enddate", to]].concat());
        Some(Self { folder })
    }

    /// The file of the certificate, for `--cert`.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn acceptor(&self) -> TlsAcceptor {
        let chain = CertificateDer::from_pem_file(self.path()).expect("what was just made");
        let key = PrivateKeyDer::from_pem_file(self.folder.path().join("key.pem"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_no_client_auth()
            .with_single_cert(vec![chain], key.expect("what was just made"))
            .expect("the key is that of the certificate");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config).into()
    }
}

/// When a connection of HTTP/2 gets GOAWAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoAway {
    /// Never.
    Never,
    /// After its first answer, which is whole; further requests are not answered.
    Behind,
    /// On each of so many connections in the middle of its first answer, which ends there.
    Amid(usize),
    /// On each of so many connections instead of any answer.
    Instead(usize),
}

/// A server with TLS that hands requests on to an index; it stops when dropped.
pub struct TlsFront {
    port: u16,
    connections: Arc<AtomicUsize>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl TlsFront {
    /// Stands before `index`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(index: &IndexServer, certificate: &Certificate, go_away: GoAway) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        listener.set_nonblocking(true).expect("a socket");
        let connections = Arc::<AtomicUsize>::default();
        let (acceptor, counter, behind) =
            (certificate.acceptor(), Arc::clone(&connections), index.address());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
                tokio::spawn(async move {
                    // Who does not like the certificate ends the connection.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let _ = if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        let number = counter.fetch_add(1, Ordering::SeqCst);
                        two(stream, behind, go_away, number).await
                    } else {
                        one(stream, behind).await
                    };
                });
            }
        });
        Self { port, connections, runtime: Some(runtime) }
    }

    /// The index URL, without slash at its end.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/simple", self.port)
    }

    /// Connections of HTTP/2 so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

type Stream = tokio_rustls::server::TlsStream<TcpStream>;
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// HTTP/1.1: every byte as it is.
async fn one(mut stream: Stream, behind: SocketAddr) -> Outcome {
    let mut behind = TcpStream::connect(behind).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}

/// HTTP/2, one request after the other. `number` counts connections from 0.
async fn two(stream: Stream, behind: SocketAddr, go_away: GoAway, number: usize) -> Outcome {
    let mut connection = h2::server::handshake(stream).await?;
    let mut answered = 0;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        answered += 1;
        if matches!(go_away, GoAway::Instead(times) if number < times) {
            connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
            continue;
        }
        let (head, body) = fetch(behind, &request).await?;
        let mut sending = respond.send_response(head, false)?;
        if matches!(go_away, GoAway::Amid(times) if number < times) {
            sending.send_data(body.slice(..body.len() / 2), false)?;
            // Until that is on its way; what else is asked meanwhile has no answer.
            let pause = Duration::from_millis(100);
            let _ = tokio::time::timeout(pause, connection.accept()).await;
            connection.abrupt_shutdown(Reason::INTERNAL_ERROR);
            continue;
        }
        sending.send_data(body, true)?;
        if go_away == GoAway::Behind && answered == 1 {
            connection.graceful_shutdown();
        }
    }
    Ok(())
}

/// Asks the index itself.
async fn fetch<T>(
    behind: SocketAddr,
    request: &http::Request<T>,
) -> Result<(http::Response<()>, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let mut stream = TcpStream::connect(behind).await?;
    let path = request.uri().path();
    let mut text = format!("{} {path} HTTP/1.1\r\n", request.method());
    for (name, value) in request.headers() {
        let _ = write!(text, "{name}: {}\r\n", value.to_str()?);
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no head")?;
    let head = std::str::from_utf8(&answer[..end])?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?;
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    Ok((response.body(())?, Bytes::from(answer).slice(end + 4..)))
}
