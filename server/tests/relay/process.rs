//! A real `floorwalk-relay`, to be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

/// A running program; killed when dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts an open relay without TLS and waits until it takes connections.
    pub fn start(data: &Path) -> Self {
        Self::of(Command::new(relay()), data)
    }

    /// Starts it from a shell that has run `before`.
    #[cfg(target_os = "linux")]
    pub fn start_after(before: &str, data: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{before}; exec \"$0\" \"$@\"")).arg(relay());
        Self::of(shell, data)
    }

    fn of(mut command: Command, data: &Path) -> Self {
        command.args(["serve", "--json", "--open", "--tls", "off", "--listen", "127.0.0.1:0"]);
        command.arg("--data").arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().strip_prefix("http://").unwrap();
        Self { child, address: address.parse().unwrap() }
    }

    /// SIGKILL: nothing can be finished.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    #[cfg(unix)]
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs one of its commands; returns its exit status and what it said as JSON.
pub fn ask(arguments: &[&str]) -> (i32, Value) {
    let output = Command::new(relay()).arg("--json").args(arguments).output().unwrap();
    let said = if output.status.success() { &output.stdout } else { &output.stderr };
    (output.status.code().unwrap(), serde_json::from_slice(said).unwrap())
}

fn relay() -> &'static str {
    env!("CARGO_BIN_EXE_floorwalk-relay")
}
