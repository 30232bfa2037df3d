//! The recovery passphrase: from the environment, or asked for where a person sits.
//!
//! Never a flag, because flags are seen in the list of processes.

use std::io::IsTerminal;

use crate::failure::Failure;
use crate::output::Output;
use crate::text::words;

/// The variable that a passphrase may be given in.
const VARIABLE: &str = "FLOORWALK_PASSPHRASE";

/// The passphrase of the environment, if one is set.
pub fn passphrase_set() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|passphrase| !passphrase.is_empty())
}

/// The passphrase of the environment, or the one that a person types unseen.
///
/// # Errors
///
/// [`Failure::NoPassphrase`] when none is set and there is no terminal.
pub fn passphrase(out: &Output) -> Result<String, Failure> {
    if let Some(set) = passphrase_set() {
        return Ok(set);
    }
    let terminal = console::Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        return Err(Failure::NoPassphrase);
    }
    let asked = terminal.write_str(words::ASK_PASSPHRASE.of(out.lang()));
    let typed = asked.and_then(|()| terminal.read_secure_line()).map_err(Failure::Output)?;
    Some(typed).filter(|typed| !typed.is_empty()).ok_or(Failure::NoPassphrase)
}
