/*
 * Joining by the link of an invitation.
 */
package dev.floorwalk.sample

import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import kotlinx.coroutines.launch

class JoinActivity : Screen() {
    private var link = ""

    override suspend fun opened(floorwalk: Floorwalk) {
        field(R.string.link, lines = 3) { link = it }
        val problem = text()
        button(R.string.join) {
            scope.launch {
                try {
                    floorwalk.join(link.trim())
                    show<CaptureActivity>()
                    finish()
                } catch (refused: FloorwalkException) {
                    problem.text = refused.message
                }
            }
        }
    }
}
