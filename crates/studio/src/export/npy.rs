//! A NumPy array (`.npy`) from anywhere. `npyz` reads it, but takes its header on trust: it makes room for any length,
//! follows brackets as deep as they go, and multiplies dimensions unchecked. So the header is looked at first.

use std::io::{self, Read};

use npyz::{NpyFile, NpyHeader};

/// The longest header that is read, as in NumPy.
pub(super) const LONGEST_HEADER: usize = 10_000;
/// A product of numbers with this many digits together fits 64 bits. No array that fits a disk has as many.
const MOST_DIGITS: usize = 19;
/// An array of plain numbers has a dictionary and a tuple.
const MOST_BRACKETS: usize = 8;

/// Reads an array's header; its values follow in `reader`. Its dimensions can be multiplied.
///
/// # Errors
/// If it cannot be read, or is no header of an array of plain numbers.
pub fn open_npy<R: Read>(mut reader: R) -> io::Result<NpyFile<R>> {
    // "\x93NUMPY", the version of the format, and the length of the header in bytes that follow it.
    let mut bytes = vec![0; 8];
    reader.read_exact(&mut bytes)?;
    let length_bytes = if bytes[6] == 1 { 2 } else { 4 };
    let mut length = [0; 4];
    reader.read_exact(&mut length[..length_bytes])?;
    bytes.extend_from_slice(&length[..length_bytes]);
    let length = u32::from_le_bytes(length) as usize;
    let count = |bytes: &[u8], is_one: fn(&u8) -> bool| bytes.iter().filter(|&byte| is_one(byte)).count();
    if bytes.starts_with(b"\x93NUMPY") {
        if length > LONGEST_HEADER {
            return Err(invalid("its header is too long"));
        }
        let begin = bytes.len();
        bytes.resize(begin + length, 0);
        reader.read_exact(&mut bytes[begin..])?;
        let header = &bytes[begin..];
        if count(header, u8::is_ascii_digit) > MOST_DIGITS
            || count(header, |byte| b"([{".contains(byte)) > MOST_BRACKETS
        {
            return Err(invalid("its header is not that of an array of numbers"));
        }
    }
    Ok(NpyFile::with_header(NpyHeader::from_reader(&bytes[..])?, reader))
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 1 with this header and no values.
    fn file(header: &str) -> Vec<u8> {
        [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat()
    }

    fn header(shape: &str) -> String {
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")
    }

    #[test]
    fn headers_that_npyz_would_trust_are_refused() {
        fn check(file: &[u8], expected: Result<&[u64], &str>) {
            let opened = open_npy(file).map_err(|error| error.to_string());
            match (opened, expected) {
                (Ok(array), Ok(shape)) => assert_eq!(array.shape(), shape),
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
                (opened, expected) => {
                    panic!("{:?}, not {expected:?}", opened.map(|array| array.shape().to_vec()))
                }
            }
        }
        check(&file(&header("(1, 4, 32, 32)")), Ok(&[1, 4, 32, 32]));
        check(&file(&header("()")), Ok(&[]));
        // Its product overflows 64 bits.
        check(&file(&header("(4294967296, 4294967296)")), Err("not that of an array"));
        check(&file(&header(&"(".repeat(5000))), Err("not that of an array"));
        check(&file(&header(&"[".repeat(20_000))), Err("too long"));
        check(b"\x93NUMPY\x03\0\xff\xff\xff\xff{}", Err("too long"));
        check(b"PK\x03\x04 something else", Err("magic"));
        check(b"\x93NUM", Err("failed to fill"));
    }
}
