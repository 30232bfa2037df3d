/*
 * Stories of seeing changes as they come, and of leaving nothing behind.
 */
package dev.floorwalk.stories

import dev.floorwalk.Delivery
import dev.floorwalk.ListQuery
import dev.floorwalk.SyncPhase
import dev.floorwalk.ffi.FloorwalkException
import dev.floorwalk.ffi.ListListener
import java.io.File
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ObservingStories {
    private val town = Town.shared

    @Test
    fun `12 an observed list is told as it is, then as it changes`() = story {
        val phone = town.rep()
        val before = phone.record().number
        coroutineScope {
            val states = MutableStateFlow<List<List<String>>>(emptyList())
            val observing = launch {
                phone.app.observeList().collect { rows ->
                    states.value += listOf(rows.getOrThrow().map { it.number })
                }
            }
            states.until { it.isNotEmpty() }
            assertEquals(listOf(before), states.value.first())
            val after = phone.record().number
            states.until { it.last().size == 2 }
            assertEquals(setOf(before, after), states.value.last().toSet())
            observing.cancelAndJoin()
        }
    }

    @Test
    fun `13 an observed complaint changes while the office answers`() = story {
        val phone = town.rep()
        val number = phone.record().number
        phone.sync()
        phone.app.startLive()
        phone.app.observeSync().until { it.phase == SyncPhase.LIVE }
        coroutineScope {
            val accepted = async {
                phone.app.observeComplaint(number).until {
                    it.getOrThrow().delivery == Delivery.ACCEPTED
                }
            }
            town.office.sync()
            town.office.ask("act", number, "accepted")
            town.office.sync()
            assertEquals("accepted", accepted.await().getOrThrow().stage)
        }
        phone.app.stopLive()
        phone.app.observeSync().until { it.phase == SyncPhase.IDLE }
    }

    @Test
    fun `13 what can't be shown is a failure in the flow, which goes on`() = story {
        val phone = town.phone()
        coroutineScope {
            val joined = async { phone.app.observeList().until { it.isSuccess } }
            val refused =
                phone.app.observeList().first().exceptionOrNull()
                    as dev.floorwalk.FloorwalkException
            assertEquals("not_in_community", refused.code)
            phone.join(town.invite(phone.building))
            assertEquals(emptyList<Any>(), joined.await().getOrThrow())
        }
    }

    @Test
    fun `15 a cancelled observation hears nothing more`() = story {
        val phone = town.rep()
        val heard = MutableStateFlow(0)
        coroutineScope {
            val observing = launch { phone.app.observeList().collect { heard.value++ } }
            heard.until { it > 0 }
            observing.cancelAndJoin()
        }
        val before = heard.value
        phone.record()
        // Another observation that begins now is told of it, and by then the first would have been.
        assertEquals(1, phone.app.observeList().first().getOrThrow().size)
        assertEquals(before, heard.value)
    }

    @Test
    fun `16 ten thousand observations and cancels leak nothing`() = story {
        val phone = town.rep()
        repeat(ROWS) { phone.record() }
        suspend fun observe(times: Int) = coroutineScope {
            (1..AT_ONCE)
                .map { async { repeat(times / AT_ONCE) { phone.app.observeList().first() } } }
                .awaitAll()
        }
        observe(WARM)
        val before = Held.now()
        observe(MANY)
        while (observers(phone) > 0) yield()
        val after = Held.now()
        println("16: $MANY observations: $before before, $after after")
        assertTrue(after.heapBytes - before.heapBytes < SLACK_BYTES, "heap: $before, then $after")
        assertTrue(after.files - before.files < SLACK_FILES, "files: $before, then $after")
        assertTrue(after.threads - before.threads < SLACK_THREADS, "threads: $before, then $after")
        assertEquals(ROWS, phone.app.observeList().first().getOrThrow().size)
    }

    @Test
    fun `16 observers are counted while they live`() = story {
        val phone = town.rep()
        coroutineScope {
            val told = MutableStateFlow(0)
            val observing = List(3) { launch { phone.app.observeList().collect { told.value++ } } }
            told.until { it >= 3 }
            assertEquals(3, observers(phone))
            observing.forEach { it.cancelAndJoin() }
        }
        while (observers(phone) > 0) yield()
    }

    @Test
    fun `17 callbacks come one at a time and not on the caller's thread`() = story {
        val phone = town.rep()
        phone.app.shutdown()
        val keys = dev.floorwalk.FileKeychain(File(phone.database, "keys"))
        val keychain =
            object : dev.floorwalk.ffi.Keychain {
                override fun load(name: String) = keys.load(name)

                override fun save(name: String, secret: ByteArray) = keys.save(name, secret)
            }
        dev.floorwalk.ffi.Floorwalk.open(phone.database.path, keychain).use { raw ->
            val (inside, most) = AtomicInteger() to AtomicInteger()
            val threads = ConcurrentHashMap.newKeySet<Long>()
            val told = MutableStateFlow(-1)
            val listener =
                object : ListListener {
                    override fun changed(rows: List<dev.floorwalk.ComplaintRow>) {
                        most.accumulateAndGet(inside.incrementAndGet(), ::maxOf)
                        threads += Thread.currentThread().id
                        Thread.yield()
                        inside.decrementAndGet()
                        told.value = rows.size
                    }

                    override fun failed(error: FloorwalkException) = Unit
                }
            val observation = raw.observeList(ListQuery(), listener)
            coroutineScope { List(ROWS) { async { raw.record(phone.complaint()) } }.awaitAll() }
            told.until { it == ROWS }
            observation.cancel()
            observation.cancel()
            assertEquals(1, most.get())
            assertFalse(Thread.currentThread().id in threads)
            raw.shutdown()
        }
    }

    @Test
    fun `17 a flow is collected where its collector is`() = story {
        val phone = town.rep()
        Executors.newSingleThreadExecutor { Thread(it, "collector") }
            .asCoroutineDispatcher()
            .use { own ->
                val name =
                    withContext(own) {
                        phone.app.observeList().map { Thread.currentThread().name }.first()
                    }
                assertTrue(name.startsWith("collector"), name)
                assertNotEquals(name, Thread.currentThread().name)
            }
    }

    private suspend fun observers(phone: Phone): Int =
        Json.parseToJsonElement(phone.app.diagnostics()).jsonObject.text("observers").toInt()

    private companion object {
        const val ROWS = 20
        const val AT_ONCE = 10
        const val WARM = 500
        const val MANY = 10_000
        const val SLACK_BYTES = 32L shl 20
        const val SLACK_FILES = 1_000
        const val SLACK_THREADS = 1_000
    }
}

/** What this process holds at a moment. */
data class Held(val heapBytes: Long, val files: Int, val threads: Int) {
    companion object {
        fun now(): Held {
            val runtime = Runtime.getRuntime()
            // Cleaners run after a collection, and what they let go is collected by the next.
            repeat(3) {
                System.gc()
                System.runFinalization()
            }
            val files = File("/proc/self/fd").list()?.size ?: 0
            return Held(runtime.totalMemory() - runtime.freeMemory(), files, Thread.activeCount())
        }
    }
}
