//! Devices that write their frames otherwise: what the vendor's catalogue leaves open is learnt, and can be
//! pinned.

mod common;

use common::{SCALE, options, outcome, tcp_simulator_of};
use danmal::{
    BodyText, FrameMode, FrameRules, LengthRule, Options, Outcome, Sale, Terminal, block_on, doctor,
};
use danmal_simulator::{Dialect, Length, Settings, Text};

fn device(dialect: Dialect) -> String {
    let (tcp, _server) = tcp_simulator_of(Settings { dialect, ..Settings::default() }.scaled(SCALE));
    format!("tcp://{tcp}?simulated=true")
}

fn approve(address: &str, options: Options) -> Outcome {
    let terminal = Terminal::open(address, options).unwrap();
    let end = outcome(&terminal.approve(Sale::won(3_000)).unwrap());
    assert!(terminal.close_blocking());
    end
}

#[test]
fn every_dialect_is_read_and_what_it_is_can_be_pinned() {
    let dialects = [
        (Length::Bytes, Text::Utf8, LengthRule::Bytes, BodyText::Utf8),
        (Length::Characters, Text::Utf8, LengthRule::Characters, BodyText::Utf8),
        (Length::BodyBytes, Text::Cp949, LengthRule::BodyBytes, BodyText::Cp949),
        (Length::BodyCharacters, Text::Cp949, LengthRule::BodyCharacters, BodyText::Cp949),
        (Length::Placeholder { digits: 9_999 }, Text::Utf8, LengthRule::Placeholder, BodyText::Utf8),
    ];
    for (length, text, length_counts, body_text) in dialects {
        let folder = tempfile::tempdir().unwrap();
        let address = device(Dialect { text, length, ..Dialect::default() });
        let end = approve(&address, options(&folder));
        assert!(matches!(end, Outcome::Approved(_)), "{length:?}: {end:?}");
        let found = block_on(doctor(&address, options(&folder))).unwrap();
        assert_eq!(found.frame_rules.length_counts, length_counts, "{found}");
        assert_eq!(found.frame_rules.body_text, body_text, "{found}");
        let pinned = FrameRules { mode: FrameMode::Strict, ..found.frame_rules };
        let end = approve(&address, options(&folder).frame_rules(pinned));
        assert!(matches!(end, Outcome::Approved(_)), "{length:?}, strict: {end:?}");
    }
}

#[test]
fn strict_rules_refuse_another_dialect_before_money_moves() {
    let folder = tempfile::tempdir().unwrap();
    let address = device(Dialect { length: Length::BodyBytes, ..Dialect::default() });
    let strict = FrameRules { mode: FrameMode::Strict, ..FrameRules::default() };
    let end = approve(&address, options(&folder).frame_rules(strict));
    assert!(matches!(&end, Outcome::NotPerformed(_)), "{end:?}");
}
