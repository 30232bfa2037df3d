// The sample app's own build, for Android Studio or the Android SDK's command line. It needs the repositories that
// Android builds use anyway, and the archive of floorwalk-android in the local Maven repository (see the README).
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        mavenLocal { content { includeGroup("dev.floorwalk") } }
        google()
        mavenCentral()
    }
}

rootProject.name = "floorwalk-sample"
include(":app")
