/*
 * Secrets sealed by a key that never leaves the phone's key store. Owns the form of the sealed
 * files: a version byte, the length of the nonce, the nonce, and the secret under AES-256-GCM with
 * its name as associated data.
 */
package dev.floorwalk.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import dev.floorwalk.Keychain
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * A [Keychain] for Android: files in the folder that no backup touches, sealed by a key of the
 * Android Keystore.
 *
 * The key needs no unlocked screen, so that [SyncWorker] can work in the night; it is bound to this
 * phone and this install. When the key is gone (the app's data was moved to another phone), loading
 * fails and every call of the library says `keys_missing`: join again with a new invitation.
 */
public class KeystoreKeychain(
    context: Context,
    private val alias: String = "dev.floorwalk.keychain",
) : Keychain {
    private val folder = File(context.noBackupFilesDir, "floorwalk-keys")

    override fun load(name: String): ByteArray? {
        val sealed =
            try {
                AtomicFile(file(name)).readFully()
            } catch (_: FileNotFoundException) {
                return null
            }
        return usingStore { open(name, sealed) }
    }

    override fun save(name: String, secret: ByteArray) {
        if (!folder.isDirectory && !folder.mkdirs())
            throw IOException("the folder of the keys can't be made")
        val sealed = usingStore { seal(name, secret) }
        val file = AtomicFile(file(name))
        val stream = file.startWrite()
        try {
            stream.write(sealed)
            file.finishWrite(stream)
        } catch (problem: IOException) {
            file.failWrite(stream)
            throw problem
        }
    }

    private fun seal(name: String, secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, key() ?: makeKey())
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.doFinal(secret)
        return byteArrayOf(VERSION, cipher.iv.size.toByte()) + cipher.iv + sealed
    }

    private fun open(name: String, sealed: ByteArray): ByteArray {
        val nonceSize = sealed.getOrNull(1)?.toInt() ?: 0
        if (sealed.firstOrNull() != VERSION || nonceSize <= 0 || sealed.size < 2 + nonceSize) {
            throw IOException("a sealed key is damaged")
        }
        val cipher = Cipher.getInstance(TRANSFORMATION)
        val nonce = GCMParameterSpec(TAG_BITS, sealed, 2, nonceSize)
        cipher.init(
            Cipher.DECRYPT_MODE,
            key() ?: throw IOException("the key store has no key"),
            nonce,
        )
        cipher.updateAAD(name.toByteArray())
        return cipher.doFinal(sealed, 2 + nonceSize, sealed.size - 2 - nonceSize)
    }

    private fun key(): SecretKey? =
        KeyStore.getInstance(PROVIDER).apply { load(null) }.getKey(alias, null) as SecretKey?

    private fun makeKey(): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec =
            KeyGenParameterSpec.Builder(alias, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(KEY_BITS)
                .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
            .apply { init(spec) }
            .generateKey()
    }

    private fun <T> usingStore(work: () -> T): T =
        try {
            work()
        } catch (problem: GeneralSecurityException) {
            throw IOException("the key store refuses", problem)
        }

    private fun file(name: String): File {
        require(name.isNotEmpty() && name.all { it.isLetterOrDigit() || it in "-_." }) {
            "not a name of a secret"
        }
        return File(folder, name)
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val VERSION: Byte = 1
        const val KEY_BITS = 256
        const val TAG_BITS = 128
    }
}
