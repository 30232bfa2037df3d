//! A Swift toolchain: the machine's own, or Debian's in a folder of its own under `target/swift`.
//!
//! Owns how that folder is made and entered. Invariants: it has its name only when it is whole, so
//! that a broken download is begun anew; what is mounted for a command lies in a namespace of that
//! command's own, and goes with it however it ends. Left out: what is done with the toolchain.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::run::{is_installed, output_of, say};

/// The release of Debian that has Swift 6, and what is installed from it.
const RELEASE: &str = "trixie";
const PACKAGES: &[&str] = &["swiftlang", "swiftlang-dev", "libstdc++-14-dev", "git"];
/// Where programs are, here and there.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Mounts what a program needs in a folder with a system, then runs the program in it.
/// Arguments: the folder, the project, the program and its arguments.
const ENTER: &str = r#"
set -e
system=$1 project=$2
shift 2
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
mkdir -p "$system$project"
mount --bind "$project" "$system$project"
exec chroot "$system" "$@"
"#;

/// How to run Swift.
pub(super) enum Toolchain {
    /// As it is installed on this machine.
    Machine,
    /// In a folder with a Debian of its own.
    Debian { system: PathBuf, project: PathBuf },
}

impl Toolchain {
    /// The machine's own Swift 6, the folder of an earlier run, or a new one.
    pub(super) fn find_or_install(project: &Path) -> Result<Self> {
        if is_installed("swift") && output_of("swift", &["--version"])?.is_some_and(is_new_enough) {
            return Ok(Self::Machine);
        }
        let system = project.join("target/swift").join(RELEASE);
        if !system.is_dir() {
            say(format!("swift: not on this machine; taking Debian {RELEASE}'s (3 GB, minutes)"));
            install(&system)?;
        }
        Ok(Self::Debian { system, project: project.to_owned() })
    }

    /// What it says of itself.
    pub(super) fn version(&self) -> Result<String> {
        let output = self.command("swift".as_ref(), &[]).arg("--version").output();
        let output = output.context("starting swift")?;
        ensure!(output.status.success(), "swift does not start");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(told.lines().next().unwrap_or_default().to_owned())
    }

    /// Where DocC is: beside the compiler, and not always on the path.
    pub(super) fn docc(&self) -> Result<Option<PathBuf>> {
        let told = self.command("swiftc".as_ref(), &[]).arg("-print-target-info").output();
        let told: serde_json::Value =
            serde_json::from_slice(&told.context("starting swiftc")?.stdout)
                .context("reading what swiftc says of itself")?;
        let resources = told["paths"]["runtimeResourcePath"].as_str().unwrap_or_default();
        // …/lib/swift beside …/bin/docc
        let Some(usr) = Path::new(resources).ancestors().nth(2) else { return Ok(None) };
        let docc = usr.join("bin/docc");
        let seen_from_here = match self {
            Self::Machine => docc.clone(),
            Self::Debian { system, .. } => system.join(docc.strip_prefix("/").unwrap_or(&docc)),
        };
        Ok(seen_from_here.exists().then_some(docc))
    }

    /// A command of the toolchain, or a program that it has built.
    pub(super) fn command(&self, program: &OsStr, environment: &[(&str, PathBuf)]) -> Command {
        let mut command = match self {
            Self::Machine => Command::new(program),
            Self::Debian { system, project } => {
                let mut command = enter(system, project);
                command.arg(program);
                command
            }
        };
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A command line that runs what is added to it inside of a system.
fn enter(system: &Path, project: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--"]);
    command.args(["sh", "-c", ENTER, "sh"]).args([system, project]);
    command.env_clear().env("PATH", PATH).env("HOME", "/root").env("LANG", "C.UTF-8");
    command
}

fn is_new_enough(told: String) -> bool {
    let major = told.split("Swift version ").nth(1).and_then(|rest| rest.split('.').next());
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 6)
}

fn install(system: &Path) -> Result<()> {
    let is_root = output_of("id", &["-u"])?.is_some_and(|id| id.trim() == "0");
    ensure!(
        is_root && is_installed("apt-get"),
        "install Swift 6 (https://swift.org/install); taking Debian's needs root and apt-get"
    );
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    if !is_installed("debootstrap") {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "-y", "-qq", "--no-install-recommends", "debootstrap"]);
        run(apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))?;
    }
    let begun = system.with_extension("begun");
    if begun.exists() {
        fs::remove_dir_all(&begun).context("removing what was begun before")?;
    }
    fs::create_dir_all(&begun)?;
    say(format!("swift: the base of Debian {RELEASE}"));
    let mut debootstrap = Command::new("debootstrap");
    debootstrap.arg("--variant=minbase").arg(RELEASE).arg(&begun).arg(mirror()?);
    run(debootstrap.stdout(Stdio::null()))?;
    say(format!("swift: {}", PACKAGES.join(" ")));
    // Nothing of the project is needed in there yet; an empty folder stands for it.
    let nothing = begun.join("mnt");
    let mut apt = enter(&begun, &nothing);
    apt.args(["apt-get", "install", "-y", "-qq", "--no-install-recommends"]).args(PACKAGES);
    run(apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))?;
    // What was downloaded is unpacked by now.
    run(enter(&begun, &nothing).args(["apt-get", "clean"]))?;
    fs::rename(&begun, system).context("giving the system its name")
}

/// Debian's mirror, as the machine's own package lists name it.
fn mirror() -> Result<String> {
    let format = "$(ORIGIN) $(CODENAME) $(REPO_URI)";
    let told = output_of("apt-get", &["indextargets", "--format", format, "Created-By: Packages"])?;
    let told = told.context("apt-get does not name its sources")?;
    for line in told.lines() {
        if let [origin, codename, uri] = line.split_whitespace().collect::<Vec<_>>()[..]
            && origin == "Debian"
            && !codename.contains('-')
        {
            return Ok(uri.to_owned());
        }
    }
    bail!("none of the machine's package sources is Debian's")
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status();
    ensure!(status.with_context(|| format!("starting {name}"))?.success(), "{name} failed");
    Ok(())
}

/// Runs a command, shows what it prints, and returns whether it succeeded and what it printed.
pub(super) fn show_and_keep(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let stdout = child.stdout.take().context("its output is a pipe")?;
    let mut told = String::new();
    let mut shown = std::io::stdout().lock();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(shown, "{line}")?;
        told.push_str(&line);
        told.push('\n');
    }
    Ok((child.wait()?.success(), told))
}
