//! An interpreter that another package manager looks after (PEP 668): a copy of a real one's program
//! in a folder of its own, with the standard library behind links.

use std::os::unix::fs::symlink;
use std::path::Path;

/// What the manager wants said to those who install something.
const MARKER: &str = "[externally-managed]\nError=Ask the one who looks after this Python.\n\n Or make a \
                      virtual environment.\nError-de_DE=Nein.\n";

/// Makes it below `prefix`: `bin/python`, `lib/pythonX.Y` and the marker in there.
///
/// # Panics
/// If the interpreter has no program or no library where it is to have them.
pub fn interpreter(python: &Path, prefix: &Path) {
    let program = python.canonicalize().expect("the interpreter is there");
    let name = program.file_name().expect("a program has a name");
    let bin = program.parent().expect("a program lies in a folder");
    let library = bin.with_file_name("lib").join(name);
    let (our_bin, ours) = (prefix.join("bin"), prefix.join("lib").join(name));
    for folder in [&our_bin, &ours.join("site-packages")] {
        std::fs::create_dir_all(folder).expect("the stage takes folders");
    }
    std::fs::copy(&program, our_bin.join(name)).expect("the program can be read");
    symlink(name, our_bin.join("python")).expect("the stage takes links");
    for entry in std::fs::read_dir(&library).expect("the standard library is there").flatten() {
        let link = ours.join(entry.file_name());
        if !link.exists() {
            symlink(entry.path(), link).expect("the stage takes links");
        }
    }
    std::fs::write(ours.join("EXTERNALLY-MANAGED"), MARKER).expect("the stage takes files");
}
