//! A panic ends the task that it happens in, not the program: every thread runs its tasks through [`caught`].

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::error::{Error, Result};

/// Runs `work`; a panic in it becomes an error that says so. `doing` completes "a panic while".
///
/// Whoever goes on after a panic must not rely on what `work` was changing: drop it, or read it anew.
///
/// # Errors
/// [`Error::Internal`] with the panic's message.
pub fn caught<T>(doing: &str, work: impl FnOnce() -> T) -> Result<T> {
    // Unwind safe by what is asked of callers above.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| Error::Internal(format!("a panic while {doing} ({}).", message(panic.as_ref()))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        fn check(work: impl FnOnce() -> u8, expected: Result<u8, &str>) {
            let got = caught("testing", work).map_err(|error| error.to_string());
            match (got, expected) {
                (Err(got), Err(expected)) => assert!(got.contains(expected), "{got}"),
                (got, expected) => assert_eq!(got, expected.map_err(str::to_owned)),
            }
        }
        check(|| 7, Ok(7));
        check(|| panic!("a word"), Err("a panic while testing (a word)"));
        check(|| panic!("{} words", 2), Err("a panic while testing (2 words)"));
        check(|| std::panic::panic_any(7), Err("a panic while testing (without a message)"));
    }
}
