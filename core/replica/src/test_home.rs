//! A home whose community nobody else knows of, for tests of what is inside.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::community;
use crate::keychain::FileKeychain;
use crate::records::{NewCommunity, RelayAddress};
use crate::state::Shared;

/// An office that has founded a community with two buildings, and has no relay.
pub(crate) fn founded() -> (tempfile::TempDir, Shared) {
    let folder = tempfile::tempdir().unwrap();
    let keychain = Arc::new(FileKeychain::new(folder.path().join("keys")));
    let shared = Shared::open(folder.path(), keychain).unwrap();
    let new = NewCommunity {
        name: "测试小区".into(),
        short: "CS".into(),
        regulation: "hanjiang-oc".into(),
        regulation_settings: BTreeMap::new(),
        relay: RelayAddress { url: "http://127.0.0.1:1".into(), pin: None },
        host_token: None,
        passphrase: Some("correct horse battery".into()),
        device_name: "管理处".into(),
    };
    community::found(&shared, &new).unwrap();
    for building in ["1号楼", "2号楼"] {
        shared.with(|state| community::add_building(state, building)).unwrap();
    }
    (folder, shared)
}
