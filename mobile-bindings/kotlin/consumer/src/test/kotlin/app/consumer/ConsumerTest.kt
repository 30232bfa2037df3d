/*
 * What somebody does who has just added the archive to a build: open, type, and be told what is
 * amiss. Owns the claim that the archive and what its description names are enough.
 */
package app.consumer

import dev.floorwalk.FileKeychain
import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.Language
import dev.floorwalk.NewComplaint
import dev.floorwalk.ui.CaptureModel
import dev.floorwalk.use
import java.io.File
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class ConsumerTest {
    @TempDir lateinit var folder: File

    init {
        val library =
            checkNotNull(System.getenv("FLOORWALK_LIBRARY")) {
                "FLOORWALK_LIBRARY names the library"
            }
        Floorwalk.useLibrary(File(library))
    }

    @Test
    fun `the archive opens, keeps a draft and says what is amiss`() = runBlocking {
        Floorwalk.open(File(folder, "home"), FileKeychain(File(folder, "keys"))).use { floorwalk ->
            assertFalse(floorwalk.isMember())
            val problem = runCatching { floorwalk.join("not a link") }.exceptionOrNull()
            assertTrue(problem is FloorwalkException.Input)
            problem as FloorwalkException
            assertEquals("bad_link", problem.code)
            assertTrue(problem.message(Language.CHINESE).any { it in '\u4e00'..'\u9fff' })
            assertEquals(
                "not_in_community",
                (floorwalk.observeList().first().exceptionOrNull() as FloorwalkException).code,
            )
        }
    }

    @Test
    fun `the view models are in the archive`() {
        assertTrue(CaptureModel::class.java.declaredMethods.isNotEmpty())
        assertEquals("", NewComplaint(building = "", room = "", text = "").text)
    }
}
