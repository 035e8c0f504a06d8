//! Installed distributions against `pip list` and `pip inspect`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accel_install::{InfoKind, InstalledDistribution, Target, installed, installed_in};
use accel_types::PackageName;
use serde_json::{Value, json};

use crate::found::{interpreters, newest_pip, pip_for, python, query, scratch, target};

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn metadata(name: &str, version: &str, more: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}\nBody\n")
}

/// One of everything that pip knows how to find, and of what it passes over.
fn prepare(site: &Path, elsewhere: &Path) {
    let dist_info = |folder: &str, text: &str| write(&site.join(folder).join("METADATA"), text);
    dist_info(
        "Plain.Name-1.0.dist-info",
        &metadata(
            "Plain.Name",
            "1.0",
            "Requires-Dist: a; extra=='x'\nRequires-Dist: b>1\nProvides-Extra: x\n",
        ),
    );
    write(&site.join("Plain.Name-1.0.dist-info/INSTALLER"), "\n pip \n");
    write(&site.join("Plain.Name-1.0.dist-info/REQUESTED"), "");
    dist_info("from_url-2.0.dist-info", &metadata("from-url", "2.0", ""));
    write(
        &site.join("from_url-2.0.dist-info/direct_url.json"),
        r#"{"url": "https://host/from_url-2.0.tar.gz", "archive_info": {}}"#,
    );
    dist_info("in_tree-3.0.dist-info", &metadata("in.tree", "3.0", ""));
    let tree = elsewhere.join("in tree");
    std::fs::create_dir_all(&tree).unwrap();
    let url = format!("file://{}", tree.display()).replace(' ', "%20");
    write(
        &site.join("in_tree-3.0.dist-info/direct_url.json"),
        &json!({"url": url, "dir_info": {"editable": true}}).to_string(),
    );
    dist_info("~eftover-1.0.dist-info", &metadata("leftover", "1.0", ""));
    dist_info("broken_url-1.0.dist-info", &metadata("broken-url", "1.0", ""));
    write(&site.join("broken_url-1.0.dist-info/direct_url.json"), "{");
    write(
        &site.join("setuptools_like-4.0-py3.11.egg-info/PKG-INFO"),
        &metadata("setuptools_like", "4.0", ""),
    );
    write(
        &site.join("setuptools_like-4.0-py3.11.egg-info/requires.txt"),
        "one\n\n[Some_Extra]\ntwo>=2\n\n[:python_version>'2']\nthree\n\n[x:os_name=='nt']\nfour\n",
    );
    write(&site.join("distutils_like-5.0.egg-info"), &metadata("distutils-like", "5.0", ""));
    write(&site.join("wsgiref.egg-info"), &metadata("wsgiref", "0.1.2", ""));
    // An egg and a development tree, both put on sys.path by easy-install.pth.
    write(&site.join("some_egg-6.0-py3.egg/EGG-INFO/PKG-INFO"), &metadata("some_egg", "6.0", ""));
    let develop = elsewhere.join("develop");
    write(&develop.join("Old_Style.egg-info/PKG-INFO"), &metadata("Old-Style", "7.0", ""));
    write(&site.join("Old-Style.egg-link"), &format!("\n{}\n.", develop.display()));
    // A link whose tree is not on sys.path, and one that leads nowhere.
    let relative = elsewhere.join("relative");
    write(&relative.join("rel_link.egg-info/PKG-INFO"), &metadata("rel_link", "8.0", ""));
    write(&site.join("rel-link.egg-link"), &format!("{}\n", relative.display()));
    write(&site.join("nowhere.egg-link"), "/no/such/place\n");
    write(&site.join("empty.egg-link"), "");
    write(
        &site.join("easy-install.pth"),
        &format!("# comment\n./some_egg-6.0-py3.egg\n{}\n/no/such/folder\n\n", develop.display()),
    );
    // The same names again, later on sys.path: hidden.
    write(&develop.join("Plain.Name.egg-info/PKG-INFO"), &metadata("Plain.Name", "0.1", ""));
}

fn pip(executable: &Path, home: &Path, pip: &str, args: &[&str]) -> Value {
    // pip from its own folder, which must not be on the sys.path that it lists.
    let run = format!(
        "import sys; sys.path.insert(0, {pip:?}); import pip, runpy; sys.path.remove({pip:?})\n\
         sys.argv[0] = 'pip'; runpy.run_module('pip', run_name='__main__', alter_sys=True)"
    );
    let mut all = vec!["-c", run.as_str()];
    all.extend(args);
    let text = python(executable, home, &all);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn listed(distribution: &InstalledDistribution) -> BTreeMap<&'static str, Value> {
    let mut row = BTreeMap::from([
        ("name", json!(distribution.raw_name())),
        ("version", json!(distribution.version().unwrap().to_string())),
        ("location", json!(distribution.location().to_str())),
        ("installer", json!(distribution.installer())),
    ]);
    if let Some(place) = distribution.editable_project_location() {
        row.insert("editable_project_location", json!(place.to_str()));
    }
    row
}

fn compare_list(target: &Target, executable: &Path, home: &Path) {
    let Some(folder) = pip_for(&target.interpreter) else { return };
    let local: &[&[&str]] =
        if target.interpreter.in_venv() { &[&[], &["--local"]] } else { &[&[]] };
    for flags in local {
        let mut args = vec!["list", "--format", "json", "-v"];
        args.extend(*flags);
        let theirs = pip(executable, home, &folder, &args);
        let key = |row: &BTreeMap<&str, Value>| row["name"].to_string().to_lowercase();
        let mut ours: Vec<_> = installed(target)
            .distributions
            .iter()
            .filter(|found| flags.is_empty() || found.is_local())
            .filter(|found| !["python", "wsgiref", "argparse"].contains(&found.name().as_str()))
            .map(listed)
            .collect();
        ours.sort_by_key(key);
        let mut expected: Vec<BTreeMap<&str, Value>> = Vec::new();
        for row in theirs.as_array().unwrap() {
            let keys = ["name", "version", "location", "installer", "editable_project_location"];
            let fields = keys.into_iter().filter_map(|key| Some((key, row.get(key)?.clone())));
            expected.push(fields.collect());
        }
        expected.sort_by_key(key);
        assert_eq!(ours, expected, "{} {flags:?}", executable.display());
    }
}

#[test]
fn lists_are_those_of_pip() {
    for executable in interpreters() {
        let base = query(executable);
        if base.version() < (3, 10, 0) {
            continue;
        }
        let home = scratch();
        let outside = target(executable, home.path());
        let user_site = outside.user_site().unwrap();
        write(&user_site.join("mine-1.dist-info/METADATA"), &metadata("mine", "1", ""));
        compare_list(&outside, executable, home.path());

        for system in [false, true] {
            let folder = scratch();
            let root = folder.path().join("env");
            let mut args = vec!["-m", "venv", "--without-pip", root.to_str().unwrap()];
            args.extend(system.then_some("--system-site-packages"));
            python(executable, home.path(), &args);
            let inside = root.join("bin/python");
            let target = target(&inside, home.path());
            let scheme = target.scheme(&accel_install::SchemeChoice::Default, None).unwrap();
            prepare(&scheme.purelib, &folder.path().join("elsewhere"));
            compare_list(&target, &inside, home.path());
            let found = installed(&target);
            let mine = found.get(&PackageName::new("mine"));
            assert_eq!(mine.map(InstalledDistribution::in_user_site), system.then_some(true));
        }
    }
}

fn environment() -> (accel_io::fs::Scratch, PathBuf, PathBuf, Target) {
    let executable =
        interpreters().iter().rfind(|path| query(path).version() >= (3, 10, 0)).unwrap();
    let folder = scratch();
    let root = folder.path().join("env");
    python(executable, folder.path(), &["-m", "venv", "--without-pip", root.to_str().unwrap()]);
    let inside = root.join("bin/python");
    let target = target(&inside, folder.path());
    let scheme = target.scheme(&accel_install::SchemeChoice::Default, None).unwrap();
    prepare(&scheme.purelib, &folder.path().join("elsewhere"));
    (folder, inside, scheme.purelib, target)
}

#[test]
fn details_are_those_of_pip_inspect() {
    let (folder, inside, _, target) = environment();
    let theirs = pip(&inside, folder.path(), newest_pip(), &["inspect"]);
    let found = installed(&target);
    let mut compared = 0;
    for row in theirs["installed"].as_array().unwrap() {
        let fields = &row["metadata"];
        let name = PackageName::new(fields["name"].as_str().unwrap());
        let ours = found.get(&name).unwrap();
        let list = |value: &Value| -> Vec<String> {
            serde_json::from_value(value.clone()).unwrap_or_default()
        };
        assert_eq!(json!(ours.info().to_str()), row["metadata_location"]);
        assert_eq!(json!(ours.installer()), row.get("installer").cloned().unwrap_or(json!("")));
        let requested = row.get("requested").cloned();
        assert_eq!(ours.requested(), requested.is_some_and(|value| value == json!(true)));
        assert_eq!(ours.metadata().requires_dist, list(&fields["requires_dist"]), "{name}");
        assert_eq!(ours.metadata().provides_extra, list(&fields["provides_extra"]), "{name}");
        let url = ours.direct_url().map(|url| serde_json::from_str(&url.to_json()).unwrap());
        // pip makes one up for what an .egg-link installs.
        let made_up = ours.editable_project_location().map(|place| {
            json!({"url": format!("file://{}", place.display()), "dir_info": {"editable": true}})
        });
        assert_eq!(url.or(made_up).as_ref(), row.get("direct_url"), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 9, "{:?}", found.distributions);
}

#[test]
fn forms_of_metadata_are_told_apart() {
    let (_folder, _, site, target) = environment();
    let found = installed(&target);
    let kind = |name: &str| found.get(&PackageName::new(name)).unwrap().kind();
    assert_eq!(kind("plain-name"), InfoKind::DistInfo);
    assert_eq!(kind("setuptools-like"), InfoKind::EggInfoFolder);
    assert_eq!(kind("distutils-like"), InfoKind::EggInfoFile);
    assert_eq!(kind("some-egg"), InfoKind::Egg);
    assert_eq!(kind("old-style"), InfoKind::EggInfoFolder);
    let linked = found.get(&PackageName::new("rel-link")).unwrap();
    assert_eq!(linked.installed_location(), site.canonicalize().unwrap());
    assert_eq!(linked.egg_link(), Some(site.join("rel-link.egg-link").as_path()));
    let mut warnings = found.passed_over.iter().map(|one| &one.warning);
    let warning = warnings.find(|text| text.contains("~eftover")).unwrap();
    assert!(warning.starts_with("Ignoring incompletely removed distribution ~eftover-1.0"));
    assert_eq!(installed_in(&target, &[site.join("nothing")]).distributions.len(), 0);
    assert!(installed_in(&target, &[site]).get(&PackageName::new("plain-name")).is_some());
}
