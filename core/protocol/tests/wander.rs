//! Random walks over everything that can happen to a session: no answer, however mad, makes it send money
//! twice, settle a call twice, spin or stand still, and every row of the transition table is taken.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Disk, Till, approved, baseline, intent, reference, refused, setup, shown};
use danmal_model::{Fact, Kind, Outcome, Profile, Ptxid, Verdict};
use danmal_protocol::{Input, Line, Phase, TRANSITIONS};
use danmal_wire::{Code, Request};

/// A small generator (SplitMix64): the walk of a seed is the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize]
    }
}

fn profile(dice: &mut Dice) -> Profile {
    let mut profile = Profile::simulator();
    profile.reversed_codes = vec!["7777".to_owned()];
    if dice.roll(8) == 0 {
        profile.history = false;
    }
    if dice.roll(4) == 0 {
        let a = &mut profile.assumptions;
        match dice.roll(6) {
            0 => a.a1_fence_shows_captures = false,
            1 => a.a2_reboot_never_older = false,
            2 => a.a3_reversed_not_shown_approved = false,
            3 => a.a4_dead_at_fence = false,
            4 => a.a5_other_codes_final = false,
            _ => a.a6_answers_once = false,
        }
    }
    profile.abort_ends_original = dice.roll(6) == 0;
    profile
}

/// One walk. Returns the rows of the table that were taken.
fn walk(seed: u64) -> u64 {
    let mut dice = Dice(seed);
    let mut setup = setup(profile(&mut dice));
    if dice.roll(6) == 0 {
        setup.line = Line::Serial;
    }
    let mut till = Till::with(setup);
    let mut ids: Vec<Ptxid> = Vec::new();
    let mut moves = 0;
    let mut sent_before: usize = 0;
    let mut told: BTreeMap<Ptxid, usize> = BTreeMap::new();
    for _ in 0..60 {
        let id = *ids.last().unwrap_or(&intent(1, Kind::CardApproval, 1).ptxid);
        if till.session.phase() == Some(Phase::Contradicted) && dice.roll(2) == 0 {
            // What only the fence decides would hardly ever be met by chance.
            till.pass(151.0);
            let shown = match dice.roll(3) {
                0 => approved(id, 15_000),
                1 => refused(id, "8324", "-"),
                _ => refused(id, "7777", "-"),
            };
            till.answer(Code::LastTransaction, &shown);
            continue;
        }
        match dice.roll(24) {
            0..=2 => {
                let kind =
                    dice.pick(&[Kind::CardApproval, Kind::CardCancellation, Kind::TaxRefundCancellation]);
                let mut next = intent(1_000 + ids.len() as u32, kind, 15_000);
                next.reference = (kind == Kind::CardCancellation).then(reference);
                ids.push(next.ptxid);
                till.begin_intent(next);
            }
            3..=8 => {
                let code = till.all_sent.last().copied().unwrap_or(Code::Confirm);
                let answer = match dice.roll(8) {
                    0..=2 => approved(id, 15_000),
                    3 => refused(id, dice.pick(&["8324", "9999", "0010", "7777"]), "-"),
                    4 => refused(id, dice.pick(&["0000", "0001", "9991"]), "-"),
                    5 => "{}".to_owned(),
                    _ => baseline(),
                };
                till.answer(code, &answer);
            }
            9..=10 => till.answer(Code::CardApproval, &approved(id, 15_000)),
            11 => till
                .answer(Code::CardApproval, &refused(id, dice.pick(&["8324", "9999", "0010", "7777"]), "-")),
            12 => till
                .answer(Code::TaxRefundCancellation, r#"{"resultCode":"0000","data":{"refundSerial":"R"}}"#),
            13 => till.answer(
                dice.pick(&[Code::Confirm, Code::LastTransaction, Code::StopCard, Code::CashReceiptIssue]),
                &shown("CPOS-foreign", "0000", 1, "1"),
            ),
            14 => till.input(Input::RequestStop(id)),
            15 => till.cut(),
            16 => till.reachable = dice.roll(3) > 0,
            17 => till.disk = dice.pick(&[Disk::Works, Disk::Works, Disk::Full, Disk::Slow]),
            18 => till.disk_catches_up(),
            19 => till.pass(dice.pick(&[160.0, 200.0])),
            20 => till
                .override_as(id, dice.pick(&[Verdict::Performed, Verdict::NotPerformed, Verdict::Undecided])),
            21 => match dice.roll(5) {
                0 => till.input(Input::NothingSent),
                1 => till.input(Input::Noise),
                2 => till.input(Input::Unreadable),
                3 => till.input(Input::Recover),
                _ => till.ask(ids.len() as u64, Request::DownloadCodes),
            },
            22 if dice.roll(4) == 0 => {
                moves |= till.session.moves();
                check(seed, &till, &mut told, &mut sent_before);
                till.held_commits.clear();
                till.restart();
                told.clear();
                sent_before = 0;
            }
            _ => till.pass(dice.pick(&[0.1, 0.5, 2.0, 5.0])),
        }
        check(seed, &till, &mut told, &mut sent_before);
    }
    // The faults stop: every call settles, and a shop can pay again, by itself or after one operator's word.
    till.disk = Disk::Works;
    till.reachable = true;
    till.disk_catches_up();
    till.pass(400.0);
    check(seed, &till, &mut told, &mut sent_before);
    moves | till.session.moves()
}

fn check(seed: u64, till: &Till, told: &mut BTreeMap<Ptxid, usize>, sent_before: &mut usize) {
    let money = |code: &Code| code.is_money();
    let sent = till.all_sent.iter().filter(|code| money(code)).count();
    let recorded = till.rows.iter().filter(|row| matches!(row.fact, Fact::Intent(_))).count();
    assert!(sent <= recorded, "seed {seed}: {sent} money requests, {recorded} durable intents");
    assert!(sent >= *sent_before);
    *sent_before = sent;
    told.clear();
    for outcome in &till.outcomes {
        let times = told.entry(outcome.id()).or_default();
        *times += 1;
        assert_eq!(*times, 1, "seed {seed}: {} settled twice", outcome.id());
    }
    let mut ended = BTreeSet::new();
    for row in &till.rows {
        if matches!(row.fact, Fact::Ended(_)) {
            assert!(ended.insert(row.ptxid), "seed {seed}: a final state was written twice");
        }
        if let Fact::Ended(outcome) = &row.fact {
            assert!(!matches!(outcome, Outcome::Unknown(_)), "seed {seed}: unknown is never final");
        }
    }
}

#[test]
fn no_walk_breaks_a_rule_and_every_transition_is_taken() {
    let mut taken = 0;
    for seed in 0..6_000 {
        taken |= walk(seed);
    }
    let missing: Vec<_> = TRANSITIONS
        .iter()
        .enumerate()
        .filter(|(row, _)| taken & (1 << row) == 0)
        .map(|(_, (from, on, to))| format!("{from:?} --{on:?}--> {to:?}"))
        .collect();
    assert!(missing.is_empty(), "never taken by the walks of seeds 0..6000: {missing:#?}");
}
