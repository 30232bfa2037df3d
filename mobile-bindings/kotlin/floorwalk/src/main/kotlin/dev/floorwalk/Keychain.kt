/*
 * Where a device's secret keys are kept. Owns the interface that an app implements, its way into
 * the library, and a keychain of files for desks and tests. Secrets are never logged.
 */
package dev.floorwalk

import dev.floorwalk.ffi.Keychain as Generated
import dev.floorwalk.ffi.KeychainException
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.nio.file.Files
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.attribute.PosixFilePermissions

/**
 * Keeps small secrets by name. On Android use `KeystoreKeychain` of the package
 * `dev.floorwalk.android`.
 *
 * Calls come on threads of the library, one at a time for each name, and may block for a short
 * time. Throw an [IOException] when the store can't be used: the call that needed it then fails,
 * and nothing is lost. A keychain that answers `null` for keys that it had once makes every call
 * fail with `keys_missing`.
 */
public interface Keychain {
    /** The secret of that name, or `null` if there is none. */
    @Throws(IOException::class) public fun load(name: String): ByteArray?

    /** Keeps a secret durably, in place of what was there. */
    @Throws(IOException::class) public fun save(name: String, secret: ByteArray)
}

/**
 * Secrets in files that only the owner can read: for desks and tests, where there is no key store.
 */
public class FileKeychain(private val folder: File) : Keychain {
    override fun load(name: String): ByteArray? = file(name).takeIf { it.exists() }?.readBytes()

    override fun save(name: String, secret: ByteArray) {
        Files.createDirectories(folder.toPath())
        val temporary = File(folder, "$name.new")
        FileOutputStream(temporary).use { stream ->
            ownerOnly(temporary)
            stream.write(secret)
            stream.fd.sync()
        }
        Files.move(temporary.toPath(), file(name).toPath(), ATOMIC_MOVE)
    }

    private fun file(name: String): File {
        require(name.isNotEmpty() && name.all { it.isLetterOrDigit() || it in "-_." }) {
            "not a name of a secret"
        }
        return File(folder, name)
    }

    private fun ownerOnly(file: File) {
        val path = file.toPath()
        if (path.fileSystem.supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"))
        }
    }
}

/**
 * The keychain as the library calls it: whatever goes wrong, it is told that the store can't be
 * used.
 */
internal class CalledKeychain(private val keychain: Keychain) : Generated {
    override fun load(name: String): ByteArray? = orUnavailable { keychain.load(name) }

    override fun save(name: String, secret: ByteArray): Unit = orUnavailable {
        keychain.save(name, secret)
    }

    @Suppress("TooGenericExceptionCaught")
    private fun <T> orUnavailable(call: () -> T): T =
        try {
            call()
        } catch (_: Exception) {
            throw KeychainException.Unavailable()
        }
}
