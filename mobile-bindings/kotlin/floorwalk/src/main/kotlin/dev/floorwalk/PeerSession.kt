/*
 * A sync with another device, without a relay. Owns the life of the generated channel; the bytes'
 * way (Bluetooth, Wi-Fi, a cable) is the app's.
 */
package dev.floorwalk

import dev.floorwalk.ffi.PeerChannel

/**
 * One end of a conversation between two devices of a community.
 *
 * Carry what [next] gives to the other end's [receive], in order, in pieces of any size, both ways,
 * until [isDone] at both ends. What has arrived is kept also when the conversation breaks off.
 */
public class PeerSession internal constructor(private val inner: PeerChannel) : AutoCloseable {
    /** Bytes for the other end, or `null` when this end has nothing to say until it hears more. */
    public suspend fun next(): ByteArray? = calling { inner.next() }

    /** Takes bytes of the other end. */
    public suspend fun receive(bytes: ByteArray): Unit = calling { inner.receive(bytes) }

    /** Whether this end has all that it can have. */
    public suspend fun isDone(): Boolean = calling { inner.isDone() }

    /** What was moved until now. */
    public suspend fun report(): SyncReport = calling { inner.report() }

    /** Ends the conversation. */
    override fun close(): Unit = inner.close()
}
