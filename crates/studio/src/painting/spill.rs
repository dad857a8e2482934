//! The temporary file that takes maps which memory has no room for.

use std::{
    env,
    fs::File,
    io, mem,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use super::KeptMaps;
use tauscope_core::diffusion::Notice;
use tauscope_runtime::Memory;

/// For how many steps' maps there must be room in memory if they cannot be moved out of it: those of the step that runs,
/// in single precision and twice.
const STEPS_OF_ROOM: u64 = 4;

/// A temporary file that takes maps. It goes with its last reader, or with the program however that ends.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    file: Option<Arc<TemporaryFile>>,
    /// Where the next maps go.
    end: u64,
    /// Whether it was said that maps stay in memory.
    is_told: bool,
    /// The memory that is free, 0 if the system does not say.
    free_bytes: fn() -> u64,
}

/// Where temporary files go: TMPDIR if it is set, else a folder that is on a disk, since the usual one is in memory on
/// many systems.
impl Default for Spill {
    fn default() -> Self {
        let disk = Path::new("/var/tmp");
        let is_chosen = env::var_os("TMPDIR").is_some_and(|folder| !folder.is_empty());
        let folder =
            if cfg!(unix) && !is_chosen && disk.is_dir() { disk.to_owned() } else { env::temp_dir() };
        Self::within(folder, || Memory::now().available_bytes)
    }
}

impl Spill {
    /// With its file in `folder`, made when the first maps come.
    pub(super) fn within(folder: PathBuf, free_bytes: fn() -> u64) -> Self {
        Self { folder, file: None, end: 0, is_told: false, free_bytes }
    }

    /// Moves maps out of memory. If there can be no file or the disk is full they stay there, or are let go where memory
    /// would not suffice for the next step: a run is worth more than its maps. That is told once.
    pub(crate) fn take<'a>(&mut self, maps: impl IntoIterator<Item = &'a mut KeptMaps>) -> Option<Notice> {
        let mut problem = None;
        for maps in maps {
            if let Err(error) = self.move_there(maps) {
                let free = (self.free_bytes)();
                if free > 0 && free < STEPS_OF_ROOM * maps.bytes() as u64 {
                    maps.let_go();
                }
                problem = Some(error.to_string());
            }
        }
        let problem = problem.filter(|_| !mem::replace(&mut self.is_told, true))?;
        Some(Notice::MapsInMemory { folder: self.folder.clone(), problem })
    }

    fn move_there(&mut self, maps: &mut KeptMaps) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => {
                let file = TemporaryFile(Some(tempfile::tempfile_in(&self.folder)?));
                Arc::clone(self.file.insert(Arc::new(file)))
            }
        };
        // The next write overwrites what a failed one leaves.
        self.end += maps.move_to(&file, self.end)?;
        Ok(())
    }
}

/// A file without a name. The system takes a second to free two gigabytes when it is closed, and its last reader may be
/// the window's thread: so a thread of its own closes it.
#[derive(Debug)]
pub(super) struct TemporaryFile(Option<File>);

impl TemporaryFile {
    pub(super) fn read(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        at_offset::read(self.file()?, bytes, offset)
    }

    pub(super) fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        at_offset::write(self.file()?, bytes, offset)
    }

    /// It is there until it is dropped.
    fn file(&self) -> io::Result<&File> {
        self.0.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    #[cfg(test)]
    pub(super) fn of(file: File) -> Self {
        Self(Some(file))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let file = self.0.take();
        // Without a thread it is closed here.
        let _ = thread::Builder::new().name("closing".to_owned()).spawn(move || drop(file));
    }
}

/// Reads and writes at an offset, so that readers never wait for a writer.
mod at_offset {
    use std::{fs::File, io};

    #[cfg(unix)]
    use std::os::unix::fs::FileExt;
    #[cfg(windows)]
    use std::os::windows::fs::FileExt;

    pub(super) fn read(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        #[cfg(unix)]
        return file.read_exact_at(bytes, offset);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < bytes.len() {
                match file.seek_read(&mut bytes[done..], offset + done as u64)? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    count => done += count,
                }
            }
            Ok(())
        }
    }

    pub(super) fn write(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        #[cfg(unix)]
        return file.write_all_at(bytes, offset);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < bytes.len() {
                done += file.seek_write(&bytes[done..], offset + done as u64)?;
            }
            Ok(())
        }
    }
}
