//! Wheels whose archive is sound and whose contents mean harm.

use accel_testkit::wheel::WheelMaker;

use super::{Case, Harm};

fn wheel(name: &str) -> WheelMaker {
    WheelMaker::new(name, "1.0").file(&format!("{}.py", name.replace('-', "_")), "x = 1\n")
}

fn case(name: &'static str, about: &'static str, harm: Harm, maker: &WheelMaker) -> Case {
    Case::new(name, about, harm, maker.filename(), maker.build())
}

/// What RECORD may say about files of others.
pub fn records(outside: &str) -> Vec<Case> {
    let record = |name: &'static str, about, harm, row: &str| {
        let module = name.replace('-', "_");
        let text = format!("{module}.py,,\n{row}\n{module}-1.0.dist-info/RECORD,,\n");
        case(name, about, harm, &wheel(name).record(&text))
    };
    let climb = format!("{}{outside}/sentinel,,", "../".repeat(14).trim_end_matches('/'));
    vec![
        record(
            "record-climbs",
            "RECORD lists a file outside; uninstalling it (an advisory of uv)",
            Harm::Harmless,
            &climb,
        ),
        record(
            "record-absolute",
            "RECORD lists an absolute path",
            Harm::Harmless,
            &format!("{outside}/sentinel,,"),
        ),
        record(
            "record-python",
            "RECORD lists the interpreter",
            Harm::Harmless,
            "../../../bin/python,,",
        ),
        record(
            "record-journal",
            "RECORD lists the journal of the removal that reads it",
            Harm::Harmless,
            ".pip-accel-journal,,",
        ),
        record(
            "record-missing-file",
            "RECORD lists a file that is not there",
            Harm::Harmless,
            "nothing.py,,",
        ),
        record(
            "record-wrong-hash",
            "RECORD has another digest",
            Harm::Harmless,
            "record_wrong_hash-1.0.dist-info/WHEEL,sha256=AAAA,1",
        ),
        case(
            "record-lacks",
            "RECORD does not list a module",
            Harm::Harmless,
            &wheel("record-lacks").record("record_lacks-1.0.dist-info/RECORD,,\n"),
        ),
        case(
            "record-none",
            "no RECORD",
            Harm::Refused,
            &wheel("record-none").replace("RECORD", None),
        ),
        case(
            "record-binary",
            "a RECORD that is no text",
            Harm::Refused,
            &wheel("record-binary").replace("RECORD", Some(b"\xff\xfe\0,\0")),
        ),
    ]
}

pub fn programs(outside: &str) -> Vec<Case> {
    let entry = |name: &'static str, about, harm, program: &str, value: &str| {
        let maker = wheel(name).entry_point("console_scripts", program, value);
        case(name, about, harm, &maker)
    };
    let climb = format!("{}{outside}/evil", "../".repeat(14).trim_end_matches('/'));
    let refused = Harm::Refused;
    vec![
        entry(
            "entry-climbs",
            "a program outside of bin (pip 26.1.2, #14000; an advisory of uv)",
            refused,
            &climb,
            "a:b",
        ),
        entry("entry-climbs-one", "a program beside bin", refused, "../evil", "a:b"),
        entry(
            "entry-absolute",
            "a program with an absolute name",
            refused,
            &format!("{outside}/evil"),
            "a:b",
        ),
        entry("entry-folder", "a program in a folder below bin", Harm::Any, "folder/evil", "a:b"),
        entry("entry-dotdot", "a program named ..", refused, "..", "a:b"),
        entry("entry-python", "a program named python", Harm::Late, "python", "a:b"),
        entry("entry-python-version", "a program named python3", Harm::Late, "python3", "a:b"),
        entry("entry-pip", "a program named pip", Harm::Late, "pip", "a:b"),
        entry("entry-activate", "a program named activate", Harm::Late, "activate", "a:b"),
        entry("entry-no-function", "an entry point without a function", refused, "evil", "os"),
        entry(
            "entry-code",
            "code in an entry point's value",
            Harm::Any,
            "evil",
            "os:system('touch evil')",
        ),
        case(
            "entry-gui-python",
            "a program with a window named python",
            Harm::Late,
            &wheel("entry-gui-python").entry_point("gui_scripts", "python", "a:b"),
        ),
        case(
            "entry-points-broken",
            "an entry_points.txt that cannot be parsed",
            Harm::Any,
            &wheel("entry-points-broken").replace("entry_points.txt", Some(b"[console_scripts\nx")),
        ),
    ]
}

pub fn data(outside: &str) -> Vec<Case> {
    let put = |name: &'static str, about, harm, key: &str, path: &str| {
        case(name, about, harm, &wheel(name).data(key, path, "evil\n"))
    };
    let climb = format!("{}{outside}/evil", "../".repeat(14).trim_end_matches('/'));
    let refused = Harm::Refused;
    vec![
        put("data-climbs", ".data/data that climbs out", refused, "data", &climb),
        put("scripts-climb", ".data/scripts that climbs out", refused, "scripts", "../evil"),
        put("headers-climb", ".data/headers that climbs out", refused, "headers", "../../evil.h"),
        put("purelib-climbs", ".data/purelib that climbs out", refused, "purelib", "../evil.py"),
        put("unknown-scheme", ".data with a scheme that nobody knows", refused, "etc", "passwd"),
        put("scripts-python", ".data/scripts/python", Harm::Late, "scripts", "python"),
        put("scripts-activate", ".data/scripts/activate", Harm::Late, "scripts", "activate"),
        put("data-python", ".data/data/bin/python3", Harm::Late, "data", "bin/python3"),
        put("data-config", ".data/data/pyvenv.cfg", Harm::Late, "data", "pyvenv.cfg"),
        put("data-pip", ".data/data/bin/pip", Harm::Late, "data", "bin/pip"),
        case(
            "stray-data",
            "a file directly in .data",
            refused,
            &wheel("stray-data").file("stray_data-1.0.data/stray", "x"),
        ),
        case(
            "own-journal",
            "the names of pip-accel's own journal",
            refused,
            &wheel("own-journal").file(".pip-accel-journal", "").file(".pip-accel-stash/1", "x"),
        ),
        put("own-stash", "the same by way of .data", refused, "purelib", ".Pip-Accel-stash/1"),
        case(
            "path-file",
            "a .pth file, which -v names",
            Harm::Harmless,
            &wheel("path-file").file("evil.pth", "import os\n"),
        ),
        case(
            "site-customize",
            "sitecustomize.py, which -v names",
            Harm::Harmless,
            &wheel("site-customize").file("sitecustomize.py", "x = 1\n"),
        ),
    ]
}

pub fn names() -> Vec<Case> {
    let metadata = |name: &str, version: &str| {
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n").into_bytes()
    };
    let says = |name: &'static str, about, harm, text: &[u8]| {
        case(name, about, harm, &wheel(name).replace("METADATA", Some(text)))
    };
    let refused = Harm::Refused;
    vec![
        says("other-name", "METADATA names another project", refused, &metadata("keeper", "1.0")),
        says(
            "other-version",
            "METADATA has another version",
            Harm::Any,
            &metadata("other-version", "2.0"),
        ),
        says(
            "bad-version",
            "METADATA has a version that is none",
            Harm::Late,
            &metadata("bad-version", "../../1"),
        ),
        says(
            "path-as-name",
            "METADATA has a path as name",
            refused,
            &metadata("../../evil", "1.0"),
        ),
        says(
            "two-names",
            "METADATA has two names",
            Harm::Any,
            b"Metadata-Version: 2.1\nName: two-names\nName: keeper\nVersion: 1.0\n",
        ),
        says("no-name", "METADATA has no name", refused, b"Metadata-Version: 2.1\nVersion: 1.0\n"),
        case(
            "no-metadata",
            "no METADATA",
            refused,
            &wheel("no-metadata").replace("METADATA", None),
        ),
        case(
            "two-infos",
            "two .dist-info folders",
            refused,
            &wheel("two-infos").file("keeper-1.0.dist-info/METADATA", "Name: keeper\n"),
        ),
        case(
            "other-info",
            ".dist-info of another project",
            refused,
            &wheel("other-info").dist_info("keeper-1.0.dist-info"),
        ),
        case(
            "other-info-version",
            ".dist-info of another version",
            Harm::Any,
            &wheel("other-info-version").dist_info("other_info_version-2.0.dist-info"),
        ),
        case(
            "newer-format",
            "a format that is not known yet",
            refused,
            &wheel("newer-format").replace("WHEEL", Some(b"Wheel-Version: 2.0\n")),
        ),
        case(
            "direct-url",
            "a direct_url.json of its own",
            Harm::Any,
            &wheel("direct-url").file(
                "direct_url-1.0.dist-info/direct_url.json",
                "{\"url\": \"https://example.org/trusted.whl\", \"archive_info\": {}}",
            ),
        ),
        case(
            "installer",
            "an INSTALLER and a REQUESTED of its own",
            Harm::Harmless,
            &wheel("installer")
                .file("installer-1.0.dist-info/INSTALLER", "somebody\n")
                .file("installer-1.0.dist-info/REQUESTED", ""),
        ),
    ]
}
