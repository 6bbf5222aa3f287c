//! Runs commands one after the other and says at the end what passed and what failed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

enum Result {
    Passed,
    Failed,
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
    /// Runs a command. A step that fails does not keep the others from running.
    pub fn run(&mut self, name: &str, command: &mut Command) {
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
        self.done.push((name.to_owned(), start.elapsed(), result));
    }

    /// Notes what was done without a command.
    pub fn check(&mut self, name: &str, done: std::result::Result<(), String>) {
        let result = match done {
            Ok(()) => Result::Passed,
            Err(error) => {
                eprintln!("{name}: {error}");
                Result::Failed
            }
        };
        self.done.push((name.to_owned(), Duration::ZERO, result));
    }

    /// The summary.
    pub fn finish(self) -> ExitCode {
        eprintln!();
        let (mut passed, mut failed) = (0, 0);
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
            }
        }
        println!("{passed} passed, {failed} failed");
        if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
