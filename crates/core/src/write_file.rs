//! Atomic writes: a file appears complete or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::error::{Error, Result};

/// Writes `path` with `write`: first to a temporary file in the same folder, which then replaces `path`. On failure the
/// old file stays and the temporary file is removed. Devices and pipes are written directly, as they cannot be replaced.
///
/// # Errors
/// [`Error::File`] if the disk is full, a folder or permission is missing, or `write` fails. An [`Error`] of
/// this program inside comes out as it is: it is about something else than this file.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> Result<()> {
    let result = if is_stream(path) { write_through(path, write) } else { replace(path, write) };
    result.map_err(|error| error.downcast::<Error>().unwrap_or_else(Error::writing(path)))
}

/// Whether `path` is neither file nor folder: a pipe, a terminal, `/dev/null`.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|at| !at.is_file() && !at.is_dir())
}

fn write_through(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    fill(&mut file, write)
}

fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tauscope-").suffix(".part");
    #[cfg(unix)]
    {
        // The permissions of any new file: a temporary file's default would keep other users from reading it.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    fill(temporary.as_file_mut(), write)?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn fill(file: &mut File, write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_file(&path, |file| file.write_all(b"first")).unwrap();
        let failed = write_file(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.unwrap_err().to_string().contains("Free some space"));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn an_error_about_something_else_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let failed = write_file(&path, |_| Err(Error::Cancelled.into()));
        assert!(matches!(failed, Err(Error::Cancelled)), "{failed:?}");
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_second_write_replaces_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_file(&path, |file| file.write_all(b"first, and longer")).unwrap();
        write_file(&path, |file| file.write_all(b"second")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
    }

    #[test]
    fn impossible_places_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.join("below"), folder.path().join("missing/a.txt"), folder.path().to_owned()] {
            let error = write_file(&path, |file| file.write_all(b"x")).unwrap_err();
            assert!(matches!(error, Error::File { .. }), "{error}");
        }
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_a_message_and_stays_a_device() {
        let full = Path::new("/dev/full");
        let error = write_file(full, |file| file.write_all(b"x")).unwrap_err();
        assert!(error.to_string().contains("Free some space"), "{error}");
        assert!(is_stream(full));
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        fs::write(folder.path().join("plain"), "").unwrap();
        write_file(&folder.path().join("ours"), |_| Ok(())).unwrap();
        assert_eq!(mode("ours"), mode("plain"));
    }
}
