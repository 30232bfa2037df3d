// The folder of a replica on a phone: readable after the first unlock, and in no backup.
//
// Invariant: the folder is protected before the first file is in it, so that each file inherits it.
// Left out: keys, which AppleKeychain keeps.

#if canImport(Darwin)
    import Foundation

    /// Where a replica lives on an Apple device.
    public enum ReplicaFolder {
        /// Makes the folder in the app's own support folder, protected and out of backups.
        ///
        /// A backup is excluded because a replica that comes back from one is a copy of a device:
        /// the library finds that and takes a new identity for its log, but what the backup lacks
        /// would have to come from the relay anyway, and its keys are not in the backup.
        public static func make(named name: String = "Floorwalk") throws -> URL {
            let support = try FileManager.default.url(
                for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil,
                create: true)
            return try make(at: support.appendingPathComponent(name, isDirectory: true))
        }

        /// The same for a folder of an app group, which extensions can open too. An app that is
        /// frozen while it holds a file there is killed (0xdead10cc): call `suspend()` in time.
        public static func make(at folder: URL) throws -> URL {
            var folder = folder
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: protection)
            #if os(iOS)
                try FileManager.default.setAttributes(protection, ofItemAtPath: folder.path)
            #endif
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try folder.setResourceValues(values)
            return folder
        }

        /// Complete protection would take the database away from a sync while the phone is locked.
        private static var protection: [FileAttributeKey: Any] {
            #if os(iOS)
                [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
            #else
                [:]
            #endif
        }
    }
#endif
