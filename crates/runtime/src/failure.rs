//! The runtime's errors as sentences.

use super::Memory;
use tauscope_core::{error::Error, units};

/// [`Error::Runtime`] for an error while `doing` ("loading the UNet"); a lack of memory is explained.
pub(super) fn failed<R>(doing: &str, error: &ort::Error<R>) -> Error {
    Error::Runtime { doing: doing.into(), detail: detail(error.message(), Memory::now().available_bytes) }
}

fn detail(message: &str, available_bytes: u64) -> String {
    const SIGNS: [&str; 4] = ["Failed to allocate memory", "bad_alloc", "bad allocation", "out of memory"];
    if !SIGNS.iter().any(|sign| message.contains(sign)) {
        return message.trim().to_owned();
    }
    let wanted = requested_bytes(message)
        .map(|bytes| format!("Another {} were needed and", units::bytes(bytes)))
        .unwrap_or_else(|| "Only".into());
    format!(
        "There is not enough memory. {wanted} {} are free. Choose a smaller picture or close other programs, then \
         try again.",
        units::bytes(available_bytes)
    )
}

/// The number in "Failed to allocate memory for requested buffer of size 123".
fn requested_bytes(message: &str) -> Option<u64> {
    let (_, after) = message.split_once("buffer of size ")?;
    after.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_memory_is_explained_and_other_messages_are_kept() {
        fn check(message: &str, expected: &str) {
            let detail = detail(message, 1_300_000_000);
            assert!(detail.starts_with(expected), "{detail}");
        }
        check(
            "Non-zero status code returned while running Mul node. Failed to allocate memory for requested buffer \
             of size 2147483648\n",
            "There is not enough memory. Another 2.1 GB were needed and 1.3 GB are free. Choose",
        );
        check("std::bad_alloc", "There is not enough memory. Only 1.3 GB are free.");
        check("Invalid rank for input: x\n", "Invalid rank for input: x");
    }
}
