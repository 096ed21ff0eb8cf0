//! Masks of frames (RFC 6455 §5.3).

/// Covers bytes with a mask, or takes it off.
#[inline]
pub(crate) fn apply(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(key.to_ne_bytes()) {
        *byte ^= mask;
    }
}

/// Takes a mask off while it copies: what is large goes through the caches once.
pub(crate) fn removed(bytes: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let key: [u8; BLOCK] = std::array::from_fn(|at| mask[at % 4]);
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    if blocks.is_empty() {
        return rest.iter().zip(key).map(|(byte, key)| byte ^ key).collect();
    }
    // With room for the rest.
    let mut plain = Vec::with_capacity(blocks.len() + 1);
    plain.extend(blocks.iter().map(|block| -> [u8; BLOCK] { std::array::from_fn(|at| block[at] ^ key[at]) }));
    let mut plain = plain.into_flattened();
    plain.extend(rest.iter().zip(key).map(|(byte, key)| byte ^ key));
    plain
}

/// As many bytes as the registers of a processor take at a time, or a few of them.
const BLOCK: usize = 64;

/// The mask of what follows after so many bytes.
#[inline]
pub(crate) fn advance(mut mask: [u8; 4], by: usize) -> [u8; 4] {
    mask.rotate_left(by % 4);
    mask
}

/// A mask that nobody can tell beforehand.
pub(crate) fn random() -> [u8; 4] {
    rand::random()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_masked_as_the_rfc_has_it(bytes: Vec<u8>, mask: [u8; 4], cut: usize) {
            let plain: Vec<u8> = bytes.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            let mut masked = bytes;
            let cut = cut % (masked.len() + 1);
            let (first, second) = masked.split_at_mut(cut);
            apply(first, mask);
            apply(second, advance(mask, cut));
            prop_assert_eq!(&masked, &plain);
            apply(&mut masked, mask);
            prop_assert_eq!(removed(&masked, mask), plain);
        }
    }
}
