//! Source distributions whose tar archive means harm.

use accel_testkit::zip::gzip as packed;

use super::{Case, Harm};

/// One block of a tar archive and its data, with any field as wrong as wanted.
fn entry(name: &str, kind: u8, link: &str, size: u64, data: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"13702707400\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, &link.as_bytes()[..link.len().min(100)]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.extend(data);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn file(name: &str, text: &str) -> Vec<u8> {
    entry(name, b'0', "", text.len() as u64, text.as_bytes())
}

/// Records of a PAX header, for the next entry (`x`) or all (`g`).
fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        let digits = |length: usize| length.to_string().len();
        let mut length = rest.len() + 1;
        while length != rest.len() + digits(length) {
            length = rest.len() + digits(length);
        }
        text.push_str(&length.to_string());
        text.push_str(&rest);
    }
    entry("pax", kind, "", text.len() as u64, text.as_bytes())
}

/// A sdist that builds, with these blocks before its own.
fn sdist(name: &str, before: &[Vec<u8>], after: &[u8]) -> Vec<u8> {
    let module = name.replace('-', "_");
    let backend = format!(
        "import os, zipfile\n\
         def build_wheel(folder, settings=None, metadata=None):\n    \
             assert not os.path.exists('smuggled.py'), 'an entry within an entry'\n    \
             name, info = '{module}-1.0-py3-none-any.whl', '{module}-1.0.dist-info/'\n    \
             with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n        \
                 wheel.writestr('{module}.py', 'x = 1')\n        \
                 wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n')\n        \
                 wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n        \
                 wheel.writestr(info + 'RECORD', '{module}.py,,\\n' + info + 'RECORD,,\\n')\n    \
             return name\n"
    );
    let system = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    let mut tar: Vec<u8> = before.concat();
    let info = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n");
    for (below, text) in
        [("PKG-INFO", &*info), ("pyproject.toml", system), ("backend.py", &backend)]
    {
        tar.extend(file(&format!("{module}-1.0/{below}"), text));
    }
    tar.extend(after);
    tar.extend([0; 1024]);
    tar
}

fn case(name: &'static str, about: &'static str, harm: Harm, before: &[Vec<u8>]) -> Case {
    let bytes = packed(&sdist(name, before, &[]));
    Case::new(name, about, harm, format!("{}-1.0.tar.gz", name.replace('-', "_")), bytes)
}

pub fn all(outside: &str) -> Vec<Case> {
    let climb = format!("{}{outside}/evil", "../".repeat(14).trim_end_matches('/'));
    // Entries stand below the folder of the project, as in any sdist.
    let own = |name: &str, below: &str| format!("{}-1.0/{below}", name.replace('-', "_"));
    let link = |name: &str, kind: u8, target: &str| entry(name, kind, target, 0, &[]);
    let refused = Harm::Refused;
    let long = |kind: u8, text: &str| {
        entry("././@LongLink", kind, "", text.len() as u64 + 1, format!("{text}\0").as_bytes())
    };
    let sized = |name: &str| {
        // One header says that the file is empty, the other one that a whole entry is in it.
        let inner = file(&own(name, "smuggled.py"), "evil = 1\n");
        let length = inner.len().to_string();
        vec![
            pax(b'x', &[("size", &length)]),
            [entry(&own(name, "outer.bin"), b'0', "", 0, &[]), inner].concat(),
        ]
    };
    let mut cases = vec![
        case("tar-climbs", "a name that climbs out", refused, &[file(&climb, "evil")]),
        case(
            "tar-climbs-inside",
            "a name that climbs out of the project",
            refused,
            &[file(&own("tar-climbs-inside", "../../evil"), "evil")],
        ),
        case(
            "tar-absolute",
            "an absolute name",
            Harm::Any,
            &[file(&format!("{outside}/evil"), "evil")],
        ),
        case(
            "tar-link-out",
            "a symbolic link that leads out (CVE-2025-8869)",
            refused,
            &[link(&own("tar-link-out", "way"), b'2', outside)],
        ),
        case(
            "tar-link-through",
            "a symbolic link that climbs out, and a file behind it",
            refused,
            &[
                link(
                    &own("tar-link-through", "way"),
                    b'2',
                    &format!("{}{}", "../".repeat(14), &outside[1..]),
                ),
                file(&own("tar-link-through", "way/evil"), "evil"),
            ],
        ),
        case(
            "tar-link-chain",
            "links that lead out together",
            refused,
            &[
                link(&own("tar-link-chain", "one"), b'2', "."),
                link(&own("tar-link-chain", "one/two"), b'2', "../.."),
                file(&own("tar-link-chain", "two/../../evil"), "evil"),
            ],
        ),
        case(
            "tar-link-inside",
            "a symbolic link that stays inside",
            Harm::Harmless,
            &[link(&own("tar-link-inside", "way"), b'2', "backend.py")],
        ),
        case(
            "tar-hard-link",
            "a hard link to a file outside",
            refused,
            &[link(&own("tar-hard-link", "way"), b'1', &format!("{outside}/sentinel"))],
        ),
        case(
            "tar-hard-link-climbs",
            "a hard link that climbs out",
            refused,
            &[link(
                &own("tar-hard-link-climbs", "way"),
                b'1',
                &format!("{}etc/passwd", "../".repeat(14)),
            )],
        ),
        case("tar-device", "a device", refused, &[link(&own("tar-device", "null"), b'3', "")]),
        case("tar-pipe", "a named pipe", refused, &[link(&own("tar-pipe", "pipe"), b'6', "")]),
        case(
            "tar-pax-name",
            "a PAX header that renames out",
            refused,
            &[pax(b'x', &[("path", &climb)]), file(&own("tar-pax-name", "good.py"), "x")],
        ),
        case(
            "tar-pax-link",
            "a PAX header that makes a link lead out",
            refused,
            &[pax(b'x', &[("linkpath", outside)]), link(&own("tar-pax-link", "way"), b'2', "good")],
        ),
        case(
            "tar-pax-global",
            "a global PAX header that renames",
            refused,
            &[pax(b'g', &[("path", &climb)])],
        ),
        case(
            "tar-pax-size",
            "sizes that disagree in PAX header and entry (CVE-2025-62518)",
            Harm::Harmless,
            &sized("tar-pax-size"),
        ),
        case(
            "tar-gnu-name",
            "a GNU long name that climbs out",
            refused,
            &[long(b'L', &climb), file(&own("tar-gnu-name", "good.py"), "x")],
        ),
        case(
            "tar-gnu-link",
            "a GNU long link that leads out",
            refused,
            &[long(b'K', outside), link(&own("tar-gnu-link", "way"), b'2', "good")],
        ),
        case(
            "tar-both-names",
            "a GNU long name and a PAX name that disagree",
            Harm::Any,
            &[
                pax(b'x', &[("path", &own("tar-both-names", "pax.py"))]),
                long(b'L', &own("tar-both-names", "gnu.py")),
                file(&own("tar-both-names", "x.py"), "x"),
            ],
        ),
        case(
            "tar-twice",
            "two entries of one name",
            Harm::Harmless,
            &[file(&own("tar-twice", "pyproject.toml"), "[build-system")],
        ),
        case(
            "tar-file-and-folder",
            "a file where a folder is needed",
            refused,
            &[
                file(&own("tar-file-and-folder", "x"), "x"),
                file(&own("tar-file-and-folder", "x/y"), "x"),
            ],
        ),
        case(
            "tar-setuid",
            "a set-user-id bit",
            Harm::Harmless,
            &[{
                let mut block = file(&own("tar-setuid", "suid"), "x");
                block[100..107].copy_from_slice(b"0004755");
                block[148..156].copy_from_slice(b"        ");
                let sum: u32 = block[..512].iter().map(|byte| u32::from(*byte)).sum();
                block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
                block
            }],
        ),
        case(
            "tar-huge",
            "an entry that says it has eight gigabytes",
            refused,
            &[entry(&own("tar-huge", "large"), b'0', "", (8 << 30) - 1, &[])],
        ),
    ];
    let file_name = |name: &str| format!("{}-1.0.tar.gz", name.replace('-', "_"));
    let mut other = |name, about, harm, bytes| {
        cases.push(Case::new(name, about, harm, file_name(name), bytes));
    };
    let two = [packed(&sdist("tar-two-members", &[], &[])), packed(&file("../evil", "x"))].concat();
    other("tar-two-members", "a second gzip member behind the end", Harm::Any, two);
    let behind = sdist("tar-behind-end", &[], &[[0; 1024].to_vec(), file(&climb, "x")].concat());
    other("tar-behind-end", "an entry behind the end mark", Harm::Any, packed(&behind));
    let mut cut = packed(&sdist("tar-cut", &[], &[]));
    cut.truncate(cut.len() - 40);
    other("tar-cut", "an archive that was cut short", refused, cut);
    let mut bomb = sdist("tar-bomb", &[], &[]);
    bomb.truncate(bomb.len() - 1024);
    bomb.extend(entry("tar_bomb-1.0/zeros", b'0', "", 1100 << 20, &[]));
    other(
        "tar-bomb",
        "a megabyte that unpacks to more than a gigabyte",
        refused,
        [packed(&bomb), accel_testkit::zip::gzip_zeros(1100)].concat(),
    );
    other(
        "tar-zip",
        "a zip archive behind the tar, which made pip take it for one (26.1, #13867)",
        Harm::Any,
        {
            let zip =
                accel_testkit::zip::ZipMaker::new([accel_testkit::zip::ZipMember::new("x", "x")]);
            [packed(&sdist("tar-zip", &[], &[])), zip.build()].concat()
        },
    );
    cases
}
