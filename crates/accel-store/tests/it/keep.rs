//! What is kept of a wheel.

use std::os::unix::fs::PermissionsExt;

use accel_io::fs;
use accel_store::Lookup;
use accel_testkit::wheel::WheelMaker;
use accel_types::manifest::ArchivedArea::{self, Data, Headers, Lib, OtherLib, Scripts};
use accel_types::manifest::fixed_mtime;

use crate::Sandbox;

fn wheel() -> WheelMaker {
    WheelMaker::new("Demo.Project", "1.0")
        .file("demo/__init__.py", "def main(): pass\n")
        .file("demo/sub/data.txt", "text")
        .executable("demo/tool.sh", "#!/bin/sh\n")
        .data("scripts", "run.py", "#!python\nprint('run')\n")
        .data("scripts", "raw", "#!/bin/sh\necho\n")
        .data("scripts", "demo", "wrapper of setuptools")
        .data("scripts", "demo-script.py", "wrapper of setuptools")
        .data("data", "share/demo/readme", "read me")
        .data("headers", "demo.h", "int demo;\n")
        .data("purelib", "demo/extra.py", "x = 1\n")
        .data("platlib", "demo/native.py", "y = 1\n")
        .entry_point("console_scripts", "demo", "demo:main")
        .entry_point("gui_scripts", "demo-gui", "demo.gui:App.run [gui]")
        .entry_point("other", "ignored", "demo")
}

#[test]
fn the_manifest_tells_where_everything_goes() {
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&wheel(), "demo-project").unwrap();
    let manifest = entry.manifest().unwrap();
    assert_eq!(manifest.name, "demo-project");
    assert_eq!(manifest.raw_name, "Demo.Project");
    assert_eq!(manifest.version, "1.0");
    assert_eq!(manifest.dist_info, "Demo_Project-1.0.dist-info");
    assert!(manifest.root_is_purelib);
    assert_eq!(manifest.wheel_sha256, entry.wheel_sha256());
    let files: Vec<(ArchivedArea, &str)> =
        manifest.files.iter().map(|file| (file.area, file.path.as_str())).collect();
    assert_eq!(
        files,
        [
            (Lib, "Demo_Project-1.0.dist-info/METADATA"),
            (Lib, "Demo_Project-1.0.dist-info/WHEEL"),
            (Lib, "Demo_Project-1.0.dist-info/entry_points.txt"),
            (Lib, "demo/__init__.py"),
            (Lib, "demo/extra.py"),
            (Lib, "demo/sub/data.txt"),
            (Lib, "demo/tool.sh"),
            (Scripts, "raw"),
            (Scripts, "run.py"),
            (Data, "share/demo/readme"),
            (Headers, "demo.h"),
            (OtherLib, "demo/native.py"),
        ]
    );
    let directories: Vec<(ArchivedArea, &str)> =
        manifest.directories.iter().map(|it| (it.area, it.path.as_str())).collect();
    assert_eq!(
        directories,
        [
            (Lib, "Demo_Project-1.0.dist-info"),
            (Lib, "demo"),
            (Lib, "demo/sub"),
            (Data, "share"),
            (Data, "share/demo"),
            (OtherLib, "demo"),
        ]
    );
    let launchers: Vec<_> = manifest
        .launchers
        .iter()
        .map(|it| (it.name.as_str(), it.module.as_str(), it.function.as_str(), it.gui))
        .collect();
    assert_eq!(
        launchers,
        [("demo", "demo", "main", false), ("demo-gui", "demo.gui", "App.run", true)]
    );
    // Left over: the wrappers, which pip's RECORD keeps under their old names, and RECORD itself.
    let rows: Vec<_> = manifest.record.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(
        rows,
        [
            "Demo_Project-1.0.data/scripts/demo",
            "Demo_Project-1.0.data/scripts/demo-script.py",
            "Demo_Project-1.0.dist-info/RECORD",
        ]
    );
    let scripts: Vec<_> = manifest
        .files
        .iter()
        .filter(|file| file.python_script)
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(scripts, ["run.py"]);
}

#[test]
fn files_are_as_the_manifest_says() {
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&wheel(), "demo-project").unwrap();
    let mtime = fixed_mtime(entry.wheel_sha256()).unwrap();
    for file in entry.manifest().unwrap().files.iter() {
        let facts = fs::metadata(entry.tree().join(file.source.as_str())).unwrap();
        assert_eq!(facts.len(), file.size.to_native());
        assert_eq!(fs::mtime_seconds(&facts), mtime);
        assert_eq!(file.mtime.to_native(), mtime);
        assert_eq!(facts.permissions().mode() & 0o111 != 0, file.executable);
        assert!(file.record_hash.starts_with("sha256="));
        assert_eq!(file.record_size, file.size.to_native().to_string());
    }
    assert_eq!(sandbox.store.verify(&entry).unwrap(), Vec::<String>::new());
}

#[test]
fn the_library_of_a_platform_wheel_is_platlib() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("demo", "1.0")
        .platlib()
        .data("platlib", "a.py", "")
        .data("purelib", "b.py", "");
    let entry = sandbox.keep(&wheel, "demo").unwrap();
    let manifest = entry.manifest().unwrap();
    let area = |path: &str| manifest.files.iter().find(|file| file.path == path).unwrap().area;
    assert_eq!(area("a.py"), Lib);
    assert_eq!(area("b.py"), OtherLib);
}

#[test]
fn of_two_files_with_one_place_the_last_stays_and_both_rows() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("demo", "1.0")
        .data("purelib", "same.py", "from_data = 1\n")
        .file("same.py", "from_root = 1\n");
    let entry = sandbox.keep(&wheel, "demo").unwrap();
    let manifest = entry.manifest().unwrap();
    let kept = manifest.files.iter().filter(|file| file.path == "same.py").collect::<Vec<_>>();
    assert_eq!(kept.len(), 1);
    let text = fs::read_to_string(entry.tree().join(kept[0].source.as_str())).unwrap();
    assert_eq!(text, "from_data = 1\n");
    let other = manifest.record.iter().find(|row| row.path == "same.py").unwrap();
    assert_ne!(other.hash, kept[0].record_hash);
}

#[test]
fn rows_are_kept_verbatim_even_if_they_are_wrong() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("demo", "1.0").file("a.py", "a = 1\n").file("b.py", "").record(
        "a.py,sha256=wrong,99\na.py,second,1\ngone.py,sha256=x,5\ndemo-1.0.dist-info/RECORD,odd,7\n",
    );
    let entry = sandbox.keep(&wheel, "demo").unwrap();
    let manifest = entry.manifest().unwrap();
    let row = |path: &str| {
        let file = manifest.files.iter().find(|file| file.path == path).unwrap();
        (file.record_hash.as_str(), file.record_size.as_str())
    };
    assert_eq!(row("a.py"), ("sha256=wrong", "99"));
    assert_eq!(row("b.py"), ("", ""));
    let rest: Vec<_> = manifest
        .record
        .iter()
        .map(|row| (row.path.as_str(), row.hash.as_str(), row.size.as_str()))
        .collect();
    assert_eq!(
        rest,
        [
            ("a.py", "second", "1"),
            ("gone.py", "sha256=x", "5"),
            ("demo-1.0.dist-info/RECORD", "odd", "7"),
        ]
    );
}

#[test]
fn many_at_once_make_one_entry() {
    let sandbox = Sandbox::new();
    let wheel = wheel();
    let path = wheel.write_to(sandbox.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| sandbox.keep_file(&path, "demo-project").unwrap());
        }
    });
    let entry = sandbox.keep_file(&path, "demo-project").unwrap();
    assert_eq!(sandbox.store.verify(&entry).unwrap(), Vec::<String>::new());
    let scratches = sandbox.store.root().join("store-v1/.new");
    assert!(fs::read_dir(scratches).unwrap().is_empty());
    assert!(matches!(sandbox.store.lookup(&"0".repeat(64)).unwrap(), Lookup::Miss));
    assert!(sandbox.store.lookup("../../etc").is_err());
}
