//! What must not be written down: neither on spans nor in lines of a log.

use std::{borrow::Cow, fmt::Write as _};

use percent_encoding::percent_decode_str;
use tsk_core::secret::PARAMETERS;

/// The names whose values are secret, in lower case and sorted.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    /// Of query parameters.
    parameters: Vec<Box<str>>,
    /// Of attributes and of fields in a log, whose last part counts.
    fields: Vec<Box<str>>,
}

/// What is put in the place of a secret.
pub(crate) const MASK: &str = "***";

/// What programs call the same of themselves, where a `code` is an error's and a `key` a cache's.
const FIELDS: [&str; 21] = [
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "client_secret",
    "cookie",
    "cookies",
    "id_token",
    "jwt",
    "passwd",
    "password",
    "private_key",
    "proxy-authorization",
    "proxy_authorization",
    "refresh_token",
    "secret",
    "set-cookie",
    "set_cookie",
    "token",
    "x-api-key",
    "x_api_key",
];

impl Secrets {
    /// Those that commonly are, and `further` ones.
    pub(crate) fn new(further: &[String]) -> Self {
        fn all<'c>(common: impl Iterator<Item = &'c str>, further: &[String]) -> Vec<Box<str>> {
            let further = further.iter().map(|name| name.to_ascii_lowercase().into());
            let mut names: Vec<Box<str>> = common.map(Into::into).chain(further).collect();
            names.sort_unstable();
            names
        }
        let (parameters, fields) = (PARAMETERS.split(' '), FIELDS.into_iter());
        Self { parameters: all(parameters, further), fields: all(fields, further) }
    }

    /// Gives the pieces of a query, with `***` in the place of secret values.
    pub(crate) fn pieces<'a>(&self, query: &'a str, mut write: impl FnMut(&'a str)) {
        for (index, pair) in query.split('&').enumerate() {
            if index > 0 {
                write("&");
            }
            match pair.split_once('=') {
                Some((name, _)) if self.is_parameter(name) => {
                    write(name);
                    write("=***");
                }
                _ => write(pair),
            }
        }
    }

    /// Whether the value of a query parameter is secret. A name is compared as a server would read it: it may be
    /// percent-encoded, or in any case.
    fn is_parameter(&self, name: &str) -> bool {
        let is_plain = |byte: u8| !byte.is_ascii_uppercase() && byte != b'%' && byte != b'+';
        if name.bytes().all(is_plain) {
            return has(&self.parameters, name);
        }
        let name: Cow<'_, str> = percent_decode_str(name).decode_utf8_lossy();
        has(&self.parameters, &name.to_ascii_lowercase())
    }

    /// Whether the value of an attribute, or of a field in a log, is secret: `password`,
    /// `http.request.header.authorization`.
    pub(crate) fn is_field(&self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return has(&self.fields, &last.to_ascii_lowercase());
        }
        has(&self.fields, last)
    }

    /// A text without the secrets that it plainly has: those of queries within it, and of `Authorization` fields.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut kept: Option<(String, usize)> = None;
        let mut at = 0;
        while let Some((start, end)) = self.next(text, at) {
            let (kept, last) = kept.get_or_insert_default();
            let _ = write!(kept, "{}{MASK}", &text[*last..start]);
            (*last, at) = (end, end);
        }
        match kept {
            None => text.into(),
            Some((mut kept, last)) => {
                kept.push_str(&text[last..]);
                kept.into()
            }
        }
    }

    /// Where the next secret is, from `at` on.
    fn next(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        let bytes = text.as_bytes();
        for index in at..bytes.len() {
            let start = match bytes[index] {
                b'?' | b'&' | b';' => self.parameter(text, index + 1),
                b'B' | b'b' if index == 0 || !bytes[index - 1].is_ascii_alphanumeric() => {
                    credentials(text, index)
                }
                _ => None,
            };
            if let Some(start) = start {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"&;,\"'#)]}>".contains(byte);
                let length = bytes[start..].iter().position(is_end).unwrap_or(bytes.len() - start);
                if length > 0 {
                    return Some((start, start + length));
                }
            }
        }
        None
    }

    /// Where the value begins of a secret parameter whose name begins at `at`.
    fn parameter(&self, text: &str, at: usize) -> Option<usize> {
        let name = text.get(at..)?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.%+".contains(&byte);
        let length = name.bytes().take_while(|byte| is_name(*byte)).take(MAX_NAME).count();
        (name.as_bytes().get(length) == Some(&b'=') && self.is_parameter(&name[..length]))
            .then_some(at + length + 1)
    }
}

/// The longest name of a parameter that is looked at: none that is a secret's is as long.
const MAX_NAME: usize = 128;

/// Where the credentials begin that a scheme is followed by, if there is one at `at` (RFC 9110 §11.4).
fn credentials(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let scheme = ["Bearer ", "Basic "].into_iter();
    let mut scheme = scheme.filter(|scheme| {
        rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    });
    let start = scheme.next()?.len();
    // A word is no credential: «Basic understanding».
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let length = rest[start..].iter().take_while(|byte| is_token(byte)).count();
    let token = &rest[start..start + length];
    (length >= 16 || token.iter().any(|byte| !byte.is_ascii_alphabetic())).then_some(at + start)
}

fn has(names: &[Box<str>], name: &str) -> bool {
    names.binary_search_by(|known| (**known).cmp(name)).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_of_a_query_are_masked_however_their_name_is_written() {
        let query = |query: &str| {
            let mut text = String::new();
            Secrets::new(&["PIN".into()]).pieces(query, |piece| text.push_str(piece));
            text
        };
        assert_eq!(
            query("page=2&token=abc&Pass%77ord=x&pin=1&a"),
            "page=2&token=***&Pass%77ord=***&pin=***&a"
        );
    }

    #[test]
    fn no_name_that_lets_its_bearer_in_is_left_out() {
        let secrets = Secrets::new(&[]);
        for name in PARAMETERS.split(' ') {
            assert!(!name.is_empty() && secrets.is_parameter(&name.to_uppercase()), "{name}");
        }
        assert_eq!(PARAMETERS.split(' ').count(), 24);
    }

    #[test]
    fn a_field_is_secret_by_the_last_part_of_its_name() {
        let secrets = Secrets::new(&["pin".into()]);
        for name in ["password", "user.password", "http.request.header.Authorization", "set-cookie", "pin"] {
            assert!(secrets.is_field(name), "{name}");
        }
        for name in ["code", "key", "password_age", "user", ""] {
            assert!(!secrets.is_field(name), "{name}");
        }
    }

    #[test]
    fn secrets_within_a_text_are_masked() {
        let secrets = Secrets::new(&[]);
        for (text, masked) in [
            ("GET /a?page=1&token=abc HTTP/1.1", "GET /a?page=1&token=*** HTTP/1.1"),
            ("see \"https://a/?CODE=1&x=2&sig=3\".", "see \"https://a/?CODE=***&x=2&sig=***\"."),
            ("authorization: Bearer abc.def.ghi, next", "authorization: Bearer ***, next"),
            ("basic dXNlcjpwYXNzd29yZA==", "basic ***"),
            ("Basic understanding of ?x", "Basic understanding of ?x"),
            ("?token=", "?token="),
            ("nothing", "nothing"),
        ] {
            assert_eq!(secrets.text(text), masked);
        }
    }

    proptest! {
        #[test]
        fn no_secret_gets_through_whatever_is_around_it(before in ".{0,30}", after in "[ \"&#].{0,30}") {
            let secrets = Secrets::new(&[]);
            let text = secrets.text(&format!("{before}?token=s3cr3t{after}")).into_owned();
            prop_assert!(!text.contains("s3cr3t"), "{text}");
            prop_assert_eq!(secrets.text(&text), &*text);
        }
    }
}
