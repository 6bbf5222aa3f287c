//! What a till asks for.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};
use crate::kind::Kind;
use crate::masked::Secret;
use crate::masked::{is_invisible, is_withheld, record_number};
use crate::money::Amounts;
use crate::outcome::Approval;
use crate::ptxid::Ptxid;

/// The longest `order` or `key`, in characters.
pub const MAX_LABEL: usize = 64;

/// What a receipt calls the sale, and what keeps a double click from charging twice (rule 13).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Labels {
    /// The order's label on the receipt, at most 64 characters. It is also the key where none is given.
    pub order: Option<String>,
    /// The key against double clicks, at most 64 characters: while an operation under it runs, is
    /// `Unknown` or stands approved, the same key gives the same operation.
    pub key: Option<String>,
}

impl Labels {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (field, text) in [("order", &self.order), ("key", &self.key)] {
            if let Some(text) = text {
                check_text(field, text, MAX_LABEL)?;
            }
        }
        Ok(())
    }
}

fn check_text(field: &'static str, text: &str, longest: usize) -> Result<(), Error> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > longest || text.chars().any(is_invisible) {
        return Err(Error::field(
            ErrorCode::InvalidText,
            field,
            if text.trim().is_empty() {
                "blank".to_owned()
            } else if length > longest {
                format!("{length} characters")
            } else {
                "a control or invisible character".to_owned()
            },
            format!("1 to {longest} characters without control or invisible characters"),
        ));
    }
    Ok(())
}

/// A sale by card (신용승인).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sale {
    /// What is paid, and its parts.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Instalment months (할부): 0 for a single payment, or 2 to 36.
    pub installment: u8,
    /// Order and key.
    #[serde(flatten)]
    pub labels: Labels,
}

/// Builders that every request with amounts and labels has.
macro_rules! with_labels {
    ($type:ty) => {
        impl $type {
            /// The label for the receipt; also the key, where no other is given.
            #[must_use]
            pub fn order(mut self, order: impl Into<String>) -> Self {
                self.labels.order = Some(order.into());
                self
            }

            /// The key against double clicks.
            #[must_use]
            pub fn key(mut self, key: impl Into<String>) -> Self {
                self.labels.key = Some(key.into());
                self
            }
        }
    };
}

macro_rules! with_amounts {
    ($type:ty) => {
        impl $type {
            /// The value added tax within the amount.
            #[must_use]
            pub fn tax(mut self, won: i64) -> Self {
                self.amounts.tax = won;
                self
            }

            /// The tip within the amount.
            #[must_use]
            pub fn tip(mut self, won: i64) -> Self {
                self.amounts.tip = won;
                self
            }

            /// The tax-free part of the amount.
            #[must_use]
            pub fn tax_free(mut self, won: i64) -> Self {
                self.amounts.tax_free = won;
                self
            }
        }
    };
}

with_labels!(Sale);
with_amounts!(Sale);

impl Sale {
    /// A sale of so many won, everything included.
    #[must_use]
    pub fn won(amount: i64) -> Self {
        Self { amounts: Amounts::won(amount), ..Self::default() }
    }

    /// A sale of an amount already split into its parts.
    #[must_use]
    pub fn of(amounts: Amounts) -> Self {
        Self { amounts, ..Self::default() }
    }

    /// Instalment months: 0 or 2 to 36.
    #[must_use]
    pub fn installment(mut self, months: u8) -> Self {
        self.installment = months;
        self
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        self.amounts.check()?;
        if self.installment == 1 || self.installment > 36 {
            return Err(Error::field(
                ErrorCode::InvalidInstallment,
                "installment",
                format!("{} months", self.installment),
                "0 (single payment) or 2 to 36",
            ));
        }
        self.labels.check()
    }
}

/// A sale by QR or barcode (간편결제 승인).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EasyPay {
    /// The sale.
    #[serde(flatten)]
    pub sale: Sale,
    /// The service, `QRD` by default: 1 to 16 ASCII letters or digits.
    #[serde(default = "qrd")]
    pub service_code: String,
}

fn qrd() -> String {
    "QRD".to_owned()
}

impl EasyPay {
    /// An easy-pay sale of so many won by `QRD`.
    #[must_use]
    pub fn won(amount: i64) -> Self {
        Sale::won(amount).into()
    }

    /// The service code.
    #[must_use]
    pub fn service_code(mut self, code: impl Into<String>) -> Self {
        self.service_code = code.into();
        self
    }

    /// The label for the receipt; also the key, where no other is given.
    #[must_use]
    pub fn order(mut self, order: impl Into<String>) -> Self {
        self.sale = self.sale.order(order);
        self
    }

    /// The key against double clicks.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.sale = self.sale.key(key);
        self
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        self.sale.check()?;
        check_code("serviceCode", &self.service_code, 16)
    }
}

impl From<Sale> for EasyPay {
    fn from(sale: Sale) -> Self {
        Self { sale, service_code: qrd() }
    }
}

fn check_code(field: &'static str, text: &str, longest: usize) -> Result<(), Error> {
    if text.is_empty() || text.len() > longest || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::field(
            ErrorCode::InvalidText,
            field,
            format!("{} characters", text.chars().count()),
            format!("1 to {longest} ASCII letters or digits"),
        ));
    }
    Ok(())
}

/// Whom a cash receipt is for (`traderType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TraderType {
    /// 소득공제, `"1"`: a consumer's income deduction.
    #[default]
    IncomeDeduction,
    /// 지출증빙, `"2"`: a business's proof of expense.
    ExpenseProof,
}

impl TraderType {
    /// The wire's value.
    #[must_use]
    pub const fn as_wire(self) -> &'static str {
        match self {
            Self::IncomeDeduction => "1",
            Self::ExpenseProof => "2",
        }
    }
}

/// A cash receipt to issue (현금영수증 발급).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CashReceipt {
    /// What was paid in cash, and its parts.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Income deduction or proof of expense.
    pub trader_type: TraderType,
    /// The phone, business or receipt-card number, digits only, at most 20; empty where the customer types
    /// it into the terminal. Never journaled.
    pub identifier: Secret,
    /// Order and key.
    #[serde(flatten)]
    pub labels: Labels,
}

with_labels!(CashReceipt);
with_amounts!(CashReceipt);

impl CashReceipt {
    /// A receipt for so many won paid in cash, for a consumer who types the number into the terminal.
    #[must_use]
    pub fn won(amount: i64) -> Self {
        Self { amounts: Amounts::won(amount), ..Self::default() }
    }

    /// The identifier of whom it is for.
    #[must_use]
    pub fn identifier(mut self, identifier: impl Into<Secret>) -> Self {
        self.identifier = identifier.into();
        self
    }

    /// Income deduction or proof of expense.
    #[must_use]
    pub fn trader_type(mut self, trader_type: TraderType) -> Self {
        self.trader_type = trader_type;
        self
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted; never shows the identifier.
    pub fn check(&self) -> Result<(), Error> {
        self.amounts.check()?;
        check_identifier(&self.identifier)?;
        self.labels.check()
    }
}

fn check_identifier(identifier: &Secret) -> Result<(), Error> {
    let text = identifier.reveal();
    if text.len() > 20 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::field(
            ErrorCode::InvalidText,
            "approvalNumber",
            "not a number of at most 20 digits",
            "0 to 20 digits, without hyphens",
        ));
    }
    Ok(())
}

/// The raw fields of an approval that its cancellation echoes (rule 10), from the record or from a slip.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalReference {
    /// The approval number (승인번호).
    pub approval_no: String,
    /// The terminal's transaction number (거래번호).
    pub transaction_no: String,
    /// The transaction's date exactly as the terminal wrote it.
    pub transaction_date: String,
    /// The approved amount, of which no part is cancelled, exactly as the terminal answered it.
    pub approval_amt: i64,
}

impl ApprovalReference {
    /// As a journal may keep it: a number that may be a card's is withheld. Only for comparing, never to be sent.
    #[must_use]
    pub fn for_record(&self) -> Self {
        Self {
            approval_no: record_number(&self.approval_no),
            transaction_no: record_number(&self.transaction_no),
            transaction_date: record_number(&self.transaction_date),
            approval_amt: self.approval_amt,
        }
    }
}

/// A cancellation (취소) of an approval: from the recorded approval, or typed from a slip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancellation {
    /// What is cancelled.
    pub of: ApprovalReference,
    /// The operation that was approved, where it is on record.
    #[serde(default)]
    pub original: Option<Ptxid>,
    /// What was approved, where it is known: a card sale is cancelled by another request than an easy-pay one.
    #[serde(default)]
    pub approved: Option<Kind>,
    /// Order and key.
    #[serde(flatten)]
    pub labels: Labels,
}

with_labels!(Cancellation);

impl Cancellation {
    /// A cancellation typed from a slip; it is journaled as typed.
    #[must_use]
    pub fn from_slip(of: ApprovalReference) -> Self {
        Self { of, original: None, approved: None, labels: Labels::default() }
    }

    /// Refuses bad input, and a number that the record could not keep ([`is_withheld`]): that one is typed from
    /// the slip.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        Amounts::won(self.of.approval_amt)
            .check()
            .map_err(|e| Error { field: Some("approvalAmt".into()), ..e })?;
        for (field, number) in [
            ("approvalNo", &self.of.approval_no),
            ("transactionDate", &self.of.transaction_date),
            ("transactionNo", &self.of.transaction_no),
        ] {
            if is_withheld(number) {
                return Err(Error::field(
                    ErrorCode::InvalidText,
                    field,
                    "not kept, because it could be a card number",
                    "the number as the slip prints it, typed by the cashier",
                ));
            }
        }
        check_code("approvalNo", self.of.approval_no.trim(), 20)?;
        check_text("transactionDate", &self.of.transaction_date, 20)?;
        if !self.of.transaction_no.is_empty() {
            check_text("transactionNo", &self.of.transaction_no, 40)?;
        }
        self.labels.check()
    }
}

impl From<&Approval> for Cancellation {
    fn from(approval: &Approval) -> Self {
        Self {
            of: approval.reference(),
            original: Some(approval.id),
            approved: Some(approval.operation),
            labels: Labels::default(),
        }
    }
}

impl From<&Box<Approval>> for Cancellation {
    fn from(approval: &Box<Approval>) -> Self {
        Self::from(&**approval)
    }
}

impl From<Box<Approval>> for Cancellation {
    fn from(approval: Box<Approval>) -> Self {
        Self::from(&*approval)
    }
}

impl From<Approval> for Cancellation {
    fn from(approval: Approval) -> Self {
        Self::from(&approval)
    }
}

impl From<ApprovalReference> for Cancellation {
    fn from(of: ApprovalReference) -> Self {
        Self::from_slip(of)
    }
}

/// A cancellation of a cash receipt (현금영수증 취소): the record, and the identifier from the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CashReceiptCancellation {
    /// What is cancelled.
    #[serde(flatten)]
    pub cancellation: Cancellation,
    /// As it was issued.
    #[serde(default)]
    pub trader_type: TraderType,
    /// As it was issued; danmal has not kept it.
    #[serde(default)]
    pub identifier: Secret,
}

impl CashReceiptCancellation {
    /// Cancels a recorded cash receipt.
    #[must_use]
    pub fn of(receipt: &Approval, identifier: impl Into<Secret>) -> Self {
        let trader_type = match receipt.trader_type.as_deref() {
            Some("2") => TraderType::ExpenseProof,
            _ => TraderType::IncomeDeduction,
        };
        Self { cancellation: receipt.into(), trader_type, identifier: identifier.into() }
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted; never shows the identifier.
    pub fn check(&self) -> Result<(), Error> {
        check_identifier(&self.identifier)?;
        self.cancellation.check()
    }
}

/// A tax-refund slip to issue (환급전표 발행); which fields are sent depends on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "device")]
pub enum TaxRefund {
    /// T650P.
    #[serde(rename_all = "camelCase")]
    T650p {
        /// `post` in the catalogue's example.
        mode: String,
        /// `card` in the catalogue's example.
        payment_type: String,
        /// The approved amount, won.
        approval_amt: i64,
        /// The sale's serial number.
        sales_serial: i64,
        /// The QR service, may be empty.
        qr_service_code: String,
        /// Order and key.
        labels: Labels,
    },
    /// P3MIX, medical services (의료).
    #[serde(rename_all = "camelCase")]
    P3mixMedical {
        /// Paid by card, won.
        card_amount: i64,
        /// Paid in cash, won.
        cash_amount: i64,
        /// Paid otherwise, won.
        etc_amount: i64,
        /// The sale's serial or the transaction number.
        sales_serial: String,
        /// The facilitator's number (유치업자).
        facilitator_number: String,
        /// Order and key.
        labels: Labels,
    },
    /// P3MIX, goods (물품).
    #[serde(rename_all = "camelCase")]
    P3mixGoods {
        /// The sale's serial or the transaction number.
        sales_serial: String,
        /// Order and key.
        labels: Labels,
    },
    /// P3MIX, hotels (호텔).
    #[serde(rename_all = "camelCase")]
    P3mixHotel {
        /// `yyMMdd`.
        check_in: String,
        /// `yyMMdd`.
        check_out: String,
        /// The sale's serial or the transaction number.
        sales_serial: String,
        /// Order and key.
        labels: Labels,
    },
}

impl TaxRefund {
    /// Order and key.
    #[must_use]
    pub const fn labels(&self) -> &Labels {
        match self {
            Self::T650p { labels, .. }
            | Self::P3mixMedical { labels, .. }
            | Self::P3mixGoods { labels, .. }
            | Self::P3mixHotel { labels, .. } => labels,
        }
    }

    /// The amount that the slip is about, where the request says one.
    #[must_use]
    pub const fn amount(&self) -> i64 {
        match self {
            Self::T650p { approval_amt, .. } => *approval_amt,
            Self::P3mixMedical { card_amount, cash_amount, etc_amount, .. } => {
                card_amount.saturating_add(*cash_amount).saturating_add(*etc_amount)
            }
            Self::P3mixGoods { .. } | Self::P3mixHotel { .. } => 0,
        }
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::T650p { mode, payment_type, approval_amt, sales_serial, qr_service_code, .. } => {
                check_code("taxRefundMode", mode, 16)?;
                check_code("paymentType", payment_type, 16)?;
                Amounts::won(*approval_amt)
                    .check()
                    .map_err(|e| Error { field: Some("approvalAmt".into()), ..e })?;
                if *sales_serial < 0 {
                    return Err(Error::field(
                        ErrorCode::InvalidText,
                        "salesSerial",
                        sales_serial.to_string(),
                        "0 or more",
                    ));
                }
                if !qr_service_code.is_empty() {
                    check_code("qrServiceCode", qr_service_code, 16)?;
                }
            }
            Self::P3mixMedical {
                card_amount,
                cash_amount,
                etc_amount,
                sales_serial,
                facilitator_number,
                ..
            } => {
                for (field, amount) in
                    [("cardAmount", card_amount), ("cashAmount", cash_amount), ("etcAmount", etc_amount)]
                {
                    if !(0..=crate::money::MAX_AMOUNT).contains(amount) {
                        return Err(Error::field(
                            ErrorCode::InvalidAmount,
                            field,
                            format!("{amount} won"),
                            "0 to 999,999,999,999 won",
                        ));
                    }
                }
                check_text("salesSerial", sales_serial, 40)?;
                if !facilitator_number.is_empty() {
                    check_code("facilitatorNumber", facilitator_number, 20)?;
                }
            }
            Self::P3mixGoods { sales_serial, .. } => check_text("salesSerial", sales_serial, 40)?,
            Self::P3mixHotel { check_in, check_out, sales_serial, .. } => {
                check_date("checkIn", check_in, 6)?;
                check_date("checkOut", check_out, 6)?;
                check_text("salesSerial", sales_serial, 40)?;
            }
        }
        self.labels().check()
    }
}

/// A slip that is cancelled (환급전표 취소) or asked for (환급전표 조회).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxRefundSerial {
    /// The slip's serial number, 1 to 30 letters or digits.
    pub tax_refund_serial: String,
    /// Whether the terminal prints.
    #[serde(default)]
    pub print: bool,
    /// Order and key; a query has no use for them.
    #[serde(flatten)]
    pub labels: Labels,
}

impl TaxRefundSerial {
    /// The slip with this number, not printed.
    #[must_use]
    pub fn new(tax_refund_serial: impl Into<String>) -> Self {
        Self { tax_refund_serial: tax_refund_serial.into(), print: false, labels: Labels::default() }
    }

    /// Refuses bad input.
    ///
    /// # Errors
    /// Names the field and what is accepted.
    pub fn check(&self) -> Result<(), Error> {
        check_code("taxRefundSerial", &self.tax_refund_serial, 30)?;
        self.labels.check()
    }
}

with_labels!(TaxRefundSerial);

/// Refuses what is not a date of `digits` digits (`yyMMdd` or `yyyyMMdd`).
///
/// # Errors
/// Names the field.
pub fn check_date(field: &'static str, text: &str, digits: usize) -> Result<(), Error> {
    let shape = if digits == 6 { "yyMMdd" } else { "yyyyMMdd" };
    let refuse =
        || Error::field(ErrorCode::InvalidDate, field, "not a date", format!("{shape}, a day that exists"));
    if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse());
    }
    let full = if digits == 6 { format!("20{text}") } else { text.to_owned() };
    let number = |range: std::ops::Range<usize>| full.get(range).and_then(|t| t.parse::<i16>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(4..6), number(6..8)) else {
        return Err(refuse());
    };
    jiff::civil::Date::new(year, month as i8, day as i8).map(|_| ()).map_err(|_| refuse())
}
