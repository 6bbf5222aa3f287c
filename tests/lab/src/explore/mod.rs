//! Every order of events: the real session, an adversary for a terminal, a wire and a journal that may fail a
//! few times. Each state is met once; a violation is told with a way to it that has the fewest faults.

#[cfg(test)]
mod alike;
mod choice;
mod scenario;
mod search;
mod step;
mod stuck;
mod terminal;
mod visited;
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
    /// Only this scenario; every one without it, and each quirk besides.
    #[arg(long)]
    scenario: Option<String>,
    /// One operation with one fault, and each quirk with its switch off and on: some seconds, for the tests.
    #[arg(long)]
    short: bool,
    /// Only a terminal that breaks this assumption, in the scenario of two sales unless another is given.
    #[arg(long)]
    quirk: Option<Quirk>,
    /// Whether the profile goes on to assume what the terminal breaks. Then a violation must be found.
    #[arg(long, default_value = "off")]
    switch: Switch,
    /// Breaks a scenario's search off after so many states.
    #[arg(long, default_value_t = 3_000_000)]
    states: usize,
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

/// A search and what is expected of it.
#[derive(Clone, Copy)]
struct Search {
    scenario: Scenario,
    quirk: Option<Quirk>,
    /// The profile goes on to assume what the terminal breaks: a violation must be found.
    assumed: bool,
    faults: u8,
}

fn named(name: &str) -> Option<Scenario> {
    SCENARIOS.iter().copied().find(|scenario| scenario.name == name)
}

fn searches(arguments: &Arguments) -> Vec<Search> {
    let assumed = arguments.switch == Switch::On;
    let of = |scenario, quirk, assumed| Search { scenario, quirk, assumed, faults: arguments.faults };
    if arguments.short {
        let plain = ["sale", "cancellation", "signature", "stop", "emptyBaseline"].into_iter();
        let mut all: Vec<Search> =
            plain.filter_map(named).map(|scenario| of(scenario, None, false)).collect();
        for quirk in Quirk::ALL {
            all.extend(
                named("sale")
                    .into_iter()
                    .flat_map(|sale| [false, true].map(|assumed| of(sale, Some(quirk), assumed))),
            );
        }
        return all.into_iter().map(|search| Search { faults: 1, ..search }).collect();
    }
    let quirks = arguments.quirk.map_or(Quirk::ALL.to_vec(), |quirk| vec![quirk]);
    let quirky = |name: &str| {
        let scenario = named(name).into_iter();
        scenario.flat_map(|scenario| quirks.iter().map(move |quirk| of(scenario, Some(*quirk), assumed)))
    };
    let plain = arguments.quirk.is_none() && !assumed;
    match &arguments.scenario {
        Some(name) if plain => named(name).map(|scenario| of(scenario, None, false)).into_iter().collect(),
        Some(name) => quirky(name).collect(),
        None if plain => {
            let plain = SCENARIOS.iter().map(|scenario| of(*scenario, None, false));
            plain.chain(quirky("twoSales")).collect()
        }
        None => quirky("twoSales").collect(),
    }
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let searches = searches(arguments);
    if searches.is_empty() {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        eprintln!("there is no such scenario; there are {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let (mut states, mut violations, mut stuck, mut unexpected) = (0, 0, 0, 0);
    for one in searches {
        let mut profile = Profile { durations: scenario::durations(), ..Profile::simulator() };
        if let Some(quirk) = one.quirk {
            quirk.assume(&mut profile, one.assumed);
        }
        let line = if arguments.serial { Line::Serial } else { Line::Stream };
        let rules = Rules { scenario: one.scenario, profile, line, quirk: one.quirk };
        let bounds = Bounds {
            faults: one.faults,
            states: arguments.states,
            threads: arguments.threads,
            first: true,
            told: arguments.scenario.is_some(),
        };
        let found = search(&rules, bounds);
        report(&rules, one, &found);
        states += found.states;
        stuck += found.stuck;
        if !one.assumed {
            violations += found.violating;
        }
        unexpected += usize::from(one.assumed != (found.violating > 0)) + found.stuck;
    }
    if arguments.json {
        println!("{}", serde_json::json!({ "states": states, "violations": violations, "stuck": stuck }));
    }
    if unexpected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(rules: &Rules, one: Search, found: &Found) {
    let wanted = one.assumed;
    let quirk = rules.quirk.map_or_else(String::new, |quirk| {
        format!(" against {quirk:?}, {}", if wanted { "assumed" } else { "switched off" })
    });
    let extent = match found.whole {
        _ if found.exhausted => "exhausted".to_owned(),
        None => "broken off".to_owned(),
        Some(faults) => format!("broken off, exhausted with {faults}"),
    };
    println!(
        "{}{quirk}, {} faults: {} states, {} transitions, depth {}, {extent}, {} violations, {} stuck, {:.1} s",
        rules.scenario.name,
        one.faults,
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
