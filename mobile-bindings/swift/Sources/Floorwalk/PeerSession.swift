// A session with another device without a relay, as messages in and out.
//
// Invariant: messages are opaque and sealed; whoever carries them can read nothing.
// Left out: the carrier. The app brings Multipeer Connectivity, Network.framework or Bluetooth.

import FloorwalkGenerated
import Foundation

/// One end of a sync between two devices of a community.
///
/// Both sides do the same: send what ``next()`` gives until it gives nothing, hand what arrives to
/// ``receive(_:)``, and so on until both are done. It ends when the last reference to it goes away,
/// and when the app is suspended; what was taken in until then is kept.
public final class PeerSession: Sendable {
    private let channel: FloorwalkGenerated.PeerChannel

    init(_ channel: FloorwalkGenerated.PeerChannel) {
        self.channel = channel
    }

    /// The next bytes for the other device, in order; nil when it is the other side's turn.
    public func next() async throws(FloorwalkFailure) -> Data? {
        try await translating { try await self.channel.next() }
    }

    /// Takes in bytes as they arrived, in order and in pieces of any size.
    public func receive(_ bytes: Data) async throws(FloorwalkFailure) {
        try await translating { try await self.channel.receive(bytes: bytes) }
    }

    /// Whether both sides have all that they can have from each other.
    public func isDone() async throws(FloorwalkFailure) -> Bool {
        try await translating { try await self.channel.isDone() }
    }

    /// What was exchanged until now.
    public func report() async throws(FloorwalkFailure) -> SyncReport {
        try await translating { try await self.channel.report() }
    }
}
