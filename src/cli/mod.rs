//! The command line: arguments as typed, then what they mean, then the work.
//!
//! Exit codes: 0 done, 1 it could not be done (the reason is on standard error), 2 wrong arguments, 130 stopped with
//! Ctrl+C. A reader that closes standard output early (`| head`) ends the program quietly with 0.

mod args;
mod control_options;
mod entities;
mod generate;
mod inspect;
mod latents;
mod models;
mod output;
mod report;
mod settings;
mod steering;
mod study;
mod value_parsers;

use std::process::ExitCode;

use clap::Parser;

use crate::app;
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

const FAILED: u8 = 1;
const INTERRUPTED: u8 = 130;

/// Reads the arguments, does what they ask for, and says how it ended.
pub fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let cancel = CancelToken::new();
    let result = match arguments.command {
        None => app::open(arguments.window.options()),
        Some(args::Command::Generate(generate)) => {
            interruptible(&cancel).and_then(|()| generate::run(&generate, &cancel))
        }
        Some(args::Command::Inspect(inspect)) => {
            interruptible(&cancel).and_then(|()| inspect::run(&inspect, &cancel))
        }
        Some(args::Command::Models(models)) => models::run(&models),
        Some(args::Command::Entities(entities)) => entities::run(&entities),
        Some(args::Command::Evaluate(evaluate)) => {
            interruptible(&cancel).and_then(|()| evaluate.run(&cancel))
        }
        Some(args::Command::Report(report)) => report.run(),
        Some(args::Command::Merge(merge)) => merge.run(),
        Some(args::Command::Review(review)) => review.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(Error::Cancelled) => {
            eprintln!("tauscope: stopped.");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("tauscope: {error}");
            ExitCode::from(FAILED)
        }
    }
}

/// Ctrl+C and termination cancel the job, so that nothing is left half-made.
fn interruptible(cancel: &CancelToken) -> Result<()> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || cancel.cancel())
        .map_err(|error| Error::Internal(format!("Ctrl+C cannot be handled ({error}).")))
}
