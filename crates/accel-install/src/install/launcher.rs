//! The small programs that call an entry point, byte for byte as pip's `PipScriptMaker` writes them.

use std::fmt::Write as _;

/// A program to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// File name below the scripts folder.
    pub(crate) name: String,
    module: String,
    /// What to call; `None` if the specification has no `:`.
    function: Option<String>,
}

/// The longest `#!` line that every system reads, the newline included.
const LONGEST_SHEBANG: usize = if cfg!(target_os = "macos") { 512 } else { 127 };

/// The first line(s) of a launcher.
///
/// A path with a space, one that is too long, or one that is itself a script goes through
/// `/bin/sh` in the way of distlib, with text that means nothing to Python.
/// `is_script` tells whether the interpreter starts with `#!`; it is asked only if it matters.
pub(crate) fn shebang(interpreter: &str, is_script: impl FnOnce() -> bool) -> String {
    let quoted = enquote(interpreter);
    let simple = !quoted.contains(' ') && quoted.len() + 3 <= LONGEST_SHEBANG && !is_script();
    if simple {
        format!("#!{quoted}\n")
    } else {
        format!("#!/bin/sh\n'''exec' {quoted} \"$0\" \"$@\"\n' '''\n")
    }
}

/// Quotes only the program, not an `/usr/bin/env` before it.
fn enquote(interpreter: &str) -> String {
    const ENV: &str = "/usr/bin/env ";
    if !interpreter.contains(' ') {
        interpreter.to_owned()
    } else if let Some(program) = interpreter.strip_prefix(ENV) {
        if program.contains(' ') && !program.starts_with('"') {
            format!("{ENV}\"{program}\"")
        } else {
            interpreter.to_owned()
        }
    } else if interpreter.starts_with('"') {
        interpreter.to_owned()
    } else {
        format!("\"{interpreter}\"")
    }
}

impl Entry {
    /// The whole file. `None` if there is nothing to call.
    pub(crate) fn text(&self, shebang: &str) -> Option<String> {
        let function = self.function.as_deref()?;
        let imported = function.split('.').next().unwrap_or(function);
        let mut text = String::with_capacity(shebang.len() + 160 + self.module.len());
        text.push_str(shebang);
        let _ = write!(
            text,
            "import sys\nfrom {} import {imported}\nif __name__ == '__main__':\n    \
             sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit({function}())\n",
            self.module
        );
        Some(text)
    }

    /// Reads `name = module:attribute [extras]` with the tolerance of distlib's `ENTRY_RE`:
    /// the leftmost match anywhere in the text, the longest name without whitespace.
    fn parse(specification: &str) -> Result<Option<Self>, String> {
        let refuse = || format!("Invalid specification '{specification}'");
        let brackets = specification.contains(['[', ']']);
        let text: Vec<char> = specification.chars().collect();
        let Some((name, after)) = (0..text.len()).find_map(|start| name_at(&text, start)) else {
            return if brackets { Err(refuse()) } else { Ok(None) };
        };
        let is_word = |at: usize| text.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let mut end = after;
        loop {
            while is_word(end) {
                end += 1;
            }
            if !(text.get(end).is_some_and(|c| matches!(c, ':' | '.')) && is_word(end + 1)) {
                break;
            }
            end += 1;
        }
        let path: String = text[after..end].iter().collect();
        if brackets && !has_flags(&text[end..]) {
            return Err(refuse());
        }
        let (module, function) = match path.split_once(':') {
            None => (path, None),
            Some((_, rest)) if rest.contains(':') => return Err(refuse()),
            Some((module, function)) => (module.to_owned(), Some(function.to_owned())),
        };
        Ok(Some(Self { name, module, function }))
    }

    /// distlib's `repr` of the entry, which pip puts into its error.
    fn shown(&self) -> String {
        let function = self.function.as_deref().unwrap_or("None");
        format!("<ExportEntry {} = {}:{function} []>", self.name, self.module)
    }
}

/// A name at `start`, then `=`, then a word character: the name and where the callable starts.
fn name_at(text: &[char], start: usize) -> Option<(String, usize)> {
    if text[start] == '[' {
        return None;
    }
    let run = text[start + 1..].iter().take_while(|c| !c.is_whitespace()).count();
    let spaces = |mut at: usize| {
        while text.get(at).is_some_and(|c| c.is_whitespace()) {
            at += 1;
        }
        at
    };
    (start + 1..=start + 1 + run).rev().find_map(|end| {
        let equals = spaces(end);
        if text.get(equals) != Some(&'=') {
            return None;
        }
        let callable = spaces(equals + 1);
        let first = text.get(callable)?;
        (first.is_alphanumeric() || *first == '_')
            .then(|| (text[start..end].iter().collect(), callable))
    })
}

/// Whether a bracketed list of extras follows.
fn has_flags(rest: &[char]) -> bool {
    let rest: String = rest.iter().collect();
    let Some((inside, _)) = rest.trim_start().strip_prefix('[').and_then(|r| r.split_once(']'))
    else {
        return false;
    };
    inside.split(',').all(|flag| {
        let flag = flag.trim();
        let (name, value) = flag.split_once('=').unwrap_or((flag, "x"));
        let word = |c: char| c.is_alphanumeric() || c == '_';
        !name.is_empty()
            && name.chars().all(|c| word(c) || c == '-')
            && !value.is_empty()
            && value.chars().all(word)
    })
}

/// One line of `entry_points.txt` of the groups that make programs.
pub(crate) struct Script<'a> {
    pub(crate) name: &'a str,
    pub(crate) module: &'a str,
    pub(crate) function: &'a str,
}

/// The programs to generate for console entry points, in pip's order.
///
/// `pip` and `easy_install` bring along names with the version of the Python that they are
/// installed for, whatever versions their metadata was built with
/// (pip's `get_console_script_specs`).
pub(crate) fn console_entries(
    scripts: &[Script<'_>],
    (major, minor): (u32, u32),
    scripts_folder: &str,
) -> Result<Vec<Entry>, String> {
    let mut console = specifications(scripts);
    let mut wanted = Vec::new();
    if let Some(value) = take(&mut console, "pip").filter(|value| !value.is_empty()) {
        wanted.push(format!("pip = {value}"));
        wanted.push(format!("pip{major} = {value}"));
        wanted.push(format!("pip{major}.{minor} = {value}"));
        console.retain(|(name, _)| !is_versioned(name, "pip", true));
    }
    if let Some(value) = take(&mut console, "easy_install").filter(|value| !value.is_empty()) {
        wanted.push(format!("easy_install = {value}"));
        wanted.push(format!("easy_install-{major}.{minor} = {value}"));
        console.retain(|(name, _)| !is_versioned(name, "easy_install", false));
    }
    wanted.extend(console.iter().map(|(name, value)| format!("{name} = {value}")));
    checked(&wanted, scripts_folder)
}

/// The programs to generate for GUI entry points.
pub(crate) fn gui_entries(
    scripts: &[Script<'_>],
    scripts_folder: &str,
) -> Result<Vec<Entry>, String> {
    let wanted: Vec<String> =
        specifications(scripts).iter().map(|(name, value)| format!("{name} = {value}")).collect();
    checked(&wanted, scripts_folder)
}

/// Names with their values, as Python's dictionary keeps them: first place, last value.
fn specifications<'a>(scripts: &[Script<'a>]) -> Vec<(&'a str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for script in scripts {
        let value = if script.function.is_empty() {
            script.module.to_owned()
        } else {
            format!("{}:{}", script.module, script.function)
        };
        match found.iter_mut().find(|(name, _)| *name == script.name) {
            Some((_, old)) => *old = value,
            None => found.push((script.name, value)),
        }
    }
    found
}

fn take(console: &mut Vec<(&str, String)>, name: &str) -> Option<String> {
    let at = console.iter().position(|(found, _)| *found == name)?;
    Some(console.remove(at).1)
}

/// `pip(\d+(\.\d+)?)?` or `easy_install(-\d+\.\d+)?`.
fn is_versioned(name: &str, program: &str, major_alone: bool) -> bool {
    let Some(rest) = name.strip_prefix(program) else { return false };
    let rest = if major_alone {
        rest
    } else {
        match rest.strip_prefix('-') {
            Some(version) => version,
            None => return rest.is_empty(),
        }
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match rest.split_once('.') {
        Some((major, minor)) => digits(major) && digits(minor),
        None => major_alone && (rest.is_empty() || digits(rest)),
    }
}

/// Parses and refuses as pip's `_raise_for_invalid_entrypoint`.
fn checked(specifications: &[String], scripts_folder: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::with_capacity(specifications.len());
    for specification in specifications {
        let Some(entry) = Entry::parse(specification)? else { continue };
        if entry.function.is_none() {
            return Err(format!(
                "Invalid script entry point: {} - A callable suffix is required. See \
                 https://packaging.python.org/specifications/entry-points/#use-for-scripts for \
                 more information.",
                entry.shown()
            ));
        }
        match inside(&entry.name) {
            Some(name) => entries.push(Entry { name, ..entry }),
            None => {
                return Err(format!(
                    "Invalid script entry point name '{}': the script would be installed outside \
                     the scripts directory ({scripts_folder}).",
                    entry.name
                ));
            }
        }
    }
    Ok(entries)
}

/// The name with `.` and `..` worked out; `None` if it leaves the folder or is the folder.
fn inside(name: &str) -> Option<String> {
    if name.starts_with('/') {
        return None;
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(specification: &str) -> Option<Parts> {
        Entry::parse(specification).unwrap().map(|entry| (entry.name, entry.module, entry.function))
    }

    type Parts = (String, String, Option<String>);

    fn parts(name: &str, module: &str, function: Option<&str>) -> Parts {
        (name.to_owned(), module.to_owned(), function.map(str::to_owned))
    }

    #[test]
    fn specifications_are_read_as_distlib_reads_them() {
        assert_eq!(parsed("a = b.c:d.e"), Some(parts("a", "b.c", Some("d.e"))));
        assert_eq!(parsed("a=b:c [x, y-z]"), Some(parts("a", "b", Some("c"))));
        assert_eq!(parsed("my tool = b:c"), Some(parts(" tool", "b", Some("c"))));
        assert_eq!(parsed("a=b=c:d"), Some(parts("a=b", "c", Some("d"))));
        assert_eq!(parsed("a = my-mod:d"), Some(parts("a", "my", None)));
        assert_eq!(parsed("nothing"), None);
        assert!(Entry::parse("a = b:c:d").is_err());
        assert!(Entry::parse("a = b:c []").is_err());
        assert!(Entry::parse("[ = b").is_err());
    }

    #[test]
    fn names_must_stay_in_the_folder() {
        let script = |name| [Script { name, module: "m", function: "f" }];
        let entries = console_entries(&script("a/../b"), (3, 11), "/bin").unwrap();
        assert_eq!(entries[0].name, "b");
        for name in ["../x", "/x", "a/.."] {
            let error = gui_entries(&script(name), "/bin").unwrap_err();
            assert!(error.starts_with("Invalid script entry point name '"), "{error}");
        }
    }

    #[test]
    fn pip_gets_the_names_of_the_target_python() {
        let names = ["pip", "pip3", "pip3.7", "pipx", "easy_install-2.7", "easy_install"];
        let scripts: Vec<_> =
            names.iter().map(|name| Script { name, module: "m", function: "f" }).collect();
        let made: Vec<_> =
            console_entries(&scripts, (3, 12), "").unwrap().into_iter().map(|e| e.name).collect();
        let expected = ["pip", "pip3", "pip3.12", "easy_install", "easy_install-3.12", "pipx"];
        assert_eq!(made, expected);
    }

    #[test]
    fn shebangs_of_three_kinds() {
        assert_eq!(shebang("/v/bin/python", || false), "#!/v/bin/python\n");
        let indirect = |path: &str| format!("#!/bin/sh\n'''exec' {path} \"$0\" \"$@\"\n' '''\n");
        assert_eq!(shebang("/v v/bin/python", || false), indirect("\"/v v/bin/python\""));
        assert_eq!(shebang("/v/python", || true), indirect("/v/python"));
        let long = format!("/{}", "p".repeat(LONGEST_SHEBANG - 3));
        assert_eq!(shebang(&long, || false), indirect(&long));
        let just = &long[..LONGEST_SHEBANG - 3];
        assert_eq!(shebang(just, || false), format!("#!{just}\n"));
    }
}
