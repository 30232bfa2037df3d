//! The Kotlin package: not in the tree yet.

use anyhow::{Result, bail};

use super::Built;

/// Says so.
pub fn run(built: &Built) -> Result<bool> {
    bail!("there is no Kotlin package below {} yet", built.root.display())
}
