//! `danmal-conformance`: runs the scenarios, and is the adapter of Rust. `cargo xtask conformance` starts it.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use danmal_conformance::suite::{self, Choice, Extent};

#[derive(Parser)]
#[command(about = "Takes the scenarios through the public API of danmal", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    /// Every scenario on all lines, in all pieces.
    #[arg(long)]
    full: bool,
    /// Only this language.
    #[arg(long)]
    language: Vec<String>,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
    /// Only scenarios whose name holds this.
    #[arg(long)]
    only: Option<String>,
    /// For what is left to chance.
    #[arg(long)]
    seed: Option<u64>,
    /// So many more scenarios in which faults strike by chance, from the seed on.
    #[arg(long, default_value_t = 0)]
    chance: u64,
    /// So many at once.
    #[arg(long)]
    jobs: Option<usize>,
    /// Say each run.
    #[arg(long)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Part {
    /// Be the adapter of Rust, on standard input and output.
    Adapter,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.part {
        Some(Part::Adapter) => match danmal_conformance::adapter::serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        None => run(&cli),
    }
}

fn say(text: &str) {
    // A reader who is gone needs no report.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn run(cli: &Cli) -> ExitCode {
    let chosen = Choice::default();
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = cli.seed.unwrap_or(time.as_secs());
    let choice = Choice {
        extent: if cli.full { Extent::Full } else { Extent::Sample },
        seed,
        languages: cli.language.clone(),
        only: cli.only.clone(),
        chance: cli.chance,
        jobs: cli.jobs.unwrap_or(chosen.jobs),
    };
    say(&format!("seed {seed}"));
    let tell = |text: &str| {
        if cli.verbose || text.starts_with("again") {
            say(text);
        }
    };
    let ran = std::env::current_exe()
        .map_err(|error| error.to_string())
        .and_then(|runner| suite::all(&runner, &choice, &tell));
    let report = match ran {
        Ok(report) => report,
        Err(error) => {
            say(&error);
            return ExitCode::FAILURE;
        }
    };
    for failure in &report.failures {
        say(&format!("FAILED {failure}"));
    }
    for (language, count) in &report.languages {
        let suite::Count { passed, failed, known } = count;
        say(&format!(
            "{language}: {} scenarios, {} runs, {passed} passed ({} of them slower), {failed} failed, {known} known",
            report.scenarios, report.runs, report.slower
        ));
    }
    if cli.json {
        let line = serde_json::to_string(&report).unwrap_or_default();
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
    if report.languages.values().all(|count| count.failed == 0) && report.runs > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
