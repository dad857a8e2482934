//! A panic ends the current task, not the program.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tauscope_core::error::{Error, Result};

/// Runs `work`; a panic in it becomes an error.
pub(super) fn caught<T>(doing: &str, work: impl FnOnce() -> T) -> Result<T> {
    // Unwind safe: after a panic the model is dropped, the painting too, and a loader begins each load anew. Finding entities
    // changes nothing but its result.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| Error::Internal(format!("a panic while {doing} ({}).", message(panic.as_ref()))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
