//! Why a target is not met, as profiles showed it; `docs/performance.md` has more.

/// Whose ratio it is (a part of its name), in which scenario (a part of its name, too), and why.
const REASONS: &[(&str, &str, &str)] = &[
    (
        "",
        "/ raw loop",
        "besides what the loop does each kept file is looked at before it is linked (a tenth of the \
         time), RECORD and its like are written, and the process starts and reads its plan on one core \
         (a tenth)",
    ),
    (
        "venv",
        "venv --without-pip / uv venv",
        "uv keeps interpreters' facts now, too; nine tenths of what is left is the start of a process",
    ),
    (
        "cold",
        "bytecode / uv, bytecode",
        "Python's own compiler takes nine tenths of the CPU, in which a profile finds nothing but parsing \
         and writing code; were all else free, the ratio would be about 0.85",
    ),
    (
        "cold",
        "bytecode / pip, bytecode",
        "the compiler alone, on two cores, takes more than the target allows",
    ),
    (
        "cold",
        "no bytecode / uv, no bytecode",
        "both need the same CPU on two cores that the mirror shares; half of it is the kernel's, for \
         files that are written and linked",
    ),
    (
        "",
        "bytecode / uv, bytecode",
        "a third more links than without, of which the raw loop alone takes nearly the time that is allowed",
    ),
    (
        "",
        "bytecode / pip, bytecode",
        "linking as many files as the raw loop would, for a third more links",
    ),
    ("", "peak memory", "files on their way count as memory of the process"),
];

/// The reason of a ratio in a scenario.
pub fn of(scenario: &str, ratio: &str) -> Option<&'static str> {
    let is_of = |(whose, what, _): &&(&str, &str, &'static str)| {
        scenario.contains(whose)
            && ratio.contains(what)
            && (ratio.starts_with("peak memory") == (*what == "peak memory"))
    };
    REASONS.iter().find(is_of).map(|(_, _, why)| *why)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_reason_that_fits_is_given() {
        let cold = super::of("cold-20ms", "pip-accel, no bytecode / uv, no bytecode");
        assert!(cold.is_some_and(|why| why.starts_with("both need")), "{cold:?}");
        let memory = super::of("many-wheels", "peak memory, pip-accel, 10,000 / uv, 10,000");
        assert!(memory.is_some_and(|why| why.starts_with("files")), "{memory:?}");
        assert_eq!(super::of("no-op", "pip-accel / uv"), None);
    }
}
