//! The `floorwalk` program. All of it is in the library, so that it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    floorwalk_desk::run(std::env::args_os())
}
