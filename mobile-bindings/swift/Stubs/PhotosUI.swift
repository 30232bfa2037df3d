// A stub for checking types; see README.md.

import Foundation
import SwiftUI

public struct PhotosPickerItem: Equatable, Hashable, Sendable {
    public func loadTransferable<Thing>(type: Thing.Type) async throws -> Thing? { nil }
}

public struct PHPickerFilter: Sendable {
    public static let images = PHPickerFilter()
}

public struct PhotosPicker<Content: View>: View {
    public init(
        selection: Binding<[PhotosPickerItem]>, matching: PHPickerFilter? = nil,
        @ViewBuilder label: () -> Content
    ) {}
    public var body: Never { fatalError() }
}
