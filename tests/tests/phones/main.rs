//! The facade as an app uses it, before Kotlin and Swift: life, observations, one sync at a time,
//! cancellation, a session without a relay, and what diagnostics may tell.
#![allow(clippy::unwrap_used)]

mod cast;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use floorwalk_ffi::log::{LogLevel, LogListener, set_log_listener};
use floorwalk_ffi::observe::{ListListener, Observation};
use floorwalk_ffi::records::{
    AttachOptions, Complaint, ComplaintRow, Delivery, ListQuery, NewEvent, Value,
};
use floorwalk_ffi::sync::{SyncOutcome, SyncPhase};
use floorwalk_ffi::words::{Language, WordKind, keys, word};
use floorwalk_ffi::{Floorwalk, FloorwalkError};
use floorwalk_tests::{BUILDING_1, Stage, act, invite, list, sync};

use cast::{Keys, NAME, PATIENCE, PHONE, Phone, WORDS, begin, code, complaint, ear, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_on_a_phone_reaches_the_office_and_the_answer_comes_back() {
    let (stage, office, phone) = Phone::on_stage().await;
    assert!(phone.app.is_member().await.unwrap());

    let draft = phone.app.save_draft(None, complaint()).await.unwrap();
    let photo = stage.home("photo.bin");
    std::fs::write(&photo, b"not a picture, and evidence all the same").unwrap();
    let path = photo.to_str().unwrap().to_owned();
    phone.app.attach_to_draft(draft.id.clone(), path).await.unwrap();
    std::fs::remove_file(&photo).unwrap();
    assert_eq!(phone.app.drafts().await.unwrap()[0].photos.len(), 1);
    let number = phone.app.record_draft(draft.id).await.unwrap().number;
    assert!(phone.app.drafts().await.unwrap().is_empty());
    assert_eq!(phone.app.show(number.clone()).await.unwrap().delivery, Delivery::Saved);

    phone.sync().await;
    assert_eq!(phone.app.show(number.clone()).await.unwrap().delivery, Delivery::Sent);
    sync(&office).await;
    assert_eq!(office.show(&number).unwrap().narrative, WORDS);
    assert_eq!(office.show(&number).unwrap().evidence[0].state, "here");
    phone.sync().await;
    assert_eq!(phone.app.show(number.clone()).await.unwrap().delivery, Delivery::Received);
    act(&office, &number, "accepted");
    sync(&office).await;
    phone.sync().await;
    let seen = phone.app.show(number).await.unwrap();
    assert_eq!((seen.delivery, seen.stage.as_str()), (Delivery::Accepted, "accepted"));
    assert_eq!(seen.complainant.as_deref(), Some(NAME));
    assert!(!seen.duties.is_empty() && seen.duties.iter().any(|duty| duty.due_at_ms.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_the_present_first_and_then_what_the_office_does() {
    let (_stage, office, phone) = Phone::on_stage().await;
    let (ear_of_list, rows) = ear();
    let _list = phone.app.observe_list(ListQuery::default(), ear_of_list);
    assert!(until(&rows, |_| true).unwrap().is_empty(), "the present comes first");
    let number = phone.app.record(complaint()).await.unwrap().number;
    assert_eq!(until(&rows, |_| true).unwrap()[0].number, number);

    let (ear_of_one, shown) = ear();
    let _one = phone.app.observe_complaint(number.clone(), ear_of_one);
    assert_eq!(until(&shown, |_| true).unwrap().delivery, Delivery::Saved);
    let (ear_of_sync, states) = ear();
    let _states = phone.app.observe_sync(ear_of_sync);
    assert_eq!(until(&states, |_| true).unwrap().phase, SyncPhase::Idle);

    phone.app.start_live();
    phone.app.start_live();
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Live).unwrap();
    sync(&office).await;
    act(&office, &number, "accepted");
    sync(&office).await;
    let accepted = |told: &Result<Complaint, _>| {
        told.as_ref().is_ok_and(|told| told.delivery == Delivery::Accepted)
    };
    until(&shown, accepted).unwrap();
    let is_listed = |told: &Result<Vec<ComplaintRow>, _>| {
        told.as_ref().is_ok_and(|rows| rows[0].delivery == Delivery::Accepted)
    };
    until(&rows, is_listed).unwrap();
    // A sync by hand takes the line for itself and gives it back.
    phone.sync().await;
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Live).unwrap();
    phone.app.stop_live().await;
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Idle).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_subscriptions_leave_nothing_behind() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    let observers = || async {
        let told = phone.app.diagnostics().await.unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        told["observers"].as_u64().unwrap()
    };
    assert_eq!(observers().await, 0);
    let (listener, heard) = ear();
    for round in 0..10_000 {
        let observation = phone.app.observe_list(ListQuery::default(), listener.clone());
        // Half of them are cancelled, the others only dropped.
        if round % 2 == 0 {
            observation.cancel();
        }
    }
    // The tasks end as soon as they are looked at next, and let go of the listener.
    let ended = async {
        while observers().await > 0 || Arc::strong_count(&listener) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("all of them end");
    drop(heard);
    let (listener, heard) = ear();
    let _alive = phone.app.observe_list(ListQuery::default(), listener);
    assert!(until(&heard, |_| true).unwrap().is_empty());
    assert_eq!(observers().await, 1, "one that lives is counted");
}

/// Counts how many speak at once, and which threads do.
struct Crowd {
    inside: AtomicUsize,
    most: AtomicUsize,
    caller: thread::ThreadId,
    on_caller: AtomicBool,
    told: Mutex<mpsc::Sender<usize>>,
}

impl ListListener for Crowd {
    fn changed(&self, rows: Vec<ComplaintRow>) {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        if thread::current().id() == self.caller {
            self.on_caller.store(true, Ordering::SeqCst);
        }
        thread::yield_now();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        let _ = self.told.lock().unwrap().send(rows.len());
    }

    fn failed(&self, _: FloorwalkError) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_come_one_at_a_time_and_never_on_the_callers_thread() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    let (tell, told) = mpsc::channel();
    let crowd = Arc::new(Crowd {
        inside: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        caller: thread::current().id(),
        on_caller: AtomicBool::new(false),
        told: Mutex::new(tell),
    });
    let observation = phone.app.observe_list(ListQuery::default(), crowd.clone());
    let records = (0..20).map(|_| phone.app.record(complaint()));
    for recorded in futures_util::future::join_all(records).await {
        recorded.unwrap();
    }
    while told.recv_timeout(PATIENCE).expect("the last state is told") < 20 {}
    assert_eq!(crowd.most.load(Ordering::SeqCst), 1);
    assert!(!crowd.on_caller.load(Ordering::SeqCst));
    observation.cancel();
    observation.cancel();
    phone.app.record(complaint()).await.unwrap();
    phone.app.list(ListQuery::default()).await.unwrap();
    assert!(told.try_recv().is_err(), "who was cancelled hears nothing more");
}

/// Cancels its own observation from within.
struct Once {
    observation: Mutex<Option<Arc<Observation>>>,
    told: Mutex<mpsc::Sender<()>>,
}

impl ListListener for Once {
    fn changed(&self, _: Vec<ComplaintRow>) {
        if let Some(observation) = self.observation.lock().unwrap().take() {
            observation.cancel();
            let _ = self.told.lock().unwrap().send(());
        }
    }

    fn failed(&self, _: FloorwalkError) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_may_cancel_from_within() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    let (tell, told) = mpsc::channel();
    let once = Arc::new(Once { observation: Mutex::default(), told: Mutex::new(tell) });
    let observation = phone.app.observe_list(ListQuery::default(), once.clone());
    *once.observation.lock().unwrap() = Some(observation);
    // Whether or not the present was told before, this is.
    phone.app.record(complaint()).await.unwrap();
    told.recv_timeout(PATIENCE).expect("cancelling from within does not hang");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_mutation_is_done_wholly() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    let (listener, heard) = ear();
    let _list = phone.app.observe_list(ListQuery::default(), listener);
    until(&heard, |_| true).unwrap();
    for count in 1..=20 {
        let mut recording = Box::pin(phone.app.record(complaint()));
        // Begun, and given up before it could have ended.
        assert!(begin(&mut recording).await.is_pending());
        drop(recording);
        until(&heard, |told| told.as_ref().unwrap().len() == count).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_at_once_are_one_and_cancelling_keeps_everything() {
    let (mut stage, office, phone) = Phone::on_stage().await;
    for _ in 0..5 {
        phone.app.record(complaint()).await.unwrap();
    }
    let (one, other) = tokio::join!(phone.app.sync_once(60_000), phone.app.sync_once(60_000));
    let (SyncOutcome::Done { report: one }, SyncOutcome::Done { report: other }) =
        (one.unwrap(), other.unwrap())
    else {
        panic!("both are done");
    };
    assert_eq!(one, other, "they are the same sync");
    assert_eq!(one.parcels_sent, 1);

    // One that swallows everything in the relay's place: a sync can only be cancelled or run out.
    stage.stop_relay().await;
    let deaf = tokio::net::TcpListener::bind(stage.relay_addr()).await.unwrap();
    phone.app.record(complaint()).await.unwrap();
    let outcome = phone.app.sync_once(1).await.unwrap();
    assert!(matches!(outcome, SyncOutcome::More { .. }), "{outcome:?}");
    let app = phone.app.clone();
    let syncing = tokio::spawn(async move { app.sync_once(600_000).await });
    let _line = deaf.accept().await.unwrap();
    while !syncing.is_finished() {
        phone.app.cancel_sync();
        tokio::task::yield_now().await;
    }
    assert_eq!(code(syncing.await.unwrap()), "cancelled");
    // One whose caller goes away ends too.
    let mut syncing = Box::pin(phone.app.sync_once(600_000));
    assert!(begin(&mut syncing).await.is_pending());
    drop(syncing);
    drop(deaf);

    let outcome = phone.app.sync_once(60_000).await.unwrap();
    let SyncOutcome::RetryAfter { ms, error } = outcome else { panic!("{outcome:?}") };
    assert!(ms > 0 && error.is_retryable());
    stage.start_relay().await;
    phone.sync().await;
    sync(&office).await;
    assert_eq!(list(&office).len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspending_releases_the_database_and_resuming_goes_on() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    let (listener, heard) = ear();
    let _list = phone.app.observe_list(ListQuery::default(), listener);
    until(&heard, |_| true).unwrap();
    let (ear_of_sync, states) = ear();
    let _states = phone.app.observe_sync(ear_of_sync);
    phone.app.start_live();
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Live).unwrap();
    let channel = phone.app.begin_peer_session().await.unwrap();

    phone.app.suspend().await.unwrap();
    phone.app.suspend().await.unwrap();
    assert_eq!(open_files(&phone.folder), Vec::<String>::new(), "no file is held");
    assert_eq!(code(phone.app.record(complaint()).await), "suspended");
    assert_eq!(code(phone.app.sync_once(1000).await), "suspended");
    assert_eq!(code(channel.next().await), "suspended");

    phone.app.resume().await.unwrap();
    phone.app.record(complaint()).await.unwrap();
    until(&heard, |told| told.as_ref().is_ok_and(|rows| rows.len() == 1)).unwrap();
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Live).unwrap();

    phone.app.shutdown().await.unwrap();
    phone.app.shutdown().await.unwrap();
    assert_eq!(open_files(&phone.folder), Vec::<String>::new());
    until(&states, |told| told.as_ref().unwrap().phase == SyncPhase::Stopped).unwrap();
    assert_eq!(code(phone.app.count().await), "shut_down");
    assert_eq!(code(phone.app.resume().await), "shut_down");
    let again = Floorwalk::open(phone.folder.clone(), phone.keys.clone());
    assert_eq!(again.count().await.unwrap(), 1);
}

/// The files below a folder that this process holds open.
fn open_files(folder: &str) -> Vec<String> {
    let held = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let paths = held.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    let paths = paths.filter_map(|path| path.to_str().map(str::to_owned));
    paths.filter(|path| path.starts_with(folder)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_keys_a_database_is_refused_and_left_alone() {
    let (_stage, _office, phone) = Phone::on_stage().await;
    phone.app.record(complaint()).await.unwrap();
    phone.app.shutdown().await.unwrap();
    let strange = Floorwalk::open(phone.folder.clone(), Arc::new(Keys::default()));
    assert_eq!(code(strange.count().await), "keys_missing");
    strange.shutdown().await.unwrap();
    let own = Floorwalk::open(phone.folder.clone(), phone.keys.clone());
    assert_eq!(own.count().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_sync_without_a_relay() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let one = Phone::of_rep(&stage, &office, "one").await;
    let two = Phone::of_rep(&stage, &office, "two").await;
    one.sync().await;
    stage.stop_relay().await;
    let number = one.app.record(complaint()).await.unwrap().number;
    let ends =
        [one.app.begin_peer_session().await.unwrap(), two.app.begin_peer_session().await.unwrap()];
    loop {
        let mut moved = false;
        for (from, to) in [(0, 1), (1, 0)] {
            while let Some(bytes) = ends[from].next().await.unwrap() {
                moved = true;
                for piece in bytes.chunks(997) {
                    ends[to].receive(piece.to_vec()).await.unwrap();
                }
            }
        }
        if !moved {
            break;
        }
    }
    assert!(ends[0].is_done().await.unwrap() && ends[1].is_done().await.unwrap());
    assert_eq!(two.app.show(number).await.unwrap().narrative, WORDS);
    assert!(ends[1].report().await.unwrap().parcels_received > 0);
    let refused = ends[0].receive(vec![0xff; 64]).await;
    assert_eq!(code(refused), "relay_broken");
}

/// Keeps every line.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl LogListener for Log {
    fn logged(&self, _: LogLevel, target: String, message: String) {
        self.0.lock().unwrap().push(format!("{target}: {message}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_diagnostics_nor_the_log_tell_anything_of_anybody() {
    let log = Arc::new(Log::default());
    set_log_listener(Some(log.clone()), LogLevel::Debug);
    let (_stage, _office, phone) = Phone::on_stage().await;
    let number = phone.app.record(complaint()).await.unwrap().number;
    phone.app.save_draft(None, complaint()).await.unwrap();
    let options = AttachOptions::default();
    let lost = phone.app.attach(number.clone(), "/nowhere/王芳.jpg".into(), options).await;
    assert_eq!(code(lost), "file");
    phone.sync().await;
    let community = phone.app.community().await.unwrap();
    let told = phone.app.diagnostics().await.unwrap();
    let lines = log.0.lock().unwrap().join("\n");
    set_log_listener(None, LogLevel::Error);
    assert!(lines.contains("sync: ended: done"), "{lines}");
    let parsed: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(parsed["replica"]["complaints"], 1);
    assert_eq!(parsed["replica"]["drafts"], 1);
    let secrets = [
        WORDS,
        NAME,
        PHONE,
        &number,
        BUILDING_1,
        &community.id,
        &community.device,
        &community.name,
        &community.relay,
        &phone.folder,
        "1203",
    ];
    for secret in secrets {
        assert!(!told.contains(secret), "{secret} in {told}");
        assert!(!lines.contains(secret), "{secret} in {lines}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_in_both_languages_what_can_be_done() {
    let stage = Stage::open().await;
    let phone = Phone::open(&stage, "phone");
    assert!(!phone.app.is_member().await.unwrap());
    let refused = phone.app.record(complaint()).await.unwrap_err();
    let FloorwalkError::Failed { code, action, english, chinese, retryable, .. } = refused;
    assert_eq!((code.as_str(), retryable), ("not_in_community", false));
    assert_eq!(action, floorwalk_ffi::UserAction::Join);
    assert!(english.is_ascii() && chinese.contains("小区"));
    let (listener, heard) = ear();
    let _list = phone.app.observe_list(ListQuery::default(), listener);
    let told = until(&heard, |_| true);
    assert_eq!(cast::code(told), "not_in_community");
    let office = stage.office().await;
    let link = invite(&office, "phone", "building_rep", &[BUILDING_1]).await;
    assert_eq!(cast::code(phone.app.join("floorwalk".into()).await), "bad_link");
    phone.app.join(link.clone()).await.unwrap();
    assert!(until(&heard, Result::is_ok).unwrap().is_empty(), "it hears of joining");
    let late = Phone::open(&stage, "late");
    assert_eq!(cast::code(late.app.join(link).await), "invitation_used");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_an_event_with_values_are_seen_by_the_office() {
    let (_stage, office, phone) = Phone::on_stage().await;
    let number = phone.app.record(complaint()).await.unwrap().number;
    let fields = HashMap::from([("demand".to_owned(), "请当天维修".to_owned())]);
    phone.app.edit(number.clone(), fields).await.unwrap();
    let satisfied = HashMap::from([("satisfied".to_owned(), Value::Flag { value: true })]);
    let note = Some("再看过一次".to_owned());
    let event = NewEvent { kind: "noted".into(), at: None, note, values: satisfied };
    phone.app.act(number.clone(), event).await.unwrap();
    phone.sync().await;
    sync(&office).await;
    let seen = office.show(&number).unwrap();
    assert_eq!(seen.fields["demand"], "请当天维修");
    let noted = seen.events.iter().find(|event| event.kind == "noted").unwrap();
    assert_eq!(noted.set["satisfied"], true);
    assert_eq!(noted.note.as_deref(), Some("再看过一次"));
}

#[test]
fn every_key_has_a_word_in_both_languages() {
    for kind in [WordKind::Stage, WordKind::Role, WordKind::EventKind, WordKind::Delivery] {
        assert!(!keys(kind).is_empty());
        for key in keys(kind) {
            let (zh, en) =
                (word(kind, key.clone(), Language::Chinese), word(kind, key, Language::English));
            assert!(zh != en && en.is_ascii(), "{zh} {en}");
        }
    }
    assert_eq!(
        word(WordKind::Stage, "from_the_future".into(), Language::English),
        "from_the_future"
    );
}
