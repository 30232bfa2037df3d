// A stub for checking types; see README.md.

import Foundation

public struct UIBackgroundTaskIdentifier: Sendable {}

@MainActor
public final class UIApplication {
    public enum State: Sendable { case active, inactive, background }
    public static let shared = UIApplication()
    public var applicationState: State { .background }
    public func beginBackgroundTask(
        withName: String?, expirationHandler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { UIBackgroundTaskIdentifier() }
    public func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
}

public final class UIImage: @unchecked Sendable {
    public init?(data: Data) {}
}
