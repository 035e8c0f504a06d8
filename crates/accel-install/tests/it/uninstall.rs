//! What pip installed is removed by us, and what we installed by pip.

use accel_install::uninstall::{Subject, UninstallError, UninstallPlan, uninstall};
use accel_io::fs;
use accel_testkit::wheel::WheelMaker;

use crate::install::{Bench, put};
use crate::kept::{Snapshot, assert_same};

fn wheel() -> WheelMaker {
    WheelMaker::new("some-thing", "1.0")
        .file("some/__init__.py", "")
        .file("some/sub/deep.py", "")
        .file("single.py", "")
        .data("scripts", "tool", "#!python\n")
        .data("data", "share/some/file", "")
        .data("headers", "some.h", "")
        .entry_point("console_scripts", "some", "some:main")
}

/// What is left of an environment after one of the two has put the wheel in and one has removed it.
fn left(ours_in: bool, ours_out: bool, own_file: bool) -> Snapshot {
    let bench = Bench::new();
    let kept = bench.keep(&wheel());
    let environment = bench.environment();
    let site = environment.site_packages();
    if ours_in {
        put(&environment, &[kept.job()]);
    } else {
        environment.pip_install(&bench.wheels(), &["some-thing"]);
    }
    if own_file {
        fs::write(site.join("some/own.txt"), "").unwrap();
    }
    if ours_out {
        uninstall(&[environment.plan("some-thing", "1.0")], &site, None).unwrap();
    } else {
        let told = environment.pip(&["uninstall", "-y", "some-thing"]);
        assert!(told.contains("Successfully uninstalled some-thing-1.0"), "{told}");
    }
    let mut left = environment.snapshot();
    // It names the environment's path.
    left.retain(|name, _| !name.starts_with("bin/activate") && name != "pyvenv.cfg");
    left
}

#[test]
fn each_removes_what_the_other_installed() {
    for own_file in [false, true] {
        let theirs = left(false, false, own_file);
        assert!(!theirs.keys().any(|name| name.contains("some")
            && !name.ends_with("own.txt")
            && !name.ends_with("/some")));
        for (ours_in, ours_out) in [(true, false), (false, true), (true, true)] {
            assert_same(&left(ours_in, ours_out, own_file), &theirs);
        }
    }
}

#[test]
fn the_listing_is_pips() {
    let bench = Bench::new();
    wheel().write_to(&bench.wheels());
    let environment = bench.environment();
    environment.pip_install(&bench.wheels(), &["some-thing"]);
    fs::write(environment.site_packages().join("some/own.txt"), "").unwrap();
    let record = environment.site_packages().join("some_thing-1.0.dist-info/RECORD");
    let outside = bench.root.path().join("outside.txt");
    fs::write(&outside, "precious").unwrap();
    let mut rows = fs::read_to_string(&record).unwrap();
    rows.push_str("../../../../outside.txt,,\r\n/etc/hostname,,\r\n");
    fs::write(&record, rows).unwrap();
    for verbose in [false, true] {
        let listing = environment.plan("some-thing", "1.0").listing(verbose);
        let flags: &[&str] =
            if verbose { &["uninstall", "-v", "some-thing"] } else { &["uninstall", "some-thing"] };
        // Without an answer pip fails after it has shown its lists.
        let (told, _) = environment.try_pip(flags);
        for path in listing.remove.iter().chain(&listing.skip).chain(&listing.refused) {
            assert!(
                told.contains(&format!("    {}\n", path.display())),
                "{} in {told}",
                path.display()
            );
        }
        let shown = told.lines().filter(|line| line.trim_start().starts_with('/')).count();
        let mine = [&listing.remove, &listing.skip, &listing.refused, &listing.moved];
        let mine: usize = mine.iter().map(|paths| paths.len()).sum();
        assert_eq!(shown, mine, "{told}");
        assert!(listing.refused.contains(&outside));
    }
    uninstall(&[environment.plan("some-thing", "1.0")], &environment.site_packages(), None)
        .unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
}

fn egg(name: &str, location: &std::path::Path, info: &str) -> Subject {
    Subject {
        name: name.to_owned(),
        version: "1.0".to_owned(),
        location: location.to_owned(),
        info: Some(location.join(info)),
        found_in: location.to_owned(),
    }
}

#[test]
fn older_kinds_are_removed_as_pip_removes_them() {
    let bench = Bench::new();
    let mut left = Vec::new();
    for ours in [true, false] {
        let environment = bench.environment();
        let site = environment.site_packages();
        let write = |below: &str, text: &str| {
            let path = site.join(below);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let metadata = |name: &str| format!("Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n");
        // Flat, with a list of files.
        write("flat-1.0-py3.9.egg-info/PKG-INFO", &metadata("flat"));
        write(
            "flat-1.0-py3.9.egg-info/installed-files.txt",
            "../flat/__init__.py\n../../../../bin/flat\nPKG-INFO\n",
        );
        write("flat/__init__.py", "");
        write("flat/own.txt", "");
        write("../../../bin/flat", "");
        // Flat, with the names of its packages only.
        write("top-1.0-py3.9.egg-info/PKG-INFO", &metadata("top"));
        write("top-1.0-py3.9.egg-info/top_level.txt", "top\n_top\nspace\n");
        write("top-1.0-py3.9.egg-info/namespace_packages.txt", "space\n");
        write("top/__init__.py", "");
        write("_top.py", "");
        write("space/other.py", "");
        // By `setup.py develop`.
        let source = bench.root.path().join("source");
        fs::remove_tree(&source).unwrap();
        fs::create_dir_all(source.join("dev.egg-info")).unwrap();
        fs::write(source.join("dev.egg-info/PKG-INFO"), metadata("dev")).unwrap();
        fs::write(
            source.join("dev.egg-info/entry_points.txt"),
            "[console_scripts]\ndev = dev:main\n",
        )
        .unwrap();
        write("dev.egg-link", &format!("{}\n.", source.display()));
        write("easy-install.pth", &format!("/else\n{}", source.display()));
        write("../../../bin/dev", "");
        if ours {
            let surroundings = environment.surroundings();
            let dev = Subject { found_in: site.clone(), ..egg("dev", &source, "dev.egg-info") };
            let all = [
                egg("flat", &site, "flat-1.0-py3.9.egg-info"),
                egg("top", &site, "top-1.0-py3.9.egg-info"),
                dev,
            ];
            let plans: Vec<UninstallPlan> =
                all.iter().map(|one| UninstallPlan::new(one, &surroundings).unwrap()).collect();
            uninstall(&plans, &site, None).unwrap();
        } else {
            environment.pip(&["uninstall", "-y", "flat", "top", "dev"]);
        }
        assert!(fs::exists(source.join("dev.egg-info/PKG-INFO")));
        left.push(environment.snapshot());
    }
    assert_same(&left[0], &left[1]);
}

#[test]
fn refusals_are_pips() {
    let bench = Bench::new();
    let environment = bench.environment();
    let site = environment.site_packages();
    fs::write(site.join("old-1.0.egg-info"), "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n")
        .unwrap();
    for (name, installer) in [("bare", None), ("conda-made", Some("conda\n"))] {
        let info = site.join(format!("{}-1.0.dist-info", name.replace('-', "_")));
        fs::create_dir(&info).unwrap();
        fs::write(
            info.join("METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"),
        )
        .unwrap();
        if let Some(installer) = installer {
            fs::write(info.join("INSTALLER"), installer).unwrap();
        }
    }
    let infos = ["old-1.0.egg-info", "bare-1.0.dist-info", "conda_made-1.0.dist-info"];
    for (name, info) in ["old", "bare", "conda-made"].into_iter().zip(infos) {
        let installed = egg(name, &site, info);
        let error = UninstallPlan::new(&installed, &environment.surroundings()).unwrap_err();
        let (told, success) = environment.try_pip(&["uninstall", "-y", name]);
        assert!(!success);
        let told = told.replace("╰─>", "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(error.reference().unwrap()), "{told}");
        let parts = match &error {
            UninstallError::MissingRecord { message, context, hint } => {
                vec![message, context, hint]
            }
            UninstallError::Distutils { message, context } => vec![message, context],
            other => panic!("{other}"),
        };
        for part in parts {
            assert!(told.contains(part.as_str()), "{part}\nin {told}");
        }
    }
    // Another environment's distribution.
    let elsewhere = bench.root.path().join("elsewhere");
    fs::create_dir_all(elsewhere.join("far-1.0.dist-info")).unwrap();
    let plan = UninstallPlan::new(
        &egg("far", &elsewhere, "far-1.0.dist-info"),
        &environment.surroundings(),
    )
    .unwrap();
    assert!(plan.is_empty());
    let expected = format!(
        "Not uninstalling far at {}, outside environment {}",
        elsewhere.display(),
        environment.prefix.display()
    );
    assert_eq!(plan.notes, [expected]);
}
