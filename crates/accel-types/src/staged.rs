//! What a staged tree consists of: a folder of modules that was made beforehand, so that a new
//! environment takes its top-level entries by renaming them.
//!
//! Written when the tree is staged, mapped (not parsed) when it is taken; rkyv's checks refuse what
//! is damaged.

use rkyv::{Archive, Deserialize, Serialize};

/// A staged tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct StagedSet {
    /// Identities of the distributions in it, in the order of their installation. Two of one
    /// identity have the same files below the folder of modules; one that has none (the empty
    /// text) is never taken.
    pub members: Vec<String>,
    /// The entries at the top of the tree, by name.
    pub tops: Vec<StagedTop>,
    /// Inodes that are the tree's own: folders, and files that nothing else is linked to.
    pub own_inodes: u64,
    /// Bytes in files that nothing else is linked to.
    pub own_bytes: u64,
}

/// A file or folder at the top of a staged tree.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct StagedTop {
    /// Its name.
    pub name: String,
    /// The numbers of the members that have files in it, ascending.
    pub owners: Vec<u32>,
    /// All files in it.
    pub files: Vec<StagedFile>,
}

/// A file of a staged tree, with what it must look like.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct StagedFile {
    /// Path below the tree, separated by `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Modification time in whole seconds since 1970.
    pub mtime: i64,
    /// File type and permission bits as in `st_mode`.
    pub mode: u32,
}
