//! The transition table: drawn into the documentation, and taken by the tests of the rules row by row.

use std::collections::BTreeSet;
use std::path::Path;

use danmal_protocol::{Phase, TRANSITIONS, render};

#[test]
fn the_table_in_the_documentation_is_the_one_in_force() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/phases.md");
    if std::env::var_os("DANMAL_WRITE").is_some() {
        std::fs::write(&path, render()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, render(), "stale: run this test with DANMAL_WRITE=1 and commit docs/phases.md");
}

#[test]
fn a_phase_and_a_signal_lead_to_one_phase() {
    let pairs: BTreeSet<_> = TRANSITIONS.iter().map(|(from, on, _)| (from, on)).collect();
    assert_eq!(pairs.len(), TRANSITIONS.len());
    assert!(TRANSITIONS.len() <= 64, "moves() has a bit for each row");
}

#[test]
fn every_phase_but_the_last_is_left_again() {
    for phase in Phase::ALL {
        let left = TRANSITIONS.iter().any(|(from, _, to)| *from == phase && *to != phase);
        assert_eq!(left, phase != Phase::Ended, "{phase}");
    }
}
