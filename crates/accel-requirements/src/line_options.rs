//! The options that may stand in a requirement file, and what one line says with them.

use accel_types::{Digest, FormatControl, HashAlgorithm, ReleaseControl, TypesError};

use crate::optparse::{self, Interspersed, Kind, Occurrence, OptionSpec, OptparseError, ValueKind};
use crate::requirement::ConfigSettings;
use crate::{RequirementsError, shlex};

/// What an option of a line sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dest {
    IndexUrl,
    ExtraIndexUrl,
    NoIndex,
    Constraint,
    Requirement,
    Editable,
    FindLinks,
    NoBinary,
    OnlyBinary,
    PreferBinary,
    RequireHashes,
    NoRequireHashes,
    Pre,
    AllReleases,
    OnlyFinal,
    TrustedHost,
    UseFeature,
    Hash,
    ConfigSettings,
}

/// The features that `--use-feature` accepts.
pub const FEATURES: [&str; 6] = [
    "fast-deps",
    "inprocess-build-deps",
    "venv-isolation",
    "truststore",
    "no-binary-enable-wheel-cache",
    "build-constraint",
];

const fn option(
    short: &'static [&'static str],
    long: &'static [&'static str],
    dest: Dest,
    kind: Kind,
) -> OptionSpec<Dest> {
    OptionSpec { short, long, dest, kind, metavar: "", help: None, default: "", abbreviable: true }
}

const TEXT: ValueKind = ValueKind::Text;

static OPTIONS: [OptionSpec<Dest>; 19] = [
    option(&["-i"], &["--index-url", "--pypi-url"], Dest::IndexUrl, Kind::Store(TEXT)),
    option(&[], &["--extra-index-url"], Dest::ExtraIndexUrl, Kind::Append(TEXT)),
    option(&[], &["--no-index"], Dest::NoIndex, Kind::True),
    option(&["-c"], &["--constraint"], Dest::Constraint, Kind::Append(TEXT)),
    option(&["-r"], &["--requirement"], Dest::Requirement, Kind::Append(TEXT)),
    option(&["-e"], &["--editable"], Dest::Editable, Kind::Append(TEXT)),
    option(&["-f"], &["--find-links"], Dest::FindLinks, Kind::Append(TEXT)),
    option(&[], &["--no-binary"], Dest::NoBinary, Kind::Callback(TEXT)),
    option(&[], &["--only-binary"], Dest::OnlyBinary, Kind::Callback(TEXT)),
    option(&[], &["--prefer-binary"], Dest::PreferBinary, Kind::True),
    option(&[], &["--require-hashes"], Dest::RequireHashes, Kind::True),
    option(&[], &["--no-require-hashes"], Dest::NoRequireHashes, Kind::True),
    option(&[], &["--pre"], Dest::Pre, Kind::True),
    option(&[], &["--all-releases"], Dest::AllReleases, Kind::Callback(TEXT)),
    option(&[], &["--only-final"], Dest::OnlyFinal, Kind::Callback(TEXT)),
    option(&[], &["--trusted-host"], Dest::TrustedHost, Kind::Append(TEXT)),
    option(&[], &["--use-feature"], Dest::UseFeature, Kind::Append(ValueKind::Choice(&FEATURES))),
    option(&[], &["--hash"], Dest::Hash, Kind::Callback(TEXT)),
    option(&["-C"], &["--config-settings"], Dest::ConfigSettings, Kind::Callback(TEXT)),
];

/// What one line says: a requirement text and options.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParsedLine {
    /// The text before the first option.
    pub(crate) args: String,
    pub(crate) index_url: Option<String>,
    pub(crate) extra_index_urls: Vec<String>,
    pub(crate) no_index: bool,
    pub(crate) constraints: Vec<String>,
    pub(crate) requirements: Vec<String>,
    pub(crate) editables: Vec<String>,
    pub(crate) find_links: Vec<String>,
    pub(crate) prefer_binary: bool,
    pub(crate) require_hashes: bool,
    pub(crate) no_require_hashes: bool,
    pub(crate) pre: bool,
    pub(crate) trusted_hosts: Vec<String>,
    pub(crate) features: Vec<String>,
    pub(crate) hashes: Vec<Digest>,
    pub(crate) config_settings: ConfigSettings,
}

impl ParsedLine {
    /// The requirement, if the line has one: its text, else its first `-e`.
    pub(crate) fn requirement(&self) -> Option<&str> {
        if self.args.is_empty() {
            self.editables.first().map(String::as_str)
        } else {
            Some(&self.args)
        }
    }
}

/// What can be wrong with the options of a line.
enum Problem {
    /// optparse exits: it prints its usage, then `program: error: sentence`.
    Optparse(String),
    Other(RequirementsError),
}

impl From<OptparseError> for Problem {
    fn from(error: OptparseError) -> Self {
        Self::Optparse(error.0)
    }
}

/// Parses one logical line.
///
/// `--no-binary` and its like change `formats` and `releases` at once, even where they stand behind a
/// requirement: pip's parser shares these two with its finder.
pub(crate) fn parse_line(
    line: &str,
    program: &str,
    formats: &mut FormatControl,
    releases: &mut ReleaseControl,
) -> Result<ParsedLine, RequirementsError> {
    let (args, options) = split_options(line);
    let Ok(words) = shlex::split(options) else {
        return Err(RequirementsError::Line {
            line: line.to_owned(),
            detail: format!("Could not split options: {options}"),
            program: None,
        });
    };
    let table: Vec<&OptionSpec<Dest>> = OPTIONS.iter().collect();
    let mut parsed = ParsedLine { args: args.to_owned(), ..ParsedLine::default() };
    let outcome = optparse::parse(&table, &words, Interspersed::Yes, |found| {
        apply(found, &mut parsed, formats, releases)
    });
    match outcome {
        Ok(_) => Ok(parsed),
        Err(Problem::Other(error)) => Err(error),
        Err(Problem::Optparse(sentence)) => Err(RequirementsError::Line {
            line: line.to_owned(),
            detail: format!("{program}: error: {sentence}\n"),
            program: Some(program.to_owned()),
        }),
    }
}

/// The options start at the first word that starts with a dash; only spaces separate words here.
fn split_options(line: &str) -> (&str, &str) {
    if line.starts_with('-') {
        return ("", line);
    }
    line.find(" -").map_or((line, ""), |at| (&line[..at], &line[at + 1..]))
}

fn apply(
    found: Occurrence<'_, Dest>,
    line: &mut ParsedLine,
    formats: &mut FormatControl,
    releases: &mut ReleaseControl,
) -> Result<(), Problem> {
    let text = found.value.map(optparse::Value::into_text).unwrap_or_default();
    let command = |error: TypesError| Problem::Other(RequirementsError::Command(error.to_string()));
    match found.option.dest {
        Dest::IndexUrl => line.index_url = Some(text),
        Dest::ExtraIndexUrl => line.extra_index_urls.push(text),
        Dest::NoIndex => line.no_index = true,
        Dest::Constraint => line.constraints.push(text),
        Dest::Requirement => line.requirements.push(text),
        Dest::Editable => line.editables.push(text),
        Dest::FindLinks => line.find_links.push(text),
        Dest::NoBinary => formats.add_no_binary(&text).map_err(command)?,
        Dest::OnlyBinary => formats.add_only_binary(&text).map_err(command)?,
        Dest::PreferBinary => line.prefer_binary = true,
        Dest::RequireHashes => line.require_hashes = true,
        Dest::NoRequireHashes => line.no_require_hashes = true,
        Dest::Pre => line.pre = true,
        Dest::AllReleases => releases.add_all_releases(&text).map_err(command)?,
        Dest::OnlyFinal => releases.add_only_final(&text).map_err(command)?,
        Dest::TrustedHost => line.trusted_hosts.push(text),
        Dest::UseFeature => line.features.push(text),
        Dest::Hash => line.hashes.push(hash(&text, &found.name)?),
        Dest::ConfigSettings => line.config_settings.add(&text).map_err(|_| {
            Problem::Optparse(format!("Arguments to {} must be of the form KEY=VAL", found.name))
        })?,
    }
    Ok(())
}

/// The value of `--hash`: only strong algorithms may vouch for a file here.
fn hash(text: &str, option: &str) -> Result<Digest, Problem> {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return Err(Problem::Optparse(format!(
            "Arguments to {option} must be a hash name followed by a value, like \
             --hash=sha256:abcde..."
        )));
    };
    let algorithm = match algorithm {
        "sha256" => HashAlgorithm::Sha256,
        "sha384" => HashAlgorithm::Sha384,
        "sha512" => HashAlgorithm::Sha512,
        _ => {
            return Err(Problem::Optparse(format!(
                "Allowed hash algorithms for {option} are sha256, sha384, sha512."
            )));
        }
    };
    Ok(Digest::new(algorithm, hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<ParsedLine, RequirementsError> {
        parse_line(line, "pip", &mut FormatControl::default(), &mut ReleaseControl::default())
    }

    #[test]
    fn markers_stay_out_of_shlex() {
        let line =
            parse("a; python_version > '3' --hash=sha256:aa --hash sha512:bb -C k=v").unwrap();
        assert_eq!(line.args, "a; python_version > '3'");
        assert_eq!(line.hashes.len(), 2);
        assert_eq!(line.config_settings.entries.len(), 1);
        assert_eq!(parse("a\t--pre").unwrap().args, "a\t--pre");
        assert_eq!(parse("a  --pre").unwrap().args, "a ");
    }

    #[test]
    fn complaints_name_the_line() {
        let error = parse("a --bogus").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invalid requirement: a --bogus\npip: error: no such option: --bogus\n"
        );
        assert_eq!(error.usage().as_deref(), Some("Usage: pip [options]\n\n"));
        let error = parse("a --pre 'x").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invalid requirement: a --pre 'x\nCould not split options: --pre 'x"
        );
        let error = parse("a --hash md5:x").unwrap_err();
        assert!(error.to_string().contains("Allowed hash algorithms for --hash are sha256,"));
    }
}
