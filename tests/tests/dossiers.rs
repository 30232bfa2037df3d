//! Dossiers from a real community with a relay: receipts, revoked members, and somebody else's
//! tools.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use floorwalk_replica::Replica;
use floorwalk_replica::dossier::verify::{Verdict, verify};
use floorwalk_replica::records::{AttachOptions, DossierOptions};
use floorwalk_tests::{BUILDING_1, Stage, act, edit, record, sync, sync_all};

fn export(stage: &Stage, who: &Replica, number: &str, options: DossierOptions) -> PathBuf {
    let path = stage.home(&format!("{number}.zip"));
    let page = |_: &floorwalk_replica::dossier::Manifest| "<p>页</p>".to_owned();
    who.export_dossier(number, &path, &options, page, |_, _| {}).unwrap();
    path
}

fn faults(verdict: &Verdict) -> Vec<&str> {
    let failed = verdict.checks.iter().filter(|check| !check.ok);
    failed.map(|check| check.why.as_deref().unwrap()).collect()
}

/// A complaint with photos that has gone to the office and been accepted there.
async fn story(stage: &Stage) -> (Replica, Replica, String) {
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "inspector", &[BUILDING_1]).await;
    // Others in the same parcels, of which a dossier must tell nothing.
    record(&rep, BUILDING_1, "旁人的事");
    let number = record(&rep, BUILDING_1, "外墙渗水").number;
    record(&rep, BUILDING_1, "旁人的另一件事");
    for (name, length) in [("a", 200_000_usize), ("b", 500)] {
        let path = stage.home(name);
        let bytes: Vec<u8> = (0..length).map(|n| (n * n / 7) as u8).collect();
        std::fs::write(&path, bytes).unwrap();
        rep.attach(&number, &path, &AttachOptions::default()).unwrap();
    }
    sync_all(&[&rep, &office]).await;
    act(&office, &number, "accepted");
    edit(&office, &number, "demand", "尽快维修");
    sync_all(&[&office, &rep]).await;
    (office, rep, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_of_two_peoples_work_verifies_with_the_relays_word_and_tells_nothing_else() {
    let stage = Stage::open().await;
    let (office, rep, number) = story(&stage).await;
    for who in [&office, &rep] {
        let path = export(&stage, who, &number, DossierOptions::default());
        let verdict = verify(&path, None).unwrap();
        assert_eq!(faults(&verdict), Vec::<&str>::new());
        let receipts = verdict.checks.iter().filter(|check| check.what == "receipts").count();
        assert!(receipts >= 2, "{verdict:?}");
        assert!(!verdict.notes.iter().any(|note| note.contains("receipt")), "{verdict:?}");
        let words = ["旁人", "王芳", "13900001111"];
        let bytes = std::fs::read(&path).unwrap();
        for word in words {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} is nobody's business");
        }
    }
    let options = DossierOptions { with_card: true, ..DossierOptions::default() };
    let bytes = std::fs::read(export(&stage, &office, &number, options)).unwrap();
    assert!(bytes.windows(6).any(|window| window == "王芳".as_bytes()), "asked for, it is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_wrote_before_being_revoked_stands_and_their_export_does_not() {
    let stage = Stage::open().await;
    let (office, rep, number) = story(&stage).await;
    let device = rep.community().unwrap().device;
    office.revoke(&device, "离任").await.unwrap();
    sync(&office).await;
    // What was accepted before goes on counting.
    let before =
        verify(&export(&stage, &office, &number, DossierOptions::default()), None).unwrap();
    assert_eq!(faults(&before), Vec::<&str>::new());
    // A dossier that the revoked member exports, who knows of it, is not one of a member.
    let bundle = stage.home("statements.fwb");
    office.export_bundle(&bundle).unwrap();
    rep.import_bundle(&bundle).unwrap();
    let by_them = export(&stage, &rep, &number, DossierOptions::default());
    assert_eq!(faults(&verify(&by_them, None).unwrap()), ["revoked"]);
}

/// A Python with the packages; none where they can't be had.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dossier");
    let python = venv.join("bin/python");
    let has = || {
        let asked = Command::new(&python).args(["-c", "import blake3, cryptography"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    if !has() {
        let run = |command: &mut Command| command.output().is_ok_and(|out| out.status.success());
        let packages = ["blake3==1.0.8", "cryptography==46.0.3"];
        let _ = run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            && run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages));
    }
    has().then_some(python)
}

fn check(python: &Path, dossier: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("verify_dossier.py");
    Command::new(python).arg(script).arg(dossier).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_tools_come_to_the_same_verdict_by_the_page_that_describes_it() {
    let Some(python) = python() else {
        eprintln!("skipped: python3 with venv, or blake3 and cryptography, can't be had here");
        return;
    };
    let stage = Stage::open().await;
    let (office, _, number) = story(&stage).await;
    let path = export(&stage, &office, &number, DossierOptions::default());
    let good = check(&python, &path);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let whole = std::fs::read(&path).unwrap();
    for part in 1..12 {
        let mut flipped = whole.clone();
        flipped[whole.len() * part / 12] ^= 4;
        let touched = stage.home("touched.zip");
        std::fs::write(&touched, flipped).unwrap();
        assert!(!check(&python, &touched).status.success(), "part {part}");
        assert!(!verify(&touched, None).unwrap().valid, "part {part}");
    }
}
