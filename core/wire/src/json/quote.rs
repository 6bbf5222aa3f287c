//! The ends of strings.

/// Where the first `"` or `\` stands.
///
/// Strings of a terminal are some ten bytes long: eight at once, without a call, is faster for them than
/// a search made for long texts.
#[inline]
pub(crate) fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let mut at = 0;
    let mut rest = bytes;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let quote = eight ^ (ONES * b'"' as u64);
        let escape = eight ^ (ONES * b'\\' as u64);
        // The top bit of every byte that was zero; above the first such byte a borrow may set others.
        let found = (quote.wrapping_sub(ONES) & !quote | escape.wrapping_sub(ONES) & !escape) & TOPS;
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
        rest = behind;
    }
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::quote_or_escape;

    proptest! {
        #[test]
        fn the_first_one_is_found(bytes in prop::collection::vec(prop_oneof![8 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\'), 1 => Just(b'#'), 1 => Just(b']')], 0..64)) {
            prop_assert_eq!(quote_or_escape(&bytes), bytes.iter().position(|b| matches!(b, b'"' | b'\\')));
        }
    }
}
