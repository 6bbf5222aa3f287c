//! What the caller says of a receipt; the rest comes from the outcome.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check_text;
use crate::error::{Error, ErrorCode};
use crate::money::{Amounts, MAX_AMOUNT};
use crate::request::ApprovalReference;
use crate::text::Language;

/// The longest name of a shop or an item, or line of a footer, in characters.
const LONGEST_LINE: usize = 100;
/// The longest number of a shop, in characters.
const LONGEST_NUMBER: usize = 20;
/// The most items on one receipt.
const MOST_ITEMS: usize = 1_000;
/// The most lines of a footer.
const MOST_FOOTER: usize = 20;

/// Whose receipt it is. What is empty is not printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shop {
    /// The shop's name (상호), at most 100 characters.
    pub name: String,
    /// The business registration number (사업자번호), at most 20 characters; ten digits are printed as
    /// `123-45-67890`.
    pub business_no: String,
    /// The address (주소), at most 100 characters.
    pub address: String,
    /// The telephone number (전화), at most 20 characters.
    pub phone: String,
    /// The owner's name (대표자), at most 100 characters.
    pub owner: String,
}

impl Shop {
    /// A shop of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The business registration number (사업자번호).
    #[must_use]
    pub fn business_no(mut self, number: impl Into<String>) -> Self {
        self.business_no = number.into();
        self
    }

    /// The address.
    #[must_use]
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = phone.into();
        self
    }

    /// The owner's name (대표자).
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    fn check(&self) -> Result<(), Error> {
        for (field, text, longest) in [
            ("shop.name", &self.name, LONGEST_LINE),
            ("shop.businessNo", &self.business_no, LONGEST_NUMBER),
            ("shop.address", &self.address, LONGEST_LINE),
            ("shop.phone", &self.phone, LONGEST_NUMBER),
            ("shop.owner", &self.owner, LONGEST_LINE),
        ] {
            check_text(|| field.to_owned(), text, longest)?;
        }
        Ok(())
    }
}

/// The shop's name alone: the owner is a person.
impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shop").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One line of what was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptItem {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// How many, 1 to 999,999.
    pub quantity: u32,
    /// The price of one in won, tax included; negative for a discount.
    pub price: i64,
}

impl ReceiptItem {
    /// So many of something, at a price each.
    #[must_use]
    pub fn new(name: impl Into<String>, quantity: u32, price: i64) -> Self {
        Self { name: name.into(), quantity, price }
    }

    /// The price of all of them in won.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.price.saturating_mul(i64::from(self.quantity))
    }

    fn check(&self, at: usize) -> Result<(), Error> {
        check_text(|| format!("items[{at}].name"), &self.name, LONGEST_LINE)?;
        if self.name.trim().is_empty() {
            return Err(Error::field(
                ErrorCode::InvalidText,
                format!("items[{at}].name"),
                "blank",
                format!("1 to {LONGEST_LINE} characters"),
            ));
        }
        if !(1..=999_999).contains(&self.quantity) {
            return Err(Error::field(
                ErrorCode::InvalidAmount,
                format!("items[{at}].quantity"),
                self.quantity.to_string(),
                "1 to 999,999",
            ));
        }
        if !(-MAX_AMOUNT..=MAX_AMOUNT).contains(&self.total()) {
            return Err(Error::field(
                ErrorCode::InvalidAmount,
                format!("items[{at}].price"),
                format!("{} won each", self.price),
                "a price that comes to at most 999,999,999,999 won",
            ));
        }
        Ok(())
    }
}

/// For whom a receipt is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptCopy {
    /// 고객용.
    #[default]
    Customer,
    /// 가맹점용: with the raw fields that a later cancellation is typed from.
    Merchant,
}

/// What the caller says of a receipt. Whether it was play money is not among it: that is the outcome's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReceiptOptions {
    /// Whose receipt it is.
    pub shop: Shop,
    /// Print the logo that the terminal holds.
    pub logo: bool,
    /// What was bought, at most 1,000 lines. Their sum may differ from what was paid here (a bill that is
    /// paid by two cards); then both are printed.
    pub items: Vec<ReceiptItem>,
    /// The parts of the amount as the till computed them, where the terminal was not told. Their amount must
    /// be what was paid.
    pub parts: Option<Amounts>,
    /// The approval that was undone, for a cancellation's receipt.
    pub original: Option<ApprovalReference>,
    /// For whom.
    pub copy: ReceiptCopy,
    /// It was printed before (재발행).
    pub reprint: bool,
    /// Print what a tax-refund slip says of a person: name, country, passport number. The caller answers for
    /// it.
    pub personal: bool,
    /// Korean unless another is named.
    pub language: Language,
    /// When it is printed; Korea's time is printed.
    pub printed_at: Option<Timestamp>,
    /// Lines at the end, at most 20 of at most 100 characters.
    pub footer: Vec<String>,
}

impl Default for ReceiptOptions {
    fn default() -> Self {
        Self {
            shop: Shop::default(),
            logo: false,
            items: Vec::new(),
            parts: None,
            original: None,
            copy: ReceiptCopy::default(),
            reprint: false,
            personal: false,
            language: Language::Korean,
            printed_at: None,
            footer: Vec::new(),
        }
    }
}

impl ReceiptOptions {
    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        self.shop.check()?;
        too_many("items", self.items.len(), MOST_ITEMS)?;
        self.items.iter().enumerate().try_for_each(|(at, item)| item.check(at))?;
        if let Some(parts) = &self.parts {
            parts.check().map_err(|error| Error {
                field: error.field.map(|field| format!("parts.{field}").into()),
                ..error
            })?;
        }
        too_many("footer", self.footer.len(), MOST_FOOTER)?;
        self.footer
            .iter()
            .enumerate()
            .try_for_each(|(at, line)| check_text(|| format!("footer[{at}]"), line, LONGEST_LINE))
    }
}

fn too_many(field: &'static str, count: usize, most: usize) -> Result<(), Error> {
    if count <= most {
        return Ok(());
    }
    Err(Error::field(
        ErrorCode::InvalidText,
        field,
        format!("{count} lines"),
        format!("at most {most} lines"),
    ))
}

/// Without what may name a person.
impl fmt::Debug for ReceiptOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiptOptions")
            .field("shop", &self.shop)
            .field("copy", &self.copy)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}
