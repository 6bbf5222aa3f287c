//! `cargo xtask check` and `cargo xtask test`.

use std::process::ExitCode;

use crate::lab;
use crate::node;
use crate::python;
use crate::steps::{Steps, cargo, xtask};

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
    // Without target flags cargo builds the examples as programs, which some tests start.
    steps.run("tests and the programs of the documentation", &mut cargo(&["test", "--workspace"]));
    steps.run("demo", &mut xtask(&["demo"]));
    lab::short_form(&mut steps);
    rust_pages(&mut steps);
    python::test(&mut steps);
    node::test(&mut steps);
    steps.finish()
}

/// The pages of every language's public names, without a warning.
pub fn docs() -> ExitCode {
    let mut steps = Steps::default();
    rust_pages(&mut steps);
    node::docs(&mut steps);
    python::docs(&mut steps);
    steps.finish()
}

fn rust_pages(steps: &mut Steps) {
    steps.run(
        "documentation pages",
        cargo(&["doc", "--quiet", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
}

fn format_and_lints(steps: &mut Steps) {
    steps.run("format", &mut cargo(&["fmt", "--all", "--check"]));
    steps.run(
        "lints",
        &mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    );
}
