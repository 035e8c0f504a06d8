//! A sdist maker for tests.

use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// Describes a sdist (`NAME-VERSION.tar.gz`) and then writes it.
///
/// ```
/// let sdist = accel_testkit::sdist::SdistMaker::new("demo", "1.0").file("demo.py", "x = 1\n");
/// assert_eq!(sdist.filename(), "demo-1.0.tar.gz");
/// assert_eq!(sdist.build(), sdist.build());
/// ```
#[derive(Debug, Clone)]
pub struct SdistMaker {
    name: String,
    version: String,
    files: Vec<(String, Vec<u8>)>,
}

impl SdistMaker {
    /// A sdist with nothing but `PKG-INFO`.
    pub fn new(name: &str, version: &str) -> Self {
        let info = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let files = vec![("PKG-INFO".to_owned(), info.into_bytes())];
        Self { name: name.to_owned(), version: version.to_owned(), files }
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn file(mut self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.files.retain(|(known, _)| known != name);
        self.files.push((name.to_owned(), contents.as_ref().to_vec()));
        self
    }

    /// Its file name.
    pub fn filename(&self) -> String {
        format!("{}-{}.tar.gz", self.name, self.version)
    }

    /// The bytes of the sdist; the same for the same contents.
    pub fn build(&self) -> Vec<u8> {
        let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (name, contents) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1_577_836_800);
            let path = format!("{}-{}/{name}", self.name, self.version);
            tar.append_data(&mut header, path, &contents[..]).expect("memory takes bytes");
        }
        let gzip = tar.into_inner().expect("memory takes bytes");
        gzip.finish().expect("memory takes bytes")
    }

    /// Writes it into a directory under its own name.
    pub fn write_to(&self, directory: &Path) -> PathBuf {
        let path = directory.join(self.filename());
        std::fs::write(&path, self.build()).expect("the test's directory takes files");
        path
    }
}
