//! The laboratory's commands, built for speed.

use std::process::ExitCode;

use crate::steps::{cargo, exit};

/// Runs a command of the laboratory.
pub fn run(name: &str, arguments: &[String]) -> ExitCode {
    let mut command = cargo(&["run", "--quiet", "--release", "--package", "danmal-lab"]);
    if arguments.iter().any(|argument| argument == "--planted") {
        // Bugs are planted nowhere else: without the variable the feature does not compile.
        command.args(["--features", "planted"]).env("DANMAL_LABORATORY", "planted");
    }
    command.args(["--", name]);
    exit(command.args(arguments).status())
}
