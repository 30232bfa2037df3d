/*
 * Stories of screens without their views: what a person types, sees and taps.
 */
package dev.floorwalk.stories

import dev.floorwalk.Delivery
import dev.floorwalk.NewEvent
import dev.floorwalk.SyncPhase
import dev.floorwalk.TextValue
import dev.floorwalk.ui.CaptureModel
import dev.floorwalk.ui.ComplaintModel
import dev.floorwalk.ui.ListModel
import dev.floorwalk.ui.SyncModel
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.joinAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ModelStories {
    private val town = Town.shared
    private val scope = CoroutineScope(Dispatchers.Default)

    @AfterEach fun leave() = scope.cancel()

    @Test
    fun `every letter is kept, and another start of the app goes on with it`() = story {
        val phone = town.rep()
        val model = CaptureModel(phone.app, scope, phone.building)
        val letters =
            (1..WORDS.length).map { end ->
                model.type { it.copy(room = ROOM, text = WORDS.take(end)) }
            }
        letters.joinAll()
        val state = model.state.until { it.saved }
        assertEquals(WORDS, state.form.text)
        assertTrue(state.missing.isNotEmpty() && state.missing.all { it.word.isNotEmpty() })
        phone.reopen()
        val next = CaptureModel(phone.app, scope, phone.building)
        next.resumeLatest().join()
        assertEquals(state.form to state.draft, next.state.value.form to next.state.value.draft)
        assertEquals(1, phone.app.drafts().size)
    }

    @Test
    fun `a form with a photo becomes a complaint, and a fresh form is there`() = story {
        val phone = town.rep()
        val model = CaptureModel(phone.app, scope, phone.building)
        model.type { phone.complaint() }
        val attached = listOf(1, 2).map { model.attach(photo(phone.folder, it)) }
        attached.joinAll()
        model.remove(model.state.value.photos.first()).join()
        model.record().join()
        val state = model.state.value
        assertNull(state.problem)
        val recorded = checkNotNull(state.recorded)
        assertEquals(phone.building to "", state.form.building to state.form.text)
        assertEquals(1, phone.app.show(recorded.number).evidence.size)
        assertTrue(phone.app.drafts().isEmpty())
    }

    @Test
    fun `what can't be done is shown, and the words stay`() = story {
        val phone = town.rep()
        val model = CaptureModel(phone.app, scope, phone.building)
        model.type { phone.complaint() }.join()
        model.attach(File(phone.folder, "nowhere.jpg")).join()
        assertEquals("file", model.state.value.problem?.code)
        assertEquals(WORDS, model.state.value.form.text)
        model.type { it.copy(room = "1") }.join()
        assertNull(model.state.value.problem)
        model.discard().join()
        assertEquals("", model.state.value.form.text)
        assertTrue(phone.app.drafts().isEmpty())
    }

    @Test
    fun `the list is live, by pages, and can be narrowed`() = story {
        val phone = town.rep()
        val model = ListModel(phone.app, scope, page = 2)
        model.state.until { it.loaded }
        val numbers = List(3) { phone.record().number }
        model.state.until { it.rows.size == 2 && it.hasMore }
        model.more()
        val all = model.state.until { it.rows.size == 3 }
        assertEquals(numbers.toSet(), all.rows.map { it.number }.toSet())
        assertFalse(all.hasMore)
        model.filter(stage = "accepted")
        model.state.until { it.loaded && it.rows.isEmpty() }
    }

    @Test
    fun `a complaint shows chips, duties and how far each photo has come`() = story {
        val phone = town.rep()
        val number = phone.app.record(phone.complaint().copy(demand = null)).number
        val model = ComplaintModel(phone.app, scope, number, role = "building_rep")
        val bare = model.state.until { it.complaint != null }
        assertTrue(bare.missing.any { it.key == "demand" })
        assertTrue(
            bare.duties.isNotEmpty() &&
                bare.duties.all { it.title.isNotEmpty() && it.status.word.isNotEmpty() }
        )
        model.set("demand", "请尽快维修").join()
        model.attach(photo(phone.folder, 5)).join()
        val filled =
            model.state.until { state ->
                state.photos.isNotEmpty() && state.missing.none { it.key == "demand" }
            }
        assertEquals(Delivery.SAVED, filled.photos.single().delivery)
        assertNotNull(model.preview(filled.photos.single()))
        phone.sync()
        model.state.until { it.photos.single().delivery == Delivery.SENT }
        model.act(NewEvent(kind = "accepted")).join()
        assertEquals("role_may_not", model.state.value.problem?.code)
        model
            .act(
                NewEvent(
                    kind = "noted",
                    note = "再看过一次",
                    values = mapOf("manner" to TextValue("on_site")),
                )
            )
            .join()
        assertNull(model.state.value.problem)
        model.state.until { state ->
            checkNotNull(state.complaint).events.any { it.kind == "noted" }
        }
    }

    @Test
    fun `a tap syncs, and the line says when`() = story {
        val phone = town.rep()
        val model = SyncModel(phone.app, scope)
        phone.record()
        model.syncNow().join()
        val line = model.state.until { it.phase == SyncPhase.IDLE && it.lastSync != null }
        assertNull(line.problem)
        assertEquals(0uL, phone.app.status().unsentComplaints)
        phone.app.suspend()
        model.syncNow().join()
        assertEquals("suspended", model.state.value.refused?.code)
        phone.app.resume()
        model.syncNow().join()
        assertNull(model.state.value.refused)
    }
}
