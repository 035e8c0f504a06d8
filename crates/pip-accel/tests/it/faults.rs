//! What the system refuses: full disks, folders that cannot be written, runs that were killed.

use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// A small file system in memory; `None` where that is not allowed (it takes the superuser).
struct Disk {
    at: PathBuf,
}

impl Disk {
    fn new(sandbox: &Sandbox, name: &str, size: &str) -> Option<Self> {
        let at = sandbox.at(name);
        std::fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&at)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { at })
    }

    fn read_only(&self, on: bool) {
        let options = if on { "remount,ro" } else { "remount,rw" };
        let done = Command::new("mount").args(["-o", options]).arg(&self.at).status();
        assert!(done.is_ok_and(|status| status.success()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// A wheel of two megabytes that no compression makes smaller.
fn big_wheel(folder: &Path) {
    let mut state = 1_u64;
    let bytes: Vec<u8> = (0..2_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect();
    WheelMaker::new("big", "1.0")
        .file("small.py", "x = 1\n")
        .file("big.bin", bytes)
        .write_to(folder);
}

fn assert_no_space(ran: &Ran) {
    let line = ran.lines("ERROR:").join("\n");
    let words = ["No space left on device", "File too large"];
    assert!(words.iter().any(|word| line.contains(word)), "{}", ran.stderr);
    assert!(line.contains("Could not install packages due to an OSError: [Errno "), "{line}");
}

/// Installs with files limited to `blocks` of 512 bytes, for users who can't mount anything.
fn limited(sandbox: &Sandbox, environment: &Path, arguments: &[&str], blocks: u32) -> Ran {
    let program = env!("CARGO_BIN_EXE_pip-accel");
    let python = environment.join("bin/python");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    sandbox.surround(&mut command, &[]);
    command.args(["-c", &script, "sh", program, "--python"]).arg(python).arg("install");
    Ran::of(&command.args(arguments).output().unwrap())
}

#[test]
fn a_full_disk_leaves_the_environment_as_it_was() {
    let sandbox = Sandbox::new();
    let folder = sandbox.at("dist");
    big_wheel(&folder);
    WheelMaker::new("big", "0.1").file("small.py", "x = 0\n").write_to(&folder);
    let server = IndexServer::start(&folder, IndexOptions::default());
    let url = server.url();
    let disk = Disk::new(&sandbox, "disk", "1500k");
    let environment = sandbox.environment("disk/environment");
    sandbox.install(&environment, &["-i", &url, "big==0.1"]).good();
    let before = tree(&environment);
    let arguments = ["-i", &url, "--upgrade", "--link-mode", "copy", "big==1.0"];
    let failed = if disk.is_some() {
        sandbox.install(&environment, &arguments)
    } else {
        limited(&sandbox, &environment, &arguments, 1000)
    };
    assert_no_space(&failed.bad());
    assert!(before == tree(&environment), "the environment was changed");
    drop(disk);
    let roomy = sandbox.environment("roomy");
    sandbox.install(&roomy, &["-i", &url, "big==1.0"]).good();
    assert_eq!(installed(&roomy), ["big-1.0"]);
}

#[test]
fn a_full_cache_disk_is_an_error_and_heals() {
    let sandbox = Sandbox::new();
    big_wheel(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let environment = sandbox.environment("environment");
    let before = tree(&environment);
    // The download fits, the unpacked wheel does not; then not even the download.
    for (name, size) in [("three", "3m"), ("one", "1m")] {
        let disk = Disk::new(&sandbox, name, size);
        let cache = sandbox.at(name).join("cache");
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().unwrap())];
        let failed = if disk.is_some() {
            sandbox.install_with(&environment, &["-i", &url, "big==1.0"], &variables)
        } else {
            limited(&sandbox, &environment, &["-i", &url, "big==1.0"], 1000)
        };
        let failed = failed.bad();
        assert!(failed.stderr.contains("ERROR:"), "{}", failed.stderr);
        assert!(before == tree(&environment), "the environment was changed");
        let store = tree(&cache.join("store-v1"));
        assert!(
            !store.keys().any(|path| path.ends_with("manifest.rkyv") && !path.starts_with(".new"))
        );
    }
    sandbox.install(&environment, &["-i", &url, "big==1.0"]).good();
    assert_eq!(installed(&environment), ["big-1.0"]);
}

#[test]
fn an_environment_that_cannot_be_written_stays_as_it_is() {
    let sandbox = Sandbox::new();
    WheelMaker::new("good", "1.0").file("good.py", "").write_to(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let disk = Disk::new(&sandbox, "disk", "5m");
    let environment = sandbox.environment("disk/environment");
    let before = tree(&environment);
    let site = site_packages(&environment);
    let writable = |on: bool| {
        use std::os::unix::fs::PermissionsExt as _;
        if let Some(disk) = &disk {
            return disk.read_only(!on);
        }
        let mode = if on { 0o755 } else { 0o555 };
        std::fs::set_permissions(&site, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    writable(false);
    let arguments = ["-i", &url, "good==1.0"];
    let ours = sandbox.install(&environment, &arguments).bad();
    let pips = sandbox.pip_install(&environment, &arguments, &[]).bad();
    let start = |ran: &Ran| {
        let lines = ran.lines("ERROR:").join("\n");
        lines.split(": '").next().unwrap_or_default().to_owned()
    };
    assert_eq!(start(&ours), start(&pips));
    assert!(before == tree(&environment), "the environment was changed");
    writable(true);
    sandbox.install(&environment, &arguments).good();
    assert_eq!(installed(&environment), ["good-1.0"]);
}

#[test]
fn what_a_killed_run_left_is_undone_by_the_next() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    WheelMaker::new("good", "1.0").file("good.py", "").write_to(&dist);
    let mut many = WheelMaker::new("many", "1.0");
    for number in 0..3000 {
        many = many.file(&format!("many/part{}/m{number}.txt", number / 50), "m");
    }
    many.write_to(&dist);
    let server = IndexServer::start(&dist, IndexOptions::default());
    let url = server.url();
    let environment = sandbox.environment("environment");
    let site = site_packages(&environment);
    // A journal as a run leaves it that was killed between two files.
    sandbox.install(&environment, &["-i", &url, "good==1.0"]).good();
    let before = tree(&environment);
    std::fs::create_dir(site.join("half")).unwrap();
    std::fs::write(site.join("half/done.py"), "x").unwrap();
    std::fs::File::create(site.join(".pip-accel-journal")).unwrap();
    let pages = [format!("B{}\ndhalf\nfhalf/do", site.display()), "ne.py\nfhalf/never.py\n".into()];
    for (number, page) in pages.iter().enumerate() {
        let link = site.join(format!(".pip-accel-journal-{number}"));
        std::os::unix::fs::symlink(page, link).unwrap();
    }
    sandbox.install(&environment, &["-i", &url, "good==1.0"]).good();
    assert!(before == tree(&environment), "the left-overs are still there");
    // And real ones, killed at any moment.
    sandbox.install(&sandbox.environment("warm"), &["-i", &url, "many==1.0"]).good();
    for delay in [5, 10, 15, 20, 30, 40] {
        let environment = sandbox.environment(&format!("killed-{delay}"));
        let python = environment.join("bin/python");
        let mut child = sandbox
            .command(&[])
            .arg("--python")
            .arg(&python)
            .args(["install", "-i", &url, "many==1.0"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().unwrap();
        sandbox.install(&environment, &["-i", &url, "many==1.0"]).good();
        let parts = tree(&site_packages(&environment).join("many"));
        assert_eq!(parts.len(), 3000 + 60, "{delay}");
        let left = std::fs::read_dir(site_packages(&environment)).unwrap();
        let left = left.filter(|entry| {
            entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".pip-accel")
        });
        assert_eq!(left.count(), 0);
    }
}

/// Small changes of a text: letters dropped, doubled, swapped for odd ones, parts cut out.
fn mutated(text: &str, state: &mut u64) -> Vec<u8> {
    let mut next = |below: usize| {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap() % below.max(1)
    };
    let odd: [&[u8]; 14] = [
        b"\0",
        b"\xff",
        b"\n",
        b"\\\n",
        b";",
        b"@",
        b"==",
        b"${X}",
        b"#",
        b"[",
        b" --hash=",
        b"\"",
        b"-r ",
        "\u{e9}".as_bytes(),
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=next(3) {
        let at = next(bytes.len());
        match next(4) {
            0 => drop(bytes.drain(at..(at + 1 + next(4)).min(bytes.len()))),
            1 => bytes.splice(at..at, odd[next(odd.len())].iter().copied()).for_each(drop),
            2 => bytes.truncate(at),
            _ => {
                let copy = bytes[at..(at + next(6)).min(bytes.len())].to_vec();
                bytes.splice(at..at, copy).for_each(drop);
            }
        }
    }
    bytes
}

#[test]
fn no_input_makes_it_panic() {
    use std::os::unix::ffi::OsStringExt as _;
    let sandbox = Sandbox::new();
    crate::promises::small_set(&sandbox.at("dist"));
    let environment = sandbox.environment("environment");
    let python = environment.join("bin/python");
    let lines = [
        "web==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
        "template[x,y]>=1,<2; python_version >= '3' and extra == 'x'\n# comment\ncolours\n",
        "--find-links dist\n--no-binary :all:\nweb ~=1.0 ; sys_platform=='linux'\n-c other.txt\n",
        "-e ./folder#egg=x\n./dist/web-1.0-py3-none-any.whl\nfile:///none/x-1.0.tar.gz#subdirectory=a\n",
        "web @ file:///none/web-1.0-py3-none-any.whl#sha256=00\ngit+file:///none/x@v1#egg=y&subdirectory=z\n",
    ];
    let words = [
        "web==1.0",
        "template>=1,<2",
        "-r",
        "input.txt",
        "--no-deps",
        "--target",
        "x",
        "--dry-run",
        "-U",
        "--config-settings",
        "a=b",
        "--only-binary=:all:",
        "-c",
        "--report",
        "-",
        "./dist",
        "-vv",
        "--platform",
        "--python-version",
        "3.9",
        "--freshness",
        "local",
        "--root",
        "--prefix",
        "web[x]; os_name == 'nt'",
        "-e",
        "-q",
    ];
    let mut state = 20_261_122;
    for round in 0..300_usize {
        let text = lines[round % lines.len()];
        sandbox.write("input.txt", mutated(text, &mut state));
        let mut command = sandbox.command(&[("PIP_RETRIES", "0"), ("PIP_FIND_LINKS", "dist")]);
        command.arg("--python").arg(&python).args(["install", "--no-index", "--dry-run"]);
        if round % 2 == 0 {
            command.args(["-r", "input.txt"]);
        } else {
            for step in 0..=round % 4 {
                let word = words[(round * 7 + step * 5) % words.len()];
                let mut word = if step % 2 == 0 { mutated(word, &mut state) } else { word.into() };
                word.retain(|byte| *byte != 0);
                command.arg(std::ffi::OsString::from_vec(word));
            }
        }
        let ran = Ran::of(&command.output().unwrap());
        let panicked = ran.stderr.contains("panicked at");
        assert!(
            !panicked && ran.code != 101 && ran.code < 128,
            "{command:?}\n{}\n{}",
            ran.code,
            ran.stderr
        );
    }
}
