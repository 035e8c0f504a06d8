//! Every command in the documentation works: the lines that start with `$` in blocks called `console`,
//! page by page, with an index that offers what they name. The site has every page, and its links lead
//! somewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::{Ran, Sandbox};

/// A page of the site.
struct Page {
    /// Its path below `docs`.
    name: String,
    text: String,
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// All pages but the summary.
fn pages() -> Vec<Page> {
    let (docs, mut found) = (docs(), Vec::new());
    let mut waiting = vec![docs.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(&docs).expect("below").to_str().expect("plain").to_owned();
            if path.is_dir() {
                // What mdBook makes.
                waiting.extend((name != "book").then_some(path));
            } else if path.extension().is_some_and(|end| end == "md") && name != "SUMMARY.md" {
                found.push(Page { name, text: std::fs::read_to_string(path).expect("a page") });
            }
        }
    }
    found
}

/// The commands of a page.
fn commands(page: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => commands.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    commands
}

/// Where the links of a page lead.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The name that mdBook gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

/// The folder of the repository.
fn root() -> PathBuf {
    docs().join("..")
}

/// Whether a path below the repository is there, and has that heading.
fn is_there(path: &Path, heading: &str) -> bool {
    if heading.is_empty() {
        return root().join(path).exists();
    }
    let Ok(text) = std::fs::read_to_string(root().join(path)) else { return false };
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).any(|anchor| anchor == heading)
}

/// Every link of a text that is not there, seen from a folder.
fn broken<'t>(text: &'t str, name: &'t Path) -> Vec<&'t str> {
    let folder = name.parent().expect("a folder");
    let own = links(text).filter(|link| !link.contains("://"));
    own.filter(|link| {
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        let path = if file.is_empty() { name.to_path_buf() } else { folder.join(file) };
        !is_there(&path, heading)
    })
    .collect()
}

#[test]
fn the_site_has_every_page_and_links_lead_somewhere() {
    let summary = std::fs::read_to_string(docs().join("SUMMARY.md")).expect("a summary");
    let pages = pages();
    for Page { name, text } in &pages {
        assert!(summary.contains(&format!("({name})")), "{name} is in no summary");
        assert_eq!(broken(text, &Path::new("docs").join(name)), [""; 0], "{name}");
        // Of the site nothing leads out of it.
        let out = "../".repeat(1 + name.matches('/').count());
        assert!(!links(text).any(|link| link.starts_with(&out)), "{name}");
    }
    assert_eq!(links(&summary).count(), pages.len(), "the summary has a page that is not there");
    assert_eq!(broken(&summary, Path::new("docs/SUMMARY.md")), [""; 0]);
    for entry in std::fs::read_dir(root()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|end| end == "md") {
            let text = std::fs::read_to_string(&path).expect("a page");
            let name = Path::new(path.file_name().expect("a name"));
            assert_eq!(broken(&text, name), [""; 0], "{}", path.display());
        }
    }
}

#[test]
fn what_the_program_says_of_pages_leads_somewhere() {
    let mut waiting = vec![root().join("crates")];
    let mut found = 0;
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for rest in text.split("docs/").skip(1) {
                let is_end = |c: char| !(c.is_alphanumeric() || "-/.#".contains(c));
                let link = rest.split(is_end).next().unwrap_or_default();
                let link = link.trim_end_matches('.');
                let (file, heading) = link.split_once('#').unwrap_or((link, ""));
                let is_page = Path::new(file).extension().is_some_and(|end| end == "md");
                let leads = is_there(&Path::new("docs").join(file), heading);
                assert!(!is_page || leads, "{}: docs/{link}", path.display());
                found += usize::from(is_page);
            }
        }
    }
    assert!(found > 5, "only {found} pages are named");
}

#[test]
fn every_command_of_the_documentation_works() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    for (name, version) in [("flask", "3.0"), ("requests", "2.32")] {
        WheelMaker::new(name, version).file(&format!("{name}.py"), "x = 1\n").write_to(&dist);
    }
    let index = IndexServer::start(&dist, IndexOptions::default());
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", program.display());
    let mut run = 0;
    for Page { name, text } in pages() {
        let commands = commands(&text);
        let folder = sandbox.at(&format!("pages/{name}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("requirements.txt"), "flask\n").expect("a file");
        let mut bash = Command::new("bash");
        let url = index.url();
        sandbox
            .surround(&mut bash, &[("PATH", &path), ("PIP_INDEX_URL", &url), ("MANPAGER", "cat")]);
        // The bucket and the key of a team that there is not.
        let script = commands
            .join("\n")
            .replace("s3://team-cache", &format!("file://{}/shelf", sandbox.text()))
            .replace("ed25519-secret:…", "a-secret-of-all-machines");
        std::fs::create_dir_all(sandbox.at("shelf/python")).expect("a folder");
        let output = bash.args(["-euxo", "pipefail", "-c", &script]).current_dir(&folder).output();
        let ran = Ran::of(&output.expect("bash starts"));
        assert_eq!(ran.code, 0, "{name}\n{}\n{}", ran.stdout, ran.stderr);
        run += commands.len();
    }
    assert!(run > 35, "only {run} commands were found");
}
