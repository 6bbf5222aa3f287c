//! Programs of others that a campaign needs. They are installed into `target/tools`, once, by cargo itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::steps::{cargo, exit, root};

/// A program that cargo can install.
struct Tool {
    name: &'static str,
    version: &'static str,
}

const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

impl Tool {
    /// The program, installed if it is not there yet: minutes on a small machine.
    fn program(&self) -> Result<PathBuf, String> {
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
