/*
 * The plain data that goes in and out. Owns the public names of the generated records.
 *
 * They are the generated classes themselves, under names of this package: immutable values without
 * behaviour, documented in the facade. A second set of forty classes and their copying would say
 * the same things twice and lag behind. What has behaviour (the handle, errors, listeners,
 * outcomes of a sync) is wrapped by hand, and nobody needs to name the package
 * `dev.floorwalk.ffi`.
 */
package dev.floorwalk

/** What joining a community gave this device. */
public typealias Joined = dev.floorwalk.ffi.Joined

/** A building of the community. */
public typealias Building = dev.floorwalk.ffi.Building

/** The community as this device knows it. */
public typealias Community = dev.floorwalk.ffi.Community

/** A complaint as it is recorded, or kept as a draft while it is typed. */
public typealias NewComplaint = dev.floorwalk.ffi.NewComplaint

/** An event as it is made: its kind, and what it sets. */
public typealias NewEvent = dev.floorwalk.ffi.NewEvent

/** What an event sets; one of [TextValue], [NumberValue], [FlagValue], [OtherValue]. */
public typealias Value = dev.floorwalk.ffi.Value

/** Words that an event sets. */
public typealias TextValue = dev.floorwalk.ffi.Value.Text

/** A number that an event sets. */
public typealias NumberValue = dev.floorwalk.ffi.Value.Number

/** A yes or no that an event sets. */
public typealias FlagValue = dev.floorwalk.ffi.Value.Flag

/** Something that an event sets and that is none of the others, as JSON. */
public typealias OtherValue = dev.floorwalk.ffi.Value.Other

/** What recording gave: the number is the complaint's for ever, also before any sync. */
public typealias Recorded = dev.floorwalk.ffi.Recorded

/** What an act gave. */
public typealias Acted = dev.floorwalk.ffi.Acted

/** How a photo is attached. */
public typealias AttachOptions = dev.floorwalk.ffi.AttachOptions

/** What attaching gave. */
public typealias Attached = dev.floorwalk.ffi.Attached

/** A complaint that is being typed: kept at once, and nobody else's yet. */
public typealias Draft = dev.floorwalk.ffi.Draft

/** A photo of a draft. */
public typealias DraftPhoto = dev.floorwalk.ffi.DraftPhoto

/** What to list. */
public typealias ListQuery = dev.floorwalk.ffi.ListQuery

/** A complaint in a list. */
public typealias ComplaintRow = dev.floorwalk.ffi.ComplaintRow

/**
 * How far a complaint or a photo has come: saved on this device, sent, received by the office,
 * accepted.
 */
public typealias Delivery = dev.floorwalk.ffi.Delivery

/** All of a complaint. */
public typealias Complaint = dev.floorwalk.ffi.Complaint

/** Something that happened to a complaint. */
public typealias EventInfo = dev.floorwalk.ffi.EventInfo

/** A photo or other evidence of a complaint. */
public typealias EvidenceInfo = dev.floorwalk.ffi.EvidenceInfo

/** What the adopted regulation asks of somebody, and until when. */
public typealias Duty = dev.floorwalk.ffi.Duty

/** What the regulation says against something. */
public typealias Refusal = dev.floorwalk.ffi.Refusal

/** What is to be raised to a higher level. */
public typealias Escalation = dev.floorwalk.ffi.Escalation

/** A kind of event that may happen next, and who may do it. */
public typealias AllowedKind = dev.floorwalk.ffi.AllowedKind

/** What a sync did. */
public typealias SyncReport = dev.floorwalk.ffi.SyncReport

/** What syncing does at this moment. */
public typealias SyncPhase = dev.floorwalk.ffi.SyncPhase

/** How much of a running sync is done. */
public typealias SyncProgress = dev.floorwalk.ffi.SyncProgress

/** What a sync may move, and in which order. */
public typealias SyncOptions = dev.floorwalk.ffi.SyncOptions

/** What has not been sent, and what the person should know. */
public typealias Status = dev.floorwalk.ffi.Status

/** What a bundle file held. */
public typealias BundleReport = dev.floorwalk.ffi.BundleReport

/** What was found and put right. */
public typealias RepairReport = dev.floorwalk.ffi.RepairReport

/** A piece of evidence that was written to a file. */
public typealias SavedEvidence = dev.floorwalk.ffi.SavedEvidence

/** Whose turn it is after an error. */
public typealias ErrorKind = dev.floorwalk.ffi.ErrorKind

/** What the person can do after an error. */
public typealias UserAction = dev.floorwalk.ffi.UserAction

/** A language that words are shown in. */
public typealias Language = dev.floorwalk.ffi.Language

/** What a key names: a stage, a role, a field and so on. */
public typealias WordKind = dev.floorwalk.ffi.WordKind

/** How grave a line of the log is. */
public typealias LogLevel = dev.floorwalk.ffi.LogLevel
