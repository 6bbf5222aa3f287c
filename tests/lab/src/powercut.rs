//! Not written yet.

use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    eprintln!("not written yet (json: {})", arguments.json);
    ExitCode::FAILURE
}
