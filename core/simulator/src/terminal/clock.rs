//! The terminal's clock on the wall: Korean time, as text.

use std::time::Duration;

/// 2026-11-25 12:00:00 in Korea.
const START: i64 = 1_795_575_600;
const KOREA: i64 = 9 * 3_600;

/// yyyyMMddHHmmss.
pub(super) fn date(start: Option<i64>, since: Duration) -> String {
    let seconds = start.unwrap_or(START).saturating_add(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    let seconds = seconds.saturating_add(KOREA);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// The day so many days after 1970-01-01. Years count from March, so that the leap day is the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(date(None, Duration::ZERO), "20261125120000");
        assert_eq!(date(None, Duration::from_secs(12 * 3_600)), "20261126000000");
        for (seconds, expected) in [
            (0, "19700101090000"),
            (951_750_000, "20000229000000"),
            (951_836_399, "20000229235959"),
            (4_107_423_600, "21000228000000"),
            (4_107_510_000, "21000301000000"),
            (1_767_193_199, "20251231235959"),
        ] {
            assert_eq!(date(Some(seconds), Duration::ZERO), expected);
        }
    }
}
