//! Waiting for a child process that can be given up.

use std::{
    process::{Child, ExitStatus},
    thread,
    time::Duration,
};

use tauscope_core::error::{Error, Result};

/// Time between two looks at a running child.
const POLL: Duration = Duration::from_millis(30);

/// Waits until `child` ends, and calls `meanwhile` every few milliseconds.
///
/// # Errors
/// Those of `meanwhile`, which kill the child; [`Error::Internal`] if the system has lost it.
pub(super) fn wait(child: &mut Child, mut meanwhile: impl FnMut() -> Result<()>) -> Result<ExitStatus> {
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => break Error::Internal(format!("A child process was lost: {error}.")),
        }
        if let Err(error) = meanwhile() {
            break error;
        }
        thread::sleep(POLL);
    };
    // Both fail only if the child is gone already.
    let _ = child.kill();
    let _ = child.wait();
    Err(ended)
}
