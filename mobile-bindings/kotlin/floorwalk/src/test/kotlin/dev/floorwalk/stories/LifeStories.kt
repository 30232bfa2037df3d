/*
 * Stories of a handle's life.
 */
package dev.floorwalk.stories

import dev.floorwalk.FileKeychain
import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.SyncPhase
import dev.floorwalk.use
import java.io.File
import java.io.IOException
import java.nio.file.Files
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class LifeStories {
    private val town = Town.shared

    @Test
    fun `29 suspended, the database is released and calls are refused, and resumed all goes on`() =
        story {
            val phone = town.rep()
            phone.record()
            phone.app.startLive()
            phone.app.observeSync().until { it.phase == SyncPhase.LIVE }
            assertTrue(openFiles(phone).isNotEmpty())
            coroutineScope {
                val later = async { phone.app.observeList().until { it.getOrThrow().size == 2 } }
                phone.app.suspend()
                assertEquals(emptyList<String>(), openFiles(phone))
                assertEquals(
                    "suspended",
                    failure<FloorwalkException.Lifecycle> { phone.record() }.code,
                )
                assertEquals(
                    "suspended",
                    failure<FloorwalkException.Lifecycle> { phone.app.syncOnce(1.minutes) }.code,
                )
                phone.app.resume()
                phone.record()
                later.await()
            }
            phone.app.observeSync().until { it.phase == SyncPhase.LIVE }
            phone.app.stopLive()
        }

    @Test
    fun `30 after shutdown every call says so`() = story {
        val phone = town.rep()
        val number = phone.record().number
        phone.app.shutdown()
        phone.app.shutdown()
        assertEquals(emptyList<String>(), openFiles(phone))
        val calls =
            listOf<suspend () -> Any>(
                { phone.list() },
                { phone.record() },
                { phone.app.show(number) },
                { phone.app.drafts() },
                { phone.app.syncOnce(1.minutes) },
                { phone.app.resume() },
                { phone.app.beginPeerSession() },
            )
        for (call in calls) assertEquals(
            "shut_down",
            failure<FloorwalkException.Lifecycle> { call() }.code,
        )
        val seen = phone.app.observeList().first().exceptionOrNull() as FloorwalkException
        assertEquals("shut_down", seen.code)
        phone.openAgain()
        assertEquals(number, phone.list().single().number)
    }

    @Test
    fun `30 use shuts down whatever happens in it`() = story {
        val phone = town.rep()
        val app = phone.app
        failure<IllegalStateException> { app.use { error("in the midst") } }
        assertEquals("shut_down", failure<FloorwalkException> { app.count() }.code)
    }

    @Test
    fun `30 a key store that can't be used stops nothing but the call`() = story {
        val folder = temporaryFolder("locked")
        val keys = FileKeychain(File(folder, "keys"))
        var locked = true
        val keychain =
            object : dev.floorwalk.Keychain {
                override fun load(name: String) =
                    if (locked) throw IOException("locked") else keys.load(name)

                override fun save(name: String, secret: ByteArray) =
                    if (locked) throw IOException("locked") else keys.save(name, secret)
            }
        Floorwalk.open(File(folder, "home"), keychain).use { app ->
            val building = town.newBuilding()
            val link = town.invite(building)
            assertTrue(
                failure<FloorwalkException.Damage> { app.join(link) }.code in
                    setOf("keys_missing", "store_failed")
            )
            locked = false
            assertEquals(listOf(building), app.join(link).buildings)
        }
    }

    private fun openFiles(phone: Phone): List<String> =
        File("/proc/self/fd")
            .listFiles()
            .orEmpty()
            .mapNotNull {
                runCatching { Files.readSymbolicLink(it.toPath()).toString() }.getOrNull()
            }
            .filter { it.startsWith(phone.database.path) }
}
