//! Instructions without brackets of their own: what each looks like at the start of a text.

use super::Kind;

/// The length of "<lora:name:0.8>". AUTOMATIC1111's web UI leaves out any such name, and nothing else in angle brackets.
pub(super) fn network(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('<')?;
    let inner = &inner[..inner.find(['<', '>', '\n'])?];
    let (name, arguments) = inner.split_once(':')?;
    let is_name = name.starts_with(char::is_alphabetic) && name.chars().all(is_word);
    let is_network = is_name && arguments.starts_with(|c: char| !c.is_whitespace());
    (is_network && rest[1 + inner.len()..].starts_with('>')).then_some(inner.len() + 2)
}

/// An instruction that is spelled like a word, and its length.
pub(super) fn keyword(rest: &str) -> Option<(Kind, usize)> {
    let is_at = |word| rest.strip_prefix(word).is_some_and(|after: &str| !after.starts_with(is_word));
    if is_at("BREAK") {
        Some((Kind::Break, "BREAK".len()))
    } else if is_at("AND") {
        Some((Kind::And, "AND".len()))
    } else if let Some(length) = wildcard(rest) {
        Some((Kind::Wildcard, length))
    } else {
        embedding(rest).map(|length| (Kind::Embedding, length))
    }
}

/// The length of "__animal__", for which dynamic prompts put in a line of a file.
fn wildcard(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("__")?;
    let length = inner.find("__").filter(|&length| length > 0)?;
    let is_file = inner[..length].chars().all(|c| c.is_alphanumeric() || "_-/*.".contains(c));
    let ends = !inner[length + 2..].starts_with(is_word);
    (is_file && ends).then_some(length + 4)
}

/// The length of "embedding:name", without the weight in "(embedding:name:1.2)".
fn embedding(rest: &str) -> Option<usize> {
    const PREFIX: &str = "embedding:";
    let start = PREFIX.len();
    if !rest.get(..start)?.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || ",;()[]{}<>|".contains(c);
    let end = rest[start..].find(ends).map_or(rest.len(), |length| start + length);
    let weight = rest[..end].rfind(':').filter(|&colon| {
        let is_number = rest[colon + 1..end].parse::<f64>().is_ok();
        colon >= start && is_number && rest[end..].starts_with([')', ']'])
    });
    Some(weight.unwrap_or(end)).filter(|&end| end > start)
}

/// The length of ":1.2" at the end of the text or before "AND".
pub(super) fn part_weight(rest: &str) -> Option<usize> {
    let number = rest.strip_prefix(':')?.trim_start();
    let after = number.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    number[..number.len() - after.len()].parse::<f64>().ok()?;
    let next = after.trim_start();
    let ends = next.is_empty() || matches!(keyword(next), Some((Kind::And, _)));
    ends.then_some(rest.len() - after.len())
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
