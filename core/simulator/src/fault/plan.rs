//! The rules of a run, and how often each was met.

use std::time::Duration;

use danmal_wire::Code;
use serde::{Deserialize, Serialize};

use super::{Acts, Fault, Moment, Point, Swarm, When};

/// A fault and when it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When.
    #[serde(rename = "on")]
    pub when: When,
    /// What.
    #[serde(rename = "do")]
    pub fault: Fault,
}

impl Rule {
    /// Whether the fault can strike there.
    ///
    /// # Errors
    /// A sentence that says where it could.
    pub fn check(&self) -> Result<(), String> {
        let point = self.when.point;
        let (fits, place) = match self.fault.acts() {
            Acts::AtOnce => (true, ""),
            Acts::Request => (point == Point::Request, "on a request"),
            Acts::Course | Acts::Reply if matches!(point, Point::Connection | Point::Time(_)) => {
                (false, "on a request, an answer or a moment")
            }
            Acts::Course => (matches!(point, Point::Request | Point::Moment(_)), "on a request or a moment"),
            Acts::Reply => (true, ""),
            Acts::History => (point == Point::Request, "on a request of 990001"),
        };
        if fits { Ok(()) } else { Err(format!("{} acts {place}", self.fault.kind().name())) }
    }
}

/// All that goes wrong in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Faults that strike at a known time.
    pub rules: Vec<Rule>,
    /// Faults that strike by chance.
    pub swarm: Option<Swarm>,
}

impl Plan {
    /// A plan without chance.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), swarm: None }
    }
}

impl From<Swarm> for Plan {
    fn from(swarm: Swarm) -> Self {
        Self { rules: Vec::new(), swarm: Some(swarm) }
    }
}

/// A plan at work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Armed {
    rules: Vec<(Rule, u32)>,
    pub(crate) swarm: Option<Swarm>,
}

/// What a rule is held against.
#[derive(Clone, Copy)]
pub(crate) struct Met {
    pub(crate) point: Point,
    pub(crate) code: Option<Code>,
    pub(crate) amount: Option<i64>,
}

impl Armed {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { rules: plan.rules.into_iter().map(|rule| (rule, 0)).collect(), swarm: plan.swarm }
    }

    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push((rule, 0));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.swarm.is_none()
    }

    /// The faults of all rules that are met now.
    pub(crate) fn meet(&mut self, met: Met) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (rule, count) in &mut self.rules {
            let when = &rule.when;
            let fits = when.point == met.point
                && met.code.is_none_or(|code| when.codes.has(code))
                && (when.amount.is_none() || when.amount == met.amount);
            if fits {
                *count += 1;
                if *count >= when.nth && (when.times == 0 || *count - when.nth < when.times) {
                    faults.push(rule.fault.clone());
                }
            }
        }
        faults
    }

    pub(crate) fn moment(&mut self, moment: Moment, code: Code, amount: i64) -> Vec<Fault> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        self.meet(Met { point: Point::Moment(moment), code: Some(code), amount: Some(amount) })
    }

    /// The next time at which a rule waits that was not met yet.
    pub(crate) fn next_time(&self) -> Option<Duration> {
        let waiting = self.rules.iter().filter(|(_, count)| *count == 0);
        waiting
            .filter_map(|(rule, _)| match rule.when.point {
                Point::Time(time) => Some(time),
                _ => None,
            })
            .min()
    }
}
