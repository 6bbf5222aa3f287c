//! Numbers as whole won, or not at all.

/// The value of a JSON number, where it is a whole number in the range of `i64`. Leading zeros, a fraction
/// of zeros and an exponent are read (`0015`, `1000.0`, `1e3`); signs other than `-`, separators and blanks
/// are not numbers.
pub(crate) fn exact_i64(token: &str) -> Option<i64> {
    let (negative, digits) = match token.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, token),
    };
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return uncommon(negative, digits);
    }
    let value = digits.bytes().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// Numbers with a fraction, an exponent or more than 18 digits.
fn uncommon(negative: bool, text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, exponent(power)?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    if whole.is_empty() {
        return None;
    }
    // Zeros are held back until a digit follows, so that those at the end only move the decimal point.
    let (mut value, mut zeros) = (0_i128, 0_i64);
    for digit in whole.bytes().chain(fraction.bytes()) {
        match digit {
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                value = scaled(value, zeros + 1)?.checked_add(i128::from(digit - b'0'))?;
                zeros = 0;
            }
            _ => return None,
        }
    }
    let shift = zeros.checked_add(exponent)?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let value = scaled(value, shift)?;
    i64::try_from(if negative { -value } else { value }).ok()
}

/// `value` × 10^`shift`, where that is a whole number below 10^30.
fn scaled(value: i128, shift: i64) -> Option<i128> {
    if value == 0 {
        return Some(0);
    }
    let value = value.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?;
    (value < 10_i128.pow(30)).then_some(value)
}

fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // More than the range of any amount is as good as infinite; a value of zero stays zero.
    let size = digits
        .bytes()
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')))
        .min(1 << 40);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::exact_i64;

    #[test]
    fn whole_numbers_are_read_in_every_spelling() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0015000", 15_000),
            ("1000.0", 1_000),
            ("1e3", 1_000),
            ("1.5E+1", 15),
            ("100e-2", 1),
            ("0.0e99999999999999999999", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("000000000000000000000000000000000000000000042", 42),
            ("42.000000000000000000000000000000000000000000", 42),
        ] {
            assert_eq!(exact_i64(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_exact_is_no_number() {
        for text in [
            "",
            "-",
            "+1",
            "1,000",
            " 1",
            "1 ",
            "1.5",
            "1e-1",
            ".5",
            "1.",
            "1e",
            "1e+",
            "0x10",
            "NaN",
            "--1",
            "1e1000",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999999999999999999999999999",
            "１２",
        ] {
            assert_eq!(exact_i64(text), None, "{text}");
        }
    }
}
