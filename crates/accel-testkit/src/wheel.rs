//! A maker of small wheels: the same calls give the same bytes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::zip::{ZipMaker, ZipMember};

/// Describes a wheel and then writes it.
///
/// ```
/// let wheel = accel_testkit::wheel::WheelMaker::new("demo", "1.0")
///     .file("demo/__init__.py", "def main(): print('hello')\n")
///     .entry_point("console_scripts", "demo", "demo:main")
///     .requires("six>=1.0");
/// assert_eq!(wheel.filename(), "demo-1.0-py3-none-any.whl");
/// let bytes = wheel.build();
/// assert_eq!(bytes, wheel.build());
/// ```
#[derive(Clone, Debug)]
pub struct WheelMaker {
    name: String,
    version: String,
    tag: String,
    purelib: bool,
    dist_info: String,
    metadata: Vec<String>,
    entry_points: Vec<(String, String, String)>,
    members: Vec<ZipMember>,
    replaced: Vec<(String, Option<Vec<u8>>)>,
    record: Option<String>,
}

impl WheelMaker {
    /// A pure wheel for Python 2 and 3 without any file of its own.
    pub fn new(name: &str, version: &str) -> Self {
        let dist_info = format!("{}-{version}.dist-info", escaped(name));
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            tag: "py3-none-any".to_owned(),
            purelib: true,
            dist_info,
            metadata: Vec::new(),
            entry_points: Vec::new(),
            members: Vec::new(),
            replaced: Vec::new(),
            record: None,
        }
    }

    /// Another tag than `py3-none-any`.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// `Root-Is-Purelib: false`.
    #[must_use]
    pub fn platlib(mut self) -> Self {
        self.purelib = false;
        self
    }

    /// Another name of the `.dist-info` directory than the right one.
    #[must_use]
    pub fn dist_info(mut self, directory: &str) -> Self {
        directory.clone_into(&mut self.dist_info);
        self
    }

    /// A file with mode 0644.
    #[must_use]
    pub fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.member(ZipMember::new(name, contents))
    }

    /// A file with mode 0755.
    #[must_use]
    pub fn executable(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.member(ZipMember::new(name, contents).with_mode(0o100_755))
    }

    /// A file of the `.data` directory; `key` is `scripts`, `data`, `headers`, `purelib` or
    /// `platlib`.
    #[must_use]
    pub fn data(self, key: &str, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = format!("{}-{}.data/{key}/{name}", escaped(&self.name), self.version);
        self.file(&path, contents)
    }

    /// Any entry, lies included.
    #[must_use]
    pub fn member(mut self, member: ZipMember) -> Self {
        self.members.push(member);
        self
    }

    /// A line of METADATA after name and version, such as `Provides-Extra: test`.
    #[must_use]
    pub fn metadata(mut self, line: &str) -> Self {
        self.metadata.push(line.to_owned());
        self
    }

    /// A `Requires-Dist` line.
    #[must_use]
    pub fn requires(self, requirement: &str) -> Self {
        self.metadata(&format!("Requires-Dist: {requirement}"))
    }

    /// A line of `entry_points.txt`.
    #[must_use]
    pub fn entry_point(mut self, group: &str, name: &str, value: &str) -> Self {
        self.entry_points.push((group.to_owned(), name.to_owned(), value.to_owned()));
        self
    }

    /// Another text for a file of the `.dist-info` directory (`WHEEL`, `METADATA`, …), or none.
    /// RECORD lists the file as it then is.
    #[must_use]
    pub fn replace(mut self, name: &str, contents: Option<&[u8]>) -> Self {
        self.replaced.push((name.to_owned(), contents.map(<[u8]>::to_vec)));
        self
    }

    /// Another RECORD than the right one.
    #[must_use]
    pub fn record(mut self, text: &str) -> Self {
        self.record = Some(text.to_owned());
        self
    }

    /// Its file name.
    pub fn filename(&self) -> String {
        format!("{}-{}-{}.whl", escaped(&self.name), self.version, self.tag)
    }

    /// The bytes of METADATA.
    pub fn metadata_text(&self) -> String {
        let mut text =
            format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", self.name, self.version);
        for line in &self.metadata {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// The bytes of the wheel.
    pub fn build(&self) -> Vec<u8> {
        self.zip().build()
    }

    /// The archive before it is written, for those who want it to lie.
    pub fn zip(&self) -> ZipMaker {
        let mut members = self.members.clone();
        let root = if self.purelib { "true" } else { "false" };
        let mut info = vec![
            ("METADATA", self.metadata_text()),
            (
                "WHEEL",
                format!(
                    "Wheel-Version: 1.0\nGenerator: accel-testkit\nRoot-Is-Purelib: {root}\nTag: {}\n",
                    self.tag
                ),
            ),
        ];
        if !self.entry_points.is_empty() {
            info.push(("entry_points.txt", self.entry_points_text()));
        }
        let mut info: Vec<(String, Vec<u8>)> =
            info.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect();
        for (name, contents) in &self.replaced {
            info.retain(|(known, _)| known != name);
            if let Some(contents) = contents {
                info.push((name.clone(), contents.clone()));
            }
        }
        for (name, contents) in &info {
            if name != "RECORD" {
                members.push(ZipMember::new(format!("{}/{name}", self.dist_info), contents));
            }
        }
        if !self.replaced.iter().any(|(name, _)| name == "RECORD") {
            let record = self.record.clone().unwrap_or_else(|| self.record_text(&members));
            members.push(ZipMember::new(format!("{}/RECORD", self.dist_info), record));
        }
        ZipMaker::new(members)
    }

    /// Writes it into a directory under its own name.
    pub fn write_to(&self, directory: &Path) -> PathBuf {
        let path = directory.join(self.filename());
        std::fs::write(&path, self.build()).expect("the test's directory takes files");
        path
    }

    fn entry_points_text(&self) -> String {
        let mut groups: Vec<&str> = Vec::new();
        for (group, _, _) in &self.entry_points {
            if !groups.contains(&group.as_str()) {
                groups.push(group);
            }
        }
        let mut text = String::new();
        for group in groups {
            let _ = writeln!(text, "[{group}]");
            for (_, name, value) in self.entry_points.iter().filter(|(of, _, _)| of == group) {
                let _ = writeln!(text, "{name} = {value}");
            }
            text.push('\n');
        }
        text
    }

    fn record_text(&self, members: &[ZipMember]) -> String {
        let mut text = String::new();
        for member in members.iter().filter(|member| !member.name.ends_with(b"/")) {
            let contents = contents_of(member);
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&contents));
            let name = String::from_utf8_lossy(&member.name);
            let _ = writeln!(text, "{name},sha256={hash},{}", contents.len());
        }
        let _ = writeln!(text, "{}/RECORD,,", self.dist_info);
        text
    }
}

/// The sha256 of some bytes in lower case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn contents_of(member: &ZipMember) -> Vec<u8> {
    use std::io::Read as _;
    let mut contents = Vec::new();
    if member.method == 8 {
        flate2::read::DeflateDecoder::new(&member.compressed[..])
            .read_to_end(&mut contents)
            .expect("the maker deflated it");
    } else {
        contents.clone_from(&member.compressed);
    }
    contents
}

/// The name as it stands in file names.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(part);
    }
    text
}
