//! The only source of randomness of the core.

/// `N` bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: no key could be made safely then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(feature = "simulation")]
    if crate::simulation::fill(&mut bytes) {
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}
