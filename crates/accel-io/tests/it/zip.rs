//! Zip archives: honest ones from several writers, and one hostile one for each rule.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use accel_io::archive::zip::{
    ExtractOptions, Extraction, ZipError, ZipFault, ZipLimits, ZipReader,
};
use accel_io::fs::{self, Scratch};
use accel_testkit::zip::{ZipMaker, ZipMember};

fn scratch() -> Scratch {
    Scratch::new(std::env::temp_dir()).unwrap()
}

fn open(bytes: &[u8], limits: &ZipLimits) -> Result<(Scratch, ZipReader), ZipError> {
    let scratch = scratch();
    let path = scratch.path().join("archive.zip");
    fs::write(&path, bytes).unwrap();
    ZipReader::open(path, limits).map(|reader| (scratch, reader))
}

/// The fault of opening, or else of unpacking everything.
fn fault(bytes: &[u8]) -> ZipFault {
    let error = match open(bytes, &ZipLimits::default()) {
        Err(error) => error,
        Ok((scratch, reader)) => {
            let into = scratch.path().join("tree");
            fs::create_dir(&into).unwrap();
            reader.extract_all(into, &ExtractOptions::default()).unwrap_err()
        }
    };
    error.fault().unwrap_or_else(|| panic!("not a fault of the archive: {error}")).clone()
}

fn made(members: impl IntoIterator<Item = ZipMember>) -> Vec<u8> {
    ZipMaker::new(members).build()
}

#[test]
fn unpacks_names_modes_times_and_digests() {
    let big = vec![b'x'; 3 << 20];
    let bytes = made([
        ZipMember::new("pkg/", ""),
        ZipMember::new("pkg/a.py", "print(1)\n"),
        ZipMember::stored("pkg/deep/er/b.bin", [0, 1, 2]),
        ZipMember::new("pkg/run", "#!/bin/sh\n").with_mode(0o100_755),
        ZipMember::new("pkg/empty", ""),
        ZipMember::new("pkg/link", "a.py").with_mode(0o120_777),
        ZipMember::new("big", &big),
        ZipMember::new("void/", ""),
    ]);
    let (scratch, reader) = open(&bytes, &ZipLimits::default()).unwrap();
    let into = scratch.path().join("tree");
    fs::create_dir(&into).unwrap();
    let options = ExtractOptions { mtime: Some(1_577_836_801), digest: true };
    let extracted = reader.extract_all(&into, &options).unwrap();
    assert_eq!(extracted.len(), 8);
    assert_eq!(extracted[6].size, 3 << 20);
    assert_eq!(extracted[6].digest.unwrap(), fs::blake3_file(into.join("big")).unwrap());

    assert_eq!(fs::read_to_string(into.join("pkg/a.py")).unwrap(), "print(1)\n");
    assert_eq!(fs::read(into.join("pkg/deep/er/b.bin")).unwrap(), [0, 1, 2]);
    assert_eq!(fs::read(into.join("pkg/empty")).unwrap(), b"");
    assert!(fs::is_dir(into.join("void")));
    // Written as a plain file, as pip does.
    let link = fs::symlink_metadata(into.join("pkg/link")).unwrap();
    assert!(link.is_file());
    assert_eq!(fs::read_to_string(into.join("pkg/link")).unwrap(), "a.py");
    assert!(reader.find("pkg/link").unwrap().is_symlink());
    let mode = |path: &str| fs::metadata(into.join(path)).unwrap().permissions().mode();
    assert_eq!(mode("pkg/run") & 0o111, 0o111);
    assert_eq!(mode("pkg/a.py") & 0o111, 0);
    assert_eq!(fs::mtime_seconds(&fs::metadata(into.join("pkg/run")).unwrap()), 1_577_836_801);
    assert_eq!(reader.read(reader.find("big").unwrap()).unwrap(), big);
}

/// Files that are too big for memory go piece by piece, and are checked all the same.
#[test]
fn big_files_are_streamed() {
    let contents: Vec<u8> = (0_u32..17 << 20).flat_map(u32::to_le_bytes).collect();
    let mut wrong = ZipMember::new("wrong", &contents);
    wrong.crc32 ^= 1;
    let members =
        [ZipMember::new("deflated", &contents), ZipMember::stored("stored", &contents), wrong];
    let (scratch, reader) = open(&made(members), &ZipLimits::default()).unwrap();
    let options = ExtractOptions { mtime: Some(1), digest: true };
    for name in ["deflated", "stored"] {
        let wanted = [Extraction { entry: reader.find(name).unwrap(), to: name }];
        let extracted = reader.extract(scratch.path(), &wanted, &options).unwrap();
        let digest = fs::blake3_file(scratch.path().join(name)).unwrap();
        assert_eq!(extracted[0].digest.unwrap(), digest);
        assert!(fs::read(scratch.path().join(name)).unwrap() == contents);
    }
    let wanted = [Extraction { entry: reader.find("wrong").unwrap(), to: "wrong" }];
    let error = reader.extract(scratch.path(), &wanted, &options).unwrap_err();
    assert_eq!(error.fault(), Some(&ZipFault::Damaged("wrong checksum")));
}

#[test]
fn a_leading_directory_can_be_taken_off() {
    let bytes = made([
        ZipMember::new("demo-1.0/setup.py", "setup()"),
        ZipMember::new("demo-1.0/src/demo.py", ""),
    ]);
    let (scratch, reader) = open(&bytes, &ZipLimits::default()).unwrap();
    let wanted: Vec<_> = reader
        .entries()
        .iter()
        .map(|entry| Extraction { entry, to: entry.path.split_once('/').unwrap().1 })
        .collect();
    reader.extract(scratch.path(), &wanted, &ExtractOptions::default()).unwrap();
    assert!(fs::is_file(scratch.path().join("src/demo.py")));
    let bad = [Extraction { entry: &reader.entries()[0], to: "../out" }];
    assert!(reader.extract(scratch.path(), &bad, &ExtractOptions::default()).is_err());
}

#[test]
fn an_existing_link_is_not_written_through() {
    let (scratch, reader) =
        open(&made([ZipMember::new("a", "new")]), &ZipLimits::default()).unwrap();
    let into = scratch.path().join("tree");
    fs::create_dir(&into).unwrap();
    fs::write(scratch.path().join("outside"), "old").unwrap();
    fs::symlink("../outside", into.join("a")).unwrap();
    assert!(reader.extract_all(&into, &ExtractOptions::default()).is_err());
    assert_eq!(fs::read_to_string(scratch.path().join("outside")).unwrap(), "old");
}

#[test]
fn names_that_leave_are_refused() {
    for name in ["/etc/passwd", "../a", "a/../../b", "a\\..\\..\\b", "C:\\a", "a\0b", "./", ""] {
        let fault = fault(&made([ZipMember::new(name, "x")]));
        assert!(matches!(fault, ZipFault::Name(_)), "{name:?}: {fault:?}");
    }
}

#[test]
fn ambiguous_names_are_refused() {
    let twice = made([ZipMember::new("a", "1"), ZipMember::new("a", "2")]);
    assert_eq!(fault(&twice), ZipFault::Duplicate);
    let spelled = made([ZipMember::new("d/a", "1"), ZipMember::new("d//a", "2")]);
    assert_eq!(fault(&spelled), ZipFault::Duplicate);
    let both = made([ZipMember::new("a", "1"), ZipMember::new("a/b", "2")]);
    assert_eq!(fault(&both), ZipFault::FileAndDirectory);
    let both = made([ZipMember::new("a/b/", ""), ZipMember::new("a/b", "2")]);
    assert_eq!(fault(&both), ZipFault::FileAndDirectory);

    // Another name in the local header, for readers that stream.
    let mut member = ZipMember::new("good.py", "1");
    member.local_name = Some(b"evil.py".to_vec());
    assert_eq!(fault(&made([member])), ZipFault::Header("name"));
    // Another name in an Info-ZIP Unicode path field, for readers that know it.
    let mut member = ZipMember::new("good.py", "1");
    let mut field = vec![1];
    field.extend(ZipMember::new("x", "good.py").crc32.to_le_bytes());
    field.extend(b"evil.py");
    member.extra = vec![0x75, 0x70, u8::try_from(field.len()).unwrap(), 0];
    member.extra.extend(field);
    member.flags = 0;
    let refused = open(&made([member]), &ZipLimits::default());
    assert!(refused.is_err(), "{refused:?}");
    // Not UTF-8 although it says so.
    let member = ZipMember::new(b"a\xff", "1");
    assert!(open(&made([member]), &ZipLimits::default()).is_err());
}

#[test]
fn code_page_437_is_decoded_as_python_does() {
    let mut member = ZipMember::new(b"sn\x94.txt", "1");
    member.flags = 0;
    let (_scratch, reader) = open(&made([member]), &ZipLimits::default()).unwrap();
    assert_eq!(reader.entries()[0].name, "snö.txt");
}

#[test]
fn headers_that_disagree_are_refused() {
    let mut member = ZipMember::new("a", "1");
    member.local_method = Some(0);
    assert_eq!(fault(&made([member])), ZipFault::Header("compression method"));
    let mut member = ZipMember::new("a", "1");
    member.flags |= 1;
    assert_eq!(fault(&made([member])), ZipFault::Encrypted);
    let mut member = ZipMember::new("a", "1");
    member.method = 99;
    assert_eq!(fault(&made([member])), ZipFault::Method(99));
}

#[test]
fn overlapping_entries_are_refused() {
    let mut second = ZipMember::new("b", "contents");
    second.local_name = Some(b"a".to_vec());
    second.offset = Some(0);
    assert!(open(&made([ZipMember::new("a", "contents"), second]), &ZipLimits::default()).is_err());
    // A whole archive inside another one's stored file.
    let inner = made([ZipMember::new("inner", "contents")]);
    let mut quoted = ZipMember::new("inner", "contents");
    quoted.offset = Some(30 + 5);
    let outer = made([ZipMember::stored("outer", &inner), quoted]);
    assert_eq!(fault(&outer), ZipFault::Overlap);
}

#[test]
fn damaged_contents_are_refused() {
    let mut member = ZipMember::new("a", "some contents");
    member.crc32 ^= 1;
    assert_eq!(fault(&made([member])), ZipFault::Damaged("wrong checksum"));
    let mut member = ZipMember::stored("a", "some contents");
    member.compressed[3] ^= 1;
    assert_eq!(fault(&made([member])), ZipFault::Damaged("wrong checksum"));
    for size in [5, 14] {
        let mut member = ZipMember::new("a", "some contents");
        member.size = size;
        assert!(matches!(fault(&made([member])), ZipFault::Damaged(_)));
        let mut member = ZipMember::stored("a", "some contents");
        member.size = size;
        assert!(matches!(fault(&made([member])), ZipFault::Limit(_)));
    }
    let mut member = ZipMember::new("a", "some contents");
    member.compressed = vec![0xff; 20];
    assert!(matches!(fault(&made([member])), ZipFault::Damaged(_)));
}

#[test]
fn sizes_are_capped_before_anything_is_allocated() {
    let mut member = ZipMember::new("bomb", "x");
    member.size = u32::MAX - 1;
    assert!(matches!(fault(&made([member])), ZipFault::Limit(_)));
    let bytes = made([ZipMember::new("a", "some contents"), ZipMember::new("b", "more")]);
    for limits in [
        ZipLimits { entries: 1, ..ZipLimits::default() },
        ZipLimits { file_size: 12, ..ZipLimits::default() },
        ZipLimits { total_size: 16, ..ZipLimits::default() },
    ] {
        let error = open(&bytes, &limits).unwrap_err();
        assert!(matches!(error.fault(), Some(ZipFault::Limit(_))), "{error}");
    }
    assert!(open(&bytes, &ZipLimits::default()).is_ok());
}

#[test]
fn the_directory_must_be_where_python_finds_it() {
    let bytes = made([ZipMember::new("a", "some contents")]);
    for short in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        assert!(open(&bytes[..short], &ZipLimits::default()).is_err(), "{short}");
    }
    // A second archive that only readers of the first end record see.
    let mut two = made([ZipMember::new("evil", "2")]);
    two.extend(&bytes);
    let other_end = two.len();
    if let Ok((_scratch, reader)) = open(&two, &ZipLimits::default()) {
        assert_eq!(reader.entries()[0].name, "a");
    }
    two.truncate(other_end - 2);
    two.extend([22, 0]);
    two.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    if let Ok((_scratch, reader)) = open(&two, &ZipLimits::default()) {
        assert!(reader.entries().is_empty());
    }
    // A count that leaves an entry out.
    let mut fewer = made([ZipMember::new("a", "1"), ZipMember::new("b", "2")]);
    let end = fewer.len() - 22;
    fewer[end + 8] = 1;
    fewer[end + 10] = 1;
    assert!(open(&fewer, &ZipLimits::default()).is_err());
    // Bytes before, between and behind are no harm to anybody's reading.
    let mut maker = ZipMaker::new([ZipMember::new("a", "1")]);
    maker.prefix = b"#!/usr/bin/env python\n".to_vec();
    maker.comment = b"a comment".to_vec();
    let (_scratch, reader) = open(&maker.build(), &ZipLimits::default()).unwrap();
    assert_eq!(reader.read(&reader.entries()[0]).unwrap(), b"1");
}

/// Whatever Python's own writer makes, in all methods and with ZIP64, is read alike.
#[test]
fn archives_of_python_are_read() {
    const MAKE: &str = r#"
import sys, zipfile
for number, method in enumerate([0, 8, 12, 14]):
    with zipfile.ZipFile("%s/%d.zip" % (sys.argv[1], number), "w", method) as archive:
        archive.writestr("text.txt", "hello " * 10000)
        archive.writestr("zeros", b"\0" * (5 << 20))
        archive.writestr("empty", "")
        archive.writestr("umläut.txt", "ü")
        with archive.open("streamed", "w", force_zip64=True) as out:
            out.write(b"abc" * 1000)
class Pipe:
    def __init__(self, out): self.out = out
    def write(self, data): return self.out.write(data)
    def flush(self): pass
with open(sys.argv[1] + "/4.zip", "wb") as out, zipfile.ZipFile(Pipe(out), "w", 8) as archive:
    archive.writestr("text.txt", "hello " * 10000)
with open(sys.argv[1] + "/5.zip", "wb") as out:
    out.write(b"prefix")
    with zipfile.ZipFile(out, "w", 8) as archive:
        archive.writestr("text.txt", "hello " * 10000)
"#;
    let Some(python) = python() else { return };
    let scratch = scratch();
    let status = Command::new(python).arg("-c").arg(MAKE).arg(scratch.path()).status().unwrap();
    assert!(status.success());
    for number in 0..6 {
        let path = scratch.path().join(format!("{number}.zip"));
        let reader = ZipReader::open(&path, &ZipLimits::default()).unwrap();
        let text = reader.read(reader.find("text.txt").unwrap()).unwrap();
        assert_eq!(text, b"hello ".repeat(10_000));
        if number < 4 {
            assert_eq!(reader.entries().len(), 5);
            assert_eq!(reader.read(reader.find("zeros").unwrap()).unwrap(), vec![0; 5 << 20]);
            assert_eq!(reader.read(reader.find("umläut.txt").unwrap()).unwrap(), "ü".as_bytes());
            assert_eq!(reader.read(reader.find("streamed").unwrap()).unwrap().len(), 3000);
        }
        let into = scratch.path().join(format!("tree-{number}"));
        fs::create_dir(&into).unwrap();
        reader.extract_all(into, &ExtractOptions::default()).unwrap();
    }
}

/// A Python 3 that tests may run, if there is one.
fn python() -> Option<&'static Path> {
    ["/usr/bin/python3", "/usr/local/bin/python3"].map(Path::new).into_iter().find(|it| it.exists())
}
