/*
 * A disk that is soon full: a file system in memory, of a few megabytes. Owns its mounting, for
 * which the suite runs as root on build machines; elsewhere, a namespace of the user's own can't
 * be seen by this process, so that root is needed.
 */
package dev.floorwalk.stories

import java.io.File
import java.io.IOException

class SmallDisk(val folder: File, megabytes: Int) : AutoCloseable {
    private val ballast = File(folder, "ballast")

    init {
        run("mount", "-t", "tmpfs", "-o", "size=${megabytes}m", "tmpfs", folder.path)
    }

    /** Leaves almost nothing free. */
    fun fill() {
        ballast.outputStream().use { out ->
            try {
                while (true) out.write(ByteArray(CHUNK_BYTES))
            } catch (_: IOException) {
                // It is full.
            }
        }
        // A little room, so that the refusal comes in the midst of writing and not only at its
        // beginning.
        java.io.RandomAccessFile(ballast, "rw").use {
            it.setLength((it.length() - ROOM_BYTES).coerceAtLeast(0))
        }
    }

    /** Makes room again. */
    fun free() {
        check(ballast.delete())
    }

    override fun close() {
        run("umount", "-l", folder.path)
    }

    private fun run(vararg command: String) {
        val code = ProcessBuilder(*command).redirectErrorStream(true).start().waitFor()
        check(code == 0) { "${command.first()} ended with $code; this story needs root" }
    }

    private companion object {
        const val CHUNK_BYTES = 4_096
        const val ROOM_BYTES = 64 * 1_024L
    }
}
