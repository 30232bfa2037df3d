/*
 * Small pieces that screens are made of. Owns how a key becomes what a person reads.
 */
package dev.floorwalk.ui

import dev.floorwalk.Delivery
import dev.floorwalk.Language
import dev.floorwalk.WordKind
import dev.floorwalk.Words

/** A key and its word. */
public data class Chip(
    /** The stable key. */
    val key: String,
    /** What to show. */
    val word: String,
) {
    /** Chips for keys of all kinds. */
    public companion object {
        /** The chip of a field. */
        public fun ofField(key: String): Chip = of(WordKind.FIELD, key)

        /** The chip of a key. */
        public fun of(kind: WordKind, key: String): Chip = Chip(key, Words.of(kind, key))
    }
}

/** The stable key of a delivery, as the command line prints it. */
public val Delivery.key: String
    get() = name.lowercase()

/** How far something has come, in words. */
public fun Delivery.word(language: Language = Words.language): String =
    Words.of(WordKind.DELIVERY, key, language)
