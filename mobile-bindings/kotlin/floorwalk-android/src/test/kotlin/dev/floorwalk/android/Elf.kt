/*
 * As much of ELF as says for which pages a library is made. Owns the reading of program headers,
 * in both widths.
 */
package dev.floorwalk.android

import java.nio.ByteBuffer
import java.nio.ByteOrder

internal object Elf {
    private const val LOAD = 1
    private const val PAGE_BYTES = 0x4000L
    private const val HEADER_BYTES = 64
    private const val PROGRAM_BYTES = 56

    /** Fails unless every loaded part of the library begins at a page of 16 KB. */
    fun checkPages(library: ByteArray) {
        val elf = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN)
        check(elf.getInt(0) == 0x464c457f) { "not a library" }
        val wide = elf.get(4).toInt() == 2
        val first = if (wide) elf.getLong(0x20).toInt() else elf.getInt(0x1c)
        val size = elf.getShort(if (wide) 0x36 else 0x2a).toInt()
        val count = elf.getShort(if (wide) 0x38 else 0x2c).toInt()
        val parts = (0 until count).map { first + it * size }.filter { elf.getInt(it) == LOAD }
        check(parts.isNotEmpty()) { "nothing is loaded" }
        for (at in parts) {
            val align = if (wide) elf.getLong(at + 0x30) else elf.getInt(at + 0x1c).toLong()
            check(align >= PAGE_BYTES) { "made for pages of $align bytes" }
        }
    }

    /** A library of nothing but one loaded part. */
    fun sample(align: Long): ByteArray {
        val elf = ByteBuffer.allocate(HEADER_BYTES + PROGRAM_BYTES).order(ByteOrder.LITTLE_ENDIAN)
        elf.putInt(0, 0x464c457f).put(4, 2)
        elf.putLong(0x20, HEADER_BYTES.toLong())
            .putShort(0x36, PROGRAM_BYTES.toShort())
            .putShort(0x38, 1)
        elf.putInt(HEADER_BYTES, LOAD).putLong(HEADER_BYTES + 0x30, align)
        return elf.array()
    }
}
