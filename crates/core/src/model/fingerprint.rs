//! Identifies a model by its content, whatever its folder is called.

use std::{fmt, io::SeekFrom, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Files, TokenizerFiles};
use crate::{Error, Result};

/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;
/// Hexadecimal digits of its short form, as many as in AUTOMATIC1111's model hash.
const SHORT_DIGITS: usize = 10;

/// Files up to this size are hashed completely.
const WHOLE_BYTES: usize = 1 << 20;
/// Bytes hashed at the beginning and at the end of a larger file.
const END_BYTES: usize = 64 << 10;
/// Number of evenly spaced samples hashed in between, because merging a LoRA changes neither end of a file.
const SAMPLES: usize = 32;
const SAMPLE_BYTES: usize = 4 << 10;

/// Identifies a model by its content: 128 bits of SHA-256 over its graphs and their weight files (name, size, and all
/// bytes or samples), its configurations and its tokenizers.
///
/// It is cheap: of 5 GB of weights about a megabyte is read. It is the same in a folder of any name, in the Hugging Face
/// cache and in the program. A model that was exported again, converted to another precision or stored in other files
/// has another fingerprint. Models whose large files differ only between the samples have the same, so it does not
/// protect against forgery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The fingerprint of a model without files, for tests.
    pub fn of_text(text: &str) -> Self {
        let mut hasher = Hasher::default();
        hasher.whole("text", text.as_bytes());
        hasher.finish()
    }

    /// Its first ten digits, enough to tell a person's models apart.
    pub fn short(self) -> String {
        let mut digits = self.to_string();
        digits.truncate(SHORT_DIGITS);
        digits
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// Parses what [`fmt::Display`] writes.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let is_ours = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_ours);
        number.map(Self).ok_or_else(|| format!("{text:?} is not a model's fingerprint"))
    }
}

/// Computes a fingerprint. The order of the calls matters.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    /// Hashes a graph and its weight files.
    ///
    /// # Errors
    /// [`crate::Error::File`] if one cannot be read.
    pub(super) fn graph(&mut self, files: &Files, graph: &str, weight_files: &[String]) -> Result<()> {
        self.sampled(files, graph)?;
        weight_files.iter().try_for_each(|file| self.sampled(files, file))
    }

    /// Hashes a configuration, if it exists.
    ///
    /// # Errors
    /// [`crate::Error::File`] if it cannot be read.
    pub(super) fn configuration(&mut self, files: &Files, file: &str) -> Result<()> {
        if files.exists(file) {
            self.whole(file, &files.read(file)?);
        }
        Ok(())
    }

    /// Hashes only the files that the tokenizer is made from, because a copy of the model may lack others.
    pub(super) fn tokenizer(&mut self, folder: &str, files: &TokenizerFiles) {
        let TokenizerFiles { json, vocab, merges, start, end, pad } = files;
        self.whole(folder, format!("{start}\n{end}\n{pad}").as_bytes());
        let used = if json.is_some() { [json, &None] } else { [vocab, merges] };
        for bytes in used.into_iter().flatten() {
            self.whole(folder, bytes);
        }
    }

    pub(super) fn finish(self) -> Fingerprint {
        let digest = self.0.finalize();
        Fingerprint(digest.iter().take(DIGITS / 2).fold(0, |number, &byte| (number << 8) | u128::from(byte)))
    }

    fn whole(&mut self, name: &str, bytes: &[u8]) {
        self.length(name.len());
        self.0.update(name);
        self.length(bytes.len());
        self.0.update(bytes);
    }

    fn sampled(&mut self, files: &Files, name: &str) -> Result<()> {
        let (mut file, length) = files.open(name)?;
        self.length(name.len());
        self.0.update(name);
        self.0.update(length.to_le_bytes());
        let mut part = |start: u64, bytes: usize| {
            let mut part = vec![0; bytes];
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut part)?;
            self.0.update(part);
            Ok(())
        };
        let mut parts = || {
            match usize::try_from(length) {
                Ok(bytes @ ..=WHOLE_BYTES) => return part(0, bytes),
                _ => part(0, END_BYTES)?,
            }
            let apart = (length - SAMPLE_BYTES as u64) / (SAMPLES as u64 + 1);
            (1..=SAMPLES as u64).try_for_each(|sample| part(sample * apart, SAMPLE_BYTES))?;
            part(length - END_BYTES as u64, END_BYTES)
        };
        parts().map_err(Error::reading(&files.at(name)))
    }

    /// Hashes a length, so that adjacent parts cannot be confused.
    fn length(&mut self, length: usize) {
        self.0.update((length as u64).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{
        super::{
            ModelFolder,
            scratch_folder::{Folder, link_all},
            tiny_graph::{self, FLOAT, INT64, PortShape, graph},
        },
        *,
    };

    const WEIGHTS: &str = "text_encoder/model.onnx_data";
    const WEIGHT_BYTES: usize = 4 << 20;

    fn scenes() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/scenes"))
    }

    fn fingerprint(folder: &Path) -> Fingerprint {
        ModelFolder::open(folder).unwrap().fingerprint
    }

    /// A folder whose first text encoder has its weights in a file beside it.
    fn with_weight_file() -> Folder {
        let folder = Folder::of_scenes();
        let states = [-1, -1, 128];
        let outputs: [PortShape<'_>; 2] =
            [("text_embeds", FLOAT, &[-1, 128]), ("hidden_states.2", FLOAT, &states)];
        let inputs: [PortShape<'_>; 1] = [("input_ids", INT64, &[-1, -1])];
        let external = [("model.onnx_data", WEIGHT_BYTES as i64)];
        folder.write("text_encoder/model.onnx", graph(&inputs, &outputs, &external));
        folder.write(WEIGHTS, vec![7; WEIGHT_BYTES]);
        folder
    }

    #[test]
    fn a_model_is_the_same_wherever_it_lies() {
        let parent = tempfile::tempdir().unwrap();
        let embedded = ModelFolder::embedded().unwrap().fingerprint;
        let cached = "hub/models--someone--scenes/snapshots/0123";
        for place in ["sdxl", "another/name", cached] {
            let folder = parent.path().join(place);
            fs::create_dir_all(&folder).unwrap();
            link_all(scenes(), &folder);
            assert_eq!(fingerprint(&folder), embedded, "{place}");
        }
        assert_eq!(fingerprint(&parent.path().join("hub/models--someone--scenes")), embedded);
    }

    #[test]
    fn files_that_are_not_used_do_not_matter() {
        let folder = Folder::of_scenes();
        folder.remove("tokenizer/vocab.json");
        folder.write("README.md", "about");
        assert_eq!(fingerprint(folder.path()), fingerprint(scenes()));
    }

    #[test]
    fn folders_of_the_same_name_with_different_weights_are_different_models() {
        let parent = tempfile::tempdir().unwrap();
        let models = [1, 2].map(|value: u8| {
            let folder = parent.path().join(value.to_string()).join("sdxl");
            fs::create_dir_all(&folder).unwrap();
            let made = with_weight_file();
            made.write(WEIGHTS, vec![value; WEIGHT_BYTES]);
            link_all(made.path(), &folder);
            let model = ModelFolder::open(&folder).unwrap();
            (model.name, model.fingerprint)
        });
        assert_eq!(models[0].0, models[1].0);
        assert_ne!(models[0].1, models[1].1);
    }

    #[test]
    fn any_change_that_training_makes_is_seen() {
        fn check(what: &str, change: impl FnOnce(&Folder)) {
            let folder = with_weight_file();
            let before = fingerprint(folder.path());
            assert_eq!(fingerprint(folder.path()), before, "it is stable");
            change(&folder);
            assert_ne!(fingerprint(folder.path()), before, "{what}");
        }
        let with_byte = |at: usize| {
            move |folder: &Folder| {
                let mut weights = vec![7; WEIGHT_BYTES];
                weights[at] = 8;
                folder.write(WEIGHTS, weights);
            }
        };
        check("the first byte", with_byte(0));
        check("the last byte", with_byte(WEIGHT_BYTES - 1));
        check("the size", |folder| folder.write(WEIGHTS, vec![7; WEIGHT_BYTES + 1]));
        check("everything but the ends", |folder| {
            let mut weights = vec![7; WEIGHT_BYTES];
            weights[END_BYTES..WEIGHT_BYTES - END_BYTES].fill(8);
            folder.write(WEIGHTS, weights);
        });
        check("the UNet's graph", |folder| {
            let mut unet = fs::read(folder.path().join("unet/model.onnx")).unwrap();
            unet.extend(tiny_graph::message(|out| out.write_string(3, "another producer's version")));
            folder.write("unet/model.onnx", unet);
        });
        check("the schedule", |folder| {
            folder.set("scheduler/scheduler_config.json", "beta_end", 0.02.into());
        });
        check("what fills a prompt", |folder| {
            folder.set("tokenizer/tokenizer_config.json", "pad_token", "!".into());
        });
    }

    #[test]
    fn it_is_written_as_digits() {
        fn check(text: &str, expected: Option<&str>) {
            let read = text.parse::<Fingerprint>().ok();
            assert_eq!(read.map(Fingerprint::short).as_deref(), expected, "{text}");
            assert!(read.is_none_or(|read| read.to_string() == text));
        }
        check("00ff00000000000000000000000000ab", Some("00ff000000"));
        check("00ff", None);
        check("+0ff00000000000000000000000000ab", None);
        check("", None);
    }
}
