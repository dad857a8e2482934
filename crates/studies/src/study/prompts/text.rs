//! Plain text: a prompt a line.

use super::list::{PromptList, Reading, lines, plain};
use tauscope_core::error::Result;

/// Reads plain text.
///
/// # Errors
/// [`Error::Input`](tauscope_core::error::Error::Input) if there is no prompt in it.
pub(super) fn text(name: &str, bytes: &[u8]) -> Result<PromptList> {
    let mut reading = Reading::new(name);
    for (number, line) in lines(bytes) {
        let place = format!("line {}", number + 1);
        match line {
            Some(line) => reading.take(place, plain(number, line)),
            None => reading.leave_out(place, "it is not UTF-8"),
        }
    }
    reading.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_prompt() {
        fn check(bytes: &[u8], expected: &[(usize, &str)], notices: usize) {
            let list = text("my.txt", bytes).unwrap();
            let read: Vec<_> = list.prompts.iter().map(|p| (p.number, p.prompt.as_str())).collect();
            assert_eq!((read.as_slice(), list.notices.len()), (expected, notices));
        }
        check(b"a cat", &[(0, "a cat")], 0);
        check(b"  a   red cat\r\n\r\na dog\n", &[(0, "a red cat"), (2, "a dog")], 0);
        check(b"a \xff\na dog", &[(1, "a dog")], 1);
        assert!(text("my.txt", b" \n").unwrap_err().to_string().contains("no prompt in my.txt"));
    }
}
