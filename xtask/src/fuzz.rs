//! `cargo xtask fuzz`: every target under cargo-fuzz, guided by coverage, with the address sanitizer.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use crate::steps::root;
use crate::tools::{self, FUZZ, Toolchain};

/// The targets, and how much slower one execution is than of the others.
const TARGETS: [(&str, u64); 6] =
    [("frames", 1), ("messages", 1), ("session", 10), ("journal", 1_000), ("addresses", 1), ("scenarios", 2)];

#[derive(clap::Args)]
pub struct Arguments {
    /// Executions of all targets together, fewer of those that are slow.
    #[arg(long, default_value_t = 3_000_000)]
    executions: u64,
    /// At most so many seconds for each target.
    #[arg(long)]
    seconds: Option<u64>,
    /// One target alone.
    #[arg(long)]
    target: Option<String>,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    let toolchain = match tools::nightly(&["rust-std"]) {
        Ok(toolchain) => toolchain,
        Err(missing) => {
            eprintln!("{missing}");
            return ExitCode::FAILURE;
        }
    };
    let program = match FUZZ.program() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("skipped: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut executions, mut findings, mut failed) = (0, 0, false);
    let wanted = |name: &str| arguments.target.as_ref().is_none_or(|only| only == name);
    let targets: Vec<_> = TARGETS.into_iter().filter(|(name, _)| wanted(name)).collect();
    if targets.is_empty() {
        eprintln!("the targets are {}", TARGETS.map(|(name, _)| name).join(", "));
        return ExitCode::FAILURE;
    }
    let shares: f64 = targets.iter().map(|(_, slower)| 1.0 / *slower as f64).sum();
    for (name, slower) in targets {
        let share = arguments.executions as f64 / slower as f64 / shares;
        let start = Instant::now();
        match one(&toolchain, &program, name, share as u64 + 1, arguments.seconds) {
            Ok(done) => {
                let seconds = start.elapsed().as_secs_f64();
                println!(
                    "{name}: {} executions in {seconds:.0} s, {} findings",
                    done.executions, done.findings
                );
                executions += done.executions;
                findings += done.findings;
                failed |= !done.ended_well;
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                failed = true;
            }
        }
    }
    if arguments.json {
        println!("{}", serde_json::json!({ "executions": executions, "findings": findings }));
    }
    if failed || findings > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

struct Done {
    executions: u64,
    findings: u64,
    ended_well: bool,
}

fn one(
    toolchain: &Toolchain,
    program: &Path,
    name: &str,
    executions: u64,
    seconds: Option<u64>,
) -> std::io::Result<Done> {
    let fuzz = root().join("fuzz");
    let corpus = fuzz.join("corpus").join(name);
    std::fs::create_dir_all(&corpus)?;
    let mut command = toolchain.cargo(&["fuzz", "run", name]);
    // Cargo finds its subcommands in PATH.
    tools::put_in_path(&mut command, program);
    command.current_dir(&fuzz).arg(&corpus).arg(fuzz.join("seeds").join(name)).arg("--");
    command.arg(format!("-runs={executions}")).args([
        "-rss_limit_mb=4096",
        "-timeout=60",
        "-print_final_stats=1",
    ]);
    if let Some(seconds) = seconds {
        command.arg(format!("-max_total_time={seconds}"));
    }
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut done = Done { executions: 0, findings: 0, ended_well: false };
    if let Some(pipe) = child.stderr.take() {
        for line in BufReader::new(pipe).lines() {
            let line = line?;
            if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
                done.executions = count.trim().parse().unwrap_or_default();
            } else if line.contains("SUMMARY:") || line.contains("panicked at") || line.starts_with("error") {
                eprintln!("{name}: {line}");
            }
            // A crash, a time-out and a lack of memory each leave a file.
            done.findings += u64::from(line.contains("Test unit written to"));
        }
    }
    done.ended_well = child.wait()?.success();
    Ok(done)
}
