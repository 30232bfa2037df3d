/*
 * Stories of a phone whose process dies in the midst of writing.
 */
package dev.floorwalk.stories

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class KillStories {
    private val town = Town.shared

    @Test
    fun `05 killed in the midst of recording, nothing is lost and nothing doubled`() = story {
        val phone = town.rep()
        val acknowledged = mutableListOf<String>()
        for (after in listOf(1, 7, 20)) {
            phone.app.shutdown()
            acknowledged += killed("record", phone, after)
            phone.openAgain()
            val numbers = phone.list().map { it.number }
            assertEquals(numbers.size, numbers.toSet().size)
            assertTrue(numbers.containsAll(acknowledged))
            for (number in numbers) assertEquals(WORDS, phone.app.show(number).narrative)
        }
        // The office gets each once.
        phone.sync()
        town.office.sync()
        val listed = town.office.ask("list", "--building", phone.building).objects("complaints")
        assertEquals(
            phone.list().map { it.number }.sorted(),
            listed.map { it.text("number") }.sorted(),
        )
    }

    @Test
    fun `06 killed while typing, the draft is what was acknowledged or one letter more`() = story {
        val phone = town.rep()
        phone.app.shutdown()
        val typed = killed("type", phone, after = 10).last().toInt()
        phone.openAgain()
        val text = phone.app.drafts().single().complaint.text
        assertTrue(text.all { it == '字' })
        assertTrue(text.length in typed..typed + 1, "${text.length} after $typed")
    }

    @Test
    fun `07 killed while drafts become complaints, each is one, with its photo`() = story {
        val phone = town.rep()
        phone.app.shutdown()
        val acknowledged = killed("draft", phone, after = 3)
        phone.openAgain()
        for (draft in phone.app.drafts()) {
            if (draft.photos.isEmpty()) phone.app.discardDraft(draft.id)
            else phone.app.recordDraft(draft.id)
        }
        val numbers = phone.list().map { it.number }
        assertTrue(numbers.containsAll(acknowledged))
        assertTrue(numbers.size in acknowledged.size..acknowledged.size + 1)
        for (number in numbers) assertEquals(1, phone.app.show(number).evidence.size)
    }
}
