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
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
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
 * Functions return at once and work in the scope, in the order in which they are called; await the
 * job where it matters.
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
    public fun type(change: (NewComplaint) -> NewComplaint): Job {
        current.update { it.copy(form = change(it.form), saved = false) }
        return inTurn { save() }
    }

    /** Adds a photo. The file is copied. */
    public fun attach(photo: File): Job = inTurn { show(floorwalk.attachToDraft(save(), photo)) }

    /** Takes a photo out again. */
    public fun remove(photo: DraftPhoto): Job = inTurn {
        current.value.draft?.let { show(floorwalk.removeFromDraft(it, photo.id)) }
    }

    /** Goes on with what was typed last before the process ended, if there is something. */
    public fun resumeLatest(): Job = inTurn {
        val draft = floorwalk.drafts().firstOrNull() ?: return@inTurn
        if (current.value.draft == null && current.value.saved) {
            current.update { it.copy(form = draft.complaint) }
            show(draft)
        }
    }

    /** Makes the complaint and begins a fresh form. */
    public fun record(): Job = inTurn {
        val recorded = floorwalk.recordDraft(save())
        current.value = CaptureState(emptyForm(), recorded = recorded)
    }

    /** Throws the form away. */
    public fun discard(): Job = inTurn {
        current.value.draft?.let { floorwalk.discardDraft(it) }
        current.value = CaptureState(emptyForm())
    }

    private fun emptyForm() = NewComplaint(building = building, room = "", text = "")

    /** Keeps the form as it is now; the first of many waiting calls saves for them all. */
    private suspend fun save(): String {
        val before = current.value
        if (before.saved && before.draft != null) return before.draft
        val draft = floorwalk.saveDraft(before.draft, before.form)
        show(draft, of = before.form)
        return draft.id
    }

    private fun show(draft: Draft, of: NewComplaint = current.value.form) =
        current.update {
            it.copy(
                draft = draft.id,
                photos = draft.photos,
                missing = draft.missing.map(Chip::ofField),
                saved = it.form == of,
                recorded = null,
            )
        }

    private fun inTurn(work: suspend () -> Unit): Job =
        scope.launch {
            turn.withLock {
                try {
                    work()
                    current.update { it.copy(problem = null) }
                } catch (problem: FloorwalkException) {
                    current.update { it.copy(problem = problem) }
                }
            }
        }
}
