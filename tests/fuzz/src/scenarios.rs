//! Scenario files: any text is read or refused with its place, and what was read can be used.

use danmal_simulator::script::{Scenario, parse_rules};

/// The bytes are the file.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(scenario) = Scenario::parse(&text) {
        let _ = (scenario.settings(), scenario.plan());
    }
    let _ = parse_rules(&text);
}
