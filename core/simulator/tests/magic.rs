//! The magic amounts, from the terminal's side.

mod common;

use common::{Got, PTXID, Rig, sale, seconds};
use danmal_simulator::{MAGIC, Plan, Settings, magic};
use serde_json::json;

fn rig() -> Rig {
    Rig::with(Settings::default(), Plan::default())
}

/// What a client sees of an amount: the results of its whole answers, whether its connection ended.
fn seen(amount: i64) -> (Vec<String>, Option<bool>, Rig) {
    let mut rig = rig();
    rig.sale(amount);
    let closed = rig.closed();
    let raw = rig.bytes();
    let plain = matches!(amount, 1_032 | 1_042 | 1_101..=1_104);
    let results = if plain {
        vec![format!("{} bytes", raw.len())]
    } else {
        rig.answers().iter().map(|answer| answer.result().to_owned()).collect()
    };
    (results, closed, rig)
}

#[test]
fn the_table_is_in_order_and_complete() {
    assert!(MAGIC.windows(2).all(|two| two[0].amount < two[1].amount));
    for entry in MAGIC {
        assert!(!entry.en.is_empty() && !entry.ko.is_empty() && !entry.faults.is_empty());
        let outcomes = ["approved", "declined", "aborted", "notPerformed", "reversed"];
        assert!(outcomes.contains(&entry.outcome), "{}", entry.amount);
        assert!(entry.amount < Settings::default().signature_from);
        assert_eq!(magic(entry.amount).map(|found| found.amount), Some(entry.amount));
    }
    assert!(magic(15_000).is_none() && magic(1_000).is_none());
}

#[test]
fn each_amount_shows_what_it_simulates() {
    for (amount, results, closed) in [
        (1_004, &["8324"][..], None),
        (1_005, &["7421"], None),
        (1_010, &["0010", "0000"], None),
        (1_011, &["0010", "9999"], None),
        (1_012, &["0010", "0010", "0010", "0000"], None),
        (1_020, &["0000"], None),
        (1_030, &[], Some(true)),
        (1_031, &[], Some(true)),
        (1_032, &["40 bytes"], Some(false)),
        (1_033, &[], Some(true)),
        (1_040, &["0000", "0000"], None),
        (1_041, &["0000"], None),
        (1_050, &["0000"], None),
        (1_060, &["0001"], None),
        (1_070, &["0000"], None),
        (1_071, &["8901"], None),
        (1_072, &["8900"], None),
        (1_080, &[], Some(true)),
        (1_081, &[], Some(true)),
        (1_082, &[], Some(true)),
        (1_090, &["5007"], None),
        (1_091, &["9999"], None),
        (1_092, &["9993"], None),
        (1_100, &["0000"], None),
        (1_110, &["0000"], None),
        (1_111, &["0000"], Some(false)),
    ] {
        let (found, ended, _) = seen(amount);
        assert_eq!((found, ended), (results.iter().map(ToString::to_string).collect(), closed), "{amount}");
    }
}

#[test]
fn the_ledger_agrees_with_the_outcome_that_is_promised() {
    for entry in MAGIC {
        let (_, _, mut rig) = seen(entry.amount);
        // What every till does in the end: come back, look, confirm.
        rig.pass(seconds(30));
        rig.connect();
        rig.ask("980001");
        rig.rest();
        let performed = rig.host.performed(PTXID);
        assert_eq!(performed, usize::from(entry.outcome == "approved"), "{}: {}", entry.amount, entry.en);
        rig.connect();
        let expected = match entry.outcome {
            "approved" => ("0000".to_owned(), PTXID.to_owned()),
            "reversed" => ("8003".to_owned(), PTXID.to_owned()),
            _ => continue,
        };
        assert_eq!(rig.last(), expected, "{}", entry.amount);
    }
}

#[test]
fn only_sales_and_receipts_are_magic() {
    let mut rig = rig();
    rig.send("010020", json!({"approvalAmt": 1_060, "approvalNo": "1", "transactionDate": "2", "transactionNo": "3", "ptxid": "C"}));
    rig.rest();
    assert_eq!(rig.answer().result(), "8350");
    rig.send("070010", json!({"priceAmt": 1_060, "taxAmt": 0, "tipAmt": 0, "taxFreeAmt": 0, "traderType": "1", "approvalNumber": "1", "ptxid": "R"}));
    assert_eq!(rig.answer().result(), "0001");
    let mut without = Rig::new();
    without.sale(1_060);
    assert_eq!(without.answer().result(), "0000", "it can be switched off");
}

#[test]
fn the_other_bytes_of_the_table() {
    let bytes = |amount| {
        let mut rig = rig();
        rig.send("010010", sale(PTXID, amount));
        rig.rest();
        let pieces = rig.got.iter().filter(|got| matches!(got, Got::Bytes(..))).count();
        (rig.bytes(), pieces)
    };
    let (plain, _) = bytes(1_041);
    assert_eq!(bytes(1_042).1, plain.len().div_ceil(7));
    assert!(bytes(1_101).0.starts_with(b"\x02??\x030"));
    assert!(bytes(1_102).0.len() < plain.len());
    assert!(bytes(1_103).0.starts_with(b"0050010010{"));
    assert!(!bytes(1_104).0.is_ascii());
}
