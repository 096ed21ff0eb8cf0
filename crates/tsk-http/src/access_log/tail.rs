//! What lines say of the fields that a client repeats.

use std::sync::{Arc, Mutex};

use crate::connection::Shared;

/// The end of the last line of a connection, which is that of the next too where a client repeats its fields.
///
/// It is for who is called as soon as the request was read, as a [`Conclusion`](crate::connection::Conclusion) is.
#[derive(Debug)]
pub(super) struct Tail {
    shared: Arc<Shared>,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    /// The number of the fields; of none yet it is 0, which none has.
    fields: u64,
    text: Vec<u8>,
}

/// The most that is remembered, in bytes. There is one of these for every idle client.
const ROOM: usize = 512;

impl Tail {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), last: Mutex::default() }
    }

    /// Appends what `write` would, or did for another request with the same fields.
    #[inline]
    pub(super) fn append(&self, line: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        // Requests of one connection that are read at a time are of HTTP/2, whose fields have no number.
        match (self.shared.fields(), self.last.try_lock()) {
            (Some(fields), Ok(last)) if last.fields == fields => line.extend_from_slice(&last.text),
            (Some(fields), Ok(mut last)) => {
                let start = line.len();
                write(line);
                last.keep(fields, &line[start..]);
            }
            _ => write(line),
        }
    }
}

impl Last {
    #[cold]
    fn keep(&mut self, fields: u64, text: &[u8]) {
        if text.len() <= ROOM {
            self.fields = fields;
            self.text.clear();
            self.text.extend_from_slice(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(tail: &Tail, text: &str) -> String {
        let mut line = b"line ".to_vec();
        tail.append(&mut line, |line| line.extend_from_slice(text.as_bytes()));
        String::from_utf8_lossy(&line).into_owned()
    }

    #[test]
    fn what_was_written_is_written_again_for_the_same_fields_alone() {
        let shared = Arc::default();
        let tail = Tail::new(&shared);
        assert_eq!(
            [append(&tail, "a"), append(&tail, "b")],
            ["line a", "line b"],
            "nobody has compared them"
        );
        shared.set_fields(1);
        assert_eq!([append(&tail, "c"), append(&tail, "d")], ["line c", "line c"]);
        shared.set_fields(2);
        assert_eq!([append(&tail, "e"), append(&tail, "f")], ["line e", "line e"]);
        shared.set_fields(0);
        assert_eq!(append(&tail, "g"), "line g");
    }

    #[test]
    fn what_is_long_is_written_each_time() {
        let shared = Arc::default();
        let tail = Tail::new(&shared);
        shared.set_fields(1);
        let (long, fits) = ("x".repeat(ROOM + 1), "x".repeat(ROOM));
        assert_eq!([append(&tail, &long), append(&tail, "a")], [format!("line {long}"), "line a".into()]);
        shared.set_fields(2);
        assert_eq!([append(&tail, &fits), append(&tail, "b")], [(); 2].map(|()| format!("line {fits}")));
    }
}
