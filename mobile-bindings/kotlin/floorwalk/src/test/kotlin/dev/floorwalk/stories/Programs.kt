/*
 * The real programs: a relay process, and the command line in a home of its own. Owns how they are
 * started, asked and killed. Where they lie comes from the environment; nothing is looked for.
 */
package dev.floorwalk.stories

import dev.floorwalk.Floorwalk
import java.io.File
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** What the suite is told by its environment. */
object Programs {
    val library = named("FLOORWALK_LIBRARY")
    val floorwalk = named("FLOORWALK_BIN")
    val relay = named("FLOORWALK_RELAY_BIN")

    /** Lets the bindings find the library; to be called before anything of it. */
    fun useLibrary() = Floorwalk.useLibrary(library)

    private fun named(variable: String): File =
        File(
            checkNotNull(System.getenv(variable)) {
                "$variable must be set; run cargo xtask bindings kotlin"
            }
        )
}

/** A relay process on a free port of this machine. */
class Relay(data: File) : AutoCloseable {
    private val process: Process
    val url: String
    val pin: String

    init {
        val command =
            listOf(
                Programs.relay.path,
                "serve",
                "--json",
                "--open",
                "--listen",
                "127.0.0.1:0",
                "--data",
                data.path,
            )
        process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start()
        // Whatever ends this JVM, by a failure too, ends the relay.
        Runtime.getRuntime().addShutdownHook(Thread { process.destroyForcibly() })
        val line =
            checkNotNull(process.inputStream.bufferedReader().readLine()) {
                "the relay ended at once"
            }
        val said = Json.parseToJsonElement(line).jsonObject
        url = said.text("listening")
        pin = said.text("pin")
    }

    /** The port that it listens on. */
    val port: Int
        get() = url.substringAfterLast(':').toInt()

    /** Kills it: nothing can be finished. */
    override fun close() {
        process.destroyForcibly().waitFor()
    }
}

/** The command line with a home. */
class Desk(private val home: File) {
    /** Runs a command that must succeed, and returns the one object that it prints. */
    fun ask(vararg arguments: String): JsonObject {
        val (code, out, error) = run(arguments.asList())
        check(code == 0) { "${arguments.first()} ended with $code: $error" }
        return Json.parseToJsonElement(out).jsonObject
    }

    /** Runs a command that must fail, and returns the code of its error. */
    fun refused(vararg arguments: String): String {
        val (code, _, error) = run(arguments.asList())
        check(code != 0) { "${arguments.first()} was not refused" }
        return Json.parseToJsonElement(error).jsonObject.at("error").jsonObject.text("code")
    }

    fun sync(): JsonObject = ask("sync")

    fun show(number: String): JsonObject = ask("show", number)

    private fun run(arguments: List<String>): Triple<Int, String, String> {
        val builder = ProcessBuilder(listOf(Programs.floorwalk.path) + arguments + "--json")
        builder.environment().apply {
            put("FLOORWALK_HOME", home.path)
            put("FLOORWALK_PASSPHRASE", "correct horse battery")
        }
        val errors = File.createTempFile("desk", ".err")
        val process = builder.redirectError(errors).start()
        process.outputStream.close()
        val out = process.inputStream.bufferedReader().readText()
        check(process.waitFor(5, TimeUnit.MINUTES)) { "${arguments.first()} does not end" }
        return Triple(process.exitValue(), out, errors.readText().also { errors.delete() })
    }
}

fun JsonObject.at(key: String): JsonElement = checkNotNull(this[key]) { "no $key in $keys" }

fun JsonObject.text(key: String): String = at(key).jsonPrimitive.content

fun JsonObject.objects(key: String): List<JsonObject> = at(key).jsonArray.map { it.jsonObject }

fun JsonObject.texts(key: String): List<String> = at(key).jsonArray.map { it.jsonPrimitive.content }
