//! Rule 9: a request to stop is journaled before it is sent, and gates the next money request until it is
//! answered, even if its own operation has ended.

use danmal_model::Fact;

use crate::common::*;

fn stopping(code: &str) -> Fact {
    Fact::Stopping { code: code.to_owned() }
}

#[test]
fn an_unanswered_stop_is_with_its_open_intent() {
    let mut till = Till::new();
    let intent = till.begin(&sale(1000));
    till.book.apply(&record(&intent, stopping("910021")));
    till.book.apply(&record(&intent, stopping("555555")));
    assert_eq!(till.book.open_intents(TERMINAL)[0].unsettled_stops, ["910021", "555555"]);
    assert_eq!(till.book.unsettled_stops(TERMINAL), []);
    till.book.apply(&record(&intent, Fact::StopSettled));
    assert!(till.book.open_intents(TERMINAL)[0].unsettled_stops.is_empty());
}

#[test]
fn an_unanswered_stop_outlives_the_end_of_its_operation() {
    let mut till = Till::new();
    let intent = till.begin(&sale(1000));
    till.book.apply(&record(&intent, stopping("910021")));
    till.end(&intent, approved(&intent, "1"));
    assert!(till.book.open_intents(TERMINAL).is_empty());
    let stops = till.book.unsettled_stops(TERMINAL);
    assert_eq!((stops[0].ptxid, stops[0].codes.as_slice()), (intent.ptxid, &["910021".to_owned()][..]));
    assert_eq!(till.book.unsettled_stops("tcp://192.0.2.8:9100"), [], "of its terminal alone");
    till.book.apply(&record(&intent, Fact::StopSettled));
    assert_eq!(till.book.unsettled_stops(TERMINAL), []);
}

#[test]
fn a_stop_may_be_journaled_after_the_end() {
    let mut till = Till::new();
    let intent = till.approve(&sale(1000), "1");
    till.book.apply(&record(&intent, stopping("555555")));
    assert_eq!(till.book.unsettled_stops(TERMINAL)[0].codes, ["555555"]);
}
