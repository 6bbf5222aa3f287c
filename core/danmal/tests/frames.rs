//! Devices that write their frames otherwise: what the vendor's catalogue leaves open is learnt, and can be
//! pinned.

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use common::{SCALE, options, outcome, resolution, tcp_simulator_of};
use danmal::{
    BodyText, EventCode, FrameMode, FrameRules, LengthRule, Options, Outcome, Sale, Terminal, block_on,
    doctor,
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

/// A terminal that answers a sale with a header and nothing behind it, and knows what became of it.
fn device_without_a_body() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut charged = None;
        for client in listener.incoming().map_while(Result::ok) {
            serve(client, &mut charged);
        }
    });
    address
}

fn serve(mut client: TcpStream, charged: &mut Option<String>) {
    let mut bytes = [0; 1_024];
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
        let Some((code, body)) = request.get(4..).and_then(|rest| rest.split_at_checked(6)) else { return };
        let json = match code {
            "010010" => {
                *charged = body
                    .split("\"ptxid\":\"")
                    .nth(1)
                    .and_then(|rest| Some(rest.split_once('"')?.0.to_owned()));
                String::new()
            }
            "990001" => {
                let ptxid = charged.clone().unwrap_or_else(|| "CPOS-earlier".to_owned());
                format!(
                    r#"{{"resultCode":"0000","resultMessage":"-","simulator":"true","data":{{"approvalNo":"30000001","transactionNo":"1","approvalAmt":3000,"tipAmt":0,"taxAmt":0,"taxFreeAmt":0,"transactionDate":"20261125120000","ptxid":"{ptxid}"}}}}"#
                )
            }
            _ => r#"{"resultCode":"0000","resultMessage":"end of transmission"}"#.to_owned(),
        };
        let answer = format!("{:04}{code}{json}", json.len() + 6);
        if client.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn rule_5_an_answer_without_a_body_is_evidence_lost_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("tcp://{}?simulated=true", device_without_a_body());
    let terminal = Terminal::open(&address, options(&folder)).unwrap();
    let payment = terminal.approve(Sale::won(3_000)).unwrap();
    assert_eq!(resolution(&payment).name(), "approved");
    let codes: Vec<_> = payment.events().into_iter().map(|event| event.code).collect();
    let recovering = codes.iter().position(|code| *code == EventCode::Recovering);
    assert!(recovering.is_some(), "{codes:?}");
    assert!(!codes.contains(&EventCode::StopRequested), "the silence was waited out: {codes:?}");
    assert!(terminal.close_blocking());
}
