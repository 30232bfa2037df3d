#!/usr/bin/env bash
# Builds the native library for the processors of Android phones, into target/bindings/jni/<abi>.
# Needs the Android NDK (ANDROID_NDK_HOME) and cargo-ndk. NOT run in CI, which has no NDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${ANDROID_NDK_HOME:?set it to the folder of the NDK, r28 or later}"
command -v cargo-ndk >/dev/null || {
    echo "build-jni.sh: cargo-ndk is missing; cargo install cargo-ndk" >&2
    exit 1
}
rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android

# Pages of 16 KB: the NDK's linker does so from r28 on; older ones need to be told.
export RUSTFLAGS="${RUSTFLAGS:-} -C link-arg=-Wl,-z,max-page-size=16384"
cargo ndk --platform 29 --target arm64-v8a --target armeabi-v7a --target x86_64 \
    --output-dir target/bindings/jni build --profile phone --locked -p floorwalk-ffi
ls -l target/bindings/jni/*/libfloorwalk_ffi.so
