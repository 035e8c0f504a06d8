//! Files: streamed to disk while they are hashed, resumed where they broke off.

use std::fs::Permissions;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use accel_types::HashAlgorithm;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE,
};
use tempfile::NamedTempFile;

use super::clients::Lane;
use super::error::{NetError, NetErrorKind};
use super::local;
use super::page::{content_range, text};
use super::session::{Exchange, Session, Wish};
use super::settings::Event;
use crate::digest::{Digester, Digests};
use crate::{IoError, fs};
use accel_types::python_url::redacted;

/// How much of a local file is copied at once.
const CHUNK: usize = 256 * 1024;

/// How often a download that may be given up looks whether it was.
const MOMENT: Duration = Duration::from_millis(20);

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct Download {
    /// http, https or file; a fragment is ignored.
    pub url: String,
    /// Where the temporary file goes: the file system where it is wanted in the end.
    pub dest_dir: PathBuf,
    /// Digests wanted beside sha256.
    pub digests: Vec<HashAlgorithm>,
    /// The largest file in bytes that is taken.
    pub limit: u64,
    /// Set for what nobody has asked for yet: see [`Download::quietly`].
    given_up: Option<Arc<AtomicBool>>,
}

impl Download {
    /// A file of any size, with its sha256.
    pub fn new(url: impl Into<String>, dest_dir: impl Into<PathBuf>) -> Self {
        let (url, dest_dir) = (url.into(), dest_dir.into());
        Self { url, dest_dir, digests: Vec::new(), limit: u64::MAX, given_up: None }
    }

    /// Computes these digests, too.
    #[must_use]
    pub fn digests(mut self, digests: impl IntoIterator<Item = HashAlgorithm>) -> Self {
        self.digests.extend(digests);
        self
    }

    /// Takes no more than `limit` bytes.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Makes one attempt, of which nothing is told and for which nobody is asked anything, and
    /// ends it when `given_up` becomes true.
    #[must_use]
    pub fn quietly(mut self, given_up: Arc<AtomicBool>) -> Self {
        self.given_up = Some(given_up);
        self
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk. May go back to 0 when the file has changed on the server.
    pub received: u64,
    /// Bytes in all, if the server says.
    pub total: Option<u64>,
}

/// A fetched file; removed when dropped, unless [`Downloaded::persist`] gives it a place.
#[derive(Debug)]
pub struct Downloaded {
    /// Size, sha256, and the digests that were asked for.
    pub digests: Digests,
    /// Where it was found after redirects, without credentials.
    pub final_url: String,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Content-Disposition` header.
    pub content_disposition: Option<String>,
    file: NamedTempFile,
}

impl Downloaded {
    /// Where it is now.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Moves it to `dest`, replacing what is there.
    pub fn persist(self, dest: impl AsRef<Path>) -> Result<(), IoError> {
        let moved = self.file.persist(dest.as_ref()).map(drop).map_err(|error| error.error);
        fs::at("write", dest.as_ref(), moved)
    }
}

/// The file being written, and what is known about it.
struct Target<'a> {
    wanted: &'a Download,
    progress: &'a mut (dyn FnMut(Progress) + 'a),
    file: NamedTempFile,
    digester: Digester,
    received: u64,
    total: Option<u64>,
}

impl<'a> Target<'a> {
    fn new(
        wanted: &'a Download,
        progress: &'a mut (dyn FnMut(Progress) + 'a),
    ) -> Result<Self, NetError> {
        let folder = &wanted.dest_dir;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".download-").permissions(Permissions::from_mode(0o666));
        let file = fs::create_dir_all(folder)
            .and_then(|()| fs::at("write in", folder, builder.tempfile_in(folder)))
            .map_err(|error| NetError::file(&wanted.url, &error))?;
        let digester = Digester::new(&wanted.digests);
        Ok(Self { wanted, progress, file, digester, received: 0, total: None })
    }

    /// From the beginning. A new file is left alone: ext4 would bring one that was cut short, even from
    /// nothing to nothing, to the disk as soon as it is closed.
    fn restart(&mut self) -> Result<(), NetError> {
        if self.received == 0 {
            return Ok(());
        }
        let emptied = self.file.as_file().set_len(0).and_then(|()| self.file.rewind());
        self.on_disk(emptied)?;
        self.digester = Digester::new(&self.wanted.digests);
        self.received = 0;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        if self.received + bytes.len() as u64 > self.wanted.limit {
            return Err(self.too_large());
        }
        let written = self.file.write_all(bytes);
        self.on_disk(written)?;
        self.digester.update(bytes);
        self.received += bytes.len() as u64;
        self.report();
        Ok(())
    }

    fn report(&mut self) {
        (self.progress)(Progress { received: self.received, total: self.total });
    }

    fn on_disk(&self, result: std::io::Result<()>) -> Result<(), NetError> {
        fs::at("write", self.file.path(), result)
            .map_err(|error| NetError::file(&self.wanted.url, &error))
    }

    fn too_large(&self) -> NetError {
        let reason = format!("the file is larger than {} bytes", self.wanted.limit);
        NetError::new(&self.wanted.url, NetErrorKind::TooLarge, reason)
    }

    fn finish(self, final_url: String) -> Downloaded {
        Downloaded {
            digests: self.digester.finish(),
            final_url,
            content_type: None,
            content_disposition: None,
            file: self.file,
        }
    }
}

/// Does the work unless it is given up before it is done.
async fn unless_given_up<T>(
    url: &str,
    given_up: &AtomicBool,
    work: impl Future<Output = Result<T, NetError>>,
) -> Result<T, NetError> {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(MOMENT, work.as_mut()).await {
            Ok(done) => return done,
            Err(_) if given_up.load(Ordering::Relaxed) => return Err(NetError::interrupted(url)),
            Err(_) => {}
        }
    }
}

impl Session {
    /// Fetches a file as it is wanted.
    pub(super) async fn download(
        &self,
        wanted: &Download,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Downloaded, NetError> {
        let work = self.fetch(wanted, progress);
        match &wanted.given_up {
            Some(given_up) => unless_given_up(&wanted.url, given_up, work).await,
            None => work.await,
        }
    }

    async fn fetch(
        &self,
        wanted: &Download,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Downloaded, NetError> {
        let mut target = Target::new(wanted, progress)?;
        let mut headers = HeaderMap::new();
        // The digest is that of the file as it lies on the server.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let quiet = wanted.given_up.is_some();
        let mut wish = Wish { url: wanted.url.clone(), headers, lane: Lane::Files, quiet };
        let mut same: Option<HeaderValue> = None;
        let mut facts = HeaderMap::new();
        let mut attempt = 0;
        loop {
            let failure = match self.exchange(&wish).await {
                Ok(exchange) => {
                    let resumed = begin(&exchange, &mut target)?;
                    if !resumed {
                        facts.clone_from(exchange.response.headers());
                        same = facts.get(ETAG).or(facts.get(LAST_MODIFIED)).cloned();
                    }
                    let url = exchange.url.to_string();
                    match self.take(exchange, &mut target).await {
                        Ok(()) => {
                            let mut done = target.finish(url);
                            done.content_type = text(&facts, CONTENT_TYPE);
                            done.content_disposition = text(&facts, CONTENT_DISPOSITION);
                            return Ok(done);
                        }
                        Err(error) => error,
                    }
                }
                // Nothing has come yet, and the exchange has tried as often as it may.
                Err(error) if attempt == 0 => return Err(error),
                Err(error) => error,
            };
            if quiet || !failure.kind.is_transient() || attempt >= self.settings.resume_retries {
                return Err(broken_off(failure, &target));
            }
            attempt += 1;
            self.tell(|| Event::Resume {
                url: redacted(&wanted.url),
                received: target.received,
                total: target.total,
                attempt,
            });
            wish.headers.remove(RANGE);
            wish.headers.remove(IF_RANGE);
            if target.received > 0 {
                let range = format!("bytes={}-", target.received);
                wish.headers.extend(HeaderValue::from_str(&range).ok().map(|range| (RANGE, range)));
                // A weak tag does not vouch for the bytes; RFC 9110 forbids it here.
                let strong = same.clone().filter(|tag| !tag.as_bytes().starts_with(b"W/"));
                wish.headers.extend(strong.map(|same| (IF_RANGE, same)));
            }
        }
    }

    async fn take(&self, exchange: Exchange, target: &mut Target<'_>) -> Result<(), NetError> {
        let Exchange { mut response, url, permit: _permit } = exchange;
        loop {
            let chunk = response.chunk().await.map_err(|error| {
                let mut error = NetError::from_reqwest(url.as_str(), self.settings.timeout, &error);
                if error.kind == NetErrorKind::Connect {
                    error.kind = NetErrorKind::Body;
                }
                error
            })?;
            match chunk {
                Some(chunk) => target.write(&chunk)?,
                None => break,
            }
        }
        match target.total {
            Some(total) if target.received < total => {
                let reason = "the connection was closed before the end of the file";
                Err(NetError::new(url.as_str(), NetErrorKind::Body, reason))
            }
            _ => Ok(()),
        }
    }
}

/// Looks at the head of an answer; whether it goes on where the file ends.
fn begin(exchange: &Exchange, target: &mut Target<'_>) -> Result<bool, NetError> {
    let headers = exchange.response.headers();
    let length = exchange.response.content_length();
    if exchange.response.status() == StatusCode::PARTIAL_CONTENT {
        let position = text(headers, CONTENT_RANGE).and_then(|text| content_range(&text));
        if position.is_some_and(|(start, _)| start != target.received) || target.received == 0 {
            let reason = "the server resumed at another place than was asked for";
            return Err(NetError::new(exchange.url.as_str(), NetErrorKind::Body, reason));
        }
        return Ok(true);
    }
    target.restart()?;
    target.total = length;
    if length.is_some_and(|length| length > target.wanted.limit) {
        return Err(target.too_large());
    }
    target.report();
    Ok(false)
}

fn broken_off(mut error: NetError, target: &Target<'_>) -> NetError {
    if error.kind == NetErrorKind::Body {
        let received = target.received;
        let total = target.total.map_or_else(String::new, |total| format!(" of {total}"));
        error.reason =
            format!("the download broke off after {received}{total} bytes: {}", error.reason);
    }
    error
}

/// A `file://` URL: copied, so that nobody can change it under us, and hashed.
pub(super) fn copy_local(
    wanted: &Download,
    path: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Downloaded, NetError> {
    let failed = |error: IoError| local::error(&wanted.url, &error);
    let mut source = fs::open(path).map_err(failed)?;
    let size = fs::at("look at", path, source.metadata()).map_err(failed)?.len();
    let mut target = Target::new(wanted, progress)?;
    target.total = Some(size);
    let mut buffer = vec![0; CHUNK];
    loop {
        match fs::at("read", path, source.read(&mut buffer)).map_err(failed)? {
            0 => break,
            count => target.write(&buffer[..count])?,
        }
    }
    Ok(target.finish(wanted.url.split('#').next().unwrap_or_default().to_owned()))
}
