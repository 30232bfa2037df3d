//! Damaged parcels, damaged databases, newer databases: told, set aside, put right; the rest goes
//! on.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{BUILDING_1, Stage, contents, list, record, sync, sync_all};
use rusqlite::Connection;

fn database(stage: &Stage, name: &str) -> Connection {
    Connection::open(stage.home(name).join("floorwalk.db")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_parcel_is_set_aside_and_its_neighbours_go_on() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let one = stage.member(&office, "one", "building_rep", &[BUILDING_1]).await;
    let two = stage.member(&office, "two", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&one, &two, &office]).await;
    let tampered = record(&one, BUILDING_1, "会被篡改");
    one.export_bundle(&stage.home("one.fwb")).unwrap();
    let honest = record(&two, BUILDING_1, "没有被动过");
    sync(&two).await;
    sync(&one).await;
    one.export_bundle(&stage.home("both.fwb")).unwrap();

    let parcel: Vec<u8> = database(&stage, "one")
        .query_row(
            "SELECT bytes FROM parcel WHERE id = (SELECT parcel FROM log WHERE id = (
                 SELECT origin_log FROM complaint WHERE number = ?1))",
            [&tampered.number],
            |row| row.get(0),
        )
        .unwrap();
    let file = stage.home("both.fwb");
    let mut bytes = std::fs::read(&file).unwrap();
    let start = bytes.windows(parcel.len()).position(|window| window == parcel).unwrap();
    bytes[start + parcel.len() - 1] ^= 1;
    std::fs::write(&file, &bytes).unwrap();

    assert_eq!(office.import_bundle(&file).unwrap_err().code, ErrorCode::BadBundle);
    assert!(office.show(&tampered.id).is_err());
    assert!(office.show(&honest.number).is_ok());
    assert_eq!(office.status().unwrap().quarantine.len(), 1);

    // What was spoiled on one way can come another way.
    office.import_bundle(&stage.home("one.fwb")).unwrap();
    assert!(office.show(&tampered.number).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_document_is_rebuilt_from_its_parcels() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let recorded = record(&rep, BUILDING_1, "磁盘坏了一个字节");
    let unsent = record(&office, BUILDING_1, "还没有发送的");
    sync(&rep).await;
    sync(&office).await;
    floorwalk_tests::act(&office, &unsent.number, "accepted");
    let before = contents(&office);
    drop(office);
    let damage = "UPDATE document SET saved = zeroblob(40) WHERE id <> zeroblob(16)";
    assert_eq!(database(&stage, "office").execute(damage, []).unwrap(), 2);

    let office = stage.replica("office");
    let found = office.doctor(false).unwrap();
    assert_eq!(found.problems.len(), 2);
    assert_eq!(office.show(&recorded.number).unwrap().narrative, "磁盘坏了一个字节");
    let mended = office.doctor(true).unwrap();
    assert_eq!(mended.repaired, 1, "the other one was rebuilt when it was shown");
    assert_eq!(office.doctor(false).unwrap().problems, Vec::<String>::new());
    assert_eq!(contents(&office), before);
    sync_all(&[&office, &rep]).await;
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_rebuilt_from_parcels_and_outbox() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    for text in ["一", "二", "三"] {
        record(&rep, BUILDING_1, text);
    }
    sync_all(&[&rep, &office]).await;
    let pending = record(&rep, BUILDING_1, "还在发件箱");
    let before = (contents(&rep), list(&rep));
    drop(rep);
    let wipe = "DELETE FROM complaint; DELETE FROM document WHERE id <> zeroblob(16);";
    database(&stage, "rep").execute_batch(wipe).unwrap();
    let rep = stage.replica("rep");
    assert!(list(&rep).is_empty());
    assert_eq!(rep.doctor(true).unwrap().repaired, 4);
    assert_eq!((contents(&rep), list(&rep)), before);
    sync_all(&[&rep, &office]).await;
    assert!(office.show(&pending.number).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_programs_database_is_not_touched() {
    let stage = Stage::open().await;
    drop(stage.office().await);
    let file = stage.home("office").join("floorwalk.db");
    let version = "user_version";
    let ours: i64 =
        database(&stage, "office").pragma_query_value(None, version, |row| row.get(0)).unwrap();
    database(&stage, "office").pragma_update(None, version, 99).unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = Replica::open(&stage.home("office")).map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::NewerStore);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    database(&stage, "office").pragma_update(None, version, ours).unwrap();
    assert!(Replica::open(&stage.home("office")).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_read_only_and_what_it_holds_can_be_carried_out() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let recorded = record(&office, BUILDING_1, "数据库还能读");
    drop(office);
    let file = stage.home("office").join("floorwalk.db");
    let connection = database(&stage, "office");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let page: i64 = connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'number_counter'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(connection);
    let mut bytes = std::fs::read(&file).unwrap();
    let start = usize::try_from(page - 1).unwrap() * 4096;
    bytes[start..start + 4096].fill(0xff);
    std::fs::write(&file, &bytes).unwrap();

    let office = stage.replica("office");
    assert_eq!(office.show(&recorded.number).unwrap().narrative, "数据库还能读");
    let new = floorwalk_tests::complaint(BUILDING_1, "写不进去");
    let error = office.record(&new).unwrap_err();
    assert_eq!(error.code, ErrorCode::StoreDamaged);
    assert!(!office.doctor(false).unwrap().problems.is_empty());
    let bundle = stage.home("rescue.fwb");
    assert!(office.export_bundle(&bundle).unwrap().parcels > 0);
}

/// A bundle of a community with one parcel: claimed to be a statement, signed by a stranger, and
/// nothing that can be read.
fn nonsense(community: &str) -> Vec<u8> {
    use floorwalk_wire::{
        CommunityId, Epoch, Generation, Header, ParcelId, ParcelKind, ScopeId, Seq, VerifiedParcel,
        signing::device_id,
    };
    let community: CommunityId = community.parse().unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[0x5a; 32]);
    let header = Header {
        kind: ParcelKind::Statement,
        community,
        scope: ScopeId::MEMBERSHIP,
        device: device_id(&key),
        generation: Generation([7; 8]),
        seq: Seq(1),
        previous: ParcelId::NONE,
        epoch: Epoch(0),
    };
    let parcel = VerifiedParcel::sign(header, b"bad words", &key).unwrap();
    let record = |tag: u8, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&[tag][..], &length, bytes].concat()
    };
    let start = [&b"FWB\x01"[..], &community.0, &record(1, parcel.bytes())].concat();
    let end = record(0, blake3::hash(&start).as_bytes());
    [start, end].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_that_claims_to_be_a_statement_is_set_aside_and_stops_nothing() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let file = stage.home("evil.fwb");
    std::fs::write(&file, nonsense(&office.community().unwrap().community)).unwrap();
    rep.import_bundle(&file).unwrap();
    assert_eq!(rep.status().unwrap().quarantine[0].reason, "not_a_statement");
    drop(rep);
    let rep = stage.replica("rep");
    record(&rep, BUILDING_1, "照常登记");
    sync_all(&[&rep, &office]).await;
    assert_eq!(list(&office).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_the_relay_has_lost_stops_neither_joining_nor_syncing() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    record(&rep, BUILDING_1, "资料会丢失");
    sync(&rep).await;
    stage.stop_relay().await;
    {
        let database = Connection::open(stage.relay_data().join("relay.db")).unwrap();
        assert_eq!(database.execute("DELETE FROM blob_bytes", []).unwrap(), 1);
    }
    stage.start_relay().await;

    let other = stage.member(&office, "other", "inspector", &[]).await;
    assert_eq!(list(&other).len(), 1, "the complaint is there, without the person's details");
    let new = record(&rep, BUILDING_1, "之后照常");
    sync(&rep).await;
    sync(&office).await;
    assert!(office.show(&new.number).unwrap().card.is_some());
    assert!(office.status().unwrap().warnings.iter().any(|warning| warning == "cards_stuck"));
}
