// The screen with the complaints of one's own building.
//
// Invariant: what is shown is the library's newest state, also when a look failed in between.
// Left out: how a row looks.

import Floorwalk
import Observation

/// What the list shows.
@MainActor
@Observable
public final class ListModel {
    /// A complaint as a row.
    public struct Row: Sendable, Equatable, Identifiable {
        /// The complaint.
        public let complaint: ComplaintRow
        /// Its stage.
        public let stage: Chip
        /// The four steps.
        public let steps: [DeliveryStep]

        /// The document's id names it.
        public var id: String { complaint.id }

        /// How many of its photos have left the phone, such as `1/2`; nil without photos.
        public var photos: String? {
            let total = complaint.photosTotal
            return total == 0 ? nil : "\(complaint.photosSent)/\(total)"
        }
    }

    /// The rows, newest first; nil until the first look.
    public private(set) var rows: [Row]?
    /// Why they can't be shown anew; they are the last that could be.
    public private(set) var failure: FloorwalkFailure?
    /// The buildings to choose from.
    public private(set) var buildings: [String] = []
    /// The building that is shown; nil for all. Watch again after changing it.
    public var building: String?

    private let replica: Replica
    private let language: Language

    /// The list of a replica.
    public init(replica: Replica, building: String? = nil, language: Language = .preferred) {
        self.replica = replica
        self.building = building
        self.language = language
    }

    /// Follows the list until the task is cancelled: give it to SwiftUI's `task(id:
    /// model.building)`.
    public func watch() async {
        if let community = try? await replica.community() {
            buildings = community.buildings.map(\.name)
        }
        for await seen in replica.complaints(ListQuery(building: building)) {
            switch seen {
            case .success(let complaints):
                rows = complaints.map(row)
                failure = nil
            case .failure(let failure):
                self.failure = failure
            }
        }
    }

    private func row(_ complaint: ComplaintRow) -> Row {
        Row(
            complaint: complaint,
            stage: Chip(complaint.stage, of: .stage, in: language),
            steps: DeliveryStep.of(complaint.delivery, in: language))
    }
}
