//! The grammar of Python's `optparse`, which both pip's command line and its requirement files
//! follow: abbreviations of long options, options anywhere, repeated ones, `--opt=value`, clusters of
//! short flags, and its error sentences.
//!
//! Options are data; what they do is up to the caller, who is told of each occurrence in order.

use std::fmt;

use accel_types::python_text::{repr, strip};

/// One option of a table.
///
/// `D` names what the option sets, several options may share one.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec<D: 'static> {
    /// `-x` forms.
    pub short: &'static [&'static str],
    /// `--xyz` forms; the first is the one shown.
    pub long: &'static [&'static str],
    /// What it sets.
    pub dest: D,
    /// How it is written.
    pub kind: Kind,
    /// The name of its value in help, shown in lower case and angle brackets.
    pub metavar: &'static str,
    /// Its help; `None` keeps it out of the help.
    pub help: Option<&'static str>,
    /// What `%default` in its help stands for.
    pub default: &'static str,
    /// False for options that pip does not have: they must be written out, so that pip's own
    /// abbreviations mean what they mean to pip.
    pub abbreviable: bool,
}

impl<D> OptionSpec<D> {
    /// The form used in messages about configuration: the first long one, else the first short one.
    pub fn name(&self) -> &'static str {
        self.long.first().or(self.short.first()).copied().unwrap_or_default()
    }

    /// `-x/--xyz`, as optparse prints an option object.
    pub fn all_names(&self) -> String {
        [self.short, self.long].concat().join("/")
    }
}

/// How an option is written and what it means to `optparse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `store_true`.
    True,
    /// `store_false`.
    False,
    /// `store_const`: the same field for several options, each with its own word.
    Const(&'static str),
    /// `count`.
    Count,
    /// `store`: the last one wins.
    Store(ValueKind),
    /// A text that may follow after `=`, which pip does not have: `--opt` or `--opt=VALUE`.
    Optional,
    /// `append`.
    Append(ValueKind),
    /// A callback that takes a value.
    Callback(ValueKind),
    /// A callback without one.
    CallbackFlag,
    /// `help`.
    Help,
}

impl Kind {
    /// The kind of its value, if it takes one.
    pub fn value(self) -> Option<ValueKind> {
        match self {
            Self::Store(kind) | Self::Append(kind) | Self::Callback(kind) => Some(kind),
            Self::True
            | Self::False
            | Self::Const(_)
            | Self::Count
            | Self::Optional
            | Self::CallbackFlag
            | Self::Help => None,
        }
    }
}

/// What values an option accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Any text.
    Text,
    /// Any text, in which the caller replaces a leading `~`.
    Path,
    /// An integer as optparse reads it (`0x1f`, `0b1`, octal with a leading zero).
    Int,
    /// A number as Python's `float` reads it.
    Float,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// A checked value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, path or choice.
    Text(String),
    /// An integer; saturated where it exceeds 64 bits.
    Int(i64),
    /// A number.
    Float(f64),
}

impl Value {
    /// The text; empty for numbers.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Int(_) | Self::Float(_) => String::new(),
        }
    }
}

impl ValueKind {
    /// Checks `text` for the option called `option`; `Err` holds optparse's sentence.
    pub fn check(self, option: &str, text: &str) -> Result<Value, OptparseError> {
        let invalid = |what: &str| {
            Err(OptparseError(format!("option {option}: invalid {what} value: {}", repr(text))))
        };
        match self {
            Self::Text | Self::Path => Ok(Value::Text(text.to_owned())),
            Self::Int => parse_int(text).map_or_else(|| invalid("integer"), |n| Ok(Value::Int(n))),
            Self::Float => {
                parse_float(text).map_or_else(|| invalid("floating-point"), |n| Ok(Value::Float(n)))
            }
            Self::Choice(choices) if choices.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::Choice(choices) => {
                let choices: Vec<String> = choices.iter().map(|choice| repr(choice)).collect();
                Err(OptparseError(format!(
                    "option {option}: invalid choice: {} (choose from {})",
                    repr(text),
                    choices.join(", ")
                )))
            }
        }
    }
}

/// optparse's `_parse_int`.
fn parse_int(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let (radix, text) = if lower.starts_with("0x") {
        (16, text)
    } else if lower.starts_with("0b") {
        (2, if text.len() == 2 { "0" } else { &text[2..] })
    } else if text.starts_with('0') {
        (8, text)
    } else {
        (10, text)
    };
    python_int(text, radix)
}

/// `int(text, radix)` of Python.
pub fn python_int(text: &str, radix: u32) -> Option<i64> {
    let text = strip(text);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixes: &[&str] = match radix {
        16 => &["0x", "0X"],
        8 => &["0o", "0O"],
        2 => &["0b", "0B"],
        _ => &[],
    };
    let bare = prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    // One underscore may stand between digits, and after a prefix.
    let digits = match bare {
        Some(rest) => rest.strip_prefix('_').unwrap_or(rest),
        None => digits,
    };
    if digits.is_empty() || digits.split('_').any(str::is_empty) {
        return None;
    }
    let mut number: i64 = 0;
    for character in digits.chars().filter(|c| *c != '_') {
        let digit = i64::from(character.to_digit(radix)?);
        number = number.saturating_mul(i64::from(radix)).saturating_add(digit);
    }
    Some(if negative { -number } else { number })
}

/// `float(text)` of Python.
fn parse_float(text: &str) -> Option<f64> {
    let text = strip(text);
    let between_digits = text.match_indices('_').all(|(at, _)| {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        digit(text[..at].chars().next_back()) && digit(text[at + 1..].chars().next())
    });
    if !between_digits {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// A sentence of optparse about arguments that it cannot parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptparseError(pub String);

impl fmt::Display for OptparseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An option met among the arguments.
#[derive(Debug)]
pub struct Occurrence<'a, D: 'static> {
    /// Its row in the table.
    pub option: &'a OptionSpec<D>,
    /// Its name, unabbreviated, in the form that was used (`-r` or `--requirement`).
    pub name: String,
    /// Its value, if it takes one.
    pub value: Option<Value>,
}

/// Whether options may stand after the first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interspersed {
    /// They may.
    Yes,
    /// The first argument ends the options; it and all that follow are returned.
    No,
}

/// Parses `arguments` with a table of options, tells `apply` of each option in order, and returns
/// the arguments that are not options.
pub fn parse<D, E: From<OptparseError>>(
    options: &[&OptionSpec<D>],
    arguments: &[String],
    interspersed: Interspersed,
    mut apply: impl FnMut(Occurrence<'_, D>) -> Result<(), E>,
) -> Result<Vec<String>, E> {
    // A stack with the next argument on top, so that the value of `--opt=value` can be put back.
    let mut rest: Vec<String> = arguments.iter().rev().cloned().collect();
    let mut positional = Vec::new();
    while let Some(argument) = rest.pop() {
        if argument == "--" {
            break;
        } else if argument.starts_with("--") {
            apply(long_option(options, argument, &mut rest)?)?;
        } else if argument.starts_with('-') && argument.len() > 1 {
            short_options(options, &argument, &mut rest, &mut apply)?;
        } else if interspersed == Interspersed::Yes {
            positional.push(argument);
        } else {
            rest.push(argument);
            break;
        }
    }
    positional.extend(rest.into_iter().rev());
    Ok(positional)
}

fn long_option<'a, D>(
    options: &[&'a OptionSpec<D>],
    argument: String,
    rest: &mut Vec<String>,
) -> Result<Occurrence<'a, D>, OptparseError> {
    let (typed, explicit) = match argument.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (argument, None),
    };
    let (name, option) = find_long(options, &typed)?;
    let value = match (option.kind.value(), explicit) {
        (None, Some(text)) if option.kind == Kind::Optional => Some(Value::Text(text)),
        (None, Some(_)) => {
            return Err(OptparseError(format!("{name} option does not take a value")));
        }
        (None, None) => None,
        (Some(kind), explicit) => Some(take_value(kind, name, explicit.or_else(|| rest.pop()))?),
    };
    Ok(Occurrence { option, name: name.to_owned(), value })
}

/// Finds a long option by its name or by a prefix that only one name has.
pub fn find_long<'a, D>(
    options: &[&'a OptionSpec<D>],
    typed: &str,
) -> Result<(&'static str, &'a OptionSpec<D>), OptparseError> {
    let names = || options.iter().flat_map(|o| o.long.iter().map(move |name| (*name, *o)));
    if let Some(exact) = names().find(|(name, _)| *name == typed) {
        return Ok(exact);
    }
    let mut possible: Vec<_> =
        names().filter(|(name, option)| option.abbreviable && name.starts_with(typed)).collect();
    match possible.as_slice() {
        [] => Err(OptparseError(format!("no such option: {typed}"))),
        [only] => Ok(*only),
        _ => {
            possible.sort_by_key(|(name, _)| *name);
            let names: Vec<&str> = possible.iter().map(|(name, _)| *name).collect();
            Err(OptparseError(format!("ambiguous option: {typed} ({}?)", names.join(", "))))
        }
    }
}

fn short_options<D, E: From<OptparseError>>(
    options: &[&OptionSpec<D>],
    argument: &str,
    rest: &mut Vec<String>,
    apply: &mut impl FnMut(Occurrence<'_, D>) -> Result<(), E>,
) -> Result<(), E> {
    let mut letters = argument[1..].chars();
    while let Some(letter) = letters.next() {
        let name = format!("-{letter}");
        let option = options
            .iter()
            .find(|option| option.short.contains(&name.as_str()))
            .ok_or_else(|| OptparseError(format!("no such option: {name}")))?;
        let Some(kind) = option.kind.value() else {
            apply(Occurrence { option, name, value: None })?;
            continue;
        };
        let attached = letters.as_str();
        let text = if attached.is_empty() { rest.pop() } else { Some(attached.to_owned()) };
        let value = Some(take_value(kind, &name, text)?);
        return apply(Occurrence { option, name, value });
    }
    Ok(())
}

fn take_value(kind: ValueKind, name: &str, text: Option<String>) -> Result<Value, OptparseError> {
    let text = text.ok_or_else(|| OptparseError(format!("{name} option requires 1 argument")))?;
    kind.check(name, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn option(
        short: &'static [&'static str],
        long: &'static [&'static str],
        kind: Kind,
    ) -> OptionSpec<()> {
        OptionSpec {
            short,
            long,
            dest: (),
            kind,
            metavar: "",
            help: None,
            default: "",
            abbreviable: true,
        }
    }

    fn table() -> [OptionSpec<()>; 5] {
        [
            option(&["-v"], &["--verbose"], Kind::Count),
            option(&["-r"], &["--requirement"], Kind::Append(ValueKind::Text)),
            option(&[], &["--no-deps", "--no-dependencies"], Kind::True),
            option(&[], &["--no-index"], Kind::True),
            option(&["-n"], &["--number"], Kind::Store(ValueKind::Int)),
        ]
    }

    fn run(arguments: &[&str], interspersed: Interspersed) -> Result<String, String> {
        let table = table();
        let options: Vec<_> = table.iter().collect();
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let mut seen = Vec::new();
        let rest = parse(&options, &arguments, interspersed, |found| {
            seen.push(match found.value {
                None => found.name,
                Some(Value::Text(text)) => format!("{}={text}", found.name),
                Some(other) => format!("{}={other:?}", found.name),
            });
            Ok::<_, OptparseError>(())
        })
        .map_err(|error| error.to_string())?;
        Ok(format!("{} | {}", seen.join(" "), rest.join(" ")))
    }

    #[test]
    fn options_stand_anywhere() {
        let yes = |arguments: &[&str]| run(arguments, Interspersed::Yes).unwrap();
        assert_eq!(
            yes(&["a", "-vvrx", "-", "--req=a=b", "b"]),
            "-v -v -r=x --requirement=a=b | a - b"
        );
        assert_eq!(yes(&["-r", "--no-index", "--", "-v"]), "-r=--no-index | -v");
        assert_eq!(yes(&["--requirement=", "--no-i"]), "--requirement= --no-index | ");
        assert_eq!(run(&["-v", "a", "-v"], Interspersed::No).unwrap(), "-v | a -v");
    }

    #[test]
    fn complaints_are_optparses() {
        let no = |arguments: &[&str]| run(arguments, Interspersed::Yes).unwrap_err();
        assert_eq!(no(&["--bogus=1"]), "no such option: --bogus");
        assert_eq!(no(&["-vx"]), "no such option: -x");
        assert_eq!(no(&["--no-de"]), "ambiguous option: --no-de (--no-dependencies, --no-deps?)");
        assert_eq!(no(&["--no-index=1"]), "--no-index option does not take a value");
        assert_eq!(no(&["-r"]), "-r option requires 1 argument");
        assert_eq!(no(&["--num", "x"]), "option --number: invalid integer value: 'x'");
    }

    #[test]
    fn numbers_are_pythons() {
        for (text, number) in [
            ("12", Some(12)),
            ("0x1f", Some(31)),
            ("0b11", Some(3)),
            ("017", Some(15)),
            ("0o17", Some(15)),
            ("-3", Some(-3)),
            (" 1_0 ", Some(10)),
            ("1__0", None),
            ("", None),
            ("08", None),
            ("1.0", None),
            ("0", Some(0)),
        ] {
            assert_eq!(parse_int(text), number, "{text}");
        }
        assert_eq!(parse_float(" 1_0.5e1 "), Some(105.0));
        assert_eq!(parse_float("1_"), None);
        assert!(parse_float("nan").unwrap().is_nan());
    }
}
