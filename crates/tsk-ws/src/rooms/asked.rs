//! What a client asks of a room as it joins, beside what is for the application.

use serde::Deserialize;

use super::{history::Position, live::Resume, phoenix::Payload, presence::Meta};

/// What a join may say about the room itself, beside what is for the application.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    resume: AskedResume,
    pub(super) presence: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AskedResume {
    epoch: Option<String>,
    offset: Option<u64>,
    latest: Option<usize>,
}

impl Asked {
    /// What of it can be read.
    pub(super) fn read(payload: &Payload<'_>) -> Self {
        match payload {
            Payload::Json(json) => serde_json::from_str(json.get()).unwrap_or_default(),
            Payload::Binary(_) => Self::default(),
        }
    }

    /// What it wants to hear of what was said before.
    pub(super) fn resume(&self) -> Resume {
        self.resume.read()
    }
}

impl AskedResume {
    fn read(&self) -> Resume {
        let position = self.epoch.as_deref().zip(self.offset).map(|(epoch, offset)| {
            // An epoch that is none is one that nobody knows any more.
            epoch.parse().map(|epoch| Position { epoch, offset })
        });
        match (position, self.latest) {
            (Some(Ok(position)), _) => Resume::Since(position),
            (Some(Err(())), _) => Resume::Lost,
            (None, Some(count)) => Resume::Latest(count),
            (None, None) => Resume::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rooms::history::Epoch;

    #[test]
    fn what_a_client_wants_to_hear_is_read_and_the_rest_is_the_applications() {
        let asked = |text: &str| Asked::read(&Payload::json(text).unwrap()).resume();
        let since = Resume::Since(Position { epoch: Epoch(10), offset: 7 });
        assert_eq!(asked(r#"{"resume":{"epoch":"000000000000000a","offset":7},"nick":"ada"}"#), since);
        assert_eq!(asked(r#"{"resume":{"epoch":"other","offset":7}}"#), Resume::Lost);
        assert_eq!(asked(r#"{"resume":{"latest":20}}"#), Resume::Latest(20));
        for text in ["{}", "[]", "null", r#"{"resume":{"offset":-1}}"#, r#"{"resume":7}"#] {
            assert_eq!(asked(text), Resume::Nothing, "{text}");
        }
    }
}
