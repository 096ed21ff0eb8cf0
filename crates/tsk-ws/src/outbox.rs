//! What is to be sent, in order.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};

use crate::frame::Framed;

/// A payload of up to so many bytes is copied next to others; a larger one is sent from where it is.
pub(crate) const COPIED: usize = 4 * 1024;

/// How many pieces are given to the system at once.
pub(crate) const SLICES: usize = 32;

/// Frames that the system has not taken yet: small ones side by side, the payloads of large ones by themselves.
///
/// It holds memory only while there are any.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pieces: VecDeque<Bytes>,
    /// Small frames behind all pieces, and how much of them has been taken.
    tail: Vec<u8>,
    taken: usize,
    length: usize,
}

impl Outbox {
    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a frame.
    pub(crate) fn push(&mut self, frame: Framed) {
        // What others send as well need not be copied where there is nothing to put it beside.
        let is_alone = frame.header().is_empty() && self.is_empty();
        self.length += frame.len();
        if frame.payload().len() <= COPIED && !is_alone {
            self.tail.reserve(frame.len());
            self.tail.extend_from_slice(frame.header());
            self.tail.extend_from_slice(frame.payload());
        } else {
            self.tail.extend_from_slice(frame.header());
            self.close_tail();
            self.pieces.push_back(frame.into_payload());
        }
    }

    /// Gives what is next to be taken, and says how many slices there are.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let tail = Some(&self.tail[self.taken..]).filter(|tail| !tail.is_empty());
        let all = self.pieces.iter().map(|piece| &**piece).chain(tail);
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(all) {
            *slice = IoSlice::new(piece);
            count += 1;
        }
        count
    }

    /// Forgets so many bytes, which were taken.
    pub(crate) fn take(&mut self, mut count: usize) {
        self.length -= count;
        if self.length == 0 {
            *self = Self::default();
            return;
        }
        while let Some(piece) = self.pieces.front_mut() {
            if count < piece.len() {
                piece.advance(count);
                return;
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
        self.taken += count;
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn close_tail(&mut self) {
        if self.tail.len() > self.taken {
            let mut tail = Bytes::from(std::mem::take(&mut self.tail));
            tail.advance(self.taken);
            self.pieces.push_back(tail);
        }
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::{self, PING};

    fn drain(outbox: &mut Outbox, sizes: &[usize]) -> Vec<u8> {
        let mut sent = Vec::new();
        for size in sizes.iter().cycle() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = outbox.slices(&mut slices);
            if count == 0 {
                break;
            }
            let mut left = (*size).max(1);
            let mut taken = 0;
            for slice in &slices[..count] {
                let length = slice.len().min(left);
                sent.extend_from_slice(&slice[..length]);
                left -= length;
                taken += length;
            }
            outbox.take(taken);
        }
        sent
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_in_order_whatever_is_taken_at_a_time(
            payloads in prop::collection::vec((0usize..9000, any::<bool>()), 0..40),
            sizes in prop::collection::vec(1usize..20_000, 1..9),
            first in 0usize..30_000,
        ) {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            let mut sent = Vec::new();
            for (at, (length, is_framed)) in payloads.into_iter().enumerate() {
                let payload = Bytes::from(vec![at as u8; length]);
                let header = frame::header(PING, false, None);
                frame::write(&header, length, &mut expected);
                expected.extend_from_slice(&payload);
                if is_framed {
                    let mut framed = Vec::new();
                    frame::write(&header, length, &mut framed);
                    framed.extend_from_slice(&payload);
                    outbox.push(Framed::shared(framed.into()));
                } else {
                    outbox.push(Framed::new(&header, payload));
                }
                if at == 7 && first < outbox.len() {
                    let mut slices = [IoSlice::new(&[]); SLICES];
                    let count = outbox.slices(&mut slices);
                    let all: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
                    let taken = first.min(all.len());
                    sent.extend_from_slice(&all[..taken]);
                    outbox.take(taken);
                }
            }
            prop_assert_eq!(outbox.len() + sent.len(), expected.len());
            sent.extend(drain(&mut outbox, &sizes));
            prop_assert_eq!(sent, expected);
            prop_assert!(outbox.is_empty() && outbox.pieces.capacity() == 0 && outbox.tail.capacity() == 0);
        }
    }
}
