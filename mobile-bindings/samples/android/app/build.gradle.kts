// The sample app. Release builds are shrunk, so that the archive's consumer rules are used as an app would use them.
plugins {
    id("com.android.application")
}

android {
    namespace = "dev.floorwalk.sample"
    compileSdk = 36
    defaultConfig {
        applicationId = "dev.floorwalk.sample"
        minSdk = 29
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].java.srcDir("src/main/kotlin")
}

dependencies {
    implementation("dev.floorwalk:floorwalk-android:0.1.0")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    implementation("androidx.work:work-runtime:2.11.0")
}
