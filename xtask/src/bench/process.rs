//! Processes that take part in a benchmark: started, told what to do, looked at, stopped.
//!
//! Each answers with lines of JSON. One that is dropped is stopped, by its own id.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A running process.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .env("FLOORWALK_LOG", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("standard output is a pipe")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Tells it what to do and waits for the answer.
    ///
    /// # Errors
    /// When it failed, or is gone.
    pub fn ask(&mut self, command: &str) -> Result<Value> {
        self.tell(command)?;
        self.answer().with_context(|| command.to_owned())
    }

    /// Tells it what to do; [`Self::answer`] waits for the answer.
    ///
    /// # Errors
    /// When it is gone.
    pub fn tell(&mut self, command: &str) -> Result<()> {
        let input = self.input.as_mut().context("it takes no commands")?;
        writeln!(input, "{command}").and_then(|()| input.flush()).context(command.to_owned())
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// When it says that it failed, or is gone.
    pub fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).context("reading an answer")?;
        let value: Value =
            serde_json::from_str(&line).context("it has ended or does not answer")?;
        match value.get("error") {
            Some(error) => bail!("{error}"),
            None => Ok(value),
        }
    }

    /// A value of its status in `/proc`, in KiB; 0 where there is none.
    pub fn status_kib(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let digits = line.map(|line| line.trim().trim_end_matches(" kB"));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// Closes its input, which ends a replica.
    ///
    /// # Errors
    /// When it can't be waited for.
    pub fn end(mut self) -> Result<()> {
        self.input = None;
        self.child.wait().context("waiting for a replica")?;
        Ok(())
    }

    /// Asks it to stop, as an admin would, and waits.
    ///
    /// # Errors
    /// When it can't be asked or waited for.
    pub fn terminate(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().context("starting kill")?;
        self.child.wait().context("waiting for a relay")?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `work` and tells how many milliseconds it took.
///
/// # Errors
/// Those of `work`.
pub fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let began = now();
    let value = work()?;
    Ok((value, began.elapsed().as_secs_f64() * 1e3))
}

/// Waits, for what was written to come to rest.
pub fn settle() {
    const REST: Duration = Duration::from_millis(500);
    std::thread::sleep(REST);
}

/// What a folder takes of the disk, in bytes: whole blocks, those of folders as well.
///
/// # Errors
/// When it can't be read.
pub fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut total = allocated_bytes(&folder.metadata()?);
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let is_folder = metadata.is_dir();
        total += if is_folder { disk_bytes(&entry.path())? } else { allocated_bytes(&metadata) };
    }
    Ok(total)
}

#[cfg(unix)]
fn allocated_bytes(metadata: &fs::Metadata) -> u64 {
    const BLOCK_BYTES: u64 = 512;
    std::os::unix::fs::MetadataExt::blocks(metadata) * BLOCK_BYTES
}

#[cfg(not(unix))]
fn allocated_bytes(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

/// A number of an answer; 0 when it is not there.
pub fn number(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or(0)
}

/// A text of an answer.
///
/// # Errors
/// When it is not there.
pub fn text<'v>(answer: &'v Value, name: &str) -> Result<&'v str> {
    answer[name].as_str().with_context(|| format!("{name} is missing"))
}

/// A path as an argument or a part of a command.
///
/// # Errors
/// When it is not UTF-8.
pub fn path(path: &Path) -> Result<&str> {
    path.to_str().context("the build folder's name is not UTF-8")
}

#[allow(clippy::disallowed_methods, reason = "a benchmark looks at the watch")]
fn now() -> Instant {
    Instant::now()
}
