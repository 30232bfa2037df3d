//! Builds and tests the Swift package on Linux: `cargo xtask bindings swift`.
//!
//! Owns the order of the steps and where the generated code goes. Invariants: nothing is written
//! outside of `target/swift` but the git-ignored generated sources; a test that was skipped fails
//! the run. Left out: what runs on a Mac only (`build-xcframework.sh`, the sample app).

mod apple;
mod toolchain;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Built;
use crate::run::say;
use toolchain::Toolchain;

/// The package, from the workspace's root.
const PACKAGE: &str = "mobile-bindings/swift";
/// The fewest stories that the suite tells.
const STORIES_MIN: usize = 25;

/// Builds the package against the library, tests it, and checks what can't be compiled here; or
/// measures. False when a step fails, which has said why.
///
/// # Errors
/// When there is no toolchain, or a program can't be started.
pub fn run(built: &Built) -> Result<bool> {
    let toolchain = Toolchain::find_or_install(&built.root).context("getting a Swift toolchain")?;
    say(format!("swift: {}", toolchain.version()?));
    let place = Place::fill(built).context("copying what was built")?;
    place.copy_generated(&built.generated).context("copying the generated code")?;
    if built.bench {
        return bench(&toolchain, &place);
    }
    say("swift: building the package and its tests");
    if !place.swift(&toolchain, &["build", "--build-tests"])? {
        return Ok(false);
    }
    say("swift: telling the stories against a real relay");
    let (passed, told) = place.swift_output(&toolchain, &["test", "--skip-build"])?;
    if !passed || !all_were_told(&told) {
        return Ok(false);
    }
    say("swift: checking the sample app and the code for Apple's systems against stubs");
    Ok(apple::check(&toolchain, &built.root, &place)? && document(&toolchain, &place)?)
}

/// One of the programs beside the tests, ready to be given its arguments. The package must have
/// been built.
///
/// # Errors
/// When there is no toolchain.
pub fn program(built: &Built, name: &str) -> Result<Command> {
    let toolchain = Toolchain::find_or_install(&built.root).context("getting a Swift toolchain")?;
    let place = Place::fill(built).context("copying what was built")?;
    let program = place.build.join("debug").join(name);
    Ok(toolchain.command(program.as_os_str(), &place.environment()))
}

fn bench(toolchain: &Toolchain, place: &Place) -> Result<bool> {
    say("swift: building the package as it ships");
    let program = "floorwalk-swift-bench";
    let words = ["build", "--configuration", "release", "--product", program];
    if !place.swift(toolchain, &words)? {
        return Ok(false);
    }
    let program = place.build.join("release").join(program);
    let mut command = toolchain.command(program.as_os_str(), &place.environment());
    Ok(command.status().context("starting the bench")?.success())
}

/// `target/swift`: a copy of what was built, which a chroot sees too, and Swift's build folder.
struct Place {
    package: PathBuf,
    lib: PathBuf,
    build: PathBuf,
    docs: PathBuf,
}

impl Place {
    fn fill(built: &Built) -> Result<Self> {
        let target = built.root.join("target/swift");
        let place = Self {
            package: built.root.join(PACKAGE),
            lib: target.join(if built.bench { "lib-release" } else { "lib" }),
            build: target.join("build"),
            docs: target.join("docs"),
        };
        fs::create_dir_all(&place.lib)?;
        for file in [&built.library, &built.floorwalk, &built.relay] {
            let name = file.file_name().context("a built file has a name")?;
            copy_if_newer(file, &place.lib.join(name))?;
        }
        Ok(place)
    }

    fn copy_generated(&self, generated: &Path) -> Result<()> {
        let sources = self.package.join("Sources");
        let copies = [
            ("FloorwalkFFI.h", "FloorwalkFFI/FloorwalkFFI.h"),
            ("FloorwalkGenerated.swift", "FloorwalkGenerated/FloorwalkGenerated.swift"),
        ];
        for (name, copy) in copies {
            let copy = sources.join(copy);
            fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
            copy_if_changed(&generated.join(name), &copy)?;
        }
        Ok(())
    }

    /// The arguments of a `swift` subcommand on this package.
    fn arguments(&self, words: &[&str]) -> Vec<OsString> {
        let (subcommand, rest) = words.split_at(1);
        let mut all: Vec<OsString> = subcommand.iter().map(OsString::from).collect();
        let paths = [("--package-path", &self.package), ("--scratch-path", &self.build)];
        for (flag, path) in paths {
            all.extend([flag.into(), path.into()]);
        }
        let mut search = OsString::from("-L");
        search.push(&self.lib);
        let run = [search, "-rpath".into(), self.lib.clone().into_os_string()];
        // Swift 6.0's libswiftObservation.so names a function that no library of Linux has.
        for word in run.into_iter().chain(["--allow-shlib-undefined".into()]) {
            all.extend(["-Xlinker".into(), word]);
        }
        all.extend(rest.iter().map(OsString::from));
        all
    }

    fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("FLOORWALK_LIBRARY", self.lib.join("libfloorwalk_ffi.so")),
            ("FLOORWALK_BIN", self.lib.join("floorwalk")),
            ("FLOORWALK_RELAY_BIN", self.lib.join("floorwalk-relay")),
        ]
    }

    fn swift(&self, toolchain: &Toolchain, words: &[&str]) -> Result<bool> {
        let mut command = toolchain.command("swift".as_ref(), &self.environment());
        command.args(self.arguments(words));
        Ok(command.status().context("starting swift")?.success())
    }

    /// Runs it and returns what it said; it is shown too.
    fn swift_output(&self, toolchain: &Toolchain, words: &[&str]) -> Result<(bool, String)> {
        let mut command = toolchain.command("swift".as_ref(), &self.environment());
        toolchain::show_and_keep(command.args(self.arguments(words)))
    }
}

/// XCTest's last line says how many ran; a story that was skipped was not told.
fn all_were_told(told: &str) -> bool {
    let summary = told.lines().rev().find(|line| line.trim_start().starts_with("Executed "));
    let count = summary.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    let was_skipped = told.lines().any(|line| line.contains("skipped"));
    if was_skipped || count.is_none_or(|count| count < STORIES_MIN) {
        say("swift: a story was skipped, or they are too few");
        return false;
    }
    true
}

/// The articles and all that is public, by DocC; a link that leads nowhere fails.
fn document(toolchain: &Toolchain, place: &Place) -> Result<bool> {
    let Some(docc) = toolchain.docc()? else {
        say("swift: this toolchain has no docc; the documentation was NOT built");
        return Ok(true);
    };
    say("swift: building the documentation");
    let words = ["package", "dump-symbol-graph", "--minimum-access-level", "public"];
    let (passed, told) = place.swift_output(toolchain, &words)?;
    let folder = told.lines().find_map(|line| line.strip_prefix("Files written to "));
    let Some(folder) = folder.filter(|_| passed) else { return Ok(false) };
    let graphs = place.build.join("graphs");
    fs::create_dir_all(&graphs)?;
    for module in ["Floorwalk", "Floorwalk@FloorwalkGenerated", "FloorwalkGenerated", "FloorwalkUI"]
    {
        let name = format!("{module}.symbols.json");
        copy_if_changed(&Path::new(folder).join(&name), &graphs.join(&name))?;
    }
    let mut command = toolchain.command(docc.as_os_str(), &[]);
    command.arg("convert").arg(place.package.join("Sources/Floorwalk/Floorwalk.docc"));
    command.arg("--additional-symbol-graph-dir").arg(&graphs);
    command.arg("--output-path").arg(&place.docs);
    command.args(["--fallback-display-name", "Floorwalk"]);
    command.args(["--fallback-bundle-identifier", "dev.floorwalk.Floorwalk"]);
    command.arg("--warnings-as-errors");
    Ok(command.status().context("starting docc")?.success())
}

fn copy_if_newer(from: &Path, to: &Path) -> Result<()> {
    let changed = |path: &Path| fs::metadata(path).and_then(|about| about.modified());
    if !to.exists() || changed(from)? > changed(to)? {
        // What is there may be running.
        let _ = fs::remove_file(to);
        fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}

/// Leaves a file alone that is the same, so that nothing is compiled anew.
fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    if fs::read(to).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    fs::write(to, bytes).with_context(|| format!("writing {}", to.display()))
}
