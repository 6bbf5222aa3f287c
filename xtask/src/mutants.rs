//! `cargo xtask mutants`: plants faults in wire, protocol and journal, and asks whether a test fails.

use std::path::Path;
use std::process::ExitCode;

use crate::steps::{cargo, root};
use crate::tools::{self, MUTANTS};

const PACKAGES: [&str; 3] = ["danmal-wire", "danmal-protocol", "danmal-journal"];

#[derive(clap::Args)]
pub struct Arguments {
    /// One part of so many, as `0/20`. All parts together are hours.
    #[arg(long)]
    shard: Option<String>,
    /// Only mutants whose name matches.
    #[arg(long)]
    re: Option<String>,
    /// Forget what earlier runs have caught.
    #[arg(long)]
    fresh: bool,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    match mutate(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn mutate(arguments: &Arguments) -> Result<bool, String> {
    let program = MUTANTS.program()?;
    let excluded = list(&program, arguments, true)?.saturating_sub(list(&program, arguments, false)?);
    let shard =
        arguments.shard.as_deref().map_or_else(|| "all".to_owned(), |shard| shard.replace('/', "-of-"));
    let results = root().join("target").join("mutants").join(shard);
    if arguments.fresh && results.exists() {
        std::fs::remove_dir_all(&results).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&results).map_err(|error| error.to_string())?;
    // What was caught before is not tried again: a run that was stopped goes on.
    let mut command = mutants(&program, arguments);
    command.args(["--iterate", "--no-shuffle", "--output"]).arg(&results);
    // Survivors are in the results; the exit code says no more.
    command.status().map_err(|error| error.to_string())?;
    let names = |file: &str| -> Vec<String> {
        let text = std::fs::read_to_string(results.join("mutants.out").join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let missed = names("missed.txt");
    let mut caught: Vec<String> =
        ["caught.txt", "timeout.txt", "previously_caught.txt"].into_iter().flat_map(names).collect();
    caught.sort_unstable();
    caught.dedup();
    for name in &missed {
        println!("missed: {name}");
    }
    let mutants = missed.len() + caught.len();
    println!(
        "{mutants} mutants, {} missed, {excluded} excluded; results in {}",
        missed.len(),
        results.display()
    );
    if arguments.json {
        let line = serde_json::json!({ "mutants": mutants, "missed": missed.len(), "excluded": excluded });
        println!("{line}");
    }
    if mutants == 0 {
        return Err("no mutant was tried".to_owned());
    }
    Ok(missed.is_empty())
}

fn mutants(program: &Path, arguments: &Arguments) -> std::process::Command {
    let mut command = cargo(&["mutants"]);
    tools::put_in_path(&mut command, program);
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    if let Some(shard) = &arguments.shard {
        command.args(["--shard", shard]);
    }
    if let Some(re) = &arguments.re {
        command.args(["--re", re]);
    }
    command
}

/// How many mutants there are, with or without the exclusions.
fn list(program: &Path, arguments: &Arguments, all: bool) -> Result<usize, String> {
    let mut command = mutants(program, arguments);
    command.arg("--list");
    if all {
        command.arg("--no-config");
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().count())
}
