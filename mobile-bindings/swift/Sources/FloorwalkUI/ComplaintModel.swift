// The screen of one complaint: how far it and each photo has come, what is missing, what is due.
//
// Invariant: everything here follows from the one record that the library told last.
// Left out: how it looks.

import Floorwalk
import Foundation
import Observation

/// What the screen of one complaint shows and does.
@MainActor
@Observable
public final class ComplaintModel {
    /// The complaint as it is now; nil until the first look.
    public private(set) var complaint: Complaint?
    /// Why it can't be shown anew, or why the last change was refused.
    public private(set) var failure: FloorwalkFailure?

    private let replica: Replica
    private let id: String
    private let language: Language

    /// The screen of a complaint, by its number or id.
    public init(replica: Replica, complaint id: String, language: Language = .preferred) {
        self.replica = replica
        self.id = id
        self.language = language
    }

    /// Follows the complaint until the task is cancelled.
    public func watch() async {
        for await seen in replica.changes(of: id) {
            switch seen {
            case .success(let complaint):
                self.complaint = complaint
                failure = nil
            case .failure(let failure):
                self.failure = failure
            }
        }
    }

    /// The four steps of the complaint.
    public var steps: [DeliveryStep] {
        complaint.map { DeliveryStep.of($0.delivery, in: language) } ?? []
    }

    /// Fields that the regulation wants and that are empty.
    public var missing: [Chip] {
        Chip.of(complaint?.missing ?? [], .field, in: language)
    }

    /// Its photos and papers, each with its own steps.
    public var photos: [Photo] {
        (complaint?.evidence ?? []).map { Photo(evidence: $0, language: language) }
    }

    /// What somebody has to do by the regulation: first what is open, by when it is due.
    public var duties: [DutyLine] {
        let lines = (complaint?.duties ?? []).map { DutyLine(duty: $0, language: language) }
        return lines.sorted { one, other in
            if one.duty.open != other.duty.open { return one.duty.open }
            return (one.duty.dueAtMs ?? .max) < (other.duty.dueAtMs ?? .max)
        }
    }

    /// Fields that were changed in two places at once, with all their values to choose from.
    public var conflicts: [Conflict] {
        let all = complaint?.conflicts ?? [:]
        return all.keys.sorted().map { key in
            Conflict(field: Chip(key, of: .field, in: language), values: all[key] ?? [])
        }
    }

    /// Fills a field, or chooses among values of a conflict.
    public func set(_ field: String, to value: String) async {
        await attempt { try await self.replica.edit(self.id, fields: [field: value]) }
    }

    /// Says what happened.
    public func act(_ event: NewEvent) async {
        await attempt { _ = try await self.replica.act(on: self.id, event) }
    }

    /// Attaches a photo.
    public func addPhoto(_ file: URL) async {
        await attempt { _ = try await self.replica.attach(file, to: self.id) }
    }

    /// The preview of a photo: a small JPEG.
    public func preview(of photo: Photo) async -> Data? {
        (try? await replica.preview(of: photo.id, in: id)) ?? nil
    }

    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
            failure = nil
        } catch {
            failure = FloorwalkFailure(error)
        }
    }
}

/// A photo of a complaint, as it is shown.
public struct Photo: Sendable, Equatable, Identifiable {
    /// What is known of it.
    public let evidence: EvidenceInfo
    let language: Language

    /// Its hash names it.
    public var id: String { evidence.hash }
    /// Its steps: saved, sent, received.
    public var steps: [DeliveryStep] {
        DeliveryStep.of(evidence.delivery, in: language, isPhoto: true)
    }
    /// What it is, in a word.
    public var kind: String { WordKind.evidenceKind.word(for: evidence.kind, in: language) }
}

/// A duty, as it is shown.
public struct DutyLine: Sendable, Equatable, Identifiable {
    /// The duty.
    public let duty: Duty
    let language: Language

    /// The duty's key and beginning name it.
    public var id: String { "\(duty.key) \(duty.startsAt)" }
    /// What is to be done.
    public var title: String {
        switch language {
        case .chinese: duty.chinese
        case .english: duty.english
        }
    }
    /// Who has to.
    public var by: String { WordKind.role.word(for: duty.by, in: language) }
    /// How it stands, in a word.
    public var status: String { WordKind.duty.word(for: duty.status, in: language) }
    /// The first moment that is too late; nil where the regulation names none.
    public var dueAt: Date? {
        duty.dueAtMs.map { Date(timeIntervalSince1970: Double($0) / 1_000) }
    }
    /// Whether it is late and still to be done.
    public var isOverdue: Bool { duty.status == "overdue" && duty.open }
}

/// A field with more than one value.
public struct Conflict: Sendable, Equatable, Identifiable {
    /// The field.
    public let field: Chip
    /// The values that people gave it at once.
    public let values: [String]

    /// The field's key names it.
    public var id: String { field.key }
}
