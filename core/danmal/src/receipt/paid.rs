//! What was paid, by an approval and what the till says of it.

use danmal_model::{Alarm, Amounts, Approval, Error, ErrorCode};

/// The amount of a receipt and its parts in won, all of them positive.
pub(super) struct Paid {
    /// All that was paid.
    pub(super) amounts: Amounts,
    /// The supply value (공급가액); none where the parts do not fit into the amount.
    pub(super) supply: Option<i64>,
}

impl Paid {
    /// Rule 11: `approvalAmt` may be all that was paid or the price without its parts. Where it is neither,
    /// there is an alarm, and the answer counts, not what was asked.
    pub(super) fn of(approval: &Approval, parts: Option<&Amounts>) -> Result<Self, Error> {
        let another = approval
            .alarms
            .iter()
            .any(|alarm| matches!(alarm, Alarm::AmountDiffers { field, .. } if field == "approvalAmt"));
        let amount = if another { approval.approval_amt } else { approval.requested };
        let answered = Amounts {
            amount,
            tax: approval.tax_amt.unwrap_or(0),
            tip: approval.tip_amt.unwrap_or(0),
            tax_free: approval.tax_free_amt.unwrap_or(0),
        };
        let amounts = match parts {
            Some(parts) if parts.amount != amount => {
                return Err(Error::field(
                    ErrorCode::InvalidAmount,
                    "parts.amount",
                    format!("{} won", parts.amount),
                    format!("{amount} won, as it was paid"),
                ));
            }
            Some(parts) if answered.has_parts() && *parts != answered => {
                return Err(Error::field(
                    ErrorCode::InvalidAmount,
                    "parts",
                    "the terminal answered other parts",
                    "none, or the parts as answered",
                ));
            }
            Some(parts) => *parts,
            None => answered,
        };
        let supply = [amounts.tax, amounts.tip, amounts.tax_free]
            .iter()
            .try_fold(amount, |rest, part| rest.checked_sub(*part))
            .filter(|supply| *supply >= 0);
        Ok(Self { amounts, supply })
    }
}
