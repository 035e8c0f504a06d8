//! What takes part in a scenario: programs that do the same work, and what is asked of them.

use std::path::{Path, PathBuf};

use super::measure::Line;

/// One run, with its environment prepared: what the clock sees.
pub struct Turn {
    /// What is run.
    pub line: Line,
    /// The folder in which the result is, and the least number of files that it must have.
    pub result: Option<(PathBuf, usize)>,
}

impl Turn {
    /// A run whose result is not counted.
    pub fn of(words: Vec<String>) -> Self {
        Self { line: Line { words, variables: Vec::new() }, result: None }
    }

    /// Adds a variable.
    pub fn with(mut self, name: &'static str, value: impl Into<PathBuf>) -> Self {
        self.line.variables.push((name, value.into()));
        self
    }

    /// Says where the result is, and how many files it must have at least.
    pub fn leaving(mut self, folder: impl Into<PathBuf>, files: usize) -> Self {
        self.result = Some((folder.into(), files));
        self
    }
}

/// Makes a turn: gets a path that was never used.
type Prepare<'g> = Box<dyn Fn(&Path) -> Result<Turn, String> + 'g>;

/// One row of a table.
pub struct Player<'g> {
    /// How the tables name it.
    pub title: &'static str,
    /// Whether it takes so long that it plays fewer rounds and is not counted under strace.
    pub slow: bool,
    /// Whether a first run is not measured.
    pub warm_up: bool,
    prepare: Prepare<'g>,
}

impl<'g> Player<'g> {
    /// A row whose turns `prepare` makes.
    pub fn new(title: &'static str, prepare: impl Fn(&Path) -> Result<Turn, String> + 'g) -> Self {
        Self { title, slow: false, warm_up: true, prepare: Box::new(prepare) }
    }

    /// It takes long.
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    /// Every run is to find nothing, or what it needs is warm already.
    pub fn unwarmed(mut self) -> Self {
        self.warm_up = false;
        self
    }

    /// Prepares a run.
    pub fn turn(&self, fresh: &Path) -> Result<Turn, String> {
        (self.prepare)(fresh)
    }
}

/// A target: the median of one row against that of another.
pub struct Target {
    /// The row that is judged.
    pub ours: &'static str,
    /// What it is held against: the best of these rows.
    pub theirs: Vec<&'static str>,
    /// The ratio that is wanted; `None` where only the figure is of interest.
    pub at_most: Option<f64>,
    /// By how much more our row does than theirs.
    pub work: f64,
}

impl Target {
    /// `ours` against `theirs`, at most `at_most` times as long.
    pub fn new(ours: &'static str, theirs: &'static str, at_most: f64) -> Self {
        Self { ours, theirs: vec![theirs], at_most: Some(at_most), work: 1.0 }
    }

    /// `ours` against `theirs`, for the figure alone.
    pub fn of_interest(ours: &'static str, theirs: &'static str) -> Self {
        Self { at_most: None, ..Self::new(ours, theirs, 1.0) }
    }

    /// Whether memory is compared, too: with uv always.
    pub fn compares_memory(&self) -> bool {
        self.theirs.iter().all(|title| title.starts_with("uv"))
    }
}

/// A prepared scenario.
pub struct Scenario<'g> {
    /// What is done, in a sentence or two, for the report.
    pub about: String,
    /// In the order in which a round plays them.
    pub players: Vec<Player<'g>>,
    /// What is wanted.
    pub targets: Vec<Target>,
    /// How many times the asked rounds are played: more of what takes milliseconds.
    pub times: usize,
}
