//! The command that was meant by one that does not exist: Python's `difflib.get_close_matches`.

/// The candidate most like `word`, if any is 60 % like it.
pub fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let ratio = ratio(&candidate.chars().collect::<Vec<_>>(), &word);
        // Among equals Python's heap prefers the text that sorts last.
        if ratio >= 0.6 && best.is_none_or(|known| (ratio, *candidate) > known) {
            best = Some((ratio, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Twice the number of matching characters over the number of all.
#[allow(clippy::cast_precision_loss, reason = "lengths of words")]
fn ratio(a: &[char], b: &[char]) -> f64 {
    let all = a.len() + b.len();
    if all == 0 { 1.0 } else { 2.0 * matches(a, b) as f64 / all as f64 }
}

/// The length of the longest common block, and of those on its left and right.
fn matches(a: &[char], b: &[char]) -> usize {
    let (mut start_a, mut start_b, mut length) = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let common = a[i..].iter().zip(&b[j..]).take_while(|(x, y)| x == y).count();
            if common > length {
                (start_a, start_b, length) = (i, j, common);
            }
        }
    }
    if length == 0 {
        return 0;
    }
    length
        + matches(&a[..start_a], &b[..start_b])
        + matches(&a[start_a + length..], &b[start_b + length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let commands = ["install", "uninstall", "list", "freeze"];
        assert_eq!(closest("instal", &commands), Some("install"));
        assert_eq!(closest("frezee", &commands), Some("freeze"));
        assert_eq!(closest("zzz", &commands), None);
    }
}
