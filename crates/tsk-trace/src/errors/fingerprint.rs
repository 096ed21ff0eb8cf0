//! What a message has in common with others of its kind.

use crate::seen::excerpt;

/// How much of a message is looked at, in bytes.
const LOOKED_AT: usize = 1024;

/// A message without what is different each time: numbers and long identifiers are `#`, and what is quoted is `…`.
///
/// What is quoted is often what the client sent, which is not shown either.
pub(super) fn pattern(message: &str, most: usize) -> Box<str> {
    let end = message.char_indices().map(|(at, _)| at).find(|at| *at >= LOOKED_AT);
    let mut rest = &message[..end.unwrap_or(message.len())];
    let mut pattern = String::new();
    // Within a word a quotation mark is an apostrophe.
    let mut is_in_word = false;
    while let Some(first) = rest.chars().next() {
        let quotation = if is_in_word { 0 } else { quoted(rest, first) };
        let length = if quotation > 0 {
            pattern.extend([first, '…', first]);
            quotation
        } else if first.is_alphanumeric() {
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            let end = if is_uuid(rest) { UUID } else { end };
            pattern.push_str(&word(&rest[..end]));
            end
        } else {
            pattern.push(if first.is_control() { ' ' } else { first });
            first.len_utf8()
        };
        is_in_word = first.is_alphanumeric();
        rest = &rest[length..];
    }
    excerpt(&pattern, most)
}

/// How long the quotation is that a text begins with; 0 where it does not end.
fn quoted(text: &str, quote: char) -> usize {
    if !matches!(quote, '"' | '`' | '\'') {
        return 0;
    }
    let inner = &text[quote.len_utf8()..];
    inner.find(quote).map_or(0, |end| end + 2 * quote.len_utf8())
}

const UUID: usize = 36;

/// RFC 9562 §4.
fn is_uuid(text: &str) -> bool {
    text.as_bytes().get(..UUID).is_some_and(|text| {
        text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

fn word(word: &str) -> String {
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    let is_hexadecimal = word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    if is_uuid(word) || has_digit && is_hexadecimal {
        return "#".to_owned();
    }
    let mut shown = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '0'..='9' if shown.ends_with('#') => {}
            '0'..='9' => shown.push('#'),
            _ => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_each_time_is_left_out() {
        for (message, expected) in [
            ("no user 42", "no user #"),
            ("no user 8f14e45fceea167a", "no user #"),
            ("key (email)=('a@b.example') exists", "key (email)=('…') exists"),
            ("job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is gone", "job # is gone"),
            ("it isn't there, and wasn't", "it isn't there, and wasn't"),
            ("timeout after 1.5s", "timeout after #.#s"),
            ("decade facade", "decade facade"),
        ] {
            assert_eq!(&*pattern(message, 200), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_bounded_pattern_that_is_its_own(text in "\\PC{0,300}", most in 0..100usize) {
            let once = pattern(&text, most);
            prop_assert!(once.chars().count() <= most);
            prop_assert!(!once.contains(|c: char| c.is_ascii_digit()));
        }

        #[test]
        fn numbers_make_no_difference(a: u64, b: u64) {
            prop_assert_eq!(pattern(&format!("row {a} of table"), 200), pattern(&format!("row {b} of table"), 200));
        }
    }
}
