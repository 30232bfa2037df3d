//! A relay whose list is not what it signed, told to the person who syncs; an honest one is not
//! accused. The relay is the real program on a database that somebody has tampered with.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::Replica;
use floorwalk_tests::{BUILDING_1, Stage, contents, list, record, sync, sync_all};
use rusqlite::Connection;

fn is_warned(replica: &Replica) -> bool {
    replica.status().unwrap().warnings.iter().any(|warning| warning == "chain_broken")
}

/// The places of a device's complaints at the relay, in their order.
fn places(database: &Connection, device: &str) -> Vec<i64> {
    let sql = "SELECT place FROM item JOIN log ON log.id = item.log JOIN list ON list.id = log.list
               WHERE lower(hex(device)) = ?1 AND scope <> zeroblob(16) ORDER BY place";
    let mut query = database.prepare(sql).unwrap();
    query.query_map([device], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// What a newcomer finds at a relay on which three complaints came one by one, and whose database
/// was then changed: whether it is warned, and how many it sees. In the end it has all that
/// others have, whatever the relay did.
async fn a_newcomer_after(tamper: impl Fn(&Connection, &[i64])) -> (bool, usize) {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    for text in ["一", "二", "三"] {
        record(&rep, BUILDING_1, text);
        sync(&rep).await;
    }
    stage.stop_relay().await;
    {
        let database = Connection::open(stage.relay_data().join("relay.db")).unwrap();
        let places = places(&database, &rep.community().unwrap().device);
        assert_eq!(places.len(), 3);
        tamper(&database, &places);
    }
    stage.start_relay().await;
    let newcomer = stage.member(&office, "newcomer", "inspector", &[]).await;
    let (warned, seen) = (is_warned(&newcomer), list(&newcomer).len());
    record(&rep, BUILDING_1, "之后照常");
    for replica in [&rep, &rep, &newcomer, &newcomer] {
        // Where somebody proves that the relay had more, it begins anew and cuts the line once.
        let _ = replica.sync_once(|_| {}).await;
    }
    assert_eq!(list(&newcomer).len(), 4);
    (warned, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_relay_is_not_accused() {
    assert_eq!(a_newcomer_after(|_, _| {}).await, (false, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_dated_anew_is_told_and_taken() {
    let tamper = |database: &Connection, places: &[i64]| {
        let sql = "UPDATE item SET received_at = received_at + 1000 WHERE place = ?1";
        assert_eq!(database.execute(sql, [places[0]]).unwrap(), 1);
    };
    assert_eq!(a_newcomer_after(tamper).await, (true, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn parcels_in_another_order_are_told_and_taken() {
    let tamper = |database: &Connection, places: &[i64]| {
        let bytes = |place: i64| -> Vec<u8> {
            let sql = "SELECT bytes FROM item WHERE place = ?1";
            database.query_row(sql, [place], |row| row.get(0)).unwrap()
        };
        let (one, two) = (bytes(places[0]), bytes(places[1]));
        for (place, bytes) in [(places[0], two), (places[1], one)] {
            let sql = "UPDATE item SET bytes = ?2 WHERE place = ?1";
            database.execute(sql, (place, bytes)).unwrap();
        }
    };
    assert_eq!(a_newcomer_after(tamper).await, (true, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_parcel_is_told_and_what_follows_it_waits() {
    let tamper = |database: &Connection, places: &[i64]| {
        // The numbers are made to fit, as who hides something would.
        let sql = format!(
            "UPDATE list SET position = position - 1 WHERE id = (
                 SELECT list FROM log JOIN item ON log.id = item.log WHERE place = {hidden});
             DELETE FROM item WHERE place = {hidden};
             UPDATE item SET place = place - 1 WHERE place = {hidden} + 1;",
            hidden = places[1],
        );
        database.execute_batch(&sql).unwrap();
    };
    // The third stands behind the second in the rep's log, and waits for it.
    assert_eq!(a_newcomer_after(tamper).await, (true, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_are_told_different_histories_find_out_when_they_meet() {
    for forks in [false, true] {
        let mut stage = Stage::open().await;
        let office = stage.office().await;
        let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
        record(&rep, BUILDING_1, "共同的过去");
        sync_all(&[&rep, &office]).await;
        stage.stop_relay().await;
        floorwalk_tests::copy_folder(&stage.relay_data(), &stage.home("fork"));
        stage.start_relay().await;
        record(&rep, BUILDING_1, "只有代表看到的历史");
        sync(&rep).await;
        if forks {
            // From here on the office is shown another list under the same key.
            stage.stop_relay().await;
            std::fs::rename(stage.relay_data(), stage.home("first")).unwrap();
            std::fs::rename(stage.home("fork"), stage.relay_data()).unwrap();
            stage.start_relay().await;
        }
        record(&office, BUILDING_1, "只有办公室看到的历史");
        assert!(sync(&office).await.chain_ok, "each of them alone sees nothing wrong");
        record(&rep, BUILDING_1, "当面交给办公室");
        rep.export_bundle(&stage.home("rep.fwb")).unwrap();
        office.import_bundle(&stage.home("rep.fwb")).unwrap();
        assert_eq!(is_warned(&office), forks);
        assert_eq!(contents(&office).len(), 4, "and nothing is kept from anybody");
    }
}
