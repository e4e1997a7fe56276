//! What a line holds for a terminal and not for the eye: escape sequences and control characters. They are left out of what
//! is shown and searched, and stay in what is saved.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// The text without escape sequences (ECMA-48: CSI, OSC and the short ones) and control characters; tabs and line ends stay.
/// Nothing is copied where there are none.
pub fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_control) {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = match rest.as_bytes()[at] {
            0x1B => after_sequence(after),
            _ => after,
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F
}

/// What follows the sequence whose escape stood before `text`. One that breaks off takes no text with it.
fn after_sequence(text: &str) -> &str {
    let bytes = text.as_bytes();
    let end = match bytes.first() {
        Some(b'[') => parameters(bytes, 1, 0x20..=0x3F, 0x40..=0x7E),
        Some(b']') => end_of_string(bytes).unwrap_or(1),
        Some(0x20..=0x2F) => parameters(bytes, 0, 0x20..=0x2F, 0x30..=0x7E),
        Some(0x30..=0x7E) => 1,
        // No sequence begins so.
        _ => 0,
    };
    &text[end..]
}

/// Where a sequence ends: behind the byte that closes it, or before one that may not stand in it.
fn parameters(
    bytes: &[u8],
    from: usize,
    inside: RangeInclusive<u8>,
    last: RangeInclusive<u8>,
) -> usize {
    let within = |byte: &&u8| inside.contains(*byte);
    let end = from + bytes[from..].iter().take_while(within).count();
    let closed = bytes.get(end).is_some_and(|byte| last.contains(byte));
    end + usize::from(closed)
}

/// Links and titles end with a bell, or with an escape and a backslash.
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().position(|byte| matches!(byte, 0x07 | 0x1B))?;
    match bytes[end] {
        0x1B if bytes.get(end + 1) == Some(&b'\\') => Some(end + 2),
        0x1B => Some(end),
        _ => Some(end + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_every_kind_are_left_out() {
        let cases = [
            ("\u{1b}[31mERROR\u{1b}[0m red", "ERROR red"),
            ("\u{1b}[1;38;5;196mbold\u{1b}[m", "bold"),
            ("\u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Bplain\u{1b}c", "plain"),
            ("a\u{8}\u{0}b\tc\nd", "ab\tc\nd"),
            ("cut \u{1b}[3", "cut "),
            ("\u{1b}[3関所", "関所"),
            ("\u{1b}]0;never closed", "0;never closed"),
            ("\u{1b}関所", "関所"),
            ("関所🚧", "関所🚧"),
        ];
        for (text, plain) in cases {
            assert_eq!(without_escapes(text), plain, "{text:?}");
        }
        assert!(matches!(without_escapes("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_text_upsets_it() {
        let pieces = [
            "\u{1b}", "[", "]", "3", "m", "\u{7}", "\\", "関", "🚧", "(", " ", "\u{7f}",
        ];
        let mut seed = 7u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..8 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            }
            let plain = without_escapes(&text).into_owned();
            assert!(!plain.contains('\u{1b}'), "{text:?}");
        }
    }
}
