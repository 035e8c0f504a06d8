//! Specifier sets, interned, so that ANDing many of them and asking the same thing twice is cheap.

use std::collections::HashMap;
use std::rc::Rc;

use accel_types::SpecifierSet;

/// An interned specifier set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct SpecId(u32);

impl SpecId {
    /// The set without any specifier.
    pub(crate) const EMPTY: Self = Self(0);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A specifier set with what pip asks of its operators.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) set: SpecifierSet,
    /// Holds `===`, or `==` without `*`: what pip's preference calls pinned.
    pub(crate) pinned: bool,
    /// Holds `<`, `<=`, `~=`, or `==` with `*`.
    pub(crate) upper_bounded: bool,
    /// Fixes the version (`===`, or `==` not ending in `.*`): a yanked file may serve.
    pub(crate) fixed: bool,
    /// Has one specifier, and it is `==` or `===`: what hash mode calls pinned.
    pub(crate) single_pin: bool,
}

impl Spec {
    fn new(set: SpecifierSet) -> Self {
        let mut spec =
            Self { pinned: false, upper_bounded: false, fixed: false, single_pin: false, set };
        let mut count = 0;
        let mut exact = false;
        for specifier in &spec.set {
            let operator = specifier.operator().as_str();
            let wildcard = specifier.version().contains('*');
            count += 1;
            spec.fixed |= specifier.is_pin();
            exact |= operator == "==" || operator == "===";
            spec.pinned |= operator.starts_with("==") && !wildcard;
            spec.upper_bounded |=
                matches!(operator, "<" | "<=" | "~=") || (operator == "==" && wildcard);
        }
        spec.single_pin = count == 1 && exact;
        spec
    }
}

/// All specifier sets that were met.
#[derive(Debug)]
pub(crate) struct Specs {
    by_id: Vec<Rc<Spec>>,
    by_text: HashMap<String, SpecId>,
    both: HashMap<(SpecId, SpecId), SpecId>,
}

impl Specs {
    pub(crate) fn new() -> Self {
        let mut specs = Self { by_id: Vec::new(), by_text: HashMap::new(), both: HashMap::new() };
        specs.intern(SpecifierSet::default());
        specs
    }

    pub(crate) fn get(&self, id: SpecId) -> &Rc<Spec> {
        &self.by_id[id.index()]
    }

    pub(crate) fn intern(&mut self, set: SpecifierSet) -> SpecId {
        let text = set.to_string();
        if let Some(id) = self.by_text.get(&text) {
            return *id;
        }
        let id = SpecId(u32::try_from(self.by_id.len()).expect("fewer than 2^32 specifiers"));
        self.by_id.push(Rc::new(Spec::new(set)));
        self.by_text.insert(text, id);
        id
    }

    /// What satisfies both.
    pub(crate) fn and(&mut self, one: SpecId, other: SpecId) -> SpecId {
        if one == other || other == SpecId::EMPTY {
            return one;
        }
        if one == SpecId::EMPTY {
            return other;
        }
        if let Some(id) = self.both.get(&(one, other)) {
            return *id;
        }
        let set = self.get(one).set.intersect(&self.get(other).set);
        let id = self.intern(set);
        self.both.insert((one, other), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_apart() {
        let mut specs = Specs::new();
        let mut facts = |text: &str| {
            let id = specs.intern(text.parse().unwrap());
            let spec = specs.get(id);
            (spec.pinned, spec.upper_bounded, spec.single_pin)
        };
        assert_eq!(facts(""), (false, false, false));
        assert_eq!(facts("==1"), (true, false, true));
        assert_eq!(facts("===1"), (true, false, true));
        assert_eq!(facts("==1.*"), (false, true, true));
        assert_eq!(facts("==1,>0"), (true, false, false));
        assert_eq!(facts("~=1.0"), (false, true, false));
        assert_eq!(facts(">=1,!=2"), (false, false, false));
    }

    #[test]
    fn and_is_memoised_and_order_does_not_matter() {
        let mut specs = Specs::new();
        let one = specs.intern(">=1".parse().unwrap());
        let two = specs.intern("<2".parse().unwrap());
        assert_eq!(specs.and(one, two), specs.and(two, one));
        assert_eq!(specs.and(one, SpecId::EMPTY), one);
    }
}
