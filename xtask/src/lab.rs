//! The laboratory's commands, built for speed.

use std::process::ExitCode;

use crate::steps::{cargo, exit};

/// Runs a command of the laboratory.
pub fn run(name: &str, arguments: &[String]) -> ExitCode {
    let mut command = cargo(&["run", "--quiet", "--release", "--package", "danmal-lab", "--", name]);
    exit(command.args(arguments).status())
}
