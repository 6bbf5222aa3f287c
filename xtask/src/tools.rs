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

/// A toolchain that has what a campaign needs: the machine's own, or one in `target/tools` that is installed
/// once. The machine's toolchains are left to whoever owns it.
pub struct Toolchain {
    channel: String,
    home: Option<PathBuf>,
}

/// Nightly, with these components.
pub fn nightly(components: &[&str]) -> Result<Toolchain, String> {
    Toolchain::with("nightly", components)
}

/// The toolchain that builds danmal, with these components.
pub fn stable(components: &[&str]) -> Result<Toolchain, String> {
    let file = std::fs::read_to_string(root().join("rust-toolchain.toml")).unwrap_or_default();
    let channel = file.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap_or("stable");
    Toolchain::with(channel.trim_matches('"'), components)
}

impl Toolchain {
    fn with(channel: &str, components: &[&str]) -> Result<Self, String> {
        let own = Self { channel: channel.to_owned(), home: None };
        if own.has(components) {
            return Ok(own);
        }
        let home = root().join("target").join("tools").join("rustup");
        let private = Self { home: Some(home), ..own };
        if private.has(components) {
            return Ok(private);
        }
        eprintln!("installing {channel} with {}", components.join(", "));
        let mut install = private.rustup();
        install.args(["toolchain", "install", channel, "--profile", "minimal", "--no-self-update"]);
        install.args(["--component", &components.join(",")]);
        let status = install.status();
        if status.is_ok_and(|status| status.success()) && private.has(components) {
            return Ok(private);
        }
        Err(format!("skipped: {channel} with {} could not be installed", components.join(", ")))
    }

    fn rustup(&self) -> Command {
        let mut command = Command::new("rustup");
        for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
            // Cargo has started this program with a toolchain: the command chooses its own.
            command.env_remove(name);
        }
        if let Some(home) = &self.home {
            command.env("RUSTUP_HOME", home);
        }
        command
    }

    fn has(&self, components: &[&str]) -> bool {
        let mut list = self.rustup();
        list.args(["component", "list", "--installed", "--toolchain", &self.channel]);
        let Ok(output) = list.output() else { return false };
        let installed = String::from_utf8_lossy(&output.stdout).into_owned();
        let has = |name: &&str| installed.lines().any(|line| line.starts_with(*name));
        output.status.success() && components.iter().all(has)
    }

    /// Cargo of this toolchain, with these arguments.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.rustup();
        command.args(["run", &self.channel, "cargo"]).args(arguments).current_dir(root());
        command
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
