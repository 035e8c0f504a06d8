//! Bytes that are almost right.

use accel_testkit::dice::Dice;

/// The longest input: what is larger is no more than a repetition to a parser.
const LONGEST: usize = 16 * 1024;

/// Numbers that are the ends of something.
const ENDS: [u64; 9] =
    [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff];

/// Changes inputs; the same seed gives the same changes.
pub struct Mutator {
    dice: Dice,
    words: &'static [&'static str],
}

impl Mutator {
    /// `words` are what the parser knows.
    pub fn new(seed: u64, words: &'static [&'static str]) -> Self {
        Self { dice: Dice::new(seed), words }
    }

    /// One of the corpus with one to eight changes.
    ///
    /// # Panics
    /// If the corpus is empty.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.dice.below(corpus.len())].clone();
        for _ in 0..self.dice.between(1, 8) {
            self.change(&mut bytes, corpus);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let dice = &mut self.dice;
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.between(1, 32)).min(bytes.len());
        match dice.below(10) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            2 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].repeat(dice.between(1, 64));
                bytes.splice(at..at, copy).for_each(drop);
            }
            5 => bytes.truncate(at),
            6 => {
                // The end of another one.
                let other = &corpus[dice.below(corpus.len())];
                bytes.truncate(at);
                bytes.extend(&other[dice.below(other.len() + 1)..]);
            }
            7 => {
                let number = ENDS[dice.below(ENDS.len())].to_le_bytes();
                let width = [1, 2, 4, 8][dice.below(4)];
                let end = (at + width).min(bytes.len());
                bytes.splice(at..end, number[..width].iter().copied()).for_each(drop);
            }
            _ if !self.words.is_empty() => {
                let word = dice.one(self.words).as_bytes();
                let end = if dice.chance(50) { at } else { end };
                bytes.splice(at..end, word.iter().copied()).for_each(drop);
            }
            _ => bytes.push(u8::try_from(dice.below(256)).expect("a byte")),
        }
    }
}
