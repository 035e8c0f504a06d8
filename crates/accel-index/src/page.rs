//! A downloaded page becomes links, in page order, exactly as pip reads it.

use accel_types::Text;
use accel_types::hashes::{Digest, HashAlgorithm};
use accel_types::link::{Link, LinkSource};

use crate::html::{Anchor, anchors};
use crate::json::{self, File, Loose};
use crate::url_text;

/// pip's `Accept` header for pages: JSON first, HTML as second best.
pub const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, \
    application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

/// What a page is written in, by its `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFormat {
    /// PEP 503.
    Html,
    /// PEP 691.
    Json,
}

impl PageFormat {
    /// `None` for a content type that is no page: pip skips those with a warning.
    pub fn of(content_type: &str) -> Option<Self> {
        let is = |prefix: &str| {
            content_type.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if is("application/vnd.pypi.simple.v1+json") {
            Some(Self::Json)
        } else if is("text/html") || is("application/vnd.pypi.simple.v1+html") {
            Some(Self::Html)
        } else {
            None
        }
    }
}

/// Reads a page. `url` is where it was found after redirects; it resolves relative links and
/// becomes the links' `comes_from`. Fails only on text that is no JSON at all.
pub fn links(
    body: &[u8],
    content_type: &str,
    url: &str,
    source: LinkSource,
) -> Result<Vec<Link>, serde_json::Error> {
    let mut links = Vec::new();
    if PageFormat::of(content_type) == Some(PageFormat::Json) {
        let page = Text::from(url);
        json::files(body, |file| links.extend(from_file(file, &page, source)))?;
    } else {
        let text = decoded(body, content_type);
        let found = anchors(&text);
        let base = found.base.as_deref().filter(|base| !base.is_empty()).unwrap_or(url);
        let page = Text::from(url);
        links.extend(
            found.anchors.iter().filter_map(|anchor| from_anchor(anchor, &page, base, source)),
        );
    }
    Ok(in_pip_order(links))
}

/// A link, and the fragment of its URL with the sign before it, empty if there is none: pip tells
/// links apart by both.
type Found = (Link, String);

/// pip's `_sort_links`: links with an `egg` fragment come last, and repeated ones vanish.
fn in_pip_order(found: Vec<Found>) -> Vec<Link> {
    let mut seen = std::collections::HashSet::with_capacity(found.len());
    let first: Vec<bool> = found
        .iter()
        .map(|(link, fragment)| seen.insert((link.url.as_str(), fragment.as_str())))
        .collect();
    let (mut plain, mut eggs) = (Vec::with_capacity(found.len()), Vec::new());
    for ((link, fragment), first) in found.into_iter().zip(first) {
        if first {
            if has_egg(&link.url, &fragment) { &mut eggs } else { &mut plain }.push(link);
        }
    }
    plain.append(&mut eggs);
    plain
}

/// pip's `_sort_links` for links that do not come from one page.
pub(crate) fn without_repetitions(links: Vec<Link>) -> Vec<Link> {
    let whole = |link: Link| {
        let fragment = link.url_with_digest()[link.url.len()..].to_owned();
        (link, fragment)
    };
    in_pip_order(links.into_iter().map(whole).collect())
}

/// The text of an HTML page by the charset of its content type; UTF-8 where it names none.
fn decoded<'a>(body: &'a [u8], content_type: &str) -> std::borrow::Cow<'a, str> {
    let charset = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_ascii_lowercase());
    match charset.as_deref() {
        Some(
            "iso-8859-1" | "iso8859-1" | "latin-1" | "latin1" | "l1" | "windows-1252" | "cp1252",
        ) => body.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        _ => String::from_utf8_lossy(body),
    }
}

/// A link to `url`, which is absolute and quoted, with what its fragment says.
pub(crate) fn plain_link(url: &str, source: LinkSource, comes_from: &str) -> Link {
    found_link(url.to_owned(), source, &comes_from.into()).0
}

fn found_link(mut url: String, source: LinkSource, comes_from: &Text) -> Found {
    let mut digests = Vec::new();
    if url.bytes().any(|byte| matches!(byte, b'#' | b'&')) {
        digests.extend(Digest::from_url(&url));
    }
    let fragment = match url.find('#') {
        Some(at) => url.split_off(at),
        None => String::new(),
    };
    let link = Link {
        filename: url_text::filename(&url).into(),
        url: url.into(),
        digests,
        requires_python: None,
        yanked: None,
        core_metadata: None,
        upload_time: None,
        size: None,
        source,
        comes_from: comes_from.clone(),
    };
    (link, fragment)
}

/// Whether pip sees an `egg` in a URL.
fn has_egg(url: &str, fragment: &str) -> bool {
    let named = |text: &str| {
        text.split(['#', '&'])
            .skip(1)
            .any(|part| part.strip_prefix("egg=").is_some_and(|name| !name.is_empty()))
    };
    named(fragment) || (url.contains('&') && named(url))
}

fn from_anchor(anchor: &Anchor<'_>, page: &Text, base: &str, source: LinkSource) -> Option<Found> {
    let href = anchor.href.as_deref().filter(|href| !href.is_empty())?;
    let url = url_text::absolute(base, href)?;
    let announced = anchor.core_metadata.as_deref().or(anchor.dist_info_metadata.as_deref());
    let (mut link, fragment) = found_link(url, source, page);
    link.requires_python = anchor.requires_python.as_deref().and_then(not_empty);
    link.yanked = anchor.yanked.as_deref().map(Into::into);
    link.core_metadata = announced.map(|text| {
        let digest = text.split_once('=').and_then(|(name, hex)| digest(name, hex));
        digest.into_iter().collect()
    });
    Some((link, fragment))
}

fn from_file(file: File<'_>, page: &Text, source: LinkSource) -> Option<Found> {
    let Loose::Text(reference) = &file.url else { return None };
    let url = url_text::absolute(page, reference)?;
    let (mut link, fragment) = found_link(url, source, page);
    if let Loose::Object(members) = &file.hashes {
        // A digest in the fragment replaces the page's of the same algorithm.
        let own = std::mem::take(&mut link.digests);
        link.digests = members.iter().filter_map(|(name, hex)| digest(name, hex)).collect();
        for digest in own {
            match link.digests.iter_mut().find(|other| other.algorithm == digest.algorithm) {
                Some(other) => *other = digest,
                None => link.digests.push(digest),
            }
        }
    }
    link.requires_python = file.requires_python.into_text();
    let announced =
        if file.core_metadata.is_null() { file.dist_info_metadata } else { file.core_metadata };
    link.core_metadata = match announced {
        Loose::Object(members) => {
            Some(members.iter().filter_map(|(name, hex)| digest(name, hex)).collect())
        }
        other => other.is_truthy().then(Vec::new),
    };
    link.yanked = match file.yanked {
        Loose::Text(reason) => not_empty(&reason),
        other => other.is_truthy().then(Text::default),
    };
    link.upload_time = file.upload_time.into_text();
    link.size = match file.size {
        Loose::Number(size) => Some(size),
        _ => None,
    };
    Some((link, fragment))
}

fn digest(name: &str, hex: &str) -> Option<Digest> {
    name.parse::<HashAlgorithm>().ok().map(|algorithm| Digest::new(algorithm, hex))
}

fn not_empty(text: &str) -> Option<Text> {
    (!text.is_empty()).then(|| text.into())
}
