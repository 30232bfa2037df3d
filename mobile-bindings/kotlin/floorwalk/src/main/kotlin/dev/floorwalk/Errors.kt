/*
 * Errors by whose turn it is. Owns the sealed classes and the one way from a generated error to
 * them; every call of this package that fails throws one of these (or CancellationException). The
 * stable thing is the code.
 */
package dev.floorwalk

import dev.floorwalk.ffi.FloorwalkException as Generated
import java.util.Locale

/**
 * Something could not be done. What was kept before is still kept.
 *
 * Branch on the class for whose turn it is, on [code] for the case. The words say what happened,
 * what is safe and what to do. They hold no complaint text, but may name a building, a number or a
 * file: log the code.
 */
public sealed class FloorwalkException(
    /** The stable code, the same as the command line's. */
    public val code: String,
    /** Whether the same call may work later without any change. */
    public val retryable: Boolean,
    /** What the person can do. */
    public val action: UserAction,
    /** The sentence in English. */
    public val english: String,
    /** The sentence in Chinese. */
    public val chinese: String,
    /** The value that the sentence is about: a field, an id, a path. Never complaint text. */
    public val detail: String?,
) : Exception() {
    /** The input does not fit: something is missing, unknown or of the wrong form. */
    public class Input internal constructor(from: Generated.Failed) : FloorwalkException(from)

    /** The role, the regulation or a revocation does not allow it. */
    public class Forbidden internal constructor(from: Generated.Failed) : FloorwalkException(from)

    /** The relay can't be reached or refuses; everything is kept. */
    public class Relay internal constructor(from: Generated.Failed) : FloorwalkException(from)

    /** Damage was found, or the device has no room or no keys. */
    public class Damage internal constructor(from: Generated.Failed) : FloorwalkException(from)

    /** The call came at the wrong time: while suspended, after shutdown, or it was cancelled. */
    public class Lifecycle internal constructor(from: Generated.Failed) : FloorwalkException(from)

    private constructor(
        from: Generated.Failed
    ) : this(
        code = from.code,
        retryable = from.retryable,
        action = from.action,
        english = from.english,
        chinese = from.chinese,
        detail = from.detail,
    ) {
        initCause(from)
    }

    /** The sentence in the language of the process; see [Words.language]. */
    override val message: String
        get() = message(Words.language)

    /** The sentence in a language. */
    public fun message(language: Language): String =
        when (language) {
            Language.CHINESE -> chinese
            Language.ENGLISH -> english
        }
}

/** The error of this package for a generated one. */
internal fun Generated.toPublic(): FloorwalkException =
    when (this) {
        is Generated.Failed ->
            when (kind) {
                ErrorKind.INPUT -> FloorwalkException.Input(this)
                ErrorKind.FORBIDDEN -> FloorwalkException.Forbidden(this)
                ErrorKind.RELAY -> FloorwalkException.Relay(this)
                ErrorKind.DAMAGE -> FloorwalkException.Damage(this)
                ErrorKind.LIFECYCLE -> FloorwalkException.Lifecycle(this)
            }
    }

/** Runs a call of the generated code so that what it throws is ours. */
internal inline fun <T> calling(call: () -> T): T =
    try {
        call()
    } catch (error: Generated) {
        throw error.toPublic()
    }

/** The language that a locale asks for: Chinese for Chinese, English for all others. */
internal fun languageOf(locale: Locale): Language =
    if (locale.language == "zh") Language.CHINESE else Language.ENGLISH
