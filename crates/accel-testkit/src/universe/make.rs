//! Random universes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Dist, Index, Universe};
use crate::dice::Dice;

const NAMES: [&str; 9] =
    ["alpha", "beta", "gamma", "delta", "Epsilon", "zeta.one", "eta_two", "theta", "iota"];
const FINALS: [&str; 10] = ["0.9", "1.0", "1.1", "1.2", "2.0", "2.1", "2.1.1", "3.0", "3.1", "4.0"];
const OTHERS: [&str; 7] =
    ["1.2a1", "2.0rc1", "3.1.dev1", "4.0b2", "5.0a1", "2.1.post1", "1.1+local.1"];
const EXTRAS: [&str; 3] = ["x", "y-one", "z"];
const TAGS: [&str; 11] = [
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-linux_x86_64",
    "cp311-abi3-manylinux2014_x86_64",
    "cp38-abi3-manylinux_2_5_x86_64.manylinux1_x86_64",
    "cp311-none-any",
    "py2.py3-none-any",
    "py311-none-any",
    "cp310-cp310-manylinux_2_17_x86_64",
    "cp311-cp311-win_amd64",
    "1-py3-none-any",
    "2b-py3-none-any",
];
const PYTHONS: [&str; 7] =
    [">=3.8", ">=3.12", "<3.11", "!=3.11.*", ">=3.6,<4", "~=3.9", "nonsense"];
const MARKERS: [&str; 8] = [
    "python_version < '3.9'",
    "python_version >= '3.8'",
    "sys_platform == 'win32'",
    "sys_platform == 'linux' and python_full_version >= '3.11'",
    "os_name == 'nt' or implementation_name == 'cpython'",
    "platform_machine == 'riscv'",
    "python_version in '3.10 3.11'",
    "'linux' in sys_platform",
];
const TIMES: [&str; 4] = [
    "2023-01-05T10:00:00Z",
    "2024-02-29T23:59:59.999999Z",
    "2024-06-01T00:00:00Z",
    "2025-05-05T05:05:05Z",
];

/// What a universe has of everything, in percent.
struct Mood {
    others: usize,
    extras: usize,
    markers: usize,
    tags: usize,
    yanked: usize,
    python: usize,
    sdists: usize,
    broken: usize,
    spelled: usize,
    urls: usize,
}

struct Maker {
    dice: Dice,
    mood: Mood,
    versions: BTreeMap<&'static str, Vec<String>>,
}

/// The universe of a seed.
pub fn random(seed: u64) -> Universe {
    let mut dice = Dice::new(seed);
    let mut rate = |often: usize, rate: usize| if dice.chance(often) { rate } else { 0 };
    let mood = Mood {
        others: rate(45, 25),
        extras: rate(60, 35),
        markers: rate(50, 25),
        tags: rate(45, 40),
        yanked: rate(30, 15),
        python: rate(35, 25),
        sdists: rate(18, 12),
        broken: rate(15, 6),
        spelled: rate(20, 30),
        urls: rate(12, 10),
    };
    let count = dice.between(3, NAMES.len());
    let names = dice.some(&NAMES, count);
    let mut versions = BTreeMap::new();
    for name in names {
        let count = dice.between(1, 5);
        let mut some: Vec<String> =
            dice.some(&FINALS, count).into_iter().map(str::to_owned).collect();
        for other in OTHERS {
            if dice.chance(mood.others) {
                some.push(other.to_owned());
            }
        }
        versions.insert(name, some);
    }
    Maker { dice, mood, versions }.universe()
}

impl Maker {
    fn universe(&mut self) -> Universe {
        let mut universe = Universe::default();
        self.places(&mut universe);
        self.distributions(&mut universe);
        if self.dice.chance(45) {
            self.installed(&mut universe);
        }
        self.arguments(&mut universe);
        self.windows(&mut universe);
        universe
    }

    fn windows(&mut self, universe: &mut Universe) {
        let files = universe.indexes.iter_mut().flat_map(|index| &mut index.files);
        for dist in files.chain(&mut universe.links).chain(&mut universe.installed) {
            dist.windows = self.dice.chance(3);
        }
    }

    fn places(&mut self, universe: &mut Universe) {
        let count = [1, 1, 1, 1, 1, 2, 2, 2, 3, 0][self.dice.below(10)];
        for _ in 0..count {
            universe.indexes.push(Index {
                html: self.dice.chance(25),
                no_metadata: self.dice.chance(25),
                no_digests: self.dice.chance(10),
                ..Index::default()
            });
        }
        if self.dice.chance(5) && count > 0 {
            let name = self.name().to_lowercase().replace(['.', '_'], "-");
            let status = [404, 500, 403][self.dice.below(3)];
            universe.indexes[0].pages.insert(name, status);
        }
    }

    fn distributions(&mut self, universe: &mut Universe) {
        let links = universe.indexes.is_empty() || self.dice.chance(20);
        for (name, versions) in self.versions.clone() {
            for version in versions {
                let mut tags = vec![String::new()];
                if self.dice.chance(self.mood.tags) {
                    let count = self.dice.between(1, 3);
                    let more = self.dice.some(&TAGS, count);
                    tags.extend(more.into_iter().map(str::to_owned));
                    if self.dice.chance(40) {
                        tags.remove(0);
                    }
                }
                if self.dice.chance(self.mood.sdists) {
                    tags.push("sdist".to_owned());
                    if self.dice.chance(50) {
                        tags.remove(0);
                    }
                }
                let model = self.dist(name, &version);
                for tag in tags {
                    let copies = 1 + usize::from(self.dice.chance(15));
                    for _ in 0..copies {
                        let mut dist = self.variant(&model, &tag);
                        let place = self.dice.below(universe.indexes.len() + usize::from(links));
                        // Where pip reads a whole file for its metadata and finds the digest wrong,
                        // a few bytes of it may do for this program.
                        let whole = universe.indexes.get(place).is_none_or(|it| it.no_metadata);
                        if dist.broken == "digest" && whole {
                            "garbage".clone_into(&mut dist.broken);
                        }
                        match universe.indexes.get_mut(place) {
                            Some(index) => add(&mut index.files, dist),
                            None => add(&mut universe.links, dist),
                        }
                    }
                }
            }
        }
    }

    fn dist(&mut self, name: &str, version: &str) -> Dist {
        let mut dist =
            Dist { name: name.to_owned(), version: version.to_owned(), ..Dist::default() };
        for _ in 0..[0, 0, 1, 1, 2, 3][self.dice.below(6)] {
            let text = self.requirement();
            dist.requires.push(text);
        }
        for extra in EXTRAS {
            if self.dice.chance(self.mood.extras) {
                let text = self.requirement();
                let marker = if text.contains(';') { " and " } else { " ; " };
                dist.requires.push(format!("{text}{marker}extra == '{extra}'"));
                if self.dice.chance(85) {
                    dist.extras.push(extra.to_owned());
                }
            }
        }
        if self.dice.chance(self.mood.python) {
            dist.python = Some(self.dice.one(&PYTHONS).to_owned());
            dist.python_hidden = self.dice.chance(35);
        }
        if self.dice.chance(self.mood.yanked) {
            dist.yanked = Some(["", "broken", "do not use"][self.dice.below(3)].to_owned());
        }
        dist.uploaded = Some(self.dice.one(&TIMES).to_owned());
        dist
    }

    /// A file of a distribution, now and then with something of its own.
    fn variant(&mut self, model: &Dist, tag: &str) -> Dist {
        let mut dist = Dist { tag: tag.to_owned(), ..model.clone() };
        if self.dice.chance(8) {
            dist.requires = self.dist(&model.name, &model.version).requires;
        }
        if self.dice.chance(self.mood.spelled) && !dist.version.contains(['a', 'd', 'r', 'p', '+'])
        {
            dist.version += ".0";
        }
        if self.dice.chance(self.mood.broken) {
            let kinds: &[&str] = if dist.is_sdist() {
                &["garbage", "name", "version", "fails", "fails", "missing", "digest"]
            } else {
                &["garbage", "name", "version", "requires", "requires", "missing", "digest"]
            };
            self.dice.one(kinds).clone_into(&mut dist.broken);
        }
        if self.dice.chance(2) {
            dist.uploaded = None;
        }
        dist
    }

    fn installed(&mut self, universe: &mut Universe) {
        for (name, versions) in self.versions.clone() {
            if !self.dice.chance(40) {
                continue;
            }
            let version = if self.dice.chance(80) {
                self.dice.one(&versions)
            } else {
                self.dice.one(&FINALS)
            };
            let mut dist = self.dist(name, version);
            dist.uploaded = None;
            dist.yanked = None;
            dist.python_hidden = false;
            if self.dice.chance(6) {
                dist.direct = Some("https://example.test/somewhere.tar.gz".to_owned());
            }
            universe.installed.push(dist);
        }
    }

    fn arguments(&mut self, universe: &mut Universe) {
        let mut arguments = vec!["install".to_owned(), "--report=report.json".to_owned()];
        if self.dice.chance(75) {
            arguments.push("--dry-run".to_owned());
        } else {
            arguments.push("--no-compile".to_owned());
        }
        let hashes = self.dice.chance(10);
        let mut lines = Vec::new();
        for _ in 0..[1, 1, 2, 2, 3, 4][self.dice.below(6)] {
            let root = self.root(universe, hashes);
            if hashes || self.dice.chance(25) {
                lines.push(root);
            } else {
                arguments.push(root);
            }
        }
        if !lines.is_empty() {
            universe.files.insert("r.txt".to_owned(), lines.join("\n") + "\n");
            arguments.push("--requirement=r.txt".to_owned());
        }
        if self.dice.chance(35) {
            let mut lines = Vec::new();
            for _ in 0..self.dice.between(1, 3) {
                let line = self.constraint(universe);
                lines.push(line);
            }
            universe.files.insert("c.txt".to_owned(), lines.join("\n") + "\n");
            arguments.push("--constraint=c.txt".to_owned());
        }
        self.options(universe, &mut arguments);
        universe.arguments = arguments;
    }

    fn options(&mut self, universe: &Universe, arguments: &mut Vec<String>) {
        let dry = arguments.iter().any(|word| word == "--dry-run");
        let name = self.name();
        let other = self.name();
        let mut with = |dice: &mut Dice, percent: usize, options: &[&str]| {
            if dice.chance(percent) {
                arguments.extend(options.iter().map(|option| (*option).to_owned()));
            }
        };
        let dice = &mut self.dice;
        let upgrades = if universe.installed.is_empty() { 5 } else { 35 };
        with(dice, upgrades, &["--upgrade"]);
        with(dice, upgrades / 2, &["--upgrade", "--upgrade-strategy=eager"]);
        with(dice, upgrades / 4, &["--force-reinstall"]);
        // Installed so it leaves two versions side by side, and which of them pip then sees depends on
        // the order of a folder.
        let ignore: &[&str] = if dry { &["--ignore-installed"] } else { &[] };
        with(dice, upgrades / 6, ignore);
        with(dice, 8, &["--pre"]);
        with(dice, 4, &[&format!("--all-releases={name}")]);
        with(dice, 4, &[&format!("--only-final={other}")]);
        with(dice, 2, &["--only-final=:all:", &format!("--all-releases={name}")]);
        with(dice, 5, &["--no-deps"]);
        with(dice, 4, &["--only-deps"]);
        with(dice, 6, &["--prefer-binary"]);
        with(dice, 5, &["--only-binary=:all:"]);
        with(dice, 3, &[&format!("--only-binary={name}"), &format!("--no-binary={other}")]);
        with(dice, 2, &[&format!("--no-binary={name}")]);
        with(dice, 5, &["--ignore-requires-python"]);
        with(dice, 2, &["--require-hashes"]);
        with(dice, 3, &["--no-cache-dir"]);
        with(dice, 6, &["-q"]);
        let json = universe.indexes.iter().all(|index| !index.html);
        if json {
            with(dice, 8, &["--uploaded-prior-to=2024-06-01T00:00:00Z"]);
        } else {
            with(dice, 1, &["--uploaded-prior-to=2024-06-01"]);
        }
        if dry {
            let platform = ["win_amd64", "manylinux_2_17_x86_64", "any"][dice.below(3)];
            with(dice, 4, &["--only-binary=:all:", &format!("--platform={platform}")]);
            with(dice, 4, &["--only-binary=:all:", "--python-version=3.9"]);
            with(dice, 1, &["--only-binary=:all:", "--python-version=3.12", "--implementation=cp"]);
        }
    }

    /// A requirement of the user.
    fn root(&mut self, universe: &Universe, hashes: bool) -> String {
        if self.dice.chance(self.mood.urls) {
            return self.direct(universe);
        }
        let mut text = self.requirement();
        if hashes {
            let (name, _) = text.split_once([' ', ';', '[']).unwrap_or((&text, ""));
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned();
            let name = name.split(['=', '<', '>', '!', '~']).next().unwrap_or_default();
            let files = files(universe);
            let mut fitting: Vec<_> = files
                .iter()
                .filter(|(_, dist)| normal(&dist.name) == normal(name))
                .map(|(place, dist)| (place.clone(), dist.filename(), dist.version.clone()))
                .collect();
            fitting.truncate(4);
            if let Some((_, _, version)) = fitting.first().filter(|_| self.dice.chance(75)) {
                text = format!("{name}=={version}");
            }
            for (place, file, _) in fitting {
                if self.dice.chance(75) {
                    let _ = write!(text, " --hash=sha256:{{sha256 {place} {file}}}");
                }
            }
            if self.dice.chance(8) {
                let _ = write!(text, " --hash=sha256:{}", "0".repeat(64));
            }
        }
        text
    }

    fn constraint(&mut self, universe: &Universe) -> String {
        if self.dice.chance(self.mood.urls) {
            return self.direct(universe);
        }
        let name = self.name();
        let text = self.specifier(name);
        let marker = if self.dice.chance(self.mood.markers) {
            format!(" ; {}", self.dice.one(&MARKERS))
        } else {
            String::new()
        };
        format!("{name}{text}{marker}")
    }

    /// A file by its URL or path.
    fn direct(&mut self, universe: &Universe) -> String {
        let files = files(universe);
        if files.is_empty() {
            return self.name().to_owned();
        }
        let (place, dist) = &files[self.dice.below(files.len())];
        let file = dist.filename();
        let extra = if self.dice.chance(20) { "[x]" } else { "" };
        match self.dice.below(4) {
            0 if extra.is_empty() => format!("{{path {place} {file}}}"),
            1 if extra.is_empty() => format!("{{url {place} {file}}}"),
            _ => format!("{}{extra} @ {{url {place} {file}}}", dist.name),
        }
    }

    fn requirement(&mut self) -> String {
        if self.dice.below(250) == 0 {
            return "absent".to_owned();
        }
        let name = self.name();
        let mut text = name.to_owned();
        if self.dice.chance(self.mood.extras / 2) {
            let count = self.dice.between(1, 2);
            let _ = write!(text, "[{}]", self.dice.some(&EXTRAS, count).join(","));
        }
        text += &self.specifier(name);
        if self.dice.chance(self.mood.markers) {
            let _ = write!(text, " ; {}", self.dice.one(&MARKERS));
        }
        text
    }

    fn specifier(&mut self, name: &str) -> String {
        let versions = self.versions.get(name).cloned().unwrap_or_default();
        let versions: Vec<&str> =
            versions.iter().map(|text| text.split('+').next().unwrap_or(text)).collect();
        if versions.is_empty() {
            return String::new();
        }
        let one = versions[self.dice.below(versions.len())];
        let two = versions[self.dice.below(versions.len())];
        let major = one.split('.').next().unwrap_or(one);
        match self.dice.below(40) {
            0..=13 => String::new(),
            14..=18 => format!(">={one}"),
            19..=24 => format!("<={two}"),
            25 => format!("!={one}"),
            26..=28 => format!(">={one},<={two}"),
            29..=31 => format!("<{two}"),
            32 => format!(">{one}"),
            33..=35 => format!("=={two}"),
            36 => format!("=={major}.*"),
            37 => format!("~={major}.0"),
            38 => format!("==={one}"),
            _ => format!("!={one},!={two}"),
        }
    }

    fn name(&mut self) -> &'static str {
        let names: Vec<&'static str> = self.versions.keys().copied().collect();
        names[self.dice.below(names.len())]
    }
}

/// Puts a file among others unless one of its name is there.
fn add(files: &mut Vec<Dist>, dist: Dist) {
    let name = dist.filename();
    if files.iter().all(|other| other.filename() != name) {
        files.push(dist);
    }
}

/// All files with the place that they lie at.
fn files(universe: &Universe) -> Vec<(String, &Dist)> {
    let of_indexes =
        universe.indexes.iter().enumerate().flat_map(|(number, index)| {
            index.files.iter().map(move |dist| (number.to_string(), dist))
        });
    of_indexes.chain(universe.links.iter().map(|dist| ("links".to_owned(), dist))).collect()
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['.', '_'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_universe_again() {
        let text = |seed| serde_json::to_string(&random(seed)).unwrap();
        assert_eq!(text(5), text(5));
        assert_ne!(text(5), text(6));
    }
}
