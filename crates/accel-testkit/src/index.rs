//! A simple index over a folder of distributions, on a port of this machine.
//!
//! ```no_run
//! use accel_testkit::index::{IndexOptions, IndexServer, PageKind};
//!
//! let server = IndexServer::start("dist", IndexOptions { pages: PageKind::Json, ..IndexOptions::default() });
//! println!("pip install --index-url {} six", server.url());
//! assert_eq!(server.count("/simple/six/"), 1);
//! ```
//!
//! Pages are at `/simple/NAME/`, files at `/files/FILENAME`, sidecars at
//! `/files/FILENAME.metadata`. The folder is read anew for every request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;

use crate::fault::Fault;

/// How project pages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// PEP 503.
    Html,
    /// PEP 691.
    Json,
    /// JSON if the request accepts it, else HTML.
    Negotiated,
}

/// What the server can do; it may be changed while it runs ([`IndexServer::change`]).
#[derive(Debug, Clone)]
pub struct IndexOptions {
    /// How project pages are written.
    pub pages: PageKind,
    /// Announce and serve the METADATA of wheels (PEP 658).
    pub metadata: bool,
    /// Answer requests for byte ranges.
    pub ranges: bool,
    /// Send an `ETag` with pages and answer `If-None-Match`.
    pub etag: bool,
    /// Value of the `Cache-Control` header of pages.
    pub cache_control: Option<String>,
    /// Value of the `Cache-Control` header of files and sidecars.
    pub file_cache_control: Option<String>,
    /// Put sha256 digests on pages.
    pub digests: bool,
    /// User name and password without which every answer is 401.
    pub credentials: Option<(String, String)>,
    /// Reasons by file name of yanked files.
    pub yanked: BTreeMap<String, String>,
    /// Upload times by file name, on JSON pages.
    pub uploaded: BTreeMap<String, String>,
    /// Files whose Requires-Python is kept off the pages.
    pub without_python: BTreeSet<String>,
    /// METADATA by file name that is served beside a wheel instead of its own.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// Wait this long before each answer.
    pub delay: Duration,
}

impl Default for IndexOptions {
    /// Like the big public index: negotiated pages with digests, sidecars, ranges and `ETag`s,
    /// but without `Cache-Control`.
    fn default() -> Self {
        Self {
            pages: PageKind::Negotiated,
            metadata: true,
            ranges: true,
            etag: true,
            cache_control: None,
            file_cache_control: None,
            digests: true,
            credentials: None,
            yanked: BTreeMap::new(),
            uploaded: BTreeMap::new(),
            without_python: BTreeSet::new(),
            beside: BTreeMap::new(),
            delay: Duration::ZERO,
        }
    }
}

/// One request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD`.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The status of the answer.
    pub status: u16,
}

/// A fixed answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of the given status and content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

struct Shared {
    folder: PathBuf,
    options: Mutex<IndexOptions>,
    fixed: Mutex<BTreeMap<String, Answer>>,
    /// By the start of paths, with how often each of them still happens.
    faults: Mutex<Vec<(String, Fault, usize)>>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
}

/// A running index; stops when dropped.
pub struct IndexServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl IndexServer {
    /// Serves the distributions that lie in `folder`.
    pub fn start(folder: impl Into<PathBuf>, options: IndexOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let shared = Arc::new(Shared {
            folder: folder.into(),
            options: Mutex::new(options),
            fixed: Mutex::default(),
            faults: Mutex::default(),
            requests: Mutex::default(),
            connections: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                if let Ok(copy) = stream.try_clone() {
                    locked(&accepting.connections).push(copy);
                }
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || {
                    let _ = converse(&shared, &stream);
                    let _ = stream.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The index URL, without slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}/simple", self.address)
    }

    /// The URL of a path of this server.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}/{}", self.address, path.trim_start_matches('/'))
    }

    /// The index URL with credentials in it.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}/simple", self.address)
    }

    /// The folder that is served.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Changes what the server can do from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut IndexOptions)) {
        change(&mut locked(&self.shared.options));
    }

    /// Answers a path (without query) always like this.
    pub fn fix(&self, path: &str, answer: Answer) {
        locked(&self.shared.fixed).insert(path.to_owned(), answer);
    }

    /// Takes a fixed answer back.
    pub fn unfix(&self, path: &str) {
        locked(&self.shared.fixed).remove(path);
    }

    /// Lets something go wrong with the next `times` answers for paths that start with `path`;
    /// faults of one path happen one after the other.
    pub fn fault(&self, path: &str, fault: Fault, times: usize) {
        locked(&self.shared.faults).push((path.to_owned(), fault, times));
    }

    /// All is well again.
    pub fn heal(&self) {
        locked(&self.shared.faults).clear();
    }

    /// All requests so far, in the order in which they were answered.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.shared.requests).clone()
    }

    /// Number of requests so far whose path starts with `path`.
    pub fn count(&self, path: &str) -> usize {
        locked(&self.shared.requests).iter().filter(|one| one.path.starts_with(path)).count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        locked(&self.shared.requests).clear();
    }

    /// Closes the port and all connections: from now on the index is unreachable.
    pub fn stop(&self) {
        if !self.shared.stopped.swap(true, Ordering::SeqCst) {
            // Wakes the accepting thread, which then closes the port.
            let _ = TcpStream::connect(self.address);
            for stream in locked(&self.shared.connections).drain(..) {
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
            while TcpStream::connect(self.address).is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

impl Drop for IndexServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers requests on one connection until it closes.
fn converse(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(()) };
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let options = locked(&shared.options).clone();
        std::thread::sleep(options.delay);
        if shared.stopped.load(Ordering::SeqCst) {
            return Ok(());
        }
        let fault = next_fault(shared, path);
        let mut answer = answer(shared, &options, path, &headers);
        if let Some(fault) = &fault {
            answer = fault.of(answer);
        }
        locked(&shared.requests).push(Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            status: answer.status,
        });
        send(stream, method, &answer, fault.as_ref())?;
    }
}

/// What goes wrong with this answer.
fn next_fault(shared: &Shared, path: &str) -> Option<Fault> {
    let mut faults = locked(&shared.faults);
    let (_, fault, left) =
        faults.iter_mut().find(|(start, _, left)| path.starts_with(&**start) && *left > 0)?;
    *left -= 1;
    Some(fault.clone())
}

fn send(
    mut stream: &TcpStream,
    method: &str,
    answer: &Answer,
    fault: Option<&Fault>,
) -> std::io::Result<()> {
    let reason = match answer.status {
        200 => "OK",
        206 => "Partial Content",
        301 => "Moved Permanently",
        304 => "Not Modified",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        416 => "Range Not Satisfiable",
        503 => "Service Unavailable",
        _ => "Other",
    };
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if answer.status != 304 {
        let length = answer.body.len();
        let announced = fault.map_or(length, |fault| fault.announced(length));
        let _ = write!(head, "Content-Length: {announced}\r\n");
    }
    head.push_str("\r\n");
    if let Some(fault) = fault.filter(|_| method != "HEAD" && answer.status != 304) {
        return fault.send(stream, head.as_bytes(), &answer.body);
    }
    stream.write_all(head.as_bytes())?;
    if method != "HEAD" && answer.status != 304 {
        stream.write_all(&answer.body)?;
    }
    stream.flush()
}

fn answer(
    shared: &Shared,
    options: &IndexOptions,
    path: &str,
    headers: &BTreeMap<String, String>,
) -> Answer {
    let missing = || Answer::new(404, "text/plain", "nothing here");
    if let Some((user, password)) = &options.credentials {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        if headers.get("authorization") != Some(&format!("Basic {pair}")) {
            return Answer::new(401, "text/plain", "who are you?")
                .with("WWW-Authenticate", "Basic realm=\"index\"");
        }
    }
    let path = path.split('?').next().unwrap_or(path).replace("%2B", "+");
    let path = path.as_str();
    if let Some(fixed) = locked(&shared.fixed).get(path) {
        return ranged(options, headers, fixed.clone());
    }
    if let Some(file) = path.strip_prefix("/files/") {
        if file.contains('/') {
            return missing();
        }
        if let Some(wheel) = file.strip_suffix(".metadata").filter(|_| options.metadata) {
            let of_wheel =
                || std::fs::read(shared.folder.join(wheel)).ok().and_then(|it| metadata(&it));
            let text = options.beside.get(wheel).cloned().or_else(of_wheel);
            let answer = |text| kept(options, Answer::new(200, "text/plain", text));
            return text.map_or_else(missing, answer);
        }
        return match std::fs::read(shared.folder.join(file)) {
            Ok(body) => {
                let whole = Answer::new(200, "application/octet-stream", body);
                ranged(options, headers, kept(options, whole))
            }
            Err(_) => missing(),
        };
    }
    let Some(project) = path.strip_prefix("/simple/") else { return missing() };
    let Some(project) = project.strip_suffix('/') else {
        return Answer::new(301, "text/plain", "").with("Location", &format!("{path}/"));
    };
    let files = files_of(&shared.folder, project, options);
    if files.is_empty() {
        return missing();
    }
    let json = match options.pages {
        PageKind::Html => false,
        PageKind::Json => true,
        PageKind::Negotiated => {
            headers.get("accept").is_some_and(|accept| accept.contains("simple.v1+json"))
        }
    };
    let mut page = if json {
        Answer::new(
            200,
            "application/vnd.pypi.simple.v1+json",
            json_page(project, &files, options).to_string(),
        )
    } else {
        Answer::new(200, "text/html; charset=utf-8", html_page(project, &files, options))
    };
    if let Some(value) = &options.cache_control {
        page = page.with("Cache-Control", value);
    }
    if options.etag {
        let etag = format!("\"{}\"", &hex(&page.body)[..16]);
        if headers.get("if-none-match") == Some(&etag) {
            page.status = 304;
            page.body.clear();
        }
        page = page.with("ETag", &etag);
    }
    page
}

/// The date of answers that may be kept: one in the past.
const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// Says how long a file may be kept.
fn kept(options: &IndexOptions, answer: Answer) -> Answer {
    match &options.file_cache_control {
        // pip keeps nothing that bears no date.
        Some(value) => answer.with("Cache-Control", value).with("Date", DATE),
        None => answer,
    }
}

/// Cuts the requested bytes out of an answer.
fn ranged(options: &IndexOptions, headers: &BTreeMap<String, String>, whole: Answer) -> Answer {
    if !options.ranges || whole.status != 200 {
        return whole;
    }
    let total = whole.body.len();
    let whole = whole.with("Accept-Ranges", "bytes");
    let Some((first, last)) = headers
        .get("range")
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return whole;
    };
    let (start, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.min(total.saturating_sub(1))),
        (Ok(first), Err(_)) => (first, total.saturating_sub(1)),
        (Err(_), Ok(count)) => (total.saturating_sub(count), total.saturating_sub(1)),
        _ => return whole,
    };
    if start >= total || start > end {
        return Answer::new(416, "text/plain", "")
            .with("Content-Range", &format!("bytes */{total}"));
    }
    let mut part = whole.with("Content-Range", &format!("bytes {start}-{end}/{total}"));
    part.status = 206;
    part.body = part.body[start..=end].to_vec();
    part
}

struct Served {
    name: String,
    sha256: String,
    size: usize,
    metadata: Option<Vec<u8>>,
}

fn files_of(folder: &Path, project: &str, options: &IndexOptions) -> Vec<Served> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| project_of(name).as_deref() == Some(project))
        .collect();
    names.sort();
    let served = |name: String| {
        let bytes = std::fs::read(folder.join(&name)).ok()?;
        let metadata = if is_wheel(&name) { metadata(&bytes) } else { None };
        let metadata = options.beside.get(&name).cloned().or(metadata);
        Some(Served { name, sha256: hex(&bytes), size: bytes.len(), metadata })
    };
    names.into_iter().filter_map(served).collect()
}

fn is_wheel(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "whl")
}

/// The normalised project name in a file name.
fn project_of(file: &str) -> Option<String> {
    let name = if let Some(stem) = file.strip_suffix(".whl") {
        stem.split_once('-')?.0
    } else {
        let stem = file.strip_suffix(".tar.gz").or_else(|| file.strip_suffix(".zip"))?;
        stem.rsplit_once('-')?.0
    };
    let mut normal = String::new();
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    Some(normal)
}

/// The METADATA of a wheel.
fn metadata(wheel: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).ok()?;
    let at = (0..archive.len()).find(|at| {
        archive.by_index_raw(*at).is_ok_and(|entry| {
            entry.name().is_ok_and(|name| {
                name.ends_with(".dist-info/METADATA") && name.matches('/').count() == 1
            })
        })
    })?;
    let mut entry = archive.by_index_raw(at).ok()?;
    let compressed = entry.compression() != zip::CompressionMethod::Stored;
    let mut bytes = Vec::new();
    if compressed {
        flate2::read::DeflateDecoder::new(entry).read_to_end(&mut bytes).ok()?;
    } else {
        entry.read_to_end(&mut bytes).ok()?;
    }
    Some(bytes)
}

/// The Requires-Python that a page shows of a file.
fn shown_python(file: &Served, options: &IndexOptions) -> Option<String> {
    let shown = !options.without_python.contains(&file.name);
    file.metadata.as_deref().filter(|_| shown).and_then(requires_python)
}

fn requires_python(metadata: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(metadata);
    let mut header = text.lines().take_while(|line| !line.is_empty());
    header
        .find_map(|line| line.strip_prefix("Requires-Python:"))
        .map(|value| value.trim().to_owned())
}

fn json_page(project: &str, files: &[Served], options: &IndexOptions) -> serde_json::Value {
    let files: Vec<serde_json::Value> = files
        .iter()
        .map(|file| {
            let mut member = serde_json::json!({
                "filename": file.name,
                "url": format!("/files/{}", file.name.replace('+', "%2B")),
                "hashes": {},
                "size": file.size,
                "yanked": options.yanked.get(&file.name).map_or(
                    serde_json::Value::Bool(false), |reason| reason.clone().into()),
            });
            if options.digests {
                member["hashes"]["sha256"] = file.sha256.clone().into();
            }
            if let Some(time) = options.uploaded.get(&file.name) {
                member["upload-time"] = time.clone().into();
            }
            if let Some(metadata) = &file.metadata {
                if let Some(specifier) = shown_python(file, options) {
                    member["requires-python"] = specifier.into();
                }
                if options.metadata {
                    member["core-metadata"] = serde_json::json!({ "sha256": hex(metadata) });
                }
            }
            member
        })
        .collect();
    serde_json::json!({ "meta": { "api-version": "1.1" }, "name": project, "files": files })
}

fn html_page(project: &str, files: &[Served], options: &IndexOptions) -> String {
    let mut page = format!("<!DOCTYPE html>\n<html><head><title>{project}</title></head><body>\n");
    for file in files {
        let mut anchor = format!("<a href=\"../../files/{}", file.name.replace('+', "%2B"));
        if options.digests {
            let _ = write!(anchor, "#sha256={}", file.sha256);
        }
        anchor.push('"');
        if let Some(metadata) = &file.metadata {
            if let Some(specifier) = shown_python(file, options) {
                let _ = write!(anchor, " data-requires-python=\"{}\"", escaped(&specifier));
            }
            if options.metadata {
                let _ = write!(anchor, " data-core-metadata=\"sha256={}\"", hex(metadata));
            }
        }
        if let Some(reason) = options.yanked.get(&file.name) {
            let _ = write!(anchor, " data-yanked=\"{}\"", escaped(reason));
        }
        let _ = writeln!(page, "{anchor}>{}</a><br>", file.name);
    }
    page + "</body></html>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn hex(bytes: &[u8]) -> String {
    crate::wheel::sha256(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &IndexServer, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET {request}\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn serves_pages_files_and_ranges() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("My.Pkg-1.0.tar.gz"), "0123456789").unwrap();
        let server = IndexServer::start(folder.path(), IndexOptions::default());
        let page = ask(&server, "/simple/my-pkg/ HTTP/1.1");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("../../files/My.Pkg-1.0.tar.gz#sha256=84d898"), "{page}");
        let json =
            ask(&server, "/simple/my-pkg/ HTTP/1.1\r\nAccept: application/vnd.pypi.simple.v1+json");
        assert!(json.contains("\"url\":\"/files/My.Pkg-1.0.tar.gz\""), "{json}");
        let part = ask(&server, "/files/My.Pkg-1.0.tar.gz HTTP/1.1\r\nRange: bytes=-3");
        assert!(part.contains("206") && part.ends_with("\r\n\r\n789"), "{part}");
        assert!(ask(&server, "/simple/other/ HTTP/1.1").starts_with("HTTP/1.1 404"));
        assert_eq!(server.count("/simple/my-pkg/"), 2);
        server.stop();
        assert!(TcpStream::connect(server.address).is_err());
    }
}
