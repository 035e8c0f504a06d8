//! Zip archives that mean harm, or that two readers could understand in two ways.

use accel_testkit::wheel::WheelMaker;
use accel_testkit::zip::{ZipMaker, ZipMember};

use super::{Case, Harm, file};

fn wheel(name: &str) -> WheelMaker {
    WheelMaker::new(name, "1.0").file(&format!("{}.py", name.replace('-', "_")), "x = 1\n")
}

/// A wheel with one more entry, which RECORD does not list: it may be larger than memory.
fn with(name: &'static str, about: &'static str, harm: Harm, member: ZipMember) -> Case {
    let module = name.replace('-', "_");
    let record = format!("{module}.py,,\n{module}-1.0.dist-info/RECORD,,\n");
    made(name, about, harm, &wheel(name).member(member).record(&record))
}

fn made(name: &'static str, about: &'static str, harm: Harm, maker: &WheelMaker) -> Case {
    Case::new(name, about, harm, maker.filename(), maker.build())
}

/// A wheel whose archive is changed before it is written.
fn bent(
    name: &'static str,
    about: &'static str,
    harm: Harm,
    bend: impl FnOnce(&mut ZipMaker),
) -> Case {
    let maker = wheel(name);
    let mut zip = maker.zip();
    bend(&mut zip);
    Case::new(name, about, harm, maker.filename(), zip.build())
}

/// A wheel whose bytes are changed after they were written.
fn patched(
    name: &'static str,
    about: &'static str,
    harm: Harm,
    patch: impl FnOnce(&mut Vec<u8>),
) -> Case {
    let maker = wheel(name);
    let mut bytes = maker.build();
    patch(&mut bytes);
    Case::new(name, about, harm, maker.filename(), bytes)
}

/// `outside` is the absolute path of a folder that nobody may touch.
pub fn names(outside: &str) -> Vec<Case> {
    let climb = format!("{}{outside}/evil.py", "../".repeat(14).trim_end_matches('/'));
    let inside = "demo/../sideways.py";
    vec![
        with("dotdot", "a name that climbs out", Harm::Refused, file(&climb)),
        with("dotdot-one", "a name that climbs one folder", Harm::Refused, file("../evil.py")),
        with("dotdot-inner", "a name that climbs and stays inside", Harm::Refused, file(inside)),
        with(
            "dotdot-prefix",
            "a sibling folder with the same beginning (CVE-2026-1703)",
            Harm::Refused,
            file("../site-packages-evil/x.py"),
        ),
        with("absolute", "an absolute name", Harm::Refused, file(&format!("{outside}/evil.py"))),
        with("drive", "a drive letter", Harm::Refused, file("C:/evil.py")),
        with("drive-relative", "a path relative to a drive", Harm::Harmless, file("C:evil.py")),
        with("backslash-dotdot", "climbing with backslashes", Harm::Refused, file("..\\evil.py")),
        with("backslash-absolute", "a root with a backslash", Harm::Refused, file("\\evil.py")),
        with("network-share", "a network share's name", Harm::Refused, file("//host/share/x.py")),
        with("device-name", "a device of Windows", Harm::Harmless, file("demo/aux.py")),
        with("nul-in-name", "a zero byte in a name", Harm::Refused, file("good.py\0.txt")),
        with("newline-in-name", "a line end in a name", Harm::Refused, file("a\nb.py")),
        with(
            "escape-in-name",
            "a terminal's escape in a name",
            Harm::Refused,
            file("a\x1b[2Jb.py"),
        ),
        with("empty-name", "no name", Harm::Refused, file("")),
        with("dot-name", "a name of a dot", Harm::Refused, file("./")),
        with("dot-slash", "a leading dot", Harm::Harmless, file("./dotted.py")),
        with("double-slash", "two slashes", Harm::Harmless, file("demo//twice.py")),
        with(
            "not-utf-8",
            "bytes that are no UTF-8, marked as such",
            Harm::Refused,
            ZipMember::new(b"a\xff.py", "x"),
        ),
        with(
            "long-name",
            "a name of 300 bytes",
            Harm::Refused,
            file(&format!("{}.py", "n".repeat(300))),
        ),
        with(
            "case-collision",
            "names that differ in case only",
            Harm::Harmless,
            file("CASE_COLLISION.py"),
        ),
    ]
}

pub fn kinds(outside: &str) -> Vec<Case> {
    let link = |name: &str, target: &str| ZipMember::stored(name, target).with_mode(0o120_777);
    let through = wheel("link-through").member(link("way", outside)).member(file("way/evil.py"));
    vec![
        with(
            "link-out",
            "a symbolic link that leads out",
            Harm::Harmless,
            link("way.py", &format!("{outside}/sentinel")),
        ),
        made("link-through", "a symbolic link and a file behind it", Harm::Refused, &through),
        with(
            "character-device",
            "a device's mode",
            Harm::Harmless,
            file("device.py").with_mode(0o020_666),
        ),
        with("setuid", "a set-user-id bit", Harm::Harmless, file("suid.py").with_mode(0o104_755)),
        with(
            "folder-and-file",
            "a file where a folder is needed",
            Harm::Refused,
            file("folder_and_file.py/below.py"),
        ),
        with(
            "folder-entry-and-file",
            "a folder's entry with a file's name",
            Harm::Refused,
            ZipMember::stored("folder_entry_and_file.py/", ""),
        ),
        with(
            "twice-same",
            "the same entry twice",
            Harm::Refused,
            ZipMember::new("twice_same.py", "x = 1\n"),
        ),
        with(
            "twice-other",
            "two entries of one name",
            Harm::Refused,
            ZipMember::new("twice_other.py", "x = 2\n"),
        ),
        with(
            "twice-spelled",
            "two spellings of one path",
            Harm::Refused,
            file(".//twice_spelled.py"),
        ),
    ]
}

/// Headers that say different things to different readers (uv's CVE-2025-54368, GHSA-pqhf-p39g-3x64).
pub fn headers() -> Vec<Case> {
    let bad = |change: &dyn Fn(&mut ZipMember)| {
        let mut member = ZipMember::new("more.py", "more = 1\n");
        change(&mut member);
        member
    };
    let of = |name, about, change: &dyn Fn(&mut ZipMember)| {
        with(name, about, Harm::Refused, bad(change))
    };
    let mut unicode = vec![1];
    unicode.extend(ZipMember::new("x", "more.py").crc32.to_le_bytes());
    unicode.extend(b"evil.py");
    let mut field = vec![0x75, 0x70, u8::try_from(unicode.len()).unwrap(), 0];
    field.extend(unicode);
    let descriptor = |crc: u32, signature: bool| {
        let member = ZipMember::new("more.py", "more = 1\n");
        let [_, packed, size] = member.sizes();
        let mut bytes = if signature { b"PK\x07\x08".to_vec() } else { Vec::new() };
        for value in [crc, packed, size] {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    };
    let right = ZipMember::new("more.py", "more = 1\n").crc32;
    let streamed = |member: &mut ZipMember, behind: Vec<u8>| {
        member.flags |= 8;
        member.local_sizes = Some([0; 3]);
        member.behind = behind;
    };
    vec![
        of("local-name", "another name in the local header", &|it| {
            it.local_name = Some(b"evil.py".to_vec());
        }),
        of("local-name-case", "another case in the local header", &|it| {
            it.local_name = Some(b"MORE.py".to_vec());
        }),
        of("local-method", "another method in the local header", &|it| it.local_method = Some(0)),
        of("local-size", "other sizes in the local header", &|it| {
            it.local_sizes = Some([it.crc32, 3, 3]);
        }),
        of("local-checksum", "another checksum in the local header", &|it| {
            let [crc, packed, size] = it.sizes();
            it.local_sizes = Some([crc ^ 1, packed, size]);
        }),
        of("local-encrypted", "encrypted, says the local header only", &|it| {
            it.local_flags = Some(it.flags | 1);
        }),
        of("encrypted", "an encrypted entry", &|it| it.flags |= 1),
        of("unknown-method", "a method that nobody knows", &|it| it.method = 99),
        of("unicode-path", "another name in a Unicode path field", &|it| {
            it.extra.clone_from(&field);
            it.flags = 0;
        }),
        with(
            "descriptor",
            "a data descriptor that is right",
            Harm::Harmless,
            bad(&|it| streamed(it, descriptor(right, true))),
        ),
        of("descriptor-lies", "a data descriptor that lies", &|it| {
            streamed(it, descriptor(right ^ 1, true));
        }),
        of("descriptor-missing", "a data descriptor that is announced and not there", &|it| {
            streamed(it, Vec::new());
        }),
        of("wrong-checksum", "contents with another checksum", &|it| it.crc32 ^= 1),
        of("too-long", "contents longer than they say", &|it| it.size -= 1),
        of("too-short", "contents shorter than they say", &|it| it.size += 1),
        with(
            "junk-behind",
            "bytes between two entries",
            Harm::Harmless,
            bad(&|it| it.behind = b"junk".to_vec()),
        ),
        of("hidden-entry", "an entry that the directory does not have", &|it| {
            it.behind = ZipMember::new("hidden.py", "hidden = 1\n").local();
        }),
        of("no-deflate", "contents that are not deflated", &|it| it.compressed = vec![0xff; 20]),
    ]
}

/// Where the archive begins and ends.
pub fn shapes() -> Vec<Case> {
    let other = || ZipMaker::new([ZipMember::new("evil.py", "evil = 1\n")]).build();
    let end = |bytes: &[u8]| bytes.len() - 22;
    vec![
        bent("prefix", "bytes before the archive", Harm::Harmless, |zip| {
            zip.prefix = b"#!/usr/bin/env python\n".to_vec();
        }),
        bent("archive-before", "another archive before it", Harm::Refused, |zip| {
            zip.prefix = other();
        }),
        bent("gap", "bytes between entries and directory", Harm::Refused, |zip| {
            zip.gap = ZipMember::new("hidden.py", "hidden = 1\n").local();
        }),
        bent("comment", "a comment", Harm::Harmless, |zip| zip.comment = b"a comment".to_vec()),
        bent("archive-in-comment", "an archive in the comment", Harm::Refused, |zip| {
            zip.comment = other();
        }),
        bent("end-in-comment", "a second end record in the comment", Harm::Refused, |zip| {
            zip.comment = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        }),
        bent("trailing", "bytes behind the archive", Harm::Harmless, |zip| {
            zip.trailing = b"more".to_vec();
        }),
        bent("archive-behind", "another archive behind it", Harm::Refused, |zip| {
            zip.trailing = other();
        }),
        bent("overlap", "an entry within another one", Harm::Refused, |zip| {
            let inner = ZipMember::new("inner.py", "inner = 1\n");
            let start = zip.members.iter().map(|member| member.local().len()).sum::<usize>();
            let outer = ZipMember::stored("outer.zip", ZipMaker::new([inner.clone()]).build());
            let offset = u32::try_from(start + 30 + outer.name.len()).unwrap();
            zip.members.extend([outer, ZipMember { offset: Some(offset), ..inner }]);
        }),
        bent("same-data", "two entries with the same data", Harm::Refused, |zip| {
            let start = zip.members.iter().map(|member| member.local().len()).sum::<usize>();
            let first = ZipMember::new("first.py", "first = 1\n");
            let offset = Some(u32::try_from(start).unwrap());
            let second = ZipMember { name: b"second.py".to_vec(), offset, ..first.clone() };
            zip.members.extend([first, second]);
        }),
        patched("fewer", "a count that leaves an entry out", Harm::Refused, |bytes| {
            let end = end(bytes);
            bytes[end + 8] -= 1;
            bytes[end + 10] -= 1;
        }),
        patched("more", "a count of more entries than there are", Harm::Refused, |bytes| {
            let end = end(bytes);
            bytes[end + 8] += 1;
            bytes[end + 10] += 1;
        }),
        patched("shifted", "a directory that is elsewhere than it says", Harm::Refused, |bytes| {
            let end = end(bytes);
            bytes[end + 16] ^= 4;
        }),
        patched("cut", "an archive that was cut short", Harm::Refused, |bytes| {
            bytes.truncate(bytes.len() - 30);
        }),
        patched("two-disks", "an archive of two disks", Harm::Refused, |bytes| {
            let end = end(bytes);
            bytes[end + 4] = 1;
        }),
        patched("zip64", "a ZIP64 end record that agrees", Harm::Harmless, |bytes| {
            zip64(bytes, 0, true);
        }),
        patched("zip64-count", "a ZIP64 end record with another count", Harm::Refused, |bytes| {
            zip64(bytes, 1, true);
        }),
        patched("zip64-lost", "a ZIP64 locator that leads nowhere", Harm::Refused, |bytes| {
            zip64(bytes, 0, false);
        }),
    ]
}

/// Puts a ZIP64 end record and its locator before the end record.
fn zip64(bytes: &mut Vec<u8>, fewer: u64, found: bool) {
    let end = bytes.split_off(bytes.len() - 22);
    let field = |at: usize| u64::from(u32::from_le_bytes(end[at..at + 4].try_into().unwrap()));
    let (size, start) = (field(12), field(16));
    let count = u64::from(u16::from_le_bytes([end[10], end[11]])) - fewer;
    let place = if found { bytes.len() as u64 } else { 1 << 40 };
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 3, 45, 0]);
    bytes.extend([0; 8]);
    for value in [count, count, size, start] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(place.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(end);
}

/// Archives that fill the disk.
pub fn bombs() -> Vec<Case> {
    let zeros = accel_testkit::zip::zeros(1100);
    let named = |name: &str, member: &ZipMember| ZipMember {
        name: name.as_bytes().to_vec(),
        ..member.clone()
    };
    vec![
        with(
            "bomb-ratio",
            "a megabyte that unpacks to more than a gigabyte",
            Harm::Refused,
            named("zeros.bin", &zeros),
        ),
        with(
            "bomb-size",
            "an entry that says it has four gigabytes",
            Harm::Refused,
            ZipMember { size: u32::MAX - 1, ..file("large.bin") },
        ),
        with(
            "bomb-nested",
            "a bomb within an archive, which nobody unpacks",
            Harm::Harmless,
            ZipMember::stored("inner.zip", ZipMaker::new([named("zeros.bin", &zeros)]).build()),
        ),
        bent("bomb-overlap", "a hundred entries with the same data", Harm::Refused, |zip| {
            let start = zip.members.iter().map(|member| member.local().len()).sum::<usize>();
            let offset = Some(u32::try_from(start).unwrap());
            zip.members.push(named("zeros0.bin", &zeros));
            for number in 1..100 {
                let name = format!("zeros{number}.bin");
                zip.members.push(ZipMember { offset, ..named(&name, &zeros) });
            }
        }),
    ]
}
