// Keys in files, for tests and the programs here: in the layout that the command line uses, so that
// both can open the same folder. A phone uses AppleKeychain.

import Floorwalk
import Foundation

/// Keeps secrets as files of a folder.
public final class FolderKeychain: Keychain {
    private let folder: URL

    /// The keys of a replica's folder.
    public init(of home: URL) {
        folder = home.appendingPathComponent("keys")
    }

    public func load(name: String) throws -> Data? {
        let file = folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try Data(contentsOf: file)
        } catch {
            throw KeychainError.Unavailable
        }
    }

    public func save(name: String, secret: Data) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try secret.write(to: folder.appendingPathComponent(name), options: .atomic)
        } catch {
            throw KeychainError.Unavailable
        }
    }
}
