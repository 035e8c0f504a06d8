//! Every corpus, and a few hundred changes of it that are always the same.

use std::path::Path;
use std::time::Instant;

use accel_fuzz::{Mutator, PATIENCE, TARGETS, corpus};

/// Changed inputs for each target; `cargo xtask fuzz` tries millions.
const CHANGED: usize = 400;

#[test]
fn corpora_and_what_is_almost_the_same_do_no_harm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for target in TARGETS {
        let corpus = corpus(&root, target.name).expect("every target has a corpus");
        assert!(corpus.len() > 1, "{} has no corpus", target.name);
        let start = Instant::now();
        for bytes in &corpus {
            (target.run)(bytes);
        }
        let mut mutator = Mutator::new(1, target.words);
        for _ in 0..CHANGED {
            (target.run)(&mutator.next(&corpus));
        }
        let each = start.elapsed() / u32::try_from(CHANGED).expect("a few");
        assert!(each < PATIENCE / 10, "{} takes {each:?} an input", target.name);
    }
}
