/*
 * Pictures to attach. Owns nothing but their making: noise, so that every one is different and as
 * large as asked for.
 */
package dev.floorwalk.stories

import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO
import kotlin.random.Random

/** Makes a JPEG of noise; about one byte for each pixel. */
fun photo(folder: File, seed: Int, edge: Int = 200): File {
    val random = Random(seed)
    val image = BufferedImage(edge, edge, BufferedImage.TYPE_INT_RGB)
    for (y in 0 until edge) for (x in 0 until edge) image.setRGB(x, y, random.nextInt())
    val file = File(folder.apply { mkdirs() }, "photo-$seed.jpg")
    check(ImageIO.write(image, "jpg", file)) { "no JPEG can be written" }
    return file
}
