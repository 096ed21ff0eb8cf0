//! Paths that are found without a walk through the tree.

use std::ops::Range;

/// Finds what most paths are: literal, or literal but for a parameter that is their last segment.
///
/// What it finds is what the tree would find, as the more literal route is taken, and none is more literal. What it does
/// not find is left to the tree.
#[derive(Debug)]
pub(super) struct Literals {
    /// Literal paths.
    paths: Slots,
    /// What is literal of the others, up to their last slash.
    stems: Slots,
}

/// Text by its hash. It is fixed at the start, so that no client can fill a slot.
#[derive(Debug)]
struct Slots(Box<[Vec<Known>]>);

#[derive(Debug, Clone)]
struct Known {
    text: Box<str>,
    value: usize,
}

impl Literals {
    /// Takes templates, and what is at each.
    pub(super) fn new<'a>(templates: impl Iterator<Item = (&'a str, usize)> + Clone) -> Self {
        let paths = templates.clone().filter(|(template, _)| is_literal(template));
        let stems = templates.clone().filter_map(|(template, value)| Some((stem(template)?, value)));
        // Of ten thousand templates few take what is more literal than a parameter, and mostly none.
        let dividing = templates.clone().map(|(template, _)| template);
        let dividing: Vec<_> = dividing.filter(|template| template.split('/').any(is_mixed)).collect();
        let stems = stems.filter(|(stem, _)| !dividing.iter().any(|other| divides(stem, other)));
        Self { paths: Slots::new(paths), stems: Slots::new(stems) }
    }

    /// What is at a path, and where in the path its parameter is.
    #[inline]
    pub(super) fn find(&self, path: &str) -> Option<(usize, Option<Range<usize>>)> {
        if let Some(value) = self.paths.get(path) {
            return Some((value, None));
        }
        let parameter = memchr::memrchr(b'/', path.as_bytes())? + 1..path.len();
        let value = self.stems.get(&path[..parameter.start])?;
        // A parameter is at least one byte.
        (!parameter.is_empty()).then_some((value, Some(parameter)))
    }
}

fn is_literal(template: &str) -> bool {
    !template.contains(['{', '}'])
}

/// What is before a parameter that is the last segment, where nothing else is but literal.
fn stem(template: &str) -> Option<&str> {
    let (stem, last) = template.split_at(template.rfind('/')? + 1);
    (is_literal(stem) && is_parameter(last)).then_some(stem)
}

/// Whether a segment is `{name}`, and no more.
fn is_parameter(segment: &str) -> bool {
    let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| is_literal(name) && !name.starts_with('*'))
}

/// Whether, of what follows the stem, a template takes some that is more literal than any parameter: `{name}.json`.
fn divides(stem: &str, template: &str) -> bool {
    let Some(rest) = template.strip_prefix(stem) else { return false };
    is_mixed(rest.split('/').next().unwrap_or_default())
}

/// Whether a segment is a parameter with something literal beside it.
fn is_mixed(segment: &str) -> bool {
    !is_literal(segment) && !is_parameter(segment) && !segment.starts_with("{*")
}

impl Slots {
    fn new<'a>(texts: impl Iterator<Item = (&'a str, usize)> + Clone) -> Self {
        let count = (2 * texts.clone().count()).next_power_of_two();
        let mut slots = Self(vec![Vec::new(); count].into());
        for (text, value) in texts {
            let slot = slots.slot(text);
            slots.0[slot].push(Known { text: text.into(), value });
        }
        slots
    }

    #[inline]
    fn get(&self, text: &str) -> Option<usize> {
        let known = self.0.get(self.slot(text))?.iter().find(|known| *known.text == *text);
        known.map(|known| known.value)
    }

    #[inline]
    fn slot(&self, text: &str) -> usize {
        hash(text.as_bytes()) as usize & (self.0.len() - 1)
    }
}

/// Of its ends and its length: what is between them seldom tells paths from each other.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    // Fibonacci hashing: the upper bits depend on all.
    (ends ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// What is found by the literals alone.
    fn found(templates: &[&str], path: &str) -> Option<usize> {
        let templates = templates.iter().copied().zip(0..);
        Literals::new(templates).find(path).map(|(value, _)| value)
    }

    #[test]
    fn a_path_is_found_without_the_tree_and_so_is_one_that_ends_in_a_parameter() {
        let templates = ["/", "/users", "/users/{id}", "/users/me", "/{*rest}"];
        assert_eq!(found(&templates, "/"), Some(0));
        assert_eq!(found(&templates, "/users"), Some(1));
        assert_eq!(found(&templates, "/users/42"), Some(2));
        assert_eq!(found(&templates, "/users/me"), Some(3));
        assert_eq!(Literals::new([("/a/{id}", 7)].into_iter()).find("/a/42"), Some((7, Some(3..5))));
    }

    #[test]
    fn what_may_be_matched_otherwise_is_left_to_the_tree() {
        assert_eq!(found(&["/users/{id}"], "/users/"), None);
        assert_eq!(found(&["/users/{id}"], "/users/42/posts"), None);
        assert_eq!(found(&["/a/{id}", "/a/{id}.json"], "/a/b"), None);
        assert_eq!(found(&["/a/{{b}}"], "/a/{b}"), None);
    }

    const TEMPLATE: &str = r"(/(a|b|ab|\{x\}|a\{x\}|\{x\}b|\{x\}b\{y\}|\{\{|\{\*x\}|)){1,3}";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn finds_what_the_tree_finds(
            templates in proptest::collection::vec(TEMPLATE, 1..8),
            paths in proptest::collection::vec("(/[ab{]{0,3}){1,3}", 1..20),
        ) {
            let mut tree = matchit::Router::new();
            let templates = templates.into_iter().zip(0..);
            let templates: Vec<_> = templates.filter(|(it, value)| tree.insert(it, *value).is_ok()).collect();
            let literals = Literals::new(templates.iter().map(|(template, value)| (&**template, *value)));
            for path in paths {
                if let Some((value, parameter)) = literals.find(&path) {
                    let matched = tree.at(&path).unwrap();
                    prop_assert_eq!(*matched.value, value, "{}", path);
                    let parameters: Vec<_> = matched.params.iter().map(|(_, value)| value).collect();
                    let expected: Vec<_> = parameter.into_iter().map(|range| &path[range]).collect();
                    prop_assert_eq!(parameters, expected, "{}", path);
                }
            }
        }
    }
}
