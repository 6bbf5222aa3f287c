//! Canaries: numbers of people who do not exist, in every field that a terminal may fill, and in nothing that
//! the simulator says of itself.

mod common;

use common::{PTXID, Rig, cancellation, sale};
use danmal_simulator::{Canaries, Plan, Settings};
use serde_json::{Value, json};

const CANARIES: [&str; 4] = ["4330120000001234", "01098765432", "M98765432", "M123A4567"];

fn rig() -> Rig {
    let canaries = Canaries(CANARIES.map(str::to_owned).to_vec());
    Rig::with(Settings { canaries, ..Settings::default() }, Plan::default())
}

fn holds(value: &Value, field: &str) -> bool {
    value["data"][field].as_str().is_some_and(|text| CANARIES.contains(&text))
}

#[test]
fn every_field_that_a_terminal_may_fill_holds_one() {
    let mut rig = rig();
    rig.sale(500);
    let approval = rig.answer();
    for field in [
        "merchantCode",
        "maskedTrackData",
        "issuerCode",
        "issuerName",
        "acquirerCode",
        "acquirerName",
        "serviceCode",
        "receiptTitle",
        "track2",
    ] {
        assert!(holds(&approval.body, field), "{field}");
    }
    let in_message =
        |value: &Value| CANARIES.iter().any(|canary| value.as_str().unwrap_or("").contains(canary));
    assert!(in_message(&approval.body["resultMessage"]) && in_message(&approval.body["vendorTrace"]));
    assert_eq!((approval.ptxid(), approval.data("approvalNo")), (PTXID, &json!("30000001")));
    assert_eq!(rig.last(), ("0000".into(), PTXID.into()));
    rig.send("010020", cancellation("C", &approval));
    rig.rest();
    assert_eq!(rig.answers()[0].result(), "0000", "what a cancellation echoes is left alone");

    rig.send("050010", json!({"cardAmount": 500}));
    rig.rest();
    let slip = rig.answer();
    for field in
        ["buyerName", "buyerCountry", "passportSerial", "facilitatorName", "resMessage", "message3", "mrz"]
    {
        assert!(holds(&slip.body, field), "{field}");
    }
    rig.send("050099", json!({"from": "20261125", "to": "20261125"}));
    assert!(in_message(&rig.answer().body["period"]));
    assert!(in_message(&rig.question("081008").data("codeList")[0]["codeName"]));
    rig.send("010010", sale("D", 1_004));
    rig.rest();
    assert!(in_message(&rig.answer().body["resultMessage"]), "a decline too");
}

#[test]
fn nothing_that_the_simulator_says_of_itself_holds_one() {
    let mut rig = rig();
    rig.terminal.watch(true);
    rig.sale(15_000);
    // A client may put a person's number anywhere too.
    for canary in CANARIES {
        rig.send("010010", sale(canary, 500));
        rig.rest();
        rig.send(
            "070010",
            json!({"priceAmt": 500, "taxAmt": 0, "tipAmt": 0, "taxFreeAmt": 0, "traderType": "1",
            "approvalNumber": canary, "ptxid": PTXID}),
        );
        rig.rest();
        rig.send(
            "900091",
            json!({"fontFamily": canary, "alert": true,
            "commands": [{"command": "left", "fontSize": 1, "message": [canary]}]}),
        );
        rig.rest();
    }
    let mut said = Vec::new();
    while let Some(event) = rig.terminal.poll_event() {
        said.push(format!("{event} {event:?}"));
    }
    said.push(format!("{:?}", rig.terminal.settings()));
    said.push(format!("{:?} {:?}", rig.terminal.papers(), rig.host));
    for line in said {
        for canary in CANARIES {
            assert!(!line.contains(canary), "{line}");
        }
    }
}
