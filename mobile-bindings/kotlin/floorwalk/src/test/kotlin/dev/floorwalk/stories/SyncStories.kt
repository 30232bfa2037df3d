/*
 * Stories of bringing words and photos to the office, by a line that holds and breaks.
 */
package dev.floorwalk.stories

import dev.floorwalk.Delivery
import dev.floorwalk.FloorwalkException
import dev.floorwalk.SyncOutcome
import dev.floorwalk.SyncPhase
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SyncStories {
    private val town = Town(temporaryFolder("line"), layLine = true)

    @AfterAll fun close() = town.close()

    @Test
    fun `10 a sync brings words and photo to the office`() = story {
        val phone = town.rep()
        val recorded = phone.record()
        val attached = phone.app.attach(recorded.number, photo(phone.folder, 10))
        phone.sync()
        town.office.sync()
        val seen = town.office.show(recorded.number)
        assertEquals(WORDS, seen.text("narrative"))
        val evidence = seen.objects("evidence").single()
        assertEquals(attached.hash, evidence.text("hash"))
        assertEquals("here", evidence.text("state"))
        val status = phone.app.status()
        assertEquals(0uL to 0uL, status.unsentComplaints to status.unsentPhotos)
        assertTrue(status.lastSync != null)
    }

    @Test
    fun `11 complaint and photo go through the four deliveries in order`() = story {
        val phone = town.rep()
        val number = phone.record().number
        phone.app.attach(number, photo(phone.folder, 11))
        val seen = mutableListOf<Pair<Delivery, Delivery>>()
        suspend fun look() {
            val complaint = phone.app.show(number)
            seen += complaint.delivery to complaint.evidence.single().delivery
        }
        look()
        phone.sync()
        look()
        town.office.sync()
        phone.sync()
        look()
        town.office.ask("act", number, "accepted")
        town.office.sync()
        phone.sync()
        look()
        assertEquals(Delivery.entries, seen.map { it.first })
        assertEquals(listOf(Delivery.SAVED, Delivery.SENT), seen.take(2).map { it.second })
        assertTrue(seen.last().second >= Delivery.RECEIVED, seen.toString())
    }

    @Test
    fun `14 the state of syncing tells the progress of an upload`() = story {
        val phone = withPhotos(14)
        town.line.holdAfter(HALF_WAY)
        coroutineScope {
            val syncing = async { phone.app.syncOnce(4.minutes) }
            val midst =
                phone.app.observeSync().until {
                    it.phase == SyncPhase.SYNCING && it.progress.blobsTotal > 0uL
                }
            assertTrue(midst.progress.blobs < midst.progress.blobsTotal)
            town.line.open()
            assertTrue(syncing.await() is SyncOutcome.Done)
        }
        val after = phone.app.observeSync().until { it.phase == SyncPhase.IDLE }
        assertEquals(after.progress.blobBytesTotal, after.progress.blobBytes)
        assertTrue(after.progress.blobBytes > HALF_WAY.toULong())
        assertTrue(after.lastSync != null && after.error == null)
    }

    @Test
    fun `19 a sync that is cancelled in its midst keeps everything, and the next one finishes`() =
        story {
            val phone = withPhotos(19)
            town.line.holdAfter(HALF_WAY)
            coroutineScope {
                val syncing = launch { phone.app.syncOnce(4.minutes) }
                town.line.holds.until { it }
                syncing.cancelAndJoin()
            }
            phone.app.observeSync().until { it.phase == SyncPhase.IDLE }
            town.line.holdAfter(0)
            coroutineScope {
                val told = async {
                    failure<FloorwalkException.Lifecycle> { phone.app.syncOnce(4.minutes) }
                }
                town.line.holds.until { it }
                phone.app.cancelSync()
                assertEquals("cancelled", told.await().code)
            }
            assertEquals(PHOTOS, phone.app.show(phone.list().single().number).evidence.size)
            town.line.open()
            phone.sync()
            town.office.sync()
            val evidence = town.office.show(phone.list().single().number).objects("evidence")
            assertEquals(List(PHOTOS) { "here" }, evidence.map { it.text("state") })
        }

    @Test
    fun `21 two syncs at once are one, and who goes away leaves it to the other`() = story {
        val phone = town.rep()
        phone.record()
        town.line.holdAfter(0)
        coroutineScope {
            val first = async { phone.app.syncOnce(4.minutes) }
            val second = async { phone.app.syncOnce(4.minutes) }
            val third = launch { phone.app.syncOnce(4.minutes) }
            town.line.holds.until { it }
            third.cancelAndJoin()
            town.line.open()
            val done = first.await() as SyncOutcome.Done
            assertEquals(done, second.await())
            assertEquals(1uL, done.report.parcelsSent)
        }
    }

    @Test
    fun `22 a deadline that is too short answers more, and the next sync goes on`() = story {
        val phone = withPhotos(22)
        town.line.holdAfter(HALF_WAY)
        assertTrue(phone.app.syncOnce(SHORT) is SyncOutcome.More)
        town.line.open()
        phone.sync()
        assertEquals(0uL, phone.app.status().unsentPhotos)
    }

    @Test
    fun `23 without a relay a sync is to be tried again, and nothing is lost`() = story {
        val phone = town.rep()
        val number = phone.record().number
        town.line.cut()
        val outcome = phone.app.syncOnce(1.minutes) as SyncOutcome.RetryAfter
        assertTrue(outcome.delay > Duration.ZERO)
        assertTrue(outcome.error is FloorwalkException.Relay)
        assertTrue(outcome.error.retryable)
        assertEquals(Delivery.SAVED, phone.app.show(number).delivery)
        town.line.open()
        phone.sync()
        assertEquals(Delivery.SENT, phone.app.show(number).delivery)
    }

    private suspend fun withPhotos(seed: Int): Phone {
        val phone = town.rep()
        val number = phone.record().number
        phone.sync()
        repeat(PHOTOS) {
            phone.app.attach(number, photo(phone.folder, seed * 100 + it, edge = 500))
        }
        return phone
    }

    private companion object {
        const val PHOTOS = 3
        const val HALF_WAY = 200_000L
        val SHORT = 300.milliseconds
    }
}
