/*
 * The capture screen without its views. Owns the rule that everything typed is kept at once: what
 * the state calls saved survives the death of the process, and recording is whole and once.
 */
package dev.floorwalk.ui

import dev.floorwalk.Draft
import dev.floorwalk.DraftPhoto
import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.NewComplaint
import dev.floorwalk.Recorded
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** What the capture screen shows. */
public data class CaptureState(
    /** The form as it is typed. */
    val form: NewComplaint,
    /** The draft that keeps it; `null` before the first letter. */
    val draft: String? = null,
    /** The photos taken for it. */
    val photos: List<DraftPhoto> = emptyList(),
    /**
     * Fields that the regulation wants and that are empty: the chips. Nothing hinders recording
     * without them.
     */
    val missing: List<Chip> = emptyList(),
    /** Whether all that is on the screen is kept on this device. */
    val saved: Boolean = true,
    /** The complaint that was recorded last. */
    val recorded: Recorded? = null,
    /** What could not be done last. */
    val problem: FloorwalkException? = null,
)

/**
 * Records complaints: one form after another.
 *
 * Functions return at once and work in the scope, in the order in which they are called. Each comes
 * to whether it was done; where it was not, the state says why.
 */
public class CaptureModel(
    private val floorwalk: Floorwalk,
    private val scope: CoroutineScope,
    /** The building that a fresh form begins with. */
    private val building: String = "",
) {
    private val current = MutableStateFlow(CaptureState(emptyForm()))
    private val turn = Mutex()

    /** What to show. */
    public val state: StateFlow<CaptureState> = current.asStateFlow()

    /** Takes a change of the form and keeps it. Call it for every letter. */
    public fun type(change: (NewComplaint) -> NewComplaint): Deferred<Boolean> {
        current.update { it.copy(form = change(it.form), saved = false) }
        return inTurn { if (!current.value.saved) keep() }
    }

    /** Adds a photo. The file is copied, and may go when this has come to `true`. */
    public fun attach(photo: File): Deferred<Boolean> = inTurn {
        show(floorwalk.attachToDraft(keep().draft, photo))
    }

    /** Takes a photo out again. */
    public fun remove(photo: DraftPhoto): Deferred<Boolean> = inTurn {
        current.value.draft?.let { show(floorwalk.removeFromDraft(it, photo.id)) }
    }

    /** Goes on with what was typed last before the process ended, if there is something. */
    public fun resumeLatest(): Deferred<Boolean> = inTurn {
        val draft = floorwalk.drafts().firstOrNull()
        val fresh = CaptureState(emptyForm())
        if (draft != null && current.compareAndSet(fresh, fresh.copy(form = draft.complaint))) {
            show(draft)
        }
    }

    /** Makes the complaint and begins a fresh form. */
    public fun record(): Deferred<Boolean> = inTurn {
        val kept = keep()
        val recorded = floorwalk.recordDraft(kept.draft)
        current.update {
            // Whatever was typed meanwhile is in no draft yet: it stays on the screen.
            val typed = it.form.takeIf { form -> form != kept.form }
            CaptureState(typed ?: emptyForm(), saved = typed == null, recorded = recorded)
        }
    }

    /** Throws the form away. */
    public fun discard(): Deferred<Boolean> = inTurn {
        current.value.draft?.let { floorwalk.discardDraft(it) }
        current.value = CaptureState(emptyForm())
    }

    private fun emptyForm() = NewComplaint(building = building)

    /** What a draft holds. */
    private class Kept(val draft: String, val form: NewComplaint)

    /** Keeps the form as it is now; the first of many waiting calls does so for them all. */
    private suspend fun keep(): Kept {
        val before = current.value
        if (before.saved && before.draft != null) return Kept(before.draft, before.form)
        val draft = floorwalk.saveDraft(before.draft, before.form)
        show(draft, of = before.form)
        return Kept(draft.id, before.form)
    }

    /** Shows what a draft holds; of which form, where it was the form that was saved. */
    private fun show(draft: Draft, of: NewComplaint? = null) =
        current.update {
            it.copy(
                draft = draft.id,
                photos = draft.photos,
                missing = draft.missing.map(Chip::ofField),
                saved = if (of == null) it.saved else it.form == of,
                recorded = null,
            )
        }

    /** Begins at once, so that works stand in line as they were asked for. */
    private fun inTurn(work: suspend () -> Unit): Deferred<Boolean> =
        scope.async(start = CoroutineStart.UNDISPATCHED) {
            turn.withLock {
                try {
                    work()
                    current.update { it.copy(problem = null) }
                    true
                } catch (problem: FloorwalkException) {
                    current.update { it.copy(problem = problem) }
                    false
                }
            }
        }
}
