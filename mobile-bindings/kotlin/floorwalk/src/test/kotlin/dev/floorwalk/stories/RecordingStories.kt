/*
 * Stories of words and photos that are kept where there is no signal.
 */
package dev.floorwalk.stories

import dev.floorwalk.Delivery
import dev.floorwalk.FloorwalkException
import dev.floorwalk.ListQuery
import dev.floorwalk.UserAction
import java.io.File
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class RecordingStories {
    private val town = Town.shared

    @Test
    fun `04 a complaint with a photo is there after reopening, without any signal`() = story {
        val phone = town.rep()
        val recorded = phone.record()
        val picture = photo(phone.folder, 4)
        val bytes = picture.readBytes()
        val attached = phone.app.attach(recorded.number, picture)
        picture.delete()
        phone.reopen()
        val complaint = phone.app.show(recorded.number)
        assertEquals(WORDS, complaint.narrative)
        assertEquals(NAME to PHONE, complaint.complainant to complaint.phone)
        assertEquals(Delivery.SAVED, complaint.delivery)
        val evidence = complaint.evidence.single()
        assertEquals(attached.hash to bytes.size.toULong(), evidence.hash to evidence.bytes)
        val saved =
            phone.app.saveEvidence(recorded.number, File(phone.folder, "out")).single {
                it.original
            }
        assertArrayEquals(bytes, File(saved.path).readBytes())
        assertTrue(checkNotNull(phone.app.preview(recorded.number, attached.hash)).isNotEmpty())
    }

    @Test
    fun `20 a mutation whose coroutine is cancelled is done or not done, never half`() = story {
        val phone = town.rep()
        for (turn in 1..TURNS) {
            coroutineScope {
                val recording =
                    launch(start = CoroutineStart.UNDISPATCHED) { phone.record("第${turn}次") }
                recording.cancel()
            }
        }
        // The last word of each that began is there before anything later is.
        val last = phone.record("最后")
        val rows = phone.list()
        assertTrue(rows.size in 1..TURNS + 1)
        assertEquals(rows.size, rows.map { it.number }.toSet().size)
        assertTrue(rows.any { it.number == last.number })
        for (row in rows) {
            val complaint = phone.app.show(row.number)
            assertTrue(complaint.narrative.startsWith("第") || complaint.narrative == "最后")
            assertEquals(NAME, complaint.complainant)
        }
    }

    @Test
    fun `26 a full disk keeps the words before and takes words again when there is room`() = story {
        SmallDisk(temporaryFolder("disk"), megabytes = 6).use { disk ->
            val phone = Phone(File(disk.folder, "phone"), town.newBuilding())
            phone.join(town.invite(phone.building))
            val kept = mutableListOf(phone.record().number)
            disk.fill()
            val told =
                failure<FloorwalkException.Damage> {
                    repeat(FULL) { kept += phone.record("满".repeat(LONG)).number }
                }
            assertTrue(told.code == "store_failed" || told.code == "no_room", told.code)
            assertTrue(told.retryable)
            assertEquals(UserAction.FREE_SPACE, told.action)
            assertEquals(kept.toSet(), phone.list().map { it.number }.toSet())
            disk.free()
            phone.reopen()
            kept += phone.record("又有地方了").number
            assertEquals(kept.toSet(), phone.list().map { it.number }.toSet())
            phone.app.shutdown()
        }
    }

    @Test
    fun `33 duties and missing fields are those of the regulation`() = story {
        val phone = town.rep()
        val recorded =
            phone.app.record(phone.complaint().copy(demand = null, reportedBefore = null))
        assertTrue(
            "demand" in recorded.missing || "reported_before" in recorded.missing,
            recorded.missing.toString(),
        )
        val complaint = phone.app.show(recorded.number)
        assertEquals(recorded.missing, complaint.missing)
        val duty = complaint.duties.first { it.dueAt != null }
        assertTrue(
            duty.chinese.isNotEmpty() && duty.english.isNotEmpty() && duty.clause.isNotEmpty()
        )
        assertTrue(checkNotNull(duty.dueAtMs) > 0)
        phone.app.edit(recorded.number, mapOf("demand" to "请尽快维修", "reported_before" to "已反映"))
        val filled = phone.app.show(recorded.number)
        assertTrue(filled.missing.none { it == "demand" || it == "reported_before" })
        assertEquals("请尽快维修", filled.fields["demand"])
    }

    @Test
    fun `34 ten thousand complaints are listed by pages`() = story {
        val phone = town.rep()
        val home = phone.database
        phone.app.shutdown()
        Desk(home).ask("record", "--jsonl", manyComplaints(phone, MANY).path)
        phone.openAgain()
        assertEquals(MANY.toLong(), phone.app.count())
        val seen = LinkedHashSet<String>()
        var offset = 0u
        while (true) {
            val page = phone.app.list(ListQuery(limit = PAGE, offset = offset))
            seen += page.map { it.id }
            offset += PAGE
            if (page.size.toUInt() < PAGE) break
        }
        assertEquals(MANY, seen.size)
        assertEquals(seen.toList(), phone.list().map { it.id })
        phone.app.shutdown()
    }

    private fun manyComplaints(phone: Phone, count: Int): File {
        val file = File(phone.folder, "many.jsonl")
        file.bufferedWriter().use { out ->
            for (n in 1..count) out.appendLine(
                """{"building":"${phone.building}","room":"$n","text":"第 $n 件"}"""
            )
        }
        return file
    }

    private companion object {
        const val TURNS = 20
        const val FULL = 5_000
        const val LONG = 3_000
        const val MANY = 10_000
        const val PAGE = 1_000u
    }
}
