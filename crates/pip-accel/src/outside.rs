//! Answers for requirement files from disk, network and environment.

use std::cell::OnceCell;
use std::io;

use accel_io::net::{Answer, Get, Network, NetworkSettings};
use accel_requirements::{Fetched, PathKind, RequirementsError, Source, url_text};

use crate::failure::{is_no_answer, no_answer};
use crate::surroundings::Surroundings;

/// The largest file that is read for its requirements; a device has no end.
const LARGEST: usize = 256 << 20;

/// The [`Source`] of a run.
pub struct Outside<'a> {
    surroundings: &'a Surroundings,
    current_dir: String,
    settings: NetworkSettings,
    network: OnceCell<Network>,
}

impl<'a> Outside<'a> {
    /// One that fetches with these settings, if anything is fetched at all.
    pub fn new(surroundings: &'a Surroundings, settings: NetworkSettings) -> Self {
        let current_dir = surroundings.current_dir_text();
        Self { surroundings, current_dir, settings, network: OnceCell::new() }
    }

    fn local(&self, path: &str) -> Result<Fetched, RequirementsError> {
        match self.read(path) {
            Ok(body) => Ok(Fetched { body, content_type: None }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // pip answers for files as a server would, with the URL in its full form.
                let url = url_text::path_to_url(path);
                Err(RequirementsError::Installation(format!(
                    "404 Client Error: FileNotFoundError for url: {url}"
                )))
            }
            Err(error) => Err(RequirementsError::Crash(format!("could not read {path}: {error}"))),
        }
    }
}

impl Source for Outside<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let path = self.surroundings.current_dir.join(path);
        accel_io::fs::read_at_most(path, LARGEST).map_err(|error| match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(error.kind(), error.reason().to_string()),
        })
    }

    fn fetch(&self, url: &str) -> Result<Fetched, RequirementsError> {
        if url_text::scheme(url) == "file" {
            let path = url_text::url_to_path(url).ok_or_else(|| {
                RequirementsError::Crash(format!("non-local file URIs are not supported: {url}"))
            })?;
            return self.local(&path);
        }
        let network = self.network.get_or_init(|| Network::new(self.settings.clone()));
        match network.get(&Get::new(url)) {
            Ok(Answer::Found(response)) => {
                Ok(Fetched { body: response.body, content_type: response.content_type })
            }
            // Nothing was sent that a server could find unchanged.
            Ok(Answer::NotModified { .. }) => {
                Err(RequirementsError::Installation(format!("{url} has no content")))
            }
            Err(error) if error.status_code().is_some() => Err(RequirementsError::Installation(
                format!("{} for url: {}", error.reason, error.url),
            )),
            Err(error) if is_no_answer(error.kind) => {
                let picture = no_answer(error.kind, &error.url, &error.reason);
                Err(RequirementsError::Diagnostic {
                    reference: picture.reference,
                    message: picture.message,
                    context: picture.context.unwrap_or_default(),
                    hint: picture.hint.unwrap_or_default().into_owned(),
                })
            }
            Err(error) => Err(RequirementsError::Installation(error.to_string())),
        }
    }

    fn kind(&self, path: &str) -> PathKind {
        match accel_io::fs::metadata(self.surroundings.current_dir.join(path)) {
            Err(_) => PathKind::Missing,
            Ok(found) if found.is_dir() => PathKind::Directory,
            Ok(found) if found.is_file() => PathKind::File,
            Ok(_) => PathKind::Other,
        }
    }

    fn current_dir(&self) -> &str {
        &self.current_dir
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.surroundings.variable(name)
    }

    fn locale_encoding(&self) -> &str {
        // Python's UTF-8 mode and C locale coercion leave little else.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| self.surroundings.filled(name))
            .unwrap_or_default();
        let lower = locale.to_ascii_lowercase();
        if lower.ends_with(".iso-8859-1") || lower.ends_with(".iso88591") {
            "ISO-8859-1"
        } else if lower.ends_with(".iso-8859-15") || lower.ends_with("@euro") {
            "ISO-8859-15"
        } else {
            "UTF-8"
        }
    }
}
