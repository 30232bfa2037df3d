/*
 * How syncing stands, and how one sync ended. Owns the mapping from the generated records that
 * hold an error, which is not ours there.
 */
package dev.floorwalk

import dev.floorwalk.ffi.SyncOutcome as GeneratedOutcome
import dev.floorwalk.ffi.SyncState as GeneratedState
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** How [Floorwalk.syncOnce] ended, as a scheduler needs it. */
public sealed interface SyncOutcome {
    /** Both sides have everything. */
    public data class Done(
        /** What was moved. */
        val report: SyncReport
    ) : SyncOutcome

    /** The time was up: what was moved is kept, and the next sync goes on from there. */
    public data class More(
        /** How far it came. */
        val progress: SyncProgress
    ) : SyncOutcome

    /** The relay could not be had, or broke off; everything is kept. */
    public data class RetryAfter(
        /** How long to wait before the next try. */
        val delay: Duration,
        /** What stood in the way. */
        val error: FloorwalkException,
    ) : SyncOutcome
}

/** How syncing stands at this moment. */
public data class SyncState(
    /** What it is doing. */
    val phase: SyncPhase,
    /** How far the present or last sync has come. */
    val progress: SyncProgress,
    /** When the last sync ended well (RFC 3339). */
    val lastSync: String?,
    /** Why the last sync failed; `null` when it did not. */
    val error: FloorwalkException?,
    /** How long after the failure it is tried again by itself. */
    val retryIn: Duration?,
)

internal fun GeneratedOutcome.toPublic(): SyncOutcome =
    when (this) {
        is GeneratedOutcome.Done -> SyncOutcome.Done(report)
        is GeneratedOutcome.More -> SyncOutcome.More(progress)
        is GeneratedOutcome.RetryAfter ->
            SyncOutcome.RetryAfter(ms.toLong().milliseconds, error.toPublic())
    }

internal fun GeneratedState.toPublic(): SyncState =
    SyncState(
        phase = phase,
        progress = progress,
        lastSync = lastSync,
        error = error?.toPublic(),
        retryIn = retryInMs?.toLong()?.milliseconds,
    )
