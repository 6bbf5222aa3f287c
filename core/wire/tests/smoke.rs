use danmal_model::FrameRules;
use danmal_wire::*;

#[test]
fn an_approval_goes_there_and_back() {
    let request = Request::CardApproval(ApprovalRequest {
        price_amt: 15_000,
        ptxid: "CPOS-1".into(),
        ..ApprovalRequest::default()
    });
    let bytes = request.encode(&EncodeRules::default()).unwrap();
    assert!(bytes.starts_with(b"0094010010{\"priceAmt\":15000,"), "{}", String::from_utf8_lossy(&bytes));
    let mut decoder = FrameDecoder::for_requests(FrameRules::default());
    decoder.push(&bytes);
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!(Request::decode(&frame).unwrap(), request);
    assert!(decoder.next().is_none() && decoder.is_idle());

    let response = Response::new(Code::CardApproval, "0000", "승인").with_transaction(TransactionData {
        approval_no: Some("12345678".into()),
        approval_amt: Some(15_000),
        ptxid: Some("CPOS-1".into()),
        ..TransactionData::default()
    });
    let bytes = response.encode(&EncodeRules::default()).unwrap();
    let mut decoder = FrameDecoder::for_answers(FrameRules::default());
    decoder.push(&bytes);
    let frame = decoder.next().unwrap().unwrap();
    assert_eq!(Response::decode(&frame).unwrap(), response);
    println!("{frame:?} {response:?} {request:?} {}", decoder.learnt());
}
