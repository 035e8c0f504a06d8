//! The folders that files go to, each known once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use accel_types::manifest::{ArchivedArea, ArchivedManifest};

use super::Layout;

/// A folder below a base.
pub(crate) struct Folder<'a> {
    pub(crate) base: usize,
    /// Empty for the base itself.
    pub(crate) below: Cow<'a, str>,
    /// `None` for the base itself.
    pub(crate) parent: Option<usize>,
    /// Whether files of several distributions, or several areas of one, are aimed at it.
    pub(crate) shared: bool,
    owner: (usize, ArchivedArea),
}

/// Where a file goes.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) base: usize,
    pub(crate) folder: usize,
    /// Path below the base.
    pub(crate) below: Cow<'a, str>,
}

/// The bases of one distribution, by area.
pub(crate) struct Roots {
    pub(crate) lib: usize,
    scripts: usize,
    data: usize,
    other_lib: usize,
    /// Each project has its own; it becomes a base with the first file that goes there, so that
    /// the bases stay few however many projects there are.
    headers: PathBuf,
}

/// The folder of each area for one distribution.
pub(crate) fn area_folder(
    layout: &Layout,
    manifest: &ArchivedManifest,
    project: &str,
    area: ArchivedArea,
) -> PathBuf {
    let scheme = &layout.scheme;
    let (lib, other) = if manifest.root_is_purelib {
        (&scheme.purelib, &scheme.platlib)
    } else {
        (&scheme.platlib, &scheme.purelib)
    };
    match area {
        ArchivedArea::Lib => lib.clone(),
        ArchivedArea::OtherLib => other.clone(),
        ArchivedArea::Scripts => scheme.scripts.clone(),
        ArchivedArea::Data => scheme.data.clone(),
        ArchivedArea::Headers => scheme.headers.join(project),
    }
}

/// Finds folders while a plan is made.
#[derive(Default)]
pub(crate) struct Atlas<'a> {
    /// Folders that hold everything else.
    pub(crate) bases: Vec<PathBuf>,
    /// Parents before children.
    pub(crate) folders: Vec<Folder<'a>>,
    /// For each base, the folders below it.
    known: Vec<HashMap<Cow<'a, str>, usize>>,
    /// The folders of modules and programs as data files may aim at them: path below the data
    /// folder with a `/` at its end, and the base.
    within_data: Vec<(String, usize)>,
    /// The folder that was found last: files of one folder mostly stand together.
    last: Option<(usize, &'a str, usize)>,
}

impl<'a> Atlas<'a> {
    pub(crate) fn roots(
        &mut self,
        layout: &Layout,
        manifest: &ArchivedManifest,
        project: &str,
    ) -> Roots {
        let mut base = |area| self.base(&area_folder(layout, manifest, project, area));
        let roots = Roots {
            lib: base(ArchivedArea::Lib),
            other_lib: base(ArchivedArea::OtherLib),
            scripts: base(ArchivedArea::Scripts),
            data: base(ArchivedArea::Data),
            headers: area_folder(layout, manifest, project, ArchivedArea::Headers),
        };
        if self.within_data.is_empty() {
            for base in [roots.lib, roots.other_lib, roots.scripts] {
                if let Ok(below) = self.bases[base].strip_prefix(&layout.scheme.data)
                    && let Some(below) = below.to_str().filter(|below| !below.is_empty())
                {
                    self.within_data.push((format!("{below}/"), base));
                }
            }
        }
        roots
    }

    fn base(&mut self, path: &Path) -> usize {
        let known = self.bases.iter().position(|base| base == path);
        known.unwrap_or_else(|| {
            self.bases.push(path.to_owned());
            self.known.push(HashMap::new());
            self.bases.len() - 1
        })
    }

    /// The place of a file of distribution number `job`; its folder becomes known.
    pub(crate) fn place(
        &mut self,
        job: usize,
        area: ArchivedArea,
        roots: &Roots,
        below: impl Into<Cow<'a, str>>,
    ) -> Place<'a> {
        let mut base = match area {
            ArchivedArea::Lib => roots.lib,
            ArchivedArea::Scripts => roots.scripts,
            ArchivedArea::Data => roots.data,
            ArchivedArea::Headers => self.base(&roots.headers),
            ArchivedArea::OtherLib => roots.other_lib,
        };
        let mut below = below.into();
        if area == ArchivedArea::Data {
            // Data files may be aimed at the modules or programs: a folder has one name here.
            let within = self.within_data.iter().find(|(prefix, _)| below.starts_with(prefix));
            if let Some((prefix, other)) = within {
                base = *other;
                let length = prefix.len();
                below = match below {
                    Cow::Borrowed(text) => Cow::Borrowed(&text[length..]),
                    Cow::Owned(text) => Cow::Owned(text[length..].to_owned()),
                };
            }
        }
        let end = below.rfind('/').unwrap_or(0);
        let folder = match &below {
            Cow::Borrowed(text) => {
                let text = &text[..end];
                match self.last {
                    Some((of, last, folder)) if of == base && last == text => folder,
                    _ => {
                        let folder = self.folder(base, Cow::Borrowed(text), (job, area));
                        self.last = Some((base, text, folder));
                        folder
                    }
                }
            }
            Cow::Owned(text) => self.folder(base, Cow::Owned(text[..end].to_owned()), (job, area)),
        };
        let found = &mut self.folders[folder];
        found.shared |= found.owner != (job, area);
        Place { base, folder, below }
    }

    fn folder(&mut self, base: usize, below: Cow<'a, str>, owner: (usize, ArchivedArea)) -> usize {
        if let Some(folder) = self.known[base].get(&below) {
            return *folder;
        }
        let parent = (!below.is_empty()).then(|| {
            let end = below.rfind('/').unwrap_or(0);
            let above = match &below {
                Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
                Cow::Owned(text) => Cow::Owned(text[..end].to_owned()),
            };
            self.folder(base, above, owner)
        });
        let folder = self.folders.len();
        self.known[base].insert(below.clone(), folder);
        self.folders.push(Folder { base, below, parent, shared: false, owner });
        folder
    }
}
