//! The small JSON file beside a network that a person brings: `inception.json` beside `inception.onnx`. It says what the
//! network is fed with and which output counts (docs/judges.md).

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ndarray::ArrayD;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    pillow::Filter,
    pixels::{Pixels, Size},
};
use tauscope_core::{Error, Result};

/// What the file says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Card {
    /// What tables call the judge; `None` for the network's file name.
    pub(super) name: Option<String>,
    /// The input that takes pictures.
    pub(super) input: String,
    /// The output that counts; `None` for the only one.
    output: Option<String>,
    /// Width and height that the network wants; `None` if it takes any.
    size: Option<u32>,
    resize: Fit,
    filter: Filter,
    mean: [f32; 3],
    std: [f32; 3],
    /// How many tokens a prompt has, cut or filled up.
    pub(super) tokens: usize,
    /// The token that fills up.
    pub(super) pad: u32,
}

/// How a picture gets the network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fit {
    /// Its shape is not kept.
    Stretch,
    /// Its shape is kept, and what sticks out is cut off.
    Crop,
}

impl Default for Card {
    fn default() -> Self {
        Self {
            name: None,
            input: "pixel_values".into(),
            output: None,
            size: None,
            resize: Fit::Stretch,
            filter: Filter::Bicubic,
            mean: [0.0; 3],
            std: [1.0; 3],
            tokens: 77,
            pad: 0,
        }
    }
}

impl Card {
    /// Where the card of a network lies.
    pub(super) fn path(network: &Path) -> PathBuf {
        network.with_extension("json")
    }

    /// What is done to pictures.
    pub(super) fn pixels(&self) -> Pixels {
        let (size, crop) = match (self.size, self.resize) {
            (None, _) => (Size::Own, None),
            (Some(side), Fit::Stretch) => (Size::Exactly(side, side), None),
            (Some(side), Fit::Crop) => (Size::Shortest(side), Some([side; 2])),
        };
        Pixels { size, filter: self.filter, crop, scale: 1.0 / 255.0, mean: self.mean, std: self.std }
    }

    /// The output that counts: the one that the card names, or the only one.
    ///
    /// # Errors
    /// [`Error::Graph`] if there is none, or several.
    pub(super) fn output(&self, mut outputs: BTreeMap<String, ArrayD<f32>>) -> Result<ArrayD<f32>> {
        let found = match &self.output {
            Some(name) => outputs.remove(name),
            None if outputs.len() == 1 => outputs.pop_first().map(|(_, output)| output),
            None => None,
        };
        found.ok_or_else(|| {
            let names: Vec<_> = outputs.into_keys().collect();
            let problem = format!("its card has to name one of its outputs ({}).", names.join(", "));
            Error::graph(self.name.as_deref().unwrap_or("the judge's network"), problem)
        })
    }

    /// What tables call the judge.
    pub(super) fn name_of(&self, network: &Path) -> String {
        let file_name = || network.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.name.clone().unwrap_or_else(file_name)
    }
}

/// Reads a JSON file that belongs to a judge.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Input`] that names what is wrong in it.
pub(super) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text = fs::read(file).map_err(Error::reading(file))?;
    serde_json::from_slice(&text).map_err(|error| {
        let problem = format!("{} cannot be used ({error}).", file.display());
        Error::input(problem, "docs/judges.md says what it has to hold.")
    })
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    #[test]
    fn the_output_that_counts_is_named_or_the_only_one() {
        fn check(card: &str, outputs: &[&str], expected: Result<f32, &str>) {
            let card: Card = serde_json::from_str(card).unwrap();
            let outputs = outputs.iter().zip(1_u8..);
            let outputs =
                outputs.map(|(name, value)| ((*name).to_owned(), arr1(&[f32::from(value)]).into_dyn()));
            match (card.output(outputs.collect()).map_err(|error| error.to_string()), expected) {
                (Ok(output), Ok(expected)) => {
                    assert_eq!(output.iter().copied().collect::<Vec<_>>(), [expected])
                }
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
                (found, _) => panic!("{found:?}"),
            }
        }
        check("{}", &["a"], Ok(1.0));
        check(r#"{"output": "b"}"#, &["a", "b"], Ok(2.0));
        check("{}", &["a", "b"], Err("name one of its outputs (a, b)"));
        check(r#"{"output": "c"}"#, &["a"], Err("(a)"));
    }

    #[test]
    fn a_key_that_is_misspelt_is_named() {
        let error = serde_json::from_str::<Card>(r#"{"sizes": 299}"#).unwrap_err().to_string();
        assert!(error.contains("`sizes`"), "{error}");
    }
}
