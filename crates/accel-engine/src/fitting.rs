//! Which files of a page can be of use to a run at all, told by their names.

use crate::session::Session;
use accel_index::Fits;
use accel_types::{Tag, TagList, WheelParts};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Accepts wheels for the target or for the interpreter that builds are made with, and whatever is
/// no wheel. What it refuses no resolver of this run would look at twice.
pub(crate) fn of(session: &Session<'_>) -> Fits {
    let targets = [session.tags().clone(), session.python.tags().clone()];
    let known = RwLock::new(HashMap::<Box<str>, bool>::new());
    Arc::new(move |filename: &str| {
        let Some(WheelParts { tags, .. }) = WheelParts::split(filename) else { return true };
        let verdict = known.read().unwrap_or_else(PoisonError::into_inner).get(tags).copied();
        verdict.unwrap_or_else(|| {
            let verdict = fit(&targets, tags);
            known.write().unwrap_or_else(PoisonError::into_inner).insert(tags.into(), verdict);
            verdict
        })
    })
}

fn fit(targets: &[TagList], tags: &str) -> bool {
    let tags = Tag::parse_set(tags).unwrap_or_default();
    targets.iter().any(|target| target.best_rank(&tags).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tag_for_one_target_is_enough() {
        let target = |text: &str| TagList::new(Tag::parse_set(text).unwrap());
        let targets = [target("cp312-cp312-win_amd64"), target("py3-none-any")];
        assert!(fit(&targets, "py2.py3-none-any"));
        assert!(fit(&targets, "cp312-cp312-win32.win_amd64"));
        assert!(!fit(&targets, "cp311-cp311-win_amd64"));
        assert!(!fit(&targets, "no tags"));
    }
}
