//! Builds and tests the Swift package on Linux: `cargo xtask bindings swift`.
//!
//! Owns the order of the steps and where the generated code goes. Invariants: nothing is written
//! outside of `target/swift` but the git-ignored generated sources; a test that was skipped fails
//! the run. Left out: what runs on a Mac only (`build-xcframework.sh`, the sample app).

mod toolchain;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::Built;
use crate::run::say;
use toolchain::Toolchain;

/// The package, from the workspace's root.
const PACKAGE: &str = "mobile-bindings/swift";
/// The sample app, from the workspace's root.
const SAMPLE: &str = "mobile-bindings/samples/ios";
/// The fewest stories that the suite tells.
const STORIES_MIN: usize = 25;

/// Builds the package against the library, tests it, and checks what can't be compiled here.
///
/// # Errors
/// When a step fails; the error names it.
pub(crate) fn run(built: &Built) -> Result<()> {
    let toolchain = Toolchain::find_or_install(&built.root).context("getting a Swift toolchain")?;
    say(format!("swift: {}", toolchain.version()?));
    let place = Place::fill(built).context("copying what was built")?;
    place.copy_generated(&built.generated).context("copying the generated code")?;
    say("swift: building the package and its tests");
    place.swift(&toolchain, &["build", "--build-tests"])?;
    say("swift: testing against a real relay");
    let told = place.swift_output(&toolchain, &["test", "--skip-build"])?;
    check_tests(&told)?;
    say("swift: reading the sample app and the code for Apple's systems");
    parse_sources(&toolchain, &built.root)?;
    say("swift: building the documentation");
    document(&toolchain, &place)?;
    say("swift: measuring");
    place.run_program(&toolchain, "floorwalk-swift-bench", &["2000"])?;
    Ok(())
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
            lib: target.join("lib"),
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
        let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
        let paths = [("--package-path", &self.package), ("--scratch-path", &self.build)];
        for (flag, path) in paths {
            all.extend([flag.into(), path.into()]);
        }
        let mut search = OsString::from("-L");
        search.push(&self.lib);
        for word in [search, "-rpath".into(), self.lib.clone().into_os_string()] {
            all.extend(["-Xlinker".into(), word]);
        }
        all
    }

    fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("FLOORWALK_LIBRARY", self.lib.join("libfloorwalk_ffi.so")),
            ("FLOORWALK_BIN", self.lib.join("floorwalk")),
            ("FLOORWALK_RELAY_BIN", self.lib.join("floorwalk-relay")),
        ]
    }

    fn swift(&self, toolchain: &Toolchain, words: &[&str]) -> Result<()> {
        let mut command = toolchain.command("swift".as_ref(), &self.environment());
        command.args(self.arguments(words));
        let status = command.status().context("starting swift")?;
        ensure!(status.success(), "swift {} failed", words.join(" "));
        Ok(())
    }

    /// Runs it and returns what it said; it is shown too.
    fn swift_output(&self, toolchain: &Toolchain, words: &[&str]) -> Result<String> {
        let mut command = toolchain.command("swift".as_ref(), &self.environment());
        command.args(self.arguments(words));
        let (passed, told) = toolchain::show_and_keep(&mut command)?;
        ensure!(passed, "swift {} failed", words.join(" "));
        Ok(told)
    }

    fn run_program(&self, toolchain: &Toolchain, name: &str, words: &[&str]) -> Result<()> {
        let program = self.build.join("debug").join(name);
        let status = toolchain.command(program.as_os_str(), &self.environment()).args(words).status();
        ensure!(status.context("starting a program")?.success(), "{name} failed");
        Ok(())
    }
}

/// XCTest's last line says how many ran; one that was skipped is no success.
fn check_tests(told: &str) -> Result<()> {
    let Some(summary) = told.lines().rev().find(|line| line.contains("Executed ")) else {
        bail!("the tests have not said how many they were");
    };
    ensure!(!told.lines().any(|line| line.contains("skipped")), "a test was skipped: {summary}");
    let count = summary.split_whitespace().nth(1).and_then(|word| word.parse::<usize>().ok());
    ensure!(count.is_some_and(|count| count >= STORIES_MIN), "too few tests: {summary}");
    Ok(())
}

/// Sources for frameworks that are not here are at least read by the compiler.
fn parse_sources(toolchain: &Toolchain, root: &Path) -> Result<()> {
    let mut files = Vec::new();
    for folder in [root.join(SAMPLE), root.join(PACKAGE).join("Sources/Floorwalk/Apple")] {
        swift_files(&folder, &mut files)?;
    }
    ensure!(!files.is_empty(), "the sample app has no sources");
    let mut command = toolchain.command("swiftc".as_ref(), &[]);
    let status = command.arg("-parse").args(&files).status().context("starting swiftc")?;
    ensure!(status.success(), "the sample app is not Swift");
    Ok(())
}

fn swift_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            swift_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "swift") {
            found.push(path);
        }
    }
    Ok(())
}
