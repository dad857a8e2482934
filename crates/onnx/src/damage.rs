//! Explains why bytes are no graph, in sentences with a remedy.

use protobuf::CodedInputStream;

const DOWNLOAD_AGAIN: &str = "Download the file again.";

/// Recognises, by their first bytes, files that often lie in a graph's place.
pub(super) fn other_file_type(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..256).unwrap_or(bytes).trim_ascii_start().to_ascii_lowercase();
    let starts = |with: &str| head.starts_with(with.as_bytes());
    if bytes.is_empty() {
        Some(format!("the file is empty. {DOWNLOAD_AGAIN}"))
    } else if starts("version https://git-lfs") {
        Some("it is a Git LFS pointer, not the file itself. Run `git lfs pull` in the model's folder.".into())
    } else if starts("<!doctype html") || starts("<html") {
        Some(format!("it is a web page, saved in place of the file. {DOWNLOAD_AGAIN}"))
    } else {
        None
    }
}

/// Why the bytes cannot be parsed: cut off, or something else altogether.
pub(super) fn describe(bytes: &[u8], error: &protobuf::Error) -> String {
    match missing_bytes(bytes) {
        Some(missing) => {
            format!("it is cut off: {missing} bytes or more are missing at its end. {DOWNLOAD_AGAIN}")
        }
        None => format!(
            "it is not an ONNX graph ({error}). Choose an .onnx file, or {}",
            DOWNLOAD_AGAIN.to_lowercase()
        ),
    }
}

/// Says what a message lacks that parses without a part that every graph has.
pub(super) fn missing_part(has_graph: bool) -> String {
    let lacking = if has_graph { "operator versions" } else { "graph" };
    format!("it holds no {lacking}, so it is either cut off or not ONNX. {DOWNLOAD_AGAIN}")
}

/// How far the last field of a `ModelProto` reaches past the end, if all that comes before is sound.
fn missing_bytes(bytes: &[u8]) -> Option<u64> {
    const LENGTH_DELIMITED: u32 = 2;
    // ModelProto's highest field number with room for newer ones; random bytes rarely stay below it.
    const FIELDS: std::ops::RangeInclusive<u32> = 1..=40;
    let mut stream = CodedInputStream::from_bytes(bytes);
    loop {
        let tag = stream.read_raw_tag_or_eof().ok()??;
        if !FIELDS.contains(&(tag >> 3)) {
            return None;
        }
        let left = |stream: &CodedInputStream<'_>| bytes.len() as u64 - stream.pos();
        match tag & 7 {
            0 if left(&stream) == 0 => return Some(1),
            0 => drop(stream.read_raw_varint64().ok()?),
            LENGTH_DELIMITED => {
                let length = u64::from(stream.read_raw_varint32().ok()?);
                if let Some(missing) = length.checked_sub(left(&stream)).filter(|&missing| missing > 0) {
                    return Some(missing);
                }
                stream.skip_raw_bytes(length as u32).ok()?;
            }
            _ => return None,
        }
    }
}
