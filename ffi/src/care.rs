//! How a replica stands, files between devices, and repair.

use std::path::Path;

use floorwalk_replica::Replica;
use serde_json::json;

use crate::error::{FloorwalkError, Result};
use crate::floorwalk::Floorwalk;
use crate::records::{BundleReport, RepairReport, Status};

#[uniffi::export]
impl Floorwalk {
    /// How this replica stands: what is unsent, and what the person should know.
    pub async fn status(&self) -> Result<Status> {
        self.engine.call(|replica| Ok(replica.status()?.into())).await
    }

    /// Writes everything that this device holds into a bundle file, for another device of the
    /// community to take in. It is sealed: whoever has no key reads nothing of it.
    pub async fn export_bundle(&self, path: String) -> Result<BundleReport> {
        let work = move |replica: &Replica| Ok(replica.export_bundle(Path::new(&path))?.into());
        self.engine.call(work).await
    }

    /// Takes in a bundle file. Taking it in twice changes nothing.
    pub async fn import_bundle(&self, path: String) -> Result<BundleReport> {
        let work = move |replica: &Replica| Ok(replica.import_bundle(Path::new(&path))?.into());
        self.engine.call(work).await
    }

    /// Checks everything, makes documents and lists anew from the parcels, and puts a fresh
    /// database in the place of a damaged one. The next sync brings the rest.
    pub async fn repair(&self) -> Result<RepairReport> {
        Ok(self.engine.repair().await?.into())
    }

    /// What support needs to know, as JSON, for the person to send: versions, counts, states and
    /// codes. No word, name, number, id, key or path of anybody is in it.
    pub async fn diagnostics(&self) -> Result<String> {
        let looked = self.engine.call(|replica| {
            let status = replica.status()?;
            Ok((replica.count()?, replica.drafts()?.len(), replica.community()?.role, status))
        });
        let replica = match looked.await {
            Ok((complaints, drafts, role, status)) => json!({
                "complaints": complaints,
                "drafts": drafts,
                "role": role,
                "unsent": {
                    "complaints": status.unsent.complaints,
                    "photos": status.unsent.photos,
                    "cards": status.unsent.cards,
                },
                "last_sync": status.last_sync,
                "quarantined": status.quarantine.len(),
                "waiting": status.waiting,
                "warnings": status.warnings,
            }),
            Err(error) => json!({ "error": error.code() }),
        };
        let state = self.engine.syncing.state();
        let sync = json!({
            "phase": format!("{:?}", state.phase).to_lowercase(),
            "error": state.error.as_ref().map(FloorwalkError::code),
            "parcels": state.progress.parcels,
            "blobs": state.progress.blobs,
            "blobs_total": state.progress.blobs_total,
        });
        let all = json!({
            "version": crate::version(),
            "system": std::env::consts::OS,
            "processor": std::env::consts::ARCH,
            "observers": self.engine.observers(),
            "replica": replica,
            "sync": sync,
        });
        Ok(all.to_string())
    }
}
