//! The receipt of an approval, section by section.

use danmal_model::{
    Alarm, Approval, Error, Kind, Language, Paper, ReceiptCopy, ReceiptItem, ReceiptOptions, Secret,
    TaxRefundSlip, Text,
};
use danmal_wire::clean_text;

use super::layout::{BODY, Layout, SMALL, TITLE};
use super::paid::Paid;
use super::{show, words};

/// The longest text of a terminal on a receipt, in characters.
const LONGEST: usize = 64;

/// The receipt of an approval.
pub(super) fn receipt(approval: &Approval, options: &ReceiptOptions) -> Result<Paper, Error> {
    let kind = approval.operation;
    let mut layout = Layout::begin(options.language, approval.simulated);
    if options.logo {
        layout.logo();
    }
    layout.left(TITLE, &title(approval, options.language));
    copy_line(&mut layout, options);
    layout.rule();
    shop(&mut layout, options);
    if kind.is_slip() {
        slip(&mut layout, approval, options);
    } else {
        let paid = Paid::of(approval, options.parts.as_ref())?;
        items(&mut layout, &options.items, kind, &paid);
        amounts(&mut layout, approval, &paid);
        layout.rule();
        card(&mut layout, approval);
        numbers(&mut layout, approval, options, &paid);
    }
    if let Some(order) = &approval.order {
        layout.pair(&words::ORDER, &plain(order));
    }
    if let Some(at) = options.printed_at {
        layout.pair(&words::PRINTED_AT, &show::moment(at));
    }
    alarms(&mut layout, approval, options);
    footer(&mut layout, &options.footer);
    Ok(layout.end())
}

fn title(approval: &Approval, language: Language) -> String {
    let title = words::title(approval.operation).get(language).to_owned();
    let cash = is_cash_receipt(approval.operation);
    match approval.trader_type.as_deref().filter(|_| cash).and_then(words::trader) {
        Some(trader) => format!("{title} {}", trader.get(language)),
        None => title,
    }
}

const fn is_cash_receipt(kind: Kind) -> bool {
    matches!(kind, Kind::CashReceiptIssue | Kind::CashReceiptCancellation)
}

/// For whom it is, and whether it was printed before.
pub(super) fn copy_line(layout: &mut Layout, options: &ReceiptOptions) {
    let copy = match options.copy {
        ReceiptCopy::Customer => words::CUSTOMER_COPY,
        ReceiptCopy::Merchant => words::MERCHANT_COPY,
    };
    let copy = layout.word(&copy).to_owned();
    if options.reprint {
        let reprint = layout.word(&words::REPRINT).to_owned();
        layout.pair_of(BODY, copy, &reprint);
    } else {
        layout.left(BODY, &copy);
    }
}

/// The shop and a rule below it; nothing where nothing is said of the shop.
pub(super) fn shop(layout: &mut Layout, options: &ReceiptOptions) {
    let shop = &options.shop;
    if [&shop.name, &shop.business_no, &shop.address, &shop.phone, &shop.owner]
        .iter()
        .all(|text| text.trim().is_empty())
    {
        return;
    }
    layout.left(BODY, &shop.name);
    layout.pair(&words::BUSINESS_NO, &show::business_no(&shop.business_no));
    layout.pair(&words::OWNER, &shop.owner);
    layout.pair(&words::PHONE, &shop.phone);
    layout.left(BODY, &shop.address);
    layout.rule();
}

/// An amount as it is printed: negative on a cancellation, whatever sign the terminal gave it.
const fn signed(kind: Kind, amount: i64) -> i64 {
    if kind.is_cancellation() { amount.saturating_abs().saturating_neg() } else { amount }
}

/// What was bought, and its sum where that is not what was paid.
fn items(layout: &mut Layout, items: &[ReceiptItem], kind: Kind, paid: &Paid) {
    if items.is_empty() {
        return;
    }
    // A discount is negative by itself: it is turned round, not made negative.
    let sign = if kind.is_cancellation() { -1 } else { 1 };
    let header = [&words::ITEM, &words::QUANTITY, &words::PRICE].map(|text| layout.word(text).to_owned());
    layout.thirds(header);
    for item in items {
        let total = show::grouped(sign * item.total());
        let quantity = show::grouped(i64::from(item.quantity));
        let name = item.name.trim();
        if item.quantity == 1 && Layout::fits_third(name) && Layout::fits_third(&total) {
            layout.thirds([name.to_owned(), quantity, total]);
            continue;
        }
        layout.left(BODY, name);
        let each = format!("  @{}", show::grouped(item.price));
        if [&each, &quantity, &total].iter().all(|text| Layout::fits_third(text)) {
            layout.thirds([each, quantity, total]);
        } else {
            layout.pair_of(BODY, format!("{each} x {quantity}"), &total);
        }
    }
    let sum: i64 = sign * items.iter().map(ReceiptItem::total).sum::<i64>();
    if sum != signed(kind, paid.amounts.amount) {
        layout.pair(&words::ITEMS_SUM, &show::won(sum, layout.language));
    }
    layout.rule();
}

fn amounts(layout: &mut Layout, approval: &Approval, paid: &Paid) {
    let (language, kind) = (layout.language, approval.operation);
    let won = |amount: i64| show::won(signed(kind, amount), language);
    let amounts = &paid.amounts;
    if amounts.has_parts() {
        if let Some(supply) = paid.supply {
            layout.pair(&words::SUPPLY, &won(supply));
        }
        layout.pair(&words::TAX, &won(amounts.tax));
        for (label, part) in [(&words::TIP, amounts.tip), (&words::TAX_FREE, amounts.tax_free)] {
            if part != 0 {
                layout.pair(label, &won(part));
            }
        }
    }
    for (at, points) in approval.points.iter().enumerate() {
        if let Some(points) = points.filter(|points| *points != 0) {
            let label = format!("{} {}", layout.word(&words::POINTS), at + 1);
            layout.pair_of(BODY, label, &show::won(points, language));
        }
    }
    let label = if kind.is_cancellation() { &words::CANCELLED_TOTAL } else { &words::TOTAL };
    layout.large_pair(label, &won(amounts.amount));
    if let Some(months) = approval.installment.filter(|_| !is_cash_receipt(kind)) {
        layout.pair(&words::INSTALMENT, &instalment(months, language));
    }
}

fn instalment(months: i64, language: Language) -> String {
    match (months, language) {
        (0 | 1, _) => words::SINGLE.get(language).to_owned(),
        (_, Language::Korean) => format!("{months}개월"),
        (_, Language::English) => format!("{months} months"),
    }
}

fn card(layout: &mut Layout, approval: &Approval) {
    let cash = is_cash_receipt(approval.operation);
    if let Some(service) = &approval.service_code {
        layout.pair(&words::SERVICE, &plain(service));
    }
    if let Some(title) = &approval.receipt_title {
        layout.pair(&words::RECEIPT_TITLE, &plain(title));
    }
    if let Some(card) = &approval.masked_card {
        let label = if cash { &words::IDENTIFIER } else { &words::CARD };
        let shown = if cash { card.as_str().to_owned() } else { show::card(card) };
        layout.pair(label, &shown);
    }
    for (label, name, code) in [
        (&words::ISSUER, &approval.issuer_name, &approval.issuer_code),
        (&words::ACQUIRER, &approval.acquirer_name, &approval.acquirer_code),
    ] {
        let name = plain(name);
        layout.pair(label, &if name.is_empty() { plain(code) } else { name });
    }
    layout.pair(&words::MERCHANT, &plain(&approval.merchant_code));
}

fn numbers(layout: &mut Layout, approval: &Approval, options: &ReceiptOptions, paid: &Paid) {
    layout.pair(&words::APPROVAL_NO, &plain(&approval.approval_no));
    let raw_date = plain(&approval.transaction_date);
    let date = show::date(&raw_date);
    layout.pair(&words::DATE, &if date.is_empty() { show::moment(approval.at) } else { date.clone() });
    layout.pair(&words::TRANSACTION_NO, &plain(&approval.transaction_no));
    if let Some(original) = &options.original {
        layout.pair(&words::ORIGINAL_NO, &plain(&original.approval_no));
        layout.pair(&words::ORIGINAL_DATE, &show::date(&plain(&original.transaction_date)));
    }
    // A cancellation that is typed from this slip echoes the raw fields (rule 10).
    if options.copy == ReceiptCopy::Merchant {
        if raw_date != date {
            layout.pair(&words::ANSWERED_DATE, &raw_date);
        }
        if approval.approval_amt != paid.amounts.amount {
            layout.pair(&words::ANSWERED_AMOUNT, &show::grouped(approval.approval_amt));
        }
    }
}

fn slip(layout: &mut Layout, approval: &Approval, options: &ReceiptOptions) {
    let (language, kind) = (layout.language, approval.operation);
    if approval.approval_amt != 0 {
        let sale = show::won(signed(kind, approval.approval_amt), language);
        layout.pair(&words::SALE_AMOUNT, &sale);
    }
    let blank = TaxRefundSlip::default();
    let slip = approval.slip.as_deref().unwrap_or(&blank);
    if slip.refund_balance != 0 {
        let refund = show::won(signed(kind, slip.refund_balance), language);
        layout.large_pair(&words::REFUND, &refund);
    }
    layout.rule();
    layout.pair(&words::SLIP_NO, &plain(&slip.taxrefund_serial));
    layout.pair(&words::REFUND_NO, &plain(&slip.refund_serial));
    layout.pair(&words::DATE, &show::date_and_time(&plain(&slip.refund_date), &plain(&slip.refund_time)));
    if options.personal {
        let secret = |secret: &Secret| plain(secret.reveal());
        layout.pair(&words::BUYER, &secret(&slip.buyer_name));
        layout.pair(&words::COUNTRY, &secret(&slip.buyer_country));
        layout.pair(&words::PASSPORT, &secret(&slip.passport_serial));
    }
    layout.left(SMALL, &plain(&slip.res_message));
    layout.left(SMALL, &plain(&slip.res_message_taxrefund));
}

/// What a person should look at: on the merchant's copy all of it, on the customer's what concerns the money.
fn alarms(layout: &mut Layout, approval: &Approval, options: &ReceiptOptions) {
    let shown: Vec<Text> = approval
        .alarms
        .iter()
        .filter(|alarm| {
            options.copy == ReceiptCopy::Merchant
                || matches!(
                    alarm,
                    Alarm::AmountDiffers { .. } | Alarm::AmountMissing | Alarm::ForeignReversal
                )
        })
        .map(Alarm::text)
        .collect();
    if shown.is_empty() {
        return;
    }
    layout.rule();
    layout.say(BODY, &words::LOOK);
    for text in &shown {
        layout.left(BODY, &clean_text(text.get(layout.language), 200));
    }
}

fn footer(layout: &mut Layout, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    layout.rule();
    for line in lines {
        if line.trim().is_empty() {
            layout.blank();
        } else {
            layout.left(BODY, line);
        }
    }
}

/// Text of a terminal, fit for paper.
pub(super) fn plain(text: &str) -> String {
    clean_text(text.trim(), LONGEST).trim().to_owned()
}
