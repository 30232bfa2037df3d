/*
 * The building's complaints, live, with how far each has come, and the line about syncing.
 */
package dev.floorwalk.sample

import android.widget.LinearLayout
import android.widget.TextView
import dev.floorwalk.ComplaintRow
import dev.floorwalk.Floorwalk
import dev.floorwalk.SyncPhase
import dev.floorwalk.WordKind
import dev.floorwalk.Words
import dev.floorwalk.ui.ListModel
import dev.floorwalk.ui.ListState
import dev.floorwalk.ui.SyncLine
import dev.floorwalk.ui.SyncModel
import dev.floorwalk.ui.word
import kotlinx.coroutines.launch

class ListActivity : Screen() {
    private val syncLine by lazy { text() }
    private val rows by lazy {
        LinearLayout(this).apply { orientation = LinearLayout.VERTICAL }.also { column.addView(it) }
    }

    override suspend fun opened(floorwalk: Floorwalk) {
        val sync = SyncModel(floorwalk, scope)
        val list = ListModel(floorwalk, scope)
        syncLine.text = ""
        button(R.string.sync) { sync.syncNow() }
        scope.launch { sync.state.collect(::show) }
        rows.removeAllViews()
        val more = button(R.string.more) { list.more() }
        list.state.collect { state ->
            show(state)
            more.isEnabled = state.hasMore
        }
    }

    private fun show(line: SyncLine) {
        val problem = line.refused ?: line.problem
        val fraction = line.fraction
        syncLine.text =
            when {
                line.phase == SyncPhase.SYNCING && fraction != null ->
                    getString(R.string.syncing, (fraction * PERCENT).toInt())
                problem != null -> problem.message
                else ->
                    line.lastSync?.let { getString(R.string.last_sync, it) }
                        ?: getString(R.string.never_synced)
            }
    }

    private fun show(state: ListState) {
        rows.removeAllViews()
        val problem = state.problem
        when {
            problem != null -> rows.addView(line(problem.message))
            state.loaded && state.rows.isEmpty() -> rows.addView(line(getString(R.string.empty)))
            else -> state.rows.forEach { row -> rows.addView(line(row)) }
        }
    }

    private fun line(row: ComplaintRow): TextView {
        val photos = if (row.photosTotal == 0u) "" else " · ${row.photosSent}/${row.photosTotal}"
        val stage = Words.of(WordKind.STAGE, row.stage)
        val line = line("${row.number}  ${row.room}\n$stage · ${row.delivery.word()}$photos")
        line.setOnClickListener { show<ComplaintActivity>(row.number) }
        return line
    }

    private fun line(words: String) =
        TextView(this).apply {
            text = words
            val gap = (GAP_DP * resources.displayMetrics.density).toInt()
            setPadding(0, gap, 0, gap)
        }

    private companion object {
        const val PERCENT = 100
        const val GAP_DP = 8
    }
}
