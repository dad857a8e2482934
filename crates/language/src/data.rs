//! The data of nlprule's English tagger: a file that a person provides, or else the one in the program.
//!
//! [`super::Language`] parses it. Its licence requires that it can be replaced: see models/nlprule.

use std::{
    env,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use tauscope_core::error::{Error, Result};

/// The path of a replacement, in the data folder or beside the program.
const FILE: &str = "nlprule/en_tokenizer.bin";

static EMBEDDED: &[u8] = include_bytes!("../../../models/nlprule/en_tokenizer.bin.gz");

/// The data, which can be read once.
pub struct LanguageData {
    /// Its name in messages: the file's path, or "the program's own data".
    pub name: String,
    bytes: Box<dyn Read>,
}

impl LanguageData {
    /// Opens `nlprule/en_tokenizer.bin` in `data_folder`, else beside the program, else the embedded data.
    ///
    /// # Errors
    /// [`Error::File`] if such a file exists but cannot be opened.
    pub fn open(data_folder: Option<&Path>) -> Result<Self> {
        let program = env::current_exe().ok();
        let beside = program.as_deref().and_then(Path::parent);
        first(data_folder.into_iter().chain(beside).map(|folder| folder.join(FILE)))
    }

    /// The data in the program.
    pub fn embedded() -> Self {
        Self { name: "the program's own data".into(), bytes: Box::new(GzDecoder::new(EMBEDDED)) }
    }
}

impl Read for LanguageData {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

fn first(mut paths: impl Iterator<Item = PathBuf>) -> Result<LanguageData> {
    let Some(path) = paths.find(|path| path.exists()) else { return Ok(LanguageData::embedded()) };
    let file = File::open(&path).map_err(Error::reading(&path))?;
    Ok(LanguageData { name: path.display().to_string(), bytes: Box::new(file) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_replacement_has_priority_over_the_embedded_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let length = |folder| io::copy(&mut LanguageData::open(folder).unwrap(), &mut io::sink()).unwrap();
        assert_eq!(length(Some(folder.path())), 11_590_973);
        assert_eq!(length(None), 11_590_973);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        assert_eq!(length(Some(folder.path())), 4);
        assert_eq!(LanguageData::open(Some(folder.path())).unwrap().name, path.display().to_string());
    }
}
