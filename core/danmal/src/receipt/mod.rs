//! Receipts (영수증, 매출전표): an outcome and what the till says of it, as paper for the terminal's printer.
//!
//! ```
//! # use danmal::receipt::Receipt;
//! # use danmal_model::{Outcome, Error, Paper, Shop};
//! # fn print(outcome: &Outcome) -> Result<Paper, Error> {
//! Receipt::of_outcome(outcome)
//!     .shop(Shop::new("단말 커피").business_no("1234567890"))
//!     .item("아메리카노", 2, 4_500)
//!     .item("치즈케이크", 1, 6_000)
//!     .paper()
//! # }
//! ```
//!
//! Only an `Approved` outcome gives a receipt; every other gives a note that says so. Play money is printed
//! as 모의 at the top and at the bottom, and no option changes that. The only card number that is printed is
//! the one that the model has masked.

mod layout;
mod note;
mod paid;
pub mod preview;
mod sections;
mod show;
mod width;
mod words;

use danmal_model::{
    Amounts, Approval, ApprovalReference, Error, ErrorCode, Language, Outcome, Paper, ReceiptCopy,
    ReceiptItem, ReceiptOptions, Shop,
};
use jiff::Timestamp;

/// A receipt that is being made: of what, and what the till says of it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Receipt<'a> {
    subject: Subject<'a>,
    options: ReceiptOptions,
}

#[derive(Clone, Copy, Debug)]
enum Subject<'a> {
    Approval(&'a Approval),
    Outcome(&'a Outcome),
}

impl<'a> Receipt<'a> {
    /// The receipt of an approval: of one that is an outcome. An approval that an `Unknown` carries was seen
    /// and is not proven; [`of_outcome`](Self::of_outcome) knows the difference.
    pub fn of(approval: &'a Approval) -> Self {
        Self { subject: Subject::Approval(approval), options: ReceiptOptions::default() }
    }

    /// The paper that belongs to an outcome: the receipt of what was approved, an interim note (결과 미확인)
    /// where it is not known, a note that nothing stands otherwise.
    pub fn of_outcome(outcome: &'a Outcome) -> Self {
        let subject = match outcome {
            Outcome::Approved(approval) => Subject::Approval(approval),
            other => Subject::Outcome(other),
        };
        Self { subject, options: ReceiptOptions::default() }
    }

    /// Whether the paper is a receipt: something was approved.
    #[must_use]
    pub const fn is_receipt(&self) -> bool {
        matches!(self.subject, Subject::Approval(_))
    }

    /// Everything that the till says of it at once.
    pub fn options(mut self, options: ReceiptOptions) -> Self {
        self.options = options;
        self
    }

    /// Whose receipt it is.
    pub fn shop(mut self, shop: Shop) -> Self {
        self.options.shop = shop;
        self
    }

    /// Print the logo that the terminal holds.
    pub fn logo(mut self) -> Self {
        self.options.logo = true;
        self
    }

    /// One line of what was bought: its name, how many, the price of one in won. A note has no such lines.
    pub fn item(mut self, name: impl Into<String>, quantity: u32, price: i64) -> Self {
        self.options.items.push(ReceiptItem::new(name, quantity, price));
        self
    }

    /// More lines of what was bought.
    pub fn items(mut self, items: impl IntoIterator<Item = ReceiptItem>) -> Self {
        self.options.items.extend(items);
        self
    }

    /// The parts of the amount as the till computed them, where the terminal was not told.
    pub fn parts(mut self, parts: Amounts) -> Self {
        self.options.parts = Some(parts);
        self
    }

    /// The approval that this cancellation undid.
    pub fn cancels(mut self, original: ApprovalReference) -> Self {
        self.options.original = Some(original);
        self
    }

    /// For whom it is printed; the customer, unless it is said.
    pub fn copy(mut self, copy: ReceiptCopy) -> Self {
        self.options.copy = copy;
        self
    }

    /// It was printed before (재발행).
    pub fn reprint(mut self) -> Self {
        self.options.reprint = true;
        self
    }

    /// Print what a tax-refund slip says of a person. The caller answers for it.
    pub fn with_personal_data(mut self) -> Self {
        self.options.personal = true;
        self
    }

    /// The language; Korean, unless it is said.
    pub fn language(mut self, language: Language) -> Self {
        self.options.language = language;
        self
    }

    /// When it is printed.
    pub fn printed_at(mut self, at: Timestamp) -> Self {
        self.options.printed_at = Some(at);
        self
    }

    /// A line at the end of the receipt. A note has none.
    pub fn footer(mut self, line: impl Into<String>) -> Self {
        self.options.footer.push(line.into());
        self
    }

    /// The paper. It may be longer than one frame: see [`Paper::split`].
    ///
    /// # Errors
    /// Names the field: as [`ReceiptOptions::check`]; `parts` that contradict what was answered; an
    /// `original` of something that is no cancellation.
    pub fn paper(&self) -> Result<Paper, Error> {
        let options = &self.options;
        options.check()?;
        let paper = match self.subject {
            Subject::Approval(approval) => {
                if options.original.is_some() && !approval.operation.is_cancellation() {
                    return Err(Error::field(
                        ErrorCode::InvalidSetting,
                        "original",
                        "the receipt is of no cancellation",
                        "none",
                    ));
                }
                sections::receipt(approval, options)?
            }
            Subject::Outcome(outcome) => note::note(outcome, options),
        };
        paper.check()?;
        Ok(paper)
    }
}
