//! A document's id belongs to one scope, in whatever order things come.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::complaints;
use crate::cut;
use crate::records::NewComplaint;
use crate::roster;
use crate::state::Shared;
use crate::test_home::founded;

/// What stands at the office after a complaint of the first building, the same words under its id
/// in the second, or both have come.
fn after(order: &[&str]) -> (Vec<(DocumentId, ScopeId)>, Vec<String>) {
    let (_folder, shared) = founded();
    let new = NewComplaint {
        building: "1号楼".into(),
        room: "1203".into(),
        text: "电梯停运".into(),
        ..NewComplaint::default()
    };
    shared.with(|state| state.write(|tx, who| complaints::record(tx, who, &new))).unwrap();
    let (id, own, unit) = recorded(&shared);
    shared
        .with(|state| {
            state.write(|tx, identity| {
                tx.remove_document(&id)?;
                for building in order {
                    let scope = roster::find_building(tx, identity, building)?;
                    let mut unit = unit.clone();
                    unit.header.scope = scope;
                    // In the other building it is another parcel.
                    if scope != own {
                        unit.parcel = ParcelId([7; 32]);
                    }
                    let units = Units::from([((scope, id), vec![unit])]);
                    apply(tx, identity, units, Timestamp(0))?;
                }
                let mut documents = tx.document_ids(None)?;
                documents.retain(|(id, scope)| *id != DocumentId::COMMUNITY && *scope == own);
                let reasons = tx.quarantined()?.into_iter().map(|entry| entry.reason).collect();
                Ok((documents, reasons))
            })
        })
        .unwrap()
}

/// The complaint's id and scope, and its part of the parcel that it goes out in.
fn recorded(shared: &Shared) -> (DocumentId, ScopeId, Unit) {
    let found = |tx: &Tx<'_>, identity: &mut Identity| {
        cut::cut_all(tx, identity)?;
        let mut ids = tx.document_ids(None)?;
        ids.retain(|(id, _)| *id != DocumentId::COMMUNITY);
        let (id, scope) = ids[0];
        let stored = tx.parcels(&scope, None)?.0.remove(0);
        let content = read_content(&stored.parcel, &identity.ring).unwrap();
        let packed = content.documents[0].packed.clone();
        let (header, parcel) = (*stored.parcel.header(), stored.parcel.id());
        Ok((id, scope, Unit { log: stored.log, header, parcel, packed }))
    };
    shared.with(|state| state.write(found)).unwrap()
}

#[test]
fn one_id_used_in_two_scopes_stands_in_the_one_that_it_was_made_for() {
    let (control, reasons) = after(&["1号楼"]);
    assert_eq!((control.len(), reasons.len()), (1, 0));
    for order in [["1号楼", "2号楼"], ["2号楼", "1号楼"]] {
        let (documents, reasons) = after(&order);
        assert_eq!(documents.len(), 1, "{order:?}");
        assert_eq!(reasons, ["wrong_scope"], "{order:?}");
    }
    assert_eq!(after(&["2号楼"]).0.len(), 0);
}
