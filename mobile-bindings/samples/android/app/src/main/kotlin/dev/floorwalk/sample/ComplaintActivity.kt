/*
 * One complaint, live: its stage, duties, missing fields, and how far it and each photo have come.
 */
package dev.floorwalk.sample

import android.graphics.BitmapFactory
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.TextView
import dev.floorwalk.Floorwalk
import dev.floorwalk.ui.ComplaintModel
import dev.floorwalk.ui.ComplaintState
import dev.floorwalk.ui.DutyLine
import dev.floorwalk.ui.PhotoLine
import kotlinx.coroutines.launch

class ComplaintActivity : Screen() {
    private val head by lazy { text() }
    private val narrative by lazy { text() }
    private val missing by lazy { text() }
    private val duties by lazy { text() }
    private val problem by lazy { text() }
    private val photos by lazy {
        LinearLayout(this).apply { orientation = LinearLayout.VERTICAL }.also { column.addView(it) }
    }
    private var shown: List<PhotoLine>? = null

    override suspend fun opened(floorwalk: Floorwalk) {
        val number = intent.getStringExtra(NUMBER) ?: return finish()
        listOf(head, narrative, missing, duties, problem, photos)
        val model = ComplaintModel(floorwalk, scope, number, role = floorwalk.community().role)
        model.state.collect { state ->
            show(state)
            if (shown != state.photos) show(model, state.photos)
        }
    }

    private fun show(state: ComplaintState) {
        val complaint = state.complaint ?: return
        val room = complaint.fields["room"].orEmpty()
        head.text = "${complaint.number}  $room\n${state.stage?.word} · ${state.delivery}"
        narrative.text = complaint.narrative
        missing.showOrHide(chips(R.string.missing, state.missing))
        val lines = state.duties.joinToString("\n", transform = ::line)
        duties.showOrHide(if (lines.isEmpty()) "" else "${getString(R.string.duties)}\n$lines")
        problem.showOrHide(state.problem?.message.orEmpty())
    }

    private fun line(duty: DutyLine): String {
        val due = duty.dueAt ?: return getString(R.string.no_due, duty.title, duty.status.word)
        return getString(R.string.due, duty.title, duty.status.word, due)
    }

    private fun show(model: ComplaintModel, lines: List<PhotoLine>) {
        shown = lines
        photos.removeAllViews()
        for (line in lines) {
            val picture = ImageView(this)
            photos.addView(picture)
            photos.addView(TextView(this).apply { text = line.word })
            scope.launch {
                val jpeg = model.preview(line) ?: return@launch
                picture.setImageBitmap(BitmapFactory.decodeByteArray(jpeg, 0, jpeg.size))
            }
        }
    }
}
