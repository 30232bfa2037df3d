#!/usr/bin/env bash
# Builds FloorwalkFFI.xcframework on a Mac, with the generated Swift sources beside it.
#   ./build-xcframework.sh            iPhone, simulator, Mac
#   ./build-xcframework.sh --quick    the simulator of this Mac only
# Needs Xcode 16 or later and rustup. NOT RUN IN CI: there is no Mac there.
#
# Slices: a device and a simulator slice can both be arm64, so they stay apart; the two simulator
# architectures are joined by lipo, as are the Mac's. Pages: Apple's arm64 has pages of 16 KB, and
# the app's linker aligns segments so by itself: the slices are static and have none yet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[ "$(uname)" = Darwin ] || { echo "build-xcframework.sh: this needs a Mac with Xcode" >&2; exit 1; }

package=mobile-bindings/swift
out=target/swift/xcframework
export IPHONEOS_DEPLOYMENT_TARGET=17.0 MACOSX_DEPLOYMENT_TARGET=14.0

simulator=x86_64-apple-ios
if [ "$(uname -m)" = arm64 ]; then simulator=aarch64-apple-ios-sim; fi
case "${1:-}" in
    "")
        targets=(aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios)
        targets+=(aarch64-apple-darwin x86_64-apple-darwin)
        ;;
    --quick) targets=("$simulator") ;;
    *) sed -n '2,4s/^# *//p' "$package/build-xcframework.sh" >&2; exit 2 ;;
esac

rustup target add "${targets[@]}"
for target in "${targets[@]}"; do
    cargo rustc --locked --profile phone -p floorwalk-ffi --lib --crate-type staticlib \
        --target "$target"
done

# The code is generated from a library that is not stripped: the host's.
cargo build --locked -p floorwalk-ffi
generated=target/bindings/swift
cargo run --locked --quiet -p floorwalk-bindgen -- \
    generate --language swift --no-format --out-dir "$generated" target/debug/libfloorwalk_ffi.dylib
cp "$generated/FloorwalkGenerated.swift" "$package/Sources/FloorwalkGenerated/"
cp "$generated/FloorwalkFFI.h" "$package/Sources/FloorwalkFFI/"

rm -rf "$out" "$package/FloorwalkFFI.xcframework"
mkdir -p "$out/headers/FloorwalkFFI"
cp "$generated/FloorwalkFFI.h" "$out/headers/FloorwalkFFI/"
cat > "$out/headers/FloorwalkFFI/module.modulemap" <<'MAP'
module FloorwalkFFI {
    header "FloorwalkFFI.h"
    export *
}
MAP

# Joins the libraries of some targets, those that were built now, and adds them to the framework.
arguments=()
slice() {
    local name=$1 libraries=()
    shift
    for target in "$@"; do
        local library="target/$target/phone/libfloorwalk_ffi.a"
        case " ${targets[*]} " in *" $target "*) libraries+=("$library") ;; esac
    done
    [ ${#libraries[@]} -gt 0 ] || return 0
    mkdir -p "$out/$name"
    lipo -create "${libraries[@]}" -output "$out/$name/libfloorwalk_ffi.a"
    arguments+=(-library "$out/$name/libfloorwalk_ffi.a" -headers "$out/headers")
}
slice iphone aarch64-apple-ios
slice simulator aarch64-apple-ios-sim x86_64-apple-ios
slice mac aarch64-apple-darwin x86_64-apple-darwin
xcodebuild -create-xcframework "${arguments[@]}" -output "$package/FloorwalkFFI.xcframework"

for library in "$out"/*/libfloorwalk_ffi.a; do
    echo "$library: $(lipo -archs "$library"), $(stat -f %z "$library") bytes"
done
echo "$package/FloorwalkFFI.xcframework is made; open the package in Xcode."
