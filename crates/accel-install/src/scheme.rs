//! Where the kinds of files of a distribution go.

use std::path::PathBuf;

/// The five folders of an installation scheme, as pip's `Scheme` (from `sysconfig`) names them.
///
/// All paths are absolute. `--root`, `--prefix`, `--target` and `--user` are already applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Scheme {
    /// Modules without compiled code (`site-packages`).
    pub purelib: PathBuf,
    /// Modules with compiled code; the same folder as `purelib` on most systems.
    pub platlib: PathBuf,
    /// Programs (`bin`).
    pub scripts: PathBuf,
    /// Data files: the prefix of the environment.
    pub data: PathBuf,
    /// C headers: the folder of *this* distribution (pip puts its name below `include/site/pythonX.Y`).
    ///
    /// A [`Scheme`] that serves several distributions holds the folder above, and the installer adds the name.
    pub headers: PathBuf,
}
