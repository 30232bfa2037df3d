// A stub for checking types; see README.md.

import Foundation

public class BGTask: NSObject {
    public var expirationHandler: (() -> Void)?
    public func setTaskCompleted(success: Bool) {}
}

public class BGTaskRequest: NSObject {
    public var earliestBeginDate: Date?
}

public class BGProcessingTaskRequest: BGTaskRequest {
    public var requiresNetworkConnectivity = false
    public var requiresExternalPower = false
    public init(identifier: String) {}
}

public final class BGTaskScheduler: NSObject, @unchecked Sendable {
    public static let shared = BGTaskScheduler()
    @discardableResult
    public func register(
        forTaskWithIdentifier identifier: String, using queue: DispatchQueue?,
        launchHandler: @escaping (BGTask) -> Void
    ) -> Bool { true }
    public func submit(_ request: BGTaskRequest) throws {}
}
