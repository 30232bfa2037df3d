//! Checking a dossier, out of nothing but itself and, if one has it, the community's root key.
//!
//! Every check has a name and says whether it holds; one that does not says where and why. Checks
//! that rest on a failed one are still made as far as they can be, so that a single changed byte
//! is found where it is. Nothing is ever written, every size has a limit, and stored files only
//! are read, so that no archive costs more than its own size.

mod signers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use floorwalk_complaint::{
    Admission, Author, Complaint, Document, DocumentId, DocumentKind, RawChange, Role, derive_actor,
};
use floorwalk_seal::AttestedDocument;
use floorwalk_wire::signing::{self, Domain};
use floorwalk_wire::{CommunityId, DeviceId, Membership, Parcel, ScopeId, VerifiedParcel};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive};

use self::signers::{Signed, check_receipt, check_signer, check_statements_receipt};
use super::{
    Comment, FORMAT, FileEntry, MANIFEST, Manifest, ParcelEntry, VERSION, Writers, from_hex, hex,
    sha256, told,
};
use crate::evidence::{EvidenceRef, references};

/// A file that is read into memory, in bytes: everything but evidence.
const MEMORY_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files in an archive.
const FILES_MAX: usize = 100_000;

/// What a check of a dossier found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether every check holds.
    pub valid: bool,
    /// The checks.
    pub checks: Vec<Check>,
    /// What is true and worth knowing, and no fault.
    pub notes: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked: a stable word, sometimes with an id.
    pub what: String,
    /// Whether it holds.
    pub ok: bool,
    /// Where it does not hold.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why it does not hold: a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Checks a dossier's file. `root` is the community's root public key, where one has it from
/// elsewhere.
///
/// # Errors
/// The system's, when the file can't be read.
pub fn verify(path: &Path, root: Option<&DeviceId>) -> io::Result<Verdict> {
    verify_from(&mut File::open(path)?, root)
}

/// Checks a dossier, wherever its bytes are.
///
/// # Errors
/// The source's, when it can't be read.
pub fn verify_from(file: &mut (impl Read + Seek), root: Option<&DeviceId>) -> io::Result<Verdict> {
    let mut verifier = Verifier { checks: Vec::new(), notes: Vec::new() };
    verifier.run(file, root)?;
    let Verifier { checks, notes } = verifier;
    Ok(Verdict { valid: checks.iter().all(|check| check.ok), checks, notes })
}

struct Verifier {
    checks: Vec<Check>,
    notes: Vec<String>,
}

/// The files of an archive that are no evidence, and what is wrong with each file.
struct Contents {
    files: BTreeMap<String, Vec<u8>>,
    hashes: BTreeMap<String, FileEntry>,
}

impl Verifier {
    fn run(&mut self, file: &mut (impl Read + Seek), root: Option<&DeviceId>) -> io::Result<()> {
        let Some((comment, before)) = read_comment(file)? else {
            self.fails("archive", "comment", "unreadable");
            return Ok(());
        };
        let archive_digest = digest(file, before)?;
        let Ok(archive) = ZipArchive::new(&mut *file) else {
            self.fails("archive", "zip directory", "unreadable");
            return Ok(());
        };
        let contents = self.read(archive)?;
        let signed = [&archive_digest[..], &comment.manifest];
        let sealed = signing::verify(Domain::Dossier, &signed, &comment.device, &comment.signature);
        let Some(manifest) = self.manifest(&contents, &comment) else {
            self.archive_seal(sealed.is_ok());
            return Ok(());
        };
        self.files(&contents, &manifest);
        self.archive_seal(sealed.is_ok());
        let Some(community) = self.community(&manifest, root) else { return Ok(()) };
        let membership = self.statements(&contents, &manifest, community);
        self.check("exporter", manifest.exporter.device == comment.device.to_string(), "comment");
        let member = membership.member(&comment.device);
        let device = &manifest.exporter.device;
        self.judge("exporter", member.is_some(), device, "not_a_member");
        let present = member.is_none_or(|member| member.revoked.is_none());
        self.judge("exporter", present, device, "revoked");
        let Some(complaint) = self.document(&contents, &manifest, &membership) else {
            return Ok(());
        };
        self.told(&manifest, &complaint);
        self.evidence(&contents, &manifest, (&membership, &community), &complaint);
        Ok(())
    }

    /// Reads every file that is not evidence, and hashes all of them.
    fn read(&mut self, mut archive: ZipArchive<impl Read + Seek>) -> io::Result<Contents> {
        let mut contents = Contents { files: BTreeMap::new(), hashes: BTreeMap::new() };
        if archive.len() > FILES_MAX {
            self.fails("archive", "zip directory", "too_many_files");
            return Ok(contents);
        }
        for index in 0..archive.len() {
            let Ok(mut entry) = archive.by_index(index) else {
                self.fails("archive", &format!("entry {index}"), "unreadable");
                continue;
            };
            let Ok(name) = entry.name().map(std::borrow::Cow::into_owned) else {
                self.fails("archive", &format!("entry {index}"), "bad_name");
                continue;
            };
            let in_memory = !name.starts_with("evidence/");
            let bad = entry.compression() != CompressionMethod::Stored
                || in_memory && entry.size() > MEMORY_FILE_BYTES_MAX;
            if bad || contents.hashes.contains_key(&name) {
                self.fails("archive", &name, "not_a_plain_file");
                continue;
            }
            let mut read = Reading::default();
            let mut kept = Vec::new();
            let copied = read.all(&mut entry, in_memory.then_some(&mut kept));
            if copied.is_err() {
                self.fails("archive", &name, "damaged");
            }
            contents.hashes.insert(name.clone(), read.entry(name.clone()));
            if in_memory {
                contents.files.insert(name, kept);
            }
        }
        Ok(contents)
    }

    fn manifest(&mut self, contents: &Contents, comment: &Comment) -> Option<Manifest> {
        let Some(bytes) = contents.files.get(MANIFEST) else {
            self.fails("manifest", MANIFEST, "missing");
            return None;
        };
        let same = <[u8; 32]>::from(Sha256::digest(bytes)) == comment.manifest;
        self.judge("manifest", same, MANIFEST, "altered");
        let manifest: Option<Manifest> = serde_json::from_slice(bytes).ok();
        let known = manifest.filter(|found| found.format == FORMAT && found.version <= VERSION);
        if known.is_none() {
            self.fails("manifest", MANIFEST, "not_of_a_known_version");
        }
        known
    }

    /// Every file is as the manifest says, and there is no other.
    fn files(&mut self, contents: &Contents, manifest: &Manifest) {
        let mut good = true;
        let mut listed = BTreeSet::from([MANIFEST]);
        for file in &manifest.files {
            listed.insert(&file.name);
            let why = match contents.hashes.get(&file.name) {
                None => Some("missing"),
                Some(found) if found == file => None,
                Some(_) => Some("altered"),
            };
            if let Some(why) = why {
                good = false;
                self.fails("files", &file.name, why);
            }
        }
        for name in contents.hashes.keys().filter(|name| !listed.contains(name.as_str())) {
            good = false;
            self.fails("files", name, "not_listed");
        }
        if good {
            self.holds("files");
        }
    }

    /// The exporter signed every byte. Where every file is good and this is not, something between
    /// the files was changed.
    fn archive_seal(&mut self, holds: bool) {
        let elsewhere = self.checks.iter().any(|check| !check.ok);
        let place =
            if elsewhere { "a file named above" } else { "between the files, or the comment" };
        self.judge("archive", holds, place, "not_as_it_was_signed");
    }

    fn community(&mut self, manifest: &Manifest, root: Option<&DeviceId>) -> Option<CommunityId> {
        let stated = from_hex(&manifest.root).map(DeviceId);
        let community = stated.map(|root| CommunityId::derive(&root));
        let same = community.is_some_and(|derived| derived.to_string() == manifest.community);
        self.judge("root", same, MANIFEST, "not_the_communitys");
        if let Some(root) = root {
            self.judge("root given", stated == Some(*root), MANIFEST, "another_community");
        }
        community.filter(|_| same)
    }

    /// Membership as the statements say, each signed by its device and of this community.
    fn statements(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        community: CommunityId,
    ) -> Membership {
        let mut membership = Membership::new(community);
        let mut parcels: Vec<VerifiedParcel> = Vec::new();
        let before = self.checks.len();
        for name in &manifest.statements {
            match parcel_in(contents, name) {
                Err(why) => self.fails("statements", name, why),
                Ok(parcel) if parcel.header().community != community => {
                    self.fails("statements", name, "certificate_of_another_community");
                }
                Ok(parcel) => parcels.push(parcel),
            }
        }
        // One that this version can't read has no effect anywhere.
        let readable = parcels.iter().filter(|one| floorwalk_wire::Statement::read(one).is_ok());
        if membership.extend(readable).is_err() {
            self.fails("statements", MANIFEST, "malformed");
        }
        let root = membership.root().map(|root| root.to_string());
        if root.as_deref() != Some(&manifest.root) {
            self.fails("statements", MANIFEST, "founding_is_missing");
        }
        if self.checks.len() == before {
            self.holds("statements");
        }
        match &manifest.statements_receipt {
            Some(receipt) => {
                let here: BTreeSet<String> =
                    parcels.iter().map(|parcel| parcel.id().to_string()).collect();
                check_statements_receipt(self, manifest, &community, receipt, &here);
            }
            None => self.notes.push("no relay says that these are all statements".to_owned()),
        }
        membership
    }

    /// The document out of its changes: each attested by a device that had the right to it.
    fn document(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        membership: &Membership,
    ) -> Option<Complaint> {
        let id: Option<DocumentId> = manifest.document.parse().ok();
        let scope: Option<ScopeId> = manifest.scope.parse().ok();
        let fits = |(id, scope): &(DocumentId, ScopeId)| id.is_of(&scope.0);
        let Some((id, _)) = id.zip(scope).filter(fits) else {
            self.fails("document", MANIFEST, "no_document_of_this_scope");
            return None;
        };
        let mut writers = Writers::new();
        let mut attested: BTreeMap<String, DeviceId> = BTreeMap::new();
        for entry in &manifest.parcels {
            let Some(signed) = self.parcel(contents, manifest, entry) else { continue };
            check_signer(self, membership, &signed, &entry.file);
            if let Some(receipt) = &entry.receipt {
                check_receipt(self, manifest, &signed, receipt, &entry.file);
            } else {
                self.notes.push(format!("no receipt of the relay yet: {}", entry.file));
            }
            let header = signed.parcel.header();
            writers.insert(derive_actor(&header.device.0, &header.generation.0), header.device);
            let changes = self.attested(contents, manifest, (&id, entry), &signed);
            attested.extend(changes.into_iter().map(|hash| (hash, header.device)));
        }
        let document = self.changes(contents, manifest, (&id, &writers), &attested)?;
        let authors = |actor: &floorwalk_complaint::Actor| {
            let device = writers.get(actor)?;
            let role = Role::from_code(membership.member(device)?.role.0)?;
            Some(Author { device: device.0, role })
        };
        Some(document.fold(&authors))
    }

    fn parcel(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        entry: &ParcelEntry,
    ) -> Option<Signed> {
        match parcel_in(contents, &entry.file) {
            Err(why) => {
                self.fails("parcels", &entry.file, why);
                None
            }
            Ok(parcel) => {
                let header = parcel.header();
                let here = header.community.to_string() == manifest.community
                    && header.scope.to_string() == manifest.scope;
                self.judge("parcels", here, &entry.file, "of_another_scope_or_community");
                here.then(|| Signed::of(parcel, entry))
            }
        }
    }

    /// The hashes of the changes that a parcel's device attested.
    fn attested(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        (id, entry): (&DocumentId, &ParcelEntry),
        signed: &Signed,
    ) -> Vec<String> {
        let files: BTreeMap<&str, &str> =
            manifest.changes.iter().map(|one| (one.hash.as_str(), one.file.as_str())).collect();
        let bytes = entry.changes.iter().map(|hash| {
            let file = files.get(hash.as_str())?;
            contents.files.get(*file).map(Vec::as_slice)
        });
        let Some(bytes) = bytes.collect::<Option<Vec<&[u8]>>>() else {
            self.fails("attestations", &entry.file, "a_change_is_missing");
            return Vec::new();
        };
        if entry.proof.is_none() {
            // It was cut by a version that attested nothing.
            self.fails("attestations", &entry.file, "nothing_attested");
            return Vec::new();
        }
        let heads = floorwalk_complaint::heads_of(&bytes).unwrap_or_default();
        let heads = heads.iter().map(|head| head.0).collect();
        let holds = signed.attests(AttestedDocument { document: id.0, heads });
        self.judge("attestations", holds, &entry.file, "not_what_the_device_signed");
        if holds { entry.changes.clone() } else { Vec::new() }
    }

    fn changes(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        (id, writers): (&DocumentId, &Writers),
        attested: &BTreeMap<String, DeviceId>,
    ) -> Option<Document> {
        let before = self.checks.len();
        let mut changes = Vec::new();
        for entry in &manifest.changes {
            let bytes = contents.files.get(&entry.file).cloned().unwrap_or_default();
            let hash = floorwalk_complaint::heads_of(&[&bytes]).unwrap_or_default();
            let same = hash.first().is_some_and(|hash| hash.to_string() == entry.hash);
            let device = attested.get(&entry.hash);
            let parsed = writers
                .iter()
                .filter(|(_, by)| device == Some(by))
                .find_map(|(actor, _)| RawChange::parse(bytes.clone(), *actor).ok());
            match (same, device, parsed) {
                (false, ..) => self.fails("changes", &entry.file, "altered"),
                (_, None, _) => self.fails("changes", &entry.file, "nobody_attested_it"),
                (_, _, None) => self.fails("changes", &entry.file, "of_another_writer"),
                (true, Some(_), Some(change)) => changes.push(change),
            }
        }
        let document = match Document::empty(DocumentKind::Complaint).admit(changes) {
            Admission::Admitted(admitted) => Some(admitted.document),
            Admission::Waiting { .. } => {
                self.fails("document", &id.to_string(), "changes_are_missing");
                None
            }
            Admission::Known | Admission::Refused(_) => {
                self.fails("document", &id.to_string(), "changes_do_not_fit");
                None
            }
        };
        if self.checks.len() == before {
            self.holds("document");
        }
        document
    }

    /// The manifest tells what the document says.
    fn told(&mut self, manifest: &Manifest, complaint: &Complaint) {
        let expected = told(complaint);
        if expected == manifest.complaint {
            return self.holds("events");
        }
        let ids = |told: &serde_json::Value| -> BTreeMap<String, String> {
            let events = told["events"].as_array().cloned().unwrap_or_default();
            let id = |event: &serde_json::Value| event["id"].as_str().unwrap_or("?").to_owned();
            events.iter().map(|event| (id(event), event.to_string())).collect()
        };
        let (here, there) = (ids(&expected), ids(&manifest.complaint));
        let mut found = false;
        for id in here.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
            let why = match (here.get(id), there.get(id)) {
                (Some(a), Some(b)) if a == b => continue,
                (Some(_), Some(_)) => "altered",
                (Some(_), None) => "removed",
                _ => "added",
            };
            found = true;
            self.fails("events", &format!("event {id}"), why);
        }
        if !found {
            self.fails("events", MANIFEST, "fields_or_narrative_altered");
        }
    }

    fn evidence(
        &mut self,
        contents: &Contents,
        manifest: &Manifest,
        (membership, community): (&Membership, &CommunityId),
        complaint: &Complaint,
    ) {
        let Ok(id) = manifest.document.parse::<DocumentId>() else { return };
        let mut left: BTreeMap<&str, _> =
            manifest.evidence.iter().map(|entry| (entry.hash.as_str(), entry)).collect();
        for (reference, evidence) in references(complaint) {
            let hash = reference.hash.to_string();
            let place = format!("evidence {hash}");
            let Some(entry) = left.remove(hash.as_str()) else {
                self.fails("evidence", &place, "removed");
                continue;
            };
            let device = evidence.author.map(|author| DeviceId(author.device));
            let genuine = device.is_some_and(|device| {
                membership.member(&device).is_some() && reference.verify(community, &id, &device)
            });
            let erased = complaint.erasures().contains_key(hash.as_str());
            let same = entry.facts == reference.facts_text
                && entry.erased.is_some() == erased
                && entry.signature == hex(&reference.signature)
                && device.is_some_and(|device| device.to_string() == entry.device);
            self.judge("evidence", genuine, &place, "not_what_the_device_signed");
            self.judge("evidence", same, &place, "altered");
            self.evidence_file(contents, &reference, entry, &place);
        }
        for hash in left.keys() {
            self.fails("evidence", &format!("evidence {hash}"), "added");
        }
    }

    /// The file of a piece of evidence is the one that was signed, or its smaller copy.
    fn evidence_file(
        &mut self,
        contents: &Contents,
        reference: &EvidenceRef,
        entry: &super::EvidenceEntry,
        place: &str,
    ) {
        let Some(name) = &entry.file else {
            let why = if entry.erased.is_some() { "was erased" } else { "was left out" };
            self.notes.push(format!("{place} {why}"));
            return;
        };
        let found = contents.hashes.get(name);
        let copy = reference.copy.as_ref().map(|copy| copy.sha256.to_string());
        let holds = match (&entry.copy, found) {
            (_, None) => false,
            (Some(_), Some(found)) => copy.as_ref() == Some(&found.sha256),
            (None, Some(found)) => {
                found.sha256 == reference.facts.sha256
                    && found.blake3 == reference.facts.blake3
                    && found.bytes == reference.facts.bytes
            }
        };
        self.judge("evidence", holds, &format!("{place}: {name}"), "not_the_photo_that_was_signed");
        if entry.copy.is_some() {
            self.notes.push(format!("{place} is a smaller copy"));
        }
    }

    fn holds(&mut self, what: &str) {
        let what = what.to_owned();
        self.checks.push(Check { what, ok: true, place: None, why: None });
    }

    fn fails(&mut self, what: &str, place: &str, why: &str) {
        let (place, why) = (Some(place.to_owned()), Some(why.to_owned()));
        self.checks.push(Check { what: what.to_owned(), ok: false, place, why });
    }

    fn judge(&mut self, what: &str, holds: bool, place: &str, why: &str) {
        if holds { self.holds(what) } else { self.fails(what, place, why) }
    }

    fn check(&mut self, what: &str, holds: bool, place: &str) {
        self.judge(what, holds, place, "altered");
    }
}

fn parcel_in(contents: &Contents, name: &str) -> Result<VerifiedParcel, &'static str> {
    let bytes = contents.files.get(name).ok_or("missing")?;
    let parcel = Parcel::parse(bytes.clone()).map_err(|_| "no_parcel")?;
    if !name.ends_with(&format!("{}.parcel", parcel.id())) {
        return Err("altered");
    }
    parcel.verify().map_err(|_| "not_signed_by_its_device")
}

/// The comment, which is the end of the file, and where it begins.
fn read_comment(file: &mut (impl Read + Seek)) -> io::Result<Option<(Comment, u64)>> {
    let size = file.seek(SeekFrom::End(0))?;
    let Some(before) = size.checked_sub(Comment::BYTES as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(before))?;
    let mut text = vec![0; Comment::BYTES];
    file.read_exact(&mut text)?;
    file.rewind()?;
    Ok(Comment::parse(&text).map(|comment| (comment, before)))
}

fn digest(file: &mut (impl Read + Seek), bytes: u64) -> io::Result<[u8; 32]> {
    let digest = sha256(&mut (&mut *file).take(bytes))?;
    file.rewind()?;
    Ok(digest)
}

/// Hashes a file as it is read.
#[derive(Default)]
struct Reading {
    sha256: Sha256,
    blake3: blake3::Hasher,
    bytes: u64,
}

impl Reading {
    fn all(&mut self, entry: &mut impl Read, mut kept: Option<&mut Vec<u8>>) -> io::Result<()> {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = entry.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            self.sha256.update(&piece[..read]);
            self.blake3.update(&piece[..read]);
            self.bytes += read as u64;
            if let Some(kept) = &mut kept {
                if self.bytes > MEMORY_FILE_BYTES_MAX {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                kept.extend_from_slice(&piece[..read]);
            }
        }
    }

    fn entry(self, name: String) -> FileEntry {
        FileEntry {
            name,
            bytes: self.bytes,
            sha256: hex(&self.sha256.finalize()),
            blake3: self.blake3.finalize().to_hex().to_string(),
        }
    }
}
