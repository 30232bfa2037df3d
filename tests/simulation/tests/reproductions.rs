//! Stories that have failed once, each with what was wrong.
#![allow(clippy::unwrap_used)]

use floorwalk_simulation::Stories;
use floorwalk_simulation::op::Op::{self, *};
use floorwalk_simulation::op::Work::*;

fn holds(seed: u64, ops: &[Op]) {
    let stories = Stories::begin().unwrap();
    assert_eq!(stories.tell_ops(seed, ops).violation, None);
}

/// Two copies of a phone wrote at one place of their log. One came to an inspector by a bundle,
/// the other to the relay: the inspector kept the first for good, and never saw the other, nor
/// anything that followed it. Now what the relay has goes on in the log, and the rest gives way.
#[test]
fn a_bundle_of_one_copy_does_not_shut_out_the_other() {
    holds(
        114,
        &[Clone(3), Do(5, Record(12)), Do(3, Record(15)), Export(3), Import(4), Do(5, Sync)],
    );
}

/// Two copies had the same complaint unsent. At a new relay the second said how far its log
/// reaches, so the relay took the first one's parcel for known and did not send it: notes of others
/// waited for it for good. Now a list in which something is taken for known that is not here is
/// read anew.
#[test]
fn a_parcel_that_the_relay_takes_for_known_is_fetched() {
    holds(343, &[Do(2, Record(10)), Clone(2), Do(5, Sync), Do(7, Sync), Do(7, Note(7)), RelaySwap]);
    holds(
        343,
        &[
            Do(1, Record(13)),
            Clone(1),
            Do(5, Sync),
            Clone(2),
            Do(5, Record(15)),
            Do(7, Sync),
            RelaySwap,
        ],
    );
    holds(
        842,
        &[
            Do(2, Record(7)),
            Do(7, Sync),
            Clone(6),
            Do(7, Sync),
            Do(5, Sync),
            Do(5, Edit(0)),
            Do(7, Note(8)),
            RelaySwap,
        ],
    );
}

/// An empty page at the end of a session moved the cursor over places that had just been
/// forgotten, so the list was never read anew, and moving to the other relay never succeeded.
#[test]
fn a_cursor_is_not_moved_over_places_that_were_forgotten() {
    holds(
        1052,
        &[
            Do(5, Record(2)),
            Do(0, Sync),
            Do(2, Sync),
            Do(2, Note(4)),
            RelaySwap,
            Clone(7),
            Meet(5, 4, 23),
            Do(4, Sync),
        ],
    );
}

/// The relay was put back while two copies of a phone had both written on one complaint. To one of
/// them came the second parcel of the other, and it took its own first one for somebody else's: its
/// note lay in its quarantine, and nobody saw it any more. Now it is written anew.
#[test]
fn a_copys_own_work_is_written_anew_and_not_set_aside() {
    holds(
        3053,
        &[
            Clone(6),
            Do(2, Note(0)),
            Do(7, Record(8)),
            Do(7, Sync),
            Do(7, Note(6)),
            Do(5, Note(9)),
            RelayBackup,
            Do(2, Sync),
            RelayRestore,
        ],
    );
}

/// A copy had written on what another copy had sent to a relay that was given up, and both gave
/// way at the new one. Writing its work anew needed what was not there any more, and failed as if
/// the database were damaged; the device could not sync again. Now it waits like anybody's.
#[test]
fn work_on_what_gave_way_waits_and_stops_nothing() {
    holds(
        1612,
        &[
            Invite,
            Clone(1),
            Do(6, Attach(4)),
            RelaySwap,
            Do(1, Note(10)),
            Do(6, Sync),
            Clone(2),
            Do(7, Sync),
            Do(7, Note(5)),
            Do(2, Record(7)),
        ],
    );
}

/// A photo did not come through to a relay that lost its power, and then did, just before the
/// phone lost its own: that photos are late was told for good.
#[test]
fn a_warning_ends_with_its_reason() {
    holds(1841, &[Do(4, Attach(1)), RelayPowerCut(4, 17), PowerCut(4, Sync, 10)]);
}

/// The office's clock ran months ahead when it invited another member, after it had moved to a new
/// relay: it withdrew, as long expired, an invitation that had just been taken up at the old one.
/// The new device was nobody at the new relay and could not follow. Now the relay's receipts have
/// to say as well that an invitation is over.
#[test]
fn an_invitation_does_not_expire_by_a_clock_that_runs_ahead() {
    holds(7706, &[Invite, Clock(0, 245), RelaySwap, Invite]);
}

/// A photo did not come through to a relay that lost its power, as the phone said; then the phone
/// was revoked, and the photo was nowhere any more. Here the model was wrong: it took for brought
/// what the phone had said was not. A phone that warns of its photos is believed.
#[test]
fn a_photo_that_a_phone_said_was_stuck_is_not_owed_by_the_relay() {
    holds(9957, &[Do(2, Attach(9)), RelayPowerCut(7, 20), Revoke(2)]);
}

/// A phone whose clock ran ahead was copied, and both copies sent the same complaint, which one of
/// them had to write anew. Of the two parcels that held it, each device took for the complaint's
/// receipt that of the one that had come to it first, and a duty began at two moments. Now it is
/// the earliest receipt of all parcels of the complaint.
#[test]
fn a_complaint_has_one_time_of_receipt() {
    holds(
        13422,
        &[
            Do(5, Record(5)),
            Clock(7, 3),
            Do(5, Sync),
            Do(5, Attach(4)),
            Do(2, Sync),
            Do(5, Sync),
            Do(6, Sync),
            Do(4, Sync),
            Do(5, Attach(2)),
            Do(3, Sync),
            Do(3, Attach(7)),
            Do(7, Record(14)),
            Clone(7),
            Do(5, Sync),
        ],
    );
}

/// A relay was put back to before a revocation, and took what the revoked phone brought; the
/// office, which knew better, held it back. Here the model was wrong: when the office revoked
/// another device, it took all that the office had by then for counting.
#[test]
fn what_the_office_holds_back_does_not_count_by_another_revocation() {
    holds(
        16114,
        &[
            Do(2, Record(12)),
            RelayBackup,
            Revoke(2),
            Do(4, Sync),
            RelayRestore,
            Do(4, Sync),
            Do(2, Sync),
            Revoke(4),
        ],
    );
}

/// A rep's grant had run out. Syncing with nothing to send, they were told that all had gone well,
/// and knew nothing of what the office had recorded since. Now the relay ends such a session with
/// the reason, and the sync has failed.
#[test]
fn whoever_may_not_read_is_not_told_that_they_have_everything() {
    holds(0, &[Do(0, Record(0)), Lapse(1), Do(0, Sync), Do(1, Sync), Do(1, Note(1))]);
}

/// A relay was put back to when it had a photo's complaint and not the photo. Its lists were as
/// the phone knew them, so nobody noticed, and the office never had the photo. Now a phone asks
/// for the last blob that it brought, and gives the relay everything anew where that is gone.
#[test]
fn a_photo_that_a_relay_lost_by_being_put_back_comes_again() {
    holds(22068, &[Do(2, Attach(6)), Cut(2, 10), RelayBackup, Do(2, Sync), RelayRestore]);
}

/// A relay was put back twice to before somebody joined. The others, who had met a new history in
/// between, gave it back what they had, which was not the acceptance; and the relay did not know
/// the new device any more, which never brought its acceptance again. Now it does.
#[test]
fn somebody_whom_a_relay_forgot_comes_in_again() {
    holds(24083, &[RelayBackup, Invite, RelayRestore, Revoke(4), RelayRestore]);
}

/// An office that was put back to an older state renewed a grant, and knew nothing of its own
/// word that the grant had run out: either of the two could count. Now it hears the relay first.
#[test]
fn a_renewal_counts_that_is_made_by_an_office_of_an_older_state() {
    holds(
        28561,
        &[
            Do(7, Sync),
            Do(5, Note(8)),
            Cut(3, 12),
            Backup(0),
            Do(0, Answer(15)),
            Meet(2, 2, 7),
            Do(7, Record(10)),
            Do(4, Sync),
            Lapse(7),
            Restore(2),
        ],
    );
}

/// An office was put back to before it had revoked somebody, moved to an empty relay, and revoked
/// somebody else: at one place of its log stood two things, and the first one's new key, which a
/// rep had sealed a complaint with, was gone for the office. Now a device writes logs of its own
/// at a relay with another past.
#[test]
fn an_office_of_an_older_state_forks_nothing_at_a_new_relay() {
    holds(
        29758,
        &[Backup(0), Revoke(2), Do(6, Sync), Restore(0), RelaySwap, Revoke(4), Do(1, Record(1))],
    );
}
