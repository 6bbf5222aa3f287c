//! The laboratory's commands, built for speed.

use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo, exit};

/// The laboratory's part of the tests: minutes once built. Each line is a command that must succeed.
const SHORT_FORM: &[&str] = &[
    "simulate --transactions 100000",
    "simulate --quirk A1 --switch on",
    "simulate --quirk A2 --switch on",
    "simulate --quirk A3 --switch on",
    "simulate --quirk A4 --switch on",
    "simulate --quirk A5 --switch on",
    "simulate --quirk A6 --switch on",
    "simulate --quirk A1 --switch off --transactions 10000",
    "simulate --quirk A2 --switch off --transactions 10000",
    "simulate --quirk A3 --switch off --transactions 3000",
    "simulate --quirk A4 --switch off --transactions 10000",
    "simulate --quirk A5 --switch off --transactions 10000",
    "simulate --quirk A6 --switch off --transactions 5000",
    "explore --short",
    "cutpoints --every 8",
    "crash --kills 150",
    "powercut --cuts 300",
    "soak --days 3",
    "simulate --planted --seeds 1",
];

/// Runs the short form, one step for each command.
pub fn short_form(steps: &mut Steps) {
    for line in SHORT_FORM {
        let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        steps.run(&format!("laboratory, short form: {line}"), &mut command(name, &arguments));
    }
    for package in ["danmal-protocol", "danmal-journal"] {
        let mut planted = cargo(&["check", "--quiet", "--features", "planted", "--package", package]);
        // Nothing that is shipped can hold a planted bug: outside the laboratory it does not compile.
        let name = format!("laboratory: the planted bugs of {package} do not compile elsewhere");
        steps.refuse(&name, planted.env_remove(LABORATORY), "`planted` plants bugs");
    }
}

/// Set for the builds of the laboratory that plant bugs, and for no other.
const LABORATORY: &str = "DANMAL_LABORATORY";

/// Runs a command of the laboratory.
pub fn run(name: &str, arguments: &[String]) -> ExitCode {
    exit(command(name, arguments).status())
}

fn command(name: &str, arguments: &[String]) -> Command {
    let mut command = cargo(&["run", "--quiet", "--release", "--package", "danmal-lab"]);
    if arguments.iter().any(|argument| argument == "--planted") {
        // Bugs are planted nowhere else: without the variable the feature does not compile.
        command.args(["--features", "planted"]).env(LABORATORY, "planted");
    }
    command.args(["--", name]).args(arguments);
    command
}
