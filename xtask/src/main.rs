//! The development tool of danmal: `cargo xtask demo`, `test`, `check`, `bench`, `conformance`.

mod bench;
mod check;
mod coverage;
mod demo;
mod fuzz;
mod lab;
mod miri;
mod mutants;
mod node;
mod python;
mod steps;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The development tool of danmal", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Format, lints and unit tests: what one runs before every commit.
    Check,
    /// Everything: what CI runs.
    Test,
    /// The main job on the built-in simulator: pay, cancel, pull the cable, kill the till, recover.
    Demo {
        /// A real terminal instead: 1,004 won are charged and cancelled.
        #[arg(long)]
        address: Option<String>,
    },
    /// Measures, two things in one run.
    Bench {
        /// What is measured.
        #[arg(value_enum)]
        what: What,
        /// End with one line of JSON.
        #[arg(long)]
        json: bool,
        /// Without the crowds of terminals.
        #[arg(long)]
        quick: bool,
    },
    /// Builds the package of a language, and says how large it is.
    Package {
        /// The language.
        #[arg(value_enum)]
        language: Package,
    },
    /// Builds the pages of every language's public names, and fails on a warning.
    Docs,
    /// Checks and tests the binding of one language, as `test` does among everything else.
    TestBinding {
        /// The language.
        #[arg(value_enum)]
        language: Package,
    },
    /// The laboratory: payments under random faults. What follows is for it; `--help` says more, here and below.
    Simulate(ForLab),
    /// The laboratory: every order of events of two operations.
    Explore(ForLab),
    /// The laboratory: a cut at every byte and after every journal step.
    Cutpoints(ForLab),
    /// The laboratory: a paying process, killed at random moments.
    Crash(ForLab),
    /// The laboratory: the journal under power cuts.
    Powercut(ForLab),
    /// The laboratory: a till that runs for weeks.
    Soak(ForLab),
    /// Takes the scenarios through the public API of every language.
    Conformance {
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
        #[arg(long)]
        chance: Option<u64>,
        /// Say each run.
        #[arg(long)]
        verbose: bool,
    },
    /// Whether every licence is one that the project accepts. Installs cargo-deny into `target/tools`.
    Licences,
    /// Arbitrary bytes into everything that reads foreign bytes, under cargo-fuzz on nightly.
    Fuzz(fuzz::Arguments),
    /// Faults planted in wire, protocol and journal: whether a test fails.
    Mutants(mutants::Arguments),
    /// Which lines of wire, protocol and journal their tests run.
    Coverage(coverage::Arguments),
    /// The unit tests of wire and protocol under Miri.
    Miri,
    #[command(hide = true)]
    DemoTill { address: String, folder: PathBuf },
    #[command(hide = true)]
    BenchPart {
        #[arg(value_enum)]
        part: bench::Part,
        arguments: Vec<String>,
    },
}

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
struct ForLab {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Core,
    Bindings,
}

#[derive(Clone, Copy, ValueEnum)]
enum Package {
    Node,
    Python,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check => check::check(),
        Command::Test => check::test(),
        Command::Demo { address } => demo::run(address.as_deref()),
        Command::Bench { what: What::Core, json, quick } => bench::core(json, quick),
        Command::Package { language: Package::Node } => node::package_all(),
        Command::Package { language: Package::Python } => python::package_all(),
        Command::TestBinding { language } => {
            let mut steps = steps::Steps::default();
            match language {
                Package::Node => node::test(&mut steps),
                Package::Python => python::test(&mut steps),
            }
            steps.finish()
        }
        Command::Docs => check::docs(),
        Command::Bench { what: What::Bindings, json, .. } => bench::bindings(json),
        Command::Simulate(given) => lab::run("simulate", &given.arguments),
        Command::Explore(given) => lab::run("explore", &given.arguments),
        Command::Cutpoints(given) => lab::run("cutpoints", &given.arguments),
        Command::Crash(given) => lab::run("crash", &given.arguments),
        Command::Powercut(given) => lab::run("powercut", &given.arguments),
        Command::Soak(given) => lab::run("soak", &given.arguments),
        Command::Conformance { full, language, json, only, seed, chance, verbose } => {
            let asked = |name: &str| language.is_empty() || language.iter().any(|language| language == name);
            for (name, ready) in [("node", node::ready as fn() -> ExitCode), ("python", python::ready)] {
                if asked(name) && ready() == ExitCode::FAILURE {
                    return ExitCode::FAILURE;
                }
            }
            let mut run = steps::cargo(&["run", "--quiet", "--package", "danmal-conformance", "--"]);
            for (given, flag) in [(full, "--full"), (json, "--json"), (verbose, "--verbose")] {
                run.args(given.then_some(flag));
            }
            run.args(language.into_iter().flat_map(|language| ["--language".to_owned(), language]));
            run.args(only.into_iter().flat_map(|only| ["--only".to_owned(), only]));
            run.args(seed.into_iter().flat_map(|seed| ["--seed".to_owned(), seed.to_string()]));
            run.args(chance.into_iter().flat_map(|count| ["--chance".to_owned(), count.to_string()]));
            match run.status() {
                Ok(status) if status.success() => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
        Command::Licences => tools::licences(),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Mutants(arguments) => mutants::run(&arguments),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Miri => miri::run(),
        Command::BenchPart { part, arguments } => bench::part(part, &arguments),
        Command::DemoTill { address, folder } => demo::child(&address, &folder),
    }
}
