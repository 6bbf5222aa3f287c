//! `cargo xtask bench bindings`: a payment through each language against a hand-written client in the same
//! language, in turns, on prepared answers.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::{first_line, start_terminal};
use crate::{node, python};

const CROWD: &str = "1000";

/// One language's way to measure.
struct Language {
    name: &'static str,
    /// Its hand-written client.
    contestant: &'static str,
    targets: [f64; 2],
    /// The program that measures, with what has to be installed for it.
    program: fn() -> io::Result<Command>,
    /// What importing is compared with.
    beside: &'static str,
}

const LANGUAGES: [Language; 2] = [
    Language {
        name: "python",
        contestant: "asyncio",
        targets: [0.6, 0.5],
        program: python::bench,
        beside: "serial",
    },
    Language {
        name: "node",
        contestant: "net",
        targets: [1.4, 1.0],
        program: node::bench,
        beside: "serialport",
    },
];

/// Runs them all and prints the ratios.
pub fn measure(json: bool) -> io::Result<()> {
    let mut ratios = Map::new();
    for language in &LANGUAGES {
        let (one, many) = of(language)?;
        ratios.insert(format!("{}_ratio", language.name), one);
        ratios.insert(format!("{}_1000_ratio", language.name), many);
    }
    if json {
        println!("{}", Value::Object(ratios));
    }
    Ok(())
}

fn of(language: &Language) -> io::Result<(Value, Value)> {
    let Language { name, contestant, targets, .. } = language;
    let program = (language.program)()?;
    let mut judged = json!(null);
    for (place, pinned) in [("one core", true), ("free placement", false)] {
        let terminals: Vec<_> =
            (0..2).map(|_| start_terminal(pinned, "terminal")).collect::<io::Result<_>>()?;
        let addresses: Vec<&str> = terminals.iter().map(|(_, address)| address.as_str()).collect();
        let found = run(name, &program, pinned, &["one", addresses[0], addresses[1]])?;
        println!(
            "{name}, a payment, {place}: {:.2} × {contestant} ({:.1} µs against {:.1} µs; CPU {:.1} µs against {:.1} µs)",
            number(&found, "ratio"),
            number(&found, "danmal_us"),
            number(&found, &format!("{contestant}_us")),
            number(&found, "danmal_cpu_us"),
            number(&found, &format!("{contestant}_cpu_us")),
        );
        if pinned {
            judged = found["ratio"].clone();
        }
    }
    let mut crowd = json!(null);
    for (place, pinned) in [("one core", true), ("free placement", false)] {
        let (_terminal, address) = start_terminal(pinned, "terminals")?;
        let found = run(name, &program, pinned, &["many", &address, CROWD])?;
        println!(
            "{name}, {CROWD} terminals at once, {place}: {:.2} × {contestant} ({:.1} µs a payment against {:.1} µs)",
            number(&found, "ratio"),
            number(&found, "danmal_us"),
            number(&found, &format!("{contestant}_us")),
        );
        if pinned {
            crowd = found["ratio"].clone();
        }
    }
    let found = run(name, &program, false, &["import"])?;
    let beside = language.beside;
    println!(
        "{name}, import: {:.0} ms and {:.0} KiB; {beside}: {:.0} ms and {:.0} KiB",
        number(&found, "danmal_ms"),
        number(&found, "danmal_kib"),
        number(&found, &format!("{beside}_ms")),
        number(&found, &format!("{beside}_kib")),
    );
    println!("{name}, targets: {:.1} and {:.1}", targets[0], targets[1]);
    Ok((judged, crowd))
}

fn number(found: &Value, name: &str) -> f64 {
    found[name].as_f64().unwrap_or(f64::NAN)
}

/// Runs the language's program, and reads the JSON that it prints.
fn run(name: &str, program: &Command, pinned: bool, arguments: &[&str]) -> io::Result<Value> {
    let mut command = Command::new("sh");
    let pin = if pinned { "taskset -c 0 " } else { "" };
    command.arg("-c").arg(format!("ulimit -n $(ulimit -Hn); exec {pin}\"$0\" \"$@\""));
    command.arg(program.get_program()).args(program.get_args()).args(arguments);
    if let Some(folder) = program.get_current_dir() {
        command.current_dir::<&Path>(folder);
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let line = first_line(&mut child)?;
    child.wait()?;
    serde_json::from_str(&line).map_err(|_| io::Error::other(format!("{name} was not measured")))
}
