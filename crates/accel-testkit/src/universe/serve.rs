//! Makes a universe real: files, servers, what is installed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Dist, Universe};
use crate::index::{Answer, IndexOptions, IndexServer, PageKind};
use crate::sdist::SdistMaker;
use crate::wheel::{WheelMaker, sha256};

/// The running indexes of a universe and its folder of links.
pub struct Served {
    servers: Vec<IndexServer>,
    links: PathBuf,
}

impl Served {
    /// Starts everything; `folder` is empty.
    pub fn new(universe: &Universe, folder: &Path) -> Self {
        let links = folder.join("links");
        std::fs::create_dir_all(&links).expect("the stage takes folders");
        for dist in &universe.links {
            std::fs::write(links.join(dist.filename()), dist.bytes()).expect("a file");
        }
        let servers = universe.indexes.iter().enumerate().map(|(number, index)| {
            let place = folder.join(format!("index-{number}"));
            std::fs::create_dir_all(&place).expect("the stage takes folders");
            let mut options = IndexOptions {
                pages: if index.html { PageKind::Html } else { PageKind::Negotiated },
                metadata: !index.no_metadata,
                digests: !index.no_digests,
                ..IndexOptions::default()
            };
            for dist in &index.files {
                let name = dist.filename();
                std::fs::write(place.join(&name), dist.bytes()).expect("a file");
                if let Some(reason) = &dist.yanked {
                    options.yanked.insert(name.clone(), reason.clone());
                }
                if let Some(time) = &dist.uploaded {
                    options.uploaded.insert(name.clone(), time.clone());
                }
                if dist.broken == "beside" {
                    let other = Dist { requires: vec!["altered".to_owned()], ..dist.clone() };
                    options.beside.insert(name.clone(), other.metadata().into_bytes());
                }
                if dist.python_hidden {
                    options.without_python.insert(name);
                }
            }
            let server = IndexServer::start(place, options);
            for dist in &index.files {
                let path = format!("/files/{}", dist.filename());
                match dist.broken.as_str() {
                    "missing" => server.fix(&path, Answer::new(404, "text/plain", "gone")),
                    "digest" => {
                        let other = Dist { requires: vec!["altered".to_owned()], ..dist.clone() };
                        server.fix(&path, Answer::new(200, "text/plain", other.bytes()));
                    }
                    _ => {}
                }
            }
            for (project, status) in &index.pages {
                let answer = Answer::new(*status, "text/plain", "no");
                server.fix(&format!("/simple/{project}/"), answer);
            }
            server
        });
        Self { servers: servers.collect(), links }
    }

    /// The options that name the indexes and links.
    pub fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        for (number, server) in self.servers.iter().enumerate() {
            let option = if number == 0 { "--index-url" } else { "--extra-index-url" };
            options.push(format!("{option}={}", server.url()));
        }
        if self.servers.is_empty() {
            options.push("--no-index".to_owned());
        }
        if std::fs::read_dir(&self.links).is_ok_and(|mut entries| entries.next().is_some()) {
            options.push(format!("--find-links={}", self.links.display()));
        }
        options
    }

    /// A text with everything between braces put in; `None` if there is no such thing.
    pub fn filled(&self, text: &str) -> Option<String> {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) = after.split_once('}')?;
            done.push_str(before);
            done.push_str(&self.named(inside)?);
            rest = after;
        }
        done.push_str(rest);
        Some(done)
    }

    fn named(&self, words: &str) -> Option<String> {
        let words: Vec<&str> = words.split(' ').collect();
        let server = |number: &str| self.servers.get(number.parse::<usize>().ok()?);
        match words[..] {
            ["links"] => Some(self.links.display().to_string()),
            ["index", number] => Some(server(number)?.url()),
            [what, place, file] => {
                let (path, url) = if place == "links" {
                    let path = self.links.join(file);
                    let url = format!("file://{}", path.display());
                    (path, url)
                } else {
                    let server = server(place)?;
                    (server.folder().join(file), server.at(&format!("files/{file}")))
                };
                let bytes = std::fs::read(&path).ok()?;
                match what {
                    "url" => Some(url),
                    "path" => Some(path.display().to_string()),
                    "sha256" => Some(sha256(&bytes)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Dist {
    /// Whether it is a source distribution.
    pub fn is_sdist(&self) -> bool {
        self.tag == "sdist"
    }

    /// Its file's name.
    pub fn filename(&self) -> String {
        if self.is_sdist() { self.sdist().filename() } else { self.wheel().filename() }
    }

    /// Its file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self.broken.as_str() {
            "garbage" => format!("no archive: {} {}\n", self.name, self.version).into_bytes(),
            _ if self.is_sdist() => self.sdist().build(),
            _ => self.wheel().build(),
        }
    }

    fn metadata(&self) -> String {
        let name = if self.broken == "name" { "quite-other" } else { &self.name };
        let version = if self.broken == "version" { "77" } else { &self.version };
        let mut lines = vec![format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}")];
        lines.extend(self.python.iter().map(|text| format!("Requires-Python: {text}")));
        lines.extend(self.extras.iter().map(|text| format!("Provides-Extra: {text}")));
        lines.extend(self.requires.iter().map(|text| format!("Requires-Dist: {text}")));
        if self.broken == "requires" {
            lines.push("Requires-Dist: not a !! requirement".to_owned());
        }
        if self.windows {
            lines.push("License: as it is\n   and will be\n\n# A title\n\nText.".to_owned());
            return lines.join("\n").replace('\n', "\r\n") + "\r\n";
        }
        lines.join("\n") + "\n"
    }

    fn wheel(&self) -> WheelMaker {
        let tag = if self.tag.is_empty() { "py3-none-any" } else { &self.tag };
        let module = self.name.replace(['-', '.'], "_").to_lowercase();
        // Files of different tags and builds are different.
        let contents = format!("origin = {:?}\n", (tag, &self.version, &self.requires));
        WheelMaker::new(&self.name, &self.version)
            .tag(tag)
            .file(&format!("{module}.py"), contents)
            .replace("METADATA", Some(self.metadata().as_bytes()))
    }

    fn sdist(&self) -> SdistMaker {
        let backend = include_str!("backend.py")
            .replace("@FAILS@", if self.broken == "fails" { "True" } else { "False" });
        SdistMaker::new(&self.name.replace(['-', '.'], "_"), &self.version)
            .file(
                "pyproject.toml",
                "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
            )
            .file("backend.py", backend)
            .file("METADATA.in", self.metadata())
    }

    /// Writes it into a `site-packages` as an installer would leave it.
    pub fn install(&self, site_packages: &Path) {
        let module = format!("{}.py", self.name.replace(['-', '.'], "_").to_lowercase());
        let info = format!("{}-{}.dist-info", self.name.replace(['-', '.'], "_"), self.version);
        let mut files = vec![
            (module, "installed = True\n".to_owned()),
            (format!("{info}/METADATA"), self.metadata()),
            (format!("{info}/INSTALLER"), "pip\n".to_owned()),
            (format!("{info}/WHEEL"), "Wheel-Version: 1.0\nTag: py3-none-any\n".to_owned()),
        ];
        if let Some(url) = &self.direct {
            let text = serde_json::json!({ "url": url, "archive_info": {} }).to_string();
            files.push((format!("{info}/direct_url.json"), text));
        }
        let mut record: String = files.iter().map(|(path, _)| path.clone() + ",,\n").collect();
        let _ = writeln!(record, "{info}/RECORD,,");
        files.push((format!("{info}/RECORD"), record));
        std::fs::create_dir_all(site_packages.join(&info)).expect("the stage takes folders");
        for (path, text) in files {
            std::fs::write(site_packages.join(path), text).expect("the stage takes files");
        }
    }
}
