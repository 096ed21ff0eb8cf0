//! What stands in `Authorization` (RFC 7617 §2).

use data_encoding::BASE64;

/// The longest that is looked at, in base 64.
const LONGEST: usize = 2048;

/// What a request shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing of this kind.
    Nothing,
    /// A name and a password, as one text and where the password begins.
    Pair { text: String, password: usize },
    /// Something of this kind that cannot be read.
    Odd,
}

impl Shown {
    /// What stands in one field.
    pub(super) fn read(field: &[u8]) -> Self {
        let Some((scheme, rest)) = field.split_at_checked("Basic".len()) else { return Self::Nothing };
        if !scheme.eq_ignore_ascii_case(b"Basic") || !(rest.is_empty() || rest.starts_with(b" ")) {
            return Self::Nothing;
        }
        Self::pair(rest.trim_ascii()).unwrap_or(Self::Odd)
    }

    fn pair(encoded: &[u8]) -> Option<Self> {
        if encoded.len() > LONGEST {
            return None;
        }
        let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
        // Neither has control characters, and a name has no colon.
        let at = text.find(':').filter(|at| *at > 0)?;
        let is_plain = !text.chars().any(char::is_control);
        is_plain.then_some(Self::Pair { text, password: at + 1 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn read(field: &str) -> Option<(String, String)> {
        match Shown::read(field.as_bytes()) {
            Shown::Pair { text, password } => Some((text[..password - 1].into(), text[password..].into())),
            Shown::Nothing | Shown::Odd => None,
        }
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), pair("Aladdin", "open sesame"));
        assert_eq!(read("basic dGVzdDoxMjPCow=="), pair("test", "123£"));
        assert_eq!(read("BASIC  YTpiOmM6"), pair("a", "b:c:"));
        assert_eq!(read("Basic YTo="), pair("a", ""));
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_is_of_another_kind() {
        for odd in [
            "Basic",
            "Basic ",
            "Basic YQ==",
            "Basic OmE=",
            "Basic YTpi=",
            "Basic YTp",
            "Basic YTpiCg==",
            "Basic YToA",
            "Basic YTr/",
            "Basic a:b",
            "Basic YTpi YTpi",
            "Basic YTpi, Basic YTpi",
        ] {
            assert_eq!(Shown::read(odd.as_bytes()), Shown::Odd, "{odd}");
        }
        assert_eq!(Shown::read(format!("Basic {}", "YTpi".repeat(513)).as_bytes()), Shown::Odd);
        for other in ["", "Bas", "Bearer YTpi", "BasicYTpi", "Basic,YTpi", "Basically YTpi"] {
            assert_eq!(Shown::read(other.as_bytes()), Shown::Nothing, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_pair_is_read_as_it_was_written(name in "[^:\\pC]{1,40}", password in "[^\\pC]{0,40}") {
            let field = format!("Basic {}", BASE64.encode(format!("{name}:{password}").as_bytes()));
            prop_assert_eq!(read(&field), Some((name, password)));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            encoded in "[A-Za-z0-9+/=]{0,80}",
        ) {
            Shown::read(&bytes);
            Shown::read(&[b"Basic ", &*bytes].concat());
            Shown::read(format!("Basic {encoded}").as_bytes());
        }
    }
}
