//! The `fatwood` command.

use std::process::ExitCode;

use fatwood::cli;

fn main() -> ExitCode {
    cli::main()
}
