//! Rooms by name, and patterns of such names.

use std::{fmt, str::FromStr, sync::Arc};

use super::phoenix::{CONNECTION, MAX_NAME};

/// The name of a room: 1 to 255 bytes, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// A name, if it is one.
    pub fn new(name: &str) -> Option<Self> {
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME
            && name != CONNECTION
            && !name.chars().any(char::is_control);
        is_name.then(|| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rooms that are alike: a name such as `lobby`; `chat:*` for all that begin with `chat:`; `inbox:{principal}` for those of
/// which each belongs to one caller, by its identity.
///
/// ```
/// use tsk_ws::rooms::{Pattern, Topic};
///
/// let pattern: Pattern = "chat:*".parse()?;
/// assert!(pattern.matches(&Topic::new("chat:lobby").unwrap()));
/// assert!(!pattern.matches(&Topic::new("chat:").unwrap()));
/// # Ok::<(), tsk_ws::rooms::NoPattern>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    literal: Box<str>,
    rest: Rest,
}

/// What comes after the literal part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Rest {
    Any,
    Principal,
    Nothing,
}

const ANY: &str = "*";
const PRINCIPAL: &str = "{principal}";

impl Pattern {
    /// Whether a room is one of these.
    pub fn matches(&self, topic: &Topic) -> bool {
        match topic.as_str().strip_prefix(&*self.literal) {
            None => false,
            Some(rest) => rest.is_empty() == (self.rest == Rest::Nothing),
        }
    }

    /// Whether a room of these is open to somebody with that identity, as far as its name goes.
    pub fn admits(&self, topic: &Topic, principal: Option<&str>) -> bool {
        match self.rest {
            Rest::Principal => topic.as_str().strip_prefix(&*self.literal) == principal,
            Rest::Any | Rest::Nothing => true,
        }
    }

    /// By how much it is preferred to others that match as well: a name to a pattern, and the longer one to the shorter.
    pub fn precedence(&self) -> impl Ord + use<> {
        (self.rest == Rest::Nothing, self.literal.len(), self.rest)
    }
}

impl FromStr for Pattern {
    type Err = NoPattern;

    fn from_str(text: &str) -> Result<Self, NoPattern> {
        let (literal, rest) = match (text.strip_suffix(ANY), text.strip_suffix(PRINCIPAL)) {
            (Some(literal), _) => (literal, Rest::Any),
            (_, Some(literal)) => (literal, Rest::Principal),
            _ => (text, Rest::Nothing),
        };
        let is_plain = !literal.contains(['*', '{', '}']) && literal.len() < MAX_NAME;
        let is_name = Topic::new(literal).is_some() || (literal.is_empty() && rest == Rest::Any);
        if is_plain && is_name { Ok(Self { literal: literal.into(), rest }) } else { Err(NoPattern) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.literal)?;
        f.write_str(match self.rest {
            Rest::Any => ANY,
            Rest::Principal => PRINCIPAL,
            Rest::Nothing => "",
        })
    }
}

/// Text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPattern;

impl fmt::Display for NoPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is no pattern of rooms: write a name such as `lobby`, or `chat:*`, or `inbox:{principal}`; of at most 254 bytes",
        )
    }
}

impl std::error::Error for NoPattern {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn topic(name: &str) -> Topic {
        Topic::new(name).unwrap()
    }

    #[test]
    fn a_pattern_matches_what_it_says() {
        for (pattern, name, is_one) in [
            ("lobby", "lobby", true),
            ("lobby", "lobby2", false),
            ("chat:*", "chat:1", true),
            ("chat:*", "chat:1:2", true),
            ("chat:*", "chat:", false),
            ("chat:*", "chatter", false),
            ("*", "anything", true),
            ("inbox:{principal}", "inbox:ada", true),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(&topic(name)), is_one, "{pattern} {name}");
        }
    }

    #[test]
    fn a_room_of_ones_own_admits_nobody_else() {
        let pattern: Pattern = "inbox:{principal}".parse().unwrap();
        assert!(pattern.admits(&topic("inbox:ada"), Some("ada")));
        assert!(!pattern.admits(&topic("inbox:ada"), Some("eve")));
        assert!(!pattern.admits(&topic("inbox:ada"), Some("ad")));
        assert!(!pattern.admits(&topic("inbox:ada"), None));
    }

    #[test]
    fn the_narrower_pattern_is_preferred() {
        let mut patterns: Vec<Pattern> = ["*", "chat:*", "chat:vip:*", "chat:{principal}", "chat:vip:1"]
            .iter()
            .map(|p| p.parse().unwrap())
            .collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.precedence()));
        let order: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        assert_eq!(order, ["chat:vip:1", "chat:vip:*", "chat:{principal}", "chat:*", "*"]);
    }

    #[test]
    fn what_is_no_name_or_pattern_is_refused() {
        for name in ["", "phoenix", "a\nb", "a\u{0}", &"x".repeat(256)] {
            assert_eq!(Topic::new(name), None, "{name:?}");
        }
        for text in ["", "a*b", "*a", "{principal}", "{user}", "a:{principal}:b", "phoenix"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_is_written_as_it_is_read(text in "[a-z:]{1,9}(\\*|\\{principal\\})?") {
            prop_assume!(text != "phoenix");
            prop_assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }

        #[test]
        fn a_pattern_matches_by_its_beginning(literal in "[a-z]{1,5}:", rest in "[a-z:]{0,5}", other in "[a-z:]{1,9}") {
            let pattern: Pattern = format!("{literal}*").parse().unwrap();
            prop_assert_eq!(pattern.matches(&topic(&format!("{literal}{rest}"))), !rest.is_empty());
            prop_assert_eq!(pattern.matches(&topic(&other)), other.starts_with(&literal) && other != literal);
        }
    }
}
