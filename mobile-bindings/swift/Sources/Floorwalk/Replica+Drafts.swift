// Drafts: what is being typed, kept at once.
//
// Invariant: a draft that was saved is there after a kill, and becomes one complaint or none.
// Left out: when to save, which FloorwalkUI's capture model decides.

import FloorwalkGenerated
import Foundation

extension Replica {
    /// Keeps what has been typed: a new draft where no id is given.
    public func saveDraft(
        _ complaint: NewComplaint, id: String? = nil
    ) async throws(FloorwalkFailure) -> Draft {
        try await translating { try await self.library.saveDraft(draft: id, complaint: complaint) }
    }

    /// Takes a photo into a draft; the file itself may be deleted when this returns.
    public func attach(
        _ file: URL, toDraft id: String
    ) async throws(FloorwalkFailure) -> Draft {
        try await translating { try await self.library.attachToDraft(draft: id, path: file.path) }
    }

    /// Takes a photo out of a draft.
    public func removePhoto(
        _ photo: String, fromDraft id: String
    ) async throws(FloorwalkFailure) -> Draft {
        try await translating { try await self.library.removeFromDraft(draft: id, photo: photo) }
    }

    /// All drafts.
    public func drafts() async throws(FloorwalkFailure) -> [Draft] {
        try await translating { try await self.library.drafts() }
    }

    /// Throws a draft away, with its photos.
    public func discardDraft(_ id: String) async throws(FloorwalkFailure) {
        try await translating { try await self.library.discardDraft(draft: id) }
    }

    /// Records a draft: once and whole, also when the process is killed meanwhile.
    public func recordDraft(_ id: String) async throws(FloorwalkFailure) -> Recorded {
        try await translating { try await self.library.recordDraft(draft: id) }
    }
}
