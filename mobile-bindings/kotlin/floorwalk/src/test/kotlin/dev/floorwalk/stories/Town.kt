/*
 * The stage of the stories: a community with its office on the command line, and phones of the
 * package under test. One relay and one office serve the whole suite; each story has a building of
 * its own, so that none sees another's.
 */
package dev.floorwalk.stories

import dev.floorwalk.ComplaintRow
import dev.floorwalk.FileKeychain
import dev.floorwalk.Floorwalk
import dev.floorwalk.NewComplaint
import dev.floorwalk.Recorded
import dev.floorwalk.SyncOutcome
import java.io.File
import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

const val WORDS = "三楼走廊漏水，地面湿滑"
const val NAME = "王芳"
const val PHONE = "13900001111"
const val ROOM = "1203"

/** Longer than anything takes; a story that waits so long has failed. */
private val PATIENCE = 2.minutes

/**
 * A relay, and a community with its office. Phones come by a line of their own where one is laid.
 */
class Town(private val folder: File = temporaryFolder("town"), layLine: Boolean = false) :
    AutoCloseable {
    val relay = Relay(File(folder, "relay"))
    private val laid = if (layLine) Line(relay.port) else null
    val office = Desk(File(folder, "office"))
    private val count = AtomicInteger()

    /** The line between everybody and the relay. */
    val line: Line
        get() = checkNotNull(laid) { "no line was laid" }

    init {
        val url = laid?.let { "https://127.0.0.1:${it.port}" } ?: relay.url
        Programs.useLibrary()
        office.ask(
            "community",
            "create",
            "--name",
            "测试小区",
            "--short",
            "CS",
            "--regulation",
            "hanjiang-oc",
            "--name-device",
            "管理处",
            "--relay",
            url,
            "--relay-pin",
            relay.pin,
        )
    }

    /** A building that no other story has. */
    fun newBuilding(): String {
        val name = "${count.incrementAndGet()}号楼"
        office.ask("building", "add", name)
        return name
    }

    /** The link of an invitation to a building. */
    fun invite(building: String, role: String = "building_rep"): String =
        office
            .ask(
                "invite",
                "--name",
                "楼长${count.incrementAndGet()}",
                "--role",
                role,
                "--building",
                building,
            )
            .text("link")

    /** A phone that has not joined yet. */
    fun phone(building: String = newBuilding()): Phone =
        Phone(File(folder, "phone${count.incrementAndGet()}"), building)

    /** A phone of a rep of a building. */
    suspend fun rep(building: String = newBuilding()): Phone =
        phone(building).also { it.join(invite(it.building)) }

    override fun close() {
        laid?.close()
        relay.close()
    }

    companion object {
        /** The town of the whole suite. */
        val shared: Town by lazy { Town() }
    }
}

/** A phone: a folder, a key store, and the handle while it is open. */
class Phone(val folder: File, val building: String) {
    private val home = File(folder, "home")
    private val keys = File(home, "keys")
    var app: Floorwalk = Floorwalk.open(home, FileKeychain(keys))
        private set

    /** The database's folder. */
    val database: File
        get() = home

    suspend fun join(link: String) = app.join(link)

    /** A complaint of this building. */
    fun complaint(text: String = WORDS) =
        NewComplaint(
            building = building,
            room = ROOM,
            text = text,
            complainant = NAME,
            phone = PHONE,
            channel = "rep",
            category = "1B",
            severity = "general",
            demand = "请尽快维修",
            reportedBefore = "已向物业反映",
        )

    suspend fun record(text: String = WORDS): Recorded = app.record(complaint(text))

    suspend fun list(): List<ComplaintRow> = app.list()

    /** Syncs until there is nothing more to move. */
    suspend fun sync() {
        withTimeout(PATIENCE) {
            do {
                val outcome = app.syncOnce(1.minutes)
                check(outcome !is SyncOutcome.RetryAfter) { "the sync failed: $outcome" }
            } while (outcome is SyncOutcome.More)
        }
    }

    /** Closes it and opens it again, as after a restart of the phone. */
    suspend fun reopen(keychain: dev.floorwalk.Keychain = FileKeychain(keys)) {
        app.shutdown()
        app = Floorwalk.open(home, keychain)
    }

    /** Opens what another process has had open and was killed with. */
    fun openAgain() {
        app = Floorwalk.open(home, FileKeychain(keys))
    }
}

/** Waits for the first state that fits. */
suspend fun <T> Flow<T>.until(fits: (T) -> Boolean): T = withTimeout(PATIENCE) { first(fits) }

/** Tells a story; what it leaves running ends with it. */
fun story(tell: suspend () -> Unit) = runBlocking { withTimeout(PATIENCE * 2) { tell() } }

/** A folder that goes away with the JVM. */
fun temporaryFolder(name: String): File {
    val folder = Files.createTempDirectory("floorwalk-$name").toFile()
    Runtime.getRuntime().addShutdownHook(Thread { folder.deleteRecursively() })
    return folder
}

/** What a call that must fail throws. */
inline fun <reified E : Throwable> failure(call: () -> Unit): E {
    val thrown = runCatching { call() }.exceptionOrNull()
    return checkNotNull(thrown as? E) { "expected ${E::class.simpleName}, but it was $thrown" }
}
