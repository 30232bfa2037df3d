//! The library as it ships: how large it is, and on which pages its parts lie.
//!
//! `mobile-bindings/size-budget.toml` holds the budget of each target. A target that this machine
//! can't link for is said not to have been looked at.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::target_folder;
use crate::run::{cargo, output_of, say};

const BUDGET: &str = "mobile-bindings/size-budget.toml";
/// What Android 15 and later wants of each loaded segment, in bytes.
const PAGE_BYTES: u64 = 0x4000;
/// The kind of a segment that is loaded (ELF, PT_LOAD).
const LOADED: u32 = 1;

#[derive(Deserialize)]
struct Budget {
    /// The most that a library may have, in bytes, by target.
    bytes_max: BTreeMap<String, u64>,
}

/// Builds for this machine, and for each target of Android that a linker was set for, and compares.
///
/// # Errors
/// When the budget can't be read or cargo can't be started.
pub fn run() -> Result<bool> {
    let budget = fs::read_to_string(BUDGET).context(BUDGET)?;
    let budget: Budget = toml::from_str(&budget).context(BUDGET)?;
    let host = host()?;
    let mut passed = true;
    for (target, bytes_max) in &budget.bytes_max {
        let linker = format!("CARGO_TARGET_{}_LINKER", target.replace('-', "_").to_uppercase());
        if *target != host && std::env::var_os(&linker).is_none() {
            say(format!("size: {target}: NOT BUILT, {linker} names no linker"));
            continue;
        }
        passed &= check(target, *bytes_max)?;
    }
    Ok(passed)
}

fn check(target: &str, bytes_max: u64) -> Result<bool> {
    let build = ["build", "--locked", "--quiet", "-p", "floorwalk-ffi", "--lib"];
    let as_it_ships = ["--profile", "phone", "--target", target];
    ensure!(cargo(&[&build[..], &as_it_ships[..]].concat())?, "it does not build for {target}");
    let library = target_folder()?.join(target).join("phone/libfloorwalk_ffi.so");
    let bytes = fs::read(&library).with_context(|| library.display().to_string())?;
    let size = bytes.len() as u64;
    let fits = size <= bytes_max;
    let word = if fits { "within" } else { "OVER" };
    say(format!("size: {target}: {size} bytes, {word} its budget of {bytes_max}"));
    let aligned = smallest_alignment(&bytes).with_context(|| library.display().to_string())?;
    let on_pages = aligned >= PAGE_BYTES;
    let word = if on_pages { "on pages of 16 KiB" } else { "NOT on pages of 16 KiB" };
    say(format!("size: {target}: segments aligned to {aligned:#x}, {word}"));
    Ok(fits && on_pages)
}

fn host() -> Result<String> {
    let told = output_of("rustc", &["-vV"])?.context("rustc -vV failed")?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// The smallest alignment of a loaded segment of a little-endian ELF file (System V ABI, 5:
/// program header).
fn smallest_alignment(elf: &[u8]) -> Result<u64> {
    ensure!(elf.starts_with(b"\x7fELF"), "this is not an ELF file");
    let wide = match elf.get(4) {
        Some(1) => false,
        Some(2) => true,
        _ => bail!("neither 32 nor 64 bits"),
    };
    let (table, entry, count) = if wide { (0x20, 0x36, 0x38) } else { (0x1c, 0x2a, 0x2c) };
    let word = |at: usize| if wide { number::<8>(elf, at) } else { number::<4>(elf, at) };
    let (table, entry, count) = (word(table)?, number::<2>(elf, entry)?, number::<2>(elf, count)?);
    let mut smallest = None;
    for index in 0..count {
        let header = (table + index * entry) as usize;
        if number::<4>(elf, header)? == u64::from(LOADED) {
            let align = word(header + if wide { 0x30 } else { 0x1c })?;
            smallest = Some(smallest.map_or(align, |known: u64| known.min(align)));
        }
    }
    smallest.context("nothing of it is loaded")
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<u64> {
    let bytes = bytes.get(at..at + N).context("the file ends early")?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A file with a segment of each kind and alignment.
    fn elf(segments: &[(u32, u64)]) -> Vec<u8> {
        let mut file = vec![0; 0x40];
        file[..5].copy_from_slice(b"\x7fELF\x02");
        file[0x20] = 0x40;
        file[0x36] = 0x38;
        file[0x38] = segments.len() as u8;
        for (kind, align) in segments {
            let mut header = vec![0; 0x38];
            header[..4].copy_from_slice(&kind.to_le_bytes());
            header[0x30..].copy_from_slice(&align.to_le_bytes());
            file.extend(header);
        }
        file
    }

    #[test]
    fn the_least_aligned_loaded_segment_decides() {
        assert_eq!(smallest_alignment(&elf(&[(1, 0x4000), (1, 0x1000)])).unwrap(), 0x1000);
        assert_eq!(smallest_alignment(&elf(&[(1, 0x4000), (2, 8)])).unwrap(), 0x4000);
        assert!(smallest_alignment(&elf(&[(2, 8)])).is_err());
    }

    #[test]
    fn what_is_no_library_is_said_to_be_none() {
        assert!(smallest_alignment(b"MZ").is_err());
        assert!(smallest_alignment(&elf(&[(1, 0x4000)])[..0x50]).is_err());
    }
}
