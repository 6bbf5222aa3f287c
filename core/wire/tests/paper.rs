//! The paper of the model as a frame.

use danmal_model::Paper;
use danmal_wire::{EncodeError, EncodeRules, PrintRequest, Request};

fn body(paper: &Paper) -> String {
    let frame = Request::Print(PrintRequest::from(paper)).encode(&EncodeRules::default()).unwrap();
    std::str::from_utf8(&frame).unwrap().split_at(10).1.to_owned()
}

#[test]
fn a_paper_leaves_as_it_is_and_as_long_as_it_says() {
    let paper = Paper::new()
        .alert(true)
        .logo()
        .rule()
        .cut()
        .blank()
        .left(20, "왼쪽 \"따옴표\" \\ 🍜")
        .right(8, "오른쪽")
        .columns2(10, "하나", "")
        .columns3(72, "하나", "둘", "three");
    let body = body(&paper);
    assert_eq!(serde_json::from_str::<Paper>(&body).unwrap(), paper);
    assert_eq!(body.len(), paper.encoded_len());
}

#[test]
fn what_is_too_long_for_one_frame_leaves_in_several() {
    let paper = (0..200).fold(Paper::new(), |paper, at| paper.columns2(20, format!("품목 {at}"), "1,000원"));
    let whole = Request::Print(PrintRequest::from(&paper)).encode(&EncodeRules::default());
    assert!(matches!(whole, Err(EncodeError::TooLong { size, .. }) if size == paper.encoded_len()));
    let parts = paper.split().unwrap();
    let commands: Vec<_> =
        parts.iter().flat_map(|part| serde_json::from_str::<Paper>(&body(part)).unwrap().commands).collect();
    assert!(commands == paper.commands);
}
