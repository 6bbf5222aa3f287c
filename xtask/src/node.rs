//! The Node package: built, checked and tested as a user would meet it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Steps, cargo, root};

/// Node's names for this machine.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    let libc = if cfg!(target_env = "musl") { "-musl" } else { "" };
    format!("{system}-{processor}{libc}")
}

fn folder() -> PathBuf {
    root().join("bindings-node")
}

/// `npm` or `npx` with these arguments, in the package.
fn node(program: &str, arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { format!("{program}.cmd") } else { program.to_owned() };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder());
    command
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Puts the library that was built under the name that the package loads.
fn place_library(profile: &str) -> Result<(), String> {
    let name = format!("{}danmal_node{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let place = folder().join("prebuilds").join(platform());
    std::fs::create_dir_all(&place)
        .and_then(|()| std::fs::copy(target().join(profile).join(&name), place.join("danmal.node")))
        .map(drop)
        .map_err(|error| format!("{name}: {error}"))
}

/// Builds the package and tests it.
pub fn test(steps: &mut Steps) {
    steps.run("node: install what it is built with", &mut node("npm", &["ci", "--no-audit", "--no-fund"]));
    steps.run("node: library", &mut cargo(&["build", "--quiet", "--package", "danmal-node"]));
    steps.check("node: library in its place", place_library("debug"));
    steps.run("node: package", &mut node("npm", &["run", "--silent", "build"]));
    steps.run("node: lints", &mut node("npm", &["run", "--silent", "lint"]));
    steps.run("node: types", &mut node("npx", &["tsc", "-p", "test/types/tsconfig.json"]));
    let simulator = Path::new("debug").join(format!("danmal-simulator{}", std::env::consts::EXE_SUFFIX));
    steps.run(
        "node: tests",
        node("npm", &["test", "--silent"]).env("DANMAL_SIMULATOR", target().join(simulator)),
    );
}
