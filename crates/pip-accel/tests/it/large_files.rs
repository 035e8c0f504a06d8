//! Requirement files of many megabytes, and of other bytes than text: pip's answer where it has one in
//! reasonable time, and else one line, within bounds of memory.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use accel_testkit::wheel::WheelMaker;

use crate::sandbox::{Ran, Sandbox};

/// A sandbox with one wheel, and an environment for each program.
fn world() -> Sandbox {
    let sandbox = Sandbox::new();
    WheelMaker::new("good", "1.0").file("good.py", "g = 1\n").write_to(&sandbox.at("dist"));
    sandbox.environment("environment");
    sandbox
}

/// `install --dry-run -r FILE` of this program, in an address space of three gigabytes.
fn ours(sandbox: &Sandbox, file: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_pip-accel");
    let mut command = Command::new("prlimit");
    sandbox.surround(&mut command, &[]);
    command.arg0("prlimit").arg(format!("--as={}", 3_u64 << 30)).arg(program);
    command.arg("--python").arg(sandbox.at("environment/bin/python"));
    command.args(["install", "--dry-run", "--no-index", "--find-links", "dist", "-r", file]);
    Ran::of(&command.output().expect("prlimit is part of util-linux"))
}

/// The same by pip, without a limit.
fn pips(sandbox: &Sandbox, file: &str) -> Ran {
    let arguments = ["--dry-run", "--no-index", "--find-links", "dist", "-r", file];
    sandbox.pip_install(&sandbox.at("environment"), &arguments, &[])
}

/// `ERROR: …`, and nothing else, on one short line.
#[track_caller]
fn is_one_line(ran: &Ran, words: &str) {
    let line = ran.stderr.trim_end();
    assert!(ran.code == 1 || ran.code == 2, "{ran:#?}");
    assert!(line.starts_with("ERROR: ") && line.contains(words), "{words}: {}", line.len());
    assert!(!line.contains('\n') && line.len() < 1000, "{} bytes", line.len());
}

#[test]
fn other_bytes_than_text_mean_what_they_mean_to_pip() {
    let sandbox = world();
    let utf16 = |big: bool, mark: &str| -> Vec<u8> {
        let units = format!("{mark}good\n");
        let swap = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        units.encode_utf16().flat_map(swap).collect()
    };
    let cases: [(&str, Vec<u8>); 12] = [
        ("utf16-le-mark", utf16(false, "\u{feff}")),
        ("utf16-be-mark", utf16(true, "\u{feff}")),
        ("utf16-le", utf16(false, "")),
        ("utf16-be", utf16(true, "")),
        ("utf16-odd", [&utf16(false, "\u{feff}")[..], b"x"].concat()),
        ("latin-comment", b"# -*- coding: latin-1 -*-\n# caf\xe9\ngood\n".to_vec()),
        ("latin-name", b"# -*- coding: latin-1 -*-\ng\xf6\xf6d\n".to_vec()),
        ("latin", b"# caf\xe9\ngood\n".to_vec()),
        ("zero-byte", b"good\0\n".to_vec()),
        ("zeros", vec![0; 256]),
        ("program", std::fs::read("/bin/sh").unwrap()),
        ("archive", std::fs::read(sandbox.at("dist/good-1.0-py3-none-any.whl")).unwrap()),
    ];
    let mut wrong = Vec::new();
    for (name, bytes) in cases {
        let file = format!("{name}.txt");
        sandbox.write(&file, bytes);
        let (ours, pips) = (ours(&sandbox, &file), pips(&sandbox, &file));
        let first = |ran: &Ran| ran.lines("ERROR:").first().map(|line| (*line).to_owned());
        // Where pip dies with a traceback, one line says why.
        let crash = pips.stderr.contains("Traceback");
        let alike = if crash { first(&ours).is_some() } else { first(&ours) == first(&pips) };
        if ours.code != pips.code || !alike {
            wrong.push(format!("{name}: {ours:#?}\n{pips:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn three_hundred_thousand_lines_are_read() {
    let sandbox = world();
    let pins: Vec<String> = (0..300_000).map(|number| format!("p{number}==1")).collect();
    sandbox.write("pins.txt", pins.join("\n"));
    sandbox.write("many.txt", "good\n-c pins.txt\n");
    let ran = ours(&sandbox, "many.txt").good();
    assert!(ran.stdout.contains("Would install good-1.0"), "{}", ran.stdout.len());
    // Millions would not fit: a line of its own says so.
    sandbox.write("most.txt", "g\n".repeat(1_200_000));
    is_one_line(&ours(&sandbox, "most.txt"), "requirement files of more than 512 megabytes");
}

#[test]
fn lines_of_many_megabytes_are_refused_in_one() {
    const SIZE: usize = 6_000_000;
    let sandbox = world();
    let cases: [(&str, Vec<u8>); 8] = [
        ("name", vec![b'x'; SIZE]),
        ("zeros", vec![0; SIZE]),
        ("words", b"x y ".repeat(SIZE / 4)),
        ("versions", [b"good", &b">=1,".repeat(SIZE / 4)[..]].concat()),
        ("digests", [&b"good==1.0"[..], &b" --hash=sha256:00".repeat(SIZE / 17)].concat()),
        ("quoted", [&b"--index-url '"[..], &vec![b'x'; SIZE]].concat()),
        ("variables", b"${HOME}".repeat(SIZE / 7)),
        ("continued", b"good\\\n".repeat(SIZE / 6)),
    ];
    for (name, bytes) in cases {
        sandbox.write("line.txt", bytes);
        let ran = ours(&sandbox, "line.txt");
        is_one_line(&ran, "ERROR: Invalid requirement: ");
        assert!(ran.stderr.contains("(from line 1 of line.txt, which has "), "{name}");
    }
    // A comment may be as long as it likes, and so may emptiness.
    sandbox.write("line.txt", [b"#", &vec![b'x'; SIZE][..], b"\ngood\n"].concat());
    ours(&sandbox, "line.txt").good();
    sandbox.write("line.txt", [&vec![b'\n'; SIZE][..], b"good\n"].concat());
    ours(&sandbox, "line.txt").good();
}

#[test]
fn files_without_an_end_are_not_read_to_it() {
    let sandbox = world();
    is_one_line(&ours(&sandbox, "/dev/zero"), "[Errno 27] File too large: '/dev/zero'");
    sandbox.write("nested.txt", "-c /dev/zero\n");
    is_one_line(&ours(&sandbox, "nested.txt"), "Could not open constraint file: [Errno 27] ");
}
