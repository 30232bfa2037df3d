//! Writes the Kotlin and Swift code out of a built library: UniFFI's own program.

fn main() {
    uniffi::uniffi_bindgen_main();
}
