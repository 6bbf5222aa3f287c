//! `cargo xtask miri`: the unit tests of wire and protocol under Miri, which sees what no test asserts.

use std::process::{Command, ExitCode};

use crate::steps::{exit, root};
use crate::tools;

pub fn run() -> ExitCode {
    for component in ["miri", "rust-src"] {
        if let Err(missing) = tools::nightly(component) {
            eprintln!("skipped: {missing}");
            return ExitCode::FAILURE;
        }
    }
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "miri", "test", "--lib"]);
    command.args(["--package", "danmal-wire", "--package", "danmal-protocol"]);
    tools::leave_toolchain(&mut command);
    exit(command.current_dir(root()).status())
}
