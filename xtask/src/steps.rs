//! Runs commands one after the other and says at the end what passed and what failed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

enum Result {
    Passed,
    Failed,
    Skipped(String),
}

/// The steps of one run.
#[derive(Default)]
pub struct Steps {
    done: Vec<(String, Duration, Result)>,
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// `cargo` with these arguments, at the root of the workspace.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// This tool itself, with these arguments.
pub fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "xtask".into()));
    command.args(arguments).current_dir(root());
    command
}

/// The end of a command as one's own.
pub fn exit(status: std::io::Result<std::process::ExitStatus>) -> ExitCode {
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Steps {
    /// Runs a command, and says whether it passed. A step that fails does not keep the others from running.
    pub fn run(&mut self, name: &str, command: &mut Command) -> bool {
        eprintln!("\n--- {name}");
        let start = Instant::now();
        let result = match command.status() {
            Ok(status) if status.success() => Result::Passed,
            Ok(status) => {
                eprintln!("{name}: {status}");
                Result::Failed
            }
            Err(error) => {
                eprintln!("{name}: cannot run {}: {error}", command.get_program().display());
                Result::Failed
            }
        };
        let passed = matches!(result, Result::Passed);
        self.done.push((name.to_owned(), start.elapsed(), result));
        passed
    }

    /// Leaves a step out, by its name and with the reason.
    pub fn skip(&mut self, name: &str, why: &str) {
        self.done.push((name.to_owned(), Duration::ZERO, Result::Skipped(why.to_owned())));
    }

    /// Runs a command that must fail, and say why.
    pub fn refuse(&mut self, name: &str, command: &mut Command, because: &str) {
        eprintln!("\n--- {name}");
        let start = Instant::now();
        let result = match command.output() {
            Ok(output) if output.status.success() => {
                eprintln!("{name}: it succeeded");
                Result::Failed
            }
            Ok(output) if String::from_utf8_lossy(&output.stderr).contains(because) => Result::Passed,
            Ok(output) => {
                eprintln!("{name}: {}", String::from_utf8_lossy(&output.stderr));
                Result::Failed
            }
            Err(error) => {
                eprintln!("{name}: cannot run {}: {error}", command.get_program().display());
                Result::Failed
            }
        };
        self.done.push((name.to_owned(), start.elapsed(), result));
    }

    /// Notes what was done without a command, and says whether it passed.
    pub fn check(&mut self, name: &str, done: std::result::Result<(), String>) -> bool {
        let passed = done.is_ok();
        let result = match done {
            Ok(()) => Result::Passed,
            Err(error) => {
                eprintln!("{name}: {error}");
                Result::Failed
            }
        };
        self.done.push((name.to_owned(), Duration::ZERO, result));
        passed
    }

    /// The summary.
    pub fn finish(self) -> ExitCode {
        eprintln!();
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, time, result) in &self.done {
            let seconds = time.as_secs_f64();
            match result {
                Result::Passed => {
                    passed += 1;
                    eprintln!("passed   {name} ({seconds:.1} s)");
                }
                Result::Failed => {
                    failed += 1;
                    eprintln!("FAILED   {name} ({seconds:.1} s)");
                }
                Result::Skipped(why) => {
                    skipped += 1;
                    eprintln!("skipped  {name}: {why}");
                }
            }
        }
        match skipped {
            0 => println!("{passed} passed, {failed} failed"),
            _ => println!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
        // Where nobody looks at the summary, what was left out is a failure.
        let wanting = failed > 0 || (skipped > 0 && std::env::var_os("CI").is_some());
        if wanting { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
