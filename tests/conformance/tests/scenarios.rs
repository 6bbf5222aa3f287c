//! Every scenario through the public API of Rust: once over TCP, and once by chance on another line or in other
//! pieces.

use std::path::Path;

use danmal_conformance::suite::{self, Choice};

#[test]
fn every_scenario_goes_as_it_says() {
    let seed = match std::env::var("DANMAL_SEED") {
        Ok(seed) => seed.parse().expect("DANMAL_SEED is a number"),
        Err(_) => std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("a clock after 1970")
            .as_secs(),
    };
    eprintln!("DANMAL_SEED={seed}");
    let choice = Choice { seed, languages: vec!["rust".to_owned()], ..Choice::default() };
    let report = suite::all(Path::new(env!("CARGO_BIN_EXE_danmal-conformance")), &choice, &|line| {
        if line.starts_with("again") {
            eprintln!("{line}");
        }
    })
    .unwrap();
    assert!(report.failures.is_empty(), "seed {seed}\n{}", report.failures.join("\n"));
    assert!(report.scenarios >= 64, "{} scenarios", report.scenarios);
    assert!(report.runs > report.scenarios, "{} runs", report.runs);
}
