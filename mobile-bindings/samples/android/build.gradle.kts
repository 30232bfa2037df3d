// Versions of the plugins; the app's own file says the rest.
plugins {
    id("com.android.application") version "9.0.0" apply false
}
