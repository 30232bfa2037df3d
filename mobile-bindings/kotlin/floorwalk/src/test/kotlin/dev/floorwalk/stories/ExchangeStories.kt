/*
 * The story of a complaint that is told alike by everybody.
 */
package dev.floorwalk.stories

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ExchangeStories {
    private val town = Town.shared

    @Test
    fun `what one phone records, another phone and the command line read field by field`() = story {
        val building = town.newBuilding()
        val folder = temporaryFolder("exchange")
        val recorded = Exchange.record(File(folder, "one"), town.invite(building), photo(folder, 1))
        assertTrue(
            FIELDS.all { key -> recorded.any { it.startsWith("$key=") } },
            recorded.joinToString("\n"),
        )
        val number = recorded.first { it.startsWith("number=") }.substringAfter('=')
        town.office.sync()
        assertEquals(recorded, Exchange.lines(town.office.show(number)))
        assertEquals(recorded, Exchange.read(File(folder, "two"), town.invite(building), number))
    }

    private companion object {
        val FIELDS =
            listOf(
                "number",
                "building",
                "room",
                "narrative",
                "category",
                "severity",
                "channel",
                "respondent",
                "demand",
                "reported_before",
                "complainant",
                "phone",
                "stage",
                "photo.1.hash",
                "photo.1.bytes",
                "event.1.kind",
            )
    }
}
