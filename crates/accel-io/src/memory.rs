//! Memory that was freed goes back to the system at once.
#![allow(unsafe_code)]

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_set, mi_option_t};

/// `mi_option_purge_delay`, which the bindings have no name for.
const PURGE_DELAY: mi_option_t = 15;

/// Milliseconds until freed memory goes back; the allocator's own is a thousand, which is longer than
/// most runs.
const DELAY: c_long = 1;

/// Tells the allocator to keep no freed memory: pages, unpacked wheels and downloads come and go on
/// many threads, and what one has freed another would not use for as long as it is kept.
///
/// To be called once, before there are threads; without effect where another allocator works.
pub fn give_back_soon() {
    // SAFETY: writes one number of a table within the allocator, and no thread reads it meanwhile.
    unsafe { mi_option_set(PURGE_DELAY, DELAY) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_the_one_that_is_meant() {
        // The allocator tells it by name and value where it was not set by a variable.
        // SAFETY: reads and writes numbers of a table.
        let before = unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) };
        assert!(before == 1000 || before == DELAY, "the allocator has other options: {before}");
        give_back_soon();
        // SAFETY: as before.
        assert_eq!(unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) }, DELAY);
    }
}
