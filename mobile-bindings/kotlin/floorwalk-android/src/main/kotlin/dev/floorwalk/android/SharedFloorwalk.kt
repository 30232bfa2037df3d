/*
 * The one handle of a process. Owns where an app keeps its complaints: in the folder that no
 * backup touches, with keys that the key store seals.
 */
package dev.floorwalk.android

import android.content.Context
import dev.floorwalk.Floorwalk
import java.io.File
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** Opens the process's complaints once, for screens and workers alike. */
public object SharedFloorwalk {
    private val turn = Mutex()
    private var opened: Floorwalk? = null

    /** The handle; opened at the first call. */
    public suspend fun of(context: Context): Floorwalk =
        turn.withLock {
            opened
                ?: Floorwalk.open(folder(context), KeystoreKeychain(context)).also { opened = it }
        }

    /** Shuts it down; [of] opens it anew. */
    public suspend fun shutdown(): Unit =
        turn.withLock {
            opened?.shutdown()
            opened = null
        }

    /**
     * Where complaints are kept. A copy of this folder on another phone would be a second phone
     * with the same identity, so it lies where no backup and no transfer to a new phone looks.
     */
    public fun folder(context: Context): File = File(context.noBackupFilesDir, "floorwalk")
}
