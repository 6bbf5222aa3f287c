//! How wide text is on paper, in half-width columns: a Korean character takes two.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The width of a text.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text as lines of at most so many columns: broken at blanks where there are any, never within a
/// character as it is seen. A character that is wider than a line has a line of its own. At least one line.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > columns && wide <= columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for character in word.graphemes(true) {
            let wide = width(character);
            if used > 0 && used + wide > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
                if character == " " {
                    continue;
                }
            }
            line.push_str(character);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_takes_two_columns() {
        assert_eq!(width("가a"), 3);
        assert_eq!(width("한글 ABC"), 8);
    }

    #[test]
    fn lines_break_at_blanks_and_else_between_characters() {
        assert_eq!(wrap("서울시 중구 세종대로 110", 10), ["서울시", "중구", "세종대로", "110"]);
        assert_eq!(wrap("아메리카노라떼", 6), ["아메리", "카노라", "떼"]);
        assert_eq!(wrap("아메리카노", 5), ["아메", "리카", "노"]);
        assert_eq!(wrap("abc abcdefghij", 5), ["abc a", "bcdef", "ghij"]);
        assert_eq!(wrap("abcde fg", 5), ["abcde", "fg"]);
        assert_eq!(wrap("abcde ", 5), ["abcde"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("가", 1), ["가"]);
        assert_eq!(wrap("가나", 0), ["가", "나"]);
        assert_eq!(wrap("  들여쓰기", 20), ["  들여쓰기"]);
    }

    #[test]
    fn what_is_seen_as_one_character_stays_one() {
        let composed = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";
        assert_eq!(wrap(composed, 2), ["\u{1112}\u{1161}\u{11ab}", "\u{1100}\u{1173}\u{11af}"]);
        assert_eq!(wrap("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
        assert_eq!(wrap("🇰🇷🇰🇷", 2), ["🇰🇷", "🇰🇷"]);
    }
}
