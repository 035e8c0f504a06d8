//! Stores of objects by name: a folder, a web server that takes `PUT`, a bucket.
//!
//! Nothing is opened before the first question. All calls block; every one ends within a time that
//! [`ObjectsSettings::timeout`] bounds, however slow the other side is. A name is a path of plain
//! words; what is put under it appears as a whole or not at all.

#[cfg(feature = "clouds")]
mod cloud;
mod error;
mod folder;
mod http;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use accel_types::python_url::redacted;
use tokio::runtime::Runtime;

use crate::fs;
use crate::interrupt::{self, unless_requested};
use crate::net::NetworkSettings;

pub use error::{ObjectsError, Trouble};

use folder::Folder;

/// Where objects are, and how they are reached.
#[derive(Clone)]
pub struct ObjectsSettings {
    /// `file://`, `http(s)://`, `s3://BUCKET/PREFIX`, `gs://`, `az://`.
    pub url: String,
    /// How long one small request may take, and how long the other side may be silent.
    pub timeout: Duration,
    /// Variables with credentials and endpoints: `AWS_…`, `GOOGLE_…`, `AZURE_…`.
    pub variables: Vec<(String, String)>,
    /// Proxies and trust.
    pub network: NetworkSettings,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// One place with objects.
pub struct Objects {
    settings: ObjectsSettings,
    opened: OnceLock<Result<Opened, ObjectsError>>,
}

/// What exists from the first request on.
enum Opened {
    Folder(Folder),
    Remote {
        /// `None` only while it is being dropped.
        runtime: Option<Runtime>,
        server: Server,
    },
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Self::Remote { runtime, .. } = self
            && let Some(runtime) = runtime.take()
        {
            runtime.shutdown_background();
        }
    }
}

enum Server {
    Http(http::Http),
    #[cfg(feature = "clouds")]
    Cloud(cloud::Cloud),
}

/// Calls the same method of whatever server there is.
macro_rules! each {
    ($server:expr, $bound:ident => $call:expr) => {
        match $server {
            Server::Http($bound) => $call.await,
            #[cfg(feature = "clouds")]
            Server::Cloud($bound) => $call.await,
        }
    };
}

impl Objects {
    /// The place that the settings name. Nothing is opened yet.
    pub fn new(settings: ObjectsSettings) -> Self {
        Self { settings, opened: OnceLock::new() }
    }

    /// Its URL without credentials.
    pub fn shown(&self) -> String {
        redacted(&self.settings.url)
    }

    /// The object, of at most `limit` bytes; `None` if there is none.
    pub fn get(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => folder.get(name, limit),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                each!(server, it => it.get(name, limit, self.settings.timeout))
            }),
        }
    }

    /// Writes the object into the file at `into`; `false` if there is none. The file may be there
    /// in part after an error.
    pub fn fetch(&self, name: &str, into: &Path, limit: u64) -> Result<bool, ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => folder.fetch(name, into, limit),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                let timeout = self.settings.timeout;
                each!(server, it => it.fetch(name, into, limit, timeout))
            }),
        }
    }

    /// Puts an object there, in place of an earlier one.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        self.store(name, bytes, false).map(drop)
    }

    /// Puts an object there unless there is one; says whether it did. Some servers do not know the
    /// condition and overwrite: who must be sure reads the object again.
    pub fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, ObjectsError> {
        self.store(name, bytes, true)
    }

    fn store(&self, name: &str, bytes: Vec<u8>, only_new: bool) -> Result<bool, ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => folder.put(name, &bytes, only_new),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                each!(server, it => it.put(name, bytes, only_new, self.settings.timeout))
            }),
        }
    }

    /// Whether there is an object.
    pub fn exists(&self, name: &str) -> Result<bool, ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => Ok(folder.exists(name)),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                each!(server, it => it.exists(name, self.settings.timeout))
            }),
        }
    }

    /// Removes an object; that there is none is fine.
    pub fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => folder.remove(name),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                each!(server, it => it.remove(name, self.settings.timeout))
            }),
        }
    }

    /// Everything whose name starts with the folder `below`; `None` where servers keep no lists.
    pub fn list(&self, below: &str) -> Result<Option<Vec<Listed>>, ObjectsError> {
        match self.open()? {
            Opened::Folder(folder) => folder.list(below).map(Some),
            Opened::Remote { runtime, server } => wait(runtime.as_ref(), async {
                match server {
                    Server::Http(_) => Ok(None),
                    #[cfg(feature = "clouds")]
                    Server::Cloud(cloud) => {
                        cloud.list(below, self.settings.timeout).await.map(Some)
                    }
                }
            }),
        }
    }

    fn open(&self) -> Result<&Opened, ObjectsError> {
        self.opened.get_or_init(|| open(&self.settings)).as_ref().map_err(Clone::clone)
    }
}

/// Waits for an answer, or for the end of the run.
fn wait<T>(
    runtime: Option<&Runtime>,
    request: impl Future<Output = Result<T, ObjectsError>>,
) -> Result<T, ObjectsError> {
    let ended = || ObjectsError::new(Trouble::Interrupted, "the run was interrupted");
    let runtime = runtime.ok_or_else(ended)?;
    runtime.block_on(unless_requested(request)).unwrap_or_else(|| Err(ended()))
}

fn open(settings: &ObjectsSettings) -> Result<Opened, ObjectsError> {
    let scheme = settings.url.split("://").next().unwrap_or_default().to_ascii_lowercase();
    if scheme == "file" {
        return Folder::open(&settings.url).map(Opened::Folder);
    }
    if settings.network.offline {
        let reason = "the network is not to be used";
        return Err(ObjectsError::new(Trouble::Settings, reason));
    }
    let server = match scheme.as_str() {
        "http" | "https" => Server::Http(http::Http::open(settings)?),
        #[cfg(feature = "clouds")]
        "s3" | "s3a" | "gs" | "az" | "abfs" | "abfss" | "azure" => {
            Server::Cloud(cloud::Cloud::open(settings)?)
        }
        _ => {
            let reason = "this program knows no such kind of store";
            return Err(ObjectsError::new(Trouble::Settings, reason));
        }
    };
    interrupt::watch();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("objects")
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| ObjectsError::new(Trouble::Settings, error.to_string()))?;
    Ok(Opened::Remote { runtime: Some(runtime), server })
}

/// How long a transfer of so many bytes may take: nobody waits for less than 100 kB/s.
fn patience(timeout: Duration, bytes: u64) -> Duration {
    timeout * 2 + Duration::from_secs(bytes / 100_000)
}

/// Runs a request for at most so long.
async fn within<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, ObjectsError>>,
) -> Result<T, ObjectsError> {
    tokio::time::timeout(limit, request).await.unwrap_or_else(|_| {
        let reason = format!("it did not answer within {} seconds", limit.as_secs_f64());
        Err(ObjectsError::new(Trouble::Unreachable, reason))
    })
}

/// Writes pieces into a file as they come.
struct Writing {
    file: std::fs::File,
    path: std::path::PathBuf,
    left: u64,
}

impl Writing {
    fn new(path: &Path, limit: u64) -> Result<Self, ObjectsError> {
        Ok(Self { file: fs::create(path)?, path: path.to_owned(), left: limit })
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), ObjectsError> {
        use std::io::Write as _;
        self.left =
            self.left.checked_sub(piece.len() as u64).ok_or_else(ObjectsError::too_large)?;
        self.file
            .write_all(piece)
            .map_err(|source| ObjectsError::from(crate::IoError::new("write", &self.path, source)))
    }
}
