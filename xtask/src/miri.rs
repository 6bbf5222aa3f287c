//! `cargo xtask miri`: the tests of wire and protocol under Miri, which sees what no test asserts.

use std::process::ExitCode;

use crate::steps::Steps;
use crate::tools;

/// The packages with those of their tests that Miri can run: not the random walks, which are the same code a
/// thousand times over, nor what reads many files.
const TESTS: [(&str, &[&str]); 2] = [
    ("danmal-wire", &["--lib", "--test", "frames", "--test", "messages", "--test", "redaction"]),
    ("danmal-protocol", &["--lib", "--test", "rules", "--test", "evidence"]),
];

pub fn run() -> ExitCode {
    let toolchain = match tools::nightly(&["miri", "rust-src"]) {
        Ok(toolchain) => toolchain,
        Err(missing) => {
            eprintln!("{missing}");
            return ExitCode::FAILURE;
        }
    };
    let mut steps = Steps::default();
    for (package, tests) in TESTS {
        let mut command = toolchain.cargo(&["miri", "test", "--package", package]);
        // What proptest draws is the same code again; and it looks for its file of failures.
        command.args(tests).env("PROPTEST_CASES", "4").env("MIRIFLAGS", "-Zmiri-disable-isolation");
        steps.run(&format!("{package} under Miri"), &mut command);
    }
    steps.finish()
}
