//! A set of scopes is written in ascending order, each scope once, and read in no other way.
//!
//! The fuzz target `wire_codec` found that a grant which named a scope twice, or two in the wrong
//! order, was read as if it were in order: two parcels with different ids said the same.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use floorwalk_wire::{
    DecodeError, DeviceId, ReceiveKey, RoleCode, ScopeId, ScopeSet, Statement, StatementBody,
    Timestamp,
};

/// Where the first scope stands: lamport 8, tag 1, device 32, receive key 32, role 1, count 4.
const FIRST: usize = 78;

fn grant() -> Vec<u8> {
    let scopes = ScopeSet::Some(BTreeSet::from([ScopeId([8; 16]), ScopeId([9; 16])]));
    let (device, receive, role) = (DeviceId([1; 32]), ReceiveKey([2; 32]), RoleCode(3));
    let expires_at = Timestamp(i64::MAX);
    let body = StatementBody::Grant { device, receive, role, scopes, expires_at };
    Statement { lamport: 77, body }.encode()
}

#[test]
fn scopes_in_another_order_or_named_twice_are_refused() {
    let good = grant();
    assert_eq!(Statement::decode(&good).unwrap().encode(), good);
    for first in [9, 10] {
        let mut bytes = good.clone();
        bytes[FIRST..FIRST + 16].fill(first);
        assert_eq!(Statement::decode(&bytes), Err(DecodeError::OutOfOrder("scopes")), "{first}");
    }
}
