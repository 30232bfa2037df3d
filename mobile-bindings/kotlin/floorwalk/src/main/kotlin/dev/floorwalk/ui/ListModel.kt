/*
 * The list screen without its views. Owns which part of the list is asked for; the rows are the
 * library's, live.
 */
package dev.floorwalk.ui

import dev.floorwalk.ComplaintRow
import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.ListQuery
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.flow.update

/** What the list screen shows. */
public data class ListState(
    /** Complaints, newest first. */
    val rows: List<ComplaintRow> = emptyList(),
    /** Whether the rows are those of the present query, or none have come yet. */
    val loaded: Boolean = false,
    /** Whether there may be more than the rows. */
    val hasMore: Boolean = false,
    /** Why there are no rows. */
    val problem: FloorwalkException? = null,
)

/** Lists complaints, page upon page, and keeps the list as it is now. */
@OptIn(ExperimentalCoroutinesApi::class)
public class ListModel(
    private val floorwalk: Floorwalk,
    scope: CoroutineScope,
    query: ListQuery = ListQuery(),
    private val page: Int = 50,
) {
    private val asked = MutableStateFlow(query.copy(limit = page.toUInt()))

    /** What to show. */
    public val state: StateFlow<ListState> =
        asked.flatMapLatest(::states).stateIn(scope, SharingStarted.Eagerly, ListState())

    /** Shows another part of the list, from its beginning. */
    public fun filter(building: String? = null, stage: String? = null, overdue: Boolean = false) {
        asked.value =
            ListQuery(building = building, stage = stage, overdue = overdue, limit = page.toUInt())
    }

    /** Shows one page more. */
    public fun more() {
        asked.update { it.copy(limit = (it.limit ?: 0u) + page.toUInt()) }
    }

    private fun states(query: ListQuery): Flow<ListState> =
        floorwalk.observeList(query).map { seen ->
            val rows = seen.getOrDefault(emptyList())
            ListState(
                rows = rows,
                loaded = true,
                hasMore = rows.size.toUInt() == query.limit,
                problem = seen.exceptionOrNull() as FloorwalkException?,
            )
        }
}
