//! Builds and tests the Kotlin packages by Maven: `cargo xtask bindings kotlin`.
//!
//! Owns the order of the steps and what is told of them. Maven says everything into a file, of
//! which a passing run shows the counts of tests and a failing one the errors. A test that was
//! skipped fails the run. Native libraries for phones are made only where there is an NDK; what
//! could not be run is said. Left out: repositories and proxies, which are the machine's matter.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Built;
use crate::run::{is_installed, say};

/// The reactor, from the workspace's root.
const PACKAGES: &str = "mobile-bindings/kotlin";
/// The fewest stories that the suite tells.
const STORIES_MIN: u32 = 25;
/// How many lines of errors are shown when Maven fails.
const ERRORS_SHOWN: usize = 60;

/// Compiles, tests, shrinks, tests again, and lets another project consume the archive; or
/// measures. False when a step fails, which has said why.
///
/// # Errors
/// When Maven can't be had, or a program can't be started.
pub fn run(built: &Built) -> Result<bool> {
    find_maven()?;
    let packages = built.root.join(PACKAGES);
    if built.bench {
        let compiled = maven(built, &packages, &["-pl", "generated,floorwalk", "test-compile"])?;
        return Ok(compiled.passed && java(built, "Bench")?.status()?.success());
    }
    native_libraries(&packages)?;
    say("kotlin: compiling, telling the stories, shrinking, telling them again");
    let reactor = maven(built, &packages, &["-Ppages", "install"])?;
    if !reactor.passed || !reactor.all_were_told(2 * STORIES_MIN) {
        return Ok(false);
    }
    say("kotlin: another project consumes the archive");
    let consumer = maven(built, &packages.join("consumer"), &["test"])?;
    Ok(consumer.passed && consumer.all_were_told(1))
}

/// One of the programs beside the tests, such as `Exchange`, ready to be given its arguments. The
/// tests must have been compiled.
pub fn java(built: &Built, program: &str) -> Result<Command> {
    let target = built.root.join(PACKAGES).join("floorwalk/target");
    let file = target.join("test.classpath");
    let others =
        fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let own = [target.join("test-classes"), target.join("classes")];
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(others.trim())))?;
    let mut command = Command::new("java");
    command.arg("-cp").arg(path).arg(format!("dev.floorwalk.stories.{program}"));
    command.envs(environment(built));
    Ok(command)
}

fn environment(built: &Built) -> [(&'static str, &Path); 3] {
    [
        ("FLOORWALK_LIBRARY", &built.library),
        ("FLOORWALK_BIN", &built.floorwalk),
        ("FLOORWALK_RELAY_BIN", &built.relay),
    ]
}

/// What Maven came to.
struct Ran {
    passed: bool,
    /// The lines that count tests, one for each class.
    counts: Vec<String>,
}

/// Runs Maven in a folder; what it says goes to a file.
fn maven(built: &Built, folder: &Path, arguments: &[&str]) -> Result<Ran> {
    let log = built.root.join("target/bindings/maven.log");
    fs::create_dir_all(log.parent().context("the log lies in a folder")?)?;
    let said = File::create(&log).context("making Maven's log")?;
    let mut command = Command::new("mvn");
    command.current_dir(folder).args(["-B", "-ntp"]);
    command.arg(format!("-Dfloorwalk.generated={}", built.generated.display()));
    command.arg(format!("-Dfloorwalk.jni={}", jni(&built.root).display()));
    command.args(arguments).envs(environment(built)).stdin(Stdio::null());
    command.stdout(said.try_clone()?).stderr(said);
    let passed = command.status().context("starting mvn")?.success();
    let text = fs::read_to_string(&log).context("reading Maven's log")?;
    let counts = text.lines().filter(|line| line.contains("Tests run:"));
    let counts: Vec<String> = counts.map(str::to_owned).collect();
    for line in counts.iter().filter(|line| is_sum(line)) {
        say(format!("kotlin: {}", line.trim_start_matches("[INFO] ")));
    }
    if !passed {
        let errors = text.lines().filter(|line| line.contains("ERROR") || line.contains(" » "));
        errors.take(ERRORS_SHOWN).for_each(say);
        say(format!("kotlin: Maven failed; all that it said is in {}", log.display()));
    }
    Ok(Ran { passed, counts })
}

/// Surefire counts each class, and at the end all of a run.
fn is_sum(line: &str) -> bool {
    !line.contains("Time elapsed")
}

impl Ran {
    /// Whether so many tests ran at least, and none was skipped.
    fn all_were_told(&self, least: u32) -> bool {
        let number = |line: &str, name: &str| {
            let after = line.split_once(name)?.1.trim_start();
            after.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<u32>().ok()
        };
        let sums = || self.counts.iter().filter(|line| is_sum(line));
        let ran: u32 = sums().filter_map(|line| number(line, "Tests run:")).sum();
        let all = ran >= least && sums().all(|line| number(line, "Skipped:") == Some(0));
        if !all {
            say(format!("kotlin: {ran} tests ran, or one was skipped; {least} at least must run"));
        }
        all
    }
}

/// Where the native libraries of phones lie, by their processors.
fn jni(root: &Path) -> PathBuf {
    root.join("target/bindings/jni")
}

/// Makes the libraries that the archive carries, where that can be done.
fn native_libraries(packages: &Path) -> Result<()> {
    if std::env::var_os("ANDROID_NDK_HOME").is_none() || !is_installed("cargo-ndk") {
        say("kotlin: no NDK here: the archive is made WITHOUT native libraries for phones");
        return Ok(());
    }
    let made = Command::new("bash").arg(packages.join("build-jni.sh")).status();
    ensure!(made.context("starting build-jni.sh")?.success(), "build-jni.sh failed");
    Ok(())
}

/// Finds Maven and Java, or installs Debian's where that can be done.
fn find_maven() -> Result<()> {
    let found = || is_installed("mvn") && is_installed("javac");
    if found() {
        return Ok(());
    }
    say("kotlin: installing Maven and Java 17");
    for arguments in [
        &["update", "-qq"][..],
        &["install", "-y", "-qq", "--no-install-recommends", "maven", "openjdk-17-jdk-headless"],
    ] {
        let mut install = Command::new("apt-get");
        install.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        let done = install.stdout(Stdio::null()).status();
        ensure!(done.is_ok_and(|status| status.success()), "please install Maven and Java 17");
    }
    ensure!(found(), "please install Maven and Java 17");
    Ok(())
}
