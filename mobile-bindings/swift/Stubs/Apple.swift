// A stub for checking types; see README.md. The parts of the package that need CoreFoundation,
// which is only on Apple's systems, as the sample calls them.

#if !canImport(Darwin)
    import Foundation

    public final class AppleKeychain: Keychain {
        public init(service: String, accessGroup: String? = nil) {}
        public func load(name: String) throws -> Data? { nil }
        public func save(name: String, secret: Data) throws {}
    }

    public enum ReplicaFolder {
        public static func make(named name: String = "Floorwalk") throws -> URL { fatalError() }
    }

    public enum PhotoIntake {
        public static func writeJPEG(_ photo: Data) throws -> URL { fatalError() }
    }
#endif
