//! Faults by chance: repeatable, inside the assumptions unless a quirk is asked for, and never a crash.

mod common;

use std::collections::BTreeSet;

use common::{Got, PTXID, Rig, frame, millis, sale, seconds};
use danmal_simulator::{
    Code, Fault, FaultKind, Happened, Plan, Quirk, Rule, Settings, Swarm, Unconfirmed, When,
};
use serde_json::json;

/// A till that goes on whatever happens: a sale, a confirmation, a look, a new connection where one ended.
fn wander(seed: u64, rate: f64, sales: u32) -> Rig {
    let swarm = Swarm::of_all(seed, rate);
    let settings =
        Settings { magic: false, unconfirmed: Unconfirmed::ReverseAtNextMoney, ..Settings::default() };
    let mut rig = Rig::with(settings, Plan::from(swarm));
    rig.terminal.watch(true);
    for sale_no in 0..sales {
        let ptxid = format!("CPOS-{seed}-{sale_no}");
        let amount = 500 + i64::from(sale_no) * 997;
        rig.send("010010", sale(&ptxid, amount));
        rig.pass(seconds(if sale_no % 3 == 0 { 1 } else { 40 }));
        if sale_no % 5 == 0 {
            rig.ask("910021");
        }
        rig.ask("980001");
        rig.ask("990001");
        rig.pass(millis(300));
        rig.send("050099", json!({"from": "20261125", "to": "20261130"}));
        if rig.closed().is_some() || sale_no % 7 == 0 {
            rig.disconnect();
            rig.connect();
        }
        rig.pass(seconds(u64::from(sale_no % 4) * 10));
    }
    rig.rest();
    rig
}

fn trace(rig: &Rig) -> (u64, Vec<Got>, Vec<String>) {
    (rig.terminal.digest(), rig.got.clone(), rig.host.entries().iter().map(ToString::to_string).collect())
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in [1, 2, 3, 0xfeed] {
        eprintln!("seed {seed}");
        let (first, second) = (wander(seed, 0.2, 60), wander(seed, 0.2, 60));
        assert!(trace(&first) == trace(&second), "seed {seed} gave two runs");
        assert_ne!(first.terminal.digest(), wander(seed + 1000, 0.2, 60).terminal.digest());
    }
}

#[test]
fn a_swarm_finds_every_kind_and_captures_once() {
    let mut struck = BTreeSet::new();
    for seed in 0..40 {
        eprintln!("seed {seed}");
        let mut rig = wander(seed, 0.5, 80);
        while let Some(event) = rig.terminal.poll_event() {
            if let Happened::Fault(kind) = event.what {
                struck.insert(kind);
            }
        }
        for sale in 0..80 {
            assert!(rig.host.captured(&format!("CPOS-{seed}-{sale}")) <= 1, "seed {seed}, sale {sale}");
        }
    }
    let never = [
        FaultKind::NeverShown,
        FaultKind::ShownAfterReversal,
        FaultKind::InterimCode,
        FaultKind::StaleBytes,
        FaultKind::LastEarlier,
        FaultKind::FlipRequestBit,
        FaultKind::FlipReplyBit,
        FaultKind::DropRequestBytes,
        FaultKind::DropReplyBytes,
    ];
    for kind in FaultKind::ALL {
        assert_eq!(struck.contains(kind), !never.contains(kind), "{}", kind.name());
    }
}

#[test]
fn a_swarm_may_be_of_one_kind() {
    for kind in FaultKind::ALL {
        let mut rig = Rig::with(Settings::default(), Plan::from(Swarm::new(7, [(*kind, 1.0)])));
        rig.terminal.watch(true);
        rig.sale(500);
        rig.connect();
        rig.ask("990001");
        let mut struck = BTreeSet::new();
        while let Some(event) = rig.terminal.poll_event() {
            if let Happened::Fault(kind) = event.what {
                struck.insert(kind);
            }
        }
        assert!(struck.iter().all(|found| found == kind), "{kind:?}: {struck:?}");
    }
}

#[test]
fn a_swarm_is_written_with_its_seed_and_rates() {
    let swarm = Swarm::new(42, [(FaultKind::CutReply, 0.25)]);
    let text = serde_json::to_string(&swarm).unwrap();
    assert_eq!(text, r#"{"seed":42,"rates":{"cutReply":0.25}}"#);
    assert_eq!(serde_json::from_str::<Swarm>(&text).unwrap(), swarm);
}

#[test]
fn every_fault_is_read_as_it_is_written() {
    let mut swarm = Vec::new();
    for seed in 0..400 {
        let mut rig = Rig::with(Settings::default(), Plan::from(Swarm::of_all(seed, 1.0)));
        rig.sale(500);
        swarm.push(rig.terminal.digest());
    }
    eprintln!("{} runs", swarm.len());
    let rules: Vec<Rule> = Quirk::ALL.iter().flat_map(|quirk| quirk.rules()).collect();
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&text).unwrap(), rules, "{text}");
}

#[test]
fn each_quirk_breaks_its_assumption() {
    for quirk in Quirk::ALL {
        let settings = Settings { magic: false, ..Settings::default() };
        let mut rig = Rig::with(settings, Plan::of(quirk.rules()));
        rig.send("010010", sale(PTXID, 500));
        let fence = seconds(150);
        let again = |rig: &mut Rig| {
            rig.pass(fence);
            rig.connect();
            rig.last()
        };
        match quirk {
            Quirk::A1 => {
                assert_ne!(again(&mut rig).1, PTXID);
                assert_eq!(rig.host.performed(PTXID), 1, "captured and not shown at the fence");
            }
            Quirk::A2 => {
                let shown = again(&mut rig);
                assert_eq!(
                    (shown.0.as_str(), shown.1.as_str()),
                    ("0000", "CPOS-00000000-0000-0000-0000-yesterday000")
                );
                assert_eq!(rig.host.performed(PTXID), 1, "an older one is shown after the restart");
            }
            Quirk::A3 => {
                rig.pass(seconds(1));
                rig.ask("980001");
                assert_eq!((rig.last(), rig.host.performed(PTXID)), (("0000".into(), PTXID.into()), 0));
            }
            Quirk::A4 => {
                assert_ne!(again(&mut rig).1, PTXID);
                assert_eq!(rig.host.performed(PTXID), 0);
                rig.pass(seconds(300));
                assert_eq!(rig.host.performed(PTXID), 1, "executed after the fence");
            }
            Quirk::A5 => {
                rig.rest();
                let results: Vec<String> =
                    rig.answers().iter().map(|answer| answer.result().to_owned()).collect();
                assert_eq!(results, ["0077", "0000"]);
            }
            Quirk::A6 => {
                rig.rest();
                rig.got.clear();
                rig.ask("990001");
                assert_eq!(rig.answers().len(), 2);
            }
        }
    }
}

#[test]
fn whatever_arrives_is_survived() {
    let mut seed = 99_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize
    };
    let request = frame("010010", &sale(PTXID, 500));
    for _ in 0..2_000 {
        let mut bytes = request.clone();
        for _ in 0..next() % 4 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        bytes.truncate(next() % (bytes.len() + 1));
        let mut rig = Rig::new();
        rig.send_raw(&bytes);
        rig.rest();
        rig.send_raw(&bytes);
        rig.connect();
        assert!(!rig.question("990001").code.is_empty());
    }
}

#[test]
fn a_terminal_may_be_late_at_its_own_clock() {
    // The same steps, once at each time and once all at the end, give the same ledger and the same bytes.
    let run = |lazy: bool| {
        let mut rig =
            Rig::rules([When::request(Code::CardApproval).then(Fault::DelayReply { by: seconds(3) })]);
        rig.send("010010", sale(PTXID, 15_000));
        if !lazy {
            rig.rest();
        }
        rig.now = seconds(100);
        rig.ask("990001");
        rig.answers().iter().map(|answer| answer.body.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(run(false), run(true));
}
