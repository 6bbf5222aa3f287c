//! The Node package: built, checked and tested as a user would meet it.

mod browser;
mod package;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo, root};

pub use package::package_all;

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

/// The folder of the package.
fn folder() -> PathBuf {
    root().join("bindings-node")
}

/// The programs of the documentation, with the package of this folder installed by npm.
fn examples() -> PathBuf {
    root().join("examples").join("node")
}

/// `node`, `npm` or `npx` with these arguments, in the package.
fn node(program: &str, arguments: &[&str]) -> Command {
    // npm and npx are scripts there.
    let program =
        if cfg!(windows) && program != "node" { format!("{program}.cmd") } else { program.to_owned() };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder());
    command
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// What is made of the package goes here.
fn made() -> PathBuf {
    target().join("node")
}

/// The library as cargo names it.
fn library(profile: &str) -> PathBuf {
    let name = format!("{}danmal_node{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    target().join(profile).join(name)
}

/// Puts a library under the name that the package loads, in a folder of prebuilds.
fn place(library: &Path, prebuilds: &Path) -> Result<(), String> {
    let place = prebuilds.join(platform());
    std::fs::create_dir_all(&place)
        // Anew, and not into the file that a running program has loaded.
        .and_then(|()| match std::fs::remove_file(place.join("danmal.node")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => std::fs::copy(library, place.join("danmal.node")),
        })
        .map(drop)
        .map_err(|error| format!("{}: {error}", library.display()))
}

/// Whether there is a Node with npm. Without one the steps are skipped by name, and under CI they fail.
fn is_there(steps: &mut Steps) -> bool {
    let mut command = node("node", &["-e", "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)"]);
    let npm = node("npm", &["--version"]).output().is_ok_and(|output| output.status.success());
    if npm && command.output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    if std::env::var_os("CI").is_some() {
        steps.check("node: Node 18 or newer with npm", Err("there is none".to_owned()));
    } else {
        steps.skip("node", "no Node 18 or newer with npm");
    }
    false
}

/// The modules of the lock of a folder, installed once for each lock. No script of theirs is run.
fn modules(steps: &mut Steps, name: &str, folder: &Path) -> bool {
    let lock = std::fs::read_to_string(folder.join("package-lock.json")).unwrap_or_default();
    let stamp = folder.join("node_modules").join(".danmal-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return true;
    }
    let mut install = node("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let done = steps.run(name, install.current_dir(folder));
    if done {
        // Without it they are installed again.
        let _ = std::fs::write(&stamp, lock);
    }
    done
}

/// The package in its folder, with the library that has faults on command: what is tested here is never shipped.
fn built(steps: &mut Steps) -> bool {
    let build = ["build", "--quiet", "--package", "danmal-node", "--features", "torture"];
    modules(steps, "node: modules of the lock", &folder())
        && steps.run("node: the library, with faults on command", &mut cargo(&build))
        && steps
            .check("node: the library in its place", place(&library("debug"), &folder().join("prebuilds")))
        && steps.run("node: the package", &mut node("npm", &["run", "--silent", "build"]))
}

/// Builds the package, tests it in its folder, and tests what is shipped where nothing else is.
pub fn test(steps: &mut Steps) {
    if !is_there(steps) || !built(steps) {
        return;
    }
    steps.run("node: lints", &mut node("npm", &["run", "--silent", "lint"]));
    let build = ["build", "--quiet", "--package", "danmal-simulator", "--package", "danmal-conformance"];
    if steps.run("node: the simulator", &mut cargo(&build)) {
        let simulator = format!("danmal-simulator{}", std::env::consts::EXE_SUFFIX);
        let mut tests = node("npm", &["test", "--silent"]);
        tests.env("DANMAL_SIMULATOR", target().join("debug").join(simulator));
        if modules(steps, "node: modules of the examples", &examples()) {
            browser::find(steps, &mut tests);
        }
        // The examples are among the programs whose types are checked.
        steps.run("node: types", &mut node("npx", &["tsc", "-p", "test/types"]));
        steps.run("node: tests", &mut tests);
        let mut conformance = cargo(&["run", "--quiet", "--package", "danmal-conformance", "--"]);
        steps.run("node: conformance", conformance.args(["--language", "node", "--json"]));
    }
    docs(steps);
    package::test(steps);
}

/// What the adapter of the conformance suite needs. It says nothing where there is no Node.
pub fn ready() -> ExitCode {
    let mut steps = Steps::default();
    if is_there(&mut steps) {
        built(&mut steps);
    }
    steps.finish()
}

/// The pages of the public names.
pub fn docs(steps: &mut Steps) {
    if modules(steps, "node: modules of the lock", &folder()) {
        let pages = made().join("docs");
        steps.run("node: documentation pages", node("npx", &["typedoc", "--out"]).arg(pages));
    }
}

/// The program that measures, on the library as it is shipped.
pub fn bench() -> std::io::Result<Command> {
    let mut steps = Steps::default();
    if is_there(&mut steps) && package::installed(&mut steps).is_some() {
        let mut command = Command::new("node");
        command.arg(folder().join("bench").join("measure.mjs")).current_dir(package::clean());
        return Ok(command);
    }
    Err(std::io::Error::other("the Node package cannot be installed"))
}
