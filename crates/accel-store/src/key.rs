//! The key of a built wheel: everything that enters its build.
//!
//! | row | why it is in the key |
//! |---|---|
//! | `source` | digest of the sdist, or commit or tree of what is built |
//! | `subdirectory` | one archive may hold several projects |
//! | `requirements` | name, version and sha256 of every distribution in the build environment, as resolved: the backend and what it compiles against |
//! | `implementation`, `python_version`, `cache_tag`, `abi` | headers, macros and names of extension modules |
//! | `platform`, `libc` | what compiled code runs on |
//! | `config_settings` | options to the backend |
//! | `environment` | the variables that compilers, linkers and backends read ([`is_build_variable`]) |
//!
//! What is not in it: the version of the system's compiler and its libraries and headers. A build
//! against another libfoo has the same key, as in pip's own cache of built wheels; `pip-accel
//! cache remove` or `--no-cache-dir` help then.

use std::collections::BTreeMap;

/// A distribution of the build environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedRequirement {
    /// Canonical name.
    pub name: String,
    /// Version.
    pub version: String,
    /// The sha256 of its wheel.
    pub sha256: String,
}

/// Everything that enters a build; the order of lists and maps does not matter, except within the
/// values of one config setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInputs {
    /// What is built: `sha256:…` of an sdist, `git:URL@COMMIT`, `tree:…` of a directory.
    pub source: String,
    /// Directory of the project within the source; empty for its root.
    pub subdirectory: String,
    /// The build environment.
    pub requirements: Vec<ResolvedRequirement>,
    /// `cpython`, `pypy`.
    pub implementation: String,
    /// Full version: `3.12.1`.
    pub python_version: String,
    /// Cache tag: `cpython-312`.
    pub cache_tag: String,
    /// `SOABI`, or what else names the ABI: `cpython-312-x86_64-linux-gnu`.
    pub abi: String,
    /// `sysconfig.get_platform()`: `linux-x86_64`.
    pub platform: String,
    /// `glibc 2.36`, `musl 1.2`; empty where that does not matter.
    pub libc: String,
    /// Config settings with their values in order.
    pub config_settings: BTreeMap<String, Vec<String>>,
    /// Environment variables; those that no build reads are left out of the key.
    pub environment: BTreeMap<String, String>,
}

/// The variables that enter a key, besides those with the prefixes below.
const VARIABLES: &[&str] = &[
    "AR",
    "ARCHFLAGS",
    "AS",
    "CC",
    "CFLAGS",
    "CPATH",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "DISTUTILS_DEBUG",
    "DISTUTILS_USE_SDK",
    "F77",
    "F90",
    "FC",
    "FCFLAGS",
    "FFLAGS",
    "LD",
    "LDFLAGS",
    "LDSHARED",
    "LIBRARY_PATH",
    "LIBS",
    "MACOSX_DEPLOYMENT_TARGET",
    "MAKEFLAGS",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_SYSROOT_DIR",
    "PYTHONOPTIMIZE",
    "RANLIB",
    "RUSTFLAGS",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
    "SYSROOT",
    "_PYTHON_HOST_PLATFORM",
];

/// Prefixes of variables that backends and build tools read.
const PREFIXES: &[&str] = &[
    "CARGO_",
    "CMAKE_",
    "CYTHON_",
    "FLIT_",
    "HATCH_",
    "MATURIN_",
    "MESON",
    "NPY_",
    "PBR_",
    "PDM_",
    "POETRY_",
    "PYO3_",
    "SCIKIT_BUILD",
    "SETUPTOOLS_",
    "SKBUILD_",
    "VERSIONEER_",
];

/// Whether the value of this environment variable enters the key.
pub fn is_build_variable(name: &str) -> bool {
    VARIABLES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The key of a built wheel: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BuildKey(String);

impl BuildKey {
    /// The key of these inputs: blake3 over an encoding in which no two of them look alike.
    pub fn new(inputs: &BuildInputs) -> Self {
        // Taken apart, so that a new field cannot be forgotten here.
        let BuildInputs {
            source,
            subdirectory,
            requirements,
            implementation,
            python_version,
            cache_tag,
            abi,
            platform,
            libc,
            config_settings,
            environment,
        } = inputs;
        let mut encoder = Encoder::default();
        encoder.row("source", [source]);
        encoder.row("subdirectory", [subdirectory]);
        let mut requirements: Vec<_> = requirements.iter().collect();
        requirements.sort_unstable();
        for ResolvedRequirement { name, version, sha256 } in requirements {
            encoder.row("requirement", [name, version, sha256]);
        }
        encoder.row("implementation", [implementation]);
        encoder.row("python_version", [python_version]);
        encoder.row("cache_tag", [cache_tag]);
        encoder.row("abi", [abi]);
        encoder.row("platform", [platform]);
        encoder.row("libc", [libc]);
        for (name, values) in config_settings {
            encoder.row("config_setting", std::iter::once(name).chain(values));
        }
        for (name, value) in environment.iter().filter(|(name, _)| is_build_variable(name)) {
            encoder.row("environment", [name, value]);
        }
        Self(encoder.hasher.finalize().to_hex().to_string())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for BuildKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Rows as name, number of cells, cells; every text with its length before it.
#[derive(Default)]
struct Encoder {
    hasher: blake3::Hasher,
}

impl Encoder {
    fn row<'a>(&mut self, name: &str, cells: impl IntoIterator<Item = &'a String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        self.text(name);
        self.hasher.update(&(cells.len() as u64).to_le_bytes());
        for cell in cells {
            self.text(cell);
        }
    }

    fn text(&mut self, text: &str) {
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> BuildInputs {
        let text = |text: &str| text.to_owned();
        BuildInputs {
            source: text("sha256:aa"),
            subdirectory: text("python"),
            requirements: vec![
                ResolvedRequirement {
                    name: text("setuptools"),
                    version: text("80.0"),
                    sha256: text("bb"),
                },
                ResolvedRequirement {
                    name: text("cython"),
                    version: text("3.0"),
                    sha256: text("cc"),
                },
            ],
            implementation: text("cpython"),
            python_version: text("3.12.1"),
            cache_tag: text("cpython-312"),
            abi: text("cpython-312-x86_64-linux-gnu"),
            platform: text("linux-x86_64"),
            libc: text("glibc 2.36"),
            config_settings: BTreeMap::from([(text("--opt"), vec![text("1"), text("2")])]),
            environment: BTreeMap::from([(text("CC"), text("gcc")), (text("HOME"), text("/"))]),
        }
    }

    fn changed(change: impl FnOnce(&mut BuildInputs)) -> BuildKey {
        let mut inputs = inputs();
        change(&mut inputs);
        BuildKey::new(&inputs)
    }

    /// One test for each row of the table.
    macro_rules! rows {
        ($($row:ident: $change:expr;)*) => {$(
            #[test]
            fn $row() {
                assert_ne!(changed($change), BuildKey::new(&inputs()));
            }
        )*};
    }

    rows! {
        source: |it| it.source.push('0');
        subdirectory: |it| it.subdirectory.clear();
        requirement_name: |it| it.requirements[0].name.push('x');
        requirement_version: |it| it.requirements[0].version.push('1');
        requirement_sha256: |it| it.requirements[1].sha256.push('0');
        requirement_added: |it| it.requirements.push(ResolvedRequirement {
            name: "wheel".to_owned(), version: "1".to_owned(), sha256: "dd".to_owned(),
        });
        requirement_removed: |it| { it.requirements.pop(); };
        implementation: |it| "pypy".clone_into(&mut it.implementation);
        python_version: |it| "3.12.2".clone_into(&mut it.python_version);
        cache_tag: |it| it.cache_tag.push('d');
        abi: |it| it.abi.push('t');
        platform: |it| "linux-aarch64".clone_into(&mut it.platform);
        libc: |it| "musl 1.2".clone_into(&mut it.libc);
        config_setting_name: |it| { it.config_settings.insert(String::new(), vec![]); };
        config_setting_value: |it| { it.config_settings.get_mut("--opt").unwrap().reverse(); };
        environment_value: |it| { it.environment.insert("CC".to_owned(), "clang".to_owned()); };
        environment_removed: |it| { it.environment.remove("CC"); };
    }

    #[test]
    fn every_variable_that_builds_read_is_a_row() {
        for name in [
            "CC",
            "CFLAGS",
            "CXX",
            "CXXFLAGS",
            "CPPFLAGS",
            "LDFLAGS",
            "ARCHFLAGS",
            "MACOSX_DEPLOYMENT_TARGET",
            "PKG_CONFIG_PATH",
            "SETUPTOOLS_SCM_PRETEND_VERSION",
        ] {
            let key = changed(|it| {
                it.environment.insert(name.to_owned(), "another".to_owned());
            });
            assert_ne!(key, BuildKey::new(&inputs()), "{name}");
        }
    }

    #[test]
    fn what_does_not_matter_is_not_in_the_key() {
        assert_eq!(changed(|it| it.requirements.reverse()), BuildKey::new(&inputs()));
        let key = changed(|it| {
            it.environment.insert("HOME".to_owned(), "/elsewhere".to_owned());
        });
        assert_eq!(key, BuildKey::new(&inputs()));
    }

    #[test]
    fn cells_do_not_run_into_each_other() {
        let first = changed(|it| {
            it.source = "ab".to_owned();
            it.subdirectory = "c".to_owned();
        });
        let second = changed(|it| {
            it.source = "a".to_owned();
            it.subdirectory = "bc".to_owned();
        });
        assert_ne!(first, second);
    }
}
