//! A corpus of hostile archives: what each must give, and that nothing is changed by it.
//!
//! `docs/hostile.md` has the verdicts of pip and uv beside ours. With `PIP_ACCEL_BLESS=hostile` this
//! test asks all three and writes it; otherwise it holds our verdicts against what stands there.

mod tars;
mod wheels;
mod zips;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::real_pip;
use accel_testkit::zip::ZipMember;

use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// What this program must do with an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Refuse it with one line, and change nothing.
    Refused,
    /// Refuse it when it is used: the wheel itself is sound, so that it may be kept.
    Late,
    /// Install it as if nothing were odd: what is odd does no harm.
    Harmless,
    /// Either, as pip does it: what matters is that nothing else is touched.
    Any,
}

/// An archive, and what it is about.
pub struct Case {
    name: &'static str,
    about: &'static str,
    harm: Harm,
    file: String,
    bytes: Vec<u8>,
}

impl Case {
    pub fn new(
        name: &'static str,
        about: &'static str,
        harm: Harm,
        file: String,
        bytes: Vec<u8>,
    ) -> Self {
        Self { name, about, harm, file, bytes }
    }
}

/// An entry of a wheel with a line in it.
pub fn file(name: &str) -> ZipMember {
    ZipMember::new(name, "evil = 1\n")
}

/// Where archives are tried: an environment with a program called `pip` and another distribution,
/// and a folder outside of it that nobody may touch.
struct World {
    sandbox: Sandbox,
    before: Seen,
}

type Tree = std::collections::BTreeMap<PathBuf, String>;

/// What an archive may not change.
#[derive(PartialEq, Eq)]
struct Seen {
    /// The environment.
    environment: Tree,
    /// All but the environment, caches and temporary folders.
    outside: Tree,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for folder in ["outside", "tmp", "archives"] {
            std::fs::create_dir(sandbox.at(folder)).unwrap();
        }
        sandbox.write("outside/sentinel", "untouched\n");
        let environment = sandbox.environment("environment");
        std::fs::write(environment.join("bin/pip"), "#!/bin/sh\n").unwrap();
        accel_testkit::wheel::WheelMaker::new("keeper", "1.0")
            .file("keeper.py", "k = 1\n")
            .write_to(&sandbox.at("dist"));
        sandbox.install(&environment, &["--no-index", "-f", "dist", "keeper"]).good();
        let world =
            Self { sandbox, before: Seen { environment: Tree::new(), outside: Tree::new() } };
        world.copy("environment", "pristine");
        Self { before: world.look(), ..world }
    }

    fn look(&self) -> Seen {
        let mut environment = tree(&self.sandbox.at("environment"));
        // uv's lock, which it leaves there.
        environment.remove(Path::new(".lock"));
        Seen { environment, outside: tree(&self.sandbox.at("outside")) }
    }

    fn copy(&self, from: &str, to: &str) {
        let to = self.sandbox.at(to);
        let _ = std::fs::remove_dir_all(&to);
        let copied = Command::new("cp").arg("-a").arg(self.sandbox.at(from)).arg(to).status();
        assert!(copied.is_ok_and(|status| status.success()));
    }

    /// As before the first archive.
    fn reset(&self) {
        self.copy("pristine", "environment");
        let outside = self.sandbox.at("outside");
        let _ = std::fs::remove_dir_all(&outside);
        self.sandbox.write("outside/sentinel", "untouched\n");
        for left in ["pip-cache", "uv-cache", "tmp"] {
            let _ = std::fs::remove_dir_all(self.sandbox.at(left));
        }
        std::fs::create_dir(self.sandbox.at("tmp")).unwrap();
    }

    fn run(&self, tool: &Tool, words: &[&str]) -> Ran {
        let python = self.sandbox.at("environment/bin/python");
        let mut command = match tool {
            Tool::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_pip-accel"));
                command.arg("--python").arg(python).args(words);
                command
            }
            Tool::Pip => {
                let mut command = Command::new(python);
                command.arg("-I").arg(real_pip::runner()).args(words);
                command
            }
            Tool::Uv(program) => {
                let mut command = Command::new(program);
                let words = words.iter().filter(|word| **word != "-y");
                command.arg("pip").args(words).arg("--python").arg(python);
                command
            }
        };
        let (tmp, pip) = (self.sandbox.at("tmp"), self.sandbox.at("pip-cache"));
        let uv = self.sandbox.at("uv-cache");
        let [tmp, pip, uv] = [&tmp, &pip, &uv].map(|path| path.to_str().unwrap());
        let variables =
            [("TMPDIR", tmp), ("PIP_CACHE_DIR", pip), ("UV_CACHE_DIR", uv), ("UV_NO_CONFIG", "1")];
        self.sandbox.surround(&mut command, &variables);
        Ran::of(&command.output().unwrap())
    }

    /// What a tool does with an archive: a verdict for the table, and what is wrong with that.
    fn judge(&self, tool: &Tool, case: &Case) -> (String, Option<String>) {
        let path = self.sandbox.write(&format!("archives/{}", case.file), &case.bytes);
        let kept = self.kept();
        let ran = self.run(tool, &["install", "--no-index", "--no-deps", path.to_str().unwrap()]);
        let _ = std::fs::remove_file(&path);
        let after = self.look();
        let untouched = after == self.before;
        let mut wrong = None;
        let verdict = if let Some(place) = self.escaped(&after) {
            format!("**touched {place}**")
        } else if ran.code == 0 {
            let removed = self.run(tool, &["uninstall", "-y", case.name]);
            match self.escaped(&self.look()) {
                Some(place) => format!("installed; **uninstalling touched {place}**"),
                None if removed.code != 0 => "installed, not to be uninstalled".to_owned(),
                None => "installed".to_owned(),
            }
        } else {
            if !untouched {
                wrong = Some("the environment was changed".to_owned());
            } else if *tool == Tool::Ours && self.kept() != kept && case.harm != Harm::Late {
                wrong = Some("the store was changed".to_owned());
            }
            let line =
                if *tool == Tool::Ours { format!(": {}", self.line(&ran)) } else { String::new() };
            format!("refused{line}")
        };
        if !untouched {
            self.reset();
        }
        if ran.code != 0 && ran.code != 1 && *tool == Tool::Ours {
            wrong = Some(format!("exit code {}: {}", ran.code, ran.stderr));
        }
        (verdict, wrong)
    }

    /// Whose files were touched that are not the archive's own.
    fn escaped(&self, after: &Seen) -> Option<String> {
        if after.outside != self.before.outside {
            return Some("a file outside".to_owned());
        }
        let changed = self.before.environment.iter().find(|(path, facts)| {
            let found = after.environment.get(*path);
            // Folders may come and go.
            found != Some(facts) && (facts.as_str() != "folder" || found.is_some())
        });
        if let Some((path, _)) = changed {
            return Some(format!("`{}`", path.display()));
        }
        let site = site_packages(&self.sandbox.at("environment"));
        let site = site.strip_prefix(self.sandbox.at("environment")).unwrap().to_owned();
        let at_home = |path: &Path| {
            ["bin", "share", "include"].iter().any(|folder| path.starts_with(folder))
                || path.starts_with(&site)
        };
        let stray = after
            .environment
            .keys()
            .find(|path| !self.before.environment.contains_key(*path) && !at_home(path));
        stray.map(|path| format!("`{}`", path.display()))
    }

    fn kept(&self) -> Vec<PathBuf> {
        let entries = ["store-v1", "built-v1"].map(|name| self.sandbox.at("cache").join(name));
        let paths = entries.iter().flat_map(|folder| tree(folder).into_keys());
        paths.filter(|path| path.components().count() > 1 && !path.starts_with(".new")).collect()
    }

    /// The line that says why.
    fn line(&self, ran: &Ran) -> String {
        let lines = ran.lines("ERROR:");
        let Some(line) = lines.first() else { return format!("NO LINE in {}", ran.stderr) };
        let line = line.trim_start().trim_start_matches("ERROR: ");
        let line = line.replace(self.sandbox.text(), "…").replace('|', "\\|");
        let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
        // Folders of a run have names by chance.
        let words = line.split(' ').map(|word| match word.find("/scratch") {
            Some(at) => format!("{}/scratch…", &word[..at]),
            None if word.len() > 200 => format!("{}…", word.chars().take(60).collect::<String>()),
            None => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Tool {
    Ours,
    Pip,
    Uv(PathBuf),
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hostile.md")
}

/// The start of a row: case, what it is, our verdict.
fn row(case: &Case, verdict: &str) -> String {
    format!("| `{}` | {} | {} |", case.name, case.about, cell(verdict))
}

/// What stands in angle brackets would be taken for HTML.
fn cell(verdict: &str) -> String {
    verdict.replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn hostile_archives_do_no_harm() {
    let world = World::new();
    let outside = world.sandbox.at("outside");
    let outside = outside.to_str().unwrap();
    let groups: [(&str, Vec<Case>); 9] = [
        ("Names in zip archives", zips::names(outside)),
        ("Links, devices and repeated entries", zips::kinds(outside)),
        ("Headers of zip archives", zips::headers()),
        ("Shape of zip archives", zips::shapes()),
        ("Bombs", zips::bombs()),
        ("RECORD", wheels::records(outside)),
        ("Programs", wheels::programs(outside)),
        ("`.data` folders and files that Python reads at its start", wheels::data(outside)),
        ("Names and versions", wheels::names()),
    ];
    let groups = groups.into_iter().chain([("Tar archives", tars::all(outside))]);
    let bless = std::env::var("PIP_ACCEL_BLESS").is_ok_and(|what| what == "hostile");
    let others = if bless { vec![Tool::Pip, uv()] } else { Vec::new() };
    let known = std::fs::read_to_string(document()).unwrap_or_default();
    let (mut wrong, mut rows) = (String::new(), 0);
    let mut text = String::new();
    for (title, cases) in groups {
        let _ = writeln!(
            text,
            "\n## {title}\n\n| case | what it is | pip-accel | pip | uv |\n|---|---|---|---|---|"
        );
        for case in cases {
            rows += 1;
            let (verdict, problem) = world.judge(&Tool::Ours, &case);
            let fits = match case.harm {
                Harm::Refused | Harm::Late => verdict.starts_with("refused"),
                Harm::Harmless => verdict == "installed",
                Harm::Any => !verdict.contains("**"),
            };
            if !fits || problem.is_some() || verdict.contains("NO LINE") {
                let _ = writeln!(wrong, "{} ({:?}): {verdict} {problem:?}", case.name, case.harm);
            }
            let mut row = row(&case, &verdict);
            if !bless && !known.contains(&row) {
                let _ = writeln!(wrong, "not in docs/hostile.md: {row}");
            }
            for tool in &others {
                let (verdict, _) = world.judge(tool, &case);
                let _ = write!(row, " {} |", cell(&verdict));
            }
            let _ = writeln!(text, "{row}");
        }
    }
    if bless {
        let start = known.find("\n## ").map_or(&*known, |at| &known[..at]);
        let start = if start.is_empty() { "# Hostile archives\n" } else { start };
        std::fs::write(document(), format!("{start}{text}")).unwrap();
    }
    assert!(wrong.is_empty(), "{rows} archives:\n{wrong}");
}

fn uv() -> Tool {
    Tool::Uv(real_pip::environment("oracle-uv", &["uv"]).with_file_name("uv"))
}
