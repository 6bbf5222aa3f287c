//! `cargo xtask coverage`: which lines of wire, protocol and journal their own tests run.

use std::process::ExitCode;

use crate::tools::{self, LLVM_COV};

const CRATES: [&str; 3] = ["wire", "protocol", "journal"];

#[derive(clap::Args)]
pub struct Arguments {
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> ExitCode {
    match measure(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let toolchain = tools::stable(&["llvm-tools"])?;
    let program = LLVM_COV.program()?;
    let mut command = toolchain.cargo(&["llvm-cov", "--json", "--summary-only"]);
    tools::put_in_path(&mut command, &program);
    for name in CRATES {
        command.args(["--package", &format!("danmal-{name}")]);
    }
    let output =
        command.stderr(std::process::Stdio::inherit()).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("cargo llvm-cov: {}", output.status));
    }
    // What the tests print comes before it.
    let text = String::from_utf8_lossy(&output.stdout);
    let json = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    let report: serde_json::Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let files = report["data"][0]["files"].as_array().ok_or("no files in the report")?;
    let mut figures = serde_json::Map::new();
    for name in CRATES {
        let folder = format!("core/{name}/src/");
        let (mut lines, mut covered) = (0, 0);
        for file in files {
            let path = file["filename"].as_str().unwrap_or_default().replace('\\', "/");
            if path.contains(&folder) {
                lines += file["summary"]["lines"]["count"].as_u64().unwrap_or_default();
                covered += file["summary"]["lines"]["covered"].as_u64().unwrap_or_default();
            }
        }
        let percent = covered as f64 * 100.0 / lines.max(1) as f64;
        println!("danmal-{name}: {percent:.1} % of {lines} lines");
        figures.insert(name.to_owned(), serde_json::json!((percent * 10.0).round() / 10.0));
    }
    if arguments.json {
        println!("{}", serde_json::Value::Object(figures));
    }
    Ok(())
}
