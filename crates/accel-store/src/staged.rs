//! Staged trees: folders of modules that stand ready for the next new environment.
//!
//! `staged-v1/KEY-N/` has `tree/`, whose top-level entries are moved into an environment, and
//! `set.rkyv`, which says what is in it ([`StagedSet`]). A tree is made out of sight and appears by
//! one rename; whoever takes it moves it out of sight again by one rename, so that two never take
//! the same. What is left of it goes when the taker is done, or, if that one was killed, with the
//! next [`Store::sweep`].

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use accel_io::fs::{self, Scratch};
use accel_io::mapped::Mapped;
use accel_types::staged::{ArchivedStagedSet, StagedSet};

use crate::error::{Result, StoreError};
use crate::sealed::{self, Kind};
use crate::store::{Folder, Lookup, Store};

pub(crate) const SET: &str = "set.rkyv";
pub(crate) const TREE: &str = "tree";
pub(crate) const KIND: Kind = b"staged\0\0";

/// The most copies of one set.
pub const MOST_COPIES: usize = 4;
/// The most trees of all sets together; the oldest make room.
const MOST_TREES: usize = 8;
/// The most inodes of their own that all trees have together.
const MOST_INODES: u64 = 200_000;
/// The most bytes of their own that all trees have together: 4 GiB.
const MOST_BYTES: u64 = 4 << 30;

/// A staged tree that nobody has taken yet.
#[derive(Debug)]
pub struct StagedTree {
    place: PathBuf,
    set: Mapped,
}

impl StagedTree {
    /// What is in it. Validated anew with every call.
    pub fn set(&self) -> Result<&ArchivedStagedSet> {
        let contents = sealed::body(KIND, &self.set).unwrap_or_default();
        rkyv::access::<ArchivedStagedSet, rkyv::rancor::Error>(contents).map_err(|error| {
            StoreError::Damaged { path: self.place.join(SET), reason: error.to_string() }
        })
    }

    /// Where it stands.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Takes it, so that nobody else will; `None` if somebody was faster.
    pub fn take(&self, store: &Store) -> Result<Option<TakenTree>> {
        let scratch = store.scratch(Folder::Staged)?;
        match fs::rename(&self.place, scratch.path().join("taken")) {
            Ok(()) => Ok(Some(TakenTree { place: self.place.clone(), scratch })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A staged tree that is ours alone. Dropped, it removes what is left of it.
#[derive(Debug)]
pub struct TakenTree {
    place: PathBuf,
    scratch: Scratch,
}

impl TakenTree {
    /// The folder whose entries are to be moved.
    pub fn tree(&self) -> PathBuf {
        self.scratch.path().join("taken").join(TREE)
    }

    /// Puts it back where it was, untouched.
    pub fn give_back(self) -> Result<()> {
        Ok(fs::rename(self.scratch.path().join("taken"), &self.place)?)
    }
}

impl Store {
    /// A staged tree of the set `key`, or if there is none, one of each other set.
    pub fn staged(&self, key: &str) -> Result<Vec<StagedTree>> {
        let places = self.staged_places()?;
        for place in places.iter().filter(|place| is_of(place, key)) {
            if let Some(tree) = self.staged_at(place)? {
                return Ok(vec![tree]);
            }
        }
        let mut trees: Vec<StagedTree> = Vec::new();
        let mut seen = HashSet::new();
        for place in places.iter().filter(|place| !is_of(place, key)) {
            if seen.insert(set_of(place))
                && let Some(tree) = self.staged_at(place)?
            {
                trees.push(tree);
            }
        }
        Ok(trees)
    }

    /// Whether anything was ever staged here.
    pub fn has_staged(&self) -> bool {
        fs::is_dir(self.staged_folder())
    }

    /// How many trees of the set `key` stand ready.
    pub fn staged_copies(&self, key: &str) -> Result<usize> {
        Ok(self.staged_places()?.iter().filter(|place| is_of(place, key)).count())
    }

    /// All staged trees, for those who look after the store.
    pub fn all_staged(&self) -> Result<Vec<StagedTree>> {
        let mut trees = Vec::new();
        for place in self.staged_places()? {
            trees.extend(self.staged_at(&place)?);
        }
        Ok(trees)
    }

    /// Throws a staged tree away.
    pub fn discard_staged(&self, place: &Path) -> Result<()> {
        self.throw_away(Folder::Staged, place)
    }

    /// A new folder in which a tree can be made, on the file system of the staged ones.
    pub fn staging_scratch(&self) -> Result<Scratch> {
        self.scratch(Folder::Staged)
    }

    /// Keeps the folder `tree` as one more tree of the set `key`; older trees make room for it.
    /// Says whether it was kept: not if there are [`MOST_COPIES`] of it, or if it alone is too large.
    pub fn keep_staged(&self, key: &str, tree: &Path, set: &StagedSet) -> Result<bool> {
        if self.staged_copies(key)? >= MOST_COPIES || !self.make_room(set)? {
            return Ok(false);
        }
        let scratch = self.scratch(Folder::Staged)?;
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(set).map_err(|error| {
            StoreError::Damaged { path: tree.to_owned(), reason: error.to_string() }
        })?;
        fs::write(scratch.path().join(SET), sealed::seal(KIND, &bytes))?;
        fs::rename(tree, scratch.path().join(TREE))?;
        let mut scratch = Some(scratch);
        for number in 0..MOST_COPIES {
            let place = self.staged_folder().join(format!("{key}-{number}"));
            if fs::exists(&place) {
                continue;
            }
            let Some(made) = scratch.take() else { break };
            // Whoever was faster with this number has made the same.
            return Ok(fs::publish_dir(made, place)? == fs::Published::Moved);
        }
        Ok(false)
    }

    fn staged_folder(&self) -> PathBuf {
        self.root().join(Folder::Staged.name())
    }

    fn staged_places(&self) -> Result<Vec<PathBuf>> {
        let folder = self.staged_folder();
        match fs::read_dir(&folder) {
            Ok(entries) => Ok(entries
                .into_iter()
                .filter(|entry| !entry.name.as_encoded_bytes().starts_with(b"."))
                .map(|entry| folder.join(entry.name))
                .collect()),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn staged_at(&self, place: &Path) -> Result<Option<StagedTree>> {
        Ok(match self.open_sealed(Folder::Staged, place, SET, KIND)? {
            Lookup::Hit(set) => Some(StagedTree { place: place.to_owned(), set }),
            Lookup::Miss | Lookup::Damaged => None,
        })
    }

    /// Throws the oldest trees away until all bounds allow one more like `set`.
    fn make_room(&self, set: &StagedSet) -> Result<bool> {
        if set.own_inodes > MOST_INODES || set.own_bytes > MOST_BYTES {
            return Ok(false);
        }
        let mut standing = Vec::new();
        let (mut inodes, mut bytes) = (set.own_inodes, set.own_bytes);
        for tree in self.all_staged()? {
            let Some(facts) = fs::metadata_if_exists(&tree.place)? else { continue };
            let Ok(other) = tree.set() else {
                self.discard_staged(&tree.place)?;
                continue;
            };
            let (more_inodes, more_bytes) =
                (other.own_inodes.to_native(), other.own_bytes.to_native());
            inodes += more_inodes;
            bytes += more_bytes;
            standing.push((facts.modified().ok(), tree.place.clone(), more_inodes, more_bytes));
        }
        standing.sort_unstable();
        let mut count = standing.len();
        for (_, place, less_inodes, less_bytes) in standing {
            if count < MOST_TREES && inodes <= MOST_INODES && bytes <= MOST_BYTES {
                break;
            }
            self.discard_staged(&place)?;
            count -= 1;
            inodes -= less_inodes;
            bytes -= less_bytes;
        }
        Ok(true)
    }
}

/// Whether the tree at `place` is one of the set `key`.
fn is_of(place: &Path, key: &str) -> bool {
    set_of(place) == Some(key)
}

/// The key of the set that the tree at `place` is of.
fn set_of(place: &Path) -> Option<&str> {
    place.file_name()?.to_str()?.rsplit_once('-').map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use accel_types::staged::{StagedFile, StagedTop};

    fn set(inodes: u64) -> StagedSet {
        let file = StagedFile { path: "a.py".to_owned(), size: 1, mtime: 2, mode: 0o100_644 };
        let top = StagedTop { name: "a.py".to_owned(), owners: vec![0], files: vec![file] };
        StagedSet {
            members: vec!["one".to_owned()],
            tops: vec![top],
            own_inodes: inodes,
            own_bytes: 0,
        }
    }

    fn keep(store: &Store, key: &str, set: &StagedSet) -> bool {
        let scratch = store.staging_scratch().unwrap();
        let tree = scratch.path().join("made");
        fs::create_dir(&tree).unwrap();
        fs::write(tree.join("a.py"), key).unwrap();
        store.keep_staged(key, &tree, set).unwrap()
    }

    #[test]
    fn a_tree_is_taken_once_and_can_be_given_back() {
        let root = Scratch::new(std::env::temp_dir()).unwrap();
        let store = Store::new(root.path());
        assert!(store.staged("k").unwrap().is_empty());
        assert!(keep(&store, "k", &set(1)));
        let trees = store.staged("k").unwrap();
        assert_eq!(trees[0].set().unwrap().members[0], "one");
        let taken = trees[0].take(&store).unwrap().unwrap();
        assert!(trees[0].take(&store).unwrap().is_none());
        assert_eq!(fs::read(taken.tree().join("a.py")).unwrap(), b"k");
        taken.give_back().unwrap();
        assert_eq!(store.staged_copies("k").unwrap(), 1);
        drop(store.staged("k").unwrap()[0].take(&store).unwrap().unwrap());
        assert_eq!(store.staged_copies("k").unwrap(), 0);
        assert!(fs::read_dir(root.path().join("staged-v1/.new")).unwrap().is_empty());
    }

    #[test]
    fn trees_are_bounded_in_number_and_inodes() {
        let root = Scratch::new(std::env::temp_dir()).unwrap();
        let store = Store::new(root.path());
        for _ in 0..MOST_COPIES {
            assert!(keep(&store, "k", &set(1)));
        }
        assert!(!keep(&store, "k", &set(1)));
        for number in 0..10 {
            assert!(keep(&store, &format!("other{number}"), &set(1)));
        }
        assert_eq!(store.all_staged().unwrap().len(), MOST_TREES);
        assert!(!keep(&store, "large", &set(MOST_INODES + 1)));
        assert!(keep(&store, "large", &set(MOST_INODES)));
        assert_eq!(store.all_staged().unwrap().len(), 1);
    }

    #[test]
    fn a_damaged_tree_is_thrown_away() {
        let root = Scratch::new(std::env::temp_dir()).unwrap();
        let store = Store::new(root.path());
        assert!(keep(&store, "k", &set(1)));
        let path = root.path().join("staged-v1/k-0").join(SET);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(store.staged("k").unwrap().is_empty());
        assert!(!fs::exists(root.path().join("staged-v1/k-0")));
    }
}
