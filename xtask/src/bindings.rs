//! `cargo xtask bindings kotlin | swift`: builds the library and the programs, generates the code
//! of one language out of the library, and hands both to that language's own tools, which compile
//! and test.
//!
//! Nothing that is generated is committed: it lies in `target/bindings`.

mod exchange;
mod kotlin;
mod phones;
mod size;
mod swift;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Subcommand;

use crate::run::{cargo, cargo_program, output_of, say};

/// What can be done with the phone packages.
#[derive(Subcommand)]
pub enum Bindings {
    /// Builds, generates, compiles and tests the Kotlin package, on the JVM
    Kotlin {
        /// Measures instead of testing
        #[arg(long)]
        bench: bool,
    },
    /// Builds, generates, compiles and tests the Swift package
    Swift {
        /// Measures instead of testing
        #[arg(long)]
        bench: bool,
    },
    /// Compares what one language records with what the other and the command line read
    Exchange,
    /// Builds the library as it ships and holds its size against the budget
    Size,
    /// Checks that everything compiles for Android and iOS, without their C compilers
    Phones,
}

/// What both packages are made from and tested against.
pub struct Built {
    /// The workspace.
    pub root: PathBuf,
    /// The folder of the generated code.
    pub generated: PathBuf,
    /// The library of this machine.
    pub library: PathBuf,
    /// The command line.
    pub floorwalk: PathBuf,
    /// The relay.
    pub relay: PathBuf,
    /// Whether to measure instead of testing.
    pub bench: bool,
}

/// Runs one of them; false when something is not as it should be.
///
/// # Errors
/// When a program can't be started, or what it needs can't be had.
pub fn run(bindings: &Bindings) -> Result<bool> {
    match bindings {
        Bindings::Kotlin { bench } => kotlin::run(&build("kotlin", *bench)?),
        Bindings::Swift { bench } => swift::run(&build("swift", *bench)?),
        Bindings::Exchange => exchange::run(&built(false)?),
        Bindings::Size => size::run(),
        Bindings::Phones => phones::run(),
    }
}

/// Builds the library and the programs, and generates the code of a language.
fn build(language: &str, bench: bool) -> Result<Built> {
    let mut built = built(bench)?;
    built.generated.push(language);
    let generator = built.library.with_file_name(format!("uniffi-bindgen{EXE_SUFFIX}"));
    generate(&generator, language, &built.library, &built.generated)?;
    Ok(built)
}

/// Builds the library and the programs.
fn built(bench: bool) -> Result<Built> {
    let root = std::env::current_dir().context("finding the workspace")?;
    let folder = target_folder()?.join(if bench { "release" } else { "debug" });
    // With examples, packages have the features that they have in tests, so that what the tests
    // have built is used again.
    let which = if bench { &["--release"][..] } else { &["--lib", "--bins", "--examples"] };
    let arguments = [&["build", "--workspace", "--locked", "--quiet"], which].concat();
    say("bindings: building the library, the command line and the relay");
    ensure!(cargo(&arguments)?, "the library does not build");
    Ok(Built {
        generated: root.join("target/bindings"),
        library: folder.join(format!("{DLL_PREFIX}floorwalk_ffi{DLL_SUFFIX}")),
        floorwalk: folder.join(format!("floorwalk{EXE_SUFFIX}")),
        relay: folder.join(format!("floorwalk-relay{EXE_SUFFIX}")),
        root,
        bench,
    })
}

fn generate(generator: &Path, language: &str, library: &Path, folder: &Path) -> Result<()> {
    say(format!("bindings: generating {language}"));
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("removing what was generated before")?;
    }
    let status = Command::new(generator)
        .args(["generate", "--language", language, "--no-format", "--out-dir"])
        .args([folder, library])
        .status()
        .with_context(|| generator.display().to_string())?;
    ensure!(status.success(), "the code for {language} could not be generated");
    Ok(())
}

/// Where cargo puts what it builds.
fn target_folder() -> Result<PathBuf> {
    let told = output_of(
        &cargo_program(),
        &["metadata", "--format-version", "1", "--no-deps", "--locked"],
    )?;
    let metadata: serde_json::Value =
        serde_json::from_str(&told.context("cargo metadata failed")?)?;
    let folder = metadata["target_directory"].as_str().context("cargo names no target folder")?;
    Ok(folder.into())
}
