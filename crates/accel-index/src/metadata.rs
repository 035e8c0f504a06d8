//! Metadata without the whole file (`metadata/v1/AB/SHA256`: METADATA by the digest of the
//! distribution; immutable, never asked for again).

use std::sync::Arc;

use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_io::digest::Digester;
use accel_io::mended;
use accel_io::net::{Answer, Get};
use accel_io::stopwatch::{self, Stage, Tier};
use accel_types::hashes::Hashes;
use accel_types::link::Link;
use accel_types::metadata::{CoreMetadata, LineEnds};
use accel_types::name::PackageName;

use crate::archive::{http, is_local, matches};
use crate::error::IndexError;
use crate::index::{KeptArchive, Shared};
use crate::kept_page::write_below;
use crate::memo::locked;
use crate::record::{seal, unseal};
use crate::remote_wheel;
use crate::url_text;
use accel_types::python_url;

pub(crate) const KIND: &str = "pip-accel metadata 2";

/// No METADATA that anybody publishes comes near this.
const LIMIT: u64 = 64 << 20;

/// How metadata came, for those who tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataArrival {
    /// Bytes of METADATA if it is served beside the file, else of the file; if known.
    pub size: Option<u64>,
    /// Whether this run fetched it.
    pub from_network: bool,
}

/// Metadata that was found.
#[derive(Clone)]
pub(crate) struct Found {
    /// Without the description, which decides nothing.
    pub(crate) metadata: Arc<CoreMetadata>,
    pub(crate) arrival: Option<MetadataArrival>,
    /// The whole text, unless it is kept on disk.
    text: Option<Arc<[u8]>>,
}

impl Shared {
    /// The metadata of a distribution; remembered.
    pub(crate) fn metadata(&self, link: &Link) -> Result<Option<Found>, IndexError> {
        self.metadata_or(link, || None)
    }

    /// The same; where the wheel would be asked for a part of it, `whole` may bring all of it.
    pub(crate) fn metadata_or(
        &self,
        link: &Link,
        whole: impl FnOnce() -> Option<KeptArchive>,
    ) -> Result<Option<Found>, IndexError> {
        self.sidecars.with(&link.url, || {
            if let Some(known) = locked(&self.metadata).get(&link.url) {
                return Ok(Some(known.clone()));
            }
            let Some(found) = self.find_metadata(link, whole)? else { return Ok(None) };
            locked(&self.metadata).insert(link.url.clone(), found.clone());
            Ok(Some(found))
        })
    }

    /// The metadata with its description.
    pub(crate) fn whole_metadata(&self, link: &Link) -> Result<Option<CoreMetadata>, IndexError> {
        let Some(found) = self.metadata(link)? else { return Ok(None) };
        let text = match found.text {
            Some(text) => Some(text.to_vec()),
            None => link.sha256().and_then(|sha256| self.kept_text(&sha256.to_ascii_lowercase())),
        };
        let whole = text.map(|text| CoreMetadata::parse_lenient(&text, line_ends(link)));
        Ok(Some(whole.unwrap_or_else(|| CoreMetadata::clone(&found.metadata))))
    }

    /// The metadata as far as it is on this disk.
    pub(crate) fn kept_metadata(&self, link: &Link) -> Option<Arc<CoreMetadata>> {
        if let Some(known) = locked(&self.metadata).get(&link.url) {
            return Some(Arc::clone(&known.metadata));
        }
        let sha256 = link.sha256().map(str::to_ascii_lowercase);
        let text = sha256.and_then(|sha256| self.kept_text(&sha256)).or_else(|| {
            if !link.is_wheel() {
                return None;
            }
            let path = if is_local(link) {
                url_text::to_path(&link.url)?
            } else {
                self.local.find(&self.place_of(link), link)?.path
            };
            of_wheel(&path, &link.filename)
        });
        text.map(|text| parse(&text, link))
    }

    fn find_metadata(
        &self,
        link: &Link,
        whole: impl FnOnce() -> Option<KeptArchive>,
    ) -> Result<Option<Found>, IndexError> {
        let sha256 = link.sha256().map(str::to_ascii_lowercase);
        let announced = link.metadata_url().is_some();
        let arrival = |text: &[u8], file: Option<u64>, from_network| MetadataArrival {
            size: if announced { Some(text.len() as u64) } else { file },
            from_network,
        };
        if let Some(text) = sha256.as_deref().and_then(|sha256| self.kept_text(sha256)) {
            stopwatch::answered(Tier::Metadata, true);
            let arrival = (!is_local(link)).then(|| arrival(&text, link.size, false));
            return Ok(Some(Found { metadata: parse(&text, link), arrival, text: None }));
        }
        if is_local(link) {
            let path = url_text::to_path(&link.url).filter(|_| link.is_wheel());
            let text = path.and_then(|path| of_wheel(&path, &link.filename));
            return Ok(text.map(|text| Found {
                metadata: parse(&text, link),
                arrival: None,
                text: Some(text.into()),
            }));
        }
        if link.is_wheel()
            && let Some(archive) = self.local.find(&self.place_of(link), link)
        {
            let text = self.kept_text(&archive.sha256);
            if let Some(text) = text.or_else(|| of_wheel(&archive.path, &link.filename)) {
                let arrival = arrival(&text, Some(archive.size), self.early(link).is_some());
                return Ok(Some(self.keep_metadata(link, text, arrival)));
            }
        }
        stopwatch::answered(Tier::Metadata, false);
        let _lap = stopwatch::lap(Stage::Metadata, || link.filename.to_string());
        if let Some(url) = link.metadata_url() {
            let text = self.sidecar(&url, link)?;
            let arrival = arrival(&text, None, true);
            return Ok(Some(self.keep_metadata(link, text, arrival)));
        }
        if !link.is_wheel() || locked(&self.opaque).contains(&link.url) {
            return Ok(None);
        }
        if let (Some(elsewhere), Some(sha256)) = (&self.elsewhere, sha256.as_deref())
            && let Some(text) = elsewhere.metadata(sha256)
        {
            let arrival = arrival(&text, link.size, true);
            return Ok(Some(self.keep_metadata(link, text, arrival)));
        }
        if let Some(archive) = whole()
            && let Some(text) = of_wheel(&archive.path, &link.filename)
        {
            let arrival = arrival(&text, Some(archive.size), true);
            return Ok(Some(self.keep_metadata(link, text, arrival)));
        }
        let found = remote_wheel::metadata(&self.network, link, &self.local.arrivals());
        let Some((text, total)) = found else {
            locked(&self.opaque).insert(link.url.clone());
            return Ok(None);
        };
        if let (Some(elsewhere), Some(sha256)) = (&self.elsewhere, sha256.as_deref()) {
            elsewhere.metadata_came(sha256, &text);
        }
        let arrival = arrival(&text, Some(total), true);
        Ok(Some(self.keep_metadata(link, text, arrival)))
    }

    /// The METADATA that is served beside the file.
    fn sidecar(&self, url: &str, link: &Link) -> Result<Vec<u8>, IndexError> {
        let mut get = Get::new(url);
        get.limit = LIMIT;
        let body = match self.network.get(&get).map_err(|error| http(&error))? {
            Answer::Found(response) => response.body,
            Answer::NotModified { .. } => Vec::new(),
        };
        let allowed: Hashes = link.core_metadata.iter().flatten().collect();
        let algorithms: Vec<_> = allowed.algorithms().collect();
        let mut digester = Digester::new(&algorithms);
        digester.update(&body);
        let digests = digester.finish();
        let got = |algorithm| Ok(digests.get(algorithm).unwrap_or_default().to_owned());
        matches(&python_url::redacted(url), &allowed, got)?;
        Ok(body)
    }

    fn metadata_path(&self, sha256: &str) -> std::path::PathBuf {
        self.root.join("metadata/v1").join(sha256.get(..2).unwrap_or("--")).join(sha256)
    }

    fn kept_text(&self, sha256: &str) -> Option<Vec<u8>> {
        if !is_sha256(sha256) {
            return None;
        }
        let path = self.metadata_path(sha256);
        let bytes = mended::read(&path).ok()??;
        let text = unseal(&format!("{KIND} {sha256}"), &bytes).map(<[u8]>::to_vec);
        if text.is_none() {
            mended::note(&path);
        }
        text
    }

    fn keep_metadata(&self, link: &Link, text: Vec<u8>, arrival: MetadataArrival) -> Found {
        let metadata = parse(&text, link);
        let sha256 = link.sha256().map(str::to_ascii_lowercase);
        let kept = sha256.filter(|sha256| is_sha256(sha256)).is_some_and(|sha256| {
            let sealed = seal(&format!("{KIND} {sha256}"), &text);
            // Without it the metadata is fetched again next time.
            write_below(&self.metadata_path(&sha256), &sealed).is_ok()
        });
        Found { metadata, arrival: Some(arrival), text: (!kept).then(|| text.into()) }
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn parse(text: &[u8], link: &Link) -> Arc<CoreMetadata> {
    Arc::new(CoreMetadata::parse_lenient(headers(text), line_ends(link)))
}

/// pip takes METADATA out of the wheel unless it is served beside it.
fn line_ends(link: &Link) -> LineEnds {
    if link.core_metadata.is_some() { LineEnds::Translated } else { LineEnds::AsWritten }
}

/// The part up to the first empty line.
fn headers(text: &[u8]) -> &[u8] {
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            return &text[..start];
        }
        start += line.len();
    }
    text
}

/// METADATA out of a wheel on this disk; `None` if anything is odd.
pub(crate) fn of_wheel(path: &std::path::Path, filename: &str) -> Option<Vec<u8>> {
    let wheel = ZipReader::open(path, &ZipLimits::default()).ok()?;
    let names = wheel.entries().iter().map(|entry| entry.name.as_str());
    let name = metadata_entry(names, filename)?;
    wheel.read(wheel.find(&name)?).ok()
}

/// The one METADATA of a wheel: of its only `.dist-info` folder, which is named after the project.
pub(crate) fn metadata_entry<'a>(
    names: impl Iterator<Item = &'a str>,
    filename: &str,
) -> Option<String> {
    let (project, _) = filename.split_once('-')?;
    let project = PackageName::new(project);
    let mut folders: Vec<&str> = names
        .filter_map(|name| name.split_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| folder.ends_with(".dist-info"))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let [folder] = folders[..] else { return None };
    let own = PackageName::new(folder).as_str().starts_with(project.as_str());
    own.then(|| format!("{folder}/METADATA"))
}
