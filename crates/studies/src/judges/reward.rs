//! A reward model that a person brings: ImageReward, or any other network that scores a picture for a prompt.

use std::path::Path;

use super::{
    Judge, Picture, Verdict,
    card::{Card, read_json},
    fingerprint,
    pixels::Pixels,
    text::Text,
};
use tauscope_core::{CancelToken, Error, Result};
use tauscope_runtime::{Feed, Network, Runtime, SessionOptions};

/// Gives the one number that a network makes of a picture and its prompt.
#[derive(Debug)]
pub struct Reward {
    name: String,
    network: Network,
    card: Card,
    text: Text,
    pixels: Pixels,
    fingerprint: String,
}

impl Reward {
    /// Opens an ONNX graph with its card (`reward.json` beside `reward.onnx`) and `tokenizer.json` beside it.
    ///
    /// # Errors
    /// [`Error::File`] if one is missing, [`Error::Input`] if one cannot be used, [`Error::Graph`], [`Error::Runtime`],
    /// [`Error::Cancelled`].
    pub fn open(
        runtime: &Runtime,
        file: &Path,
        options: &SessionOptions,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let (card_file, tokenizer) = (Card::path(file), file.with_file_name("tokenizer.json"));
        let card: Card = read_json(&card_file)?;
        let text = Text::open(&tokenizer, card.tokens, Some(card.pad))?;
        let network = Network::open(runtime, file, options, "loading the reward model", cancel)?;
        let files = network.files().iter().chain([&card_file, &tokenizer]);
        let fingerprint = fingerprint::of_files(files.map(|file| file.as_path()))?;
        Ok(Self { name: card.name_of(file), network, text, pixels: card.pixels(), card, fingerprint })
    }
}

impl Judge for Reward {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        let tokens = self.text.tokens(&picture.prompt.prompt)?;
        let pixels = self.pixels.prepare(picture.image)?;
        let inputs = [
            ("input_ids", Feed::I64(tokens.ids.view().into_dyn())),
            ("attention_mask", Feed::I64(tokens.mask.view().into_dyn())),
            (self.card.input.as_str(), Feed::F32(pixels.view().into_dyn())),
        ];
        let outputs = self.network.run(&inputs, "scoring a picture", cancel)?;
        let reward = self.card.output(outputs)?;
        match reward.as_slice() {
            Some(&[reward]) => Ok(Verdict::Score(f64::from(reward))),
            _ => Err(Error::graph(&self.name, "its output is not one number.")),
        }
    }
}
