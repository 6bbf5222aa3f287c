//! Amounts in won, and how a price is made of parts.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};

/// The largest amount that is accepted: 12 digits.
pub const MAX_AMOUNT: i64 = 999_999_999_999;

/// What `priceAmt` means on the wire: the one thing about amounts that the vendor's catalogue leaves open
/// (rule 11). `amount` in danmal is always all that the customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AmountConvention {
    /// `priceAmt` is all that the customer pays; tax, tip and tax-free are parts of it.
    Total,
    /// `priceAmt` is the supply value alone; the customer pays the sum of the four.
    Net,
}

/// All that the customer pays, and its parts, in won. The parts never exceed the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// All that the customer pays, 1 to 999,999,999,999 won.
    pub amount: i64,
    /// Value added tax (부가세) within the amount.
    #[serde(default)]
    pub tax: i64,
    /// Tip (봉사료) within the amount.
    #[serde(default)]
    pub tip: i64,
    /// The part on which no tax is due (비과세), within the amount.
    #[serde(default)]
    pub tax_free: i64,
}

impl Amounts {
    /// An amount without parts.
    #[must_use]
    pub const fn won(amount: i64) -> Self {
        Self { amount, tax: 0, tip: 0, tax_free: 0 }
    }

    /// Whether any part is given.
    #[must_use]
    pub const fn has_parts(&self) -> bool {
        self.tax != 0 || self.tip != 0 || self.tax_free != 0
    }

    /// What is left for `priceAmt` under a convention.
    #[must_use]
    pub const fn price(&self, convention: AmountConvention) -> i64 {
        match convention {
            AmountConvention::Total => self.amount,
            AmountConvention::Net => self.amount - self.tax - self.tip - self.tax_free,
        }
    }

    /// Refuses what no terminal should be asked for.
    ///
    /// # Errors
    /// Names the field: `amount` outside 1 to [`MAX_AMOUNT`], a negative part, or parts over the amount.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=MAX_AMOUNT).contains(&self.amount) {
            return Err(Error::field(
                ErrorCode::InvalidAmount,
                "amount",
                format!("{} won", self.amount),
                "1 to 999,999,999,999 won",
            ));
        }
        let mut parts = 0_i64;
        for (field, part) in [("tax", self.tax), ("tip", self.tip), ("taxFree", self.tax_free)] {
            if !(0..=MAX_AMOUNT).contains(&part) {
                return Err(Error::field(
                    ErrorCode::InvalidAmount,
                    field,
                    format!("{part} won"),
                    "0 won or more, within the amount",
                ));
            }
            parts += part;
            if parts > self.amount {
                return Err(Error::field(
                    ErrorCode::InvalidAmount,
                    field,
                    format!("the parts add up to {parts} won, more than the amount of {} won", self.amount),
                    "tax, tip and taxFree that together do not exceed the amount",
                ));
            }
        }
        Ok(())
    }
}

/// How [`split_vat`] rounds the tax to whole won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VatRounding {
    /// Fractions of a won are dropped (절사).
    Down,
    /// Half a won and more is rounded up (반올림).
    HalfUp,
}

/// A VAT-inclusive price taken apart, and the rule by which it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VatSplit {
    /// The supply value (공급가액): the taxable part without its tax.
    pub supply: i64,
    /// The amount with its parts, ready for a sale.
    pub amounts: Amounts,
    /// What goes into `priceAmt` under the convention that was named.
    pub price: i64,
    /// The rule in words.
    pub rule: &'static str,
}

/// Splits a VAT-inclusive price: of `amount`, `tax_free` and `tip` bear no tax, and of the rest one
/// eleventh is the 10 % value added tax.
///
/// # Errors
/// As [`Amounts::check`], naming the field.
pub fn split_vat(
    amount: i64,
    tax_free: i64,
    tip: i64,
    rounding: VatRounding,
    convention: AmountConvention,
) -> Result<VatSplit, Error> {
    Amounts { amount, tax: 0, tip, tax_free }.check()?;
    let taxable = amount - tax_free - tip;
    let (tax, rule) = match rounding {
        VatRounding::Down => (taxable / 11, "tax = (amount - taxFree - tip) / 11, fractions dropped"),
        VatRounding::HalfUp => ((taxable + 5) / 11, "tax = (amount - taxFree - tip) / 11, half rounded up"),
    };
    let amounts = Amounts { amount, tax, tip, tax_free };
    Ok(VatSplit { supply: taxable - tax, amounts, price: amounts.price(convention), rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_split_by_the_named_rule() {
        let split = split_vat(15_000, 0, 0, VatRounding::HalfUp, AmountConvention::Net).unwrap();
        assert_eq!((split.supply, split.amounts.tax, split.price), (13_636, 1_364, 13_636));
        let down = split_vat(15_000, 0, 0, VatRounding::Down, AmountConvention::Total).unwrap();
        assert_eq!((down.supply, down.amounts.tax, down.price), (13_637, 1_363, 15_000));
    }

    #[test]
    fn a_bad_amount_is_refused_by_name() {
        for (amounts, field) in [
            (Amounts::won(0), "amount"),
            (Amounts::won(-1), "amount"),
            (Amounts::won(1_000_000_000_000), "amount"),
            (Amounts { amount: 100, tax: -1, tip: 0, tax_free: 0 }, "tax"),
            (Amounts { amount: 100, tax: 60, tip: 41, tax_free: 0 }, "tip"),
            (Amounts { amount: 100, tax: 0, tip: 0, tax_free: i64::MAX }, "taxFree"),
        ] {
            assert_eq!(amounts.check().unwrap_err().field.as_deref(), Some(field), "{amounts:?}");
        }
    }
}
