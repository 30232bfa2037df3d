// The plain data that goes in and out: immutable, Sendable, Equatable.
//
// Owns only names: the types are generated from the Rust records, where each field is documented.
// Left out: everything generated that is not plain data, which stays inside of this module.

import FloorwalkGenerated

/// A complaint as it is recorded. What is not known yet is left out.
public typealias NewComplaint = FloorwalkGenerated.NewComplaint
/// An event as it is made: what happened to a complaint.
public typealias NewEvent = FloorwalkGenerated.NewEvent
/// A particular of an event.
public typealias Value = FloorwalkGenerated.Value
/// What became of recording: the number, and the fields that the regulation still wants.
public typealias Recorded = FloorwalkGenerated.Recorded
/// What became of an act.
public typealias Acted = FloorwalkGenerated.Acted
/// How a file is taken in.
public typealias AttachOptions = FloorwalkGenerated.AttachOptions
/// A piece of evidence that was taken in.
public typealias Attached = FloorwalkGenerated.Attached
/// A complaint that is being written: kept over kills, sent to nobody.
public typealias Draft = FloorwalkGenerated.Draft
/// A photo of a draft.
public typealias DraftPhoto = FloorwalkGenerated.DraftPhoto
/// What to list.
public typealias ListQuery = FloorwalkGenerated.ListQuery
/// A complaint in a list.
public typealias ComplaintRow = FloorwalkGenerated.ComplaintRow
/// How far something has come: saved here, sent, received by the office, accepted.
public typealias Delivery = FloorwalkGenerated.Delivery
/// All of a complaint.
public typealias Complaint = FloorwalkGenerated.Complaint
/// An event as it is shown.
public typealias EventInfo = FloorwalkGenerated.EventInfo
/// A piece of evidence as it is shown.
public typealias EvidenceInfo = FloorwalkGenerated.EvidenceInfo
/// A duty by the regulation that the complaint was received under.
public typealias Duty = FloorwalkGenerated.Duty
/// What stands in the way by the regulation.
public typealias Refusal = FloorwalkGenerated.Refusal
/// What is to be raised to a higher level.
public typealias Escalation = FloorwalkGenerated.Escalation
/// What may be done next, and by whom.
public typealias AllowedKind = FloorwalkGenerated.AllowedKind
/// What became of joining.
public typealias Joined = FloorwalkGenerated.Joined
/// The community of this device.
public typealias Community = FloorwalkGenerated.Community
/// A building.
public typealias Building = FloorwalkGenerated.Building
/// How a sync ended.
public typealias SyncOutcome = FloorwalkGenerated.SyncOutcome
/// What a sync did.
public typealias SyncReport = FloorwalkGenerated.SyncReport
/// How the sync stands.
public typealias SyncState = FloorwalkGenerated.SyncState
/// What the sync is doing.
public typealias SyncPhase = FloorwalkGenerated.SyncPhase
/// How much of it is done.
public typealias SyncProgress = FloorwalkGenerated.SyncProgress
/// What a sync does about photos.
public typealias SyncOptions = FloorwalkGenerated.SyncOptions
/// How the replica stands.
public typealias Status = FloorwalkGenerated.Status
/// What a bundle file held.
public typealias BundleReport = FloorwalkGenerated.BundleReport
/// What a repair found and put right.
public typealias RepairReport = FloorwalkGenerated.RepairReport
/// A piece of evidence that was written to a file.
public typealias SavedEvidence = FloorwalkGenerated.SavedEvidence
/// How much a line of the log matters.
public typealias LogLevel = FloorwalkGenerated.LogLevel
/// A language of the words on the screen.
public typealias Language = FloorwalkGenerated.Language
/// What a key is the key of.
public typealias WordKind = FloorwalkGenerated.WordKind
/// Whose turn it is after a failure.
public typealias FailureKind = FloorwalkGenerated.ErrorKind
/// What a person can do about a failure.
public typealias UserAction = FloorwalkGenerated.UserAction
/// The phone's own store of keys, as the app hands it in.
public typealias Keychain = FloorwalkGenerated.Keychain
/// Why a store of keys could not serve.
public typealias KeychainError = FloorwalkGenerated.KeychainError
