/*
 * The line between phones and a relay, in the hand of a story. Owns a listening socket of this
 * machine; what passes is not looked at. It can hold after so many bytes, and break.
 */
package dev.floorwalk.stories

import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.thread
import kotlin.concurrent.withLock
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow

class Line(private val relayPort: Int) : AutoCloseable {
    private val loopback = InetAddress.getLoopbackAddress()
    private val server = ServerSocket(0, 50, loopback)
    private val sockets: MutableSet<Socket> = ConcurrentHashMap.newKeySet()
    private val lock = ReentrantLock()
    private val freed = lock.newCondition()
    private var left = Long.MAX_VALUE
    private var broken = false
    private val held = MutableStateFlow(false)

    val port: Int
        get() = server.localPort

    /** Whether bytes wait now because the line holds. */
    val holds: StateFlow<Boolean>
        get() = held

    init {
        thread(isDaemon = true, name = "line") { accept() }
    }

    /** Lets so many bytes through to the relay, and then holds. */
    fun holdAfter(bytes: Long) =
        lock.withLock {
            left = bytes
            held.value = false
        }

    /** Lets everything through, what is held first. */
    fun open() =
        lock.withLock {
            left = Long.MAX_VALUE
            broken = false
            held.value = false
            freed.signalAll()
        }

    /** Breaks what is there, and takes nothing new until it is opened. */
    fun cut() {
        lock.withLock { broken = true }
        sockets.forEach { it.close() }
    }

    override fun close() {
        cut()
        open()
        server.close()
    }

    private fun accept() {
        try {
            while (true) {
                val phone = server.accept()
                if (lock.withLock { broken }) phone.close() else carry(phone)
            }
        } catch (_: IOException) {
            // It is closed.
        }
    }

    private fun carry(phone: Socket) {
        val relay = Socket(loopback, relayPort)
        sockets += listOf(phone, relay)
        thread(isDaemon = true) { pass(phone, relay, counted = true) }
        thread(isDaemon = true) { pass(relay, phone, counted = false) }
    }

    private fun pass(from: Socket, to: Socket, counted: Boolean) {
        try {
            val buffer = ByteArray(CHUNK_BYTES)
            while (true) {
                val size = from.getInputStream().read(buffer)
                if (size < 0) break
                if (counted) wait(size)
                to.getOutputStream().write(buffer, 0, size)
            }
        } catch (_: IOException) {
            // Either end has broken off, and so does the other.
        }
        for (socket in listOf(from, to)) {
            socket.close()
            sockets -= socket
        }
    }

    private fun wait(size: Int) =
        lock.withLock {
            while (left < size) {
                held.value = true
                freed.await()
            }
            left -= size
        }

    private companion object {
        const val CHUNK_BYTES = 8_192
    }
}
