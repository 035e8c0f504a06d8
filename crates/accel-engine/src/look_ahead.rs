//! Fetching ahead of the resolver: pages and metadata of what it is likely to ask for.
//!
//! A few threads follow the requirements breadth first, guessing for each the candidate that pip
//! would try first, and leave what they find in the index's memory. They decide nothing: the
//! resolver asks in its own order and gets the same answers, only sooner; their failures are
//! silent. Wheels that will be installed in any case they let come as a whole. They obey the freshness policy, so that what is kept is never asked for on the network.

use crate::likeliest::{likeliest, version_of};
use crate::locks;
use crate::pins::{Pins, is_pinned};
use crate::policy::Rules;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_index::Lookup;
use accel_resolve::{ResolveRequest, RootKind, Standing};
use accel_types::{CoreMetadata, ExtraName, Link, PackageName, Requirement, SpecifierSet, Version};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Requests under way at once.
const THREADS: usize = 12;

/// Runs `work` while the threads look ahead; they are stopped as soon as it is done.
pub(crate) fn beside<T>(
    session: &Session<'_>,
    rules: &Rules,
    question: &ResolveRequest,
    installed: &InstalledSet,
    work: impl FnOnce() -> T,
) -> T {
    let pins = Arc::new(Pins::of(question, session.request.require_hashes));
    if session.purpose.is_install() && !session.request.dry_run {
        session.early.open(Arc::clone(&pins));
    }
    let ahead = LookAhead {
        session,
        rules,
        question,
        installed: installed.versions().collect(),
        pins: Arc::clone(&pins),
        queue: Mutex::default(),
        wake: Condvar::new(),
    };
    ahead.begin();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| ahead.run());
        }
        for _ in 0..session.sdists_ahead.begin(session) {
            scope.spawn(|| session.sdists_ahead.work(session));
        }
        let done = work();
        session.early.close();
        session.sdists_ahead.stop();
        ahead.lock().stopped = true;
        ahead.wake.notify_all();
        done
    })
}

struct LookAhead<'a> {
    session: &'a Session<'a>,
    rules: &'a Rules,
    question: &'a ResolveRequest,
    installed: HashMap<&'a PackageName, String>,
    pins: Arc<Pins>,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Wanted>,
    seen: HashSet<(PackageName, String, Vec<ExtraName>)>,
    stopped: bool,
}

/// A requirement to follow.
struct Wanted {
    requirement: Requirement,
    /// How settled its version is.
    standing: Standing,
}

impl LookAhead<'_> {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        for root in &self.question.roots {
            if let RootKind::Named(requirement) = &root.kind {
                let pinned = is_pinned(&requirement.specifier) || !root.hashes.is_empty();
                let standing = if pinned { Standing::Pinned } else { Standing::Open };
                self.follow(requirement.clone(), standing, &[""]);
            }
        }
    }

    /// Queues a requirement that applies and was not seen before.
    fn follow(&self, requirement: Requirement, standing: Standing, extras: &[&str]) {
        let marker = requirement.marker.as_ref();
        let applies =
            marker.is_none_or(|marker| marker.evaluate(&self.question.environment, extras));
        if !applies || requirement.url.is_some() || self.is_installed(&requirement) {
            return;
        }
        let name = requirement.package();
        let standing = if self.pins.has(&name) { Standing::Pinned } else { standing };
        let key = (name, requirement.specifier.to_string(), requirement.extras.clone());
        let mut queue = self.lock();
        if queue.seen.insert(key) {
            queue.waiting.push_back(Wanted { requirement, standing });
            self.wake.notify_one();
        }
    }

    /// Whether the resolver will be content with what is installed, and look nowhere.
    fn is_installed(&self, requirement: &Requirement) -> bool {
        let options = &self.question.options;
        if options.upgrade != accel_resolve::Upgrade::ToSatisfyOnly || options.force_reinstall {
            return false;
        }
        let version = self.installed.get(&requirement.package());
        let version = version.and_then(|text| text.parse::<Version>().ok());
        version.is_some_and(|version| requirement.specifier.contains(&version, Some(true)))
    }

    fn run(&self) {
        loop {
            let mut queue = self.lock();
            let wanted = loop {
                if queue.stopped {
                    return;
                }
                match queue.waiting.pop_front() {
                    Some(wanted) => break wanted,
                    None => {
                        queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                    }
                }
            };
            drop(queue);
            if let Some(metadata) = self.metadata(&wanted) {
                self.follow_dependencies(&wanted, &metadata);
            }
        }
    }

    /// The metadata of the likely candidate.
    fn metadata(&self, wanted: &Wanted) -> Option<Arc<CoreMetadata>> {
        let name = wanted.requirement.package();
        let specifier = self.pins.version(&name).unwrap_or(&wanted.requirement.specifier);
        let lookup = self.rules.wanted(&name, wanted.standing);
        let index = &self.session.index;
        if let Some(file) = self.session.locked(&name) {
            return self.session.early.metadata(&locks::link(file)).ok().flatten();
        }
        let found = index.links(&name, lookup).ok()?;
        let mut likely = likeliest(&found.links, specifier, self.question);
        let may_serve = |link: &Link| may_serve(link, &name, specifier);
        if self.rules.is_partial(lookup) && !found.links.iter().any(may_serve) {
            let links = index.links(&name, Lookup::Fresh).ok()?;
            likely = likeliest(&links.links, specifier, self.question);
        }
        let wheels = self.question.options.formats.allowed(&name).binary;
        self.session.early.metadata(&likely.filter(|_| wheels)?).ok().flatten()
    }

    fn follow_dependencies(&self, wanted: &Wanted, metadata: &CoreMetadata) {
        if self.question.options.no_dependencies {
            return;
        }
        let standing = match wanted.standing {
            Standing::Pinned | Standing::BroughtByPinned => Standing::BroughtByPinned,
            Standing::Open => Standing::Open,
        };
        let extras: Vec<&str> = std::iter::once("")
            .chain(wanted.requirement.extras.iter().map(ExtraName::as_str))
            .collect();
        for requirement in metadata.requires_dist.iter().filter_map(|text| text.parse().ok()) {
            self.follow(requirement, standing, &extras);
        }
    }
}

/// Whether the resolver may be content with this kept file, so that it asks nobody. In doubt it
/// may: a request that is made too late costs time, one too many breaks a promise.
fn may_serve(link: &Link, name: &PackageName, specifier: &SpecifierSet) -> bool {
    let version = version_of(link, name);
    version.is_none_or(|version| specifier.contains(&version, Some(true)))
}
