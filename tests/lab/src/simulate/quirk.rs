//! `--quirk`: a terminal that breaks one of the assumptions A1 to A6.

use std::process::ExitCode;

use clap::ValueEnum;
use danmal_simulator::Quirk;

use super::{Arguments, run as worlds};
use crate::world::Bent;

/// An assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum Name {
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
}

impl Name {
    pub const fn quirk(self) -> Quirk {
        match self {
            Self::A1 => Quirk::A1,
            Self::A2 => Quirk::A2,
            Self::A3 => Quirk::A3,
            Self::A4 => Quirk::A4,
            Self::A5 => Quirk::A5,
            Self::A6 => Quirk::A6,
        }
    }
}

/// Whether it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

pub fn run(arguments: &Arguments, name: Name, switch: Switch) -> ExitCode {
    if switch == Switch::Off {
        return worlds::many(arguments);
    }
    let purpose = worlds::purpose(Some((name, switch)));
    let mut payments = 0;
    for index in 0.. {
        let report = worlds::world(purpose, arguments.seed, index, Bent::default(), false);
        payments += report.payments;
        if let Some(violation) = report.violation {
            println!("{name:?} is broken and believed: found after {payments} payments, in world {index}");
            println!("{}: {}", violation.invariant, violation.text);
            if arguments.json {
                let found = serde_json::json!({
                    "quirk": format!("{name:?}"), "found": true, "transactions": payments,
                    "invariant": violation.invariant, "seed": arguments.seed,
                });
                println!("{found}");
            }
            return ExitCode::SUCCESS;
        }
        if payments >= arguments.transactions {
            break;
        }
    }
    println!("{name:?} is broken and believed, and {payments} payments did not show it");
    ExitCode::FAILURE
}
