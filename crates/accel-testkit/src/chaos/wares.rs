//! What is installed: four small wheels in two versions, a fifth one, and a source distribution.

use std::collections::BTreeMap;
use std::path::Path;

use crate::sdist::SdistMaker;
use crate::wheel::WheelMaker;

/// Projects and versions.
pub(super) type Pins = BTreeMap<String, String>;

/// The wheels that are installed, upgraded and removed together.
const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// These four in one version.
pub(super) fn pins(version: &str) -> Pins {
    NAMES.iter().map(|name| ((*name).to_owned(), version.to_owned())).collect()
}

/// `NAME==VERSION` of each.
pub(super) fn words(pins: &Pins) -> Vec<String> {
    pins.iter().map(|(name, version)| format!("{name}=={version}")).collect()
}

/// The pins of a requirement file, names as in `.dist-info` folders.
pub(super) fn pins_of(requirements: &Path) -> Pins {
    let text = std::fs::read_to_string(requirements).expect("a requirement file");
    let pins = text.lines().filter_map(|line| line.split_whitespace().next()?.split_once("=="));
    pins.map(|(name, version)| (escaped(name), version.to_owned())).collect()
}

/// A name as `.dist-info` folders have it, in lower case.
pub(super) fn escaped(name: &str) -> String {
    name.to_lowercase().replace(['-', '.'], "_")
}

/// The source distribution that the others don't need.
pub(super) fn built() -> Pins {
    Pins::from([("made".to_owned(), "1.0".to_owned())])
}

/// Somebody else's distribution.
pub(super) fn other() -> Pins {
    Pins::from([("other".to_owned(), "1.0".to_owned())])
}

/// Writes all of them into a folder.
pub(super) fn write(folder: &Path) {
    for name in NAMES {
        for version in ["1.0", "2.0"] {
            wheel(name, version).write_to(folder);
        }
    }
    WheelMaker::new("other", "1.0").file("other.py", "other = 1\n").write_to(folder);
    sdist().write_to(folder);
}

/// Files that both versions have, that differ, and that only one of them has; programs, data,
/// a folder of its own for each version, and metadata.
fn wheel(name: &str, version: &str) -> WheelMaker {
    let mut wheel = WheelMaker::new(name, version)
        .file(&format!("{name}/__init__.py"), format!("version = '{version}'\n"))
        .file(&format!("{name}/same.py"), "same = True\n")
        .file(&format!("only_{name}_{}.py", &version[..1]), "x = 1\n")
        .data("data", &format!("share/{name}/{version}/text"), version)
        .data("scripts", &format!("{name}-script"), format!("#!python\nprint('{version}')\n"))
        .entry_point("console_scripts", &format!("{name}-program"), &format!("{name}:main"));
    let part = if version == "1.0" { "old" } else { "new" };
    for number in 0..12 {
        let text = format!("number = {number}, '{version}'\n");
        wheel = wheel
            .file(&format!("{name}/shared/m{number}.py"), &text)
            .file(&format!("{name}/{part}/part{}/m{number}.txt", number / 4), &text);
    }
    wheel
}

/// One whose backend needs nothing and writes a wheel of a few files.
fn sdist() -> SdistMaker {
    let backend = "\
import os, zipfile
def build_wheel(folder, settings=None, metadata=None):
    name = 'made-1.0-py3-none-any.whl'
    info = 'made-1.0.dist-info/'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
        rows = []
        def put(path, text):
            # The same bytes from each build.
            wheel.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
            rows.append(path + ',,\\n')
        for number in range(8):
            put('made/m%d.py' % number, 'number = %d\\n' % number)
        put(info + 'METADATA', 'Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\n')
        put(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        put(info + 'RECORD', ''.join(rows) + info + 'RECORD,,\\n')
    return name
";
    let system = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    SdistMaker::new("made", "1.0").file("pyproject.toml", system).file("backend.py", backend)
}
