//! The Python package: built into a wheel, and tested as it is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo, root};

/// A virtual environment.
struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment of this name, under `target`.
    fn named(name: &str) -> Self {
        Self { folder: target().join("python").join(name) }
    }

    /// A program in it.
    fn program(&self, name: &str) -> Command {
        let folder = self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let mut command = Command::new(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
        // Its programs find each other, as in an environment that is entered.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)));
        command.env("PATH", path.unwrap_or_default());
        command.current_dir(package()).env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_NO_INPUT", "1");
        command
    }

    fn pip(&self, arguments: &[&str]) -> Command {
        let mut command = self.program("python");
        command.args(["-m", "pip", "--quiet"]).args(arguments);
        command
    }

    /// Makes it anew.
    fn make(&self, steps: &mut Steps, name: &str) -> bool {
        let mut command = Command::new(python());
        command.args(["-m", "venv", "--clear"]).arg(&self.folder);
        steps.run(name, &mut command)
    }

    /// Whether it was made of these very requirements.
    fn is_of(&self, requirements: &str) -> bool {
        std::fs::read_to_string(self.stamp()).is_ok_and(|made_of| made_of == requirements)
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("made-of.txt")
    }
}

/// The folder of the package.
fn package() -> PathBuf {
    root().join("bindings-python")
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn wheels() -> PathBuf {
    target().join("python").join("wheels")
}

fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// Whether there is a Python with pip and venv. Without one the steps are skipped by name, and under CI they fail.
fn is_there(steps: &mut Steps) -> bool {
    let mut command = Command::new(python());
    command.args(["-c", "import ensurepip, pip, sys, venv; sys.exit(sys.version_info < (3, 10))"]);
    if command.output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    if std::env::var_os("CI").is_some() {
        steps.run("python: Python 3.10 or newer with pip and venv", &mut command);
    } else {
        steps.skip("python", "no Python 3.10 or newer with pip and venv");
    }
    false
}

/// The tools at the versions of the lock, installed once for each lock.
fn tools(steps: &mut Steps) -> Option<Environment> {
    let tools = Environment::named("tools");
    let lock = package().join("requirements.lock");
    let requirements = std::fs::read_to_string(&lock).unwrap_or_default();
    if tools.is_of(&requirements) {
        return Some(tools);
    }
    let made = tools.make(steps, "python: an environment for the tools")
        && steps.run(
            "python: tools of the lock",
            tools.pip(&["install", "--require-hashes", "--requirement"]).arg(&lock),
        );
    made.then(|| {
        let _ = std::fs::write(tools.stamp(), &requirements);
        tools
    })
}

/// Builds the wheel into a folder of its own, and says where it is.
fn wheel(steps: &mut Steps, tools: &Environment) -> Option<PathBuf> {
    let _ = std::fs::remove_dir_all(wheels());
    let mut build = tools.program("maturin");
    build.args(["build", "--quiet", "--locked", "--out"]).arg(wheels()).env("RUSTFLAGS", without_paths());
    steps.run("python: the wheel", &mut build).then(|| newest(".whl")).flatten()
}

/// Places in the source are told in a panic: those of this machine are nobody's business.
pub fn without_paths() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    format!("{} {}", remap(&root(), "danmal"), remap(&home, "cargo"))
}

fn newest(ending: &str) -> Option<PathBuf> {
    newest_in(&wheels(), ending)
}

fn newest_in(folder: &Path, ending: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?;
    files.flatten().map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(ending))
}

/// The checks and tests of `cargo xtask test`.
pub fn test(steps: &mut Steps) {
    if !is_there(steps) {
        return;
    }
    let Some(tools) = tools(steps) else { return };
    let examples = root().join("examples").join("python");
    let checked = |program: &str, arguments: &[&str]| {
        let mut command = tools.program(program);
        command.args(arguments).args(["python", "tests", "bench", "tools"]).arg(&examples);
        command
    };
    steps.run("python: lints", &mut checked("ruff", &["check", "--quiet", "--config", "pyproject.toml"]));
    steps.run(
        "python: format",
        &mut checked("ruff", &["format", "--quiet", "--check", "--config", "pyproject.toml"]),
    );
    steps.run(
        "python: names of the core's codes",
        tools.program("python").args(["tools/codes.py", "--check"]),
    );
    let mut mypy = tools.program("mypy");
    mypy.env("MYPYPATH", "bench")
        .args(["--no-error-summary", "python/danmal", "tests", "bench", "tools"])
        .arg(&examples);
    steps.run("python: types (mypy)", &mut mypy);
    steps.run("python: types (pyright's rules)", &mut tools.program("basedpyright"));
    let Some(clean) = installed(steps, &tools) else { return };
    if !steps.run("python: the simulator", &mut cargo(&["build", "--quiet", "-p", "danmal-simulator"])) {
        return;
    }
    display(steps);
    steps.run("python: tests of the installed wheel", clean.program("python").args(["-m", "pytest"]));
    torture(steps, &clean);
    pages(steps, &clean);
    let mut conformance = cargo(&["run", "--quiet", "--package", "danmal-conformance", "--"]);
    steps.run("python: conformance", conformance.args(["--language", "python", "--json"]));
}

/// The pages of `cargo xtask docs`.
pub fn docs(steps: &mut Steps) {
    if is_there(steps)
        && let Some(tools) = tools(steps)
        && let Some(clean) = installed(steps, &tools)
    {
        pages(steps, &clean);
    }
}

fn pages(steps: &mut Steps, environment: &Environment) {
    let folder = target().join("python").join("docs");
    let mut pages = environment.program("python");
    pages.args(["-W", "error", "-m", "pdoc", "--docformat", "restructuredtext", "--output-directory"]);
    steps.run("python: documentation pages", pages.arg(&folder).arg("danmal"));
}

/// The wheel, installed where nothing else was, where its quick start has to run before the tools come beside it.
fn installed(steps: &mut Steps, tools: &Environment) -> Option<Environment> {
    let wheel = wheel(steps, tools)?;
    let clean = Environment::named("clean");
    let ready = clean.make(steps, "python: a clean environment")
        && steps.run("python: the wheel installed", clean.pip(&["install", "--no-index"]).arg(&wheel))
        && steps.run("python: quick start from the wheel", &mut quick_start(&clean));
    let mut beside = clean.pip(&["install", "--require-hashes", "--requirement"]);
    (ready && steps.run("python: tools beside the wheel", beside.arg(package().join("requirements.lock"))))
        .then_some(clean)
}

/// The environment in which Python's adapter of the conformance suite runs, with the wheel of now. It says nothing
/// where there is no Python.
pub fn ready() -> ExitCode {
    let mut steps = Steps::default();
    if is_there(&mut steps)
        && let Some(tools) = tools(&mut steps)
    {
        installed(&mut steps, &tools);
    }
    steps.finish()
}

/// A window needs a screen. Where nobody looks, one is installed.
fn display(steps: &mut Steps) {
    let there = |program: &str| Command::new(program).arg("-help").output().is_ok();
    if !cfg!(target_os = "linux") || std::env::var_os("DISPLAY").is_some() || there("Xvfb") {
        return;
    }
    if std::env::var_os("CI").is_none() {
        return steps
            .skip("python: the example with a window", "no Xvfb and no display: apt-get install xvfb");
    }
    let mut install = Command::new("sh");
    install.args(["-c", "apt-get -q update && apt-get -q install --yes --no-install-recommends xvfb"]);
    steps.run(
        "python: a screen for the example with a window",
        install.env("DEBIAN_FRONTEND", "noninteractive"),
    );
}

/// The boundary in a build that panics on command. It is put together by hand: no package of it exists.
fn torture(steps: &mut Steps, clean: &Environment) {
    let build = ["build", "--quiet", "--package", "danmal-python", "--features", "torture"];
    if !steps.run("python: a build for torture", &mut cargo(&build)) {
        return;
    }
    let folder = target().join("python").join("torture");
    let library = format!("{}danmal_native{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let mut put = clean.program("python");
    put.args(["-c", TORTURE]).arg(&folder).arg(target().join("debug").join(library));
    if steps.run("python: the build for torture put together", &mut put) {
        let mut tests = clean.program("python");
        tests.args(["-m", "pytest", "tests/torture"]).env("PYTHONPATH", &folder);
        steps.run("python: tests under torture", &mut tests);
    }
}

/// The package's own files beside the library that was built, which has its faults; the installed wheel has none.
const TORTURE: &str = r#"
import importlib.machinery, pathlib, shutil, sys
import danmal._native
folder, library = map(pathlib.Path, sys.argv[1:])
assert b"torture" in library.read_bytes(), "the build for torture has no faults on command"
installed = pathlib.Path(danmal._native.__file__)
assert b"torture" not in installed.read_bytes(), "the wheel has faults on command"
assert not any("torture" in name for name in dir(danmal._native))
shutil.rmtree(folder, ignore_errors=True)
shutil.copytree("python/danmal", folder / "danmal", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
shutil.copy(library, folder / "danmal" / ("_native" + importlib.machinery.EXTENSION_SUFFIXES[-1]))
"#;

/// The first program of the package's page, in a folder of its own.
fn quick_start(environment: &Environment) -> Command {
    let page = std::fs::read_to_string(package().join("README.md")).unwrap_or_default();
    let program = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut command = environment.program("python");
    command
        .args(["-I", "-X", "utf8", "-c", program.unwrap_or("raise SystemExit('no program')")])
        .env("XDG_STATE_HOME", target().join("python").join("state"));
    command
}

/// The program that measures, in an environment that has the wheel of now and what it is compared with.
pub fn bench() -> std::io::Result<Command> {
    let mut steps = Steps::default();
    let made = tools(&mut steps).and_then(|tools| installed(&mut steps, &tools));
    let clean = made.ok_or_else(|| std::io::Error::other("the Python package cannot be installed"))?;
    let mut command = clean.program("python");
    command.arg("bench/measure.py");
    Ok(command)
}

/// `cargo xtask package python`: wheel and sdist, with their sizes, each installed where nothing else is.
pub fn package_all() -> ExitCode {
    let mut steps = Steps::default();
    if is_there(&mut steps)
        && let Some(tools) = tools(&mut steps)
        && let Some(wheel) = wheel(&mut steps, &tools)
    {
        let mut build = tools.program("maturin");
        build.args(["sdist", "--out"]).arg(wheels());
        steps.run("python: the sdist", &mut build);
        for file in [Some(wheel.clone()), newest(".tar.gz")].into_iter().flatten() {
            println!("{} {:.2} MB", name(&file), size(&file));
        }
        let mut native = tools.program("python");
        native.args(["-c", NATIVE]).arg(&wheel);
        steps.run("python: at most 5 MB of native code, stripped, without a test's faults", &mut native);
        alone(&mut steps, "wheel", &wheel, &["--no-index"]);
        if let Some(sdist) = newest(".tar.gz") {
            // It brings the sources of all that it is made of, and is built by the tools of the lock.
            let built = wheels().join("of-sdist");
            let mut build = tools.pip(&["wheel", "--no-index", "--no-build-isolation", "--wheel-dir"]);
            // The files of an archive are all of one age: what cargo built of others before would pass for theirs.
            let place = target().join("python").join("sdist-target");
            let _ = std::fs::remove_dir_all(&place);
            build.arg(&built).arg(&sdist).env("RUSTFLAGS", without_paths()).env("CARGO_TARGET_DIR", &place);
            if steps.run("python: a wheel from the sdist", &mut build)
                && let Some(wheel) = newest_in(&built, ".whl")
            {
                alone(&mut steps, "sdist", &wheel, &["--no-index"]);
            }
        }
    }
    steps.finish()
}

/// A package alone in an environment, where its quick start has to run.
fn alone(steps: &mut Steps, kind: &str, file: &Path, arguments: &[&str]) {
    let environment = Environment::named(kind);
    if environment.make(steps, &format!("python: an environment for the {kind}"))
        && steps.run(
            &format!("python: the {kind} installed"),
            environment.pip(&["install"]).args(arguments).arg(file).env("RUSTFLAGS", without_paths()),
        )
    {
        steps.run(&format!("python: quick start from the {kind}"), &mut quick_start(&environment));
    }
}

/// Prints the native library's size, and fails where it is over 5 MB, has its symbols or has a test's faults in it.
const NATIVE: &str = r#"
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
(name,) = (name for name in wheel.namelist() if name.endswith((".so", ".pyd")))
library = wheel.read(name)
print(f"{name} {len(library) / 1e6:.2f} MB")
assert len(library) <= 5_000_000, "over 5 MB"
assert b".symtab" not in library, "not stripped"
assert b"torture" not in library, "it has faults on command"
assert not any("torture" in name for name in wheel.namelist())
"#;

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn size(file: &Path) -> f64 {
    std::fs::metadata(file).map_or(0.0, |file| file.len() as f64 / 1e6)
}
