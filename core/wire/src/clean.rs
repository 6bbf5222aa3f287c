//! Foreign text made fit for a screen.

/// Foreign text (`resultMessage`) without control, direction and zero-width characters, at most
/// `max_chars` characters long; a longer one ends in `…`. Line breaks and tabs become blanks.
///
/// It does not mask numbers: for a log or the journal that is owed beside it.
#[must_use]
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max_chars.saturating_mul(4)));
    let kept = text.chars().filter_map(|c| match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_invisible(c) => None,
        c => Some(c),
    });
    for (count, c) in kept.enumerate() {
        if count == max_chars {
            if let Some((last, _)) = clean.char_indices().next_back() {
                clean.truncate(last);
                clean.push('…');
            }
            return clean;
        }
        clean.push(c);
    }
    clean
}

/// Characters that change what is seen without being seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::clean_text;

    #[test]
    fn what_is_not_seen_is_dropped() {
        assert_eq!(clean_text("승\u{7}인\u{202e}거\u{200b}절\u{1b}[31m\u{feff}", 40), "승인거절[31m");
        assert_eq!(clean_text("한\r\n줄\t끝", 40), "한  줄 끝");
    }

    #[test]
    fn length_is_capped_in_characters() {
        assert_eq!(clean_text("서명시간초과", 6), "서명시간초과");
        assert_eq!(clean_text("서명시간초과", 5), "서명시간…");
        assert_eq!(clean_text("서명", 0), "");
        assert_eq!(clean_text(&"\u{200b}".repeat(100), 3), "");
    }
}
