// One device's replica: the entry of this package.
//
// Owns opening, the life of the database, membership, and what a repair does. Invariants: opening
// reads nothing; every call may be made from any task; a call that changes something is done wholly
// or not at all, also when its task is cancelled.
// Left out: complaints, drafts and sync, which have files of their own beside this one.

import FloorwalkGenerated
import Foundation

/// One device's replica: what it may read of its community, and what it has not sent yet.
///
/// Keep one for each folder, for the life of the app. All calls are `async`, do their work on
/// threads of the library and hold up none of the caller's. Before iOS freezes the app, call
/// ``suspend()``; see <doc:SuspendAndResume>.
public final class Replica: Sendable {
    let library: FloorwalkGenerated.Floorwalk
    let syncWaiters = SyncWaiters()

    /// Takes a folder of the app's own and the phone's store of keys. Returns at once and reads
    /// nothing: the first call opens the database, and throws what opening does (`keys_missing`,
    /// `store_damaged`, `newer_store`).
    public init(folder: URL, keychain: any Keychain) {
        library = .open(folder: folder.path, keychain: keychain)
    }

    // MARK: Life

    /// Ends syncs, finishes what is being written, and releases the database, so that the system
    /// may freeze the process. Calls fail with `suspended` until ``resume()``; loops over
    /// ``Changes`` stay.
    public func suspend() async throws(FloorwalkFailure) {
        try await translating { try await self.library.suspend() }
    }

    /// Allows calls again after ``suspend()``.
    public func resume() async throws(FloorwalkFailure) {
        try await translating { try await self.library.resume() }
    }

    /// Finishes what runs and closes the database for good. Every later call fails with
    /// `shut_down`.
    public func shutdown() async throws(FloorwalkFailure) {
        try await translating { try await self.library.shutdown() }
    }

    // MARK: Membership

    /// Whether this device belongs to a community.
    public func isMember() async throws(FloorwalkFailure) -> Bool {
        try await translating { try await self.library.isMember() }
    }

    /// Joins a community by an invitation's link, which works once.
    public func join(link: String) async throws(FloorwalkFailure) -> Joined {
        try await translating { try await self.library.join(link: link) }
    }

    /// The community, with the buildings that this device may see.
    public func community() async throws(FloorwalkFailure) -> Community {
        try await translating { try await self.library.community() }
    }

    // MARK: Care

    /// What has not been sent, and what the person should know.
    public func status() async throws(FloorwalkFailure) -> Status {
        try await translating { try await self.library.status() }
    }

    /// How this replica is, as JSON for a support ticket: versions, counts, states and codes; no
    /// word of a complaint, no name, no number and no key.
    public func diagnostics() async throws(FloorwalkFailure) -> String {
        try await translating { try await self.library.diagnostics() }
    }

    /// Checks everything, makes documents and lists anew from the parcels, and puts a fresh
    /// database in the place of a damaged one. The next sync brings the rest.
    public func repair() async throws(FloorwalkFailure) -> RepairReport {
        try await translating { try await self.library.repair() }
    }

    /// The version of the library.
    public static var version: String { FloorwalkGenerated.version() }
}
