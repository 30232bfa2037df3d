//! Checks that all Rust code of the phone packages compiles for Android and iOS.
//!
//! The standard libraries come by rustup. The C compilers of these systems are not needed: nothing
//! is linked, so the C parts (SQLite, zstd, ring) are left out by a program that only pretends to
//! compile them. What links and runs is shown by those who have an NDK or a Mac; see
//! `mobile-bindings/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{cargo_program, is_installed, say};

const TARGETS: [&str; 2] = ["aarch64-linux-android", "aarch64-apple-ios"];

/// Says that it is clang when it is asked, and makes the file that it is told to make, empty.
const PRETENDER: &str = "#!/bin/sh
while [ $# -gt 0 ]; do
    case \"$1\" in
        -E) echo clang ;;
        '-?') exit 1 ;;
        -o) : > \"$2\" ;;
    esac
    shift
done
";

/// Checks each target whose standard library can be had, and says which could not.
///
/// # Errors
/// When cargo can't be started.
pub fn run() -> Result<bool> {
    let folder = fs::canonicalize(".")?.join("target/bindings/pretender");
    let compiler = pretender(&folder)?;
    let mut passed = true;
    for target in TARGETS {
        if !has_standard_library(target) {
            say(format!("bindings: NOT CHECKED for {target}: its standard library can't be had"));
            continue;
        }
        say(format!("bindings: checking for {target}"));
        let name = target.replace('-', "_");
        let status = Command::new(cargo_program())
            .args(["check", "--locked", "--quiet", "-p", "floorwalk-ffi", "--target", target])
            .env(format!("CC_{name}"), &compiler)
            .env(format!("CXX_{name}"), &compiler)
            .env(format!("AR_{name}"), "ar")
            .env(format!("RANLIB_{name}"), "true")
            // Without it, build scripts ask for Apple's tools.
            .env("SDKROOT", &folder)
            .env("IPHONEOS_DEPLOYMENT_TARGET", "16.0")
            .status()
            .context("starting cargo")?;
        passed &= status.success();
    }
    Ok(passed)
}

/// Writes the pretended compiler into a folder, and returns its path.
fn pretender(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let file = folder.join("cc");
    fs::write(&file, PRETENDER).context("writing the pretended compiler")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(file)
}

fn has_standard_library(target: &str) -> bool {
    let added = is_installed("rustup")
        && Command::new("rustup")
            .args(["target", "add", target])
            .output()
            .is_ok_and(|output| output.status.success());
    added || is_there(target)
}

/// Whether the compiler finds it, however it came.
fn is_there(target: &str) -> bool {
    let printed =
        Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    let folder = printed.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}
