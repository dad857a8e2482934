//! Waiting for a child process without being at its mercy.

use std::{
    process::{Child, ExitStatus},
    thread,
    time::Duration,
};

use tauscope_core::error::{Error, Result};

/// How often a running child is looked after.
const POLL: Duration = Duration::from_millis(30);

/// Waits until `child` ends, calling `meanwhile` now and then. An error of `meanwhile` kills the child and is
/// returned.
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
