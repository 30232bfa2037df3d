/*
 * Stories of syncing without a relay, and of two who change the same.
 */
package dev.floorwalk.stories

import dev.floorwalk.FloorwalkException
import dev.floorwalk.PeerSession
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class OtherWayStories {
    private val town = Town.shared

    @Test
    fun `18 a conflict is shown with both values, and one is chosen`() = story {
        val phone = town.rep()
        val number = phone.record().number
        phone.sync()
        town.office.sync()
        phone.app.edit(number, mapOf("severity" to "urgent"))
        town.office.ask("edit", number, "--set", "severity=general_2")
        town.office.sync()
        phone.sync()
        val conflict = phone.app.show(number).conflicts
        assertEquals(listOf("general_2", "urgent"), checkNotNull(conflict["severity"]).sorted())
        phone.app.edit(number, mapOf("severity" to "urgent"))
        assertTrue(phone.app.show(number).conflicts.isEmpty())
    }

    @Test
    fun `27 two devices sync without a relay`() = story {
        val one = town.rep()
        val two = town.rep(one.building)
        // Each knows of the other's membership from the relay; what they say then needs none.
        one.sync()
        two.sync()
        val number = one.record().number
        one.app.attach(number, photo(one.folder, 27))
        one.app.beginPeerSession().use { here ->
            two.app.beginPeerSession().use { there ->
                talk(here, there)
                assertTrue(here.isDone() && there.isDone())
                assertTrue(there.report().parcelsReceived > 0uL)
                assertEquals(
                    "relay_broken",
                    failure<FloorwalkException> { here.receive(ByteArray(64) { -1 }) }.code,
                )
            }
        }
        assertEquals(WORDS, two.app.show(number).narrative)
    }

    @Test
    fun `28 a bundle brings everything from one device to another`() = story {
        val one = town.rep()
        val two = town.rep(one.building)
        one.sync()
        two.sync()
        val number = one.record().number
        val bundle = File(one.folder, "all.bundle")
        val written = one.app.exportBundle(bundle)
        val taken = two.app.importBundle(bundle)
        assertTrue(written.parcels >= taken.parcels && taken.parcels > 0uL)
        assertEquals(WORDS, two.app.show(number).narrative)
        assertEquals(0uL, two.app.importBundle(bundle).parcels)
        bundle.writeText("not a bundle")
        assertEquals(
            "bad_bundle",
            failure<FloorwalkException.Input> { two.app.importBundle(bundle) }.code,
        )
    }

    /** Carries bytes both ways, in odd pieces, until neither has anything to say. */
    private suspend fun talk(one: PeerSession, other: PeerSession) {
        do {
            val moved = listOf(carry(one, other), carry(other, one))
        } while (moved.any { it })
    }

    private suspend fun carry(from: PeerSession, to: PeerSession): Boolean {
        var moved = false
        while (true) {
            val bytes = from.next() ?: return moved
            moved = true
            for (start in bytes.indices step PIECE) {
                to.receive(bytes.copyOfRange(start, minOf(start + PIECE, bytes.size)))
            }
        }
    }

    private companion object {
        const val PIECE = 997
    }
}
