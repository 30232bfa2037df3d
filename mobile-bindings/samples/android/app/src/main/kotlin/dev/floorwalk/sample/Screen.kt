/*
 * What all screens share: a scope that ends with the screen, the opened library, and a few views
 * made in code. Owns no logic; that lies in the view models of the package.
 */
package dev.floorwalk.sample

import android.app.Activity
import android.content.Context
import android.os.Bundle
import android.text.Editable
import android.text.TextWatcher
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import dev.floorwalk.Floorwalk
import dev.floorwalk.android.SharedFloorwalk
import dev.floorwalk.ui.Chip
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch

abstract class Screen : Activity() {
    protected val scope: CoroutineScope = MainScope()
    protected lateinit var column: LinearLayout

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        column =
            LinearLayout(this).apply {
                orientation = LinearLayout.VERTICAL
                val edge = (EDGE_DP * resources.displayMetrics.density).toInt()
                setPadding(edge, edge, edge, edge)
            }
        setContentView(ScrollView(this).apply { addView(column) })
        scope.launch(Dispatchers.Main.immediate) { opened(SharedFloorwalk.of(this@Screen)) }
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    /** The library is open: make the model and follow its state. */
    protected abstract suspend fun opened(floorwalk: Floorwalk)

    protected fun text(words: CharSequence = ""): TextView =
        add(TextView(this)).apply { text = words }

    protected fun button(words: Int, tapped: () -> Unit): Button =
        add(Button(this)).apply {
            setText(words)
            setOnClickListener { tapped() }
        }

    protected fun field(hint: Int, lines: Int = 1, typed: (String) -> Unit): EditText =
        add(EditText(this)).apply {
            setHint(hint)
            minLines = lines
            addTextChangedListener(
                object : TextWatcher {
                    override fun afterTextChanged(s: Editable) = typed(s.toString())

                    override fun beforeTextChanged(
                        s: CharSequence,
                        start: Int,
                        count: Int,
                        after: Int,
                    ) = Unit

                    override fun onTextChanged(
                        s: CharSequence,
                        start: Int,
                        before: Int,
                        count: Int,
                    ) = Unit
                }
            )
        }

    protected fun chips(title: Int, chips: List<Chip>): String =
        if (chips.isEmpty()) "" else "${getString(title)}：${chips.joinToString("  ") { it.word }}"

    private fun <V : View> add(view: V): V {
        column.addView(
            view,
            ViewGroup.LayoutParams.MATCH_PARENT,
            ViewGroup.LayoutParams.WRAP_CONTENT,
        )
        return view
    }

    private companion object {
        const val EDGE_DP = 16
    }
}

/** Shows words where they differ, so that a field that is being typed into keeps its cursor. */
fun EditText.showIfOther(words: String?) {
    if (text.toString() != words.orEmpty()) setText(words.orEmpty())
}

/** Shows a line only when there is something in it. */
fun TextView.showOrHide(words: CharSequence) {
    text = words
    visibility = if (words.isEmpty()) View.GONE else View.VISIBLE
}

/** Where a screen begins another. */
inline fun <reified A : Activity> Context.show(number: String? = null) {
    val intent = android.content.Intent(this, A::class.java)
    startActivity(number?.let { intent.putExtra(NUMBER, it) } ?: intent)
}

/** The extra that names a complaint. */
const val NUMBER = "number"
