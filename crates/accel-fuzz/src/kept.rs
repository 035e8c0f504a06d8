//! What this program wrote itself, after somebody else was at it.

use accel_store::Store;
use accel_types::manifest::ArchivedManifest;

/// A manifest in its envelope, and what is in the envelope whatever its checksum says.
pub(crate) fn manifest(bytes: &[u8]) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let digest = "ab".repeat(32);
    let folder = scratch.path().join("store-v1/ab").join(&digest);
    std::fs::create_dir_all(folder.join("tree")).expect("a folder");
    std::fs::write(folder.join("manifest.rkyv"), bytes).expect("a file");
    let store = Store::new(scratch.path());
    if let Ok(Some(entry)) = store.entry(&digest) {
        drop(entry.manifest());
        drop(store.verify(&entry));
    }
    let mut contents = rkyv::util::AlignedVec::<16>::new();
    contents.extend_from_slice(bytes.get(64..).unwrap_or_default());
    let found = rkyv::access::<ArchivedManifest, rkyv::rancor::Error>(&contents);
    // What passes the check must be readable to its last letter.
    let read = |found: &ArchivedManifest| {
        let files = found.files.iter().map(|file| file.path.len() + file.source.len());
        let rows = found.record.iter().map(|row| row.path.len() + row.hash.len());
        let launchers = found.launchers.iter().map(|it| it.name.len() + it.function.len());
        files.chain(rows).chain(launchers).sum::<usize>() + found.name.chars().count()
    };
    let _ = found.map(read);
}

/// A remembered resolution in its envelope, and as the text in it.
pub(crate) fn memo(bytes: &[u8]) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let store = Store::new(scratch.path());
    store.keep_memo("key", b"{}").expect("the folder takes files");
    let kept = accel_io::fs::read_dir(scratch.path().join("resolutions-v1")).expect("it was made");
    let shelf = scratch.path().join("resolutions-v1").join(&kept[0].name);
    let memo = accel_io::fs::read_dir(&shelf).expect("it was made").remove(0);
    std::fs::write(shelf.join(memo.name), bytes).expect("a file");
    drop(store.memo("key"));
    let text = bytes.get(64..).unwrap_or_default();
    let start = text.iter().position(|byte| *byte == b'{').unwrap_or_default();
    accel_engine::is_memo(&text[start..]);
}
