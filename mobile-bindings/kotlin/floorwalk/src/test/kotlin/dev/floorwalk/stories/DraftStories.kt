/*
 * Stories of what is typed and not yet recorded.
 */
package dev.floorwalk.stories

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class DraftStories {
    private val town = Town.shared

    @Test
    fun `06 a draft is kept while it is typed`() = story {
        val phone = town.rep()
        var id: String? = null
        for (end in 1..WORDS.length) {
            id = phone.app.saveDraft(id, phone.complaint(WORDS.take(end))).id
        }
        phone.reopen()
        val draft = phone.app.drafts().single()
        assertEquals(id, draft.id)
        assertEquals(phone.complaint(), draft.complaint)
        assertTrue(phone.list().isEmpty())
    }

    @Test
    fun `07 a draft with photos becomes one complaint, also when asked twice`() = story {
        val phone = town.rep()
        val draft = phone.app.saveDraft(null, phone.complaint())
        for (seed in 70..72) phone.app.attachToDraft(draft.id, photo(phone.folder, seed))
        val photos = phone.app.drafts().single().photos
        assertEquals(3, photos.size)
        phone.app.removeFromDraft(draft.id, photos[1].id)
        val recorded = phone.app.recordDraft(draft.id)
        val again = runCatching { phone.app.recordDraft(draft.id) }.getOrNull()
        assertTrue(again == null || again.number == recorded.number)
        assertTrue(phone.app.drafts().isEmpty())
        assertEquals(recorded.number, phone.list().single().number)
        val complaint = phone.app.show(recorded.number)
        assertEquals(2, complaint.evidence.size)
        assertEquals(
            listOf(photos[0].bytes, photos[2].bytes).sorted(),
            complaint.evidence.map { it.bytes }.sorted(),
        )
    }

    @Test
    fun `08 a draft says what is missing`() = story {
        val phone = town.rep()
        val bare =
            phone.app.saveDraft(
                null,
                phone.complaint().copy(demand = null, phone = null, reportedBefore = null),
            )
        assertTrue("demand" in bare.missing, bare.missing.toString())
        val filled = phone.app.saveDraft(bare.id, phone.complaint())
        assertFalse("demand" in filled.missing)
        assertTrue(filled.missing.size < bare.missing.size)
    }

    @Test
    fun `09 a discarded draft is gone with its photos`() = story {
        val phone = town.rep()
        val draft = phone.app.saveDraft(null, phone.complaint())
        val kept = phone.app.saveDraft(null, phone.complaint("另一件"))
        phone.app.attachToDraft(draft.id, photo(phone.folder, 90))
        val path = phone.app.drafts().single { it.id == draft.id }.photos.single().path
        assertTrue(java.io.File(path).exists())
        phone.app.discardDraft(draft.id)
        assertEquals(listOf(kept.id), phone.app.drafts().map { it.id })
        assertFalse(java.io.File(path).exists())
    }
}
