//! Running a session so that another thread can stop it.

use std::sync::Arc;

use ort::session::{RunOptions, Session, SessionInputs, SessionOutputs};

use super::failure::failed;
use tauscope_core::{CancelToken, error::Result};

/// Runs `session` once and gives the outputs to `read`. They live no longer than the run's options, which are made for
/// each call, because options stay terminated.
///
/// # Errors
/// [`tauscope_core::Error::Cancelled`] soon after `cancel` is triggered (the runtime looks between two nodes), before
/// anything else; [`tauscope_core::Error::Runtime`] with `doing` ("running step 3") in its words; what `read` returns.
pub fn run<'i, 'v: 'i, const N: usize, T>(
    session: &mut Session,
    inputs: impl Into<SessionInputs<'i, 'v, N>>,
    doing: &str,
    cancel: &CancelToken,
    read: impl FnOnce(&SessionOutputs<'_>) -> Result<T>,
) -> Result<T> {
    let options = Arc::new(RunOptions::new().map_err(|error| failed(doing, &error))?);
    let terminate = Arc::clone(&options);
    // Terminating fails only for options that do not exist.
    let interrupt = move || terminate.terminate().unwrap_or_default();
    cancel.guard(interrupt, || {
        let outputs = session.run_with_options(inputs, &options).map_err(|error| failed(doing, &error))?;
        read(&outputs)
    })
}
