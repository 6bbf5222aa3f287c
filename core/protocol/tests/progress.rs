//! What a person is told while the fate of a lost payment is being found out.

mod common;

use std::time::Duration;

use common::{Disk, Till, approved, baseline, wall};
use danmal_model::{Event, EventCode, Language, RecoveryWait};
use danmal_wire::Code;

impl Till {
    fn progress(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| event.code == EventCode::RecoveryProgress).collect()
    }

    fn waits(&self) -> Vec<RecoveryWait> {
        let mut waits: Vec<_> =
            self.progress().iter().filter_map(|event| Some(event.progress?.waits_for)).collect();
        waits.dedup();
        waits
    }

    /// The longest silence, in seconds, of what was said since `from`.
    fn longest_silence(&self, from: Duration) -> i64 {
        let said = self.progress();
        let times = said.iter().map(|event| event.at.as_second()).chain([wall(self.now).as_second()]);
        let mut last = wall(from).as_second();
        times.map(|at| at - std::mem::replace(&mut last, at)).max().unwrap_or(0)
    }
}

#[test]
fn a_payment_without_a_fault_says_nothing_of_recovery() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.pass(100.0);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.look(&approved(id, 15_000));
    assert_eq!(till.last().name(), "approved");
    assert_eq!(till.waits(), []);
}

#[test]
fn while_there_is_no_connection_it_is_said_every_ten_seconds_until_the_outcome() {
    let mut till = Till::new();
    let began = till.now;
    let id = till.sale_sent(15_000);
    till.pass(20.0);
    till.reachable = false;
    let lost = till.now;
    till.cut();
    assert_eq!(till.waits(), [RecoveryWait::Connection], "it is said at once");
    till.pass(159.0);
    assert!(till.longest_silence(lost) <= 10, "{} s of silence", till.longest_silence(lost));
    assert!((16..=18).contains(&till.progress().len()), "{}", till.progress().len());
    for event in till.progress() {
        let left = wall(began).as_second() + 180 - event.at.as_second();
        assert_eq!(event.operation, Some(id));
        assert_eq!(event.progress.unwrap().until.unwrap().as_second() - event.at.as_second(), left);
        assert_eq!(
            event.text(Language::Korean),
            format!(
                "단말기의 마지막 거래를 확인하고 있습니다. 다시 결제하지 마세요: 단말기 연결을 기다립니다 (최대 {left}초)"
            )
        );
        assert!(event.text(Language::English).ends_with(&format!("(at most {left} s)")), "{:?}", event.text);
    }
    till.pass(2.0);
    assert_eq!(till.last().name(), "unknown");
    let so_far = till.progress().len();
    till.pass(3_600.0);
    assert_eq!(till.progress().len(), so_far, "nothing is in sight any more, and nothing changes");
}

#[test]
fn a_terminal_that_does_not_show_the_payment_is_watched_until_the_fence() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.pass(1.0);
    till.cut();
    let lost = till.now;
    while till.outcomes.is_empty() {
        till.look(&baseline());
        till.pass(2.0);
        assert!(till.now < lost + Duration::from_secs(160));
    }
    assert_eq!(till.last().name(), "notPerformed");
    assert!(till.waits().ends_with(&[RecoveryWait::LateApproval]), "{:?}", till.waits());
    assert!(till.longest_silence(lost) <= 10, "{} s of silence", till.longest_silence(lost));
    let watched = till
        .progress()
        .into_iter()
        .filter(|event| event.progress.is_some_and(|p| p.waits_for == RecoveryWait::LateApproval));
    for event in watched {
        assert_eq!(event.progress.unwrap().until.unwrap(), wall(lost + Duration::from_secs(150)));
    }
}

#[test]
fn a_terminal_that_answers_nothing_is_told_from_one_without_a_connection_and_does_not_flicker() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.cut();
    let lost = till.now;
    till.pass(170.0);
    assert!(till.waits().contains(&RecoveryWait::Answer), "{:?}", till.waits());
    assert!(till.longest_silence(lost) <= 10);
    let times: Vec<_> = till.progress().iter().map(|event| event.at.as_second()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 4), "{times:?}");
}

#[test]
fn a_row_that_cannot_be_written_is_said_too() {
    let mut till = Till::new();
    let id = till.sale_sent(15_000);
    till.answer(Code::CardApproval, &approved(id, 15_000));
    till.confirm();
    till.disk = Disk::Slow;
    till.look(&approved(id, 15_000));
    till.pass(25.0);
    assert_eq!(till.waits(), [RecoveryWait::Journal]);
    assert_eq!(till.progress().len(), 2);
    till.disk_catches_up();
    assert_eq!(till.last().name(), "approved");
}

#[test]
fn after_a_restart_the_fence_is_said_and_however_long_it_takes_there_is_an_end_of_it() {
    let mut till = Till::new();
    till.sale_sent(15_000);
    till.restart();
    for _ in 0..3 {
        till.look(&baseline());
        till.pass(2.0);
    }
    assert!(till.waits().contains(&RecoveryWait::LateApproval), "{:?}", till.waits());
    till.pass(6.0 * 3600.0);
    assert!(till.progress().len() <= 120, "{}", till.progress().len());
    assert!(till.outcomes.is_empty(), "its caller was told before the restart");
}
