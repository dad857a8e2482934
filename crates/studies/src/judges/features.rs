//! Features of pictures by a network that a person brings: InceptionV3 for FID and KID.

use std::path::Path;

use super::{
    Judge, Picture, Verdict,
    card::{Card, read_json},
    fingerprint,
    pixels::Pixels,
};
use tauscope_core::{CancelToken, Result};
use tauscope_runtime::{Feed, Network, Runtime, SessionOptions};

/// Gives what a network makes of a picture, as one row of numbers.
#[derive(Debug)]
pub struct NetworkFeatures {
    name: String,
    network: Network,
    card: Card,
    pixels: Pixels,
    fingerprint: String,
}

impl NetworkFeatures {
    /// Opens an ONNX graph with its card beside it (`inception.json` beside `inception.onnx`).
    ///
    /// # Errors
    /// If one cannot be read or used, or the graph cannot be loaded; [`Error::Cancelled`](tauscope_core::Error::Cancelled).
    pub fn open(
        runtime: &Runtime,
        file: &Path,
        options: &SessionOptions,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let card_file = Card::path(file);
        let card: Card = read_json(&card_file)?;
        let network = Network::open(runtime, file, options, "loading the features' network", cancel)?;
        let files = network.files().iter().chain([&card_file]);
        let fingerprint = fingerprint::of_files(files.map(|file| file.as_path()))?;
        Ok(Self { name: card.name_of(file), network, pixels: card.pixels(), card, fingerprint })
    }
}

impl Judge for NetworkFeatures {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        let pixels = self.pixels.prepare(picture.image)?;
        let inputs = [(self.card.input.as_str(), Feed::F32(pixels.view().into_dyn()))];
        let outputs = self.network.run(&inputs, "computing features", cancel)?;
        Ok(Verdict::Features(self.card.output(outputs)?.into_iter().collect()))
    }
}
