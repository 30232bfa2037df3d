// Complaints: recording, acting, photos, lists, and watching them change.
//
// Invariant: when a call returns, its change is on the disk; a power cut can't undo it.
// Left out: bringing anything to anybody, which is sync.

import FloorwalkGenerated
import Foundation

extension Replica {
    /// Records a complaint. Needs no signal.
    public func record(_ complaint: NewComplaint) async throws(FloorwalkFailure) -> Recorded {
        try await translating { try await self.library.record(complaint: complaint) }
    }

    /// Changes fields of a complaint, by their keys.
    public func edit(
        _ complaint: String, fields: [String: String]
    ) async throws(FloorwalkFailure) {
        try await translating { try await self.library.edit(complaint: complaint, fields: fields) }
    }

    /// Says what happened to a complaint.
    public func act(
        on complaint: String, _ event: NewEvent
    ) async throws(FloorwalkFailure) -> Acted {
        try await translating { try await self.library.act(complaint: complaint, event: event) }
    }

    /// Attaches a photo or another file. Its bytes are sealed and its hash signed before this
    /// returns; the file itself may be deleted then.
    public func attach(
        _ file: URL, to complaint: String, options: AttachOptions = AttachOptions()
    ) async throws(FloorwalkFailure) -> Attached {
        try await translating {
            try await self.library.attach(complaint: complaint, path: file.path, options: options)
        }
    }

    /// The preview of a photo: a small JPEG. Nil where it has not arrived or was erased.
    public func preview(
        of hash: String, in complaint: String
    ) async throws(FloorwalkFailure) -> Data? {
        try await translating { try await self.library.preview(complaint: complaint, hash: hash) }
    }

    /// Writes what is here of a complaint's photos and papers into a folder.
    public func saveEvidence(
        of complaint: String, to folder: URL
    ) async throws(FloorwalkFailure) -> [SavedEvidence] {
        try await translating {
            try await self.library.saveEvidence(complaint: complaint, folder: folder.path)
        }
    }

    /// Complaints, newest first.
    public func list(
        _ query: ListQuery = ListQuery()
    ) async throws(FloorwalkFailure) -> [ComplaintRow] {
        try await translating { try await self.library.list(query: query) }
    }

    /// How many complaints are here.
    public func count() async throws(FloorwalkFailure) -> UInt64 {
        try await translating { try await self.library.count() }
    }

    /// All of a complaint, by its number or its id.
    public func show(_ complaint: String) async throws(FloorwalkFailure) -> Complaint {
        try await translating { try await self.library.show(complaint: complaint) }
    }

    /// A list as it changes.
    public func complaints(_ query: ListQuery = ListQuery()) -> Changes<Seen<[ComplaintRow]>> {
        let library = library
        return Changes { library.observeList(query: query, listener: $0) }
    }

    /// One complaint as it changes.
    public func changes(of complaint: String) -> Changes<Seen<Complaint>> {
        let library = library
        return Changes { library.observeComplaint(complaint: complaint, listener: $0) }
    }
}
