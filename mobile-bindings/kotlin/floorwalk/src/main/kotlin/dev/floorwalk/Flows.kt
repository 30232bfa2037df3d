/*
 * Flows over listener and handle. Owns the promise that a collector sees the present state first
 * and always the last one, and that nothing of the library outlives the collector.
 */
package dev.floorwalk

import dev.floorwalk.ffi.ComplaintListener
import dev.floorwalk.ffi.Floorwalk as Generated
import dev.floorwalk.ffi.FloorwalkException as GeneratedException
import dev.floorwalk.ffi.ListListener
import dev.floorwalk.ffi.Observation
import dev.floorwalk.ffi.SyncListener
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

internal fun Generated.listFlow(query: ListQuery): Flow<Result<List<ComplaintRow>>> = observing {
    observeList(
        query,
        object : ListListener {
            override fun changed(rows: List<ComplaintRow>) = tell(Result.success(rows))

            override fun failed(error: GeneratedException) = tell(Result.failure(error.toPublic()))
        },
    )
}

internal fun Generated.complaintFlow(complaint: String): Flow<Result<Complaint>> = observing {
    observeComplaint(
        complaint,
        object : ComplaintListener {
            override fun changed(complaint: Complaint) = tell(Result.success(complaint))

            override fun failed(error: GeneratedException) = tell(Result.failure(error.toPublic()))
        },
    )
}

internal fun Generated.syncFlow(): Flow<SyncState> = observing {
    observeSync(
        object : SyncListener {
            override fun changed(state: dev.floorwalk.ffi.SyncState) = tell(state.toPublic())
        }
    )
}

/**
 * The buffer holds one state and lets the older one go, so the listener never waits for the
 * collector.
 */
private fun <T> observing(begin: ProducerScope<T>.() -> Observation): Flow<T> =
    callbackFlow {
            val observation = begin()
            awaitClose {
                observation.cancel()
                observation.close()
            }
        }
        .conflate()

private fun <T> ProducerScope<T>.tell(state: T) {
    trySend(state)
}
