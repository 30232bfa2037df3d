/*
 * What calls through the bindings cost: a bare call, a small one, lists of 10,000 complaints.
 * Prints a table and judges nothing: numbers differ from machine to machine.
 */
package dev.floorwalk.stories

import dev.floorwalk.Floorwalk
import dev.floorwalk.ListQuery
import dev.floorwalk.WordKind
import dev.floorwalk.Words
import java.io.File
import kotlin.system.exitProcess
import kotlin.time.Duration
import kotlin.time.measureTime
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

object Bench {
    private const val COUNT = 10_000
    private const val PAGE = 500u

    @JvmStatic
    fun main(@Suppress("UNUSED_PARAMETER") arguments: Array<String>) {
        runBlocking { all() }
        exitProcess(0)
    }

    private suspend fun all() {
        val phone = Town.shared.rep()
        phone.app.shutdown()
        val many = File(phone.folder, "many.jsonl")
        many.bufferedWriter().use { out ->
            for (n in 1..COUNT) out.appendLine(
                """{"building":"${phone.building}","room":"$n","text":"楼道灯不亮，第 $n 件"}"""
            )
        }
        Desk(phone.database).ask("record", "--jsonl", many.path)
        println(
            "$COUNT complaints, library ${Floorwalk.version}, " +
                "Java ${System.getProperty("java.version")}"
        )
        row("what", "times", "least", "middle", "most")
        measure("opening, with the first call", 20) {
            phone.openAgain()
            phone.app.count()
            phone.app.shutdown()
        }
        phone.openAgain()
        val number = phone.app.list(ListQuery(limit = 1u)).single().number
        measure("a plain function: version", 20_000) { Floorwalk.version }
        measure("a word of a key", 20_000) { Words.of(WordKind.STAGE, "accepted") }
        measure("a suspend call: count()", 5_000) { phone.app.count() }
        measure("a page of 50", 500) { phone.app.list(ListQuery(limit = 50u)) }
        measure("all $COUNT in one list", 20) { check(phone.app.list().size == COUNT) }
        measure("all $COUNT in pages of $PAGE", 20) {
            for (offset in 0u until COUNT.toUInt() step PAGE.toInt()) {
                phone.app.list(ListQuery(limit = PAGE, offset = offset))
            }
        }
        measure("one complaint: show()", 500) { phone.app.show(number) }
        measure("recording one", 200) { phone.record() }
        measure("observing a page of 50, first state", 500) {
            phone.app.observeList(ListQuery(limit = 50u)).first()
        }
        phone.app.shutdown()
    }

    private suspend fun measure(what: String, times: Int, work: suspend () -> Unit) {
        // The first tenth warms up.
        val spent =
            List(times + times / 10 + 1) { measureTime { work() } }.drop(times / 10 + 1).sorted()
        row(what, "$times", micros(spent.first()), micros(spent[times / 2]), micros(spent.last()))
    }

    private fun micros(spent: Duration) = "%.1f µs".format(spent.inWholeNanoseconds / 1e3)

    private fun row(what: String, vararg cells: String) =
        println(what.padEnd(44) + cells.joinToString("") { it.padStart(14) })
}
