//! Text that must not leak: it is zeroed when freed and has no printing `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Personal data that only passes through: a phone, business or resident number of a cash receipt, a
/// passport number, a name. Never printed, never journaled, zeroed when dropped.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Whoever asks for it answers for where it goes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹hidden›")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A card number as a receipt may show it: at most the first 6 and the last 4 digits, whatever the
/// terminal sent. `maskedTrackData` is not trusted to be masked, and neither is JSON.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
#[serde(from = "String")]
pub struct MaskedCard(String);

impl From<String> for MaskedCard {
    fn from(mut track: String) -> Self {
        let masked = Self::new(&track);
        zeroize::Zeroize::zeroize(&mut track);
        masked
    }
}

impl MaskedCard {
    /// Masks what a terminal sent. Everything after the card number (`=` or `^` and what follows in
    /// track data) is dropped; of the number only the first 6 and last 4 characters stay.
    #[must_use]
    pub fn new(track: &str) -> Self {
        let number: Vec<char> = track
            .chars()
            .take_while(|c| !matches!(c, '=' | '^' | 'D' | '?'))
            .filter(|c| c.is_ascii_digit() || *c == '*')
            .take(19)
            .collect();
        if number.len() < 12 {
            return Self(number.iter().map(|_| '*').collect());
        }
        let hidden = number.len() - 10;
        let masked =
            number.iter().enumerate().map(|(at, c)| if at < 6 || at >= 6 + hidden { *c } else { '*' });
        Self(masked.collect())
    }

    /// The masked number, for a receipt or a screen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MaskedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "‹card›")
    }
}

/// So many characters of any kind between two digits do not make two numbers of one.
const LONGEST_GAP: usize = 2;

/// Foreign text made fit for a screen, a log and the journal: control and invisible characters out, at most
/// `longest` characters, and every number that could be a card, phone or resident number (9 digits or more, up to
/// two characters of any kind between them) turned into asterisks.
#[must_use]
pub fn scrub(text: &str, longest: usize) -> String {
    let mut clean: Vec<char> = text.chars().filter(|c| !is_invisible(*c)).take(longest).collect();
    let mut at = 0;
    while at < clean.len() {
        let mut end = at;
        let (mut digits, mut gap) = (0, 0);
        while let Some(c) = clean.get(end) {
            if c.is_numeric() {
                digits += 1;
                gap = 0;
            } else if digits == 0 || gap == LONGEST_GAP {
                break;
            } else {
                gap += 1;
            }
            end += 1;
        }
        if digits >= 9 {
            for c in &mut clean[at..end] {
                if c.is_numeric() {
                    *c = '*';
                }
            }
        }
        at = end.max(at + 1);
    }
    hide_passports(&mut clean);
    clean.into_iter().collect::<String>().trim().to_owned()
}

/// A merchant's number (가맹점번호) as a receipt shows it: up to 12 digits or letters, which [`scrub`] would take for
/// a person's. What is longer, or looks like a mobile phone or a passport, is scrubbed: the field is the
/// terminal's to fill.
#[must_use]
pub fn merchant_number(text: &str) -> String {
    let text = text.trim();
    let word = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let phone = text.starts_with("01") && matches!(text.len(), 10 | 11);
    let passport = text.len() == 9 && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if word && !phone && !passport { text.to_owned() } else { scrub(text, 20) }
}

/// A number of a terminal's record (approval number, transaction number, date) as it is: what a cancellation
/// echoes. What no such number can be, over 20 characters or 14 digits, may be a card's: it is *withheld*, all of it
/// asterisks, and [`is_withheld`] tells.
#[must_use]
pub fn record_number(text: &str) -> String {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    if text.chars().count() <= 20 && digits <= 14 && !text.chars().any(is_invisible) {
        text.to_owned()
    } else {
        text.chars().take(20).map(|_| '*').collect()
    }
}

/// Whether a number of a record is not the terminal's own but what [`record_number`] put in its place. It must never
/// be sent.
#[must_use]
pub fn is_withheld(text: &str) -> bool {
    let text = text.trim();
    // Nine or more: older versions kept what stood between the digits.
    let hidden = text.chars().filter(|c| *c == '*').count();
    hidden >= 9 || (hidden > 0 && hidden == text.chars().count())
}

/// A number of a tax-refund slip (환급전표번호) as it is: what a cancellation of the slip names. Up to 12 digits or
/// letters, or the 20 digits of the catalogue; a word, a mobile phone, a passport, and the 13 to 19 digits of resident
/// and card numbers are none. Those leave nothing, rather than asterisks that could be sent as a number.
#[must_use]
pub fn slip_number(text: &str) -> String {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let phone = ["01", "8210"].iter().any(|start| text.replace('-', "").starts_with(start))
        && (10..=12).contains(&digits);
    let mut word: Vec<char> = text.chars().collect();
    hide_passports(&mut word);
    let passport = word.contains(&'*');
    let length = text.len() <= 20 && (matches!(digits, 1..=12) || (digits == 20 && text.len() == 20));
    if plain && length && !phone && !passport { text.to_owned() } else { String::new() }
}

/// The date or time of a slip as the terminal wrote it: up to 8 digits, or `yyyyMMddHHmmss`, with the signs that
/// stand between them. Anything else leaves nothing.
#[must_use]
pub fn slip_moment(text: &str) -> String {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-/.: T".contains(&byte));
    let whole = digits.len() == 14
        && digits.starts_with("20")
        && digits.get(4..6).is_some_and(|month| ("01"..="12").contains(&month))
        && digits.get(8..10).is_some_and(|hour| hour < "24");
    if plain && text.len() <= 20 && (digits.len() <= 8 || whole) { text.to_owned() } else { String::new() }
}

/// Passport numbers: a word of nine that begins with a letter and has seven digits or more (M12345678,
/// M123A4567).
fn hide_passports(text: &mut [char]) {
    for word in text.split_mut(|c| !c.is_ascii_alphanumeric()) {
        let digits = word.iter().filter(|c| c.is_ascii_digit()).count();
        if word.len() == 9 && digits >= 7 && word.first().is_some_and(char::is_ascii_alphabetic) {
            word.fill('*');
        }
    }
}

/// Characters that change what is seen without being seen.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_card_number_is_masked_and_its_track_dropped() {
        assert_eq!(MaskedCard::new("4330123456781234=25121010000012300000").as_str(), "433012******1234");
        assert_eq!(MaskedCard::new("433012******1234").as_str(), "433012******1234");
        assert_eq!(MaskedCard::new("123456").as_str(), "******");
        let read: MaskedCard = serde_json::from_str("\"4330123456781234=2512\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"433012******1234\"");
    }

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?} {:?}", Secret::new("01012345678"), MaskedCard::new("4330123456781234"));
        assert!(!shown.contains("4330") && !shown.contains("0101"), "{shown}");
    }

    #[test]
    fn a_merchants_number_passes_and_a_persons_does_not() {
        for merchant in ["0012345678", "70112345678", "AB1234567890", "1"] {
            assert_eq!(merchant_number(merchant), merchant);
        }
        for person in ["01012345678", "0101234567", "M12345678", "4330123456781234", "900101-1234567"] {
            let shown = merchant_number(person);
            assert!(!shown.chars().any(|c| c.is_ascii_digit()), "{person} became {shown}");
        }
    }

    #[test]
    fn a_number_of_a_record_is_kept_and_a_cards_is_not() {
        for kept in ["30001234", " T30001234 ", "000030000001", "20261125223715", "2026-11-25 22:37:15", ""] {
            assert_eq!(record_number(kept), kept);
        }
        for card in ["4330123456781234", "4330-1234-5678-1234", "4330123456781234=25121010000012300000"] {
            assert!(!record_number(card).chars().any(|c| c.is_ascii_digit()), "{}", record_number(card));
            assert!(is_withheld(&record_number(card)));
        }
        for other in ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "3000\u{200b}1234", "\0"] {
            assert!(is_withheld(&record_number(other)), "a part of it is not it");
        }
        for own in ["", "30001234", "T*30001234"] {
            assert!(!is_withheld(&record_number(own)));
        }
        assert!(is_withheld("****-****-****-****"), "of an older journal");
    }

    #[test]
    fn a_slips_numbers_are_kept_and_a_persons_are_not() {
        for kept in ["80103750224020100017", "20009998", "R-1", "1", "801037502240", " 12 "] {
            assert_eq!(slip_number(kept), kept.trim());
        }
        let persons = [
            "4330123456781234",
            "4330-1234-5678-1234",
            "4330123456781234=2512101",
            "9001011234567",
            "900101-1234567",
            "01012345678",
            "010-1234-5678",
            "M12345678",
            "HONG GILDONG",
            "HONGGILDONG",
            "홍길동1",
        ];
        for person in persons {
            assert_eq!((slip_number(person), slip_moment(person)), (String::new(), String::new()));
        }
        for kept in
            ["20240201", "2024-02-01", "10:11:12", "101112", "20240201101112", "2024-02-01 10:11:12", ""]
        {
            assert_eq!(slip_moment(kept), kept);
        }
    }

    #[test]
    fn foreign_text_is_scrubbed() {
        assert_eq!(scrub("한도\u{7}초과 4330-1234-5678-1234", 40), "한도초과 ****-****-****-****");
        assert_eq!(scrub("tel 010-1234-5678.", 40), "tel ***-****-****.");
        for between in [",", ":", ") ", "–", "\u{a0}", "·", "x", " / "] {
            let text = format!("카드 4330{between}1234{between}5678{between}1234 확인");
            let shown = scrub(&text, 60);
            let digits = shown.chars().filter(char::is_ascii_digit).count();
            assert_eq!(digits, if between.chars().count() > 2 { 16 } else { 0 }, "{shown}");
        }
        assert_eq!(scrub("승인 12345678", 40), "승인 12345678");
        assert_eq!(scrub("여권 M12345678, M123A4567", 40), "여권 *********, *********");
        assert_eq!(scrub("abcdef", 3), "abc");
    }
}
