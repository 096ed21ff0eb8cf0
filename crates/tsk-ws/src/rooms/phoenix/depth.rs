//! How deep JSON nests, without recursion.

/// Whether brackets and braces nest at most so deep. Of text that is not JSON the answer means nothing.
pub(super) fn is_at_most(text: &str, limit: usize) -> bool {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if is_quoted {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_quoted = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return false;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_and_what_is_quoted_does_not() {
        assert!(is_at_most(r#"[1,{"a":"[[[[\"[[["}]"#, 2));
        assert!(!is_at_most(r#"[1,{"a":[]}]"#, 2));
        assert!(is_at_most("[][][]", 1));
    }
}
