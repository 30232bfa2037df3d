//! A replica that does what it is told: makes documents, brings them to the relay, finds them
//! there, edits them, and waits for another's edits.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result, bail, ensure};
use automerge::transaction::Transactable;
use automerge::{Automerge, ChangeHash, ROOT, ReadDoc};
use futures_util::StreamExt;
use futures_util::future::{join_all, try_join_all};
use samod::storage::TokioFilesystemStorage;
use samod::{BackoffConfig, ConnectionId, DocHandle, Repo};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::traffic::{CountingDialer, Traffic};
use crate::{answer, rss_peak_kib};

/// The event that each document gets: as long as one of Floorwalk's.
const EVENT: &str = r#"{"kind":"noted","at":"2026-11-24T08:00:00+08:00","note":"已安排人员"}"#;

struct Replica {
    repo: Repo,
    traffic: Arc<Traffic>,
    documents: Vec<DocHandle>,
    heads: Vec<Vec<ChangeHash>>,
}

/// Obeys lines of standard input until it ends.
pub fn obey(runtime: &Runtime, folder: &Path) -> Result<()> {
    let storage = TokioFilesystemStorage::new(folder);
    let load = async { Repo::build_tokio().with_storage(storage).load().await };
    let repo = runtime.block_on(load);
    let (documents, heads) = (Vec::new(), Vec::new());
    let mut replica = Replica { repo, traffic: Arc::default(), documents, heads };
    for line in std::io::stdin().lock().lines() {
        let line = line.context("standard input")?;
        let words: Vec<&str> = line.split(' ').collect();
        let mut value = match runtime.block_on(replica.carry_out(&words)) {
            Ok(value) => value,
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        value["rss_peak_kib"] = rss_peak_kib();
        value["bytes_sent"] = json!(replica.traffic.sent.load(Relaxed));
        value["bytes_received"] = json!(replica.traffic.received.load(Relaxed));
        answer(&value)?;
    }
    runtime.block_on(replica.repo.stop());
    Ok(())
}

impl Replica {
    async fn carry_out(&mut self, words: &[&str]) -> Result<Value> {
        match *words {
            ["create", documents, ids] => self.create(documents, ids).await,
            ["push", url] => self.push(url).await,
            ["pull", url, ids] => self.pull(url, ids).await,
            ["edit"] => self.edit(),
            ["await"] => self.wait_for_edits().await,
            ["count"] => Ok(json!({ "changes": self.count_changes() })),
            _ => bail!("unknown command"),
        }
    }

    /// Makes a document of each that a file holds, and writes their ids into another.
    async fn create(&mut self, documents: &str, ids: &str) -> Result<Value> {
        let bytes = std::fs::read(documents).with_context(|| format!("reading {documents}"))?;
        let mut rest = &bytes[..];
        let mut made = String::new();
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let saved = after.get(..length).context("the file is cut short")?;
            let document = self.repo.create(Automerge::load(saved)?).await?;
            made.push_str(&format!("{}\n", document.document_id()));
            self.documents.push(document);
            rest = &after[length..];
        }
        std::fs::write(ids, made).with_context(|| format!("writing {ids}"))?;
        Ok(json!({ "documents": self.documents.len() }))
    }

    /// Connects, and waits until the relay says of every document that it has all of it.
    async fn push(&mut self, url: &str) -> Result<Value> {
        let connection = self.connect(url).await?;
        let pushed = self.documents.iter().map(|one| one.they_have_our_changes(connection));
        join_all(pushed).await;
        self.heads = self.documents.iter().map(heads).collect();
        Ok(json!({}))
    }

    /// Connects, and finds every document whose id a file holds.
    async fn pull(&mut self, url: &str, ids: &str) -> Result<Value> {
        let ids = std::fs::read_to_string(ids).with_context(|| format!("reading {ids}"))?;
        self.connect(url).await?;
        let mut finding = Vec::new();
        for id in ids.lines() {
            finding.push(self.repo.find(id.parse()?));
        }
        let found = try_join_all(finding).await?;
        let found: Option<Vec<DocHandle>> = found.into_iter().collect();
        self.documents = found.context("the relay lacks a document")?;
        Ok(json!({ "documents": self.documents.len() }))
    }

    /// Adds an event to every document.
    fn edit(&mut self) -> Result<Value> {
        for document in &self.documents {
            document.with_document(|document| -> Result<()> {
                let (_, events) = document.get(ROOT, "events")?.context("a complaint")?;
                let key = format!("{}@bench", document.get_heads().len());
                let mut transaction = document.transaction();
                transaction.put(&events, key, EVENT)?;
                transaction.commit();
                Ok(())
            })?;
        }
        Ok(json!({}))
    }

    /// Waits until every document has other heads than after the push.
    async fn wait_for_edits(&mut self) -> Result<Value> {
        ensure!(self.heads.len() == self.documents.len(), "push first");
        let waiting = self.documents.iter().zip(&self.heads).map(|(document, before)| async {
            let mut changes = Box::pin(document.changes());
            while heads(document) == *before && changes.next().await.is_some() {}
        });
        join_all(waiting).await;
        Ok(json!({}))
    }

    async fn connect(&self, url: &str) -> Result<ConnectionId> {
        let dialer = CountingDialer::new(url.parse()?, self.traffic.clone());
        let dialer = self.repo.dial(BackoffConfig::default(), Arc::new(dialer))?;
        dialer.established().await?;
        dialer.connection_id().context("the connection is gone")
    }

    fn count_changes(&self) -> usize {
        let count = |document: &mut Automerge| document.get_changes(&[]).len();
        self.documents.iter().map(|document| document.with_document(count)).sum()
    }
}

fn heads(document: &DocHandle) -> Vec<ChangeHash> {
    document.with_document(|document| document.get_heads())
}
