/*
 * A process that is killed. Owns what the child does, and the parent's side: it reads what was
 * acknowledged, and then kills with the signal that nothing can catch.
 */
package dev.floorwalk.stories

import dev.floorwalk.FileKeychain
import dev.floorwalk.Floorwalk
import dev.floorwalk.NewComplaint
import java.io.File
import kotlinx.coroutines.runBlocking

/** Works without end, and prints a line for each thing that is done. */
object Child {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (work, home, building, pictures) = arguments
        Programs.useLibrary()
        val floorwalk = Floorwalk.open(File(home), FileKeychain(File(home, "keys")))
        fun complaint(text: String) =
            NewComplaint(building = building, room = ROOM, text = text, complainant = NAME)
        runBlocking {
            when (work) {
                "record" ->
                    generateSequence(1) { it + 1 }
                        .forEach { say(floorwalk.record(complaint(WORDS)).number) }
                "type" -> {
                    val draft = floorwalk.saveDraft(null, complaint("")).id
                    generateSequence(1) { it + 1 }
                        .forEach { n ->
                            floorwalk.saveDraft(draft, complaint("字".repeat(n)))
                            say("$n")
                        }
                }
                "draft" ->
                    generateSequence(1) { it + 1 }
                        .forEach { n ->
                            val draft = floorwalk.saveDraft(null, complaint(WORDS)).id
                            floorwalk.attachToDraft(draft, photo(File(pictures), n, edge = 60))
                            say(floorwalk.recordDraft(draft).number)
                        }
            }
        }
    }

    private fun say(line: String) {
        println(line)
        System.out.flush()
    }
}

/**
 * Lets a child work until it has acknowledged so much, kills it, and returns all that it
 * acknowledged.
 */
fun killed(work: String, phone: Phone, after: Int): List<String> {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val path =
        System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    val command =
        listOf(java, "-cp", path, Child::class.java.name, work, phone.database.path, phone.building)
    val child =
        ProcessBuilder(command + File(phone.folder, "pictures").path)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
    val lines = child.inputStream.bufferedReader()
    val said = MutableList(after) { checkNotNull(lines.readLine()) { "the child ended by itself" } }
    // On Unix this is SIGKILL. By the handle, since the process itself would close what it has
    // said.
    child.toHandle().destroyForcibly()
    said += lines.readLines()
    check(child.waitFor() != 0)
    return said
}
