//! Entries that were damaged are never used, and made again; memos and built wheels likewise.

use std::collections::BTreeMap;
use std::time::Duration;

use accel_io::fs;
use accel_store::{BuildInputs, BuildKey, Lookup};
use accel_testkit::wheel::WheelMaker;

use crate::Sandbox;

#[test]
fn a_damaged_manifest_is_thrown_away_and_made_again() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("demo", "1.0").file("demo.py", "x = 1\n");
    let manifest = {
        let entry = sandbox.keep(&wheel, "demo").unwrap();
        (entry.directory().join("manifest.rkyv"), entry.wheel_sha256().to_owned())
    };
    let (path, digest) = manifest;
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[100] ^= 4;
    for bad in [Vec::new(), vec![0; good.len()], good[..good.len() / 2].to_vec(), flipped] {
        fs::write(&path, &bad).unwrap();
        assert!(matches!(sandbox.store.lookup(&digest).unwrap(), Lookup::Damaged));
        assert!(matches!(sandbox.store.lookup(&digest).unwrap(), Lookup::Miss));
        let entry = sandbox.keep(&wheel, "demo").unwrap();
        assert_eq!(sandbox.store.verify(&entry).unwrap(), Vec::<String>::new());
    }
    // An entry without its manifest is in nobody's way.
    fs::remove_file(&path).unwrap();
    assert!(matches!(sandbox.store.lookup(&digest).unwrap(), Lookup::Damaged));
    sandbox.keep(&wheel, "demo").unwrap();
}

#[test]
fn changed_files_are_found() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("demo", "1.0").file("a.py", "x = 1\n").file("b.py", "y = 2\n");
    let entry = sandbox.keep(&wheel, "demo").unwrap();
    let (a, b) = (entry.tree().join("lib/a.py"), entry.tree().join("lib/b.py"));
    let mtime = fs::mtime_seconds(&fs::metadata(&a).unwrap());
    // Same size, same time, other contents.
    fs::write(&a, "x = 2\n").unwrap();
    fs::set_mtime(&a, mtime).unwrap();
    fs::remove_file(&b).unwrap();
    assert_eq!(sandbox.store.verify(&entry).unwrap(), ["lib/a.py", "lib/b.py"]);
    sandbox.store.discard(entry.wheel_sha256()).unwrap();
    assert!(sandbox.store.entry(entry.wheel_sha256()).unwrap().is_none());
    sandbox.store.discard(entry.wheel_sha256()).unwrap();
}

#[test]
fn memos_come_back_or_not_at_all() {
    let sandbox = Sandbox::new();
    let store = &sandbox.store;
    assert_eq!(store.memo("key").unwrap(), None);
    store.keep_memo("key", b"first").unwrap();
    store.keep_memo("key", b"second").unwrap();
    store.keep_memo("other", b"").unwrap();
    assert_eq!(store.memo("key").unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(store.memo("other").unwrap().as_deref(), Some(&b""[..]));
    let folder = store.root().join("resolutions-v1");
    for inner in fs::read_dir(&folder).unwrap() {
        for file in fs::read_dir(folder.join(&inner.name)).unwrap() {
            let path = folder.join(&inner.name).join(&file.name);
            let mut bytes = fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(&path, &bytes).unwrap();
        }
    }
    assert_eq!(store.memo("key").unwrap(), None);
    assert_eq!(store.memo("other").unwrap(), None);
}

#[test]
fn built_wheels_are_found_by_their_key() {
    let sandbox = Sandbox::new();
    let inputs = BuildInputs {
        source: "sha256:aa".to_owned(),
        config_settings: BTreeMap::new(),
        ..BuildInputs::default()
    };
    let key = BuildKey::new(&inputs);
    assert_eq!(sandbox.store.built(&key).unwrap(), None);
    let wheel = WheelMaker::new("demo", "1.0").write_to(sandbox.path());
    let kept = sandbox.store.keep_built(&key, &wheel).unwrap();
    assert_eq!(kept.filename, "demo-1.0-py3-none-any.whl");
    assert_eq!(kept.sha256, fs::sha256_file(&wheel).unwrap());
    assert_eq!(sandbox.store.built(&key).unwrap(), Some(kept.clone()));
    // Who comes second gets the first one's.
    let other = WheelMaker::new("demo", "1.0").file("x", "y").write_to(sandbox.path());
    assert_eq!(sandbox.store.keep_built(&key, &other).unwrap(), kept);
    // Cut short, it is built again.
    fs::write(&kept.path, "").unwrap();
    assert_eq!(sandbox.store.built(&key).unwrap(), None);
    assert_ne!(sandbox.store.keep_built(&key, &other).unwrap().sha256, kept.sha256);
}

#[test]
fn what_a_killed_run_left_is_swept_away() {
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&WheelMaker::new("demo", "1.0"), "demo").unwrap();
    let left = sandbox.store.root().join("store-v1/.new/scratch-left");
    fs::create_dir_all(left.join("tree")).unwrap();
    sandbox.store.sweep(Duration::from_hours(1)).unwrap();
    assert!(fs::is_dir(&left));
    sandbox.store.sweep(Duration::ZERO).unwrap();
    assert!(!fs::exists(&left));
    assert_eq!(sandbox.store.verify(&entry).unwrap(), Vec::<String>::new());
}
