//! Getting the distribution itself: kept, on this disk, or from the network.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use accel_io::net::{Download, NetError, NetErrorKind, Progress};
use accel_io::stopwatch::{self, Stage, Tier};
use accel_io::{fs, mended};
use accel_types::hashes::{Digest, HashAlgorithm, Hashes};
use accel_types::link::Link;

use crate::error::IndexError;
use crate::index::{KeptArchive, Shared};
use crate::kept_page::{now, write_below};
use crate::local::Archive;
use crate::lookup::reason;
use crate::memo::locked;
use crate::record::{Reader, Writer, key_of, seal, unseal};
use crate::url_text;
use accel_types::python_url;

pub(crate) const KIND: &str = "pip-accel digest 1";

/// A file younger than this may still change within the resolution of its time stamps.
const SETTLED: i64 = 3;

impl Shared {
    /// An archive by its link. `kept` says whether a kept one may answer.
    pub(crate) fn archive(
        &self,
        link: &Link,
        hashes: &Hashes,
        kept: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<KeptArchive, IndexError> {
        self.files.with(&link.url, || {
            if kept && let Some(archive) = self.without_network(link, hashes)? {
                if let Some(early) = self.came_early(link) {
                    return Ok(early);
                }
                stopwatch::answered(Tier::Archives, true);
                return Ok(archive);
            }
            if is_local(link) {
                return self.local_archive(link, hashes);
            }
            self.download(link, hashes, None, progress)
        })
    }

    /// A file that no earlier run kept, fetched by one quiet attempt.
    pub(crate) fn fetch_early(
        &self,
        link: &Link,
        given_up: &Arc<AtomicBool>,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<KeptArchive> {
        let archive = self.bring(link, Some(given_up), progress).ok()?;
        archive.from_network.then_some(archive)
    }

    /// The archive of a link that nobody has asked for yet. Whoever asks for it will hear that it came
    /// just now.
    pub(crate) fn archive_ahead(&self, link: &Link) -> Result<KeptArchive, IndexError> {
        self.bring(link, None, &mut |_| {})
    }

    /// A file before anybody asks for it: kept, fetched early before, or fetched now.
    fn bring(
        &self,
        link: &Link,
        quietly: Option<&Arc<AtomicBool>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<KeptArchive, IndexError> {
        self.files.with(&link.url, || {
            if let Some(archive) = self.without_network(link, &Hashes::new())? {
                return Ok(self.early(link).unwrap_or(archive));
            }
            let archive = self.download(link, &Hashes::new(), quietly, progress)?;
            locked(&self.early).insert(link.url.clone(), archive.clone());
            Ok(archive)
        })
    }

    /// A file that was fetched before anybody asked for it.
    pub(crate) fn early(&self, link: &Link) -> Option<KeptArchive> {
        locked(&self.early).get(&link.url).cloned()
    }

    /// The same for whoever asks for a file. Of a wheel several hear that it came just now, of
    /// anything else the first.
    fn came_early(&self, link: &Link) -> Option<KeptArchive> {
        if link.is_wheel() { self.early(link) } else { locked(&self.early).remove(&link.url) }
    }

    /// A kept or local archive.
    pub(crate) fn without_network(
        &self,
        link: &Link,
        hashes: &Hashes,
    ) -> Result<Option<KeptArchive>, IndexError> {
        if is_local(link) {
            return self.local_archive(link, hashes).map(Some);
        }
        let place = self.place_of(link);
        let Some(archive) = self.local.find(&place, link) else { return Ok(None) };
        if check(&archive.path, link, &wanted(link, hashes), &archive.sha256).is_err() {
            // Fetched anew it may match; if not, that is the mismatch to report.
            return Ok(None);
        }
        // It may be kept by its digest from another place: from now on for this one, too.
        // Where it can't be noted the next run looks by digest again.
        let _ = self.local.note(&place, link, &archive);
        Ok(Some(archive.into_kept(false)))
    }

    fn download(
        &self,
        link: &Link,
        hashes: &Hashes,
        quietly: Option<&Arc<AtomicBool>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<KeptArchive, IndexError> {
        if !is_http(&link.url) {
            return Err(IndexError::NoAdapter { url: python_url::redacted(&link.url) });
        }
        stopwatch::answered(Tier::Archives, false);
        let mut lap = stopwatch::lap(Stage::Download, || link.filename.to_string());
        let wanted = wanted(link, hashes);
        if let Some(archive) = self.shared_archive(link, &wanted)? {
            return Ok(KeptArchive { from_shared: true, ..archive.into_kept(true) });
        }
        let mut download =
            Download::new(&*link.url, self.local.arrivals()).digests(wanted.algorithms());
        if let Some(given_up) = quietly {
            download = download.quietly(Arc::clone(given_up));
        }
        let mut watch = |now: Progress| {
            lap.received(now.received);
            progress(now);
        };
        let arrived = self.network.download(&download, &mut watch).map_err(|error| http(&error))?;
        let got = |algorithm| Ok(arrived.digests.get(algorithm).unwrap_or_default().to_owned());
        matches(&python_url::redacted(&link.url), &wanted, got)
            .map_err(|error| error.of_size(arrived.digests.size))?;
        let (sha256, size) = (arrived.digests.sha256.clone(), arrived.digests.size);
        let path = self.local.shelve(&sha256, &link.filename)?;
        arrived.persist(&path)?;
        let archive = Archive { path, sha256, size };
        self.local.record(&self.place_of(link), link, &archive)?;
        self.local.expose(&archive.path)?;
        if let Some(elsewhere) = &self.elsewhere {
            elsewhere.archive_came(&archive.sha256, &archive.path);
        }
        Ok(archive.into_kept(true))
    }

    /// The archive from another place than the link's, which must have one of the digests that the
    /// user or the page allows.
    fn shared_archive(&self, link: &Link, wanted: &Hashes) -> Result<Option<Archive>, IndexError> {
        let Some(elsewhere) = &self.elsewhere else { return Ok(None) };
        let allowed = wanted.iter().filter(|(algorithm, _)| *algorithm == HashAlgorithm::Sha256);
        let mut allowed: Vec<String> = allowed.map(|(_, hex)| hex.to_ascii_lowercase()).collect();
        if let Some(own) = link.sha256().map(str::to_ascii_lowercase) {
            // Of all files that the user allows the page offers this one.
            allowed.retain(|sha256| *sha256 == own);
        }
        let [sha256] = allowed.as_slice() else { return Ok(None) };
        let scratch = fs::Scratch::with_prefix(self.local.arrivals(), "shared-")?;
        let file = scratch.path().join("archive");
        let had = elsewhere.archive(sha256, &file);
        stopwatch::answered(Tier::Shared, had);
        if !had {
            return Ok(None);
        }
        let size = fs::metadata(&file)?.len();
        let path = self.local.shelve(sha256, &link.filename)?;
        fs::rename(&file, &path)?;
        let archive = Archive { path, sha256: sha256.clone(), size };
        self.local.record(&self.place_of(link), link, &archive)?;
        self.local.expose(&archive.path)?;
        Ok(Some(archive))
    }

    /// An archive on this disk stays where it is.
    fn local_archive(&self, link: &Link, hashes: &Hashes) -> Result<KeptArchive, IndexError> {
        let path = url_text::to_path(&link.url).ok_or_else(|| IndexError::Http {
            url: python_url::redacted(&link.url),
            status: None,
            kind: NetErrorKind::Url,
            reason: format!(
                "non-local file URIs are not supported on this platform: '{}'",
                link.url
            ),
        })?;
        let (sha256, size) = self.digest_of(&path)?;
        check(&path, link, &wanted(link, hashes), &sha256)?;
        Ok(KeptArchive { path, sha256, size, from_network: false, from_shared: false })
    }

    /// SHA-256 and size of a file outside; remembered for as long as nothing about it changes.
    fn digest_of(&self, path: &Path) -> Result<(String, u64), IndexError> {
        let found = fs::metadata(path)?;
        let facts = format!(
            "{} {} {} {} {}.{} {}.{}",
            path.display(),
            found.dev(),
            found.ino(),
            found.size(),
            found.mtime(),
            found.mtime_nsec(),
            found.ctime(),
            found.ctime_nsec()
        );
        let key = key_of(&path.to_string_lossy());
        let record = self.root.join("archives/outside-v1").join(&key[..2]).join(&key[2..]);
        let known = || {
            let bytes = mended::read(&record).ok()??;
            let mut reader = Reader::new(unseal(KIND, &bytes)?);
            (reader.text()? == facts).then_some(())?;
            reader.text().map(str::to_owned)
        };
        if let Some(sha256) = known() {
            return Ok((sha256, found.size()));
        }
        let digests = fs::digest_file(path, &[])?;
        if now().cast_signed() - found.ctime() > SETTLED {
            let mut writer = Writer::default();
            writer.text(&facts);
            writer.text(&digests.sha256);
            // Without it the file is read again next time.
            let _ = write_below(&record, &seal(KIND, &writer.finish()));
        }
        Ok((digests.sha256, digests.size))
    }
}

impl Archive {
    fn into_kept(self, from_network: bool) -> KeptArchive {
        let Self { path, sha256, size } = self;
        KeptArchive { path, sha256, size, from_network, from_shared: false }
    }
}

fn is_http(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

pub(crate) fn is_local(link: &Link) -> bool {
    link.url.starts_with("file:")
}

/// What a file must match: what the user allows, else the first digest of the page, as in pip.
fn wanted(link: &Link, hashes: &Hashes) -> Hashes {
    if hashes.is_empty() { link.digests.first().into_iter().collect() } else { hashes.clone() }
}

/// Whether a file that is here matches; other digests than its SHA-256 are computed when needed.
fn check(path: &Path, link: &Link, wanted: &Hashes, sha256: &str) -> Result<(), IndexError> {
    matches(&python_url::redacted(&link.url), wanted, |algorithm| {
        if algorithm == HashAlgorithm::Sha256 {
            return Ok(sha256.to_owned());
        }
        let digests = fs::digest_file(path, &[algorithm])?;
        Ok(digests.get(algorithm).unwrap_or_default().to_owned())
    })
}

/// pip's rule: of all allowed digests one must match; without any nothing is checked.
pub(crate) fn matches(
    place: &str,
    wanted: &Hashes,
    digest: impl Fn(HashAlgorithm) -> Result<String, IndexError>,
) -> Result<(), IndexError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut got = Vec::new();
    for algorithm in wanted.algorithms() {
        let digest = Digest::new(algorithm, digest(algorithm)?);
        if wanted.allows(&digest) {
            return Ok(());
        }
        got.push(digest);
    }
    Err(IndexError::HashMismatch {
        place: place.to_owned(),
        allowed: wanted.clone(),
        got,
        size: None,
    })
}

/// A failed request as our error, in pip's words.
pub(crate) fn http(error: &NetError) -> IndexError {
    IndexError::Http {
        url: error.url.clone(),
        status: error.status_code(),
        kind: error.kind,
        reason: match error.status_code() {
            Some(_) => reason(error),
            None => error.to_string(),
        },
    }
}
