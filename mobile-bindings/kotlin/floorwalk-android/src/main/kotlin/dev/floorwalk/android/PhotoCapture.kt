/*
 * Photos from the camera app, as files of JPEG. Owns the intent, and the way of what comes back
 * into a file that the library can copy. It keeps nothing: the library has the photo once
 * attaching has returned.
 */
package dev.floorwalk.android

import android.content.ContentResolver
import android.content.ContentValues
import android.content.Context
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.net.Uri
import android.os.Environment
import android.provider.MediaStore
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Takes one photo by the phone's camera app. Needs no permission.
 *
 * ```
 * val capture = PhotoCapture(context)
 * startActivityForResult(capture.begin(), 1)          // in the activity
 * capture.finish { photo -> model.attach(photo).join() }   // when it came back with RESULT_OK
 * ```
 */
public class PhotoCapture(private val context: Context) {
    private var target: Uri? = null

    /**
     * The picture that the camera app was asked to write to; keep it over the death of the process,
     * see [restore].
     */
    public val pending: String?
        get() = target?.toString()

    /** Goes on with a [pending] picture after the process was started anew. */
    public fun restore(pending: String?) {
        target = pending?.let(Uri::parse)
    }

    /** The intent that opens the camera app. */
    public fun begin(): Intent {
        val values = ContentValues()
        values.put(MediaStore.Images.Media.MIME_TYPE, JPEG)
        values.put(
            MediaStore.Images.Media.DISPLAY_NAME,
            "floorwalk-${System.currentTimeMillis()}.jpg",
        )
        values.put(
            MediaStore.Images.Media.RELATIVE_PATH,
            "${Environment.DIRECTORY_PICTURES}/Floorwalk",
        )
        val uri =
            context.contentResolver.insert(MediaStore.Images.Media.EXTERNAL_CONTENT_URI, values)
                ?: throw IOException("the photo store gives no place")
        target = uri
        return Intent(MediaStore.ACTION_IMAGE_CAPTURE)
            .putExtra(MediaStore.EXTRA_OUTPUT, uri)
            .addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION)
    }

    /**
     * Hands the photo over as a file of JPEG, then takes it out of the gallery: what residents show
     * stays here.
     */
    public suspend fun finish(use: suspend (File) -> Unit) {
        val uri = target ?: return
        val file = copy(uri)
        try {
            use(file)
            context.contentResolver.delete(uri, null, null)
            target = null
        } finally {
            file.delete()
        }
    }

    /** Forgets the photo after the camera app came back without one. */
    public fun cancel() {
        target?.let { context.contentResolver.delete(it, null, null) }
        target = null
    }

    /** A picture that the person chose, as a file of JPEG; delete it when it is attached. */
    public suspend fun copy(uri: Uri): File =
        withContext(Dispatchers.IO) {
            val file = File.createTempFile("photo", ".jpg", context.cacheDir)
            val resolver = context.contentResolver
            if (resolver.getType(uri) == JPEG) copyBytes(resolver, uri, file)
            else transcode(resolver, uri, file)
            file
        }

    /** The bytes as they are: time and place in them are evidence. */
    private fun copyBytes(resolver: ContentResolver, uri: Uri, file: File) {
        val input = resolver.openInputStream(uri) ?: throw IOException("the photo can't be read")
        input.use { from -> file.outputStream().use { to -> from.copyTo(to) } }
    }

    /** HEIC and others: the library takes JPEG, PNG and WebP. */
    private fun transcode(resolver: ContentResolver, uri: Uri, file: File) {
        val bitmap = ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, uri))
        FileOutputStream(file).use { bitmap.compress(Bitmap.CompressFormat.JPEG, QUALITY, it) }
    }

    private companion object {
        const val JPEG = "image/jpeg"
        const val QUALITY = 92
    }
}
