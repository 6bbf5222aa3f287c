//! From a payment to its paper: the receipt of what was paid leaves for the terminal's printer.

mod common;

use common::{address, open, outcome};
use danmal::receipt::Receipt;
use danmal::receipt::preview::preview_text;
use danmal::{Outcome, ReceiptItem, Sale, Shop, block_on};

#[test]
fn the_receipt_of_a_payment_is_printed_as_play_money_on_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = open(&address(), &folder);
    let outcome = outcome(&terminal.approve(Sale::won(9_000).order("7")).unwrap());
    let Outcome::Approved(approval) = &outcome else { panic!("{outcome:?}") };
    let receipt = Receipt::of_outcome(&outcome).shop(Shop::new("단말 커피"));
    let paper = receipt.paper().unwrap();
    let text = preview_text(&paper, 40);
    assert!(text.contains(&approval.approval_no) && text.contains("9,000원"), "{text}");
    assert!(text.starts_with("모의"), "{text}");
    block_on(terminal.print(&paper)).unwrap();

    let items = (0..300).map(|at| ReceiptItem::new(format!("품목 번호 {at}"), 1, 30));
    let long = receipt.items(items).paper().unwrap();
    assert!(long.split().unwrap().len() > 1);
    block_on(terminal.print(&long)).unwrap();
}
