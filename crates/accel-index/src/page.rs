//! A downloaded page becomes links, in page order, exactly as pip reads it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use accel_types::Text;
use accel_types::link::{Link, LinkSource};

use crate::found::{Found, FoundDigest};
use crate::html::{Anchor, anchors};
use crate::json::{self, File, Loose};
use crate::page_links::{Encoder, PageLinks};
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
    let page = Text::from(url);
    let own = |found: Found<'_>| found.into_link(&page);
    if PageFormat::of(content_type) == Some(PageFormat::Json) {
        json::files(body, |file| links.extend(from_file(file, url, source).map(own)))?;
    } else {
        let text = decoded(body, content_type);
        let found = anchors(&text);
        let base = found.base.as_deref().filter(|base| !base.is_empty()).unwrap_or(url);
        let anchors = found.anchors.iter();
        links.extend(anchors.filter_map(|one| from_anchor(one, url, base, source)).map(own));
    }
    Ok(in_pip_order(links))
}

/// The links of a page in the form in which they are kept; else as [`links`].
pub(crate) fn page_links(
    body: &[u8],
    content_type: &str,
    url: &str,
    source: LinkSource,
) -> Result<PageLinks, serde_json::Error> {
    if PageFormat::of(content_type) == Some(PageFormat::Json)
        && let Some(links) = encoded(body, url, source)?
    {
        return Ok(links);
    }
    links(body, content_type, url, source).map(|links| PageLinks::of(&links))
}

/// The links of a page in JSON, each written as it is read; `None` if pip's order is not the page's.
fn encoded(
    body: &[u8],
    url: &str,
    source: LinkSource,
) -> Result<Option<PageLinks>, serde_json::Error> {
    // Of what PyPI says of a file less than half is kept.
    let mut encoder = Encoder::with_capacity(body.len() / 2);
    // Two links with the same hash are taken for equal, which only costs time.
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    let mut in_order = true;
    json::files(body, |file| {
        if let Some(found) = from_file(file, url, source).filter(|_| in_order) {
            in_order = !has_egg(&found.url, &found.fragment)
                && seen.insert(hasher.hash_one((&found.url, &found.fragment)));
            encoder.link(found);
        }
    })?;
    Ok(in_order.then(|| encoder.finish()))
}

/// pip's `_sort_links`: links with an `egg` fragment come last, and repeated ones vanish. With each
/// link its fragment, as [`Found`] has it.
fn in_pip_order(found: Vec<(Link, String)>) -> Vec<Link> {
    let mut seen = HashSet::with_capacity(found.len());
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

/// Whether pip sees an `egg` in a URL.
fn has_egg(url: &str, fragment: &str) -> bool {
    let named = |text: &str| {
        text.split(['#', '&'])
            .skip(1)
            .any(|part| part.strip_prefix("egg=").is_some_and(|name| !name.is_empty()))
    };
    named(fragment) || (url.contains('&') && named(url))
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
fn decoded<'a>(body: &'a [u8], content_type: &str) -> Cow<'a, str> {
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
    Found::new(url.to_owned(), source, comes_from).into_link(&comes_from.into()).0
}

fn from_anchor<'a>(
    anchor: &'a Anchor<'_>,
    page: &'a str,
    base: &str,
    source: LinkSource,
) -> Option<Found<'a>> {
    let href = anchor.href.as_deref().filter(|href| !href.is_empty())?;
    let url = url_text::absolute(base, href)?;
    let announced = anchor.core_metadata.as_deref().or(anchor.dist_info_metadata.as_deref());
    let mut found = Found::new(url, source, page);
    found.requires_python =
        anchor.requires_python.as_deref().map(Cow::Borrowed).and_then(not_empty);
    found.yanked = anchor.yanked.as_deref().map(Cow::Borrowed);
    found.core_metadata = announced.map(|text| {
        let digest = text.split_once('=').and_then(|(name, hex)| digest(name, hex.into()));
        digest.into_iter().collect()
    });
    Some(found)
}

fn from_file<'a>(file: File<'a>, page: &'a str, source: LinkSource) -> Option<Found<'a>> {
    let Loose::Text(reference) = &file.url else { return None };
    let url = url_text::absolute(page, reference)?;
    let mut found = Found::new(url, source, page);
    if let Loose::Object(members) = file.hashes {
        // A digest in the fragment replaces the page's of the same algorithm.
        let own = std::mem::replace(&mut found.digests, digests(members));
        for digest in own {
            match found.digests.iter_mut().find(|other| other.0 == digest.0) {
                Some(other) => *other = digest,
                None => found.digests.push(digest),
            }
        }
    }
    found.requires_python = text(file.requires_python);
    let announced =
        if file.core_metadata.is_null() { file.dist_info_metadata } else { file.core_metadata };
    found.core_metadata = match announced {
        Loose::Object(members) => Some(digests(members)),
        other => other.is_truthy().then(Vec::new),
    };
    found.yanked = match file.yanked {
        Loose::Text(reason) => not_empty(reason),
        other => other.is_truthy().then(Cow::default),
    };
    found.upload_time = text(file.upload_time);
    found.size = match file.size {
        Loose::Number(size) => Some(size),
        _ => None,
    };
    Some(found)
}

fn digests<'a>(members: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Vec<FoundDigest<'a>> {
    members.into_iter().filter_map(|(name, hex)| digest(&name, hex)).collect()
}

fn digest<'a>(name: &str, hex: Cow<'a, str>) -> Option<FoundDigest<'a>> {
    name.parse().ok().map(|algorithm| (algorithm, hex))
}

fn not_empty(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

/// The text, if it is one that is not empty.
fn text(value: Loose<'_>) -> Option<Cow<'_, str>> {
    match value {
        Loose::Text(text) => not_empty(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const JSON: &str = "application/vnd.pypi.simple.v1+json";

    /// Whether a page was read in one go, and the digests of both ways.
    fn both(body: &[u8]) -> Option<(bool, String, String)> {
        let (url, source) = ("https://h/simple/demo/", LinkSource::Index);
        let slow = links(body, JSON, url, source).ok().map(|links| PageLinks::of(&links));
        let kept = page_links(body, JSON, url, source).ok();
        assert_eq!(kept.is_some(), slow.is_some(), "{}", String::from_utf8_lossy(body));
        let quick = encoded(body, url, source).is_ok_and(|links| links.is_some());
        Some((quick, kept?.digest(), slow?.digest()))
    }

    #[test]
    fn links_that_are_written_as_they_are_read_are_the_same() {
        use accel_io::fs;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/simple-json");
        let files = fs::read_dir(&folder).unwrap();
        let pages: Vec<Vec<u8>> =
            files.iter().map(|file| fs::read(folder.join(&file.name)).unwrap()).collect();
        let (mut quick, mut slow) = (0, 0);
        for page in &pages {
            if let Some((in_one_go, one, other)) = both(page) {
                assert_eq!(one, other, "{}", String::from_utf8_lossy(page));
                *if in_one_go { &mut quick } else { &mut slow } += 1;
            }
        }
        assert!(quick > 10, "{quick} and {slow} of {}", pages.len());
    }

    #[test]
    fn what_pip_puts_in_another_order_is_read_at_leisure() {
        let page = |urls: &[&str]| {
            let files: Vec<String> =
                urls.iter().map(|url| format!("{{\"url\": \"{url}\"}}")).collect();
            format!("{{\"files\": [{}]}}", files.join(",")).into_bytes()
        };
        let cases = [
            (page(&["/a-1.whl", "/a-2.whl#sha256=ab", "b c.whl"]), true),
            (page(&["/a-1.whl", "/a-2.whl", "/a-1.whl"]), false),
            (page(&["/a-1.whl#egg=a", "/a-2.whl"]), false),
            (page(&["/a-1.whl#x", "/a-1.whl#y"]), true),
        ];
        for (page, in_one_go) in cases {
            let (quick, one, other) = both(&page).unwrap();
            assert_eq!((quick, one), (in_one_go, other), "{}", String::from_utf8_lossy(&page));
        }
    }
}
