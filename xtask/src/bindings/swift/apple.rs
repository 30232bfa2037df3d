//! Checks what only a Mac can compile, as far as Linux can: the code for Apple's systems and the
//! sample app.
//!
//! Everything is read by the compiler; what needs no CoreFoundation is checked against hand-made
//! stubs of the frameworks (`mobile-bindings/swift/Stubs`). Left out: whether Apple's frameworks
//! agree with the stubs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::toolchain::Toolchain;
use super::{PACKAGE, Place};

/// The sample app's sources, from the workspace's root.
const SAMPLE: &str = "mobile-bindings/samples/ios/Sources";
/// The frameworks that have a stub, in an order in which each finds those before it.
const FRAMEWORKS: [&str; 4] = ["BackgroundTasks", "UIKit", "SwiftUI", "PhotosUI"];

/// Reads all of it and checks the types of what can be checked. The package was built before.
///
/// # Errors
/// When a source can't be found, or the compiler not started.
pub(super) fn check(toolchain: &Toolchain, root: &Path, place: &Place) -> Result<bool> {
    let package = root.join(PACKAGE);
    let apple = swift_files(&package.join("Sources/Floorwalk/Apple"))?;
    let sample = swift_files(&root.join(SAMPLE))?;
    let mut read = toolchain.command("swiftc".as_ref(), &[]);
    if !read.arg("-parse").args(&apple).args(&sample).status().context("starting swiftc")?.success()
    {
        return Ok(false);
    }
    let modules = place.build.join("stubs");
    fs::create_dir_all(&modules)?;
    let generated = "FloorwalkGenerated.swiftmodule";
    fs::copy(place.build.join("debug/Modules").join(generated), modules.join(generated))
        .context("taking the generated module")?;
    let compiler = Compiler { toolchain, modules, header: package.join("Sources/FloorwalkFFI") };
    let stubs = package.join("Stubs");
    for framework in FRAMEWORKS {
        let source = stubs.join(format!("{framework}.swift"));
        if !compiler.emit(framework, &[source])? {
            return Ok(false);
        }
    }
    let mut layer = swift_files(&package.join("Sources/Floorwalk"))?;
    layer.push(stubs.join("Apple.swift"));
    let models = swift_files(&package.join("Sources/FloorwalkUI"))?;
    Ok(compiler.emit("Floorwalk", &layer)?
        && compiler.emit("FloorwalkUI", &models)?
        && compiler.emit("FloorwalkSample", &sample)?)
}

/// The compiler, with the modules that it has made so far.
struct Compiler<'a> {
    toolchain: &'a Toolchain,
    modules: PathBuf,
    header: PathBuf,
}

impl Compiler<'_> {
    /// Checks the types of a module and keeps it for those that import it.
    fn emit(&self, module: &str, sources: &[PathBuf]) -> Result<bool> {
        let mut swiftc = self.toolchain.command("swiftc".as_ref(), &[]);
        swiftc.args(["-emit-module", "-swift-version", "6", "-parse-as-library"]);
        swiftc.args(["-warnings-as-errors", "-module-name", module]);
        swiftc.arg("-I").arg(&self.modules).arg("-I").arg(&self.header);
        swiftc.arg("-o").arg(self.modules.join(format!("{module}.swiftmodule"))).args(sources);
        Ok(swiftc.status().context("starting swiftc")?.success())
    }
}

/// All Swift files below a folder, in order of their names.
fn swift_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "swift") {
                found.push(path);
            }
        }
    }
    ensure!(!found.is_empty(), "{} has no sources", folder.display());
    found.sort();
    Ok(found)
}
