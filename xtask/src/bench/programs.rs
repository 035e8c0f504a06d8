//! The programs that are compared and how each is asked for the same work.

use super::measure::{self, Sample, clean};
use super::tree;
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// Directories and hard links only: the limit.
    RawLoop,
    /// pip-accel into a new environment, `--no-compile`.
    Accel,
    /// uv into a new environment, as it comes (no bytecode).
    Uv,
    /// pip-accel as it comes (with bytecode).
    AccelBytecode,
    /// uv with `--compile-bytecode`.
    UvBytecode,
    /// pip as it comes (with bytecode).
    Pip,
    /// pip-accel where all is installed already.
    AccelAgain,
    /// uv where all is installed already.
    UvAgain,
}

impl Program {
    /// All of them, in the order in which a round plays them.
    pub const ALL: [Self; 8] = [
        Self::RawLoop,
        Self::Accel,
        Self::Uv,
        Self::AccelBytecode,
        Self::UvBytecode,
        Self::Pip,
        Self::AccelAgain,
        Self::UvAgain,
    ];

    /// How the tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::RawLoop => "raw loop (mkdir and link)",
            Self::Accel => "pip-accel, no bytecode",
            Self::Uv => "uv, no bytecode",
            Self::AccelBytecode => "pip-accel, bytecode",
            Self::UvBytecode => "uv, bytecode",
            Self::Pip => "pip, bytecode",
            Self::AccelAgain => "pip-accel, already satisfied",
            Self::UvAgain => "uv, already satisfied",
        }
    }

    fn again(self) -> bool {
        matches!(self, Self::AccelAgain | Self::UvAgain)
    }
}

/// A prepared comparison.
pub struct Bench {
    /// The requirement file.
    pub requirements: PathBuf,
    /// Files and directories of the raw loop's tree.
    pub size: (usize, usize),
    folder: PathBuf,
    accel: PathBuf,
    count: Cell<u32>,
}

impl Bench {
    /// Builds pip-accel, installs the newest pip and uv, makes the raw loop's tree.
    pub fn prepare(root: &Path, set: &str) -> Result<Self, String> {
        let requirements = root.join("benches/requirements").join(format!("{set}.txt"));
        if !requirements.is_file() {
            return Err(format!("there is no requirement file {}", requirements.display()));
        }
        let folder = root.join("target/bench").join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("could not make a folder: {error}"))?;
        run(Command::new("cargo").args(["build", "--release", "--quiet"]).current_dir(root))?;
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let mut bench = Self {
            requirements,
            size: (0, 0),
            accel: target.join("release/pip-accel"),
            folder,
            count: Cell::new(0),
        };
        run(Command::new("python3").args(["-m", "venv"]).arg(bench.folder.join("tools")))?;
        run(Command::new(bench.tool("pip")).args([
            "install",
            "--quiet",
            "--upgrade",
            "pip",
            "uv",
        ]))?;
        bench.size = bench.raw_tree()?;
        Ok(bench)
    }

    /// Runs one program once, in a fresh environment that the clock does not see being made.
    pub fn run(&self, program: Program, label: &str) -> Result<Sample, String> {
        let environment = self.environment(program, label)?;
        let log = environment.with_extension("log");
        let sample = measure::sample(&self.command(program, &environment), &self.cache(), &log)?;
        self.check(program, &environment)?;
        Ok(sample)
    }

    /// System calls of one run.
    pub fn system_calls(&self, program: Program) -> Result<Option<u64>, String> {
        // pip under strace takes minutes and its count compares nothing.
        if program == Program::Pip || program == Program::UvBytecode {
            return Ok(None);
        }
        let environment = self.environment(program, "strace")?;
        let log = environment.with_extension("strace");
        Ok(measure::system_calls(&self.command(program, &environment), &self.cache(), &log))
    }

    /// The versions of the tools, for the report.
    pub fn versions(&self) -> String {
        let version = |tool: &str| {
            let output = clean(Command::new(self.tool(tool)).arg("--version")).output();
            let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            let text = text.unwrap_or_default();
            text.split_whitespace().nth(1).unwrap_or("?").to_owned()
        };
        format!("pip {}, uv {}", version("pip"), version("uv"))
    }

    /// Deletes what the run made.
    pub fn clean(&self) -> Result<(), String> {
        fs::remove_dir_all(&self.folder).map_err(|error| format!("could not clean up: {error}"))
    }

    fn cache(&self) -> PathBuf {
        self.folder.join("accel-cache")
    }

    fn tool(&self, name: &str) -> PathBuf {
        self.folder.join("tools/bin").join(name)
    }

    fn environment(&self, program: Program, label: &str) -> Result<PathBuf, String> {
        self.count.set(self.count.get() + 1);
        let path = self.folder.join(format!("{label}-{}", self.count.get()));
        if program == Program::RawLoop {
            return Ok(path);
        }
        run(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&path))?;
        if program.again() {
            run(Command::new(self.uv(&path)[0].as_str()).args(&self.uv(&path)[1..]))?;
        }
        Ok(path)
    }

    fn uv(&self, environment: &Path) -> Vec<String> {
        let python = environment.join("bin/python");
        words(&[
            &self.tool("uv"),
            "pip".as_ref(),
            "install".as_ref(),
            "--python".as_ref(),
            &python,
            "--cache-dir".as_ref(),
            &self.folder.join("uv-cache"),
            "-r".as_ref(),
            &self.requirements,
        ])
    }

    fn command(&self, program: Program, environment: &Path) -> Vec<String> {
        let python = environment.join("bin/python");
        let accel = words(&[
            &self.accel,
            "--python".as_ref(),
            &python,
            "install".as_ref(),
            "-r".as_ref(),
            &self.requirements,
        ]);
        let plus = |mut command: Vec<String>, word: &str| {
            command.push(word.to_owned());
            command
        };
        match program {
            Program::RawLoop => {
                let this = std::env::current_exe().unwrap_or_default();
                let tree = self.folder.join("raw");
                words(&[&this, "bench".as_ref(), "raw-loop".as_ref(), &tree, environment])
            }
            Program::Accel => plus(accel, "--no-compile"),
            Program::AccelBytecode | Program::AccelAgain => accel,
            Program::Uv | Program::UvAgain => self.uv(environment),
            Program::UvBytecode => plus(self.uv(environment), "--compile-bytecode"),
            Program::Pip => words(&[
                &self.tool("pip"),
                "--python".as_ref(),
                &python,
                "install".as_ref(),
                "--cache-dir".as_ref(),
                &self.folder.join("pip-cache"),
                "-r".as_ref(),
                &self.requirements,
            ]),
        }
    }

    /// Every program must have left the files of the raw loop's tree at least.
    fn check(&self, program: Program, environment: &Path) -> Result<(), String> {
        let found = tree::files(environment)?;
        if found < self.size.0 {
            let wanted = self.size.0;
            return Err(format!("{}: {found} files of {wanted}", program.title()));
        }
        Ok(())
    }

    /// A tree of exactly the files that an installation without bytecode has.
    fn raw_tree(&self) -> Result<(usize, usize), String> {
        let environment = self.environment(Program::Uv, "tree")?;
        let uv = self.uv(&environment);
        run(Command::new(&uv[0]).args(&uv[1..]))?;
        let raw = self.folder.join("raw");
        let library = fs::read_dir(environment.join("lib"))
            .ok()
            .and_then(|entries| entries.flatten().next())
            .ok_or("the environment has no lib folder")?;
        fs::rename(library.path().join("site-packages"), &raw)
            .map_err(|error| format!("could not move the tree: {error}"))?;
        tree::write_list(&raw)
    }
}

fn words(parts: &[&Path]) -> Vec<String> {
    parts.iter().map(|part| part.display().to_string()).collect()
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = clean(command).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("could not run {command:?}: {error}")),
    }
}
