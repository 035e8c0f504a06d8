//! An array of which thousands of versions are kept at once: a copy shares all blocks, and a change
//! makes one of them anew. A search has a state for each pin, and each differs in a few places.

use std::rc::Rc;

/// Values in a block.
const SIZE: usize = 64;

/// The array.
#[derive(Debug, Clone)]
pub(crate) struct Blocks<T> {
    /// All full but the last, which is never empty.
    blocks: Rc<Vec<Rc<Vec<T>>>>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Rc::default() }
    }
}

impl<T: Clone> Blocks<T> {
    pub(crate) fn len(&self) -> usize {
        let before = self.blocks.len().saturating_sub(1) * SIZE;
        before + self.blocks.last().map_or(0, |last| last.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.blocks.get(at / SIZE)?.get(at % SIZE)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flat_map(|block| block.iter())
    }

    pub(crate) fn push(&mut self, value: T) {
        let blocks = Rc::make_mut(&mut self.blocks);
        match blocks.last_mut() {
            Some(last) if last.len() < SIZE => Rc::make_mut(last).push(value),
            _ => blocks.push(Rc::new(vec![value])),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let blocks = Rc::make_mut(&mut self.blocks);
        let last = Rc::make_mut(blocks.last_mut()?);
        let value = last.pop();
        if last.is_empty() {
            blocks.pop();
        }
        value
    }

    /// A place to write to, if there is such a place.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let block = Rc::make_mut(&mut self.blocks).get_mut(at / SIZE)?;
        Rc::make_mut(block).get_mut(at % SIZE)
    }
}

impl<T: Clone + Default> Blocks<T> {
    /// Puts a value at a place, which is made if need be; gives what was there.
    pub(crate) fn replace(&mut self, at: usize, value: T) -> T {
        while self.len() <= at {
            self.push(T::default());
        }
        self.get_mut(at).map_or_else(T::default, |place| std::mem::replace(place, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_keep_what_they_had() {
        let mut blocks = Blocks::default();
        for value in 0..=2 * SIZE {
            blocks.push(value);
        }
        let copy = blocks.clone();
        assert_eq!(blocks.replace(SIZE, 7), SIZE);
        assert_eq!(blocks.pop(), Some(2 * SIZE));
        assert_eq!((blocks.len(), blocks.get(SIZE)), (2 * SIZE, Some(&7)));
        assert_eq!((copy.len(), copy.get(SIZE)), (2 * SIZE + 1, Some(&SIZE)));
        assert!(copy.iter().copied().eq(0..=2 * SIZE));
    }

    #[test]
    fn a_place_far_behind_the_end_is_made() {
        let mut blocks = Blocks::default();
        assert_eq!(blocks.replace(SIZE + 1, 3), 0);
        assert_eq!(blocks.len(), SIZE + 2);
        assert_eq!((blocks.pop(), blocks.pop(), blocks.pop()), (Some(3), Some(0), Some(0)));
        assert_eq!(blocks.len(), SIZE - 1);
        while blocks.pop().is_some() {}
        assert!(blocks.is_empty());
        assert_eq!(blocks.get(0), None);
    }
}
