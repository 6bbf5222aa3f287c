//! What kind of world it is: each class of faults on or off, each with its own rate, drawn from the seed.

use std::collections::BTreeMap;
use std::time::Duration;

use danmal_model::{ConfirmPolicy, Profile};
use danmal_protocol::Line;
use danmal_simulator::{
    Canaries, Dialect, FaultKind, History, Length, Orphan, Pace, Quirk, Reversed, Settings, Swarm, Text,
    Unconfirmed,
};

use super::dice::Dice;

/// What a world is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Everything that A1 to A6 allow.
    Swarm,
    /// A terminal that breaks one of them, whose switch is on (it is believed) or off.
    Quirk { quirk: Quirk, believed: bool },
}

/// How a world is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub purpose: Purpose,
    /// Payments of one world.
    pub payments: u32,
}

/// Rates are probabilities for each payment, unless said otherwise.
#[derive(Clone, Debug)]
pub struct Config {
    pub payments: u32,
    pub settings: Settings,
    pub profile: Profile,
    pub line: Line,
    /// Faults of the simulator, for each request.
    pub faults: BTreeMap<FaultKind, f64>,
    /// How long bytes travel, µs.
    pub latency: (u64, u64),
    /// Bytes arrive in pieces, for each frame.
    pub pieces: f64,
    /// The line breaks at a random byte, for each frame, in either direction.
    pub cut: f64,
    /// A connection turns half open, for each frame.
    pub half_open: f64,
    /// A connection is refused by the network.
    pub refused: f64,
    /// Not one byte of a money request can be handed to the system.
    pub unsent: f64,
    /// How long a commit takes, µs.
    pub disk: (u64, u64),
    /// A commit takes seconds.
    pub disk_slow: f64,
    /// A commit fails.
    pub disk_fails: f64,
    /// The disk is full for a time.
    pub disk_full: f64,
    pub crash: f64,
    /// A crash follows in the recovery.
    pub crash_again: f64,
    pub close: f64,
    pub stop: f64,
    pub double_click: f64,
    pub second_order: f64,
    pub same_key: f64,
    pub cancellation: f64,
    pub cancellation_twice: f64,
    pub easy_pay: f64,
    pub receipt: f64,
    pub slip: f64,
    pub query: f64,
    pub recover: f64,
    pub second_client: f64,
    pub foreign_sale: f64,
    pub wall_jump: f64,
    pub early_word: f64,
    /// An operator who says what is not so, for each word.
    pub wrong_word: f64,
    pub canaries: bool,
    /// The terminal breaks this assumption, now and then.
    pub quirk: Option<Quirk>,
}

/// What a canary looks like: numbers of nobody.
pub const CANARIES: [&str; 5] = [
    "4000123412345678",
    "01098765432",
    "M12345678",
    "9001011234567",
    "4000123412345678=30121010000012345678",
];

impl Config {
    /// A world of a plan.
    pub fn draw(plan: Plan, dice: &mut Dice) -> Self {
        match plan.purpose {
            Purpose::Swarm => Self::swarm(plan, dice),
            Purpose::Quirk { quirk, believed } => Self::quirk(plan, quirk, believed, dice),
        }
    }

    /// Nothing goes wrong.
    fn calm(plan: Plan) -> Self {
        Self {
            payments: plan.payments,
            settings: Settings { magic: false, ..Settings::default() },
            profile: Profile::simulator(),
            line: Line::Stream,
            faults: BTreeMap::new(),
            latency: (100, 300),
            pieces: 0.0,
            cut: 0.0,
            half_open: 0.0,
            refused: 0.0,
            unsent: 0.0,
            disk: (200, 900),
            disk_slow: 0.0,
            disk_fails: 0.0,
            disk_full: 0.0,
            crash: 0.0,
            crash_again: 0.0,
            close: 0.0,
            stop: 0.0,
            double_click: 0.0,
            second_order: 0.0,
            same_key: 0.0,
            cancellation: 0.05,
            cancellation_twice: 0.0,
            easy_pay: 0.1,
            receipt: 0.1,
            slip: 0.0,
            query: 0.0,
            recover: 0.0,
            second_client: 0.0,
            foreign_sale: 0.0,
            wall_jump: 0.0,
            early_word: 0.0,
            wrong_word: 0.0,
            canaries: false,
            quirk: None,
        }
    }

    fn swarm(plan: Plan, dice: &mut Dice) -> Self {
        let mut config = Self::calm(plan);
        config.terminal(dice);
        // How rough it is: most payments are made in worlds where faults are rare, as in a shop.
        let rough = dice.weighed(&[(30, 0.0), (40, 0.003), (20, 0.02), (8, 0.1), (2, 0.3)]);
        config.line_faults(dice, rough);
        if rough > 0.0 {
            let kinds: Vec<FaultKind> = Swarm::of_all(0, 1.0).rates.into_keys().collect();
            let share = dice.pick(&[0.1, 0.4, 1.0]);
            let mut chosen: Vec<FaultKind> = kinds.into_iter().filter(|_| dice.chance(share)).collect();
            if !config.profile.history {
                chosen.retain(|kind| {
                    !matches!(kind, FaultKind::ReverseWhenConfirmed | FaultKind::IfUnconfirmed)
                });
            }
            let each = rough / chosen.len().max(1) as f64;
            for kind in chosen {
                config.faults.insert(kind, each * 2.0 * dice.fraction());
            }
        }
        config.people(dice, rough);
        if config.second_client > 0.0 {
            // 980001 names no transaction: with a second till whose sale 990001 does not show yet it can confirm
            // that one instead of ours, and the read-back shows ours all the same. Rule 7 narrows this race
            // and says that it cannot close it, so the two do not meet here.
            config.settings.history.behind = Duration::ZERO;
            config.faults.remove(&FaultKind::ShownLate);
        }
        config
    }

    /// What kind of terminal it is.
    fn terminal(&mut self, dice: &mut Dice) {
        let millis = Duration::from_millis;
        let reversed_after = Duration::from_secs(1 + dice.below(60));
        let settings = &mut self.settings;
        settings.unconfirmed = dice.weighed(&[
            (4, Unconfirmed::Keep),
            (2, Unconfirmed::ReverseOnDisconnect),
            (3, Unconfirmed::ReverseAfter { time: reversed_after }),
            (2, Unconfirmed::ReverseAtNextMoney),
            (1, Unconfirmed::ReverseAtNextRequest),
        ]);
        settings.orphan = dice.weighed(&[(3, Orphan::GoesOn), (1, Orphan::Stops)]);
        settings.answers_stopped = dice.chance(0.7);
        settings.refuses_repeated_ptxid = dice.chance(0.3);
        settings.signature_from = dice.pick(&[10_000, 30_000, 1_000_000_000]);
        settings.pace = Pace {
            card: millis(dice.pick(&[0, 50, 400, 3_000, 20_000])),
            signature: millis(dice.pick(&[0, 600, 5_000])),
            host: millis(dice.pick(&[1, 200, 2_000])),
            ..Pace::default()
        };
        settings.history = History {
            yesterday: dice.chance(0.95),
            declines: dice.chance(0.8),
            slips: dice.chance(0.2),
            behind: millis(dice.weighed(&[(8, 0), (1, 1_000), (1, 12_000)])),
            reversed: dice.weighed(&[(4, Reversed::Code), (1, Reversed::Earlier), (1, Reversed::Empty)]),
            empty_code: dice.chance(0.2).then_some("9100".into()),
            while_busy: dice.chance(0.8),
            exists: dice.chance(0.95),
        };
        settings.dialect = Dialect {
            text: dice.weighed(&[(6, Text::Escaped), (1, Text::Utf8), (1, Text::Cp949)]),
            length: dice.weighed(&[(8, Length::Bytes), (1, Length::BodyBytes), (1, Length::Characters)]),
            byte_order_mark: dice.chance(0.05),
            numbers_as_text: dice.chance(0.05),
            text_as_numbers: dice.chance(0.05),
        };
        self.canaries = dice.chance(0.05);
        if self.canaries {
            settings.canaries = Canaries(CANARIES.iter().map(|text| (*text).to_owned()).collect());
        }
        let profile = &mut self.profile;
        profile.history = settings.history.exists;
        if !profile.history {
            // What is reversed and shown nowhere can be noticed by nobody.
            settings.unconfirmed = Unconfirmed::Keep;
        }
        if dice.chance(0.5) {
            profile.reversed_codes = vec!["8003".to_owned()];
        }
        if dice.chance(0.3) {
            profile.final_codes = vec!["8324".to_owned(), "0051".to_owned()];
        }
        if dice.chance(0.3) {
            profile.confirm = ConfirmPolicy::Approvals;
        }
        if dice.chance(0.15) {
            // Switches that are off although the terminal keeps what they assume.
            let a = &mut profile.assumptions;
            a.a1_fence_shows_captures = dice.chance(0.8);
            a.a2_reboot_never_older = dice.chance(0.8);
            a.a3_reversed_not_shown_approved = dice.chance(0.9);
            a.a4_dead_at_fence = dice.chance(0.8);
            a.a5_other_codes_final = dice.chance(0.8);
            a.a6_answers_once = dice.chance(0.7);
        }
        self.line = dice.weighed(&[(4, Line::Stream), (1, Line::Serial)]);
        self.latency = dice.pick(&[(0, 0), (50, 200), (500, 5_000), (1_000, 60_000), (0, 900_000)]);
        self.disk = dice.pick(&[(0, 0), (100, 900), (2_000, 30_000)]);
    }

    fn line_faults(&mut self, dice: &mut Dice, rough: f64) {
        let mut rate = |often: f64| if dice.chance(0.5) { rough * often * dice.fraction() } else { 0.0 };
        self.cut = rate(0.5);
        self.half_open = rate(0.05);
        self.refused = rate(1.0);
        self.unsent = rate(0.3);
        self.disk_slow = rate(0.3);
        self.disk_fails = rate(0.3);
        self.disk_full = rate(0.2);
        self.crash = rate(2.0);
        self.crash_again = rate(1.0).min(0.5) * 3.0;
        self.close = rate(1.0);
        self.pieces = if dice.chance(0.3) { 0.3 } else { 0.0 };
    }

    /// What people do, at the till and around it.
    fn people(&mut self, dice: &mut Dice, rough: f64) {
        let mut rate = |often: f64| if dice.chance(0.5) { often * dice.fraction() } else { 0.0 };
        self.cancellation = 0.02 + rate(0.2);
        self.cancellation_twice = rate(0.2);
        self.easy_pay = rate(0.4);
        self.receipt = rate(0.3);
        self.slip = rate(0.1);
        self.stop = rate(0.02) + rate(rough);
        self.double_click = rate(0.1);
        self.second_order = rate(0.05);
        self.same_key = rate(0.5);
        self.query = rate(0.05);
        self.recover = rate(0.5);
        self.second_client = if rough > 0.0 { rate(rough) } else { 0.0 };
        self.foreign_sale = rate(rough);
        self.wall_jump = rate(rough);
        self.early_word = rate(0.5);
        self.wrong_word = rate(0.3);
    }

    fn quirk(plan: Plan, quirk: Quirk, believed: bool, dice: &mut Dice) -> Self {
        let mut config = Self::swarm(plan, dice);
        let millis = Duration::from_millis;
        config.settings.history.exists = true;
        config.settings.history.yesterday = true;
        config.settings.pace.card = millis(dice.pick(&[400, 3_000, 20_000]));
        config.profile.history = true;
        config.profile.assumptions = danmal_model::Assumptions::default();
        config.quirk = Some(quirk);
        if quirk == Quirk::A6 {
            // An answer that comes twice is believed once too often where the second question was lost.
            config.faults.insert(FaultKind::LoseRequest, 0.03);
            config.settings.unconfirmed = Unconfirmed::ReverseAfter { time: Duration::from_secs(5) };
            config.settings.pace.card = Duration::ZERO;
            config.settings.pace.host = millis(1);
            config.latency = (500, 5_000);
        }
        let a = &mut config.profile.assumptions;
        match quirk {
            Quirk::A1 => a.a1_fence_shows_captures = believed,
            Quirk::A2 => a.a2_reboot_never_older = believed,
            Quirk::A3 => a.a3_reversed_not_shown_approved = believed,
            Quirk::A4 => a.a4_dead_at_fence = believed,
            Quirk::A5 => a.a5_other_codes_final = believed,
            Quirk::A6 => a.a6_answers_once = believed,
        }
        config
    }
}
