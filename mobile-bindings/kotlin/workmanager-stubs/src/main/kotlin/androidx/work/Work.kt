/*
 * Declarations of androidx.work that the Android sources use, so that they can be type-checked
 * without it. Owns nothing that runs: each body throws. Signatures follow the public reference of
 * work-runtime 2.9.
 */
@file:Suppress("UNUSED_PARAMETER", "unused")

package androidx.work

import android.content.Context
import java.util.concurrent.TimeUnit

private fun never(): Nothing = throw UnsupportedOperationException("for type-checking only")

abstract class ListenableWorker(appContext: Context, workerParams: WorkerParameters) {
    val applicationContext: Context
        get() = never()

    abstract class Result internal constructor() {
        companion object {
            @JvmStatic fun success(): Result = never()

            @JvmStatic fun retry(): Result = never()

            @JvmStatic fun failure(): Result = never()
        }
    }
}

class WorkerParameters private constructor()

abstract class CoroutineWorker(appContext: Context, params: WorkerParameters) :
    ListenableWorker(appContext, params) {
    abstract suspend fun doWork(): Result
}

enum class NetworkType {
    NOT_REQUIRED,
    CONNECTED,
    UNMETERED,
}

enum class BackoffPolicy {
    EXPONENTIAL,
    LINEAR,
}

enum class ExistingWorkPolicy {
    REPLACE,
    KEEP,
    APPEND,
    APPEND_OR_REPLACE,
}

enum class ExistingPeriodicWorkPolicy {
    KEEP,
    UPDATE,
    CANCEL_AND_REENQUEUE,
}

class Constraints private constructor() {
    class Builder {
        fun setRequiredNetworkType(networkType: NetworkType): Builder = never()

        fun build(): Constraints = never()
    }
}

abstract class WorkRequest {
    abstract class Builder<B : Builder<B, W>, W : WorkRequest> {
        fun setConstraints(constraints: Constraints): B = never()

        fun setBackoffCriteria(
            backoffPolicy: BackoffPolicy,
            backoffDelay: Long,
            timeUnit: TimeUnit,
        ): B = never()

        fun build(): W = never()
    }
}

class OneTimeWorkRequest private constructor() : WorkRequest() {
    class Builder(workerClass: Class<out ListenableWorker>) :
        WorkRequest.Builder<Builder, OneTimeWorkRequest>()
}

class PeriodicWorkRequest private constructor() : WorkRequest() {
    class Builder(
        workerClass: Class<out ListenableWorker>,
        repeatInterval: Long,
        repeatIntervalTimeUnit: TimeUnit,
    ) : WorkRequest.Builder<Builder, PeriodicWorkRequest>()
}

interface Operation

abstract class WorkManager {
    abstract fun enqueueUniqueWork(
        name: String,
        policy: ExistingWorkPolicy,
        work: OneTimeWorkRequest,
    ): Operation

    abstract fun enqueueUniquePeriodicWork(
        name: String,
        policy: ExistingPeriodicWorkPolicy,
        work: PeriodicWorkRequest,
    ): Operation

    abstract fun cancelUniqueWork(name: String): Operation

    companion object {
        @JvmStatic fun getInstance(context: Context): WorkManager = never()
    }
}
