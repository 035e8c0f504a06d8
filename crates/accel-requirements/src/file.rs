//! Reading requirement and constraint files, with those that they include.

use accel_types::python_text::repr;
use accel_types::python_url::join;
use accel_types::{FormatControl, Hashes, ReleaseControl};

use crate::line_options::{ParsedLine, parse_line};
use crate::lines::{Line, logical_lines};
use crate::requirement::{ConfigSettings, RequirementInput};
use crate::text::{Given, editable, named_or_direct};
use crate::{PathKind, RequirementsError, Source, decode, python_path, url_text};

/// The settings that requirement files may change, and that start as the command line left them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileOptions {
    /// Index URLs in order.
    pub index_urls: Vec<String>,
    /// `--find-links` in order.
    pub find_links: Vec<String>,
    /// `--no-index`.
    pub no_index: bool,
    /// `--no-binary`, `--only-binary`.
    pub format_control: FormatControl,
    /// `--all-releases`, `--only-final`; `--pre` is `:all:` here.
    pub release_control: ReleaseControl,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
    /// `--no-require-hashes`.
    pub no_require_hashes: bool,
    /// `--use-feature`, deduplicated.
    pub features: Vec<String>,
    /// `--trusted-host`.
    pub trusted_hosts: Vec<String>,
    /// What pip says of options as it reads them, in order.
    pub notes: Vec<String>,
}

/// How deep files include each other: a server, or a link to its own folder, can go on for ever.
const DEEPEST: usize = 250;
/// How many files are read, however they include each other.
const MOST_FILES: usize = 5000;
/// What they may take in memory, roughly: their bytes, [`EACH`] for each requirement, and the place of
/// its file, which it names. Half a million requirements are fewer.
const MOST_BYTES: usize = 512 << 20;
/// What a requirement takes besides its text and the name of its file.
const EACH: usize = 500;
/// The longest line, continuations joined: thousands of digests are shorter, and what stands in a longer
/// one would take gigabytes.
const LONGEST_LINE: usize = 1 << 20;
/// How much of a line that makes no sense is shown, with what is said of it.
const SHOWN: usize = 10_000;
/// The longest place of an included file: paths are no longer on Linux, and names that grow with each
/// inclusion end there.
const LONGEST_PLACE: usize = 4095;
/// The longest URL of an included file: more than any server takes.
const LONGEST_URL: usize = 64 << 10;

/// Reads requirement files one after the other; what their options say accumulates.
pub struct Reader<'a> {
    source: &'a dyn Source,
    program: String,
    /// The settings as of the last line read.
    pub options: FileOptions,
    /// What pip would have logged as warnings, in order.
    pub warnings: Vec<String>,
    /// Files read so far.
    files: usize,
    /// What came of them so far, in the measure of [`MOST_BYTES`].
    bytes: usize,
}

/// One file in the chain of inclusions: where it was first included.
struct Included {
    path: String,
    by: Option<String>,
}

/// How the file is read that a line stands in.
#[derive(Clone, Copy)]
struct Reading<'a> {
    place: &'a str,
    constraint: bool,
    user_supplied: bool,
}

impl<'a> Reader<'a> {
    /// A reader for a program called `program` (in optparse's sentences).
    pub fn new(source: &'a dyn Source, program: &str, options: FileOptions) -> Self {
        Self {
            source,
            program: program.to_owned(),
            options,
            warnings: Vec::new(),
            files: 0,
            bytes: 0,
        }
    }

    /// A requirement given as an argument.
    pub fn argument(
        &mut self,
        text: &str,
        config_settings: &ConfigSettings,
    ) -> Result<RequirementInput, RequirementsError> {
        self.take(
            text,
            false,
            Given {
                user_supplied: true,
                config_settings: config_settings.clone(),
                ..Given::default()
            },
        )
    }

    /// A value of `--editable`.
    pub fn editable(
        &mut self,
        text: &str,
        config_settings: &ConfigSettings,
    ) -> Result<RequirementInput, RequirementsError> {
        self.take(
            text,
            true,
            Given {
                user_supplied: true,
                config_settings: config_settings.clone(),
                ..Given::default()
            },
        )
    }

    /// A requirement that must be one of PEP 508: of a dependency group or a script.
    pub fn dependency(&mut self, text: &str) -> Result<RequirementInput, RequirementsError> {
        crate::text::dependency(text, self.source)
    }

    /// Reads the requirement file (`-r`) or constraint file (`-c`) at a path or URL.
    pub fn read(
        &mut self,
        place: &str,
        constraint: bool,
    ) -> Result<Vec<RequirementInput>, RequirementsError> {
        let mut found = Vec::new();
        self.read_with(place, constraint, &mut |input| found.push(input))?;
        Ok(found)
    }

    /// Like [`read`](Reader::read), but hands over each requirement as it is met, so that those in
    /// front of an error are seen.
    pub fn read_with(
        &mut self,
        place: &str,
        constraint: bool,
        take: &mut dyn FnMut(RequirementInput),
    ) -> Result<(), RequirementsError> {
        let first = python_path::abspath(self.source.current_dir(), place);
        let mut chain = vec![Included { path: first, by: None }];
        // Only what is asked for by `-r` counts as asked for by the user.
        self.read_into(place, constraint, !constraint, &mut chain, take)
    }

    fn read_into(
        &mut self,
        place: &str,
        constraint: bool,
        user_supplied: bool,
        chain: &mut Vec<Included>,
        take: &mut dyn FnMut(RequirementInput),
    ) -> Result<(), RequirementsError> {
        self.files += 1;
        if chain.len() > DEEPEST || self.files > MOST_FILES {
            // What pip says of its own depth.
            let reason = "RecursionError: maximum recursion depth exceeded";
            return Err(RequirementsError::Crash(format!("{reason} ({place})")));
        }
        let content = self.content(place, constraint)?;
        self.weigh(content.len(), place)?;
        let source = self.source;
        for line in logical_lines(&content, &|name| source.variable(name)) {
            let file = Reading { place, constraint, user_supplied };
            if let Some((nested, constraint)) = self.read_line(&line, file, chain, take)? {
                chain.push(Included { path: nested.clone(), by: Some(place.to_owned()) });
                self.read_into(&nested, constraint, user_supplied, chain, take)?;
                chain.pop();
            }
        }
        Ok(())
    }

    /// Takes what a line says; the file that it includes, and whether that holds constraints. Apart from
    /// the recursion, whose frames are small then.
    fn read_line(
        &mut self,
        line: &Line,
        Reading { place, constraint, user_supplied }: Reading<'_>,
        chain: &[Included],
        take: &mut dyn FnMut(RequirementInput),
    ) -> Result<Option<(String, bool)>, RequirementsError> {
        let short = |error| shortened(error, &line.text, line.number, place);
        if line.text.len() > LONGEST_LINE {
            return Err(short(RequirementsError::Installation(line.text.clone())));
        }
        let mut parsed = parse_line(
            &line.text,
            &self.program,
            &mut self.options.format_control,
            &mut self.options.release_control,
        )
        .map_err(short)?;
        if let Some(text) = parsed.requirement().map(str::to_owned) {
            self.weigh(EACH + text.len() + place.len(), place)?;
            let is_editable = !parsed.editables.is_empty();
            let given = Given {
                constraint,
                user_supplied,
                comes_from: Some(format!(
                    "{} {place} (line {})",
                    if constraint { "-c" } else { "-r" },
                    line.number
                )),
                line_source: Some(format!("line {} of {place}", line.number)),
                hashes: if is_editable {
                    Hashes::default()
                } else {
                    parsed.hashes.iter().collect()
                },
                // pip passes settings on for requirement files only.
                config_settings: if user_supplied {
                    std::mem::take(&mut parsed.config_settings)
                } else {
                    ConfigSettings::default()
                },
            };
            take(self.take(&text, is_editable, given).map_err(short)?);
        } else if let Some((nested, constraint)) = included(&parsed) {
            let nested = self.resolve(place, nested);
            let longest = if is_url(&nested) { LONGEST_URL } else { LONGEST_PLACE };
            if nested.len() > longest {
                return Err(too_long(&nested, constraint));
            }
            if let Some(first) = chain.iter().find(|known| known.path == nested) {
                let tail = first.by.as_ref().map(|by| format!(" and again in {by}"));
                return Err(RequirementsError::Installation(format!(
                    "{nested} recursively references itself in {place}{}",
                    tail.unwrap_or_default()
                )));
            }
            return Ok(Some((nested, constraint)));
        } else {
            self.apply(place, line.number, parsed);
        }
        Ok(None)
    }

    /// Goes on only while all that was read is not too much.
    fn weigh(&mut self, bytes: usize, place: &str) -> Result<(), RequirementsError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes <= MOST_BYTES {
            return Ok(());
        }
        let reason = "MemoryError: requirement files of more than 512 megabytes in all";
        Err(RequirementsError::Crash(format!("{reason} ({place})")))
    }

    /// Makes a requirement of its text.
    fn take(
        &mut self,
        text: &str,
        is_editable: bool,
        given: Given,
    ) -> Result<RequirementInput, RequirementsError> {
        if is_editable {
            editable(text, given, self.source)
        } else {
            named_or_direct(text, given, self.source, &mut self.warnings)
        }
    }

    fn content(&mut self, place: &str, constraint: bool) -> Result<String, RequirementsError> {
        if is_url(place) {
            return Ok(decode::decode_fetched(&self.source.fetch(place)?));
        }
        let bytes = self.source.read(place).map_err(|error| {
            let kind = if constraint { "constraint" } else { "requirements" };
            RequirementsError::Installation(format!(
                "Could not open {kind} file: {}",
                os_error(&error, place)
            ))
        })?;
        let decoded = decode::decode(&bytes, place, self.source.locale_encoding())?;
        self.warnings.extend(decoded.warning);
        Ok(decoded.text)
    }

    /// The place of an included file, relative to the including one.
    fn resolve(&self, place: &str, nested: &str) -> String {
        if starts_as_url(place) {
            join(place, nested).unwrap_or_else(|| nested.to_owned())
        } else if starts_as_url(nested) {
            nested.to_owned()
        } else {
            let folder = python_path::dirname(place);
            let joined = python_path::join(folder, nested);
            python_path::abspath(self.source.current_dir(), &joined)
        }
    }

    /// Takes over the options of a line without requirement.
    fn apply(&mut self, place: &str, number: usize, line: ParsedLine) {
        if !line.hashes.is_empty() {
            self.warnings.push(format!(
                "{place} line {number} has --hash but no requirement, and will be ignored."
            ));
        }
        let options = &mut self.options;
        options.require_hashes |= line.require_hashes;
        options.no_require_hashes |= line.no_require_hashes;
        for feature in line.features {
            if !options.features.contains(&feature) {
                options.features.push(feature);
            }
        }
        if line.no_index {
            options.no_index = true;
            options.index_urls.clear();
        }
        if !options.no_index {
            if let Some(url) = line.index_url.filter(|url| !url.is_empty()) {
                options.index_urls = vec![url];
            }
            options.index_urls.extend(line.extra_index_urls);
        }
        // Of several on one line pip takes the first.
        if let Some(value) = line.find_links.into_iter().next() {
            let folder = python_path::abspath(self.source.current_dir(), place);
            let relative = python_path::join(python_path::dirname(&folder), &value);
            let exists = self.source.kind(&relative) != PathKind::Missing;
            self.options.find_links.push(if exists { relative } else { value });
        }
        let options = &mut self.options;
        options.release_control.all_releases.all |= line.pre;
        options.prefer_binary |= line.prefer_binary;
        for host in line.trusted_hosts {
            let quoted = repr(&host);
            let note = format!("adding trusted host: {quoted} (from line {number} of {place})");
            options.notes.push(note);
            options.trusted_hosts.push(host);
        }
    }
}

/// The first file that a line includes, and whether it holds constraints.
fn included(line: &ParsedLine) -> Option<(&str, bool)> {
    line.requirements
        .first()
        .map(|place| (place.as_str(), false))
        .or_else(|| line.constraints.first().map(|place| (place.as_str(), true)))
}

/// An error of a line, which would show that line up to three times: of a long one only the start.
fn shortened(
    error: RequirementsError,
    line: &str,
    number: usize,
    place: &str,
) -> RequirementsError {
    use RequirementsError::{Installation, Line};
    match &error {
        Installation(text) | Line { line: text, .. } if text.len() > SHOWN => {
            let start: String = line.chars().take(100).collect();
            let start = repr(&format!("{start}…"));
            let length = line.len();
            Installation(format!(
                "Invalid requirement: {start} (from line {number} of {place}, which has {length} bytes)"
            ))
        }
        _ => error,
    }
}

/// What opening such a path gives, but of a name that may be megabytes long only its start.
fn too_long(place: &str, constraint: bool) -> RequirementsError {
    let kind = if constraint { "constraint" } else { "requirements" };
    let start: String = place.chars().take(200).collect();
    RequirementsError::Installation(format!(
        "Could not open {kind} file: [Errno 36] File name too long: {}",
        repr(&format!("{start}…"))
    ))
}

fn starts_as_url(place: &str) -> bool {
    let lower = place.to_ascii_lowercase();
    ["http:", "https:", "file:"].iter().any(|scheme| lower.starts_with(scheme))
}

fn is_url(place: &str) -> bool {
    matches!(url_text::scheme(place).as_str(), "http" | "https" | "file")
}

/// An operating system error as Python words it.
pub(crate) fn os_error(error: &std::io::Error, path: &str) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => {
            let reason = text.split(" (os error").next().unwrap_or(&text);
            format!("[Errno {number}] {reason}: {}", repr(path))
        }
        None => text,
    }
}
