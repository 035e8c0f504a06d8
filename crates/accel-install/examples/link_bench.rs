//! Installs 80 made-up wheels (16,000 files, 5,000 folders) into fresh folders, beside the raw loop
//! of mkdir and link that nothing can beat.
//!
//! `cargo run --release -p accel-install --example link_bench -- FOLDER [ROUNDS]`; the folder must
//! be on the file system to measure and is left to the caller to remove.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]
#![allow(clippy::print_stdout, missing_docs)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use accel_install::install::{Job, Layout, Outcome, install};
use accel_install::scheme::Scheme;
use accel_io::fs;
use accel_io::link::{DirHandle, LinkMode, Linker};
use accel_types::manifest::{ArchivedManifest, Area, Launcher, Manifest, ManifestFile};
use rkyv::rancor;

const WHEELS: usize = 80;
/// Folders of a wheel, and files in each: half of the folders stand for `__pycache__`.
const FOLDERS: usize = 62;
const FILES: usize = 200;
const MTIME: i64 = 1_600_000_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let place = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let mut manifests = Vec::new();
    for number in 0..WHEELS {
        let manifest = keep(&place.join("store"), number)?;
        manifests.push((manifest.name.clone(), rkyv::to_bytes::<rancor::Error>(&manifest)?));
    }
    let trees: Vec<PathBuf> =
        (0..WHEELS).map(|number| place.join(format!("store/{number}/tree"))).collect();
    let run = std::process::id();
    for round in 0..rounds {
        let raw = place.join(format!("raw-{run}-{round}"));
        let start = Instant::now();
        raw_loop(&manifests, &trees, &raw)?;
        let raw_time = start.elapsed();
        let prefix = place.join(format!("env-{run}-{round}"));
        let start = Instant::now();
        let mut jobs = Vec::new();
        for ((name, bytes), tree) in manifests.iter().zip(&trees) {
            let manifest = rkyv::access::<ArchivedManifest, rancor::Error>(bytes)?;
            jobs.push(Job {
                requirement: name,
                project: name,
                manifest,
                tree,
                bytecode: None,
                requested: true,
                direct_url: None,
                previous: None,
            });
        }
        let access = start.elapsed();
        let outcome = install(&jobs, &layout(&prefix))?;
        let ours = start.elapsed();
        assert!(matches!(outcome, Outcome::Installed { .. }));
        println!("raw loop {raw_time:>9.1?}   install {ours:>9.1?} (of it manifests {access:.1?})");
    }
    Ok(())
}

fn layout(prefix: &Path) -> Layout {
    let lib = prefix.join("lib/python3.13/site-packages");
    Layout {
        scheme: Scheme {
            purelib: lib.clone(),
            platlib: lib,
            scripts: prefix.join("bin"),
            data: prefix.to_owned(),
            headers: prefix.join("include/site/python3.13"),
        },
        interpreter: prefix.join("bin/python").display().to_string(),
        python: (3, 13),
        umask: 0o022,
        link_mode: LinkMode::Auto,
        seen: None,
    }
}

/// Makes a kept wheel; one that is there from an earlier run is used again.
fn keep(store: &Path, number: usize) -> Result<Manifest> {
    let (name, info) = (format!("pkg{number}"), format!("pkg{number}-1.dist-info"));
    let mut paths: Vec<String> =
        ["METADATA", "WHEEL", "LICENSE"].iter().map(|file| format!("{info}/{file}")).collect();
    for file in 0..FILES - 3 {
        let folder = file % FOLDERS;
        paths.push(format!("{name}/part{}/sub{folder}/module_{file}.py", folder % 8));
    }
    let tree = store.join(number.to_string()).join("tree");
    let ready = store.join(number.to_string()).join("ready");
    if !fs::exists(&ready) {
        for path in &paths {
            let path = tree.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&tree))?;
            fs::write(&path, "x = 1\n")?;
            fs::set_mode(&path, 0o644)?;
            fs::set_mtime(&path, MTIME)?;
        }
        fs::write(&ready, "")?;
    }
    let files = paths
        .into_iter()
        .map(|path| ManifestFile {
            source: path.clone(),
            area: Area::Lib,
            path,
            size: 6,
            mtime: MTIME,
            executable: false,
            record_hash: "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
            record_size: "6".to_owned(),
            python_script: false,
        })
        .collect();
    Ok(Manifest {
        wheel_sha256: String::new(),
        raw_name: name.clone(),
        launchers: vec![Launcher {
            name: name.clone(),
            module: name.clone(),
            function: "main".to_owned(),
            gui: false,
        }],
        name,
        version: "1".to_owned(),
        root_is_purelib: true,
        dist_info: info,
        directories: Vec::new(),
        files,
        record: Vec::new(),
    })
}

/// One thread, one handle for each side, no check, no RECORD.
fn raw_loop(
    manifests: &[(String, rkyv::util::AlignedVec)],
    trees: &[PathBuf],
    target: &Path,
) -> Result<()> {
    fs::create_dir_all(target)?;
    let base = DirHandle::open(target)?;
    let linker = Linker::new(LinkMode::Hardlink, target, target);
    for ((_, bytes), tree) in manifests.iter().zip(trees) {
        let manifest = rkyv::access::<ArchivedManifest, rancor::Error>(bytes)?;
        let source = DirHandle::open(tree)?;
        let mut made = std::collections::HashSet::new();
        for file in manifest.files.iter() {
            let ends = file.path.match_indices('/').map(|(end, _)| &file.path[..end]);
            for folder in ends {
                if made.insert(folder) {
                    base.create_child(folder.as_bytes())?;
                }
            }
            linker.link_into(&source, file.source.as_bytes(), &base, file.path.as_bytes())?;
        }
    }
    Ok(())
}
