//! A scripted HTTP/1.1 server on the loopback interface, for faults that real servers have.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a client sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As on the request line: a path, or a whole URL when we are a proxy.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) at: Instant,
    /// Counts connections from 0.
    pub(crate) connection: usize,
    /// Counts requests for the same target from 0.
    pub(crate) nth: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What goes wrong while an answer is sent.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    /// The connection is closed without an answer.
    NoAnswer,
    /// It is closed after so many bytes of the body.
    BreakAfter(usize),
    /// Nothing happens for this long after so many bytes of the body.
    StallAfter(usize, Duration),
    /// The whole answer comes this late.
    Late(Duration),
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    fault: Fault,
    /// Says where the body ends by closing the connection.
    unknown_length: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let (headers, body) = (Vec::new(), body.into());
        Self { status, headers, body, fault: Fault::None, unknown_length: false }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::new(status, "").header("Location", location)
    }

    /// A file as good servers send it: with its tag, and in parts on request.
    pub(crate) fn file(request: &Request, body: &[u8], etag: &str) -> Self {
        let same = request.header("if-range").is_none_or(|tag| tag == etag);
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
        let reply = match range.and_then(|range| range.split_once('-')).filter(|_| same) {
            Some((from, to)) => {
                let total = body.len();
                let (start, end) = if from.is_empty() {
                    (total.saturating_sub(to.parse().unwrap()), total)
                } else {
                    let end = to.parse::<usize>().map_or(total, |to| (to + 1).min(total));
                    (from.parse().unwrap(), end)
                };
                let range = format!("bytes {start}-{}/{total}", end - 1);
                Self::new(206, &body[start..end]).header("Content-Range", range)
            }
            None => Self::ok(body),
        };
        reply.header("ETag", etag)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn no_answer() -> Self {
        Self { fault: Fault::NoAnswer, ..Self::ok("") }
    }

    pub(crate) fn break_after(self, bytes: usize) -> Self {
        Self { fault: Fault::BreakAfter(bytes), ..self }
    }

    pub(crate) fn stall_after(self, bytes: usize, pause: Duration) -> Self {
        Self { fault: Fault::StallAfter(bytes, pause), ..self }
    }

    pub(crate) fn late(self, pause: Duration) -> Self {
        Self { fault: Fault::Late(pause), ..self }
    }

    pub(crate) fn unknown_length(self) -> Self {
        Self { unknown_length: true, ..self }
    }

    /// Sends it; `false` if the connection must be closed afterwards.
    fn send(&self, stream: &mut TcpStream) -> bool {
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.unknown_length {
            head.push_str("Connection: close\r\n\r\n");
        } else {
            let _ = write!(head, "Content-Length: {}\r\n\r\n", self.body.len());
        }
        let mut write = |bytes: &[u8]| stream.write_all(bytes).is_ok();
        match self.fault {
            Fault::NoAnswer => false,
            Fault::BreakAfter(count) => {
                write(head.as_bytes());
                write(&self.body[..count]);
                false
            }
            Fault::StallAfter(count, pause) => {
                write(head.as_bytes());
                write(&self.body[..count]);
                std::thread::sleep(pause);
                write(&self.body[count..])
            }
            Fault::Late(pause) => {
                std::thread::sleep(pause);
                write(head.as_bytes()) && write(&self.body)
            }
            Fault::None => write(head.as_bytes()) && write(&self.body) && !self.unknown_length,
        }
    }
}

/// A running server; it stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers every request with what `script` says.
    pub(crate) fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::<AtomicBool>::default());
        let (script, connections) = (Arc::new(script), AtomicUsize::new(0));
        let (seen_too, stop_too) = (Arc::clone(&seen), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop_too.load(Ordering::SeqCst) {
                    break;
                }
                let connection = connections.fetch_add(1, Ordering::SeqCst);
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen_too));
                std::thread::spawn(move || {
                    let _ = serve(stream.unwrap(), connection, &*script, &seen);
                });
            }
        });
        Self { address, seen, stop }
    }

    /// The URL of a path on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// As [`Server::url`], with something before the `@`.
    pub(crate) fn url_with(&self, auth: &str, path: &str) -> String {
        format!("http://{auth}@{}{path}", self.address)
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests for one target.
    pub(crate) fn seen_at(&self, target: &str) -> Vec<Request> {
        self.seen().into_iter().filter(|request| request.target == target).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    script: &(impl Fn(&Request) -> Reply + ?Sized),
    seen: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_owned(), value.to_owned());
        }
        let request = {
            let mut seen = seen.lock().unwrap();
            let nth = seen.iter().filter(|request| request.target == target).count();
            let headers = headers.into_iter().collect();
            let request = Request { target, headers, at: Instant::now(), connection, nth };
            seen.push(request.clone());
            request
        };
        if !script(&request).send(&mut stream) {
            return Ok(());
        }
    }
}
