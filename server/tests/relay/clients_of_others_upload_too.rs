//! The upload endpoint works with somebody else's client: `tuspy`, from PyPI.
//!
//! Python and the package are installed where they are missing; where that can't be done the
//! story is skipped, and says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use floorwalk_wire::BlobId;

use crate::blobs_go_to_members_of_their_scope::{authorization, path};
use crate::line::{found, http, open_relay};
use crate::town::{BUILDING, Town};

const TUSPY: &str = "tuspy==1.1.0";

/// A Python that has `tuspy`; none where it can't be had.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tuspy");
    let python = venv.join("bin/python");
    let has = |python: &Path| {
        let asked = Command::new(python).args(["-c", "import tusclient"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    if !has(&python) {
        let run =
            |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let made = run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            && run(Command::new(&python).args(["-m", "pip", "install", "--quiet", TUSPY]));
        if !made || !has(&python) {
            return None;
        }
    }
    Some(python)
}

#[tokio::test]
async fn tuspy_uploads_in_pieces_and_goes_on() {
    let Some(python) = python() else {
        eprintln!("skipped: python3 with venv, or {TUSPY} from PyPI, can't be had here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(&folder.path().join("relay")).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let device = town.member(3);
    found(at, &town).await;
    let ticket = authorization(at, &town, &device).await;
    let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n.wrapping_mul(n) >> 9) as u8).collect();
    let blob = BlobId::derive(&bytes);
    let file = folder.path().join("sealed");
    std::fs::write(&file, &bytes).unwrap();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/relay/tuspy_upload.py");
    let (url, scope) = (format!("http://{at}/v1/blobs"), BUILDING.to_string());
    let authorization = ticket.trim().split_once(": ").unwrap().1.to_owned();
    let blob_name = blob.to_string();
    let upload = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(python);
        command.arg(script).args([&url, &authorization, &scope, &blob_name]).arg(file);
        command.output().unwrap()
    });
    let output = upload.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(http(at, &path("GET", BUILDING, &blob), &ticket, b"").await, (200, bytes));
}
