//! Messages and streams that the property tests draw from.
#![allow(dead_code, clippy::needless_update, reason = "each test file uses its part")]

use danmal_wire::*;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub(crate) fn text() -> impl Strategy<Value = WireText> {
    let character = prop_oneof![
        4 => any::<char>(),
        4 => prop::char::range('가', '힣'),
        4 => prop::char::range(' ', '~'),
        1 => prop::sample::select(vec!['"', '\\', '/', '\n', '\u{0}', '\u{7f}', '\u{feff}', '{', '}']),
    ];
    prop::collection::vec(character, 0..12).prop_map(|text| text.into_iter().collect::<String>().into())
}

fn some_text() -> impl Strategy<Value = Option<WireText>> {
    prop::option::of(text())
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), 0..100_000_i64]
}

fn some_number() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(number())
}

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!(0.5)),
        text().prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\가]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Unknown fields: mostly none.
pub(crate) fn extra() -> impl Strategy<Value = Extra> {
    prop_oneof![
        3 => Just(Extra::default()),
        1 => prop::collection::btree_map("x_[a-z가\"]{0,4}", json_value(), 0..3)
            .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
    ]
}

/// A record of texts and numbers, each drawn from one list: a strategy per field would nest too deeply.
macro_rules! record {
    ($name:ident: $record:ident { $texts:ident $($text:ident),*; $numbers:ident $($number:ident),*; $($extra:ident)? }) => {
        pub(crate) fn $name() -> impl Strategy<Value = $record> {
            let texts = prop::collection::vec($texts(), [$(stringify!($text)),*].len());
            let names: &[&str] = &[$(stringify!($number)),*];
            let numbers = prop::collection::vec($numbers(), names.len());
            (texts, numbers, extra()).prop_map(|(texts, numbers, _extra)| {
                let (mut _texts, mut _numbers) = (texts.into_iter(), numbers.into_iter());
                $record {
                    $($text: _texts.next().unwrap(),)*
                    $($number: _numbers.next().unwrap(),)*
                    $($extra: _extra,)?
                    ..Default::default()
                }
            })
        }
    };
}

record!(approval: ApprovalRequest { text ptxid; number price_amt, tax_amt, tip_amt, tax_free_amt, installment; });
record!(easy_pay: EasyPayRequest {
    text service_code, ptxid; number price_amt, tax_amt, tip_amt, tax_free_amt, installment;
});
record!(cancellation: CancellationRequest {
    text approval_no, transaction_date, transaction_no, ptxid; number approval_amt;
});
record!(receipt: CashReceiptRequest {
    text trader_type, approval_number, ptxid; number price_amt, tax_amt, tip_amt, tax_free_amt;
});
record!(receipt_cancellation: CashReceiptCancellationRequest {
    text approval_no, transaction_date, transaction_no, trader_type, approval_number, ptxid; number approval_amt;
});
record!(totals_request: TotalsRequest { text from, to; number; });
record!(slip_issue: SlipRefundIssue { text tax_refund_mode, payment_type, ptxid; number approval_amt, sales_serial; });
record!(medical_issue: MedicalRefundIssue {
    some_text sales_serial, facilitator_number; some_number card_amount, cash_amount, etc_amount;
});
record!(goods_issue: GoodsRefundIssue { some_text sales_serial; some_number; });
record!(hotel_issue: HotelRefundIssue { some_text check_in, check_out, sales_serial; some_number; });
record!(slip: TaxRefundRequest { text tax_refund_serial, is_print, ptxid; number; });
record!(transaction: TransactionData {
    some_text approval_no, transaction_no, merchant_code, masked_track_data, issuer_code, issuer_name,
        acquirer_code, acquirer_name, transaction_date, service_code, receipt_title, trader_type, ptxid;
    some_number installment, approval_amt, tip_amt, tax_amt, tax_free_amt, point_amt1, point_amt2, point_amt3;
    extra
});
record!(refund: TaxRefundData {
    some_text buyer_country, buyer_name, duty_free_store_number, message0, message1, message2, message3,
        facilitator_business_serial, facilitator_medical_serial, facilitator_name, facilitator_serial,
        passport_serial, refund_date, refund_time, refund_serial, taxrefund_serial, res_code, res_message,
        res_message_taxrefund;
    some_number card_amount, cash_amount, etc_amount, price, refund_balance;
    extra
});
record!(code_entry: CodeEntry { some_text code, code_name, group_code, group_code_name; some_number; extra });

fn line() -> impl Strategy<Value = TotalsLine> {
    (some_number(), some_number(), some_number(), extra())
        .prop_map(|(count, price, issuer, extra)| TotalsLine { count, price, issuer, extra })
}

fn some_line() -> impl Strategy<Value = Option<TotalsLine>> {
    prop::option::of(line())
}

fn some_codes() -> impl Strategy<Value = Option<Vec<CodeEntry>>> {
    prop::option::of(prop::collection::vec(code_entry(), 0..4))
}

fn totals() -> impl Strategy<Value = Totals> {
    (some_text(), some_line(), some_line(), extra()).prop_map(|(period, approved, canceled, extra)| Totals {
        period,
        approved,
        canceled,
        extra,
    })
}

fn codes() -> impl Strategy<Value = CodeTable> {
    (some_number(), some_codes(), extra()).prop_map(|(total_count, code_list, extra)| CodeTable {
        total_count,
        code_list,
        extra,
    })
}

fn print_command() -> impl Strategy<Value = PrintCommand> {
    let line = || text().prop_map(|line| line.as_str().to_owned());
    let lines = (any::<u16>(), line(), line(), line());
    prop_oneof![
        Just(PrintCommand::Logo),
        Just(PrintCommand::Line),
        Just(PrintCommand::CuttingLine),
        Just(PrintCommand::Break),
        (any::<u16>(), line()).prop_map(|(font_size, a)| PrintCommand::Left { font_size, message: [a] }),
        (any::<u16>(), line()).prop_map(|(font_size, a)| PrintCommand::Right { font_size, message: [a] }),
        (any::<u16>(), line(), line())
            .prop_map(|(font_size, a, b)| PrintCommand::Text2 { font_size, message: [a, b] }),
        lines.prop_map(|(font_size, a, b, c)| PrintCommand::Text3 { font_size, message: [a, b, c] }),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        approval().prop_map(Request::CardApproval),
        cancellation().prop_map(Request::CardCancellation),
        easy_pay().prop_map(Request::EasyPayApproval),
        cancellation().prop_map(Request::EasyPayCancellation),
        receipt().prop_map(Request::CashReceiptIssue),
        receipt_cancellation().prop_map(Request::CashReceiptCancellation),
        prop::sample::select(vec![
            Request::StopCard,
            Request::StopEasyPay,
            Request::StopCashReceipt,
            Request::LastTransaction,
            Request::Confirm,
            Request::DownloadCodes,
            Request::Abort,
        ]),
        totals_request().prop_map(Request::SalesTotals),
        (text(), any::<bool>(), prop::collection::vec(print_command(), 0..5)).prop_map(
            |(font_family, alert, commands)| Request::Print(PrintRequest { font_family, alert, commands })
        ),
        (slip_issue(), some_text()).prop_map(|(issue, qr_service_code)| {
            Request::TaxRefundIssue(TaxRefundIssueRequest::Slip(SlipRefundIssue { qr_service_code, ..issue }))
        }),
        medical_issue()
            // Without a field of its own it is the goods shape.
            .prop_filter("a medical field", |issue| issue.card_amount.is_some()
                || issue.cash_amount.is_some())
            .prop_map(|request| Request::TaxRefundIssue(TaxRefundIssueRequest::Medical(request))),
        goods_issue().prop_map(|request| Request::TaxRefundIssue(TaxRefundIssueRequest::Goods(request))),
        hotel_issue()
            .prop_filter("a hotel field", |issue| issue.check_in.is_some() || issue.check_out.is_some())
            .prop_map(|request| Request::TaxRefundIssue(TaxRefundIssueRequest::Hotel(request))),
        slip().prop_map(Request::TaxRefundCancellation),
        slip().prop_map(Request::TaxRefundInquiry),
    ]
}

pub(crate) fn code() -> impl Strategy<Value = Code> {
    prop_oneof![
        9 => prop::sample::select(Code::KNOWN.to_vec()),
        1 => "[0-9]{6}".prop_map(|digits| digits.parse().unwrap()),
    ]
}

fn body(code: Code) -> BoxedStrategy<ResponseBody> {
    let transaction = || transaction().prop_map(|data| ResponseBody::Transaction(Box::new(data)));
    let refund = || refund().prop_map(|data| ResponseBody::TaxRefund(Box::new(data)));
    let data = match code {
        Code::StopCard | Code::StopEasyPay | Code::StopCashReceipt => {
            (some_text(), extra()).prop_map(|(ptxid, extra)| ResponseBody::Stopped { ptxid, extra }).boxed()
        }
        Code::SalesTotals => totals().prop_map(|data| ResponseBody::Totals(Box::new(data))).boxed(),
        Code::DownloadCodes => codes().prop_map(|data| ResponseBody::Codes(Box::new(data))).boxed(),
        Code::TaxRefundIssue | Code::TaxRefundCancellation | Code::TaxRefundInquiry => refund().boxed(),
        Code::LastTransaction => prop_oneof![
            transaction(),
            // Which of the two it is shows in its fields alone.
            refund().prop_filter("a slip's field", |body| match body {
                ResponseBody::TaxRefund(data) => data.refund_serial.is_some(),
                _ => false,
            }),
        ]
        .boxed(),
        Code::Confirm | Code::Print | Code::Abort | Code::Other(_) => {
            return Just(ResponseBody::Plain).boxed();
        }
        _ => transaction().boxed(),
    };
    prop_oneof![4 => data, 1 => Just(ResponseBody::Plain)].boxed()
}

pub(crate) fn response() -> impl Strategy<Value = Response> {
    code().prop_flat_map(|code| (Just(code), text(), text(), body(code), extra())).prop_map(
        |(code, result_code, result_message, body, extra)| Response {
            code,
            result_code,
            result_message,
            body,
            extra,
            unreadable: Vec::new(),
        },
    )
}
