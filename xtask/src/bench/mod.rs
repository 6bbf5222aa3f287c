//! `cargo xtask bench core`: two contestants in one run, in turns, and the ratios.

mod approval;
mod bindings;
mod codec;
mod commits;
mod contestant;
mod crowd;
mod statistics;
mod terminal;

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};

/// One part of the benchmark, in a process of its own.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Part {
    /// The terminal, on a blocking socket.
    Terminal,
    /// The terminal, for thousands of connections.
    Terminals,
    /// The approvals, given three addresses.
    Approval,
    /// The crowd, given an address and a count.
    Crowd,
}

/// Runs a part.
pub fn part(part: Part, arguments: &[String]) -> ExitCode {
    let address = |at: usize| -> io::Result<SocketAddr> {
        arguments.get(at).and_then(|text| text.parse().ok()).ok_or_else(|| io::Error::other("no address"))
    };
    let run = || -> io::Result<()> {
        match part {
            Part::Terminal => terminal::serve_blocking(),
            Part::Terminals => terminal::serve_many(),
            Part::Approval => {
                println!("{}", approval::measure(address(0)?, address(1)?, address(2)?)?.line());
                Ok(())
            }
            Part::Crowd => {
                let count = arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(100);
                let (idle, p99) = crowd::measure(address(0)?, count)?;
                println!("{idle} {p99}");
                Ok(())
            }
        }
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks of the core and prints the ratios. `quick`: without the crowds.
pub fn core(json: bool, quick: bool) -> ExitCode {
    if cfg!(debug_assertions) {
        return optimised("core", json, quick);
    }
    match measure(json, quick) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks of the bindings and prints the ratios.
pub fn bindings(json: bool) -> ExitCode {
    if cfg!(debug_assertions) {
        return optimised("bindings", json, false);
    }
    match bindings::measure(json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A debug build says nothing about speed: builds this tool as it is shipped, and runs that.
fn optimised(what: &str, json: bool, quick: bool) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "--manifest-path", manifest, "--", "bench", what]);
    command.args(json.then_some("--json")).args(quick.then_some("--quick"));
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(json: bool, quick: bool) -> io::Result<()> {
    let (codec_ratio, ours, theirs) = codec::ratio();
    println!("codec: {codec_ratio:.2} × serde_json alone ({ours:.0} ns against {theirs:.0} ns)");
    let pinned = approvals(true)?;
    let free = approvals(false)?;
    for (place, m) in [("one core", &pinned), ("free placement", &free)] {
        println!(
            "approval, {place}: {:.2} × a blocking socket ({:.1} µs against {:.1} µs); with SQLite {:.1} µs, {:.2} × (that + {:.1} µs for its three rows by SQLite alone)",
            m.ratio, m.memory, m.socket, m.sqlite, m.sqlite_ratio, m.commits
        );
    }
    let mut idle = 0.0;
    let mut p99 = Vec::new();
    if !quick {
        for count in [100, 1_000, 10_000] {
            let measured = crowd(count)?;
            idle = measured.0;
            p99.push(format!("\"{count}\": {:.3}", measured.1));
            println!(
                "{count} terminals: {:.1} KiB each, p99 of an approval {:.2} ms",
                measured.0, measured.1
            );
        }
    }
    if json {
        println!(
            "{{\"codec_ratio\": {codec_ratio:.3}, \"approval_ratio\": {:.3}, \"approval_sqlite_ratio\": {:.3}, \"idle_kib\": {idle:.1}, \"p99_ms\": {{{}}}}}",
            pinned.ratio,
            pinned.sqlite_ratio,
            p99.join(", ")
        );
    }
    Ok(())
}

/// A part of the benchmark as a process of its own: on one core, or wherever the scheduler likes.
fn process(pinned: bool, part: &str, arguments: &[String]) -> io::Result<Command> {
    let own = std::env::current_exe()?;
    // A crowd needs more descriptors than a shell gives by default.
    let mut command = Command::new("sh");
    let pin = if pinned { "taskset -c 0 " } else { "" };
    command.arg("-c").arg(format!("ulimit -n $(ulimit -Hn); exec {pin}\"$0\" bench-part \"$@\""));
    command.arg(own).arg(part).args(arguments).stdout(Stdio::piped());
    Ok(command)
}

struct Terminal(Child);

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn first_line(child: &mut Child) -> io::Result<String> {
    let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn start_terminal(pinned: bool, part: &str) -> io::Result<(Terminal, String)> {
    let mut child = process(pinned, part, &[])?.spawn()?;
    let address = first_line(&mut child)?;
    Ok((Terminal(child), address))
}

fn approvals(pinned: bool) -> io::Result<approval::Measured> {
    let terminals: Vec<_> = (0..3).map(|_| start_terminal(pinned, "terminal")).collect::<io::Result<_>>()?;
    let addresses: Vec<String> = terminals.iter().map(|(_, address)| address.clone()).collect();
    let mut child = process(pinned, "approval", &addresses)?.spawn()?;
    let line = first_line(&mut child)?;
    child.wait()?;
    approval::Measured::read(&line).ok_or_else(|| io::Error::other("the approvals were not measured"))
}

fn crowd(count: usize) -> io::Result<(f64, f64)> {
    let (_terminal, address) = start_terminal(false, "terminals")?;
    let mut child = process(false, "crowd", &[address, count.to_string()])?.spawn()?;
    let line = first_line(&mut child)?;
    child.wait()?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [idle, p99] => Ok((idle, p99)),
        _ => Err(io::Error::other("the crowd was not measured")),
    }
}
