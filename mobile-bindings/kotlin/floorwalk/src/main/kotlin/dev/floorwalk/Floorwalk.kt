/*
 * The handle on one device's complaints. Owns the life of the generated object under it, and adds
 * no behaviour of its own to what the facade does.
 */
package dev.floorwalk

import dev.floorwalk.ffi.Floorwalk as Generated
import java.io.File
import kotlin.time.Duration
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext

/**
 * One device's complaints: recorded here first, without any signal, and synced when there is one.
 *
 * Keep one for the whole process and share it. All functions may be called from any thread, the
 * main one too: none blocks, the work is done on threads of the library. When [record], [edit],
 * [act] or [attach] has returned, a power cut can't undo it. A coroutine that is cancelled in the
 * midst of one of them leaves it done or not done, never half.
 *
 * Every function that fails throws a [FloorwalkException].
 */
public class Floorwalk private constructor(private val inner: Generated) {
    /** Whether this device belongs to a community yet. */
    public suspend fun isMember(): Boolean = calling { inner.isMember() }

    /** Joins a community with the link of an invitation, which works once. Needs the relay. */
    public suspend fun join(link: String): Joined = calling { inner.join(link) }

    /** The community, and the buildings that this device may see. */
    public suspend fun community(): Community = calling { inner.community() }

    /** Records a complaint, with or without signal. */
    public suspend fun record(complaint: NewComplaint): Recorded = calling {
        inner.record(complaint)
    }

    /** Changes fields of a complaint, which is named by its number or id. */
    public suspend fun edit(complaint: String, fields: Map<String, String>): Unit = calling {
        inner.edit(complaint, fields)
    }

    /** Does something to a complaint: accepts it, answers it, follows it up. */
    public suspend fun act(complaint: String, event: NewEvent): Acted = calling {
        inner.act(complaint, event)
    }

    /** Attaches a photo or another file. The file is copied; it may be deleted afterwards. */
    public suspend fun attach(
        complaint: String,
        file: File,
        options: AttachOptions = AttachOptions(),
    ): Attached = calling { inner.attach(complaint, file.path, options) }

    /** A small picture of a photo as JPEG, or `null` while it has not come to this device. */
    public suspend fun preview(complaint: String, hash: String): ByteArray? = calling {
        inner.preview(complaint, hash)
    }

    /** Writes all evidence of a complaint that is on this device into a folder. */
    public suspend fun saveEvidence(complaint: String, folder: File): List<SavedEvidence> =
        calling {
            inner.saveEvidence(complaint, folder.path)
        }

    /** Complaints, newest first. Ask for pages of a long list by limit and offset. */
    public suspend fun list(query: ListQuery = ListQuery()): List<ComplaintRow> = calling {
        inner.list(query)
    }

    /** How many complaints there are on this device. */
    public suspend fun count(): Long = calling { inner.count().toLong() }

    /** All of one complaint. */
    public suspend fun show(complaint: String): Complaint = calling { inner.show(complaint) }

    /** Keeps what is being typed: a new draft for `null`, otherwise the one of that id. */
    public suspend fun saveDraft(draft: String?, complaint: NewComplaint): Draft = calling {
        inner.saveDraft(draft, complaint)
    }

    /** Adds a photo to a draft. The file is copied; it may be deleted afterwards. */
    public suspend fun attachToDraft(draft: String, file: File): Draft = calling {
        inner.attachToDraft(draft, file.path)
    }

    /** Takes a photo out of a draft. */
    public suspend fun removeFromDraft(draft: String, photo: String): Draft = calling {
        inner.removeFromDraft(draft, photo)
    }

    /** All drafts, the latest first. */
    public suspend fun drafts(): List<Draft> = calling { inner.drafts() }

    /** Throws a draft and its photos away. */
    public suspend fun discardDraft(draft: String): Unit = calling { inner.discardDraft(draft) }

    /**
     * Makes a complaint of a draft with all its photos, once, also if the process dies in the midst
     * of it.
     */
    public suspend fun recordDraft(draft: String): Recorded = calling { inner.recordDraft(draft) }

    /**
     * Syncs with the relay until both sides have everything, for so long at most. A call while
     * another runs joins that one. When the last coroutine that waits for it is cancelled, the sync
     * ends too; what has been sent by then stays sent, and the next one goes on. Throws only where
     * trying again can't help.
     */
    public suspend fun syncOnce(deadline: Duration): SyncOutcome {
        require(deadline.isPositive()) { "a sync needs time" }
        return calling { inner.syncOnce(deadline.inWholeMilliseconds.coerceAtLeast(1).toULong()) }
            .toPublic()
    }

    /**
     * Ends the running sync, whoever waits for it: [syncOnce] then fails with `cancelled`. All is
     * kept.
     */
    public fun cancelSync(): Unit = inner.cancelSync()

    /**
     * Keeps in sync until [stopLive]: what others write arrives by itself while there is a
     * connection.
     */
    public fun startLive(): Unit = inner.startLive()

    /** Ends [startLive]. */
    public suspend fun stopLive(): Unit = inner.stopLive()

    /** What syncing may move: on a metered network, say, no originals. */
    public suspend fun setSyncOptions(options: SyncOptions): Unit = calling {
        inner.setSyncOptions(options)
    }

    /**
     * Begins to sync with another device of the community, without a relay; the app carries the
     * bytes.
     */
    public suspend fun beginPeerSession(): PeerSession =
        PeerSession(calling { inner.beginPeerSession() })

    /** Writes everything that another device may lack into one file. */
    public suspend fun exportBundle(file: File): BundleReport = calling {
        inner.exportBundle(file.path)
    }

    /** Takes in what another device has exported. */
    public suspend fun importBundle(file: File): BundleReport = calling {
        inner.importBundle(file.path)
    }

    /** What has not been sent, and what the person should know. */
    public suspend fun status(): Status = calling { inner.status() }

    /**
     * How the library stands, as JSON for a support ticket: counts and codes, no words, names,
     * numbers or keys.
     */
    public suspend fun diagnostics(): String = calling { inner.diagnostics() }

    /**
     * Checks everything, and puts right what can be; a damaged database is replaced by what can be
     * read of it.
     */
    public suspend fun repair(): RepairReport = calling { inner.repair() }

    /**
     * The list, as it is now and after each change. A collector that is slow misses states in
     * between, never the last. Where the list can't be shown now, a failure stands in its place,
     * and the flow goes on: it is told again when it can. To end at the first failure, add `.map {
     * it.getOrThrow() }`. Nothing is told while suspended.
     */
    public fun observeList(query: ListQuery = ListQuery()): Flow<Result<List<ComplaintRow>>> =
        inner.listFlow(query)

    /** One complaint, as it is now and after each change; see [observeList]. */
    public fun observeComplaint(complaint: String): Flow<Result<Complaint>> =
        inner.complaintFlow(complaint)

    /** How syncing stands, now and after each change; see [observeList]. */
    public fun observeSync(): Flow<SyncState> = inner.syncFlow()

    /**
     * Ends syncs, finishes what is being written and lets go of the database file, before the
     * system freezes the process. Until [resume] every other call fails with `suspended`.
     */
    public suspend fun suspend(): Unit = calling { inner.suspend() }

    /** Takes the database up again after [suspend]. */
    public suspend fun resume(): Unit = calling { inner.resume() }

    /**
     * Finishes what runs and closes the database. Every later call fails with `shut_down`. Calling
     * it twice is fine.
     */
    public suspend fun shutdown(): Unit =
        withContext(NonCancellable) { calling { inner.shutdown() } }

    /** Where to open, and what needs no open database. */
    public companion object {
        /** The version of the library. */
        public val version: String
            get() = dev.floorwalk.ffi.version()

        /**
         * Names the file of the native library, where it doesn't lie on the library path: on a
         * desk's Java, in tests. Call it before anything else of this package. On Android the
         * archive brings the library.
         */
        public fun useLibrary(file: File) {
            System.setProperty("uniffi.component.floorwalk.libraryOverride", file.path)
        }

        /**
         * Takes the folder where complaints are kept, which is made when there is none. Returns at
         * once and reads nothing: the first call opens the database, and fails where that can't be
         * done. Put the folder where backups do not go; see the README.
         */
        public fun open(folder: File, keychain: Keychain): Floorwalk =
            Floorwalk(Generated.open(folder.path, CalledKeychain(keychain)))
    }
}

/** Runs a block with this handle and shuts it down afterwards, whatever happened. */
public suspend inline fun <T> Floorwalk.use(block: (Floorwalk) -> T): T =
    try {
        block(this)
    } finally {
        shutdown()
    }
