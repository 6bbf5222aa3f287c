//! `cargo xtask bench core`: two contestants in one run, in turns, and the ratios.

mod codec;
mod contestant;
mod statistics;
pub mod terminal;

use std::process::ExitCode;

/// Runs the benchmarks of the core.
pub fn core(json: bool) -> ExitCode {
    let (ratio, ours, theirs) = codec::ratio();
    println!("codec: {ratio:.2} × serde_json alone ({ours:.0} ns against {theirs:.0} ns)");
    if json {
        println!("{{\"codec_ratio\": {ratio:.3}}}");
    }
    ExitCode::SUCCESS
}
