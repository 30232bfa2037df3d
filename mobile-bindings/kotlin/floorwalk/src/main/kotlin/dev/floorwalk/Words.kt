/*
 * Words for keys, in both languages, and the log. Owns the language of the process. Keys are
 * stable and are what records hold; words are for the screen only.
 */
package dev.floorwalk

import dev.floorwalk.ffi.LogListener
import java.util.Locale

/** Words for stages, roles, fields and all other keys. */
public object Words {
    /** The language of the process: the locale's at first. Errors take their message in it. */
    @Volatile public var language: Language = languageOf(Locale.getDefault())

    /** The word for a key. A key that nobody knows is its own word. */
    public fun of(kind: WordKind, key: String, language: Language = this.language): String =
        dev.floorwalk.ffi.word(kind, key, language)

    /** All keys of a kind, in the order in which to offer them. */
    public fun keys(kind: WordKind): List<String> = dev.floorwalk.ffi.keys(kind)
}

/** The log of the library: what it does, in words that name nobody. */
public object Logs {
    /** Hears lines of the log. */
    public fun interface Sink {
        /** A line. Called on a thread of the library: be quick, and don't throw. */
        public fun logged(level: LogLevel, target: String, message: String)
    }

    /** Hands every line of a level and graver ones to a sink, in place of the sink before. */
    public fun to(level: LogLevel, sink: Sink) {
        val listener =
            object : LogListener {
                override fun logged(level: LogLevel, target: String, message: String) =
                    sink.logged(level, target, message)
            }
        dev.floorwalk.ffi.setLogListener(listener, level)
    }

    /** Lets the log go nowhere. */
    public fun stop() {
        dev.floorwalk.ffi.setLogListener(null, LogLevel.ERROR)
    }
}
