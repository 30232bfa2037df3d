// The Keychain of iOS and macOS as the store of a device's keys.
//
// Invariants: keys can be read after the first unlock, since syncs run while the phone is locked;
// they never leave this device, neither by backup nor by iCloud. A copied folder without them is
// useless. Left out: anything that asks for a face or a finger: a sync in the background has
// neither.

#if canImport(Security)
    import Foundation
    import Security

    /// Keeps a device's keys in the system's Keychain.
    public final class AppleKeychain: Keychain {
        private let service: String
        private let accessGroup: String?

        /// Keys of one replica. Give each replica a service of its own, and extensions that open
        /// the same replica a shared access group.
        public init(service: String, accessGroup: String? = nil) {
            self.service = service
            self.accessGroup = accessGroup
        }

        public func load(name: String) throws -> Data? {
            var query = item(name)
            query[kSecReturnData as String] = true
            query[kSecMatchLimit as String] = kSecMatchLimitOne
            var found: CFTypeRef?
            switch SecItemCopyMatching(query as CFDictionary, &found) {
            case errSecSuccess: return found as? Data
            case errSecItemNotFound: return nil
            default: throw KeychainError.Unavailable
            }
        }

        public func save(name: String, secret: Data) throws {
            let change = [kSecValueData as String: secret]
            switch SecItemUpdate(item(name) as CFDictionary, change as CFDictionary) {
            case errSecSuccess: return
            case errSecItemNotFound: try add(name: name, secret: secret)
            default: throw KeychainError.Unavailable
            }
        }

        private func add(name: String, secret: Data) throws {
            var new = item(name)
            new[kSecValueData as String] = secret
            new[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            let status = SecItemAdd(new as CFDictionary, nil)
            guard status == errSecSuccess else { throw KeychainError.Unavailable }
        }

        private func item(_ name: String) -> [String: Any] {
            var item: [String: Any] = [
                kSecClass as String: kSecClassGenericPassword,
                kSecAttrService as String: service,
                kSecAttrAccount as String: name,
                kSecUseDataProtectionKeychain as String: true,
            ]
            item[kSecAttrAccessGroup as String] = accessGroup
            return item
        }
    }
#endif
