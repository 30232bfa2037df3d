// The screen on which a complaint is written down: the app's first.
//
// Owns the draft behind the screen. Invariants: what was typed is given to the library at once, and
// one save runs at a time, always with the newest text; recording waits for the saves before it;
// a failure never takes away what is on the screen.
// Left out: how it looks, and where photos come from.

import Floorwalk
import Foundation
import Observation

/// What the capture screen shows and does.
@MainActor
@Observable
public final class CaptureModel {
    /// What can be typed. Empty means not known.
    public struct Fields: Sendable, Equatable {
        /// The building's name.
        public var building = ""
        /// The room.
        public var room = ""
        /// What happened, in the person's words.
        public var text = ""
        /// The person's name.
        public var complainant = ""
        /// The person's telephone.
        public var phone = ""
        /// The channel's key.
        public var channel = ""
        /// The category's key.
        public var category = ""
        /// The severity's key.
        public var severity = ""
        /// Who is complained about.
        public var respondent = ""
        /// What the person demands.
        public var demand = ""
        /// What was done about it before.
        public var reportedBefore = ""

        /// Nothing typed.
        public init() {}
    }

    /// Where what was typed is.
    public enum Keeping: Sendable, Equatable {
        /// Nothing was typed yet.
        case nothing
        /// It is on its way to the disk.
        case saving
        /// It is on the disk.
        case saved
        /// It could not be kept; the next change tries again.
        case failed(FloorwalkFailure)
    }

    /// What is on the screen. Every change is kept at once.
    public var fields = Fields() {
        didSet { if fields != oldValue && !isLoading { keep() } }
    }
    /// Where it is.
    public private(set) var keeping = Keeping.nothing
    /// The photos of the draft.
    public private(set) var photos: [DraftPhoto] = []
    /// Fields that the regulation wants and that are empty.
    public private(set) var missing: [Chip] = []
    /// What was recorded last, for a word of thanks with its number.
    public private(set) var recorded: Recorded?
    /// Whether the draft is just becoming a complaint. What is typed meanwhile is the next one's.
    public private(set) var isRecording = false
    /// Why the last photo or recording failed.
    public private(set) var failure: FloorwalkFailure?

    private let replica: Replica
    private let language: Language
    private var draft: String?
    private var isLoading = false
    private var isSaved = true
    private var saving: Task<Void, Never>?

    /// The screen of a replica.
    public init(replica: Replica, language: Language = .preferred) {
        self.replica = replica
        self.language = language
    }

    /// Whether there is enough to record: words, or a photo.
    public var canRecord: Bool {
        !isRecording && !fields.building.isEmpty
            && (!fields.text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
                || !photos.isEmpty)
    }

    /// Shows the newest draft, as after a kill; without one, an empty screen for a building. A draft
    /// whose recording was cut short is recorded to its end.
    public func restore(building: String = "") async {
        var cutShort: [Draft] = []
        await attempt {
            let drafts = try await self.replica.drafts()
            cutShort = drafts.filter { $0.recorded != nil }
            if let newest = drafts.first(where: { $0.recorded == nil }) {
                self.show(newest)
            } else if self.fields.building.isEmpty {
                self.load { $0.building = building }
            }
        }
        for draft in cutShort {
            await attempt { self.recorded = try await self.replica.recordDraft(draft.id) }
        }
    }

    /// Takes a photo into the draft; the file may be deleted when this returns.
    public func addPhoto(_ file: URL) async {
        await attempt {
            let draft = try await self.draftToAddTo()
            self.take(try await self.replica.attach(file, toDraft: draft))
        }
    }

    /// Takes a photo out of the draft.
    public func removePhoto(_ photo: DraftPhoto) async {
        guard let draft else { return }
        await attempt {
            self.take(try await self.replica.removePhoto(photo.id, fromDraft: draft))
        }
    }

    /// Makes the draft a complaint, and the screen ready for the next one in the same building.
    public func record() async {
        guard !isRecording else { return }
        await attempt {
            let draft = try await self.draftToAddTo()
            let typed = self.fields
            self.isRecording = true
            defer {
                self.isRecording = false
                if !self.isSaved { self.keep() }
            }
            self.recorded = try await self.replica.recordDraft(draft)
            if self.fields == typed { self.clear() } else { self.leaveDraft() }
        }
    }

    /// Throws the draft away.
    public func discard() async {
        await attempt {
            await self.settle()
            if let draft = self.draft { try await self.replica.discardDraft(draft) }
            self.recorded = nil
            self.clear()
        }
    }

    /// Waits until what is on the screen is kept, or could not be.
    public func settle() async {
        while let saving { await saving.value }
    }

    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
            failure = nil
        } catch {
            failure = FloorwalkFailure(error)
        }
    }

    private func keep() {
        isSaved = false
        keeping = .saving
        guard saving == nil, !isRecording else { return }
        saving = Task { await self.saveUntilNothingIsNew() }
    }

    private func saveUntilNothingIsNew() async {
        defer { saving = nil }
        while !isSaved {
            isSaved = true
            do {
                take(try await replica.saveDraft(fields.complaint, id: draft))
                if isSaved { keeping = .saved }
            } catch {
                keeping = .failed(error)
            }
        }
    }

    /// The draft with all that was typed; there is one saver, so that two never begin a draft each.
    private func draftToAddTo() async throws(FloorwalkFailure) -> String {
        await settle()
        if draft == nil {
            keep()
            await settle()
        }
        if case .failed(let failure) = keeping { throw failure }
        guard let draft else { throw FloorwalkFailure(CancellationError()) }
        return draft
    }

    private func take(_ draft: Draft) {
        self.draft = draft.id
        photos = draft.photos
        missing = Chip.of(draft.missing, .field, in: language)
    }

    private func show(_ draft: Draft) {
        load { $0 = Fields(draft.complaint) }
        take(draft)
        keeping = .saved
    }

    private func clear() {
        leaveDraft()
        isSaved = true
        keeping = .nothing
        let building = fields.building
        load { fields in
            fields = Fields()
            fields.building = building
        }
    }

    private func leaveDraft() {
        draft = nil
        photos = []
        missing = []
    }

    /// Changes the screen without that being somebody's typing.
    private func load(_ change: (inout Fields) -> Void) {
        isLoading = true
        defer { isLoading = false }
        change(&fields)
    }
}

extension CaptureModel.Fields {
    init(_ complaint: NewComplaint) {
        building = complaint.building
        room = complaint.room
        text = complaint.text
        complainant = complaint.complainant ?? ""
        phone = complaint.phone ?? ""
        channel = complaint.channel ?? ""
        category = complaint.category ?? ""
        severity = complaint.severity ?? ""
        respondent = complaint.respondent ?? ""
        demand = complaint.demand ?? ""
        reportedBefore = complaint.reportedBefore ?? ""
    }

    /// As the library takes it: what is empty is not known.
    var complaint: NewComplaint {
        NewComplaint(
            building: building, room: room, text: text,
            complainant: complainant.known, phone: phone.known, channel: channel.known,
            category: category.known, severity: severity.known, respondent: respondent.known,
            demand: demand.known, reportedBefore: reportedBefore.known)
    }
}

extension String {
    fileprivate var known: String? { isEmpty ? nil : self }
}
