//! Drafts: what is typed is kept at once, before it is a complaint.
//!
//! An app saves the draft as the person types, adds photos as they are taken, and records it in the
//! end. A draft is on this device only, with the person's details in it, and goes away when it is
//! recorded or discarded.

use std::path::Path;

use floorwalk_replica::Replica;

use crate::error::Result;
use crate::floorwalk::Floorwalk;
use crate::records::{Draft, NewComplaint, Recorded};

#[uniffi::export]
impl Floorwalk {
    /// Keeps what was typed, in place of what the draft had before; without a draft's id a new one
    /// is begun. Incomplete input is fine. It is durable when this returns.
    pub async fn save_draft(
        &self,
        draft: Option<String>,
        complaint: NewComplaint,
    ) -> Result<Draft> {
        let new = complaint.into();
        let work = move |replica: &Replica| Ok(replica.save_draft(draft.as_deref(), &new)?.into());
        self.engine.call(work).await
    }

    /// Adds a photo to a draft. It is copied, so that the file is no longer needed.
    pub async fn attach_to_draft(&self, draft: String, path: String) -> Result<Draft> {
        let work =
            move |replica: &Replica| Ok(replica.attach_to_draft(&draft, Path::new(&path))?.into());
        self.engine.call(work).await
    }

    /// Takes a photo out of a draft.
    pub async fn remove_from_draft(&self, draft: String, photo: String) -> Result<Draft> {
        self.engine.call(move |replica| Ok(replica.remove_from_draft(&draft, &photo)?.into())).await
    }

    /// All drafts, newest first.
    pub async fn drafts(&self) -> Result<Vec<Draft>> {
        let work = |replica: &Replica| Ok(replica.drafts()?.into_iter().map(Draft::from).collect());
        self.engine.call(work).await
    }

    /// Throws a draft away, with its photos.
    pub async fn discard_draft(&self, draft: String) -> Result<()> {
        self.engine.call(move |replica| replica.discard_draft(&draft)).await
    }

    /// Makes a draft a complaint with its photos: once and whole, also when the process is killed
    /// on the way, or this is called twice.
    pub async fn record_draft(&self, draft: String) -> Result<Recorded> {
        self.engine.call(move |replica| Ok(replica.record_draft(&draft)?.into())).await
    }
}
