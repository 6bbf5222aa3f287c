//! Values as a person reads them.

use danmal_model::{Language, MaskedCard};
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::{Timestamp, tz};

/// Korea's time, which has known no summer time since 1988.
const KOREA: tz::Offset = tz::Offset::constant(9);
const SHOWN: &str = "%Y-%m-%d %H:%M:%S";

/// Won with its unit.
pub(super) fn won(amount: i64, language: Language) -> String {
    match language {
        Language::Korean => format!("{}원", grouped(amount)),
        Language::English => format!("{} won", grouped(amount)),
    }
}

/// A number with commas.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    let mut shown = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A transaction's date. A terminal may write 6 (`yyMMdd`), 8 (`yyyyMMdd`), 12 (`yyMMddHHmmss`, or
/// `yyyyMMddHHmm` where that is the only date in it) or 14 digits (`yyyyMMddHHmmss`); anything else, and
/// digits that are no date, are shown as they are.
pub(super) fn date(raw: &str) -> String {
    let digits = raw.trim();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.to_owned();
    }
    let read = |shape: &str| DateTime::strptime(shape, digits).ok();
    let shown = match digits.len() {
        6 => jiff::civil::Date::strptime("%y%m%d", digits).ok().map(|date| date.to_string()),
        8 => jiff::civil::Date::strptime("%Y%m%d", digits).ok().map(|date| date.to_string()),
        12 => read("%y%m%d%H%M%S")
            .and_then(|time| strtime::format(SHOWN, time).ok())
            .or_else(|| read("%Y%m%d%H%M").and_then(|time| strtime::format("%Y-%m-%d %H:%M", time).ok())),
        14 => read("%Y%m%d%H%M%S").and_then(|time| strtime::format(SHOWN, time).ok()),
        _ => None,
    };
    shown.unwrap_or_else(|| digits.to_owned())
}

/// A date and a time that came apart; the time with 4 or 6 digits (`HHmm`, `HHmmss`).
pub(super) fn date_and_time(raw_date: &str, raw_time: &str) -> String {
    let time = raw_time.trim();
    let shown = match (time.len(), time.bytes().all(|b| b.is_ascii_digit())) {
        (4, true) => jiff::civil::Time::strptime("%H%M", time)
            .ok()
            .and_then(|time| strtime::format("%H:%M", time).ok()),
        (6, true) => jiff::civil::Time::strptime("%H%M%S", time)
            .ok()
            .and_then(|time| strtime::format("%H:%M:%S", time).ok()),
        _ => None,
    };
    format!("{} {}", date(raw_date), shown.unwrap_or_else(|| time.to_owned())).trim().to_owned()
}

/// A moment in Korea's time.
pub(super) fn moment(at: Timestamp) -> String {
    strtime::format(SHOWN, KOREA.to_datetime(at)).unwrap_or_else(|_| at.to_string())
}

/// A business registration number: ten digits as `123-45-67890`, anything else as it is.
pub(super) fn business_no(number: &str) -> String {
    let digits = number.trim();
    match (digits.get(..3), digits.get(3..5), digits.get(5..)) {
        (Some(a), Some(b), Some(c)) if digits.len() == 10 && digits.bytes().all(|d| d.is_ascii_digit()) => {
            format!("{a}-{b}-{c}")
        }
        _ => digits.to_owned(),
    }
}

/// A masked card number in groups of four.
pub(super) fn card(card: &MaskedCard) -> String {
    let mut shown = String::new();
    for (at, c) in card.as_str().chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            shown.push('-');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn won_has_commas_and_a_sign() {
        assert_eq!(won(0, Language::Korean), "0원");
        assert_eq!(won(999, Language::Korean), "999원");
        assert_eq!(won(-15_000, Language::English), "-15,000 won");
        assert_eq!(grouped(999_999_999_999), "999,999,999,999");
        assert_eq!(grouped(i64::MIN), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn a_date_is_shown_nicely_where_it_is_one() {
        for (raw, shown) in [
            ("240131", "2024-01-31"),
            ("20240131", "2024-01-31"),
            ("240131153045", "2024-01-31 15:30:45"),
            ("202401311530", "2024-01-31 15:30"),
            ("20240131153045", "2024-01-31 15:30:45"),
            (" 20240131 ", "2024-01-31"),
            ("20240231", "20240231"),
            ("999999", "999999"),
            ("2024013115304", "2024013115304"),
            ("2024-01-31", "2024-01-31"),
            ("string", "string"),
            ("", ""),
            ("２４０１３１", "２４０１３１"),
        ] {
            assert_eq!(date(raw), shown, "{raw}");
        }
        assert_eq!(date_and_time("240131", "153045"), "2024-01-31 15:30:45");
        assert_eq!(date_and_time("20240131", "1530"), "2024-01-31 15:30");
        assert_eq!(date_and_time("20240131", "2575"), "2024-01-31 2575");
        assert_eq!(date_and_time("", ""), "");
    }

    #[test]
    fn a_moment_is_koreas() {
        assert_eq!(moment("2024-01-31T15:30:45Z".parse().unwrap()), "2024-02-01 00:30:45");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(business_no("1234567890"), "123-45-67890");
        assert_eq!(business_no("123-45-67890"), "123-45-67890");
        assert_eq!(business_no("가나다라마바"), "가나다라마바");
        assert_eq!(card(&MaskedCard::new("4330123456781234")), "4330-12**-****-1234");
        assert_eq!(card(&MaskedCard::default()), "");
    }
}
