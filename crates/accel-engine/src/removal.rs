//! What pip says while it takes a distribution out, on its own or before another version comes.

use crate::error::EngineError;
use crate::listener::{Level, Voice};
use accel_install::installed::InstalledDistribution;
use accel_install::uninstall::{Surroundings, UninstallPlan};
use accel_io::fs;
use std::path::PathBuf;

/// A distribution that goes, and how far in its lines begin.
pub(crate) struct Removal<'a> {
    pub(crate) plan: UninstallPlan,
    voice: &'a Voice,
    indent: &'static str,
}

impl<'a> Removal<'a> {
    /// Finds out what belongs to a distribution, and says what was found.
    pub(crate) fn of(
        voice: &'a Voice,
        indent: &'static str,
        found: &InstalledDistribution,
        surroundings: &Surroundings,
    ) -> Result<Self, EngineError> {
        let (name, version) = (found.raw_name(), found.raw_version());
        voice.info(&format!("{indent}Found existing installation: {name} {version}"));
        let plan = UninstallPlan::of(found, surroundings)?;
        for note in &plan.notes {
            voice.info(&format!("{indent}{note}"));
        }
        if plan.is_empty() {
            let text = format!("Can't uninstall '{name}'. No files were found to uninstall.");
            voice.info(&format!("{indent}{text}"));
        }
        Ok(Self { plan, voice, indent })
    }

    /// The line before anything is done.
    pub(crate) fn begins(&self) {
        self.info(&format!("Uninstalling {}-{}:", self.plan.name, self.plan.version));
    }

    /// What would go and what would stay, for somebody who is asked.
    pub(crate) fn lists(&self, verbose: bool) {
        let listing = self.plan.listing(verbose);
        self.list("Would remove:", &listing.remove);
        self.list("Would not remove (might be manually added):", &listing.skip);
        self.list("Would not remove (outside of prefix):", &listing.refused);
        self.list("Will actually move:", &listing.moved);
    }

    fn list(&self, title: &str, paths: &[PathBuf]) {
        if paths.is_empty() {
            return;
        }
        self.info(&format!("  {title}"));
        for path in paths {
            self.info(&format!("    {}", path.display()));
        }
    }

    /// Each file and folder that goes, and each line of a `.pth` file.
    pub(crate) fn goes(&self) {
        let verbose = |text: &str| {
            self.voice.say(Level::Verbose, &format!("{}  {text}", self.indent));
        };
        for path in self.plan.moves() {
            verbose(&format!("Removing file or directory {}", path.display()));
        }
        for edit in &self.plan.pth {
            let file = edit.file.display();
            verbose(&format!("Removing pth entries from {file}:"));
            if !fs::is_file(&edit.file) {
                let text = format!("Cannot remove entries from nonexistent file {file}");
                self.voice.show(Level::Warning, &format!("{}  WARNING: {text}", self.indent));
                continue;
            }
            for entry in &edit.entries {
                verbose(&format!("Removing entry: {entry}"));
            }
        }
    }

    /// The line at the end.
    pub(crate) fn is_done(&self) {
        let (name, version) = (&self.plan.name, &self.plan.version);
        self.info(&format!("  Successfully uninstalled {name}-{version}"));
    }

    fn info(&self, text: &str) {
        self.voice.info(&format!("{}{text}", self.indent));
    }
}
