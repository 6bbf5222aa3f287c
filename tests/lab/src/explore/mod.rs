//! Every order of events: the real session, an adversary for a terminal, a wire and a journal that may fail a
//! few times. Breadth first, each state met once; a violation is told with the shortest way to it.

mod choice;
mod scenario;
mod search;
mod step;
mod terminal;
mod world;

use std::process::ExitCode;

use danmal_model::Profile;
use danmal_protocol::Line;

use scenario::{Quirk, SCENARIOS, Scenario};
use search::{Bounds, Found, search};
use world::Rules;

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(clap::Args)]
pub struct Arguments {
    /// How many faults there may be: connections cut, programs killed, terminals restarted, frames lost,
    /// doubled or delayed, rows not written.
    #[arg(long, default_value_t = 2)]
    faults: u8,
    /// Only this scenario; every one without it.
    #[arg(long)]
    scenario: Option<String>,
    /// Only a terminal that breaks this assumption.
    #[arg(long)]
    quirk: Option<Quirk>,
    /// Whether the profile goes on to assume what the terminal breaks. Then a violation must be found.
    #[arg(long, default_value = "off")]
    switch: Switch,
    /// Breaks a scenario's search off after so many states.
    #[arg(long, default_value_t = 3_000_000)]
    max_states: usize,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// A serial line instead of a stream.
    #[arg(long)]
    serial: bool,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let mut runs: Vec<(Scenario, Option<Quirk>)> = Vec::new();
    let quirks: Vec<Option<Quirk>> = match arguments.quirk {
        Some(quirk) => vec![Some(quirk)],
        None if arguments.switch == Switch::On => Quirk::ALL.map(Some).to_vec(),
        None => [None].into_iter().chain(Quirk::ALL.map(Some)).collect(),
    };
    for quirk in quirks {
        let named = |scenario: &&Scenario| {
            arguments
                .scenario
                .as_deref()
                .map_or(quirk.is_none() || scenario.name == "twoSales", |name| scenario.name == name)
        };
        runs.extend(SCENARIOS.iter().filter(named).map(|scenario| (*scenario, quirk)));
    }
    if runs.is_empty() {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        eprintln!("there is no such scenario; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let (mut states, mut violations, mut stuck, mut unexpected) = (0, 0, 0, 0);
    for (scenario, quirk) in runs {
        let assumed = arguments.switch == Switch::On;
        let mut profile = Profile { durations: scenario::durations(), ..Profile::simulator() };
        if let Some(quirk) = quirk {
            quirk.assume(&mut profile, assumed);
        }
        let line = if arguments.serial { Line::Serial } else { Line::Stream };
        let rules = Rules { scenario, profile, line, quirk };
        let wanted = assumed && quirk.is_some();
        let found = search(
            &rules,
            Bounds {
                faults: arguments.faults,
                states: arguments.max_states,
                threads: arguments.threads,
                first: true,
            },
        );
        report(&rules, arguments, wanted, &found);
        states += found.states;
        violations += found.violating;
        stuck += found.stuck;
        unexpected += usize::from(wanted != (found.violating > 0)) + found.stuck;
    }
    if arguments.json {
        println!("{}", serde_json::json!({ "states": states, "violations": violations, "stuck": stuck }));
    }
    if unexpected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(rules: &Rules, arguments: &Arguments, wanted: bool, found: &Found) {
    let quirk = rules.quirk.map_or_else(String::new, |quirk| {
        format!(" against {quirk:?}, {}", if wanted { "assumed" } else { "switched off" })
    });
    let extent = if found.exhausted { "exhausted" } else { "broken off" };
    println!(
        "{}{quirk}, {} faults: {} states, {} transitions, depth {}, {extent}, {} violations, {} stuck, {:.1} s",
        rules.scenario.name,
        arguments.faults,
        found.states,
        found.transitions,
        found.depth,
        found.violating,
        found.stuck,
        found.time.as_secs_f64()
    );
    if wanted {
        if let Some((what, path)) = found.violations.first() {
            println!("  found, as it must be, after {} steps: {what}", path.len());
        } else {
            println!("  nothing was found, and something must be");
        }
        return;
    }
    for (what, path) in &found.violations {
        println!("  violation: {what}");
        for step in path {
            println!("    {step}");
        }
    }
    if found.stuck > 0 {
        println!("  stuck:");
        for step in &found.stuck_path {
            println!("    {step}");
        }
    }
}
