//! The package as it is shipped: one tarball with the libraries of all platforms in it, installed without a
//! compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::{folder, is_there, library, made, modules, node, place, platform};
use crate::python::without_paths;
use crate::steps::{Steps, cargo, root};

/// The largest that a stripped library may be.
const LIMIT: u64 = 5_000_000;

/// What no shipped library holds, and why. The first is what tests have in a build of their own.
const ABSENT: [(&str, &str); 4] = [
    ("torture", "it has faults on command"),
    (".symtab", "it is not stripped"),
    ("napi_create_external_buffer", "Electron refuses memory that is not V8's"),
    ("napi_create_external_arraybuffer", "Electron refuses memory that is not V8's"),
];

/// Libraries as they are shipped; those of other platforms are put here before the package is made.
fn prebuilds() -> PathBuf {
    made().join("prebuilds")
}

/// Where the package is installed, and nothing else.
pub(super) fn clean() -> PathBuf {
    made().join("clean")
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Whether a library may be shipped.
fn sound(path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}: {:.2} MB", platform(), bytes.len() as f64 / 1e6);
    if bytes.len() as u64 > LIMIT {
        return Err(format!("over {:.1} MB", LIMIT as f64 / 1e6));
    }
    // What is looked for can be found: the build for tests has it.
    let tested = folder().join("prebuilds").join(platform()).join("danmal.node");
    if std::fs::read(&tested).is_ok_and(|bytes| !holds(&bytes, "torture")) {
        return Err(format!("{} is to have faults on command", tested.display()));
    }
    match ABSENT.iter().find(|(word, _)| holds(&bytes, word)) {
        Some((word, why)) => Err(format!("`{word}` is in the library: {why}")),
        None => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    std::fs::copy(from, to).map(drop)
}

/// What is in the tarball, in a folder of its own.
fn stage(stage: &Path) -> std::io::Result<()> {
    let _ = std::fs::remove_dir_all(stage);
    std::fs::create_dir_all(stage)?;
    for name in ["dist", "README.md", "README.ko.md"] {
        copy(&folder().join(name), &stage.join(name))?;
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(name), &stage.join(name))?;
    }
    copy(&prebuilds(), &stage.join("prebuilds"))?;
    // How it is built is of no use to who installs it.
    let manifest = std::fs::read_to_string(folder().join("package.json"))?;
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("scripts");
        fields.remove("devDependencies");
    }
    std::fs::write(stage.join("package.json"), serde_json::to_string_pretty(&manifest)?)
}

/// Makes the tarball, and says where it is.
fn tarball(steps: &mut Steps) -> Option<PathBuf> {
    let mut build = cargo(&["build", "--quiet", "--profile", "binding", "--package", "danmal-node"]);
    let build = build.env("RUSTFLAGS", without_paths());
    let ready = modules(steps, "node: modules of the lock", &folder())
        && steps.run("node: the library as it is shipped", build)
        && steps.check("node: at most 5 MB, without what has no place in it", sound(&library("binding")))
        && steps.check("node: the library in its place", place(&library("binding"), &prebuilds()))
        && steps.run("node: the package", &mut node("npm", &["run", "--silent", "build"]));
    let staged = made().join("package");
    if !ready || !steps.check("node: what is shipped", stage(&staged).map_err(|error| error.to_string())) {
        return None;
    }
    let mut pack = node("npm", &["pack", "--silent", "--pack-destination"]);
    let packed = steps.run("node: the tarball", pack.arg(made()).current_dir(&staged));
    let file = made().join(format!("danmal-{}.tgz", env!("CARGO_PKG_VERSION")));
    packed.then_some(file)
}

/// Installs the tarball where nothing else is: without a compiler, without a script, without a network.
fn install(steps: &mut Steps, tarball: &Path) -> bool {
    let clean = clean();
    let _ = std::fs::remove_dir_all(&clean);
    let manifest =
        "{ \"name\": \"clean\", \"version\": \"0.0.0\", \"private\": true, \"type\": \"module\" }\n";
    let made = std::fs::create_dir_all(&clean)
        .and_then(|()| std::fs::write(clean.join("package.json"), manifest))
        .map_err(|error| error.to_string());
    let mut install = node("npm", &["install", "--silent", "--offline", "--ignore-scripts", "--no-audit"]);
    steps.check("node: a clean folder", made)
        && steps.run("node: the tarball installed", install.arg(tarball).current_dir(&clean))
}

/// The package, installed where nothing else is.
pub(super) fn installed(steps: &mut Steps) -> Option<PathBuf> {
    let tarball = tarball(steps)?;
    install(steps, &tarball).then_some(tarball)
}

/// The programs of a page, each of which has to run.
fn programs(steps: &mut Steps, place: &Path) {
    let text = std::fs::read_to_string(place).unwrap_or_default();
    let page = place.strip_prefix(root()).unwrap_or(place).display().to_string().replace(['/', '\\'], "-");
    let programs: Vec<&str> =
        text.split("```js\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    if programs.is_empty() {
        steps.check(&format!("node: programs of {page}"), Err("there are none".to_owned()));
    }
    for (number, program) in programs.into_iter().enumerate() {
        let file = clean().join(format!("{page}-{number}.mjs"));
        // Each page is read from its beginning, with an empty journal.
        let state = made().join("state").join(&page);
        let name = format!("node: program {} of {page}, from the tarball", number + 1);
        if let Err(error) = std::fs::write(&file, program) {
            steps.check(&name, Err(error.to_string()));
            continue;
        }
        let mut run = Command::new("node");
        run.arg(&file).current_dir(clean()).env("XDG_STATE_HOME", &state).env("ProgramData", &state);
        steps.run(&name, &mut run);
    }
}

/// What every program does first, in the older way.
const REQUIRED: &str = "const { Terminal, version } = require('danmal'); \
     Terminal.open('simulator:', { inMemory: true }).close().then((whole) => { \
     if (!whole) throw new Error('it did not close'); console.log(version()) })";

/// The package is made, installed, and its programs run.
pub(super) fn test(steps: &mut Steps) {
    let _ = std::fs::remove_dir_all(made().join("state"));
    let Some(tarball) = installed(steps) else { return };
    let size = std::fs::metadata(&tarball).map_or(0, |file| file.len());
    println!("{}: {:.2} MB", tarball.display(), size as f64 / 1e6);
    let mut required = Command::new("node");
    required.args(["--input-type=commonjs", "-e", REQUIRED]).current_dir(clean());
    steps.run("node: required, from the tarball", &mut required);
    for page in ["README.md", "README.ko.md"] {
        programs(steps, &folder().join(page));
        programs(steps, &root().join(page));
    }
}

/// `cargo xtask package node`: the tarball, installed where nothing else is, with its programs.
pub fn package_all() -> ExitCode {
    let mut steps = Steps::default();
    if is_there(&mut steps) {
        test(&mut steps);
    }
    steps.finish()
}
