//! Runs commands one after the other and says at the end what passed, failed and was skipped.

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

    /// Names what could not be done here, and why.
    pub fn skip(&mut self, name: &str, why: &str) {
        self.done.push((name.to_owned(), Duration::ZERO, Result::Skipped(why.to_owned())));
    }

    /// The summary. In CI a skipped step is a failure too.
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
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        let strict = std::env::var_os("CI").is_some();
        if failed > 0 || (strict && skipped > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
