//! What must not be written down.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use tsk_core::secret::PARAMETERS;

/// The names of parameters whose values are secret, in lower case and sorted.
#[derive(Debug, Clone)]
pub(super) struct Secrets(Vec<Box<str>>);

impl Secrets {
    pub(super) fn new(further: &[String]) -> Self {
        let further = further.iter().map(|name| name.to_ascii_lowercase().into());
        let mut names: Vec<Box<str>> = PARAMETERS.split(' ').map(Into::into).chain(further).collect();
        names.sort_unstable();
        Self(names)
    }

    /// Gives the pieces of a query, with `***` in the place of secret values.
    pub(super) fn pieces<'a>(&self, query: &'a str, mut write: impl FnMut(&'a str)) {
        for (index, pair) in query.split('&').enumerate() {
            if index > 0 {
                write("&");
            }
            match pair.split_once('=') {
                Some((name, _)) if self.has(name) => {
                    write(name);
                    write("=***");
                }
                _ => write(pair),
            }
        }
    }

    /// A name is compared as a server would read it: it may be percent-encoded, or in any case.
    fn has(&self, name: &str) -> bool {
        let has = |name: &str| self.0.binary_search_by(|known| (**known).cmp(name)).is_ok();
        let is_plain = |byte: u8| !byte.is_ascii_uppercase() && byte != b'%' && byte != b'+';
        if name.bytes().all(is_plain) {
            return has(name);
        }
        let name: Cow<'_, str> = percent_decode_str(name).decode_utf8_lossy();
        has(&name.to_ascii_lowercase())
    }
}
