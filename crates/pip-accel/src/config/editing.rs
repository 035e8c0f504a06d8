//! Configuration as `config` looks at it and changes it: every file by itself.

use std::path::Path;

use accel_engine::{Level, Listener};
use accel_io::python_words;

use super::document::Document;
use super::ini::normalise_key;
use super::places::{Places, Variant};

/// What is read, and how.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The files.
    pub places: Places,
    /// `PIP_*` variables, names lower and without the prefix; none in isolated mode.
    pub variables: Vec<(String, String)>,
    /// Only files of this variant are read, and one of them is changed.
    pub only: Option<Variant>,
    /// Python's name for the encoding of files.
    pub encoding: &'static str,
}

/// A file that was read, or the variables.
#[derive(Debug)]
struct Source {
    /// None for the variables.
    variant: Option<Variant>,
    /// Its path; `:env:` for the variables.
    name: String,
    /// `section.key` and value.
    values: Vec<(String, String)>,
}

/// Configuration in memory. The sentences of errors are pip's.
pub struct Loaded<'a> {
    reading: &'a Reading,
    ear: &'a dyn Listener,
    /// Lowest rank first.
    sources: Vec<Source>,
    /// The files of the variant that may be changed.
    documents: Vec<(String, Document)>,
    /// Whether the file of `PIP_CONFIG_FILE` stands in for the variant's own.
    redirected: bool,
}

impl<'a> Loaded<'a> {
    /// Reads the files.
    pub fn load(reading: &'a Reading, ear: &'a dyn Listener) -> Result<Self, String> {
        let mut loaded =
            Self { reading, ear, sources: Vec::new(), documents: Vec::new(), redirected: false };
        if reading.places.none_is_read() {
            loaded.debug(
                "Skipping loading configuration files due to environment's PIP_CONFIG_FILE being \
                 os.devnull",
            );
        } else {
            loaded.load_files()?;
        }
        if !reading.variables.is_empty() {
            let variables = reading.variables.iter();
            let values = variables
                .map(|(name, value)| (format!(":env:.{}", normalise_key(name)), value.clone()))
                .collect();
            loaded.sources.push(Source { variant: None, name: ":env:".to_owned(), values });
        }
        Ok(loaded)
    }

    fn load_files(&mut self) -> Result<(), String> {
        let Reading { places, only, .. } = self.reading;
        let files = places.files.iter();
        let files = files.flat_map(|(variant, files)| files.iter().map(|file| (*variant, file)));
        for (variant, file) in files {
            // What `PIP_CONFIG_FILE` names stands in for the user's files.
            let wanted = only.is_none_or(|only| {
                only == variant || (only, variant) == (Variant::User, Variant::Env)
            });
            let name = variant.name();
            if !wanted {
                self.debug(&format!("Skipping file '{file}' (variant: {name})"));
                continue;
            }
            let line = format!("For variant '{name}', will try loading '{file}'");
            self.ear.say(Level::Verbose, &line);
            let document = super::read_document(file, self.reading.encoding)?;
            let sections = document.items().into_iter();
            let values = sections.flat_map(|(section, keys)| {
                keys.into_iter().map(move |(key, value)| (format!("{section}.{key}"), value))
            });
            let values = values.collect();
            self.sources.push(Source { variant: Some(variant), name: file.clone(), values });
            if *only == Some(variant) {
                self.documents.push((file.clone(), document));
            }
        }
        Ok(())
    }

    fn debug(&self, line: &str) {
        self.ear.say(Level::Debug, line);
    }

    /// All values by source, as pip counts them: one that comes again keeps its first rank and has
    /// its last values.
    fn by_source(&self) -> Vec<&Source> {
        let mut ranked: Vec<&Source> = Vec::new();
        for source in &self.sources {
            match ranked.iter_mut().find(|known| known.name == source.name) {
                Some(known) => *known = source,
                None => ranked.push(source),
            }
        }
        ranked
    }

    /// `section.key` and value of everything, ordered by source and key.
    pub fn list(&self) -> Vec<(&str, &str)> {
        let mut sources = self.by_source();
        sources.sort_by(|left, right| left.name.cmp(&right.name));
        let mut all = Vec::new();
        for source in sources {
            let mut values: Vec<(&str, &str)> =
                source.values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            values.sort_unstable();
            all.extend(values);
        }
        all
    }

    /// The values of one file as part of a variant, in its order.
    pub fn of_file(&self, variant: Variant, file: &str) -> &[(String, String)] {
        let mut sources = self.sources.iter().rev();
        let found = sources.find(|source| source.variant == Some(variant) && source.name == file);
        found.map_or(&[], |source| &source.values)
    }

    /// The value that counts.
    pub fn get(&self, name: &str) -> Result<&str, String> {
        let key = normalise_key(name);
        let sources = self.by_source().into_iter().rev();
        let mut values = sources.flat_map(|source| &source.values);
        match values.find(|(known, _)| *known == key) {
            Some((_, value)) => Ok(value),
            None => Err(split(&key).err().unwrap_or_else(|| format!("No such key - {name}"))),
        }
    }

    /// The file that an editor is to open.
    pub fn file_to_edit(&mut self) -> Result<&str, String> {
        let at = self.modified(None).map_err(|_| "Could not determine appropriate file.")?;
        Ok(&self.documents[at].0)
    }

    /// Gives a key a value, and writes the file.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let key = normalise_key(name);
        self.say_variant();
        let at = self.modified(None)?;
        let (section, key) = split(&key)?;
        self.documents[at].1.set(section, &key, value);
        self.save(at)
    }

    /// Removes a key, and writes the file.
    pub fn unset(&mut self, name: &str) -> Result<(), String> {
        let key = normalise_key(name);
        self.say_variant();
        let at = self.modified(Some(&key))?;
        let variant = if self.redirected { Some(Variant::Env) } else { self.reading.only };
        let variant = variant.unwrap_or(Variant::User);
        let known = self.of_file(variant, &self.documents[at].0);
        if known.iter().all(|(known, _)| *known != key) {
            return Err(format!("No such key - {name}"));
        }
        let (section, key) = split(&key)?;
        if !self.documents[at].1.remove(section, &key) {
            return Err("Fatal Internal error [id=1]. Please report as a bug.".to_owned());
        }
        self.save(at)
    }

    fn say_variant(&self) {
        if let Some(only) = self.reading.only {
            self.debug(&format!("Will be working with {} variant only", only.name()));
        }
    }

    /// Which file is changed: that which has the key, else the one of highest rank.
    fn modified(&mut self, key: Option<&str>) -> Result<usize, String> {
        if self.documents.is_empty() {
            return self.redirect();
        }
        let last = self.documents.len() - 1;
        let Some(key) = key else { return Ok(last) };
        let (section, key) = split(key)?;
        let having = self.documents.iter().rposition(|(_, document)| document.has(section, &key));
        Ok(having.unwrap_or(last))
    }

    /// The file of `PIP_CONFIG_FILE`, where the variant has none of its own.
    fn redirect(&mut self) -> Result<usize, String> {
        let chosen = self.reading.places.chosen.as_deref().filter(|chosen| !chosen.is_empty());
        if self.reading.places.none_is_read() {
            return Err("Cannot write to PIP_CONFIG_VALUE when it is set to /dev/null".to_owned());
        }
        match (chosen, self.reading.only) {
            (Some(chosen), Some(only @ (Variant::User | Variant::Global))) => {
                let document = super::read_document(chosen, self.reading.encoding)?;
                self.documents.push((chosen.to_owned(), document));
                self.redirected = true;
                self.ear.say(
                    Level::Warning,
                    &format!(
                        "WARNING: Because PIP_CONFIG_FILE is set, changes will be applied to \
                         '{chosen}', not to '{}'. To restore normal behavior, unset \
                         PIP_CONFIG_FILE.",
                        only.name()
                    ),
                );
                Ok(0)
            }
            _ => Err("Fatal Internal error [id=2]. Please report as a bug.".to_owned()),
        }
    }

    /// Writes a file in place, as pip does: links stay links. `Err` is what pip says after the
    /// reason, which is said here.
    fn save(&self, at: usize) -> Result<(), String> {
        self.say_variant();
        let (file, document) = &self.documents[at];
        self.ear.say(Level::Info, &format!("Writing to {file}"));
        let written = make_folder(file).and_then(|()| {
            accel_io::fs::write(file, document.text()).map_err(|error| {
                let words = error.python_words();
                let (_, reason) = words.split_once(": ").unwrap_or(("", &words));
                format!(
                    "pip._internal.exceptions.ConfigurationError: An error occurred while writing \
                     to the configuration file {file}: {reason}"
                )
            })
        });
        written.map_err(|reason| {
            let text = format!(
                "ERROR: Unable to save configuration. Please report this as a bug.\n{reason}"
            );
            self.ear.say(Level::Error, &text);
            "Internal Error.".to_owned()
        })
    }
}

/// Makes the folder of a file and those above it. `Err` is the last line of pip's traceback.
fn make_folder(file: &str) -> Result<(), String> {
    // Python's `dirname` of a bare name is empty, and an empty folder can't be made.
    let Some(folder) = Path::new(file).parent().filter(|path| *path != Path::new("")) else {
        let missing = std::io::Error::from_raw_os_error(ENOENT);
        return Err(python_words(&missing, ""));
    };
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|path| !accel_io::fs::exists(path)).collect();
    for path in missing.into_iter().rev() {
        accel_io::fs::create_dir(path).map_err(|error| error.python_words())?;
    }
    Ok(())
}

/// `No such file or directory`.
const ENOENT: i32 = 2;

/// Section and key around the first dot, the key as files have it.
fn split(key: &str) -> Result<(&str, String), String> {
    let parts = key.split_once('.').map(|(section, key)| (section, normalise_key(key)));
    parts.ok_or_else(|| {
        format!(
            "Key does not contain dot separated section and key. Perhaps you wanted to use \
             'global.{key}' instead?"
        )
    })
}
