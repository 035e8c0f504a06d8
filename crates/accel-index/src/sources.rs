//! Which places are looked at for a project, in pip's order and with pip's complaints
//! (pip: `index/sources.py`, `collect_sources`).

use std::net::IpAddr;
use std::path::PathBuf;

use accel_io::fs;
use accel_types::name::PackageName;

use crate::settings::{Complaint, IndexSettings};
use crate::url_text;
use accel_types::python_url;

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A folder of archives and HTML files (`--find-links`).
    Folder { path: PathBuf, url: String },
    /// A file: a page if its name ends like HTML, else a distribution.
    File { url: String },
    /// A page on a server, perhaps an archive. With credentials if the user gave them.
    Remote { url: String },
    /// A project's folder of an index on disk: its `index.html` is the page.
    IndexFolder { url: String },
}

impl Source {
    /// The place as a URL.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Folder { url, .. }
            | Self::File { url }
            | Self::Remote { url }
            | Self::IndexFolder { url } => url,
        }
    }
}

/// The places of one kind for a project, without repetitions.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) find_links: Vec<Source>,
    pub(crate) indexes: Vec<Source>,
    pub(crate) complaints: Vec<Complaint>,
}

/// All places for a project.
pub(crate) fn sources(settings: &IndexSettings, project: &PackageName) -> Sources {
    let mut found = Sources::default();
    // pip builds the index sources first, which matters for the order of complaints only.
    if !settings.no_index {
        for index in &settings.index_urls {
            let location = project_location(index, project);
            add(&mut found.indexes, build(&location, false), &mut found.complaints);
        }
    }
    for location in &settings.find_links {
        add(&mut found.find_links, build(location, true), &mut found.complaints);
    }
    found
}

fn add(
    sources: &mut Vec<Source>,
    built: Result<Source, Complaint>,
    complaints: &mut Vec<Complaint>,
) {
    match built {
        Ok(source) if sources.iter().any(|other| other.url() == source.url()) => {}
        Ok(source) => sources.push(source),
        Err(complaint) => complaints.push(complaint),
    }
}

/// The URL or path of a project below an index (`posixpath.join`, and a slash at the end).
pub(crate) fn project_location(index: &str, project: &PackageName) -> String {
    let slash = if index.is_empty() || index.ends_with('/') { "" } else { "/" };
    format!("{index}{slash}{}/", project.as_str())
}

/// pip's `build_source`.
fn build(location: &str, expand_folders: bool) -> Result<Source, Complaint> {
    let (url, path) = if fs::exists(location) {
        let path = PathBuf::from(location);
        (url_text::from_path(&path), path)
    } else if location.starts_with("file:") {
        let path = url_text::to_path(location).unwrap_or_default();
        (location.to_owned(), path)
    } else if is_url(location) {
        return Ok(Source::Remote { url: location.to_owned() });
    } else {
        return Err(Complaint::warning(format!(
            "Location '{location}' is ignored: it is either a non-existing path or lacks a \
             specific scheme."
        )));
    };
    if fs::is_dir(&path) {
        Ok(if expand_folders { Source::Folder { path, url } } else { Source::IndexFolder { url } })
    } else if fs::is_file(&path) {
        Ok(Source::File { url })
    } else {
        Err(Complaint::warning(format!(
            "Location '{location}' is ignored: it is neither a file nor a directory."
        )))
    }
}

/// The place by `ftp`, if there is one: pip takes it for a place, and then has nothing that fetches it.
pub(crate) fn without_adapter(settings: &IndexSettings, project: &PackageName) -> Option<String> {
    let of_ftp = |place: &&String| {
        place.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("ftp:"))
            && insecure_complaint(place, &settings.trusted_hosts).is_none()
    };
    let links = settings.find_links.iter().filter(of_ftp).cloned();
    let indexes = settings.index_urls.iter().filter(|_| !settings.no_index).filter(of_ftp);
    links.chain(indexes.map(|index| project_location(index, project))).next()
}

/// Schemes of version control systems, alone or before `+`.
const VCS: [&str; 6] = ["ssh", "git", "hg", "bzr", "sftp", "svn"];

/// pip's `is_url`.
fn is_url(text: &str) -> bool {
    let cleaned = python_url::cleaned(text);
    let Some(parts) = python_url::split(&cleaned) else { return false };
    let scheme = &*parts.scheme;
    let of_vcs = |system: &str, transports: &[&str]| {
        let rest = scheme.strip_prefix(system).and_then(|rest| rest.strip_prefix('+'));
        rest.is_some_and(|transport| transports.contains(&transport))
    };
    matches!(scheme, "http" | "https" | "file" | "ftp")
        || of_vcs("git", &["http", "https", "ssh", "git", "file"])
        || of_vcs("hg", &["file", "http", "https", "ssh", "static-http"])
        || of_vcs("svn", &["ssh", "http", "https", "svn", "file"])
        || of_vcs("bzr", &["http", "https", "ssh", "sftp", "ftp", "lp", "file"])
}

/// pip's complaint about a page that belongs to a version control system.
pub(crate) fn vcs_complaint(url: &str) -> Option<Complaint> {
    let lower = url.to_ascii_lowercase();
    let scheme = VCS.into_iter().find(|scheme| {
        lower.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(['+', ':']))
    })?;
    Some(Complaint::warning(format!(
        "Cannot look at {scheme} URL {} because it does not support lookup as web pages.",
        python_url::redacted(url)
    )))
}

/// pip's complaint about a page that comes over an insecure connection from a host that was not
/// declared trusted (`is_secure_origin`).
pub(crate) fn insecure_complaint(url: &str, trusted: &[String]) -> Option<Complaint> {
    let cleaned = python_url::cleaned(url);
    let parts = python_url::split(&cleaned)?;
    let netloc = parts.netloc.rsplit('@').next().unwrap_or_default();
    let (host, port) = host_and_port(netloc);
    let scheme = parts.scheme.rsplit('+').next().unwrap_or_default();
    let secure = matches!(scheme, "https" | "file" | "ssh")
        || host.is_empty()
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || trusted.iter().any(|entry| {
            let (trusted_host, trusted_port) = host_and_port(entry);
            trusted_host.eq_ignore_ascii_case(host)
                && (trusted_port.is_none() || trusted_port == port)
        });
    (!secure).then(|| {
        let host = host.to_ascii_lowercase();
        Complaint::warning(format!(
            "The repository located at {host} is not a trusted or secure host and is being \
             ignored. If this repository is available via HTTPS we recommend you use HTTPS \
             instead, otherwise you may silence this warning and allow it anyway with \
             '--trusted-host {host}'."
        ))
    })
}

fn host_and_port(netloc: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = netloc.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match netloc.split_once(':') {
        // An IPv6 address without brackets, as `--trusted-host` allows it.
        Some((_, port)) if port.contains(':') => (netloc, None),
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (netloc, None),
    }
}

/// Whether pip takes a file for a page by its name (`mimetypes.guess_type`, which also looks
/// behind the suffixes of compressors).
pub(crate) fn is_html(url: &str) -> bool {
    let cleaned = python_url::cleaned(url);
    let path = python_url::split(&cleaned).map_or(url, |parts| parts.path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut name = name;
    for suffix in [".gz", ".Z", ".bz2", ".xz", ".br"] {
        if let Some(stem) = name.strip_suffix(suffix) {
            name = stem;
            break;
        }
    }
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    !stem.trim_matches('.').is_empty()
        && (extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_project() {
        let settings = IndexSettings {
            index_urls: vec!["https://h/simple".into(), "https://h/simple/".into(), "/none".into()],
            find_links: vec!["https://h/l.html".into(), "none".into(), "file:///none".into()],
            ..IndexSettings::default()
        };
        let found = sources(&settings, &PackageName::new("A.b"));
        assert_eq!(found.indexes, [Source::Remote { url: "https://h/simple/a-b/".into() }]);
        assert_eq!(found.find_links, [Source::Remote { url: "https://h/l.html".into() }]);
        let texts: Vec<&str> = found.complaints.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Location '/none/a-b/' is ignored: it is either a non-existing path or lacks a specific scheme.",
                "Location 'none' is ignored: it is either a non-existing path or lacks a specific scheme.",
                "Location 'file:///none' is ignored: it is neither a file nor a directory.",
            ]
        );
    }

    #[test]
    fn secure_origins() {
        let insecure = |url: &str, trusted: &[&str]| {
            let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
            insecure_complaint(url, &trusted).is_some()
        };
        assert!(!insecure("https://h/", &[]));
        assert!(!insecure("http://127.3.0.1:80/", &[]));
        assert!(!insecure("http://LocalHost:80/", &[]));
        assert!(!insecure("http://[::1]:80/", &[]));
        assert!(insecure("http://h/", &[]));
        assert!(!insecure("http://me:pw@h:8080/", &["h"]));
        assert!(!insecure("http://h:8080/", &["H:8080"]));
        assert!(insecure("http://h:8081/", &["h:8080"]));
        assert!(insecure("ftp://h/", &[]));
    }

    #[test]
    fn pages_by_name() {
        assert!(is_html("file:///srv/links.HTML"));
        assert!(is_html("https://h/a.htm?x#y"));
        assert!(!is_html("https://h/a.whl"));
        assert!(!is_html("https://h/html"));
        assert!(!is_html("https://h/.html"));
    }
}
