//! Who takes part in the stories of phones: a store of keys, listeners that pass on what they
//! hear, and a phone with both.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use floorwalk_ffi::observe::{ComplaintListener, ListListener, SyncListener};
use floorwalk_ffi::records::{Complaint, ComplaintRow, NewComplaint};
use floorwalk_ffi::sync::{SyncOutcome, SyncState};
use floorwalk_ffi::{Floorwalk, FloorwalkError, Keychain, KeychainError};
use floorwalk_replica::Replica;
use floorwalk_tests::{BUILDING_1, Stage, invite};

/// What happened.
pub const WORDS: &str = "三楼走廊漏水，地面湿滑";
/// The person's name.
pub const NAME: &str = "王芳";
/// The person's telephone.
pub const PHONE: &str = "13900001111";
/// Long enough for any machine; nothing waits for so long where it works.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A store of keys in memory, which outlives the library like a phone's.
#[derive(Default)]
pub struct Keys(Mutex<BTreeMap<String, Vec<u8>>>);

impl Keychain for Keys {
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, KeychainError> {
        Ok(self.0.lock().unwrap().get(&name).cloned())
    }

    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), KeychainError> {
        self.0.lock().unwrap().insert(name, secret);
        Ok(())
    }
}

/// Hears everything and passes it on.
pub struct Ear<T>(Mutex<mpsc::Sender<Result<T, FloorwalkError>>>);

/// What an ear has heard.
pub type Heard<T> = mpsc::Receiver<Result<T, FloorwalkError>>;

/// An ear, and what it hears.
pub fn ear<T>() -> (Arc<Ear<T>>, Heard<T>) {
    let (tell, heard) = mpsc::channel();
    (Arc::new(Ear(Mutex::new(tell))), heard)
}

impl<T> Ear<T> {
    fn hear(&self, told: Result<T, FloorwalkError>) {
        // Nobody may be left to hear the last word.
        let _ = self.0.lock().unwrap().send(told);
    }
}

impl ListListener for Ear<Vec<ComplaintRow>> {
    fn changed(&self, rows: Vec<ComplaintRow>) {
        self.hear(Ok(rows));
    }

    fn failed(&self, error: FloorwalkError) {
        self.hear(Err(error));
    }
}

impl ComplaintListener for Ear<Complaint> {
    fn changed(&self, complaint: Complaint) {
        self.hear(Ok(complaint));
    }

    fn failed(&self, error: FloorwalkError) {
        self.hear(Err(error));
    }
}

impl SyncListener for Ear<SyncState> {
    fn changed(&self, state: SyncState) {
        self.hear(Ok(state));
    }
}

/// Waits until something is heard that fits.
pub fn until<T>(
    heard: &Heard<T>,
    fits: impl Fn(&Result<T, FloorwalkError>) -> bool,
) -> Result<T, FloorwalkError> {
    loop {
        let told = heard.recv_timeout(PATIENCE).expect("something is heard");
        if fits(&told) {
            return told;
        }
    }
}

/// A complaint with everything that the regulation wants.
pub fn complaint() -> NewComplaint {
    NewComplaint {
        building: BUILDING_1.into(),
        room: "1203".into(),
        text: WORDS.into(),
        complainant: Some(NAME.into()),
        phone: Some(PHONE.into()),
        category: Some("1B".into()),
        severity: Some("general".into()),
        channel: Some("rep".into()),
        demand: Some("请尽快维修".into()),
        reported_before: Some("已向物业反映".into()),
        ..NewComplaint::default()
    }
}

/// A phone that belongs to a rep.
pub struct Phone {
    pub app: Arc<Floorwalk>,
    pub keys: Arc<Keys>,
    pub folder: String,
}

impl Phone {
    /// A phone that has not joined.
    pub fn open(stage: &Stage, name: &str) -> Self {
        let keys = Arc::new(Keys::default());
        let folder = stage.home(name).to_str().unwrap().to_owned();
        Self { app: Floorwalk::open(folder.clone(), keys.clone()), keys, folder }
    }

    /// A phone of a rep of the first building.
    pub async fn of_rep(stage: &Stage, office: &Replica, name: &str) -> Self {
        let phone = Self::open(stage, name);
        let link = invite(office, name, "building_rep", &[BUILDING_1]).await;
        let joined = phone.app.join(link).await.unwrap();
        assert_eq!((joined.role.as_str(), joined.buildings.len()), ("building_rep", 1));
        phone
    }

    /// A phone of a rep, with the stage and the office of its community.
    pub async fn on_stage() -> (Stage, Replica, Self) {
        let stage = Stage::open().await;
        let office = stage.office().await;
        let phone = Self::of_rep(&stage, &office, "phone").await;
        (stage, office, phone)
    }

    /// Syncs until both sides have everything.
    pub async fn sync(&self) {
        let outcome = self.app.sync_once(60_000).await.unwrap();
        assert!(matches!(outcome, SyncOutcome::Done { .. }), "{outcome:?}");
    }
}

/// Begins something, and does not wait for it.
pub async fn begin<F: Future>(work: &mut Pin<Box<F>>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await
}

/// The code of what must have failed.
pub fn code<T: std::fmt::Debug>(outcome: Result<T, FloorwalkError>) -> String {
    outcome.unwrap_err().code().to_owned()
}
