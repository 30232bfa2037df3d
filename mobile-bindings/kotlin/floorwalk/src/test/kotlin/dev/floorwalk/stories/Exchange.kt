/*
 * One complaint with all fields and a photo, as lines that can be compared byte by byte with what
 * Swift's programs and the command line tell of it. Owns the form of the lines: only what is the
 * same on every device stands in them; how far the complaint has come does not.
 */
package dev.floorwalk.stories

import dev.floorwalk.Complaint
import dev.floorwalk.FileKeychain
import dev.floorwalk.Floorwalk
import dev.floorwalk.NewComplaint
import dev.floorwalk.SyncOutcome
import dev.floorwalk.use
import java.io.File
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

object Exchange {
    /** The complaint of the comparison. */
    fun complaint(building: String) =
        NewComplaint(
            building = building,
            room = "1203",
            text = "楼道灯不亮\n第二行 = 'x' \"y\"",
            complainant = "王芳",
            phone = "13900001111",
            channel = "rep",
            category = "1B",
            severity = "urgent",
            respondent = "物业公司",
            demand = "请尽快维修",
            reportedBefore = "已向物业反映",
            receivedAt = "2026-09-30T16:00:00+08:00",
        )

    /** Joins, records the complaint with a photo, and brings it to the relay. */
    suspend fun record(home: File, link: String, photo: File): List<String> =
        opened(home) { app ->
            val joined = app.join(link)
            val recorded = app.record(complaint(joined.buildings.first()))
            app.attach(recorded.number, photo)
            sync(app)
            lines(app.show(recorded.number))
        }

    /** Joins, and reads a complaint with the person's details. */
    suspend fun read(home: File, link: String, number: String): List<String> =
        opened(home) { app ->
            app.join(link)
            sync(app)
            lines(app.show(number))
        }

    /** A complaint as lines of `key=value`, in order of their bytes. */
    fun lines(complaint: Complaint): List<String> {
        val values = complaint.fields.toMutableMap<String, String?>()
        values["number"] = complaint.number
        values["building"] = complaint.building
        values["narrative"] = complaint.narrative
        values["stage"] = complaint.stage
        values["recorded_at"] = complaint.recordedAt
        values["received_at"] = complaint.receivedAt
        values["complainant"] = complaint.complainant
        values["phone"] = complaint.phone
        complaint.evidence.forEachIndexed { index, photo ->
            values["photo.${index + 1}.hash"] = photo.hash
            values["photo.${index + 1}.bytes"] = "${photo.bytes}"
            values["photo.${index + 1}.kind"] = photo.kind
            values["photo.${index + 1}.media"] = photo.media
        }
        complaint.events.forEachIndexed { index, event ->
            values["event.${index + 1}.kind"] = event.kind
        }
        return lines(values)
    }

    /** The same of what the command line shows. */
    fun lines(shown: JsonObject): List<String> {
        val values =
            shown
                .at("fields")
                .jsonObject
                .mapValues { it.value.jsonPrimitive.content }
                .toMutableMap<String, String?>()
        for (key in
            listOf("number", "building", "narrative", "stage", "recorded_at", "received_at")) {
            values[key] = shown.text(key)
        }
        val card = shown["card"]?.takeIf { it !is JsonNull }?.jsonObject
        for (key in listOf("complainant", "phone")) values[key] =
            card?.get(key)?.jsonPrimitive?.content
        shown.objects("evidence").forEachIndexed { index, photo ->
            for (key in listOf("hash", "bytes", "kind", "media")) values[
                "photo.${index + 1}.$key"] = photo.text(key)
        }
        shown.objects("events").forEachIndexed { index, event ->
            values["event.${index + 1}.kind"] = event.text("kind")
        }
        return lines(values)
    }

    private fun lines(values: Map<String, String?>): List<String> =
        values
            .filterValues { it != null }
            .map { (key, value) ->
                "$key=${checkNotNull(value).replace("\\", "\\\\").replace("\n", "\\n")}"
            }
            .sortedWith { one, other ->
                java.util.Arrays.compareUnsigned(one.toByteArray(), other.toByteArray())
            }

    private suspend fun <T> opened(home: File, work: suspend (Floorwalk) -> T): T =
        Floorwalk.open(home, FileKeychain(File(home, "keys"))).use { work(it) }

    private suspend fun sync(app: Floorwalk) {
        do {
            val outcome = app.syncOnce(2.minutes)
            check(outcome !is SyncOutcome.RetryAfter) { "the sync failed: $outcome" }
        } while (outcome is SyncOutcome.More)
    }

    /** `record FOLDER LINK PHOTO` or `read FOLDER LINK NUMBER`. */
    @JvmStatic
    fun main(arguments: Array<String>) {
        if (arguments.size != 4 || arguments[0] !in setOf("record", "read")) {
            System.err.println("record FOLDER LINK PHOTO | read FOLDER LINK NUMBER")
            exitProcess(2)
        }
        Programs.useLibrary()
        val (what, home, link, last) = arguments
        val lines = runBlocking {
            if (what == "record") record(File(home), link, File(last))
            else read(File(home), link, last)
        }
        System.out.write(lines.joinToString("") { "$it\n" }.toByteArray())
        System.out.flush()
    }
}
