//! Texts: what reads them ends, and what it writes it can read again.

use std::io;

use accel_index::page;
use accel_requirements::{Fetched, FileOptions, PathKind, Reader, RequirementsError, Source};
use accel_types::link::LinkSource;
use accel_types::metadata::LineEnds;
use accel_types::{CoreMetadata, EntryPoints, WheelInfo, record};

pub(crate) const METADATA_WORDS: &[&str] = &[
    "Name: ",
    "Version: ",
    "Requires-Dist: ",
    "Provides-Extra: ",
    "Requires-Python: ",
    "\n\n",
    "\n ",
    "\r\n",
    ": ",
    "Wheel-Version: ",
    "Root-Is-Purelib: ",
    "Tag: ",
    "\u{feff}",
    "\0",
    "==",
    "~=",
    ";",
    "extra == 'x'",
    "[",
    "]",
    "@ https://h/p",
    "===",
    "1!2.0rc1.post2.dev3+l.4",
    "99999999999999999999",
    "python_version",
    " and ",
    " or ",
    "not in",
    "(",
    ")",
];

pub(crate) const RECORD_WORDS: &[&str] =
    &["\"", "\"\"", ",", ",,", "\n", "\r", "\r\n", "sha256=", "../", "/", "\0", "\\"];

pub(crate) const INI_WORDS: &[&str] = &[
    "[global]\n",
    "[console_scripts]\n",
    "[DEFAULT]\n",
    "[",
    "]",
    " = ",
    ":",
    "\n ",
    "\n",
    "#",
    ";",
    "\r\n",
    "%(a)s",
    "\u{feff}",
    "a.b:c.d [x]",
    "\t",
    "\0",
];

pub(crate) const HTML_WORDS: &[&str] = &[
    "<a href=\"",
    "</a>",
    "<base href=",
    "<!--",
    "-->",
    "&amp;",
    "&#x",
    "&#99999999;",
    "#sha256=",
    "#egg=",
    "data-yanked",
    "data-requires-python=\"",
    "data-core-metadata=",
    "'",
    "\"",
    ">",
    "<",
    "<script>",
    "</script>",
    "<![CDATA[",
    "\0",
    "file:///etc/passwd",
    "//[",
    "%2F",
    "%",
    "?",
    "\\",
];

pub(crate) const JSON_WORDS: &[&str] = &[
    "\"files\":[",
    "\"url\":",
    "\"hashes\":{",
    "\"filename\":",
    "\"yanked\":",
    "true",
    "null",
    "\"",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "1e999",
    "-0",
    "\"core-metadata\":",
    "[[[[[[[[",
];

pub(crate) const REQUIREMENT_WORDS: &[&str] = &[
    "-r ",
    "-c ",
    "-e ",
    "--hash=sha256:",
    "--index-url ",
    "--no-binary ",
    "${HOME}",
    "\\\n",
    "\n",
    " #",
    "; ",
    "[x]",
    "==",
    " @ ",
    "git+ssh://",
    "file:///",
    "#egg=x",
    "&subdirectory=",
    "'",
    "\"",
    "\u{feff}",
    "# -*- coding: latin-1 -*-\n",
    "self.txt",
    "--config-settings ",
    "--",
    "\0",
    ".whl",
    "../",
];

pub(crate) fn metadata(bytes: &[u8]) {
    for ends in [LineEnds::Translated, LineEnds::AsWritten] {
        let Ok(found) = CoreMetadata::parse(bytes, ends) else {
            drop(CoreMetadata::parse_lenient(bytes, ends));
            continue;
        };
        let _ = found.description();
    }
}

pub(crate) fn record(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(rows) = record::parse(&text) else { return };
    let written = record::write_rows(&rows);
    let again = record::parse(&written).expect("what was written can be read");
    assert!(rows == again, "{rows:?} became {again:?}");
}

pub(crate) fn wheel(bytes: &[u8]) {
    if let Ok(found) = WheelInfo::parse(bytes) {
        drop(found.check_compatibility("demo"));
    }
}

pub(crate) fn entry_points(bytes: &[u8]) {
    if let Ok(found) = EntryPoints::parse(&String::from_utf8_lossy(bytes)) {
        drop((found.console_scripts(), found.gui_scripts()));
    }
}

pub(crate) fn simple_html(bytes: &[u8]) {
    page(bytes, "text/html; charset=utf-8");
    page(bytes, "text/html; charset=latin-1");
}

pub(crate) fn simple_json(bytes: &[u8]) {
    page(bytes, "application/vnd.pypi.simple.v1+json");
}

fn page(bytes: &[u8], kind: &str) {
    let Ok(links) = page::links(bytes, kind, "https://h/simple/demo/", LinkSource::Index) else {
        return;
    };
    for link in links {
        drop(link.url_with_digest());
    }
}

pub(crate) fn requirements(bytes: &[u8]) {
    let source = Memory(bytes);
    let mut reader = Reader::new(&source, "pip", FileOptions::default());
    drop(reader.read("self.txt", false));
    drop(reader.read("self.txt", true));
    if let Some(line) = String::from_utf8_lossy(bytes).lines().next() {
        drop(reader.argument(line, &accel_requirements::ConfigSettings::default()));
        drop(reader.editable(line, &accel_requirements::ConfigSettings::default()));
        drop(reader.dependency(line));
    }
}

pub(crate) fn pip_conf(bytes: &[u8]) {
    drop(pip_accel::config::ini::parse(&String::from_utf8_lossy(bytes), "pip.conf"));
}

/// A world of one file, which every path leads to.
struct Memory<'a>(&'a [u8]);

impl Source for Memory<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if std::path::Path::new(path).extension().is_some_and(|kind| kind == "txt") {
            Ok(self.0.to_vec())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn fetch(&self, _url: &str) -> Result<Fetched, RequirementsError> {
        Ok(Fetched { body: self.0.to_vec(), content_type: Some("text/plain".to_owned()) })
    }

    fn kind(&self, path: &str) -> PathKind {
        match path.len() % 3 {
            0 => PathKind::Missing,
            1 => PathKind::File,
            _ => PathKind::Directory,
        }
    }

    fn current_dir(&self) -> &'static str {
        "/work"
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/me".to_owned())
    }

    fn locale_encoding(&self) -> &'static str {
        "UTF-8"
    }
}
