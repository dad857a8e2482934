//! Entry: no argument opens the window, a subcommand runs headless. The only place that decides exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    tauscope::cli::main()
}
