/*
 * Stories of what the library tells: errors, diagnostics, its log, and words for keys.
 */
package dev.floorwalk.stories

import dev.floorwalk.Floorwalk
import dev.floorwalk.FloorwalkException
import dev.floorwalk.Language
import dev.floorwalk.LogLevel
import dev.floorwalk.Logs
import dev.floorwalk.UserAction
import dev.floorwalk.WordKind
import dev.floorwalk.Words
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class TellingStories {
    private val town = Town.shared

    @Test
    fun `31 diagnostics tell no word, name or number of anybody`() = story {
        val phone = town.rep()
        val number = phone.record().number
        phone.app.saveDraft(null, phone.complaint())
        phone.sync()
        val told = phone.app.diagnostics()
        val parsed = Json.parseToJsonElement(told).jsonObject
        assertEquals("1", parsed.at("replica").jsonObject.text("complaints"))
        assertEquals(Floorwalk.version, parsed.text("version"))
        for (secret in secrets(phone, number)) assertFalse(secret in told, secret)
    }

    @Test
    fun `32 errors speak both languages, with code, kind and action`() = story {
        val phone = town.phone()
        val told = failure<FloorwalkException.Input> { phone.record() }
        assertEquals("not_in_community", told.code)
        assertEquals(UserAction.JOIN, told.action)
        assertFalse(told.retryable)
        assertTrue(told.english.all { it.code < 128 } && told.english.isNotEmpty())
        assertTrue(told.chinese.any { it in '\u4e00'..'\u9fff' })
        val before = Words.language
        Words.language = Language.CHINESE
        assertEquals(told.chinese, told.message)
        Words.language = Language.ENGLISH
        assertEquals(told.english, told.message)
        Words.language = before
    }

    @Test
    fun `35 a log listener hears what is done, and no text of anybody`() = story {
        val lines = ConcurrentLinkedQueue<String>()
        val threads = ConcurrentLinkedQueue<Thread>()
        Logs.to(LogLevel.DEBUG) { level, target, message ->
            lines += "$level $target $message"
            threads += Thread.currentThread()
        }
        val phone = town.rep()
        val number = phone.record().number
        val lost = File(phone.folder, "王芳.jpg")
        assertEquals("file", failure<FloorwalkException> { phone.app.attach(number, lost) }.code)
        phone.sync()
        Logs.stop()
        assertTrue(lines.isNotEmpty())
        assertFalse(Thread.currentThread() in threads)
        for (secret in secrets(phone, number) + "王芳") for (line in lines) assertFalse(
            secret in line,
            line,
        )
        val count = lines.size
        phone.record()
        phone.sync()
        assertEquals(count, lines.size)
    }

    @Test
    fun `36 every key has a word in both languages`() {
        Programs.useLibrary()
        for (kind in WordKind.entries) {
            val keys = Words.keys(kind)
            assertTrue(keys.isNotEmpty(), "$kind")
            for (key in keys) {
                val chinese = Words.of(kind, key, Language.CHINESE)
                val english = Words.of(kind, key, Language.ENGLISH)
                assertTrue(chinese.isNotEmpty() && english.isNotEmpty(), "$kind $key")
                assertTrue(chinese.any { it in '\u4e00'..'\u9fff' }, "$kind $key: $chinese")
                assertTrue(english.all { it.code < 128 || it in "’–—" }, "$kind $key: $english")
            }
        }
        assertEquals("from_the_future", Words.of(WordKind.STAGE, "from_the_future"))
    }

    private suspend fun secrets(phone: Phone, number: String): List<String> {
        val community = phone.app.community()
        return listOf(
            WORDS,
            NAME,
            PHONE,
            ROOM,
            number,
            phone.building,
            phone.folder.path,
            community.id,
            community.device,
            community.name,
            community.relay,
        )
    }
}
