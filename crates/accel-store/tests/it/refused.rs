//! Wheels that pip refuses, in its words, and hostile ones.

use accel_io::fs;
use accel_store::{Expected, StoreError};
use accel_testkit::wheel::{WheelMaker, sha256};
use accel_testkit::zip::ZipMember;
use accel_types::Version;
use accel_types::name::PackageName;

use crate::Sandbox;

fn demo() -> WheelMaker {
    WheelMaker::new("demo", "1.0").file("demo.py", "x = 1\n")
}

fn refused(wheel: &WheelMaker) -> String {
    let sandbox = Sandbox::new();
    let text = match sandbox.keep(wheel, "demo") {
        Ok(_) => panic!("was kept"),
        Err(StoreError::UnsupportedWheel(text)) => text,
        Err(other) => other.to_string(),
    };
    let place = sandbox.path().to_str().unwrap();
    // Nothing of it is left.
    for folder in ["store-v1", "store-v1/.new"] {
        if let Ok(left) = fs::read_dir(sandbox.store.root().join(folder)) {
            assert!(left.iter().all(|entry| entry.name == ".new"));
        }
    }
    text.replace(place, "HERE")
}

#[test]
fn dist_info_directories() {
    let moved = |name: &str| demo().dist_info(name);
    assert_eq!(
        refused(&moved("demo-1.0.egg")),
        "demo has an invalid wheel, .dist-info directory not found"
    );
    assert_eq!(
        refused(&demo().file("other-1.0.dist-info/x", "")),
        "demo has an invalid wheel, multiple .dist-info directories found: \
         demo-1.0.dist-info, other-1.0.dist-info"
    );
    assert_eq!(
        refused(&moved("other-1.0.dist-info")),
        "demo has an invalid wheel, .dist-info directory 'other-1.0.dist-info' does not start \
         with 'demo'"
    );
    // pip looks at the beginning only.
    assert!(Sandbox::new().keep(&moved("Demo_X-1.0.dist-info"), "demo").is_ok());
}

#[test]
fn wheel_files() {
    let with = |text: &str| demo().replace("WHEEL", Some(text.as_bytes()));
    assert_eq!(
        refused(&demo().replace("WHEEL", None)),
        "demo has an invalid wheel, could not read 'demo-1.0.dist-info/WHEEL' file: \
         KeyError(\"There is no item named 'demo-1.0.dist-info/WHEEL' in the archive\")"
    );
    assert_eq!(
        refused(&with("Tag: x\n")),
        "demo has an invalid wheel, WHEEL is missing Wheel-Version"
    );
    assert_eq!(
        refused(&with("Wheel-Version: 1.x\n")),
        "demo has an invalid wheel, invalid Wheel-Version: '1.x'"
    );
    assert_eq!(
        refused(&with("Wheel-Version: 2.0\n")),
        "demo's Wheel-Version (2.0) is not compatible with this version of pip"
    );
    assert!(Sandbox::new().keep(&with("Wheel-Version: 1.9\n"), "demo").is_ok());
    assert!(refused(&demo().replace("METADATA", None)).contains("METADATA"));
    assert!(refused(&demo().replace("RECORD", None)).contains("RECORD"));
}

#[test]
fn data_directories() {
    let file = |name: &str| demo().file(name, "x");
    assert_eq!(
        refused(&file("demo-1.0.data/stray")),
        "Unexpected file in HERE/demo-1.0-py3-none-any.whl: 'demo-1.0.data/stray'. .data \
         directory contents should be named like: '<scheme key>/<path>'."
    );
    assert_eq!(
        refused(&file("demo-1.0.data/etc/passwd")),
        "Unknown scheme key used in HERE/demo-1.0-py3-none-any.whl: etc (for file \
         'demo-1.0.data/etc/passwd'). .data directory contents should be in subdirectories named \
         with a valid scheme key (data, headers, platlib, purelib, scripts)"
    );
}

#[test]
fn entry_points() {
    let with = |name: &str, value: &str| demo().entry_point("console_scripts", name, value);
    assert!(refused(&with("demo", "demo")).starts_with(
        "Invalid script entry point: <ExportEntry demo = demo:None []> - A callable suffix is required."
    ));
    assert!(refused(&with("../demo", "demo:main")).contains("outside the scripts directory"));
    // Other groups are nobody's business here.
    assert!(Sandbox::new().keep(&demo().entry_point("other", "x", "demo"), "demo").is_ok());
}

#[test]
fn hostile_archives() {
    for member in [
        ZipMember::new("../evil.py", "x"),
        ZipMember::new("/evil.py", "x"),
        ZipMember::new("demo-1.0.data/data/../../evil", "x"),
        ZipMember::new("demo-1.0.data/scripts/..\\evil", "x"),
        ZipMember::new("demo.py", "again"),
        ZipMember::new("demo.py/below", "x"),
        ZipMember { crc32: 1, ..ZipMember::new("damaged.py", "x") },
        ZipMember { size: 1 << 30, ..ZipMember::new("bomb.py", "x") },
        ZipMember { flags: 0x801, ..ZipMember::new("secret.py", "x") },
    ] {
        let said = refused(&demo().member(member));
        assert_eq!(said, "Wheel 'demo' located at HERE/demo-1.0-py3-none-any.whl is invalid.");
    }
}

#[test]
fn names_and_versions_that_were_not_asked_for() {
    let sandbox = Sandbox::new();
    let path = demo().write_to(sandbox.path());
    let digest = sha256(&fs::read(&path).unwrap());
    let keep = |name: &str, version: &str| {
        let (name, version): (_, Version) = (PackageName::new(name), version.parse().unwrap());
        sandbox.store.keep(&path, &digest, &Expected { name: &name, version: Some(&version) })
    };
    assert!(matches!(keep("demo", "1.1"), Err(StoreError::Inconsistent { field: "version", .. })));
    // The directory's name begins right, METADATA's is another.
    assert!(matches!(keep("dem", "1.0"), Err(StoreError::Inconsistent { field: "name", .. })));
    assert!(keep("demo", "1.0.0").is_ok());
}
