/*
 * The screen of one complaint without its views. Owns how duties, missing fields and photos become
 * lines; what they say is the library's, live.
 */
package dev.floorwalk.ui

import dev.floorwalk.Complaint
import dev.floorwalk.Delivery
import dev.floorwalk.Duty
import dev.floorwalk.EvidenceInfo
import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.Language
import dev.floorwalk.NewEvent
import dev.floorwalk.WordKind
import dev.floorwalk.Words
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** A duty as a line: what, who, until when, and how it stands. */
public data class DutyLine(
    /** What is to be done, in the language of the process. */
    val title: String,
    /** The clause that says so. */
    val clause: String,
    /** Who has to. */
    val by: Chip,
    /** How it stands. */
    val status: Chip,
    /** When it is too late, RFC 3339; `null` where the regulation names no time. */
    val dueAt: String?,
    /** Whether the time may still move: an unpublished calendar, or a clock in doubt. */
    val uncertain: Boolean,
)

/** A photo as a line: how far it has come. */
public data class PhotoLine(
    /** Its hash, by which to ask for the preview. */
    val hash: String,
    /** How far it has come. */
    val delivery: Delivery,
    /** The same in words. */
    val word: String,
    /** A tiny blurred picture to show until the preview is there, in base 64. */
    val thumbHash: String?,
)

/** What the screen of a complaint shows. */
public data class ComplaintState(
    /** All of it; `null` before it has come. */
    val complaint: Complaint? = null,
    /** Its stage. */
    val stage: Chip? = null,
    /** How far it has come, in words. */
    val delivery: String = "",
    /** Its photos. */
    val photos: List<PhotoLine> = emptyList(),
    /** Duties, the most pressing first. */
    val duties: List<DutyLine> = emptyList(),
    /** Fields that the regulation wants and that are empty. */
    val missing: List<Chip> = emptyList(),
    /** What this device's role may do next. */
    val allowed: List<Chip> = emptyList(),
    /** Fields that were changed at once in two places, with all their values, to choose from. */
    val conflicts: Map<String, List<String>> = emptyMap(),
    /** What could not be done last. */
    val problem: FloorwalkException? = null,
)

/** Open ones first, then by when it is too late. */
private val pressing = compareByDescending(Duty::open).thenBy(nullsLast(), Duty::dueAtMs)

/** Shows one complaint as it is now, and acts on it. */
public class ComplaintModel(
    private val floorwalk: Floorwalk,
    private val scope: CoroutineScope,
    private val number: String,
    /** The role of this device, for what it may do next; the community tells it. */
    private val role: String,
) {
    private val current = MutableStateFlow(ComplaintState())

    /** What to show. */
    public val state: StateFlow<ComplaintState> = current.asStateFlow()

    init {
        scope.launch {
            floorwalk.observeComplaint(number).collect { seen -> seen.fold(::show, ::failed) }
        }
    }

    /** Does something to it. */
    public fun act(event: NewEvent): Job = trying { floorwalk.act(number, event) }

    /** Sets a field: fills what is missing, or chooses one of the values of a conflict. */
    public fun set(field: String, value: String): Job = trying {
        floorwalk.edit(number, mapOf(field to value))
    }

    /** Attaches a photo. */
    public fun attach(photo: File): Job = trying { floorwalk.attach(number, photo) }

    /** A small picture of a photo as JPEG, or `null` while there is none on this device. */
    public suspend fun preview(photo: PhotoLine): ByteArray? = floorwalk.preview(number, photo.hash)

    private fun show(complaint: Complaint) =
        current.update {
            ComplaintState(
                complaint = complaint,
                stage = Chip.of(WordKind.STAGE, complaint.stage),
                delivery = complaint.delivery.word(),
                photos = complaint.evidence.filter { it.erased == null }.map(::line),
                duties = complaint.duties.sortedWith(pressing).map(::line),
                missing = complaint.missing.map(Chip::ofField),
                allowed =
                    complaint.allowed
                        .filter { role in it.roles }
                        .map { Chip.of(WordKind.EVENT_KIND, it.kind) },
                conflicts = complaint.conflicts,
                problem = it.problem,
            )
        }

    private fun line(photo: EvidenceInfo) =
        PhotoLine(photo.hash, photo.delivery, photo.delivery.word(), photo.thumbHash)

    private fun line(duty: Duty) =
        DutyLine(
            title = if (Words.language == Language.CHINESE) duty.chinese else duty.english,
            clause = duty.clause,
            by = Chip.of(WordKind.ROLE, duty.by),
            status = Chip.of(WordKind.DUTY, duty.status),
            dueAt = duty.dueAt,
            uncertain = duty.provisional || duty.uncertain,
        )

    private fun trying(work: suspend () -> Unit): Job =
        scope.launch {
            try {
                work()
                current.update { it.copy(problem = null) }
            } catch (problem: FloorwalkException) {
                failed(problem)
            }
        }

    private fun failed(problem: Throwable) =
        current.update { it.copy(problem = problem as FloorwalkException) }
}
