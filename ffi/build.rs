//! Lets the library's segments lie on pages of 16 KiB, which Android wants of every library
//! (Android 15 and later), by the linkers that align to 4 KiB by themselves.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(system.as_str(), "android" | "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
