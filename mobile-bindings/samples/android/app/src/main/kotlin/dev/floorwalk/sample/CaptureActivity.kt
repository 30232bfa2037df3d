/*
 * The first screen: record in seconds. Every letter is kept by the model; this file only shows its
 * state.
 */
package dev.floorwalk.sample

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import dev.floorwalk.Floorwalk
import dev.floorwalk.android.PhotoCapture
import dev.floorwalk.android.SyncWorker
import dev.floorwalk.ui.CaptureModel
import dev.floorwalk.ui.CaptureState
import kotlinx.coroutines.launch

class CaptureActivity : Screen() {
    private lateinit var camera: PhotoCapture
    private var model: CaptureModel? = null

    private val room by lazy { field(R.string.room) { word -> type { copy(room = word) } } }
    private val narrative by lazy {
        field(R.string.narrative, lines = 4) { word -> type { copy(text = word) } }
    }
    private val complainant by lazy {
        field(R.string.complainant) { word -> type { copy(complainant = word) } }
    }
    private val phone by lazy { field(R.string.phone) { word -> type { copy(phone = word) } } }
    private val demand by lazy { field(R.string.demand) { word -> type { copy(demand = word) } } }
    private val kept by lazy { text() }
    private val missing by lazy { text() }
    private val photos by lazy { text() }

    override fun onCreate(savedInstanceState: Bundle?) {
        camera = PhotoCapture(this)
        camera.restore(savedInstanceState?.getString(PENDING))
        super.onCreate(savedInstanceState)
    }

    override fun onSaveInstanceState(outState: Bundle) {
        super.onSaveInstanceState(outState)
        outState.putString(PENDING, camera.pending)
    }

    override suspend fun opened(floorwalk: Floorwalk) {
        if (!floorwalk.isMember()) {
            show<JoinActivity>()
            finish()
            return
        }
        SyncWorker.syncRegularly(this)
        val building = floorwalk.community().buildings.firstOrNull()?.name.orEmpty()
        listOf(room, narrative, complainant, phone, demand, missing, photos, kept)
        button(R.string.photo) { startActivityForResult(camera.begin(), PHOTO) }
        button(R.string.record) { record() }
        button(R.string.discard) { model?.discard() }
        button(R.string.list) { show<ListActivity>() }
        val capture = CaptureModel(floorwalk, scope, building)
        model = capture
        capture.resumeLatest().join()
        capture.state.collect(::show)
    }

    @Deprecated("The plain framework's way; a sample without androidx has no other.")
    override fun onActivityResult(requestCode: Int, resultCode: Int, data: Intent?) {
        if (requestCode != PHOTO) return
        if (resultCode != Activity.RESULT_OK) return camera.cancel()
        scope.launch { camera.finish { photo -> model?.attach(photo)?.join() } }
    }

    private fun type(change: dev.floorwalk.NewComplaint.() -> dev.floorwalk.NewComplaint) {
        // What the model shows comes back through the watcher; only a person's typing is a change.
        val form = model?.state?.value?.form ?: return
        if (form.change() != form) model?.type { it.change() }
    }

    private fun record() {
        scope.launch {
            model?.record()?.join()
            SyncWorker.syncSoon(this@CaptureActivity)
        }
    }

    private fun show(state: CaptureState) {
        room.showIfOther(state.form.room)
        narrative.showIfOther(state.form.text)
        complainant.showIfOther(state.form.complainant)
        phone.showIfOther(state.form.phone)
        demand.showIfOther(state.form.demand)
        missing.showOrHide(chips(R.string.missing, state.missing))
        photos.showOrHide(
            if (state.photos.isEmpty()) "" else "${getString(R.string.photos)}：${state.photos.size}"
        )
        val recorded = state.recorded
        val problem = state.problem
        kept.text =
            when {
                problem != null -> problem.message
                recorded != null -> getString(R.string.recorded, recorded.number)
                state.saved -> getString(R.string.kept)
                else -> getString(R.string.keeping)
            }
    }

    private companion object {
        const val PHOTO = 1
        const val PENDING = "pending"
    }
}
