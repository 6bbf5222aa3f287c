//! Approvals and outcomes to print.

use danmal_model::{Approval, Outcome, Shop};
use serde_json::{Value, json};

/// A card sale of 15,000 won with its tax, changed by what is given.
pub(crate) fn approval(changes: Value) -> Approval {
    let mut approval = json!({
        "id": "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a",
        "operation": "cardApproval",
        "simulated": false,
        "at": "2024-01-31T06:30:45Z",
        "requested": 15_000,
        "approvalAmt": 15_000,
        "taxAmt": 1_364,
        "tipAmt": 0,
        "taxFreeAmt": 0,
        "installment": 0,
        "approvalNo": "30012345",
        "transactionNo": "202401310007",
        "transactionDate": "240131153045",
        "merchantCode": "00912345678",
        "issuerCode": "03",
        "issuerName": "신한카드",
        "acquirerCode": "02",
        "acquirerName": "국민카드",
        "maskedCard": "433012******1234",
        "order": "2024-0007",
    });
    let (Value::Object(all), Value::Object(changes)) = (&mut approval, changes) else {
        panic!("changes are an object");
    };
    all.extend(changes);
    serde_json::from_value(approval).unwrap()
}

/// An outcome of a kind about the same operation, with more fields.
pub(crate) fn outcome(kind: &str, more: Value) -> Outcome {
    let mut outcome = json!({
        "kind": kind,
        "id": "CPOS-c1e02447-50ad-4823-b505-eab86dfbfd1a",
        "operation": "cardApproval",
        "simulated": false,
    });
    let (Value::Object(all), Value::Object(more)) = (&mut outcome, more) else {
        panic!("more fields are an object");
    };
    all.extend(more);
    serde_json::from_value(outcome).unwrap()
}

/// A shop with everything.
pub(crate) fn shop() -> Shop {
    Shop::new("단말 커피 <시청점>")
        .business_no("1234567890")
        .owner("홍길동")
        .phone("02-123-4567")
        .address("서울특별시 중구 세종대로 110, 지하 1층 & 2층")
}
