//! Whoever has an invitation's link and has come by the statements and parcels, as from a relay's
//! disk: what can be read with that, before and after the invitation is withdrawn.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use floorwalk_seal::{InvitationLink, KeyRing, open_parcel, open_rotation, open_welcome};
use floorwalk_tests::{BUILDING_1, Stage, invite, record, sync};
use floorwalk_wire::{Parcel, ParcelKind, Statement, StatementBody, VerifiedParcel};

/// The parcels of a bundle.
fn parcels(file: &Path) -> Vec<VerifiedParcel> {
    let bytes = std::fs::read(file).unwrap();
    let mut rest = &bytes[36..];
    let mut found = Vec::new();
    while let [tag, a, b, c, d, more @ ..] = rest {
        let (record, left) = more.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        if *tag == 1 {
            found.push(Parcel::parse(record.to_vec()).unwrap().verify().unwrap());
        }
        rest = left;
    }
    found
}

/// How many parcels of complaints and names somebody with the link can read.
fn readable(link: &str, parcels: &[VerifiedParcel]) -> usize {
    let link: InvitationLink = link.parse().unwrap();
    let invitation = link.secret.derive_keys();
    let mut ring = KeyRing::default();
    for statement in parcels.iter().filter_map(|parcel| Statement::read(parcel).ok()) {
        match &statement.body {
            StatementBody::Invitation { invitation: id, welcome, .. } if *id == invitation.id() => {
                let opened = open_welcome(&link.community, &invitation, welcome).unwrap();
                ring.extend(
                    opened.entries().map(|(scope, epoch, key)| (scope, epoch, key.clone())),
                );
            }
            StatementBody::Rotation { scope, epoch, .. } => {
                let secrets = [invitation.receive_secret()];
                if let Ok(Some(key)) = open_rotation(&link.community, &statement.body, &secrets) {
                    ring.insert(*scope, *epoch, key);
                }
            }
            _ => {}
        }
    }
    let changes = parcels.iter().filter(|parcel| parcel.header().kind == ParcelKind::Changes);
    changes.filter(|parcel| open_parcel(parcel, &ring).is_ok()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_invitations_link_opens_nothing_that_is_written_after_it() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let link = invite(&office, "nobody", "building_rep", &[BUILDING_1]).await;
    let file = stage.home("disk.fwb");
    let look = || {
        office.export_bundle(&file).unwrap();
        parcels(&file)
    };
    record(&office, BUILDING_1, "撤回之前");
    let before = look();
    let read_before = readable(&link, &before);
    assert!(read_before > 0, "the invitation is open, and so is what it grants");

    let open = office.community().unwrap().invitations.remove(0);
    office.withdraw(&open.invitation).await.unwrap();
    record(&office, BUILDING_1, "撤回之后");
    let after = look();
    let changes = |parcels: &[VerifiedParcel]| {
        parcels.iter().filter(|parcel| parcel.header().kind == ParcelKind::Changes).count()
    };
    assert!(changes(&after) > changes(&before));
    assert_eq!(readable(&link, &after), read_before);

    // Those who belong here read on, and withdrawing twice is harmless.
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    office.withdraw(&open.invitation).await.unwrap();
    sync(&rep).await;
    assert_eq!(floorwalk_tests::list(&rep).len(), 2);
}
