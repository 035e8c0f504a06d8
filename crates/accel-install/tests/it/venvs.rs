//! Virtual environments: ours against the ones that the interpreter's own `venv` makes.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use accel_install::{VenvError, VenvOptions, create_venv};

use crate::found::{interpreters, python, query, scratch, target};

/// Everything below a folder: kind, mode and content (or text of the link), with the name of the
/// environment's folder made neutral.
fn tree(root: &Path, name: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let metadata = path.symlink_metadata().unwrap();
            let mode = metadata.permissions().mode();
            let content = if metadata.is_symlink() {
                path.read_link().unwrap().to_str().unwrap().to_owned()
            } else if metadata.is_dir() {
                folders.push(path);
                String::new()
            } else {
                let bytes = std::fs::read(&path).unwrap();
                // Quoting takes the name apart; its last word stays whole.
                let word = name.rsplit(' ').next().unwrap();
                String::from_utf8_lossy(&bytes).replace(word, "NAME")
            };
            found.insert(relative, format!("{mode:o} {content}"));
        }
    }
    found
}

fn compare(executable: &Path, name: [&str; 2], options: &VenvOptions, flags: &[&str]) {
    let folder = scratch();
    let theirs = folder.path().join(name[0]);
    let ours = folder.path().join(name[1]);
    for root in [&theirs, &ours] {
        // Something for --clear to remove, and for the others to leave.
        std::fs::create_dir_all(root.join("old")).unwrap();
        std::fs::write(root.join("old/file"), "old").unwrap();
    }
    let mut args = vec!["-m", "venv", "--without-pip"];
    args.extend(flags);
    args.push(theirs.to_str().unwrap());
    python(executable, folder.path(), &args);

    let interpreter = query(executable);
    let options = VenvOptions {
        path: name[1].into(),
        working_directory: folder.path().to_owned(),
        ..options.clone()
    };
    let made = create_venv(&interpreter, &options).unwrap();
    let (expected, found) = (tree(&theirs, name[0]), tree(&ours, name[1]));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>(),
        "{} {flags:?}",
        executable.display()
    );
    for (path, content) in &expected {
        assert_eq!(&found[path], content, "{path} of {} {flags:?}", executable.display());
    }

    let seen = query(&ours.join("bin/python"));
    assert_eq!(made.interpreter.prefix(), seen.prefix());
    assert_eq!(made.interpreter.executable(), seen.executable());
    assert_eq!(made.interpreter.is_isolated_venv(), seen.is_isolated_venv());
    let says = "import sys; print(sys.prefix)";
    assert_eq!(
        python(seen.executable(), folder.path(), &["-c", says]).trim(),
        ours.to_str().unwrap()
    );
}

#[test]
fn every_version_makes_the_same_tree() {
    let plain = VenvOptions::default();
    for executable in interpreters() {
        if query(executable).version() < (3, 0, 0) {
            continue;
        }
        compare(executable, ["theirs-env", "ours-env"], &plain, &[]);
        // What older modules write as it is, a shell would run: that is where we differ.
        let asks = "import venv; print(hasattr(venv, 'shlex'))";
        let quotes = python(executable, scratch().path(), &["-c", asks]).trim() == "True";
        let (names, prompt) = if quotes {
            (["it's $x theirs-env", "it's $x ours-env"], "it's \"me\"")
        } else {
            (["it's theirs-env", "it's ours-env"], "it's me")
        };
        compare(executable, names, &plain, &[]);
        let options = VenvOptions { clear: true, system_site_packages: true, ..plain.clone() };
        compare(
            executable,
            ["theirs-env", "ours-env"],
            &options,
            &["--clear", "--system-site-packages"],
        );
        let options = VenvOptions { prompt: Some(prompt.to_owned()), ..plain.clone() };
        compare(executable, ["theirs-env", "ours-env"], &options, &["--prompt", prompt]);
        let options = VenvOptions { prompt: Some(".".to_owned()), ..plain.clone() };
        compare(executable, ["theirs-env", "ours-env"], &options, &["--prompt", "."]);
        if query(executable).implementation() == "cpython" {
            let options = VenvOptions { copies: true, ..plain.clone() };
            compare(executable, ["theirs-env", "ours-env"], &options, &["--copies"]);
        }
        if query(executable).version() >= (3, 13, 0) {
            let options = VenvOptions { without_scm_ignore_files: true, ..plain.clone() };
            compare(
                executable,
                ["theirs-env", "ours-env"],
                &options,
                &["--without-scm-ignore-files"],
            );
        }
    }
}

#[test]
fn other_names_of_the_executable_count() {
    for executable in interpreters() {
        let version = query(executable).python_version();
        let other = executable.with_file_name(format!("python{version}"));
        if version.starts_with('3') && other.exists() {
            compare(&other, ["theirs-env", "ours-env"], &VenvOptions::default(), &[]);
        }
    }
}

#[test]
fn from_inside_of_a_venv_the_base_is_used() {
    for executable in interpreters() {
        let base = query(executable);
        if base.version() < (3, 0, 0) {
            continue;
        }
        let folder = scratch();
        let options = VenvOptions {
            path: "outer".into(),
            working_directory: folder.path().to_owned(),
            ..VenvOptions::default()
        };
        let outer = create_venv(&base, &options).unwrap();
        let inside = outer.interpreter.executable().to_owned();
        let inner = VenvOptions { path: "inner".into(), ..options };
        create_venv(&query(&inside), &inner).unwrap();
        let target = target(&folder.path().join("inner/bin/python"), folder.path());
        assert_eq!(target.interpreter.base_prefix(), base.base_prefix());
        // Python itself says so since 3.11.
        if base.version() >= (3, 11, 0) {
            compare(&inside, ["theirs-env", "ours-env"], &VenvOptions::default(), &[]);
        }
    }
}

#[test]
fn what_cannot_be_made_is_refused_in_words() {
    let folder = scratch();
    for executable in interpreters() {
        let interpreter = query(executable);
        let mut options = VenvOptions {
            path: "a:b".into(),
            working_directory: folder.path().to_owned(),
            ..VenvOptions::default()
        };
        let made = create_venv(&interpreter, &options);
        if interpreter.version() < (3, 0, 0) {
            assert!(matches!(made, Err(VenvError::NoModule { .. })));
            continue;
        }
        if interpreter.version() >= (3, 11, 0) {
            assert!(matches!(made, Err(VenvError::PathSeparator(_))));
        }
        options.path = "file".into();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = create_venv(&interpreter, &options).unwrap_err();
        let place = folder.path().join("file").display().to_string();
        assert_eq!(error.to_string(), format!("Unable to create directory '{place}'"));
    }
}
