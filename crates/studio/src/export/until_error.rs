//! A writer that fails only once. [`zip::ZipWriter`] finishes its archive when it is dropped, and prints if it cannot: on a
//! full disk that would be a second message, about the error that was returned already.

use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

/// Passes on what is written until the first error, and drops what comes after it.
pub(super) struct UntilError<W> {
    writer: W,
    has_failed: bool,
    /// How many bytes were written or dropped. No position is beyond it, so after an error it stands for every position:
    /// the distance of two positions is then never negative.
    bytes: u64,
}

impl<W> UntilError<W> {
    /// Nothing has failed yet.
    pub(super) fn new(writer: W) -> Self {
        Self { writer, has_failed: false, bytes: 0 }
    }

    /// Ends writing.
    ///
    /// # Errors
    /// If there was an error that the writing went on after.
    pub(super) fn finish(self) -> io::Result<()> {
        if self.has_failed { Err(io::Error::other("a part of it could not be written")) } else { Ok(()) }
    }

    /// Does `act`, or gives `instead` after an error.
    fn attempt<T>(&mut self, instead: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.has_failed {
            return Ok(instead);
        }
        let result = act(&mut self.writer);
        // Callers repeat what was interrupted.
        self.has_failed = result.as_ref().is_err_and(|error| error.kind() != ErrorKind::Interrupted);
        result
    }
}

impl<W: Write> Write for UntilError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.attempt(bytes.len(), |writer| writer.write(bytes))?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), Write::flush)
    }
}

impl<W: Seek> Seek for UntilError<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.attempt(self.bytes, |writer| writer.seek(to))
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::Cursor, rc::Rc};

    use super::*;
    use crate::export::{Compression, NpzWriter};

    /// A disk with room for so many bytes, and how often it had none.
    struct Disk {
        file: Cursor<Vec<u8>>,
        room: usize,
        refusals: Rc<Cell<usize>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let Some(room) = self.room.checked_sub(bytes.len()) else {
                self.refusals.set(self.refusals.get() + 1);
                return Err(ErrorKind::StorageFull.into());
            };
            self.room = room;
            self.file.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    impl Disk {
        fn new(room: usize) -> Self {
            Self { file: Cursor::default(), room, refusals: Rc::default() }
        }
    }

    /// Writes an archive of two arrays.
    fn write(disk: Disk, compression: Compression) -> io::Result<()> {
        let mut archive = NpzWriter::new(disk);
        for name in ["first", "second"] {
            archive.write(name, compression, &[100], 0..100_u8)?;
        }
        archive.finish()
    }

    /// The archive's writer tried to finish it on the full disk, and printed that it could not.
    #[test]
    fn a_full_disk_is_asked_once() {
        fn check(compression: Compression) {
            for room in (0..2000).step_by(7) {
                let disk = Disk::new(room);
                let refusals = Rc::clone(&disk.refusals);
                let result = write(disk, compression);
                assert_eq!(
                    refusals.get(),
                    usize::from(result.is_err()),
                    "{room}, {compression:?}: {result:?}"
                );
            }
            assert!(write(Disk::new(100), compression).is_err());
            assert!(write(Disk::new(2000), compression).is_ok());
        }
        check(Compression::Stored);
        check(Compression::Deflated);
    }

    #[test]
    fn an_archive_that_lacks_something_is_never_finished() {
        let mut archive = NpzWriter::new(Disk::new(20));
        assert!(archive.write("array", Compression::Stored, &[100], 0..100_u8).is_err());
        assert!(archive.finish().is_err());
    }
}
