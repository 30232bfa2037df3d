//! A relay in this process, and the program itself in homes of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use floorwalk_server::{Config, Relay, RunningRelay, make_host_token};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The building that most tests use.
pub const BUILDING: &str = "1号楼";
/// Another one.
pub const OTHER_BUILDING: &str = "2号楼";

/// A relay on a free port, with its own certificate; it stops when dropped.
pub struct TestRelay {
    // Before its runtime and its folder, so that it ends first.
    running: Option<RunningRelay>,
    runtime: Runtime,
    folder: TempDir,
}

impl TestRelay {
    pub fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = runtime.block_on(Relay::start(Config::new(folder.path(), listen))).unwrap();
        Self { running: Some(running), runtime, folder }
    }

    pub fn url(&self) -> String {
        self.running.as_ref().unwrap().url()
    }

    pub fn pin(&self) -> String {
        let pin = self.running.as_ref().unwrap().pin().unwrap();
        pin.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn host_token(&self) -> String {
        make_host_token(self.folder.path()).unwrap().token
    }

    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

/// One device: a home, and the program run in it.
pub struct Device {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What a run has left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Device {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A path in this device's folder, outside of its home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the home.
    pub fn file(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    /// The program with this home and nothing of the tester's own environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalk"));
        command.env_clear().env("FLOORWALK_HOME", self.home());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ran(child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, with `--json`, and returns its one object.
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}: {ran:?}");
        ran.object()
    }

    /// Runs a command that must fail, with `--json`, and returns its exit code and error code.
    pub fn refused(&self, args: &[&str]) -> (i32, String) {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!(ran.stdout, "", "{args:?}");
        (ran.code, ran.error_code())
    }

    pub fn record(&self, text: &str) -> String {
        let args = ["record", "--building", BUILDING, "--complainant", "王女士", "--text", text];
        let recorded = self.json(&[&args[..], &["--reported-before", "已反映"]].concat());
        recorded["number"].as_str().unwrap().to_owned()
    }
}

impl Ran {
    /// The one JSON object on standard output.
    pub fn object(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object());
        value
    }

    /// The code of the one error on standard error, whose shape is checked.
    pub fn error_code(&self) -> String {
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        let value: Value = serde_json::from_str(&self.stderr).unwrap();
        let error = &value["error"];
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert!(error["retryable"].is_boolean());
        assert_eq!(keys(error), ["code", "message", "retryable"]);
        error["code"].as_str().unwrap().to_owned()
    }
}

/// An office that has founded a community with two buildings at the relay.
pub fn office(relay: &TestRelay) -> Device {
    let office = Device::new().with("FLOORWALK_PASSPHRASE", "correct horse battery");
    let (url, pin, token) = (relay.url(), relay.pin(), relay.host_token());
    office.json(&create_args(&url, &pin, &token));
    office.json(&["building", "add", BUILDING]);
    office.json(&["building", "add", OTHER_BUILDING]);
    office
}

/// The words that found a community.
pub fn create_args<'a>(url: &'a str, pin: &'a str, token: &'a str) -> Vec<&'a str> {
    let mut args = vec!["community", "create", "--name", "测试小区", "--short", "CS"];
    args.extend(["--regulation", "hanjiang-oc", "--name-device", "管理处"]);
    args.extend(["--relay", url, "--relay-pin", pin, "--host-token", token]);
    args
}

/// A link that invites to the first building.
pub fn invitation(office: &Device, name: &str, role: &str) -> String {
    let args = ["invite", "--name", name, "--role", role, "--building", BUILDING];
    office.json(&args)["link"].as_str().unwrap().to_owned()
}

/// A device that has joined by invitation.
pub fn member(office: &Device, name: &str, role: &str) -> Device {
    let device = Device::new();
    device.json(&["join", &invitation(office, name, role)]);
    device
}

/// The keys of an object, in order of the alphabet.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Fails unless an object has all of the keys.
pub fn assert_has(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

pub fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("not killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
