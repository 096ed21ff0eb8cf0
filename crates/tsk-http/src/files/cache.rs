//! `Cache-Control` (RFC 9111 §5.2).

use std::{path::Path, time::Duration};

use http::HeaderValue;

/// How long the answer for a file may be reused without asking.
#[derive(Debug, Clone)]
pub(super) struct CachePolicy {
    /// Of what is neither a page nor immutable.
    ordinary: HeaderValue,
    /// Patterns of names that never stand for other bytes.
    immutable: Vec<String>,
}

/// To be kept, but not reused without asking whether it is still right.
pub(super) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// A year: what RFC 2616 §14.21 allowed at most, and what caches take for forever since.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("max-age=31536000, immutable");

impl Default for CachePolicy {
    /// Without a word caches would guess (RFC 9111 §4.2.2), and a file that was changed be seen as it was for days.
    fn default() -> Self {
        Self { ordinary: NO_CACHE, immutable: Vec::new() }
    }
}

impl CachePolicy {
    pub(super) fn set_max_age(&mut self, age: Duration) {
        self.ordinary = match age.as_secs() {
            0 => NO_CACHE,
            seconds => {
                HeaderValue::try_from(format!("max-age={seconds}")).expect("digits are valid in a header")
            }
        };
    }

    pub(super) fn add_immutable(&mut self, pattern: String) {
        self.immutable.push(pattern);
    }

    /// A page is where a release is noticed first, so it is always asked for anew.
    pub(super) fn of(&self, relative: &Path, media_type: &HeaderValue) -> HeaderValue {
        if media_type.as_bytes().starts_with(b"text/html") {
            return NO_CACHE;
        }
        let name = relative.as_os_str().as_encoded_bytes();
        let is_immutable = self.immutable.iter().any(|pattern| matches(pattern.as_bytes(), name));
        if is_immutable { IMMUTABLE } else { self.ordinary.clone() }
    }
}

/// Whether the whole name is as the pattern says: `*` stands for any bytes, `?` for one. It goes back to the last `*`
/// alone, so a name is never looked at more often than the pattern is long.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut pos) = (0, 0);
    let mut star = None;
    while pos < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, pos));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[pos] => {
                at += 1;
                pos += 1;
            }
            _ => match &mut star {
                Some((before, taken)) => {
                    *taken += 1;
                    (at, pos) = (*before + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_the_whole_name() {
        for (pattern, name, expected) in [
            ("assets/*", "assets/app.js", true),
            ("assets/*", "assets/a/b.js", true),
            ("assets/*", "other/assets/app.js", false),
            ("*.????????.js", "app.0a1b2c3d.js", true),
            ("*.????????.js", "vendor/app.0a1b2c3d.js", true),
            ("*.????????.js", "app.0a1b2c3.js", false),
            ("*.????????.js", "app.0a1b2c3d.js.map", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("app.js", "app.js", true),
            ("app.js", "app.jsx", false),
            ("**", "", true),
            ("", "", true),
            ("", "a", false),
            ("*a", "aaab", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_no_trap() {
        let (pattern, name) = ("*a".repeat(1000), "a".repeat(4000) + "b");
        assert!(!matches(pattern.as_bytes(), name.as_bytes()));
    }

    #[test]
    fn ages_are_whole_seconds() {
        let of = |age| {
            let mut policy = CachePolicy::default();
            policy.set_max_age(age);
            policy.of(Path::new("a.css"), &HeaderValue::from_static("text/css"))
        };
        assert_eq!(of(Duration::from_secs(3600)), "max-age=3600");
        assert_eq!(of(Duration::from_millis(900)), "no-cache");
    }
}
