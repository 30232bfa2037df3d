//! Complaints: recorded, edited, answered, shown; and their photos. All of it without a relay.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::error::Result;
use crate::floorwalk::Floorwalk;
use crate::records::{
    Acted, AttachOptions, Attached, Complaint, ComplaintRow, ListQuery, NewComplaint, NewEvent,
    Recorded, SavedEvidence,
};

#[uniffi::export]
impl Floorwalk {
    /// Records a complaint. It is durable when this returns.
    pub async fn record(&self, complaint: NewComplaint) -> Result<Recorded> {
        let new = complaint.into();
        self.engine.call(move |replica| Ok(replica.record(&new)?.into())).await
    }

    /// Sets fields of a complaint, by its number or id: `text` is the narrative, `complainant` and
    /// `phone` the person's. An empty value takes a field away.
    pub async fn edit(&self, complaint: String, fields: HashMap<String, String>) -> Result<()> {
        let fields: BTreeMap<String, String> = fields.into_iter().collect();
        self.engine.call(move |replica| replica.edit(&complaint, &fields)).await
    }

    /// Adds an event to a complaint. Fails with `role_may_not`, `stage_forbids`,
    /// `regulation_forbids`.
    pub async fn act(&self, complaint: String, event: NewEvent) -> Result<Acted> {
        let event = event.try_into()?;
        self.engine.call(move |replica| Ok(replica.act(&complaint, &event)?.into())).await
    }

    /// Takes in a file as evidence of a complaint: give its path, not its bytes. It is durable when
    /// this returns, and the file is no longer needed. The same file again changes nothing.
    pub async fn attach(
        &self,
        complaint: String,
        path: String,
        options: AttachOptions,
    ) -> Result<Attached> {
        let options = options.into();
        let work = move |replica: &floorwalk_replica::Replica| {
            Ok(replica.attach(&complaint, Path::new(&path), &options)?.into())
        };
        self.engine.call(work).await
    }

    /// A small JPEG of a photo of a complaint; none while its bytes have not come.
    pub async fn preview(&self, complaint: String, hash: String) -> Result<Option<Vec<u8>>> {
        self.engine.call(move |replica| replica.preview(&complaint, &hash)).await
    }

    /// Writes the evidence of a complaint that is on this device into a folder, each piece under
    /// its hash.
    pub async fn save_evidence(
        &self,
        complaint: String,
        folder: String,
    ) -> Result<Vec<SavedEvidence>> {
        let work = move |replica: &floorwalk_replica::Replica| {
            let saved = replica.save_evidence(&complaint, Path::new(&folder), |_, _| {})?;
            Ok(saved.into_iter().map(SavedEvidence::from).collect())
        };
        self.engine.call(work).await
    }

    /// The complaints of a query, newest first. No document is loaded, so that ten thousand are
    /// listed in milliseconds; use `limit` and `offset` for pages.
    pub async fn list(&self, query: ListQuery) -> Result<Vec<ComplaintRow>> {
        let query = query.into();
        let work = move |replica: &floorwalk_replica::Replica| {
            Ok(replica.list(&query)?.into_iter().map(ComplaintRow::from).collect())
        };
        self.engine.call(work).await
    }

    /// How many complaints there are on this device.
    pub async fn count(&self) -> Result<u64> {
        self.engine.call(|replica| replica.count()).await
    }

    /// All of one complaint, by its number or id.
    pub async fn show(&self, complaint: String) -> Result<Complaint> {
        self.engine.call(move |replica| Ok(replica.show(&complaint)?.into())).await
    }
}
