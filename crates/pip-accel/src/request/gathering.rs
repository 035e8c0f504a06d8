//! Everything that a command line names, read in pip's order.

use accel_engine::request::{LockedAt, ScriptRequiresPython};
use accel_requirements::{
    FileOptions, LockFile, Reader, RequirementInput, RequirementSource, RequirementsError, Source,
    read_groups, read_script, requirement_sources,
};

use super::general::verbosity;
use crate::args::{Command, LowArgs, Parsed, Stop};
use crate::log;
use crate::outside::Outside;
use crate::surroundings::Surroundings;

/// Reads all that the command line names, in pip's order.
pub(super) struct Gathering<'a> {
    pub options: &'a LowArgs,
    pub outside: &'a Outside<'a>,
    pub parsed: &'a Parsed,
    pub reader: Reader<'a>,
}

/// What was read.
pub(super) struct Gathered {
    pub requirements: Vec<RequirementInput>,
    pub constraints: Vec<RequirementInput>,
    pub build_constraints: Vec<RequirementInput>,
    pub script: Option<ScriptRequiresPython>,
    pub locks: Vec<LockedAt>,
    pub has_hashes: bool,
    pub options: FileOptions,
}

/// The same before it is sorted.
struct Read {
    all: Vec<RequirementInput>,
    locks: Vec<LockedAt>,
    build_constraints: Vec<RequirementInput>,
    script: Option<ScriptRequiresPython>,
}

impl Gathered {
    pub fn all(&self) -> impl Iterator<Item = &RequirementInput> {
        self.requirements.iter().chain(&self.constraints).chain(&self.build_constraints)
    }
}

impl Gathering<'_> {
    pub fn run(
        mut self,
        arguments: &[String],
        surroundings: &Surroundings,
        warnings: &mut Vec<String>,
    ) -> Result<Gathered, Stop> {
        let read = self.read(arguments, surroundings);
        warnings.append(&mut self.reader.warnings);
        let read = read.map_err(|error| stop(&error, self.parsed))?;
        let options = std::mem::take(&mut self.reader.options);
        if options.require_hashes && options.no_require_hashes {
            return Err(Stop::error(
                "--require-hashes and --no-require-hashes are mutually exclusive",
            ));
        }
        let Read { all, locks, build_constraints, script } = read;
        let has_hashes =
            !options.no_require_hashes && all.iter().any(|input| !input.hashes.is_empty());
        if !matches!(self.parsed.command, Command::Venv | Command::Explain) {
            self.check_anything(arguments)?;
        }
        let (constraints, requirements) = all.into_iter().partition(|input| input.constraint);
        Ok(Gathered {
            requirements,
            constraints,
            build_constraints,
            script,
            locks,
            has_hashes,
            options,
        })
    }

    fn read(
        &mut self,
        arguments: &[String],
        surroundings: &Surroundings,
    ) -> Result<Read, RequirementsError> {
        let options = self.options;
        let mut build_constraints = Vec::new();
        for file in &options.build_constraints {
            // Options inside these concern the build environments, not this resolution.
            let mut reader =
                Reader::new(self.outside, &surroundings.program, FileOptions::default());
            let read = reader.read(file, true);
            build_constraints.extend(read.map_err(|error| match error {
                // pip takes them for requirements until they are read.
                RequirementsError::Installation(text) => RequirementsError::Installation(
                    text.replacen("Could not open constraint", "Could not open requirements", 1),
                ),
                other => other,
            })?);
        }
        let in_build = surroundings.variable("_PIP_IN_BUILD_IGNORE_CONSTRAINTS");
        let constraint_files = if in_build.as_deref() == Some("1") {
            &options.build_constraints
        } else {
            &options.constraints
        };
        let current_dir = surroundings.current_dir_text();
        let (sources, groups) =
            requirement_sources(&options.requirements, &options.dependency_groups, &current_dir)?;
        let (mut all, mut locks) = (Vec::new(), Vec::new());
        for file in constraint_files {
            all.extend(self.reader.read(file, true)?);
        }
        for text in arguments.iter().filter(|text| !text.trim().is_empty()) {
            all.push(self.reader.argument(text, &options.config_settings)?);
        }
        let outside: &dyn Source = self.outside;
        for text in read_groups(&groups, outside)? {
            all.push(self.reader.dependency(&text)?);
        }
        for text in &options.editables {
            all.push(self.reader.editable(text, &options.config_settings)?);
        }
        for listed in sources {
            match listed {
                RequirementSource::File(file) => all.extend(self.reader.read(&file, false)?),
                RequirementSource::Lock(wanted) => {
                    let warnings = &mut self.reader.warnings;
                    let file = LockFile::read(wanted, outside, &mut |text| warnings.push(text))?;
                    let at = all.iter().filter(|input: &&RequirementInput| !input.constraint);
                    locks.push(LockedAt { at: at.count(), file });
                }
            }
        }
        let mut script = None;
        match options.requirements_from_scripts.as_slice() {
            [] => {}
            [path] => {
                let metadata = read_script(path, outside)?;
                for text in &metadata.dependencies {
                    all.push(self.reader.dependency(text)?);
                }
                script = Some(ScriptRequiresPython {
                    script: path.clone(),
                    requires_python: metadata.requires_python,
                })
                .filter(|script| !script.requires_python.is_empty());
            }
            _ => {
                return Err(RequirementsError::Command(
                    "--requirements-from-script can only be given once".to_owned(),
                ));
            }
        }
        Ok(Read { all, locks, build_constraints, script })
    }

    fn check_anything(&self, arguments: &[String]) -> Result<(), Stop> {
        let options = self.options;
        let nothing = arguments.is_empty()
            && options.editables.is_empty()
            && options.requirements.is_empty()
            && options.dependency_groups.is_empty()
            && options.requirements_from_scripts.is_empty();
        if !nothing {
            return Ok(());
        }
        let name = self.parsed.command.name();
        let hint = if options.find_links.is_empty() {
            format!("(see \"pip help {name}\")")
        } else {
            format!("(maybe you meant \"pip {name} {}\"?)", options.find_links.join(" "))
        };
        Err(Stop::error(&format!("You must give at least one requirement to {name} {hint}")))
    }
}

/// What becomes of a command line that names what can't be read.
pub(super) fn stop(error: &RequirementsError, parsed: &Parsed) -> Stop {
    match error {
        RequirementsError::Encoding { .. } | RequirementsError::Foreign(_) => {
            Stop::HandOver { reason: error.to_string(), python: parsed.python.clone() }
        }
        RequirementsError::Diagnostic { .. } => uncritical(format!("{error}\n"), parsed),
        RequirementsError::Unreadable(reason)
            if matches!(parsed.command, Command::Install | Command::Venv) =>
        {
            let text = format!("ERROR: Could not install packages due to an OSError: {reason}\n\n");
            uncritical(text, parsed)
        }
        error => Stop::Wrong {
            text: format!("{}ERROR: {error}\n", error.usage().unwrap_or_default()),
            // With `--debug` it is Python that ends, whatever the exception.
            code: if parsed.options.debug_mode { 1 } else { error.exit_code() },
        },
    }
}

/// An error that pip does not call critical: `-qqq` hides it.
pub(super) fn uncritical(text: String, parsed: &Parsed) -> Stop {
    if verbosity(&parsed.options) >= -2 {
        return Stop::Wrong { text, code: 1 };
    }
    log::write(text.trim_end());
    Stop::Wrong { text: String::new(), code: 1 }
}

/// `--find-links` values, `~` replaced where that exists.
pub(super) fn expanded_links(options: &LowArgs, surroundings: &Surroundings) -> Vec<String> {
    let expand = |link: &String| {
        if !link.starts_with('~') {
            return link.clone();
        }
        let path = surroundings.expand_user(link);
        match accel_io::fs::canonicalize(surroundings.current_dir.join(path)) {
            Ok(found) => found.to_string_lossy().into_owned(),
            Err(_) => link.clone(),
        }
    };
    options.find_links.iter().map(expand).collect()
}
