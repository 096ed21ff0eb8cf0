//! Up to where a room has been heard.

use crate::rooms::history::Position;

/// Up to where a room has been heard: by the offsets that messages have, and by counting those of bytes, which have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    position: Position,
    /// Up to which offset messages come that were asked for though they are old.
    old: Option<u64>,
}

/// Whether a message is to be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is, and has this offset, where that can be told.
    New(Option<u64>),
    /// It was heard before.
    Again,
}

impl Place {
    /// Where somebody was that was here before.
    pub(super) fn at(position: Position) -> Self {
        Self { position, old: None }
    }

    /// Where somebody is who has joined a room that has got to `now`: `before` is where it had been, and `is_told` whether it has asked
    /// for messages that are old.
    pub(super) fn joined(before: Option<Self>, now: Position, is_told: bool) -> Self {
        match before {
            Some(before) if before.position.epoch == now.epoch => Self { old: None, ..before },
            // The server says next from where on it has what is said in this epoch.
            Some(_) => Self { position: Position { offset: 0, ..now }, old: None },
            None => Self { position: now, old: is_told.then_some(now.offset) },
        }
    }

    /// What is heard next, with the offset that it says that it has.
    pub(super) fn hear(&mut self, offset: Option<u64>) -> Heard {
        let here = self.position.offset;
        let offset = match (offset, self.old) {
            // How many old ones there are nobody says.
            (None, Some(old)) if old == here => return Heard::New(None),
            (None, _) => here.saturating_add(1),
            (Some(offset), None) if offset <= here => return Heard::Again,
            (Some(offset), _) => offset,
        };
        self.position.offset = offset;
        self.old = self.old.filter(|old| offset < *old);
        Heard::New(Some(offset))
    }

    /// What is up to here is lost, and where it began, if that is known.
    pub(super) fn lose(&mut self, from: Option<u64>, to: u64) {
        // Where the server knows of nothing that was heard, its word counts.
        self.position.offset = if from.is_some() { self.position.offset.max(to) } else { to };
        self.old = None;
    }

    /// Something of ours was said at an offset, which comes in order with what others say.
    pub(super) fn said(&mut self, offset: u64) {
        self.position.offset = self.position.offset.max(offset);
        self.old = self.old.filter(|old| offset < *old);
    }

    pub(super) fn position(self) -> Position {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rooms::history::Epoch;

    fn position(epoch: u64, offset: u64) -> Position {
        Position { epoch: Epoch(epoch), offset }
    }

    #[test]
    fn whoever_comes_back_goes_on_where_it_was() {
        let mut place = Place::joined(None, position(1, 4), false);
        assert_eq!(place.hear(Some(5)), Heard::New(Some(5)));
        let mut again = Place::joined(Some(place), position(1, 9), false);
        assert_eq!(again.position(), position(1, 5));
        assert_eq!(again.hear(Some(5)), Heard::Again);
        assert_eq!(again.hear(Some(6)), Heard::New(Some(6)));
        assert_eq!(again.hear(None), Heard::New(Some(7)), "bytes are counted");
        again.said(8);
        assert_eq!(again.position(), position(1, 8));
    }

    #[test]
    fn another_epoch_begins_where_the_server_says() {
        let mut place = Place::joined(Some(Place::at(position(1, 50))), position(2, 9), false);
        place.lose(None, 3);
        assert_eq!(place.position(), position(2, 3));
        assert_eq!(place.hear(Some(4)), Heard::New(Some(4)));
        place.lose(Some(5), 7);
        assert_eq!(place.hear(Some(7)), Heard::Again);
        assert_eq!(place.hear(Some(8)), Heard::New(Some(8)));
    }

    #[test]
    fn old_messages_that_were_asked_for_are_new() {
        let mut place = Place::joined(None, position(1, 9), true);
        assert_eq!(place.position(), position(1, 9));
        for offset in 7..=10 {
            assert_eq!(place.hear(Some(offset)), Heard::New(Some(offset)));
            assert_eq!(place.position(), position(1, offset));
        }
        assert_eq!(place.hear(Some(9)), Heard::Again);
        let mut bytes = Place::joined(None, position(1, 9), true);
        assert_eq!(bytes.hear(None), Heard::New(None), "which of the old ones it is nobody says");
    }

    proptest! {
        /// However a connection is cut, what comes again is heard once.
        #[test]
        fn each_offset_is_heard_once_and_in_order(cuts in proptest::collection::vec((0_u64..20, 0_u64..20), 1..30)) {
            let (mut place, mut last, mut heard) = (Place::joined(None, position(1, 0), false), 0, Vec::new());
            for (more, back) in cuts {
                let begin = last - back.min(last);
                last += more;
                place = Place::joined(Some(place), position(1, last), false);
                for offset in begin + 1..=last {
                    if let Heard::New(Some(offset)) = place.hear(Some(offset)) {
                        heard.push(offset);
                    }
                }
            }
            prop_assert_eq!(heard, (1..=last).collect::<Vec<_>>());
        }
    }
}
