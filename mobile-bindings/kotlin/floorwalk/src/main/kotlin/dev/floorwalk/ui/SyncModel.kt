/*
 * The line about syncing, without its view. Owns the fraction of a progress bar and what a tap on
 * it does.
 */
package dev.floorwalk.ui

import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.SyncOutcome
import dev.floorwalk.SyncPhase
import dev.floorwalk.SyncProgress
import dev.floorwalk.SyncState
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** What the line about syncing shows. */
public data class SyncLine(
    /** What goes on. */
    val phase: SyncPhase = SyncPhase.IDLE,
    /** How much is done, from 0 to 1; `null` while that can't be said. */
    val fraction: Float? = null,
    /** When the last sync ended well, RFC 3339. */
    val lastSync: String? = null,
    /** How long after the failure a live sync tries again by itself. */
    val retryIn: Duration? = null,
    /** What stood in the last sync's way; `null` when nothing did. */
    val problem: FloorwalkException? = null,
    /**
     * Why the last tap came to nothing: of what the state does not tell, such as that the library
     * is suspended.
     */
    val refused: FloorwalkException? = null,
)

/** Shows how syncing stands, and syncs. */
public class SyncModel(
    private val floorwalk: Floorwalk,
    private val scope: CoroutineScope,
    private val deadline: Duration = 10.minutes,
) {
    private val current = MutableStateFlow(SyncLine())

    /** What to show. */
    public val state: StateFlow<SyncLine> = current.asStateFlow()

    init {
        scope.launch { floorwalk.observeSync().collect(::show) }
    }

    /** Syncs until there is nothing more to move. */
    public fun syncNow(): Job =
        scope.launch {
            current.update { it.copy(refused = null) }
            try {
                do {
                    val outcome = floorwalk.syncOnce(deadline)
                } while (outcome is SyncOutcome.More)
            } catch (problem: FloorwalkException) {
                current.update { it.copy(refused = problem) }
            }
        }

    /** Ends a running sync. All is kept. */
    public fun cancel(): Unit = floorwalk.cancelSync()

    private fun show(state: SyncState) =
        current.update {
            it.copy(
                phase = state.phase,
                fraction = fraction(state.progress),
                lastSync = state.lastSync,
                retryIn = state.retryIn,
                problem = state.error,
            )
        }
}

/** Photos are most of the bytes; without any, parcels are counted. */
private fun fraction(progress: SyncProgress): Float? =
    when {
        progress.blobBytesTotal > 0uL ->
            progress.blobBytes.toFloat() / progress.blobBytesTotal.toFloat()
        progress.parcelsToSend > 0uL ->
            progress.parcels.toFloat() / progress.parcelsToSend.toFloat()
        else -> null
    }?.coerceIn(0f, 1f)
