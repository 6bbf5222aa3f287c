//! `cargo xtask check` and `cargo xtask test`.

use std::process::ExitCode;

use crate::steps::{Steps, cargo};

/// Format, lints and unit tests: under two minutes once built.
pub fn check() -> ExitCode {
    let mut steps = Steps::default();
    format_and_lints(&mut steps);
    steps.run("unit tests", &mut cargo(&["test", "--quiet", "--workspace", "--lib", "--bins"]));
    steps.finish()
}

/// Everything.
pub fn test() -> ExitCode {
    let mut steps = Steps::default();
    format_and_lints(&mut steps);
    steps.run("tests", &mut cargo(&["test", "--workspace", "--all-targets"]));
    steps.run("examples in the documentation", &mut cargo(&["test", "--workspace", "--doc"]));
    steps.run(
        "documentation pages",
        cargo(&["doc", "--quiet", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
    steps.finish()
}

fn format_and_lints(steps: &mut Steps) {
    steps.run("format", &mut cargo(&["fmt", "--all", "--check"]));
    steps.run(
        "lints",
        &mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    );
}
