//! Programs of others that a campaign needs. They are installed into `target/tools`, once, by cargo itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::steps::{cargo, exit, root};

/// A program that cargo can install.
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The fuzzers' driver.
pub const FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };
/// Plants faults in the code and asks whether a test fails.
pub const MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };
/// Which lines the tests run.
pub const LLVM_COV: Tool = Tool { name: "cargo-llvm-cov", version: "0.9.1" };

const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

impl Tool {
    /// The program, installed if it is not there yet: minutes on a small machine.
    pub fn program(&self) -> Result<PathBuf, String> {
        let folder = root().join("target").join("tools").join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if program.exists() {
            return Ok(program);
        }
        eprintln!("installing {} {}", self.name, self.version);
        let status = install(self, &folder).status().map_err(|error| error.to_string())?;
        match status.success() {
            true => Ok(program),
            false => Err(format!("{} could not be installed: {status}", self.name)),
        }
    }
}

fn install(tool: &Tool, folder: &Path) -> Command {
    let mut command =
        cargo(&["install", "--locked", "--quiet", "--version", tool.version, tool.name, "--root"]);
    command.arg(folder);
    command
}

/// Whether every licence is one that the project accepts, and nothing comes from elsewhere.
pub fn licences() -> ExitCode {
    match DENY.program() {
        Ok(program) => {
            let arguments = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
            exit(Command::new(program).args(arguments).current_dir(root()).status())
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a nightly toolchain with a component is there; else how it is installed. A machine's own toolchains
/// are left to whoever owns it.
pub fn nightly(component: &str) -> Result<(), String> {
    let install = format!("rustup toolchain install nightly --profile minimal --component {component}");
    let listed = Command::new("rustup").args(["+nightly", "component", "list", "--installed"]).output();
    let found = match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => return Err(format!("no nightly toolchain: {install}")),
    };
    match found.lines().any(|line| line.starts_with(component)) {
        true => Ok(()),
        false => Err(format!("nightly has no {component}: rustup +nightly component add {component}")),
    }
}

/// Whether the toolchain in use has a component; else how it is added.
pub fn component(name: &str) -> Result<(), String> {
    let listed =
        Command::new("rustup").args(["component", "list", "--installed"]).current_dir(root()).output();
    let found = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    match found.lines().any(|line| line.starts_with(name)) {
        true => Ok(()),
        false => Err(format!("skipped: no {name}: rustup component add {name}")),
    }
}

/// Lets a command choose its own toolchain, although cargo has started this program with one.
pub fn leave_toolchain(command: &mut Command) {
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
}

/// Lets cargo find one of its subcommands.
pub fn put_in_path(command: &mut Command, program: &Path) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
}
