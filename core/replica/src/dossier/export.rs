//! Making a dossier out of a replica.
//!
//! What is not in a parcel yet is put into one first, so that every change is covered by its
//! device's commitment; what the relay has not received yet has no receipt, and is exported all
//! the same. The file appears whole or not at all.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use floorwalk_complaint::{DocumentId, RawChange};
use floorwalk_seal::Proof;
use floorwalk_store::{Receipt, Tx};
use floorwalk_wire::codec::Writer;
use floorwalk_wire::signing::{self, Domain};
use floorwalk_wire::{DeviceId, ScopeId, SignedHead};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{
    ChangeEntry, Comment, EvidenceEntry, FORMAT, FileEntry, MANIFEST, Manifest, PAGE, ParcelEntry,
    Person, ProofEntry, ReceiptEntry, VERSION, change_file, hex, parcel_file, sha256, told,
};
use crate::blob::file_failed;
use crate::clock;
use crate::complaints::{self, Viewer};
use crate::custody::{self, Carried};
use crate::cut;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::evaluation::CardKnown;
use crate::evidence::{EvidenceRef, references, show};
use crate::records::{DossierOptions, DossierReport, Erasure};
use crate::roster;
use crate::state::{Identity, Shared, all_statements, setting};

/// Files of an archive, by their names.
type Files = Vec<(String, Vec<u8>)>;

/// What goes into a dossier besides the evidence's bytes.
struct Gathered {
    manifest: Manifest,
    files: Files,
    evidence: Vec<EvidenceRef>,
    signatures: u64,
}

/// Writes a complaint's dossier. `page` makes the page for people from the manifest.
pub(crate) fn export(
    shared: &Shared,
    complaint: &str,
    path: &Path,
    options: &DossierOptions,
    page: &dyn Fn(&Manifest) -> String,
    progress: &dyn Fn(u64, u64),
) -> Result<DossierReport> {
    let Gathered { manifest, files, evidence, signatures } = shared.with(|state| {
        state.write(|tx, identity| {
            cut::cut_all(tx, identity)?;
            gather(tx, identity, complaint, options)
        })
    })?;
    let part = PathBuf::from(format!("{}.part", path.display()));
    let written = write(shared, &part, (manifest, files, evidence), page, progress);
    let renamed = written.and_then(|files| {
        let renamed = std::fs::rename(&part, path);
        renamed.map_err(|_| Error::about(ErrorCode::File, path.display())).map(|()| files)
    });
    if renamed.is_err() {
        // It is of no use to anybody; the error says what was in the way.
        let _ = std::fs::remove_file(&part);
    }
    Ok(DossierReport { files: renamed?, signatures: signatures + 1 })
}

/// Writes the archive; returns how many files it has.
fn write(
    shared: &Shared,
    path: &Path,
    (mut manifest, files, evidence): (Manifest, Files, Vec<EvidenceRef>),
    page: &dyn Fn(&Manifest) -> String,
    progress: &dyn Fn(u64, u64),
) -> Result<u64> {
    let mut archive = Archive::begin(path)?;
    for (name, bytes) in files {
        archive
            .add(&name, &mut |sink| sink.write_all(&bytes).map(|()| true).map_err(file_failed))?;
    }
    let total = evidence.len() as u64;
    for (done, reference) in (1..).zip(&evidence) {
        let entry = manifest.evidence.iter_mut().find(|one| one.hash == reference.hash.to_string());
        let Some(entry) = entry else { continue };
        let name = format!("evidence/{}", show::file_name(reference));
        let mut original = true;
        let here = archive.add(&name, &mut |sink| {
            let opened = show::open(shared, reference, true, sink)?;
            original = opened.unwrap_or(true);
            Ok(opened.is_some())
        })?;
        if here {
            entry.file = Some(name);
            let copy = reference.copy.as_ref().filter(|_| !original);
            entry.copy = copy.map(|copy| copy.sha256.to_string());
        }
        progress(done, total);
    }
    let page = page(&manifest);
    archive.add(PAGE, &mut |sink| {
        sink.write_all(page.as_bytes()).map(|()| true).map_err(file_failed)
    })?;
    manifest.files = archive.files.clone();
    let key = shared.with(|state| Ok(state.identity()?.keys.signing_key().clone()))?;
    archive.finish(&manifest, &key)
}

fn gather(
    tx: &Tx<'_>,
    identity: &Identity,
    name: &str,
    options: &DossierOptions,
) -> Result<Gathered> {
    let (scope, id) = complaints::find(tx, name)?;
    let document = documents::load(tx, identity, &scope, &id)?;
    let complaint = document.fold(&Lookup::new(tx, identity));
    let viewer = Viewer::new(tx, identity)?;
    let mut files = Vec::new();
    let mut changes = Vec::new();
    for (number, bytes) in (1..).zip(document.changes()) {
        let hash = floorwalk_complaint::heads_of(&[&bytes])
            .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
        let hash = hash.first().map(ToString::to_string).unwrap_or_default();
        let file = change_file(number);
        changes.push(ChangeEntry { file: file.clone(), hash });
        files.push((file, bytes));
    }
    let carried = custody::carried(tx, identity, &scope, &id, &document)?;
    let parcels: Vec<ParcelEntry> = carried.iter().map(parcel_entry).collect();
    files.extend(
        carried.iter().map(|one| (parcel_file(&one.parcel.id()), one.parcel.bytes().to_vec())),
    );
    let mut statements = Vec::new();
    for parcel in all_statements(tx)? {
        let file = format!("statements/{}.parcel", parcel.id());
        statements.push(file.clone());
        files.push((file, parcel.bytes().to_vec()));
    }
    let (evidence, entries) = evidence_entries(&viewer, &complaint, options);
    let card = match options.with_card {
        true => CardKnown::of(tx, &complaint)?.card(),
        false => None,
    };
    let signatures = statements.len() + parcels.len() + entries.len();
    let statements_receipt = statements_receipt(tx)?;
    let manifest = Manifest {
        statements,
        statements_receipt,
        changes,
        parcels,
        card,
        evidence: entries,
        complaint: told(&complaint),
        redacted: options.redacted,
        ..about(tx, identity, &viewer, (&scope, &id), &carried)?
    };
    Ok(Gathered { manifest, files, evidence, signatures: signatures as u64 })
}

/// Where, by whom and when; the rest is empty.
fn about(
    tx: &Tx<'_>,
    identity: &Identity,
    viewer: &Viewer<'_>,
    (scope, id): (&ScopeId, &DocumentId),
    carried: &[Carried],
) -> Result<Manifest> {
    let names = roster::device_names(tx, identity)?;
    let person = |device: DeviceId| Person {
        device: device.to_string(),
        name: names.get(&device).cloned().unwrap_or_default(),
        role: identity.role_of(&device).map_or("", |role| role.as_str()).to_owned(),
    };
    let writers: BTreeSet<DeviceId> =
        carried.iter().map(|one| one.parcel.header().device).collect();
    let relay = tx.setting(setting::RELAY_KEY)?;
    let root = identity.membership.root().ok_or(ErrorCode::NotInCommunity)?;
    Ok(Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        exported_at: clock::to_text(clock::now(), clock::DEFAULT_ZONE),
        exporter: person(identity.device()),
        community: identity.community.to_string(),
        root: root.to_string(),
        community_name: viewer.community_name(),
        scope: scope.to_string(),
        building: viewer.building(scope),
        document: id.to_string(),
        relay: relay.map(|key| hex(&key)),
        redacted: false,
        people: writers.into_iter().map(person).collect(),
        files: Vec::new(),
        statements: Vec::new(),
        statements_receipt: None,
        changes: Vec::new(),
        parcels: Vec::new(),
        complaint: serde_json::Value::Null,
        card: None,
        evidence: Vec::new(),
    })
}

/// The evidence whose bytes go in, and what the manifest says of all of it.
fn evidence_entries(
    viewer: &Viewer<'_>,
    complaint: &floorwalk_complaint::Complaint,
    options: &DossierOptions,
) -> (Vec<EvidenceRef>, Vec<EvidenceEntry>) {
    let erased = complaint.erasures();
    let (mut bytes, mut entries) = (Vec::new(), Vec::new());
    for (reference, evidence) in references(complaint) {
        let hash = reference.hash.to_string();
        let erasure = erased.get(hash.as_str()).map(|event| Erasure {
            at: event.at.clone(),
            by: viewer.name_of(event.author, &event.actor),
            why: event.note.clone().unwrap_or_default(),
        });
        let device = evidence.author.map(|author| DeviceId(author.device).to_string());
        entries.push(EvidenceEntry {
            hash,
            facts: reference.facts_text.clone(),
            signature: hex(&reference.signature),
            device: device.unwrap_or_default(),
            file: None,
            copy: None,
            erased: erasure.clone(),
        });
        let wanted = !options.redacted || reference.facts.derived_from.is_some();
        if wanted && erasure.is_none() {
            bytes.push(reference);
        }
    }
    (bytes, entries)
}

fn parcel_entry(carried: &Carried) -> ParcelEntry {
    let proof = |proof: &Proof| ProofEntry {
        blind: hex(&proof.blind),
        index: proof.index,
        leaves: proof.leaves,
        path: proof.path.iter().map(|sibling| hex(sibling)).collect(),
    };
    let receipt = carried.receipt.as_ref();
    ParcelEntry {
        file: parcel_file(&carried.parcel.id()),
        changes: carried.changes.iter().map(RawChange::hash).map(|hash| hash.to_string()).collect(),
        proof: carried.proof.as_ref().map(proof),
        receipt: receipt.map(receipt_entry),
    }
}

/// The relay's receipt of the whole list of statements.
fn statements_receipt(tx: &Tx<'_>) -> Result<Option<ReceiptEntry>> {
    let first = tx.parcel_placed(&ScopeId::MEMBERSHIP, 1)?;
    let Some((first, head)) = first.zip(tx.cursor(&ScopeId::MEMBERSHIP)?) else { return Ok(None) };
    let receipt = tx.receipt_to(&ScopeId::MEMBERSHIP, &first, &head)?;
    Ok(receipt.as_ref().map(receipt_entry))
}

fn receipt_entry(receipt: &Receipt) -> ReceiptEntry {
    let Receipt { position, before, entries, head } = receipt;
    let mut writer = Writer::with_capacity(SignedHead::BYTES);
    head.write(&mut writer);
    ReceiptEntry {
        position: *position,
        before: before.map(|chain| hex(&chain)),
        entries: entries.iter().map(|(id, at)| (id.to_string(), at.0)).collect(),
        head: hex(&writer.finish()),
    }
}

/// An archive that is being written.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipWriter<File>,
    pub(super) files: Vec<FileEntry>,
}

/// Hashes and counts what is written through it.
pub(super) struct Tee<'a> {
    zip: &'a mut ZipWriter<File>,
    sha256: Sha256,
    blake3: blake3::Hasher,
    bytes: u64,
}

impl Write for Tee<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.zip.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.blake3.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

impl Archive {
    pub(super) fn begin(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        // It names people; what becomes of it afterwards is the owner's to decide.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|_| Error::about(ErrorCode::File, path.display()))?;
        Ok(Self { path: path.to_owned(), zip: ZipWriter::new(file), files: Vec::new() })
    }

    /// Adds a file, unless `write` says that there is none.
    pub(super) fn add(
        &mut self,
        name: &str,
        write: &mut dyn FnMut(&mut Tee<'_>) -> Result<bool>,
    ) -> Result<bool> {
        // Photos do not compress, and a dossier is to be read for a long time by anything.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        self.zip.start_file(name, options).map_err(|error| self.failed(error))?;
        let (sha256, blake3) = (Sha256::new(), blake3::Hasher::new());
        let mut tee = Tee { zip: &mut self.zip, sha256, blake3, bytes: 0 };
        if !write(&mut tee)? {
            self.zip.abort_file().map_err(|error| self.failed(error))?;
            return Ok(false);
        }
        self.files.push(FileEntry {
            name: name.to_owned(),
            bytes: tee.bytes,
            sha256: hex(&tee.sha256.finalize()),
            blake3: tee.blake3.finalize().to_hex().to_string(),
        });
        Ok(true)
    }

    /// Adds the manifest and seals the archive. Returns how many files it has.
    pub(super) fn finish(
        mut self,
        manifest: &Manifest,
        key: &ed25519_dalek::SigningKey,
    ) -> Result<u64> {
        let text = serde_json::to_vec_pretty(manifest).map_err(|error| self.failed(error))?;
        self.add(MANIFEST, &mut |sink| sink.write_all(&text).map(|()| true).map_err(file_failed))?;
        let count = self.files.len() as u64;
        let manifest: [u8; 32] = Sha256::digest(&text).into();
        let device = signing::device_id(key);
        let mut comment = Comment { device, manifest, signature: [0; 64] };
        let placeholder = comment.to_text().into_bytes().into_boxed_slice();
        self.zip.set_raw_comment(placeholder).map_err(|error| self.failed(error))?;
        let path = self.path.clone();
        let failed = |_: io::Error| Error::about(ErrorCode::File, path.display());
        let mut file =
            self.zip.finish().map_err(|_| Error::about(ErrorCode::File, path.display()))?;
        let end = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let before = end - Comment::BYTES as u64;
        file.rewind().map_err(failed)?;
        let digest = sha256(&mut (&mut file).take(before)).map_err(failed)?;
        comment.signature = signing::sign(Domain::Dossier, &[&digest, &manifest], key);
        file.seek(SeekFrom::Start(before)).map_err(failed)?;
        file.write_all(comment.to_text().as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(count)
    }

    fn failed(&self, _: impl std::error::Error) -> Error {
        Error::about(ErrorCode::File, self.path.display())
    }
}
