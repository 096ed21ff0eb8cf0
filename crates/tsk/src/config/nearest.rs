//! The word that somebody probably meant.

/// Longer words are nobody's misspelling, and would cost time to compare.
const MAX_CHARS: usize = 64;

/// The candidate that takes the fewest edits to reach, if they are few beside its length.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(MAX_CHARS + 1).collect();
    candidates
        .iter()
        .filter_map(|candidate| {
            let chars: Vec<char> = candidate.chars().take(MAX_CHARS + 1).collect();
            let longest = word.len().max(chars.len());
            if longest > MAX_CHARS {
                return None;
            }
            let distance = distance(&word, &chars);
            (distance <= (longest / 3).max(1) && distance < longest).then_some((distance, *candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and exchanges of neighbours that lead from `a` to `b` (optimal string
/// alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut best = (last[j] + usize::from(a[i] != b[j])).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant_and_no_other() {
        let known = ["listen", "head_timeout", "idle_timeout", "port"];
        assert_eq!(nearest("prot", &known), Some("port"));
        assert_eq!(nearest("lsten", &known), Some("listen"));
        assert_eq!(nearest("head-timeout", &known), Some("head_timeout"));
        assert_eq!(nearest("headtimeout", &known), Some("head_timeout"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest("x", &["y"]), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), &known), None);
    }

    #[test]
    fn counts_edits() {
        let distance = |a: &str, b: &str| distance(&Vec::from_iter(a.chars()), &Vec::from_iter(b.chars()));
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("prot", "port"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
