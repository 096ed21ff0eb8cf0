//! Errors as they are on spans.

use std::{
    error::Error,
    fmt::{self, Write as _},
    time::{Duration, SystemTime},
};

use tsk_core::Problem;

use crate::record::Exception;

/// The most that is kept of an error's text, in bytes, and of its causes.
const MAX_TEXT: usize = 1024;
const MAX_CAUSES: usize = 8;

impl Exception {
    /// An error that has a type.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let causes = causes(error);
        Self {
            at: nanos(SystemTime::now()),
            kind: kind(error),
            message: text(error),
            causes: causes.take(MAX_CAUSES).map(text).collect(),
        }
    }

    /// An error of which there are only words.
    pub(crate) fn said(kind: &str, message: impl fmt::Display) -> Self {
        let at = nanos(SystemTime::now());
        Self { at, kind: text(kind), message: text(message), causes: Box::default() }
    }

    /// What made a server fail, if the answer has it.
    pub(crate) fn of_problem(problem: &Problem) -> Self {
        match problem.source() {
            Some(source) => Self::of(source),
            None => Self::said(problem.kind().uri, problem),
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// Nanoseconds since 1970.
pub(crate) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The name with which an error's `Debug` begins, which with derived ones is that of the type or of its variant: the type
/// itself is not known of a `dyn Error`.
fn kind(error: &(dyn Error + 'static)) -> Box<str> {
    let mut debug = Bounded { text: String::new(), room: 96 };
    let _ = write!(debug, "{error:?}");
    let is_name = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
    let name = debug.text.split(|char| !is_name(char)).next().unwrap_or_default().trim_end_matches(':');
    if name.starts_with(char::is_uppercase) { name.into() } else { "Error".into() }
}

/// As much of a text as is kept.
pub(crate) fn text(value: impl fmt::Display) -> Box<str> {
    let mut text = Bounded { text: String::new(), room: MAX_TEXT };
    let _ = write!(text, "{value}");
    text.text.into()
}

/// What a value is for people who find faults.
pub(crate) struct Debug<'a>(pub(crate) &'a dyn fmt::Debug);

impl fmt::Display for Debug<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Takes text until there is no more room, and then stops whoever writes.
struct Bounded {
    text: String,
    room: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut end = text.len().min(self.room);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let kept = &text[..end];
        self.text.push_str(kept);
        self.room -= kept.len();
        if kept.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io;

    use super::*;

    #[derive(Debug)]
    struct Outage(io::Error);

    impl fmt::Display for Outage {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the database is away")
        }
    }

    impl Error for Outage {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_has_its_type_its_words_and_its_causes() {
        let problem = Problem::internal(Outage(io::Error::other("refused")));
        let exception = Exception::of_problem(&problem);
        assert_eq!((&*exception.kind, &*exception.message), ("Outage", "the database is away"));
        assert_eq!(exception.causes.iter().map(|cause| &**cause).collect::<Vec<_>>(), ["refused"]);
    }

    #[test]
    fn words_alone_are_an_error() {
        assert_eq!(&*Exception::of_problem(&Problem::internal("no mount")).kind, "Error");
        let exception = Exception::of_problem(&Problem::new(http::StatusCode::BAD_GATEWAY));
        assert_eq!((&*exception.kind, &*exception.message), ("about:blank", "502 Bad Gateway"));
    }

    #[test]
    fn a_long_text_is_cut() {
        let exception = Exception::said("Error", "é".repeat(5000));
        assert_eq!(exception.message.len(), MAX_TEXT);
    }
}
