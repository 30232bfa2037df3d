/*
 * Syncing in the background by WorkManager. Owns when it is asked for and how an outcome becomes a
 * worker's result; the app needs androidx.work:work-runtime 2.9 or later. One open handle is
 * shared with the rest of the process.
 */
package dev.floorwalk.android

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequest
import androidx.work.PeriodicWorkRequest
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import dev.floorwalk.FloorwalkException
import dev.floorwalk.SyncOutcome
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.minutes

/**
 * Syncs when there is a network. WorkManager stops a worker after ten minutes; this one ends
 * earlier by itself and asks to be run again while there is more to move. When the system stops it,
 * the sync is cancelled and goes on next time.
 */
public class SyncWorker(context: Context, parameters: WorkerParameters) :
    CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result =
        try {
            val floorwalk = SharedFloorwalk.of(applicationContext)
            if (floorwalk.isMember()) resultOf(floorwalk.syncOnce(DEADLINE)) else Result.success()
        } catch (problem: FloorwalkException) {
            if (problem.retryable) Result.retry() else Result.failure()
        }

    private fun resultOf(outcome: SyncOutcome): Result =
        when (outcome) {
            is SyncOutcome.Done -> Result.success()
            is SyncOutcome.More,
            is SyncOutcome.RetryAfter -> Result.retry()
        }

    /** When to sync. */
    public companion object {
        private val DEADLINE = 8.minutes
        private const val ONCE = "dev.floorwalk.sync"
        private const val AGAIN_AND_AGAIN = "dev.floorwalk.sync.periodic"
        private const val PERIOD_MINUTES = 60L
        private const val FIRST_RETRY_SECONDS = 30L

        /**
         * Syncs as soon as there is a network. Call it after each complaint; asking again changes
         * nothing.
         */
        public fun syncSoon(context: Context) {
            val request =
                OneTimeWorkRequest.Builder(SyncWorker::class.java)
                    .setConstraints(networked())
                    .setBackoffCriteria(
                        BackoffPolicy.EXPONENTIAL,
                        FIRST_RETRY_SECONDS,
                        TimeUnit.SECONDS,
                    )
                    .build()
            // A request that comes while one runs must run after it: its complaint may have missed
            // that one.
            WorkManager.getInstance(context)
                .enqueueUniqueWork(ONCE, ExistingWorkPolicy.APPEND_OR_REPLACE, request)
        }

        /**
         * Syncs about once an hour. Call it at each start of the app; asking again changes nothing.
         */
        public fun syncRegularly(context: Context) {
            val request =
                PeriodicWorkRequest.Builder(
                        SyncWorker::class.java,
                        PERIOD_MINUTES,
                        TimeUnit.MINUTES,
                    )
                    .setConstraints(networked())
                    .build()
            WorkManager.getInstance(context)
                .enqueueUniquePeriodicWork(
                    AGAIN_AND_AGAIN,
                    ExistingPeriodicWorkPolicy.KEEP,
                    request,
                )
        }

        /** Ends [syncRegularly]. */
        public fun stop(context: Context) {
            WorkManager.getInstance(context).cancelUniqueWork(AGAIN_AND_AGAIN)
        }

        private fun networked() =
            Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()
    }
}
