//! What goes where: worked out before anything is changed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use accel_io::digest::{self, Digester};
use accel_io::{IoError, fs};
use accel_types::manifest::ArchivedArea;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::atlas::{Atlas, Folder, Place, Roots, area_folder};
use super::error::InstallError;
use super::launcher::{self, Script};
use super::record::{self, Relation, Row};
use super::staged::{self, Cover};
use super::{Job, Layout};

/// All placements of one installation.
pub(crate) struct Plan<'a> {
    /// Folders that hold everything else, opened once.
    pub(crate) bases: Vec<PathBuf>,
    /// Folders below the bases, parents before children.
    pub(crate) folders: Vec<Folder<'a>>,
    /// One for each distribution.
    pub(crate) parts: Vec<Part<'a>>,
}

/// The files of one distribution.
pub(crate) struct Part<'a> {
    /// Everything but the `.dist-info`.
    pub(crate) early: Vec<Placement<'a>>,
    /// The `.dist-info`, without RECORD.
    pub(crate) late: Vec<Placement<'a>>,
    /// RECORD's place; `None` if it is moved with the rest.
    pub(crate) record: Option<Place<'a>>,
    /// Rows of the files that pip generates.
    generated: Vec<Row<'a>>,
    /// Hash and size of the rewritten scripts, by their index among the manifest's files.
    rewritten: HashMap<usize, (String, String)>,
    /// Console scripts, for the warning about `PATH`.
    pub(crate) console_scripts: Vec<PathBuf>,
}

/// One file to put in place.
pub(crate) struct Placement<'a> {
    pub(crate) place: Place<'a>,
    /// The kept file that it comes from.
    pub(crate) kept: Option<Kept<'a>>,
    /// What to write instead of linking the kept file.
    pub(crate) written: Option<Cow<'a, [u8]>>,
    /// Permission bits of the installed file.
    pub(crate) mode: u32,
}

/// A file of a kept tree, with what it must look like.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    /// Of the bytecode's tree, not the wheel's.
    pub(crate) bytecode: bool,
    pub(crate) source: &'a str,
    pub(crate) size: u64,
    pub(crate) mtime: i64,
}

impl<'a> Plan<'a> {
    /// Works out the plan for what is not moved. Reads the scripts that are rewritten, and nothing
    /// else.
    pub(crate) fn new(
        jobs: &'a [Job<'a>],
        layout: &Layout,
        cover: Option<&Cover>,
    ) -> Result<Self, InstallError> {
        let mut atlas = Atlas::default();
        atlas.folders.reserve(jobs.iter().map(|job| job.manifest.directories.len()).sum());
        let mut shebang = None;
        let mut parts = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let mut drawing = Drawing {
                index,
                job,
                layout,
                moved: cover.is_some_and(|cover| cover.has(index)),
                roots: atlas.roots(layout, job.manifest, job.project),
                atlas: &mut atlas,
            };
            let mut part = drawing.part();
            drawing.generated_metadata(&mut part);
            drawing.wheel_files(&mut part)?;
            drawing.bytecode(&mut part);
            if !job.manifest.launchers.is_empty() {
                let interpreter = &layout.interpreter;
                let shebang = shebang.get_or_insert_with(|| {
                    launcher::shebang(interpreter, || is_script(interpreter))
                });
                drawing.launchers(&mut part, shebang).map_err(|reason| InstallError::Refused {
                    requirement: job.requirement.to_owned(),
                    reason,
                })?;
            }
            parts.push(part);
        }
        let mut plan = Self { bases: atlas.bases, folders: atlas.folders, parts };
        plan.keep_last_of_each();
        Ok(plan)
    }

    /// Where two distributions, or two areas of one, have a file at the same place, the later one
    /// wins, as with pip, which writes one after the other.
    fn keep_last_of_each(&mut self) {
        let folders = &self.folders;
        let mut seen = HashSet::new();
        for part in self.parts.iter_mut().rev() {
            // The places of what is overwritten, last first.
            let mut lost = Vec::new();
            for (at, Placement { place, .. }) in part.early.iter().enumerate().rev() {
                if folders[place.folder].shared
                    && !seen.insert((place.base, place.below.to_string()))
                {
                    lost.push(at);
                }
            }
            let mut places = 0..;
            part.early.retain(|_| lost.pop_if(|at| places.next() == Some(*at)).is_none());
        }
    }
}

/// Draws the part of one distribution.
struct Drawing<'p, 'a> {
    index: usize,
    job: &'a Job<'a>,
    layout: &'p Layout,
    /// Whether all its modules are moved from a staged tree, RECORD aside.
    moved: bool,
    roots: Roots,
    atlas: &'p mut Atlas<'a>,
}

impl<'a> Drawing<'_, 'a> {
    fn place(&mut self, area: ArchivedArea, path: impl Into<Cow<'a, str>>) -> Place<'a> {
        self.atlas.place(self.index, area, &self.roots, path)
    }

    /// Whether a file belongs to the `.dist-info`.
    fn is_late(&self, area: ArchivedArea, path: &str) -> bool {
        area == ArchivedArea::Lib
            && path
                .strip_prefix(&*self.job.manifest.dist_info)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Permission bits of a plain new file.
    fn plain(&self) -> u32 {
        0o666 & !self.layout.umask
    }

    /// Whether a file of this area is among the modules that are moved.
    fn is_moved(&self, area: ArchivedArea) -> bool {
        self.moved && matches!(area, ArchivedArea::Lib | ArchivedArea::OtherLib)
    }

    fn part(&mut self) -> Part<'a> {
        let written = !self.moved || staged::has_own_record(self.job.manifest);
        let record = written.then(|| {
            let record = format!("{}/RECORD", self.job.manifest.dist_info);
            self.place(ArchivedArea::Lib, record)
        });
        let early = if self.moved { 0 } else { self.job.manifest.files.len() };
        Part {
            early: Vec::with_capacity(early),
            late: Vec::new(),
            record,
            generated: Vec::new(),
            rewritten: HashMap::new(),
            console_scripts: Vec::new(),
        }
    }

    /// INSTALLER, `direct_url.json` and REQUESTED.
    fn generated_metadata(&mut self, part: &mut Part<'a>) {
        if part.record.is_none() {
            return;
        }
        let mut files: Vec<(&str, &'a [u8])> = vec![("INSTALLER", b"pip\n")];
        if let Some(text) = self.job.direct_url {
            files.push(("direct_url.json", text.as_bytes()));
        }
        if self.job.requested {
            files.push(("REQUESTED", b""));
        }
        for (name, bytes) in files {
            let path = format!("{}/{name}", self.job.manifest.dist_info);
            part.generated.push(row(path.clone(), bytes));
            if self.moved {
                continue;
            }
            part.late.push(Placement {
                place: self.place(ArchivedArea::Lib, path),
                kept: None,
                written: Some(bytes.into()),
                mode: self.plain(),
            });
        }
    }

    fn wheel_files(&mut self, part: &mut Part<'a>) -> Result<(), IoError> {
        let generated = part.late.len();
        for (at, file) in self.job.manifest.files.iter().enumerate() {
            if self.is_moved(file.area) {
                continue;
            }
            let late = self.is_late(file.area, &file.path);
            let replaced = |placement: &Placement<'_>| placement.place.below == *file.path;
            if late
                && (part.record.iter().any(|record| record.below == *file.path)
                    || part.late[..generated].iter().any(replaced))
            {
                continue;
            }
            let written = if file.python_script {
                let tree = self.job.tree;
                let script = rewritten(tree, &file.source, &self.layout.interpreter)?;
                // pip looks for changes only among the rows that the wheel's RECORD has.
                if !file.record_hash.is_empty() {
                    part.rewritten.insert(at, (hash(&script), script.len().to_string()));
                }
                Some(script.into())
            } else {
                None
            };
            let placement = Placement {
                place: self.place(file.area, &*file.path),
                kept: Some(Kept {
                    bytecode: false,
                    source: &file.source,
                    size: file.size.to_native(),
                    mtime: file.mtime.to_native(),
                }),
                written,
                mode: if file.executable {
                    0o777 & !self.layout.umask | 0o111
                } else {
                    self.plain()
                },
            };
            if late { &mut part.late } else { &mut part.early }.push(placement);
        }
        Ok(())
    }

    fn bytecode(&mut self, part: &mut Part<'a>) {
        let Some(bytecode) = self.job.bytecode else { return };
        for file in bytecode.manifest.files.iter() {
            if self.is_moved(file.area) {
                continue;
            }
            let late = self.is_late(file.area, &file.path);
            let placement = Placement {
                place: self.place(file.area, &*file.path),
                kept: Some(Kept {
                    bytecode: true,
                    source: &file.source,
                    size: file.size.to_native(),
                    mtime: file.mtime.to_native(),
                }),
                written: None,
                mode: self.plain(),
            };
            if late { &mut part.late } else { &mut part.early }.push(placement);
        }
    }

    fn launchers(&mut self, part: &mut Part<'a>, shebang: &str) -> Result<(), String> {
        let scheme = &self.layout.scheme;
        let folder = scheme.scripts.display().to_string();
        let of_group = |gui: bool| -> Vec<Script<'_>> {
            let launchers = self.job.manifest.launchers.iter();
            launchers
                .filter(|launcher| launcher.gui == gui)
                .map(|launcher| Script {
                    name: &launcher.name,
                    module: &launcher.module,
                    function: &launcher.function,
                })
                .collect()
        };
        let console = launcher::console_entries(&of_group(false), self.layout.python, &folder)?;
        let gui = launcher::gui_entries(&of_group(true), &folder)?;
        part.console_scripts =
            console.iter().map(|entry| scheme.scripts.join(&entry.name)).collect();
        let relation = Relation::new(&scheme.scripts, &self.atlas.bases[self.roots.lib]);
        let first = part.generated.len();
        for entry in console.iter().chain(&gui) {
            let Some(text) = entry.text(shebang) else { continue };
            let text = text.into_bytes();
            let row = row(relation.path(&entry.name).into_owned(), &text);
            // pip hashes the files at the end: of two with one name both rows have the last hash.
            for earlier in &mut part.generated[first..] {
                if earlier.0 == row.0 {
                    *earlier = row.clone();
                }
            }
            part.generated.push(row);
            let place = self.place(ArchivedArea::Scripts, entry.name.clone());
            // A script of the wheel, or a GUI program, may have the same name.
            self.atlas.folders[place.folder].shared = true;
            part.early.push(Placement {
                place,
                kept: None,
                written: Some(text.into()),
                mode: self.plain() | 0o555,
            });
        }
        Ok(())
    }
}

impl Part<'_> {
    /// The text of RECORD.
    pub(crate) fn record_text(&self, job: &Job<'_>, layout: &Layout) -> String {
        let manifest = job.manifest;
        let folder = |area| area_folder(layout, manifest, job.project, area);
        let lib = folder(ArchivedArea::Lib);
        let relations = [
            ArchivedArea::Lib,
            ArchivedArea::Scripts,
            ArchivedArea::Data,
            ArchivedArea::Headers,
            ArchivedArea::OtherLib,
        ]
        .map(|area| Relation::new(&folder(area), &lib));
        let relation = |area| match area {
            ArchivedArea::Lib => &relations[0],
            ArchivedArea::Scripts => &relations[1],
            ArchivedArea::Data => &relations[2],
            ArchivedArea::Headers => &relations[3],
            ArchivedArea::OtherLib => &relations[4],
        };
        let bytecode = job.bytecode.map(|bytecode| bytecode.manifest);
        let more = bytecode.map_or(0, |bytecode| bytecode.files.len()) + self.generated.len();
        let mut rows: Vec<Row<'_>> =
            Vec::with_capacity(manifest.files.len() + manifest.record.len() + more);
        for (at, file) in manifest.files.iter().enumerate() {
            let (hash, size) = match self.rewritten.get(&at) {
                Some((hash, size)) => (hash.as_str(), size.as_str()),
                None => (&*file.record_hash, &*file.record_size),
            };
            rows.push((relation(file.area).path(&file.path), hash.into(), size.into()));
        }
        let compiled = rows.len();
        for file in bytecode.iter().flat_map(|bytecode| bytecode.files.iter()) {
            rows.push((relation(file.area).path(&file.path), "".into(), "".into()));
        }
        // Modules of two areas at one place are compiled once.
        let mut bytecode = rows.split_off(compiled);
        bytecode.sort_unstable();
        bytecode.dedup();
        rows.append(&mut bytecode);
        for row in manifest.record.iter() {
            rows.push(((&*row.path).into(), (&*row.hash).into(), (&*row.size).into()));
        }
        rows.extend(self.generated.iter().cloned());
        record::text(rows)
    }
}

/// Whether the file starts with `#!`, so that no system runs it from a `#!` line.
fn is_script(interpreter: &str) -> bool {
    use std::io::Read as _;
    let mut start = [0; 2];
    fs::open(interpreter).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"#!"
}

/// The script with the interpreter's path in its first line (pip's `fix_script`).
///
/// A kept script that is missing gives an empty one: it is found out when it is put in place.
fn rewritten(tree: &Path, source: &str, interpreter: &str) -> Result<Vec<u8>, IoError> {
    let kept = fs::read_if_exists(tree.join(source))?.unwrap_or_default();
    let rest = kept.iter().position(|byte| *byte == b'\n').map_or(kept.len(), |end| end + 1);
    let mut script = Vec::with_capacity(kept.len() + interpreter.len());
    script.extend_from_slice(b"#!");
    script.extend_from_slice(interpreter.as_bytes());
    script.push(b'\n');
    script.extend_from_slice(&kept[rest..]);
    Ok(script)
}

fn row(path: String, content: &[u8]) -> Row<'static> {
    (path.into(), hash(content).into(), content.len().to_string().into())
}

/// A digest as RECORD has it.
fn hash(content: &[u8]) -> String {
    let mut digester = Digester::new(&[]);
    digester.update(content);
    let bytes = digest::from_hex(&digester.finish().sha256).unwrap_or_default();
    format!("sha256={}", URL_SAFE_NO_PAD.encode(bytes))
}
