//! Looking a project up: every place in pip's order, pages by the policy of the look-up.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use accel_io::fs;
use accel_io::net::{Answer, Get, NetError, NetErrorKind, Response, Validators};
use accel_io::stopwatch::{self, Stage, Tier};
use accel_types::link::{Link, LinkSource};
use accel_types::name::PackageName;

use crate::folder::Folder;
use crate::index::{PageState, ProjectLinks, Shared};
use crate::kept_page::KeptPage;
use crate::local::Place;
use crate::memo::locked;
use crate::page::{self, PageFormat};
use crate::page_links::PageLinks;
use crate::settings::{Complaint, Lookup};
use crate::sources::{Source, insecure_complaint, is_html, sources, vcs_complaint};
use crate::url_text;
use accel_types::python_url;

/// Requests under way at once when many pages are revalidated.
const AT_ONCE: usize = 16;

/// What one page gave.
#[derive(Debug, Default)]
pub(crate) struct PageFound {
    pub(crate) links: Arc<[Link]>,
    pub(crate) digest: String,
    pub(crate) complaints: Vec<Complaint>,
}

impl PageFound {
    fn of(links: impl Into<Arc<[Link]>>, digest: String) -> Self {
        Self { links: links.into(), digest, complaints: Vec::new() }
    }

    fn nothing(complaint: Complaint) -> Self {
        Self { complaints: vec![complaint], ..Self::default() }
    }
}

/// What is being put together for one project.
struct Search<'a> {
    shared: &'a Shared,
    project: &'a PackageName,
    lookup: Lookup,
    archives: Vec<Link>,
    pages: Vec<Arc<[Link]>>,
    states: Vec<PageState>,
    complaints: Vec<Complaint>,
}

impl Shared {
    /// Everything that the places offer for a project; remembered.
    pub(crate) fn project(&self, project: &PackageName, lookup: Lookup) -> Arc<ProjectLinks> {
        self.projects.get((project.clone(), lookup), || Arc::new(self.search(project, lookup)))
    }

    fn search(&self, project: &PackageName, lookup: Lookup) -> ProjectLinks {
        let found = sources(&self.settings, project);
        let mut search = Search {
            shared: self,
            project,
            lookup,
            archives: Vec::new(),
            pages: Vec::new(),
            states: Vec::new(),
            complaints: found.complaints,
        };
        for source in &found.find_links {
            search.look_at(source, LinkSource::FindLinks);
        }
        for source in &found.indexes {
            search.look_at(source, LinkSource::Index);
        }
        // pip's order of files: by URL, backwards, so that of equal versions the first one wins.
        search.archives.sort_by_cached_key(|link| std::cmp::Reverse(link.url_with_digest()));
        let links = joined(search.archives, &search.pages);
        ProjectLinks { links, pages: search.states, complaints: search.complaints }
    }

    /// Whether all places give what they gave; looks at many of them at once.
    pub(crate) fn unchanged(&self, states: &[PageState]) -> bool {
        fn key(state: &PageState) -> (&PackageName, Lookup) {
            (&state.project, state.lookup)
        }
        let mut sorted: Vec<&PageState> = states.iter().collect();
        sorted.sort_by_key(|state| key(state));
        let projects: Vec<&[&PageState]> =
            sorted.chunk_by(|left, right| key(left) == key(right)).collect();
        let (next, differing) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            while differing.load(Ordering::Relaxed) == 0 {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(before) = projects.get(at) else { return };
                let now = self.project(&before[0].project, before[0].lookup);
                if !before.iter().all(|state| now.pages.contains(state)) {
                    differing.store(1, Ordering::Relaxed);
                }
            }
        };
        // Folders are read where we are; only servers are worth waiting for side by side.
        let remote = states.iter().any(|state| state.url.starts_with("http"));
        let threads = if remote { projects.len().min(AT_ONCE) } else { 1 };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        differing.into_inner() == 0
    }

    /// A page on a server; remembered.
    fn remote_page(
        &self,
        url: &str,
        label: &str,
        source: LinkSource,
        lookup: Lookup,
    ) -> Arc<PageFound> {
        let bare = python_url::without_credentials(url);
        self.pages.get((bare, lookup), || {
            let refused = vcs_complaint(url)
                .or_else(|| insecure_complaint(url, &self.settings.trusted_hosts));
            if let Some(complaint) = refused {
                return Arc::new(PageFound::nothing(complaint));
            }
            let place = Place::new(label, url);
            Arc::new(match lookup {
                Lookup::Kept => self.kept_links(&place),
                Lookup::Fresh | Lookup::Always => self.fetch(url, &place, source, lookup),
            })
        })
    }

    /// What the local index holds of a page.
    fn kept_links(&self, place: &Place) -> PageFound {
        let kept = self.local.kept(place);
        let mut hasher = blake3::Hasher::new();
        for one in &kept {
            hasher.update(one.link.url.as_bytes());
            hasher.update(one.sha256.as_bytes());
        }
        let links: Vec<Link> = kept.into_iter().map(|one| one.link).collect();
        let digest = hasher.finalize().to_hex()[..32].to_owned();
        let mut places = locked(&self.places);
        for link in &links {
            places.entry(link.comes_from.clone()).or_insert_with(|| place.clone());
        }
        drop(places);
        PageFound::of(links, digest)
    }

    /// A page by conditional request, or as it was kept where that is allowed.
    fn fetch(&self, url: &str, place: &Place, source: LinkSource, lookup: Lookup) -> PageFound {
        let kept = KeptPage::read(&self.root, &place.label, &place.url);
        if let Some(kept) = kept.as_ref().filter(|kept| lookup == Lookup::Fresh && kept.is_fresh())
            && let Some(found) = self.kept_page(kept, place)
        {
            stopwatch::answered(Tier::Pages, true);
            return found;
        }
        let server = server_of(&place.url);
        if locked(&self.silent).contains(&server) {
            let found = self.kept_links(place);
            if !found.links.is_empty() {
                return found;
            }
        }
        let mut get = Get::new(url).accept(page::ACCEPT);
        if let Some(kept) = &kept {
            let validators =
                Validators { etag: kept.etag.clone(), last_modified: kept.last_modified.clone() };
            if !validators.is_empty() {
                get = get.newer_than(validators);
            }
        }
        let lap = stopwatch::lap(Stage::Page, || name_in(url));
        let answer = self.network.get(&get);
        drop(lap);
        stopwatch::answered(Tier::Pages, matches!(answer, Ok(Answer::NotModified { .. })));
        match answer {
            Ok(Answer::Found(response)) => self.read(&response, kept, url, place, source),
            Ok(Answer::NotModified { fresh_for }) => {
                let Some(mut kept) = kept else { return PageFound::default() };
                let renewed = kept.fresh_for.is_some() || fresh_for.is_some();
                kept.confirm(fresh_for);
                if renewed {
                    // Not being able to keep it costs a request next time, no more.
                    let _ = kept.write(&self.root, &place.label);
                }
                self.kept_page(&kept, place).unwrap_or_default()
            }
            Err(error) => self.failed(&error, url, place),
        }
    }

    fn kept_page(&self, kept: &KeptPage, place: &Place) -> Option<PageFound> {
        let links = kept.links(self.fits.get().map(|fits| &**fits as &dyn Fn(&str) -> bool))?;
        locked(&self.places).insert(kept.final_url.as_str().into(), place.clone());
        Some(PageFound::of(links, kept.digest.clone()))
    }

    /// Reads a page that came, and keeps it; one that came as it was before is not read again.
    fn read(
        &self,
        response: &Response,
        kept: Option<KeptPage>,
        url: &str,
        place: &Place,
        source: LinkSource,
    ) -> PageFound {
        let content_type = response.content_type.as_deref().unwrap_or("Unknown");
        let Some(format) = PageFormat::of(content_type) else {
            let reason = format!("its Content-Type is {content_type}");
            return self
                .instead(&reason, url, place)
                .unwrap_or_else(|| PageFound::nothing(no_page_complaint(url, content_type)));
        };
        let final_url = python_url::without_credentials(&response.final_url);
        let body = body_digest(content_type, &response.body);
        if let Some(mut kept) = kept.filter(|kept| kept.body == body && kept.final_url == final_url)
            && let Some(found) = self.kept_page(&kept, place)
        {
            let (validators, fresh_for) = (&response.validators, response.fresh_for);
            let same =
                kept.etag == validators.etag && kept.last_modified == validators.last_modified;
            let renewed = !same || kept.fresh_for.is_some() || fresh_for.is_some();
            kept.etag.clone_from(&validators.etag);
            kept.last_modified.clone_from(&validators.last_modified);
            kept.confirm(fresh_for);
            if renewed {
                let _ = kept.write(&self.root, &place.label);
            }
            return found;
        }
        let links = match page::page_links(&response.body, content_type, &final_url, source) {
            Ok(links) => links,
            Err(error) => {
                let reason = error.to_string();
                return self
                    .instead(&reason, url, place)
                    .unwrap_or_else(|| PageFound::nothing(unfetched(url, &reason)));
            }
        };
        // What a proxy or a network's login page gives instead: a project that has files kept
        // does not lose all of them.
        if format == PageFormat::Html
            && links.is_empty()
            && let Some(found) = self.instead("it names no files", url, place)
        {
            return found;
        }
        let mut kept = KeptPage::new(&place.url, &final_url, body, links);
        kept.etag.clone_from(&response.validators.etag);
        kept.last_modified.clone_from(&response.validators.last_modified);
        kept.confirm(response.fresh_for);
        // Neither can change the answer: what can't be written is fetched again next time.
        let _ = kept.write(&self.root, &place.label);
        let _ = self.local.refresh(place, || kept.links(None));
        self.kept_page(&kept, place).unwrap_or_default()
    }

    /// The kept distributions of a page that can't be had, if there are any, with one line for each
    /// server that says so.
    fn instead(&self, reason: &str, url: &str, place: &Place) -> Option<PageFound> {
        let first = locked(&self.complained).insert(server_of(&place.url));
        let mut found = self.kept_links(place);
        if found.links.is_empty() {
            return None;
        }
        let url = python_url::redacted(url);
        let text = format!("Could not fetch URL {url}: {reason} - using what is kept");
        found.complaints.push(if first {
            Complaint::warning(text)
        } else {
            Complaint::debug(text)
        });
        Some(found)
    }

    /// What to answer when a page did not come: the distributions that are kept, if the server is
    /// to blame. The rest of a kept page is of no use, its files could not be fetched.
    fn failed(&self, error: &NetError, url: &str, place: &Place) -> PageFound {
        if error.is_not_found() {
            let _ = fs::remove_file_if_exists(KeptPage::path(&self.root, &place.label, &place.url));
        }
        // Too slow or too many are the server's trouble, not the question's.
        let refused =
            error.status_code().is_some_and(|status| status < 500 && !matches!(status, 408 | 429));
        if !refused {
            if error.status_code().is_none() {
                // One that is unreachable is asked once.
                locked(&self.silent).insert(server_of(&place.url));
            }
            if let Some(found) = self.instead(&reason(error), url, place) {
                return found;
            }
        }
        let mut complaint = unfetched(url, &reason(error));
        if error.kind == NetErrorKind::Tls {
            complaint = Complaint::info(complaint.text);
        }
        PageFound::nothing(complaint)
    }
}

impl Search<'_> {
    fn look_at(&mut self, source: &Source, kind: LinkSource) {
        match source {
            Source::Folder { path, url } => self.folder(path, url),
            Source::File { url } if is_html(url) => {
                let page = local_page(url, url, kind);
                self.add_page(url, page);
            }
            Source::File { url } => {
                let link = page::plain_link(url, kind, "");
                self.state(url, state_of_file(url));
                self.archives.push(link);
            }
            Source::IndexFolder { url } => {
                let slash = if url.ends_with('/') { "" } else { "/" };
                let page = local_page(url, &format!("{url}{slash}index.html"), kind);
                self.add_page(url, page);
            }
            Source::Remote { url } => self.remote(url, kind),
        }
    }

    fn remote(&mut self, url: &str, kind: LinkSource) {
        let label = match kind {
            LinkSource::Index => self.project.as_str(),
            LinkSource::FindLinks => "find-links",
        };
        let archive = accel_types::filename::is_archive(&url_text::filename(url));
        if archive && kind == LinkSource::FindLinks {
            // pip also asks whether it is a page, and says that it is none.
            self.archives.push(page::plain_link(url, kind, ""));
            return;
        }
        let page = self.shared.remote_page(url, label, kind, self.lookup);
        self.pages.push(Arc::clone(&page.links));
        self.complaints.extend(page.complaints.iter().cloned());
        self.state(&python_url::without_credentials(url), page.digest.clone());
    }

    fn folder(&mut self, path: &Path, url: &str) {
        let folder = self.shared.folders.get(path.to_owned(), || Arc::new(Folder::read(path)));
        let mut state = String::new();
        for (file, path) in folder.files.get(self.project).into_iter().flatten() {
            self.archives.push(page::plain_link(file, LinkSource::FindLinks, ""));
            state.push_str(file);
            state.push_str(&state_of_path(path));
        }
        let state = if state.is_empty() { state } else { crate::record::key_of(&state) };
        self.state(url, state);
        for page_url in &folder.pages {
            let page = local_page(page_url, page_url, LinkSource::FindLinks);
            self.add_page(page_url, page);
        }
    }

    fn add_page(&mut self, url: &str, page: PageFound) {
        self.state(url, page.digest);
        self.pages.push(page.links);
        self.complaints.extend(page.complaints);
    }

    fn state(&mut self, url: &str, digest: String) {
        self.states.push(PageState {
            project: self.project.clone(),
            lookup: self.lookup,
            url: url.to_owned(),
            digest,
        });
    }
}

/// Stands for a page as it came: what is read out of its bytes depends on their type, too.
fn body_digest(content_type: &str, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(content_type.as_bytes());
    hasher.update(&[0]);
    hasher.update(body);
    hasher.finalize().to_hex()[..32].to_owned()
}

/// All links of a project; as a rule one page has them all, and they are not copied.
fn joined(archives: Vec<Link>, pages: &[Arc<[Link]>]) -> Arc<[Link]> {
    let mut filled = pages.iter().filter(|links| !links.is_empty());
    if archives.is_empty()
        && let (Some(only), None) = (filled.next(), filled.next())
    {
        return Arc::clone(only);
    }
    let mut links = page::without_repetitions(archives);
    links.extend(pages.iter().flat_map(|page| page.iter().cloned()));
    links.into()
}

/// A page on this disk, read anew. `place` is what the user gave, for complaints.
fn local_page(place: &str, url: &str, source: LinkSource) -> PageFound {
    let Some(path) = url_text::to_path(url) else { return PageFound::default() };
    let body = match fs::read(&path) {
        Ok(body) => body,
        Err(error) => {
            // pip makes a 404 out of it, with the name of Python's exception as the reason.
            let name = match error.kind() {
                std::io::ErrorKind::NotFound => "FileNotFoundError",
                std::io::ErrorKind::PermissionDenied => "PermissionError",
                std::io::ErrorKind::NotADirectory => "NotADirectoryError",
                _ => "OSError",
            };
            let reason = format!("404 Client Error: {name} for url: {url}");
            return PageFound::nothing(unfetched(place, &reason));
        }
    };
    match page::links(&body, "text/html", url, source) {
        Ok(links) => {
            let digest = PageLinks::of(&links).digest();
            PageFound::of(links, digest)
        }
        Err(error) => PageFound::nothing(unfetched(place, &error.to_string())),
    }
}

fn state_of_file(url: &str) -> String {
    url_text::to_path(url).map(|path| state_of_path(&path)).unwrap_or_default()
}

/// Size and time of a file: replaced by another one, it is another state.
fn state_of_path(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map_or_else(
        |_| String::new(),
        |found| format!(" {} {}.{} ", found.size(), found.mtime(), found.mtime_nsec()),
    )
}

/// `scheme://host:port` of a URL without credentials.
fn server_of(url: &str) -> String {
    python_url::split(url)
        .map_or_else(String::new, |parts| format!("{}://{}", parts.scheme, parts.netloc))
}

/// pip's complaint about a page that could not be had (`_handle_get_simple_fail`).
fn unfetched(url: &str, reason: &str) -> Complaint {
    Complaint::debug(format!(
        "Could not fetch URL {}: {reason} - skipping",
        python_url::redacted(url)
    ))
}

/// pip's complaint about something that is no page (`_NotAPIContent`).
fn no_page_complaint(url: &str, content_type: &str) -> Complaint {
    Complaint::warning(format!(
        "Skipping page {} because the GET request got Content-Type: {content_type}. The only \
         supported Content-Types are application/vnd.pypi.simple.v1+json, \
         application/vnd.pypi.simple.v1+html, and text/html",
        python_url::redacted(url)
    ))
}

/// The reason of a failure, in pip's words where they do not depend on Python's libraries.
pub(crate) fn reason(error: &NetError) -> String {
    match error.kind {
        NetErrorKind::Status(_) => format!("{} for url: {}", error.reason, error.url),
        NetErrorKind::Tls => {
            format!("There was a problem confirming the ssl certificate: {}", error.reason)
        }
        NetErrorKind::Resolve | NetErrorKind::Connect => {
            format!("connection error: {}", error.reason)
        }
        NetErrorKind::Proxy => format!("proxy connection error: {}", error.reason),
        _ => error.reason.clone(),
    }
}

/// The project that the URL of a page ends with.
fn name_in(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
