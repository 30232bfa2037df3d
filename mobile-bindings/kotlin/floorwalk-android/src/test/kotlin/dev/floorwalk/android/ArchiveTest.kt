/*
 * The shape of the Android archive. Owns what an Android build expects of one; the classes in it
 * are tested by the stories, and by another project that consumes it.
 */
package dev.floorwalk.android

import java.io.ByteArrayInputStream
import java.io.File
import java.util.jar.JarInputStream
import java.util.zip.ZipFile
import javax.xml.parsers.DocumentBuilderFactory
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ArchiveTest {
    private val archive = ZipFile(File(System.getProperty("aar")))

    private fun bytes(name: String) =
        archive.getInputStream(archive.getEntry(name)).use { it.readBytes() }

    @Test
    fun `the archive has the parts that an Android build looks for, and no others`() {
        val names =
            archive.entries().asSequence().map { it.name }.filter { !it.endsWith("/") }.toSet()
        val libraries = names.filter { it.startsWith("jni/") }.toSet()
        assertEquals(
            setOf("AndroidManifest.xml", "classes.jar", "R.txt", "proguard.txt"),
            names - libraries,
        )
    }

    @Test
    fun `the manifest names the package, the oldest system and two permissions`() {
        val factory = DocumentBuilderFactory.newInstance()
        val manifest =
            factory.newDocumentBuilder().parse(ByteArrayInputStream(bytes("AndroidManifest.xml")))
        assertEquals("dev.floorwalk.android", manifest.documentElement.getAttribute("package"))
        val permissions = manifest.getElementsByTagName("uses-permission")
        assertEquals(2, permissions.length)
        val sdk = manifest.getElementsByTagName("uses-sdk").item(0).attributes
        assertEquals("29", sdk.getNamedItem("android:minSdkVersion").nodeValue)
    }

    @Test
    fun `the classes are the layer, the bindings and the Android sources, without stand-ins`() {
        val classes = mutableSetOf<String>()
        JarInputStream(ByteArrayInputStream(bytes("classes.jar"))).use { jar ->
            generateSequence { jar.nextEntry }.forEach { classes += it.name }
        }
        for (wanted in
            listOf("Floorwalk", "ui/CaptureModel", "ffi/Floorwalk", "android/SyncWorker")) {
            assertTrue("dev/floorwalk/$wanted.class" in classes, wanted)
        }
        val foreign = classes.filter { it.endsWith(".class") && !it.startsWith("dev/floorwalk/") }
        assertEquals(emptyList<String>(), foreign)
    }

    @Test
    fun `the rules keep JNA and the bindings, whose own archive has no rules`() {
        val rules = bytes("proguard.txt").decodeToString()
        for (kept in listOf("com.sun.jna.**", "dev.floorwalk.ffi.**", "SyncWorker")) assertTrue(
            kept in rules,
            kept,
        )
        assertFalse(
            "-dontshrink" in rules || "-dontobfuscate" in rules || "-ignorewarnings" in rules
        )
    }

    @Test
    fun `every native library loads where pages have 16 KB`() {
        val libraries = archive.entries().asSequence().filter { it.name.endsWith(".so") }
        for (library in libraries) Elf.checkPages(bytes(library.name))
    }

    @Test
    fun `a library for pages of 4 KB is refused, and one for 16 KB is not`() {
        Elf.checkPages(Elf.sample(align = 0x4000))
        assertThrows(IllegalStateException::class.java) {
            Elf.checkPages(Elf.sample(align = 0x1000))
        }
    }
}
